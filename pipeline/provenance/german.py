"""How German attributes."""

from __future__ import annotations

from pipeline.provenance import german_names as names
from pipeline.provenance import german_words as table
from pipeline.provenance.german_cues import MEDIA_CUES
from pipeline.provenance.grammar import Cue, Grammar, Part

_SAYS, _PER, _CITED = Part.SAYS, Part.PER, Part.CITED

_WHOSE = r"(?:von|des|der|vom|aus|einer|eines|dem|einem|ihrer|seiner|mehrerer|ukrainischer|russischer)"
_ORGANISATION_CUES = (
    # Das sei falsch, so die Staatsanwaltschaft.
    Cue(_PER, 0.8, r"so <article> (?P<n><O>)", "so"),
    # Nach Angaben der Polizei …
    Cue(
        _PER,
        0.85,
        rf"(?:laut|gemäß|gemäss|(?:nach )?{table.ACCOUNT}|nach {table.ACCOUNT_AFTER})(?: {_WHOSE})?"
        r"(?: (?:[\w-]+ ){0,3}?(?:von|des|der|vom|aus))? (?P<n><O>)",
        rf"laut|gemäß|gemäss|{table.ACCOUNT}|{table.ACCOUNT_AFTER}",
    ),
    # Der Polizei Köln zufolge …
    Cue(_PER, 0.85, r"(?P<n><O>)(?: \w+)? zufolge\b", "zufolge"),
    # Eine Analyse des Instituts für Weltwirtschaft …
    Cue(_PER, 0.8, rf"{table.PAPERS} (?:von|des|der|vom|aus|durch)(?: [\w-]+)?? (?P<n><O>)", table.PAPERS),
    # Wie die Polizei am Montag mitteilte, …
    Cue(
        _SAYS,
        0.8,
        rf"{table.INFORMS_BEFORE} (?:am \w+ |zudem |auch |weiter )?(?:<article> )?(?P<n><O>)(?:[^.;:]{{0,70}}?)?"
        r"(?: mit| bekannt|,|$|\.| am \w+| in| dem| der| auf| weiter| zudem| zuvor|(?: <V>))",
        table.INFORMS_BEFORE,
    ),
    # Das Verteidigungsministerium teilte am Abend mit, …
    Cue(
        _SAYS,
        0.75,
        r"(?:^|[,;„“\"»] ?|dass |wonach )(?:<article> )?(?P<n><O>)(?: am \w+| in [A-Z]\w+| dagegen| zudem){0,2}"
        rf" {table.INFORMS}",
    ),
    # Aus dem Kreml hieß es …: „Nein“, hieß es dazu aus dem Kreml.
    Cue(
        _PER,
        0.8,
        r"(?:hieß|heißt) es (?:[\w-]+ ){0,3}?(?:von|vom|aus|bei|beim|seitens|in|im)(?: <article>)?"
        r" (?:Seiten der )?(?P<n><O>)",
        "heißt|hieß",
    ),
    # … unter Berufung auf Zahlen des Innenministeriums.
    Cue(
        _CITED,
        0.8,
        r"(?:unter (?:Berufung|Verweis)|mit (?:Verweis|Bezug|Hinweis)"
        r"|(?:beruft|berief|berufen|stützt|stützte) sich) auf"
        r" (?:(?:<article> )?(?:[\w-]+ ){0,2}?(?:Angaben|Daten|Zahlen|Bericht\w*|Informationen|Erklärung|Mitteilung)"
        r" (?:von|des|der|aus|vom) )?(?:<article> )?(?P<n><O>)",
        "auf",
    ),
)

_FORMER = r"(?:einen|den|eine|die)"

GERMAN = Grammar(
    lang="de",
    macros={
        "article": table.ARTICLE,
        "and": r" und | oder | sowie | bzw\. | wie auch |, und | gemeinsam mit | zusammen mit ",
        "tail": r"(?:-(?:Zeitung|Magazin|Nachrichtenagentur|Agentur|Sender|Portal))?(?: \([^()]{1,30}\))?",
        "common": r"\b(?:k?eine?[nmrs]?|sein|seine[nmrs]?|ihre?[nmrs]?|unsere?[nmrs]?|jede[nmrs]?|manche[nmrs]?) $",
        "stop": rf"{table.STOP}\b",
        "D": r"(?<![\w’'-])(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?",
        "role": rf"(?:[\w-]*{names.ROLE_ENDS}|agenturen|anbieter|zeitungen|blätter|mediums?)",
        "month": table.MONTH,
        "A": table.ADVERB,
        "R": rf"(?!rundfunkbeitr)[\w-]*{table.REPORT}",
        "V": table.SAYS,
        "P": table.DONE,
        "told": table.TOLD,
        "person": rf"{table.PERSON}\w*",
    },
    cues=MEDIA_CUES + _ORGANISATION_CUES,
    refused=(
        r"(?:\b(?:von|für|mit|gegen|über|bei|an|auf|zwischen|neben|durch|als|des|vom|beim|zum|zur) <D>"
        r"|(?<=\S )(?-i:[A-ZÄÖÜ])[\w-]* (?:der|des) (?:(?!<stop>)[\w-]+ ){0,3}"
        r"|<person> (?:der|des|von|vom|beim|bei der|bei) <D>)$"
    ),
    not_after=rf"[ -](?:{table.BELONGS_STEMS}\w*|{table.BELONGS})|,? {table.IS_NEWS_ITSELF}\b",
    about_itself=(
        r"(?: \w+){0,4} (?:in eigener Sache|über sich"
        r"|(?:seinen?|ihren?) (?:Mitarbeiter|Beschäftigten|Reporter|Redakteur)\w*)"
        rf"|(?: {_FORMER} [\w-]+)? (?:Gewinn|Verlust|Umsatz|Rekordumsatz|Auflage)\b"
    ),
    outlet_role=names.OUTLET_ROLE,
    role_after=names.ROLE_AFTER,
    titled=names.TITLED,
    ourselves=names.OURSELVES,
    others=names.OTHERS,
    organisations=names.ORGANISATIONS,
    earlier=rf"(?<![\w.-])(?:{table.EARLIER})",
    cue_words=table.CUE_WORDS,
    organisation_words=names.ORGANISATION_WORDS,
    titled_words=names.TITLED_WORDS,
    months=table.MONTHS,
    nested=(r"(?:,? dass| wiederum)?,?(?: <earlier>,?)?,? ?(?:(?:habe|hätten|hatte|hat|haben) )?(?:<D>)$"),
)
