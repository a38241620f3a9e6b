"""How English attributes."""

from __future__ import annotations

from pipeline.provenance import english_names as names
from pipeline.provenance import english_words as table
from pipeline.provenance.grammar import NEVER, Cue, Grammar, Part, words

_SAYS, _PER, _CITED, _RELAYED = Part.SAYS, Part.PER, Part.CITED, Part.RELAYED

_WHEN = (
    r"(?:first|also|exclusively|jointly|earlier|\w+day|late|(?:back )?in (?:<month>(?: \d{4})?|\d{4})|last \w+|this \w+"
    r"|online)"
)
_PRINTED = words(
    "aired appearing broadcast carried conducted done filed made posted printed provided published released run shown"
    " written",
    "that appeared\nwhich appeared",
)
_PRINTED_WHEN = r"(?:\w+day |exclusively |online |first |jointly |late |last \w+ |this \w+ |in <month> ){0,2}"
_ASIDE = r"(?:,[^,;:]{1,90},| \([^()]{1,60}\))?"  # "Der Spiegel, a weekly, reported"

_MEDIA_CUES = (
    # According to a report in Der Spiegel, the minister knew.
    Cue(
        _PER,
        0.95,
        r"according to (?:<R> (?:(?!<stop>)\w+ |that \w+ ){0,3}(?:in|by|from|of|on|with|to|for) )?<D>(?P<n><L>)",
        "according",
    ),
    # The plan was first reported last week by Reuters. Documents seen by the BBC show that …
    Cue(
        _PER,
        0.95,
        rf"(?:first |originally |previously |exclusively |initially )?{table.REPORTED}(?: {_WHEN}){{0,3}}"
        r" (?:by|in|on|to|with) <D>(?P<n><L>)",
        rf"{table.REPORTED}|made|brought",
    ),
    # She told the BBC's Today programme that … He said in an interview with the Guardian.
    Cue(
        _PER,
        0.95,
        r"<told> <D>(?P<n><L>)(?!['’]s? (?:lawyer|staff|owner|reader|editor|reporter|journalist|board|boss))",
        rf"{table.TELLS}|{table.TOLD}|{table.TOLD_HINT}",
    ),
    # A report published on Monday by the Guardian says …
    Cue(
        _PER,
        0.9,
        rf"<R> (?:{_PRINTED} )?{_PRINTED_WHEN}(?:by|in|from|of|for|with) <D>(?P<n><L>)",
        rf"{table.REPORT}|op",
    ),
    # The interview was broadcast late on CNN.
    Cue(
        _PER,
        0.9,
        r"(?:published|aired|broadcast|shown|posted|appeared|running|airing)"
        r" (?:\w+day |first |late |online |last \w+ ){0,2}(?:on|in|by) <D>(?P<n><L>)",
        "published|aired|broadcast|shown|posted|appeared|running|airing",
    ),
    # Ministers will meet on Friday, per Politico.
    Cue(_PER, 0.85, r"(?:per|via|h/t) (?:the )?(?P<n><L>)", "per|via|h"),
    # The inquiry follows revelations in Le Monde.
    Cue(
        _PER,
        0.85,
        r"(?:information|material|evidence|revelations|reporting|testimony|quotes|word)"
        r" (?:from|by|in|to) <D>(?P<n><L>)",
        "information|material|evidence|revelations|reporting|testimony|quotes|word",
    ),
    # The agency said so, citing a report by Der Spiegel.
    Cue(
        _CITED,
        0.95,
        rf"{table.CITING} (?:<R> (?:(?!<stop>)\w+ ){{0,2}}(?:in|by|from|of|on|with|to) )?<D>(?P<n><L>)",
        rf"{table.CITING}|{table.CITING_HINT}",
    ),
    # "We are ready," he said, as quoted by Tass.
    Cue(
        _RELAYED,
        0.9,
        r"(?:as )?(?:quoted|cited|relayed|carried|picked up|translated|summari[sz]ed|circulated|repeated)"
        r" by <D>(?P<n><L>)",
        "by",
    ),
    # Kyodo said so, according to AFP.
    Cue(
        _RELAYED,
        0.95,
        r", (?:according to|via) (?:a (?:summary|report|account|translation) (?:by|in|from) )?<D>(?P<n><L>)(?=\.?$)",
        "according|via",
    ),
    # Asked on CNN whether he would run, …
    Cue(_PER, 0.9, r"asked (?:on|by|in) <D>(?P<n><L>)", "asked"),
    # … reports Marca (via Metro).
    Cue(_RELAYED, 0.9, r"\(via <D>(?P<n><L>)\)", "via"),
    # Source: European Pravda, citing Reuters
    Cue(_PER, 0.95, r"^source: <D>(?P<n><L>)", "source"),
    # Israeli media, including Haaretz, said …
    Cue(
        _PER,
        0.9,
        r"(?:media|newspapers|outlets|papers|broadcasters|reports),? (?:including|such as|among them) <D>(?P<n><L>)",
        "media|newspapers|outlets|papers|broadcasters|reports",
    ),
    # Der Spiegel, a Hamburg weekly, has now reported that …
    Cue(
        _SAYS,
        0.9,
        rf"<D>(?P<n><L>)(?:['’]s [\w’' -]{{3,40}}?)?{_ASIDE}(?: (?:<A>),?){{0,3}}"
        r"(?: (?:has|have|had|was|were|is|that)(?: (?:<A>|the first to|been able to|able to)){0,3})? <V>\b",
        rf"{table.SAYS}|{table.SAYS_HINT}",
    ),
    # The deal is off, reports the Guardian.
    Cue(
        _SAYS,
        0.9,
        r"(?:reports?|reported|says|said|writes|wrote|claims|revealed|reveals) <D>(?P<n><L>)(?=[,.;]|$)",
        "reports?|reported|says|said|writes|wrote|claims|revealed|reveals",
    ),
    # A New York Times investigation found that …
    Cue(_PER, 0.9, rf"(?P<n><L>)(?:['’]s?)? (?:(?!<stop>)[\w-]+ ){{0,3}}?{table.PUBLISHED}\b(?!ers?)", table.PUBLISHED),
    # Reuters exclusive: Bank weighs a sale
    Cue(_SAYS, 0.9, r"^<D>(?P<n><L>)(?: (?:exclusive|report|investigation|analysis|poll))?: "),
    # Bank weighs the sale of its Polish arm – Reuters
    Cue(
        _SAYS,
        0.9,
        r"^[\"“‘']?.{12,}?(?:: | [-–—|] |, )(?:<A> )?(?P<n><L>)"
        r"(?: reports?| says| report| investigation| analysis| poll| survey)?[\"”’']?$",
    ),
    # Bank weighs the sale of its Polish arm, the Guardian reports
    Cue(_SAYS, 0.9, r"(?:^.{12,}, )<D>(?P<n><L>) (?:reports|says|report)$", "reports?|says"),
)
_ORGANISATION_CUES = (
    # According to figures from the interior ministry, …
    Cue(
        _PER,
        0.8,
        r"according to (?:<R> (?:(?!<stop>)\w+ ){0,3}(?:by|from|of|in) )?(?:the |a |an |\w+['’]s )?(?P<n><O>)",
        "according",
    ),
    # An analysis issued on Friday by the Institute for the Study of War shows …
    Cue(
        _PER,
        0.8,
        rf"{table.PAPERS} (?:\w+ed |issued |on \w+ |\w+day ){{0,2}}(?:by|from|of) (?:the |a |an |\w+['’]s )?(?P<n><O>)",
        "by|from|of",
    ),
    # … in a study commissioned by the health ministry.
    Cue(
        _PER,
        0.8,
        r"(?:published|released|compiled|commissioned|conducted|issued|prepared|carried out)"
        r" by (?:the |a )?(?P<n><O>)",
        "by",
    ),
    # The army said that …, the police (south) have confirmed that …
    Cue(
        _SAYS,
        0.75,
        r"(?:^|[,;“\"”’']|\b(?:the|a|an|but|and|while|as|that|\w+['’]s) ?)\s*(?P<n><O>)"
        rf"(?:,[^,;:]{{1,60}},| \([^()]{{1,60}}\))?(?: (?:<A>)){{0,2}}(?: (?:has|have|had))? {table.ANNOUNCES}\b",
        rf"{table.ANNOUNCES}|put",
    ),
    # Eurostat data show that …
    Cue(
        _PER,
        0.8,
        r"(?P<n><O>)(?:['’]s?)? (?:\w+ )?"
        r"(?:data|figures|statistics|records|estimates|report|analysis|survey|study|assessment|count)"
        r" (?:show|suggest|indicate|put|found|said|released|published|issued)\w*",
        r"(?:show|suggest|indicate|put|found|said|released|published|issued)\w*",
    ),
    # Four people died, said the fire service.
    Cue(
        _SAYS,
        0.75,
        r"(?:said|says|reported|reports|announced|warned|confirmed) (?:the |a )?(?P<n><O>)(?=[,.;]|$| (?:on|in|late))",
        "said|says|reported|reports|announced|warned|confirmed",
    ),
    # He had been told by the police that …
    Cue(
        _PER,
        0.75,
        r"(?:told|announced|confirmed|reported|said|released|published|issued|compiled|recorded)"
        r" by (?:the |a |an )?(?P<n><O>)",
        "by",
    ),
)

