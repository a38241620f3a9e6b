"""How English attributes."""

from __future__ import annotations

from pipeline.provenance.grammar import Grammar, Part

_SAYS, _PER, _CITED, _RELAYED = Part.SAYS, Part.PER, Part.CITED, Part.RELAYED

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_CAP = r"(?:U\.S\.|U\.N\.|U\.K\.|[A-Z][\w’'-]*)"
_MODIFIER = (
    r"(?:(?!The\b|A\b|An\b|In\b|On\b|At\b|As\b|And\b|But\b|According\b|After\b|While\b|When\b|Its\b|Their\b|His\b|For\b)"
    rf"{_CAP}|local|national|federal|regional|state|central|provincial|armed|security|border|interior|foreign|defen[cs]e"
    r"|health|public|international|independent|intelligence|general|criminal|district|municipal|royal|naval|traffic"
    r"|transport|statistics|meteorological|civil|anti-\w+|financial|labou?r|energy|nuclear|regulatory|consumer|human"
    r"|rights|economic|research|policy|rescue|emergency|fire|climate|environmental|geological|weather|air|coast|commerce|trade|finance|justice|education|culture|agriculture|agricultural|economy|oil|water|space|tax|election|electoral|competition|immigration|counter-\w+|medical|food|drug|road|rail|aviation|maritime)"
)
_HEADS = (
    r"(?:ministry|police|military|forces|army|navy|air force|coast guard|fire brigade|fire service|government|council"
    r"|commission|agency|office|court|prosecutors?|prosecutor’s office|prosecutor's office|prosecution service"
    r"|institute|institution|university|think tank|bank|authorit(?:y|ies)|department|bureau|union|association|federation"
    r"|embassy|command|general staff|parliament|service|centre|center|administration|inspectorate|regulator|watchdog"
    r"|foundation|committee|board|survey|observatory|group|charity|hospital|fund|organi[sz]ation|staff)"
)
_NAMED = (
    r"(?:IMF|WHO|NATO|Nato|UN|U\.N\.|United Nations|EU|OECD|OPEC|IAEA|FBI|CIA|NSA|MI5|MI6|Pentagon|Kremlin|White House"
    r"|Red Cross|Red Crescent|Amnesty International|Human Rights Watch|Greenpeace|Europol|Interpol|Eurostat|Bundesbank"
    r"|Bundeswehr|Downing Street|State Department|Transparency International|World Bank|Federal Reserve|UNHCR|Unicef|UNICEF"
    r"|Frontex|European Central Bank|ECB|ISPR|FSB|SBU|IDF|Hamas|Ofcom|Ofgem|NHS England|Met Office|Acled|ACLED|OCHA|Ocha"
    r"|Save the Children|Oxfam|Doctors Without Borders|RAND|Chatham House|Medecins Sans Frontieres)"
)

_TITLED = r"(?:Courier|Gazette|Herald|Sentinel|Chronicle|Tribune|Times|Post|News|Journal|Observer|Examiner|Inquirer|Enquirer|Telegraph|Mail|Star|Record|Press|Register|Bulletin|Argus|Echo|Dispatch|Ledger|Monitor|Advertiser|Mercury|Today|Review|Reporter|Express|Globe|Mirror|Citizen|Daily|Weekly|Gleaner|Broadcasting|Radio|TV|Television)"
# A sentence without any of these and without an outlet that is known cites nobody.
_CUE_WORDS = """
according said says say reported reports report reporting told tells announced stated confirmed warned estimates estimate estimated claimed claims
found concluded recorded counted revealed reveals calculated wrote writes registered projects projected forecasts forecast analysis analyses study studies figures data statistics assessment survey review
investigation audit poll statement findings research released published issued compiled interview quoted quoting citing cited per via show shows showed learned disclosed exposed uncovered broke posted told
obtained seen aired broadcast indicate suggests put understands
"""

