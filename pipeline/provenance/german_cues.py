"""The cues by which German attributes something to media."""

from __future__ import annotations

from pipeline.provenance import german_words as table
from pipeline.provenance.grammar import Cue, Part

_SAYS, _PER, _CITED, _RELAYED = Part.SAYS, Part.PER, Part.CITED, Part.RELAYED

_TO = r"(?:(?!<stop>)\w[\w’'&.-]* ){0,4}?"  # between "der" and a name
_OF = r"(?:von|des|der|in|im|aus|vom|bei|beim)"
_ASIDE = r"(?:,[^,;:]{1,90},| \([^()]{1,60}\))?"  # "die Zeit, eine Wochenzeitung, berichtet"
_ANY = r"(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?"  # what <D> is where it follows a blank

MEDIA_CUES = (
    # Laut einem Bericht des Spiegels …
    Cue(
        _PER,
        0.95,
        r"(?:laut|gemäß|gemäss|zufolge)"
        r" (?:(?:<article> )?(?:[\w-]+ ){0,3}?<R> (?:[\w-]+ ){0,3}?(?:von|des|der|in|im|aus|vom|bei|beim|auf|durch) )?"
        r"<D>(?P<n><L>)",
        "laut|gemäß|gemäss|zufolge",
    ),
    # Dem „Handelsblatt“ zufolge …
    Cue(_PER, 0.95, r"(?P<n><L>) zufolge\b", "zufolge"),
    # Nach Informationen der Süddeutschen Zeitung …
    Cue(
        _PER,
        0.93,
        r"<R>(?: (?:vom|von|am|im) \w+)?"
        r" (?:von|des|der|in|im|aus|vom|bei|beim|auf|durch|mit|für|gegenüber|unter anderem)(?: <article>)? "
        r"(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?(?P<n><L>)",
        r"\w*<R>",
    ),
    # Im Interview mit der Zeit sagte sie …
    Cue(
        _PER,
        0.95,
        r"(?:im|einem|ein|dem|das|in) (?:[\w-]+[- ])?(?:Interview|Gespräch|Gastbeitrag|Podcast)s?"
        r"(?: mit| in| im| für| bei| gegenüber)? <D>(?P<n><L>)",
        r"\w*(?:interview|gespräch|gastbeitrag|podcast)s?",
    ),
    # Reuters meldet das unter Berufung auf einen Bericht des Spiegels.
    Cue(
        _CITED,
        0.95,
        rf"{table.BASED} auf (?:(?:<article> )?(?:[\w-]+ ){{0,3}}?<R> (?:[\w-]+ ){{0,2}}?{_OF} )?<D>(?P<n><L>)",
        "auf",
    ),
    # Der Sender zitiert die Bild.
    Cue(
        _CITED,
        0.95,
        r"(?:zitier(?:t|te|ten|en)|griff|greift|übernahm|übernimmt|übernehmen|bestätigt|bestätigte)"
        r"(?: \w+){0,3}? (?:aus |einen |die |den |das |eine )?"
        r"(?:<R> (?:von|des|der|in|im|aus|vom) )?<D>(?P<n><L>)(?! (?:am|zu))",
        r"zitier\w+|griff|greift|über\w+|bestätigte?",
    ),
    # Der Focus griff einen Bericht der Bild auf.
    Cue(
        _CITED,
        0.95,
        r"(?:gab|gibt|greift|griff|druckte|übernahm)(?: [\w-]+){0,3} (?:einen?|den|die|das|eine)? ?"
        r"<R> (?:von|des|der|in|im|aus|vom) <D>(?P<n><L>) (?:wieder|auf|nach|ab)",
        "gab|gibt|greift|griff|druckte|übernahm",
    ),
    # Im ZDF-„Morgenmagazin“ sagte er …
    Cue(
        _PER,
        0.9,
        r"(?:im|in der|in|bei|beim) (?:[\w-]+ ){0,3}?(?:(?:des|der|von|vom) )?"
        r"(?P<n><M>(?:-[\w„“»«\"’-]+)?) <told>",
        "<told>",
    ),
    # Glaubt man der Bild, ist der Trainer weg.
    Cue(_PER, 0.9, r"glaubt man (?:einem <R> (?:der|des|von|in) )?<D>(?P<n><L>)", "glaubt"),
    # Der Trainer müsse gehen, so die „Bild“.
    Cue(_PER, 0.92, r"so (?:<article> )?(?:[\w-]+ )?(?P<n><L>)(?=[.,;]|$)", "so"),
    # Ein Sprecher hat der Zeit den Vorgang bestätigt.
    Cue(
        _PER,
        0.92,
        rf"(?:der|dem|den) {_TO}(?P<n><L>) (?:[\w-]+ ){{0,5}}?(?:gesagt|erklärt|anvertraut|bestätigt|mitgeteilt|erzählt"
        r"|verraten|versichert|geschildert|erklärte|bestätigte|erzählte)",
        r"(?:gesagt|erklärt|anvertraut|bestätigt|mitgeteilt|erzählt|verraten|versichert|geschildert)\w*",
    ),
    # Papiere, auf die sich der Spiegel beruft, …
    Cue(
        _SAYS,
        0.93,
        r"auf (?:den|die|das) sich <D>(?P<n><L>) (?:beruft|bezieht|stützt|berief|bezog)",
        r"(?:beruft|bezieht|stützt|berief|bezog)\w*",
    ),
    # Das will die Bild erfahren haben.
    Cue(_SAYS, 0.93, r"will <D>(?P<n><L>)(?:[^.;:]{0,60}?)? (?:wissen|erfahren haben)", r"wissen\w*|erfahren"),
    # Wie bekannt wurde, erfuhr er davon aus der FAZ.
    Cue(
        _PER,
        0.9,
        r"(?:erfuhr\w*|erfahren|bekannt|weiß)(?: [\w-]+){0,5} aus <D>(?P<n><L>)",
        r"erfuhr\w*|erfahren|bekannt|weiß",
    ),
    # Das berichtete das Wall Street Journal der AFP zufolge. …, wie tagesschau.de meldet.
    Cue(_RELAYED, 0.95, r"(?P<n><L>) zufolge(?=\.?$)", "zufolge"),
    Cue(
        _RELAYED,
        0.95,
        r", wie <D>(?P<n><L>)(?: <A>){0,2} (?:meldet|berichtet|schreibt|meldete|berichtete|schrieb)(?=\.?$)",
        "wie",
    ),
    # …, zitiert von Tass.
    Cue(
        _RELAYED,
        0.9,
        r"(?:zitiert|aufgegriffen|weiterverbreitet|verbreitet|übernommen|wiedergegeben)"
        r" (?:von|durch|bei) <D>(?P<n><L>)",
        "zitiert|aufgegriffen|(?:weiter)?verbreitet|übernommen|wiedergegeben",
    ),
    # Das sagte die Ministerin am Freitag der „Rheinischen Post“.
    Cue(
        _PER,
        0.92,
        r"<told>(?:,? [<S>\w’'.,„“\"-]+){0,7}? (?:der|dem|den|gegenüber(?: <article>)?|im|in der|in|bei|beim|zu"
        rf"|auf Anfrage(?: der| des| von)?|zum) {_TO}(?P<n><L>)",
        "<told>",
    ),
    # Gegenüber dem MDR räumte sie ein …
    Cue(_PER, 0.93, r"gegenüber <D>(?P<n><L>)", "gegenüber"),
    # Die Liste wurde zuerst vom Spiegel veröffentlicht.
    Cue(
        _PER,
        0.9,
        r"(?:wurde|wurden|worden|ist|war|sind|werden) (?:[\w,-]+ ){0,8}?(?:von|vom|durch|in|im|bei|auf)"
        r" <D>(?P<n><L>) (?:[\w,-]+ ){0,4}?<P>",
        "<P>|gebracht|gemacht",
    ),
    # Das Foto, veröffentlicht von der Bild, zeigt …
    Cue(
        _PER,
        0.9,
        r"<P> (?:[\w-]+ ){0,2}?(?:von|vom|durch|hat(?:te)? das|in|im|bei|auf) <D>(?P<n><L>)",
        "<P>|gebracht|gemacht",
    ),
    # Die von der Zeit eingesehenen Akten …
    Cue(_PER, 0.9, rf"von <D>(?P<n><L>) (?:[\w-]+ ){{0,3}}?{table.OBTAINED}", "von"),
    # Der Bericht, der der Welt vorliegt, …
    Cue(_PER, 0.9, rf"(?:dem|der|den) {_TO}(?P<n><L>) (?:[\w-]+ ){{0,4}}?{table.IN_HAND}"),
    # Die Akten liegen dem SWR vor.
    Cue(
        _PER,
        0.9,
        rf"(?:lieg(?:t|en)|lag(?:en)?) (?:dem|der|den) {_TO}(?P<n><L>)(?: [\w-]+){{0,6}}? vor\b",
        "lieg(?:t|en)|lag(?:en)?",
    ),
    # Wie die Zeit am Mittwoch berichtet, …
    Cue(_SAYS, 0.95, r"(?:wie|so|was) <D>(?P<n><L>)(?:[^.;:]{0,110}?)? <V>\b", "wie|so|was"),
    # Nachdem der NDR darüber berichtet hatte, …
    Cue(
        _SAYS,
        0.95,
        r"(?:wie|so|was|seit|nachdem|als|weil|dass|obwohl|bevor|ob) <D>(?P<n><L>)(?:[^.;:]{0,110}?)?"
        r" <P> (?:hat|hatte|habe|haben|hatten)\b",
        "hat(?:ten?)?|haben?",
    ),
    # …, berichtet am Dienstag das Handelsblatt.
    Cue(_SAYS, 0.93, rf"(?P<v>{table.SAYS_BEFORE})(?: <A>){{0,3}} <D>(?P<n><L>)", rf"{table.SAYS_BEFORE}|heißt"),
    # Zuerst hatte die Bild darüber berichtet.
    Cue(
        _SAYS,
        0.93,
        rf"(?P<v>hat|hatte|hatten|haben|habe|hätten)(?: <A>){{0,4}} {_ANY}(?P<n><L>)(?:[^.;:]{{0,140}}?)? ?\b<P>",
        "hat(?:ten?)?|haben?|hätten",
    ),
    # Der Spiegel hat die Vorwürfe aufgedeckt.
    Cue(
        _SAYS,
        0.92,
        rf"{_ANY}(?P<n><L>){_ASIDE} (?:hat|hatte|habe|haben|hatten|hätten|will)(?:[^.;:]{{0,140}}?)? ?\b<P>",
        "hat(?:ten?)?|haben?|hätten|will",
    ),
    # Die Zeit schreibt, …
    Cue(_SAYS, 0.92, rf"{_ANY}(?P<n><L>){_ASIDE}(?: <A>,?){{0,3}} <V>\b", rf"{table.SAYS}|{table.SAYS_HINT}"),
    # Das ZDF zeigte Aufnahmen, auf denen …
    Cue(
        _SAYS,
        0.9,
        r"<D>(?P<n><L>)(?: <A>,?){0,3} (?:zeig(?:t|te|en|ten)|druckte?|brachte|bringt|gab|machte|sendete?|strahlte?)"
        r" (?:[\w-]+ ){0,3}?(?:Aufnahmen|Bilder|Videos?|Dokumente|Belege|Interview|Recherche|Bericht|Beitrag|wie|dass)"
        r"\b",
        r"zeig\w+|druckte?|brachte|bringt|gab|machte|sendete?|strahlte?",
    ),
    # … eine Recherche, die Le Monde schon im Juni veröffentlicht hatte.
    Cue(
        _SAYS,
        0.93,
        r"<R>, (?:die|den|das|der) <D>(?P<n><L>)(?:[^.;:]{0,80}?)? (?:<P> (?:hat|hatte|habe|haben|hatten)\b|<V>\b)",
        "die|den|das|der",
    ),
    # …, den die AFP zitierte.
    Cue(_RELAYED, 0.9, r", (?:den|die|das|dem) <D>(?P<n><L>) zitier(?:t|te)\b", "zitierte?"),
    # Israelische Medien, darunter Haaretz, …
    Cue(
        _PER,
        0.9,
        r"(?:medien|zeitungen|sender|blätter|portale),? (?:darunter|unter anderem|wie|allen voran) <D>(?P<n><L>)",
        "medien|zeitungen|sender|blätter|portale",
    ),
    # Das deckte ein Team von Correctiv auf.
    Cue(
        _PER,
        0.9,
        r"(?:deck(?:t|te|ten)|fand(?:en)?|berichtet(?:e|en)?|enthüllte[n]?) (?:[\w-]+ ){0,2}?"
        r"(?:rechercheteam|team|reporter\w*|journalist\w*) (?:von|des|der) <D>(?P<n><L>)",
        r"(?:recherche)?team|(?:reporter|journalist)\w*",
    ),
    # … aus einem Interview des Ministers mit der Rheinischen Post.
    Cue(
        _PER,
        0.93,
        r"(?:interview|gespräch)s? (?:von|des|der) [^,.;:]{2,40}? (?:mit|in) <D>(?P<n><L>)",
        r"(?:interview|gespräch)s?",
    ),
    # Sie zeigte sich im ZDF skeptisch.
    Cue(_PER, 0.9, r"(?:zeigte|gab) sich (?:im|in der|in|bei) <D>(?P<n><L>)", "sich"),
    # Reuters, die sich dabei auf Tass beruft, …
    Cue(
        _CITED,
        0.95,
        r"sich (?:[\w-]+ ){0,2}auf <D>(?P<n><L>) (?:stützt|beruft|bezieht|stützen|berufen|beziehen|stützte|berief)",
        "auf",
    ),
    # Reporter von NDR und WDR haben die Akten eingesehen.
    Cue(
        _PER,
        0.9,
        r"(?:reporter\w*|journalist\w*|korrespondent\w*|redakteur\w*|rechercheteam|team) (?:von|des|der)"
        r" <D>(?P<n><L>)(?:[^.;:]{0,110}?)? (?:<P>|<V>)\b",
        r"(?:reporter|journalist|korrespondent|redakteur)\w*|(?:recherche)?team",
    ),
    # Die Bild-Recherche …, das ZDF-Politbarometer …
    Cue(_PER, 0.95, r"(?P<n><M>)-(?:<R>|infos|Politbarometer|Deutschlandtrend)\b"),
    # Nach Enthüllungen des „Guardian“ …
    Cue(
        _PER,
        0.9,
        r"(?:aus|durch|seit|nach|dank|auf) (?:<article> )?(?:[\w-]+ ){0,2}?"
        r"(?:Enthüllung\w*|Recherche\w*|Veröffentlichung\w*|Aufruf|Anfrage|Bericht\w*)"
        rf" (?:der|des|von|vom|im|in der) {_TO}(?P<n><L>)",
        r"(?:enthüllung|recherche|veröffentlichung|aufruf|anfrage|bericht)\w*",
    ),
    # „Bild“: Trainer vor dem Aus
    Cue(_SAYS, 0.9, r"^<D>(?P<n><L>)(?:-<R>)?: "),
    # Trainer vor dem Aus – Bild-Bericht
    Cue(_SAYS, 0.88, r"^.{12,}?(?:: | [-–—|] |, )(?P<n><L>)(?: berichtet| meldet|-Bericht)?$"),
    # Trainer vor dem Aus (Kicker)
    Cue(_PER, 0.85, r"^.{12,} \((?P<n><L>)\)$"),
    # Die Lage sei ernst, heißt es weiter im Spiegel.
    Cue(
        _PER,
        0.9,
        r"(?:heißt|hieß) es (?:weiter |dazu |zudem |auch )?(?:in|im|bei|beim|aus) <D>(?P<n><L>)",
        "heißt|hieß",
    ),
    # Diese Informationen der FAZ …
    Cue(
        _PER,
        0.88,
        r"(?:Information(?:en)?|Recherchen?|Angaben|Meldungen) (?:<article> )?(?:[\w-]+ )?(?P<n><L>)",
        "information(?:en)?|recherchen?|angaben|meldungen",
    ),
)