_HIRED = "suspended|dismissed|fired|appointed|hired|cut|launched|removed|apologi[sz]ed|parted|named|sacked"
_OWN = (  # what an outlet has: "said that its reporter …" is no report
    r"(?:journalists?|reporters?|staff|correspondents?|website|photographer|cameraman|employees|presenter|newsroom|chief"
    r"|editor|building|app|systems|crew|revenue|profits?|subscri\w+|circulation|audience|licence|board|pay|union|archive"
    r"|office)"
)
_TIMES_AGO = (
    r"(?:a|an|one|two|three|four|five|six|several|some|many|ten|\d+|few|nearly \w+|almost \w+|over a|more than a)"
    r" (?:days|weeks?|months?|years?|decades?) (?:ago|earlier|before|back)"
)
_EARLIER = (
    r"(?:in|back in|since|as early as|in early|in late|in mid-?|late in|early in|of|from)? ?\b<month>\b(?! \d{1,2}\b)"
    r"(?: (?:of )?(?:last year|\d{4}))?",
    r"last (?:year|month|summer|autumn|fall|winter|spring|<month>)",
    r"(?:in|from|of) (?:19|20)\d\d",
    r"(?:19|20)\d\d (?:<M> ?)?(?:investigation|report|story|article|interview|analysis)",
    _TIMES_AGO,
    r"in the (?:summer|autumn|spring|winter|fall)",
    r"earlier (?:this year|reports?|reporting|investigations?|stories|story|articles?)",
    r"(?:years|months) after|previously|years ago|months ago|weeks ago",
    r"the previous (?:year|month|week)|the year before",
)