ENGLISH = Grammar(
    lang="en",
    macros={
        "article": "(?:the|a|an|its|their|our|his|her|this|that)",
        "and": " and | or |, and |, as well as | together with | along with ",
        "tail": r"(?: (?:news )?<role>)?(?: \([^()]{1,30}\))?",
        "common": r"(?!x)x",
        "stop": (
            r"(?:the|a|an|that|who|which|whose|where|and|or|but|of|for|by|to|in|at|with|from|on|over|about|against|is|was|were"
            r"|are|be|been|said|says|say|told|he|she|it|they|we|has|had|have|not|as|if|when|while|after|before|did|does"
            r"|will|would|could|should|may|might|can|into|than|because|then|there)\b"
        ),
        "D": r"(?<![\w’'-])(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?",
        "role": (
            r"(?:newspaper|paper|daily|weekly|monthly|magazine|tabloid|broadsheet|broadcaster|station|channel|network"
            r"|agency|newswire|outlet|site|website|portal|publication|programme|program|show|podcast|newsroom|platform|blog|journal|newsletter|wire)"
        ),
        "A": (
            r"(?:\w+ly|first|also|later|earlier|then|further|itself|himself|now|since|previously|already|again|too|today"
            r"|yesterday|on \w+day(?: \w+)?|in <month>(?: \d{4})?|last (?:week|month|year|<month>)|this (?:week|month"
            r"|morning|year)|late|early|separately|for its part|which|who|and \w+ed|online)"
        ),
        "month": f"(?:{_MONTHS})",
        "R": (
            r"(?:(?:a|an|the|its|their|new|exclusive|recent|this|that|initial|earlier|\w+ly|\w+-\w+|\w+) ){0,4}?"
            r"(?:reports?|articles?|investigations?|stor(?:y|ies)|research|documents?|information|data|reporting"
            r"|interviews?|accounts?|findings|analys[ei]s|pieces?|leaks?|recordings?|details|coverage|scoop|dispatch(?:es)?"
            r"|files|emails|memos?|letters?|footage|op-ed|column|essay|editorial|poll|survey|tally|calculations?|count"
            r"|profile|broadcast|feature|post|dossier|probe|revelations?|exclusive|papers|claims?|figures|minutes|draft|summary|scoop|query|queries|questions?|requests?)"
        ),
        "V": (
            r"(?:report(?:s|ed|ing)?|sa(?:y|ys|id)|writ(?:e|es|ing|ten)|wrote|reveal(?:s|ed)?|disclose[sd]?|claim(?:s|ed)?"
            r"|not(?:e|es|ed)|add(?:s|ed)|publish(?:es|ed)|uncover(?:s|ed)|expose[sd]?|learn(?:s|ed|t)|understands?"
            r"|describe[sd]?|alleg(?:e|es|ed)|detail(?:s|ed)|found|obtained|seen|saw|reviewed|verified|identified|broke"
            r"|put (?:it|the)|calculated|estimate[sd]?|showed|shown|quote[sd]?|cite[sd]?|name[sd]|unearthed|suggest(?:s|ed)?"
            r"|carried|ran a|aired|explained|recalled|counted|spoke to|spoken to|confirm(?:s|ed)|documented|pointed out"
            r"|told its|compared|traced|established|leaked|observed|broadcast|post(?:s|ed)|pick(?:s|ed) up|warn(?:s|ed)|count(?:s|ed)|list(?:s|ed)|speculate[sd]?|predict(?:s|ed)|profiled|mapped|tracked|interviewed|translated|relayed|shared|asked|argue[sd]?|analy[sz]ed|examined|tallied|reconstructed|determined|discovered|explains?|lays out|laid out|(?:can|may)(?: now| exclusively)? (?:reveal|report|disclose|confirm)|put [^.;,]{3,40} at|understands)"
        ),
        "told": (
            r"(?:(?:described|explained|confirmed|admitted|conceded|confided|detailed|outlined|recounted|complained|spoke|repeated|stressed|insisted|hinted|gave) (?:(?:the|a|an|his|her|its|this|that|it|details) )?(?:\w+ ){0,3}to|told|tells|telling|said to|informed|spoke (?:to|with)|speaking (?:to|with|on)|talk(?:ed|ing) to|confirmed to"
            r"|confided to|explained to|admitted to|revealed to|disclosed to|(?:an? |his |her |their )?(?:(?!no\b)\w+ )?(?<!no )interviews? (?:with|in|on|for|given to|to|by)"
            r"|statements? to|remarks to|comments to|emailed? to|leaked to|passed to|handed to|provided to|shown to|given to|made available to|shared with"
            r"|interviewed by|quoted (?:in|by)|writing (?:in|for)|wrote in|written for|op-ed (?:in|for)|piece (?:in|for)"
            r"|column (?:in|for)|essay (?:in|for)|article (?:in|for)|appear(?:ed|ing|ance) on|said on|said in|asked by|in conversation with"
            r"|contacted by|approached by|commissioned by|conducted (?:by|for)|in response to a question from|replied to)"
        ),
    },
    cues=(
        (
            _PER,
            0.95,
            r"according to (?:<R> (?:(?!<stop>)\w+ |that \w+ ){0,3}(?:in|by|from|of|on|with|to|for) )?<D>(?P<n><L>)",
        ),
        (
            _PER,
            0.95,
            r"(?:first |originally |previously |exclusively |initially )?(?:reported|revealed|published|obtained|seen|reviewed|disclosed|uncovered|broken|exposed|unearthed|viewed"
            r"|analy[sz]ed|examined|verified|compiled|aired|leaked|gathered|heard|broadcast|investigated|accessed|cited|shared|confirmed|documented|described|identified|detailed|made public|brought to light|released)"
            r"(?: (?:first|also|exclusively|jointly|earlier|\w+day|late|(?:back )?in (?:<month>(?: \d{4})?|\d{4})|last \w+|this \w+|online)){0,3} (?:by|in|on|to|with) <D>(?P<n><L>)",
        ),
        (
            _PER,
            0.95,
            r"<told> <D>(?P<n><L>)(?!['’]s? (?:lawyer|staff|owner|reader|editor|reporter|journalist|board|boss))",
        ),
        (
            _PER,
            0.9,
            r"<R> (?:(?:published|carried|aired|broadcast|printed|posted|released|that appeared|appearing|which appeared|conducted|written|run|shown|done|made|provided|filed) )?(?:\w+day |exclusively |online |first |jointly |late |last \w+ |this \w+ |in <month> ){0,2}(?:by|in|from|of|for|with) <D>(?P<n><L>)",
        ),
        (
            _PER,
            0.9,
            r"(?:published|aired|broadcast|shown|posted|appeared|running|airing) (?:\w+day |first |late |online |last \w+ ){0,2}(?:on|in|by) <D>(?P<n><L>)",
        ),
        (_PER, 0.85, r"(?:per|via|h/t) (?:the )?(?P<n><L>)"),
        (
            _PER,
            0.85,
            r"(?:information|material|evidence|revelations|reporting|testimony|quotes|word) (?:from|by|in|to) <D>(?P<n><L>)",
        ),
        (
            _CITED,
            0.95,
            r"(?:citing|cites|cited|quoting|quotes|quoted|referring to|refers to|referred to|based on|relying on|relied on|relies on|credit(?:s|ed|ing)|attribut(?:ed|es|ing) (?:it |this |the \w+ )?to|pointing to|pointed to|pick(?:s|ed) up(?: on)?|seiz(?:es|ed) on|drawing on|on the basis of|relayed|repeat(?:ed|ing|s)|echoing|summari[sz]ing|in reference to|with reference to|confirm(?:ed|ing|s)|followed up on|match(?:ed|ing|es)|quoting from)"
            r" (?:<R> (?:(?!<stop>)\w+ ){0,2}(?:in|by|from|of|on|with|to) )?<D>(?P<n><L>)",
        ),
        (
            _RELAYED,
            0.9,
            r"(?:as )?(?:quoted|cited|relayed|carried|picked up|translated|summari[sz]ed|circulated|repeated) by <D>(?P<n><L>)",
        ),
        (
            _SAYS,
            0.9,
            r"<D>(?P<n><L>)(?:['’]s [\w’' -]{3,40}?)?(?:,[^,;:]{1,90},| \([^()]{1,60}\))?(?: (?:<A>),?){0,3}(?: (?:has|have|had|was|were|is|that)(?: (?:<A>|the first to|been able to|able to)){0,3})? <V>\b",
        ),
        (_SAYS, 0.9, r"(?:reports?|reported|says|said|writes|wrote|claims|revealed|reveals) <D>(?P<n><L>)(?=[,.;]|$)"),
        (
            _PER,
            0.9,
            r"(?P<n><L>)(?:['’]s?)? (?:(?!<stop>)[\w-]+ ){0,3}?(?:report(?:s|ing)?|investigations?|stor(?:y|ies)|revelations?|scoop|exclusive|exposé|article|analysis|tally|poll|interview|probe|findings|account|count|calculations?|disclosures?)\b(?!ers?)",
        ),
        (_SAYS, 0.9, r"^<D>(?P<n><L>)(?: (?:exclusive|report|investigation|analysis|poll))?: "),
        (
            _SAYS,
            0.9,
            r"^[\"“‘']?.{12,}?(?:: | [-–—|] |, )(?:<A> )?(?P<n><L>)(?: reports?| says| report| investigation| analysis| poll| survey)?[\"”’']?$",
        ),
        (_SAYS, 0.9, r"(?:^.{12,}, )<D>(?P<n><L>) (?:reports|says|report)$"),
        (
            _PER,
            0.8,
            r"according to (?:<R> (?:(?!<stop>)\w+ ){0,3}(?:by|from|of|in) )?(?:the |a |an |\w+['’]s )?(?P<n><O>)",
        ),
        (
            _PER,
            0.8,
            r"(?:analys[ei]s|stud(?:y|ies)|reports?|figures|data|estimates?|surveys?|statistics|assessments?|reviews?|investigations?|audit|poll|statements?|findings|research|projections?|forecasts?|paper|documents|records|statement|tally|count|bulletin|survey|count) (?:\w+ed |issued |on \w+ |\w+day ){0,2}(?:by|from|of) (?:the |a |an |\w+['’]s )?(?P<n><O>)",
        ),
        (
            _PER,
            0.8,
            r"(?:published|released|compiled|commissioned|conducted|issued|prepared|carried out) by (?:the |a )?(?P<n><O>)",
        ),
        (
            _SAYS,
            0.75,
            r"(?:^|[,;“\"”’']|\b(?:the|a|an|but|and|while|as|that|\w+['’]s) ?)\s*(?P<n><O>)(?:,[^,;:]{1,60},| \([^()]{1,60}\))?(?: (?:<A>)){0,2}(?: (?:has|have|had))? (?:said|says|reported|reports|announced|stated|confirmed|warned|estimates?|estimated|claimed|put (?:the|its) (?:death )?(?:toll|number|figure|cost|damage|count|total|loss|rate)|added|found|concluded|recorded|counted|told|reveal(?:s|ed)|calculated|wrote|registered|projects?|projected|forecasts?)\b",
        ),
        (
            _PER,
            0.8,
            r"(?P<n><O>)(?:['’]s?)? (?:\w+ )?(?:data|figures|statistics|records|estimates|report|analysis|survey|study|assessment|count) (?:show|suggest|indicate|put|found|said|released|published|issued)\w*",
        ),
        (
            _SAYS,
            0.75,
            r"(?:said|says|reported|reports|announced|warned|confirmed) (?:the |a )?(?P<n><O>)(?=[,.;]|$| (?:on|in|late))",
        ),
        (
            _PER,
            0.75,
            r"(?:told|announced|confirmed|reported|said|released|published|issued|compiled|recorded) by (?:the |a |an )?(?P<n><O>)",
        ),
    ),
    refused=r"(?:\b(?:of|for|at|from|with|by|against|behind|into|about|near|outside|inside|over|to|on|in|between|like|than|under|editor|reporter|journalist|correspondent|owner|publisher|presenter|bureau|spokes\w+|lawyers?|chief) <D>)$",
    not_after=(
        r"(?:['’]s?)? ?(?:-owned|building|newsroom|headquarters|bureau|staff|employees|(?:reporter|correspondent)s?\b(?! (?:\w+ ){0,4}(?:reported|said|saw|witnessed|heard))|journalist|photographer|cameraman|editor|"
        r"columnist|presenter|subscribers?|readers?|office|offices|owner|publisher|journalists|crew|board|"
        r"lawyers?|spokes\w+|bestseller|best-seller|subscription|app|logo|shares|parent|executives?|boss|chairman|"
        r"chief|anchor|studio|studios|documentary|series|drama|podcast won|contract|management|newsletter|square|Square|reader)\b"
    ),
    about_itself=(
        r"(?: (?:on|late|early|last|this) \w+)?(?: in a (?:statement|memo|note to staff|filing)\b| (?:that )?it (?:would|will|plans|planned|is|was|expects?|intends|has no|had no|"
        r"has (?:suspended|dismissed|fired|appointed|hired|cut|launched|removed|apologi[sz]ed|parted|named|sacked)|"
        r"had (?:suspended|dismissed|fired|appointed|hired|cut|launched|removed|apologi[sz]ed|parted|named|taken|accepted|sacked)|stood by|stands by|regret|could not|declined|apologi[sz]e)"
        r"| (?:that )?(?:its|their|one of its|two of its|three of its) (?:own )?(?:\w+ ){0,2}(?:journalists?|reporters?|staff|correspondents?|website|photographer|cameraman|employees|presenter|newsroom|chief|editor|building|app|systems|crew|revenue|profits?|subscri\w+|circulation|audience|licence|board|pay|union|archive|office))"
    ),
    outlet_role=(
        r"\b(?:newspaper|daily|weekly|tabloid|broadcaster|station|channel|network|agency|outlet|(?:news|web)?site|website|portal|magazine|paper|programme|monthly|blog|podcast|journal|publication)"
        r"s?,? (?:(?P<q>[\"„“»«‚‘'›])(?P<name2>[^\"“”«»‘’„']{2,40})[\"“”«»‘’']|(?P<name>[a-z0-9-]+\.[a-z]{2,4}(?![\w])|(?:(?:The|De|Der|Die|Das|Le|La|El|Il|Het) )?[A-Z0-9][\w’'.&+-]*(?: (?:of|the|de|and|&|du|des|la) [A-Z][\w’'.&-]*| [A-Z0-9][\w’'.&+-]*){0,4}))"
    ),
    role_after=(
        r"(?P<name>(?!(?:The|A|An|In|On|And|But|Its|Their|German|Dutch|British|French|Russian|Ukrainian|American|Polish|Local|State|National|European|Turkish|Chinese|Indian|Israeli|Italian|Spanish|Swiss|Austrian|Belgian|Danish|Norwegian|Swedish|Finnish|Greek|\w+(?:ian|ish|ese|ani|aqi|eli|ean)|Another|One|Each|Every|This|That)\b)"
        r"[A-Z][\w’'.&-]*(?: (?:of|the|de|and|&) [A-Z][\w’'.&-]*| [A-Z][\w’'.&-]*){0,3}) (?:newspaper|news agency|magazine|daily|weekly|tabloid|news site|news website|radio station|TV channel|television channel|broadcaster|news portal|television|newswire)\b"
    ),
    titled=(
        r"(?<![\w’'-])(?!(?:A|An|In|On|And|But|Its|Their|Latest|Breaking|Good|Bad|More)\b)(?P<name>(?:The )?(?:[A-Z][\w’']+[ -]){1,3}"
        + _TITLED
        + r")(?![\w-])"
        r"|(?P<name2>(?!In\b|On\b|At\b|By\b|Since\b|Last\b)(?:[A-Z][\w’'-]+ ){0,3}[A-Z][\w’'-]+)(?=, an? (?:[\w-]+ ){0,4}?(?:newspaper|daily|weekly|news channel|broadcaster|radio station|TV station|television station|news site|news website|magazine|news agency|tabloid|outlet|blog|news portal)\b)"
    ),
    ourselves=r"\b(?:this|our) (?:newspaper|paper|website|magazine|newsroom|publication|outlet|programme)\b",
    others=r"(?!x)x",
    organisations=(
        rf"(?<![\w-])(?:(?:{_MODIFIER} ){{0,4}}{_HEADS}(?! of (?:the )?(?:magazine|newspaper|broadcaster))(?: (?:of|for) (?:the )?{_CAP}(?: (?:of|and|for|the|on|in) {_CAP}| {_CAP}){{0,5}})?"
        rf"|(?:(?!The |A |In |On ){_CAP} (?:and )?){{1,5}}(?:Ministry|Police|Military|Forces|Army|Navy|Air Force|Coast Guard|Fire Brigade|Government|Council|Commission|Agency|Office|Court|Institute|University|Bank|Authority|Department|Bureau|Union|Association|Federation|Embassy|Command|Staff|Parliament|Service|Centre|Center|Administration|Foundation|Committee|Board|Survey|Observatory|Group|Fund|Organi[sz]ation|Watch|Society|Trust|Inspectorate|Corps|Guard)"
        rf"|(?:Ministry|Institute|Office|Department|Centre|Center|University|Bank|Council|Bureau|Agency|Commission|Federation|Association|Board|Court|Committee|Fund|Chamber|Academy) (?:of|for) (?:the )?{_CAP}(?: (?:of|and|for|the|on|in) {_CAP}| {_CAP}){{0,5}}"
        rf"|{_NAMED})(?![\w-]|[’']s? \w+ (?:chief|head|director|spokes)| (?:filings?|documents|papers|records|officials?|spokes\w+|sources?|chief|minister|secretary|officers?|commissioner|commander|investigators|chiefs|boss|head|staff|president|director|general|ruling|order|hearing|leaders?|lawmakers?|members|employees|workers|analysts?|scientists|researchers|inspector|superintendent|constable|cell|car|station|custody)\b)"
    ),
    earlier=(
        rf"\b(?:(?:in|back in|since|as early as|in early|in late|in mid-?|late in|early in|of|from)? ?\b(?:{_MONTHS})\b(?! \d{{1,2}}\b)(?: (?:of )?(?:last year|\d{{4}}))?"
        rf"|last (?:year|month|summer|autumn|fall|winter|spring|{_MONTHS})|(?:in|from|of) (?:19|20)\d\d|(?:19|20)\d\d (?:[\ue000-\ue002] ?)?(?:investigation|report|story|article|interview|analysis)"
        r"|(?:a|an|one|two|three|four|five|six|several|some|many|ten|\d+|few|nearly \w+|almost \w+|over a|more than a) (?:days|weeks?|months?|years?|decades?) (?:ago|earlier|before|back)|in the (?:summer|autumn|spring|winter|fall)|earlier (?:this year|reports?|reporting|investigations?|stories|story|articles?)|(?:years|months) after|previously|years ago|months ago|weeks ago|the previous (?:year|month|week)|the year before)"
    ),
    cue_words=frozenset(_CUE_WORDS.split()),
    heads=rf"{_HEADS}|Ministry|Police|Military|Forces|Army|Navy|Force|Guard|Brigade|Government|Council|Commission|Agency|Office|Court|Institute|University|Bank|Authority|Department|Bureau|Union|Association|Federation|Embassy|Command|Staff|Parliament|Service|Cent|Administration|Foundation|Committee|Board|Survey|Observatory|Group|Fund|Organi|Watch|Society|Trust|Inspectorate|Corps|Chamber|Academy",
    named=_NAMED,
    titled_words=_TITLED,
    months=tuple(_MONTHS.split("|")),
    nested=r"(?:(?: <A>)?,? that(?:,? <earlier>,?)?|(?:,? <earlier>),) (?:<D>)$",
)