ENGLISH = Grammar(
    lang="en",
    macros={
        "article": r"(?:the|a|an|its|their|our|his|her|this|that)",
        "and": r" and | or |, and |, as well as | together with | along with ",
        "tail": r"(?: (?:news )?<role>)?(?: \([^()]{1,30}\))?",
        "common": NEVER,
        "stop": rf"{table.STOP}\b",
        "D": r"(?<![\w’'-])(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?",
        "role": names.ROLE,
        "A": table.ADVERB,
        "month": table.MONTH,
        "cap": names.CAPITALISED,
        "R": r"(?:(?:\w+-)?\w+ ){0,4}?" + table.REPORT,  # "a long-awaited new report"
        "V": table.SAYS,
        "told": rf"(?:{table.TELLS} (?:(?:the|a|an|his|her|its|this|that|it|details) )?(?:\w+ ){{0,3}}to|{table.TOLD})",
    },
    cues=_MEDIA_CUES + _ORGANISATION_CUES,
    refused=rf"\b{table.NO_SUBJECT_AFTER} <D>$",
    not_after=rf"(?:['’]s?)? ?{table.BELONGS}\b",
    about_itself=(
        r"(?: (?:on|late|early|last|this) \w+)?(?: in a (?:statement|memo|note to staff|filing)\b"
        r"| (?:that )?it (?:would|will|plans|planned|is|was|expects?|intends|has no|had no"
        rf"|has (?:{_HIRED})|had (?:{_HIRED}|taken|accepted)|stood by|stands by|regret|could not|declined|apologi[sz]e)"
        rf"| (?:that )?(?:its|their|(?:one|two|three) of its) (?:own )?(?:\w+ ){{0,2}}{_OWN})"
    ),
    outlet_role=names.OUTLET_ROLE,
    role_after=names.ROLE_AFTER,
    titled=names.TITLED,
    ourselves=names.OURSELVES,
    others=names.OTHERS,
    organisations=names.ORGANISATIONS,
    earlier=rf"\b(?:{'|'.join(_EARLIER)})",
    cue_words=table.CUE_WORDS,
    organisation_words=names.ORGANISATION_WORDS,
    titled_words=names.TITLED_WORDS,
    months=table.MONTHS,
    nested=r"(?:(?: <A>)?,? that(?:,? <earlier>,?)?|(?:,? <earlier>),) (?:<D>)$",
)
