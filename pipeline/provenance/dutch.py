"""How Dutch attributes."""

from __future__ import annotations

from pipeline.provenance import dutch_names as names
from pipeline.provenance import dutch_words as table
from pipeline.provenance.grammar import Cue, Grammar, Part

_SAYS, _PER, _CITED, _RELAYED = Part.SAYS, Part.PER, Part.CITED, Part.RELAYED

_ASIDE = r"(?:,[^,;:]{1,90},| \([^()]{1,60}\))?"  # "NRC, een krant, meldt"
_OBTAINED = (
    r"(?:<P>|ingeziene|gepubliceerde|onthulde|geciteerde|ondervraagde|opgevraagde|geraadpleegde|bevraagde|aangehaalde"
    r"|geïnterviewd)"
)
_WORKED_ON = (
    r"(?:hield|deed|opvroeg|uitvoerde|liet uitvoeren|publiceerde|maakte|verzamelde|kreeg|analyseerde|in handen heeft"
    r"|heeft|bestudeerde|kon inzien|inzag|bekeek|onderzocht|uitzond)"
)

_MEDIA_CUES = (
    # Volgens een artikel in NRC lag er een plan klaar.
    Cue(
        _PER,
        0.95,
        r"(?:volgens|aldus|conform|blijkens|luidens)(?: ook| onder (?:meer|andere|anderen)| zowel)? "
        r"(?:(?:<article> )?(?:[\w-]+ ){0,3}?<R> (?:[\w-]+ ){0,2}?(?:van|in|door|uit|bij|op) )?<D>(?P<n><L>)",
        "volgens|aldus|conform|blijkens|luidens",
    ),
    # Dat blijkt uit onderzoek van de Stentor.
    Cue(
        _PER,
        0.93,
        r"<R>(?: (?:afgelopen|vorige|deze|van) \w+| \w+dag)?(?: die| dat)?(?: \w+)?"
        r" (?:van|in|door|uit|bij|op|voor|met|tegenover|aan|tegen|onder andere)(?: onder (?:meer|andere))?"
        r" <D>(?P<n><L>)",
        r"\w*<R>|brief",
    ),
    # In gesprek met Omroep Brabant zegt zij …
    Cue(_PER, 0.93, rf"{table.TALKS} <D>(?P<n><L>)", rf"{table.TALKS_HINT}"),
    # Reuters meldt dit op gezag van de Bild.
    Cue(
        _CITED,
        0.95,
        rf"{table.CITING} (?:(?:<article> )?(?:[\w-]+ ){{0,3}}?<R> (?:[\w-]+ ){{0,2}}?(?:van|in|door|uit|bij) )?"
        r"<D>(?P<n><L>)",
        table.CITING_HINT,
    ),
    # „Nee”, zei hij, geciteerd door Tass.
    Cue(
        _RELAYED,
        0.9,
        r"(?:geciteerd|aangehaald|overgenomen|verspreid) (?:door|in|via) <D>(?P<n><L>)",
        "geciteerd|aangehaald|overgenomen|verspreid",
    ),
    # Dat zegt de minister tegen de NOS.
    Cue(
        _PER,
        0.92,
        r"<told>(?:,? [<S>\w’'.,„“\"-]+){0,8}? (?:tegen|tegenover|aan|in|bij|op|via|met) (?:onder meer )?<D>(?P<n><L>)",
        "<told>|zo",
    ),
    # In De Standaard pleit de minister voor …
    Cue(
        _PER,
        0.9,
        r"(?:in|op|bij|tegenover|tegen) <D>(?P<n><L>) (?:<told>|pleit|noemt|noemde|vertelt|zegt|zei|zeggen|zeiden)\b",
        "<told>|pleit|noemt|noemde|vertelt|zegt|zei|zeggen|zeiden",
    ),
    # …, zei hij zondag voor de camera van ESPN.
    Cue(_PER, 0.92, r"voor de (?:camera|microfoon) van <D>(?P<n><L>)", "camera|microfoon"),
    # Het Nieuwsblad neemt een bericht van L'Équipe over.
    Cue(
        _CITED,
        0.95,
        r"n(?:eemt|am|emen|amen) (?:een|het|de|dat) (?:\w+ )?<R> (?:van|uit|in) <D>(?P<n><L>)(?: [\w-]+){0,3}? over\b",
        "neemt|nam|nemen|namen",
    ),
    # De krant De Morgen kon het rapport inkijken.
    Cue(
        _SAYS,
        0.92,
        r"<D>(?P<n><L>) k(?:on|onden|an) (?:[\w-]+ ){1,5}?(?:inkijken|inzien|lezen|bekijken)\b",
        "inkijken|inzien|lezen|bekijken",
    ),
    # Israëlische media, waaronder Haaretz, …
    Cue(
        _PER,
        0.9,
        r"(?:media|kranten|zenders|sites|bladen),? (?:waaronder|zoals|onder meer) <D>(?P<n><L>)",
        "media|kranten|zenders|sites|bladen",
    ),
    # …, berichtte The Wall Street Journal volgens het ANP.
    Cue(_RELAYED, 0.95, r"volgens <D>(?P<n><L>)(?=\.?$)", "volgens"),
    # De lijst is als eerste gemeld door de Volkskrant.
    Cue(
        _PER,
        0.9,
        r"(?:<P>|in kaart gebracht|verspreid|gemaakt|afgenomen|uitgevoerd|gedaan|opgesteld) (?:\w+ ){0,2}?"
        r"(?:door|in|op|bij|via) <D>(?P<n><L>)",
        "<P>|gebracht|gemaakt|zien|verspreid|afgenomen|uitgevoerd|gedaan|opgesteld",
    ),
    # Uit door Trouw ingeziene stukken blijkt …
    Cue(_PER, 0.9, rf"(?:door|in|bij|op|via) <D>(?P<n><L>) (?:[\w-]+ ){{0,3}}?{_OBTAINED}\b", "door|in|bij|op|via"),
    # Zoals het AD vrijdag schreef, …
    Cue(
        _SAYS,
        0.95,
        r"(?:zoals|wat) <D>(?P<n><L>)(?:[^.;:]{0,90}?)?"
        r" (?:<V>|(?:heeft|had|hebben|hadden) <P>|<P> (?:heeft|had|hebben|hadden))\b",
        "zoals|wat",
    ),
    # …, meldt Het Financieele Dagblad.
    Cue(_SAYS, 0.93, rf"(?P<v>{table.SAYS_BEFORE})(?: <A>){{0,3}} <D>(?P<n><L>)", table.SAYS_BEFORE),
    # Eerder had NRC erover geschreven.
    Cue(
        _SAYS,
        0.93,
        r"(?P<v>heeft|had|hadden|hebben)(?: <A>){0,4} <D>(?P<n><L>)(?:[^.;:]{0,110}?)? ?\b<P>",
        "heeft|had|hadden|hebben",
    ),
    # De Telegraaf heeft de brief ingezien.
    Cue(
        _SAYS,
        0.92,
        rf"<D>(?P<n><L>){_ASIDE} (?:heeft|had|hebben|hadden|zou|zouden)(?:[^.;:]{{0,110}}?)? ?\b<P>",
        "heeft|had|hadden|hebben|zou|zouden",
    ),
    # Nieuwsuur berichtte gisteren dat …
    Cue(_SAYS, 0.92, rf"<D>(?P<n><L>){_ASIDE}(?: <A>,?){{0,3}} <V>\b", rf"{table.SAYS}|{table.SAYS_HINT}"),
    # Verslaggevers van de NOS zagen dat …
    Cue(
        _PER,
        0.9,
        r"(?:onderzoeksjournalisten|verslaggevers|journalisten|correspondenten) van <D>(?P<n><L>)"
        r" (?:kregen|zagen|spraken|ontdekten|onthulden|konden|vonden|legden|onderzochten|analyseerden)",
        "(?:onderzoeks)?journalisten|verslaggevers|correspondenten",
    ),
    # Dat ziet verslaggever Jan Smit van Omroep West.
    Cue(
        _PER,
        0.9,
        r"(?:ontdekt\w*|onthul\w*|meldt|meldde|schrijft|schreef|zag|ziet|zegt|constateert)(?: \w+){0,2}"
        r" (?:\w*verslaggever|journalist|\w*correspondent|redacteur)\w* (?:[A-Z]\w+ ){1,4}van <D>(?P<n><L>)",
        r"\w*(?:verslaggever|journalist|correspondent|redacteur)\w*",
    ),
    # De NOS-enquête, een NOS-verslaggever
    Cue(_PER, 0.95, r"(?P<n><M>)-(?:<R>|verslaggever|correspondent)\b"),
    # NRC: kabinet stelt besluit uit
    Cue(_SAYS, 0.9, r"^<D>(?P<n><L>): "),
    # Kabinet stelt besluit uit, volgens NRC
    Cue(_SAYS, 0.88, r"^[\"“‘']?.{12,}?(?:: | [-–—|] |, )(?:volgens )?(?P<n><L>)[\"”’']?$"),
    # Kabinet stelt besluit uit (NRC)
    Cue(_PER, 0.85, r"^.{12,} \((?P<n><L>)\)$"),
    # Dat kwam de NOS via bronnen te weten.
    Cue(_SAYS, 0.93, r"(?:kwam(?:en)?|komt) <D>(?P<n><L>)(?:[^.;:]{0,40}?)? te weten", "kwam(?:en)?|komt"),
    # Dat ziet NOS-verslaggever Jan Smit.
    Cue(
        _PER,
        0.9,
        r"(?:ziet|zag|meldt|meldde|zegt|vertelt|constateert|hoorde|hoort|bericht)"
        r" (?P<n><M>-(?:verslaggever|correspondent))",
        r"(?:verslaggever|correspondent)\w*",
    ),
    # … uit een peiling die EenVandaag hield.
    Cue(_SAYS, 0.92, rf"<R> (?:die|dat|welke) <D>(?P<n><L>)(?:[^.;:]{{0,60}}?)? {_WORKED_ON}", "die|dat|welke"),
    # …, zo meldt ANP.
    Cue(_RELAYED, 0.93, r"zo (?:laat|liet|meld(?:t|de)|schrijft|schreef|bericht(?:te)?|geeft) <D>(?P<n><L>)", "zo"),
    # Als we De Telegraaf mogen geloven, …
    Cue(_PER, 0.9, r"als (?:we|wij|je) <D>(?P<n><L>) (?:mag|mogen|moet|moeten) geloven", r"geloven\w*"),
    # Een woordvoerder heeft aan NRC bevestigd dat …
    Cue(_PER, 0.9, rf"(?:aan|tegen|tegenover) <D>(?P<n><L>) (?:\w+ ){{0,2}}?{table.TOLD_AFTER}", "aan|tegen|tegenover"),
    # Wie vandaag leest in Trouw …
    Cue(
        _PER,
        0.9,
        r"(?:leest|lees|las|lezen|hoort|horen|zag|zagen|zien|kijkt)(?: \w+){0,3} (?:in|op|bij) <D>(?P<n><L>)",
        "leest|lees|las|lezen|hoort|horen|zag|zagen|zien|kijkt",
    ),
    # Naar RTL Nieuws heeft vernomen, …
    Cue(
        _PER,
        0.93,
        r"naar <D>(?P<n><L>)(?:[^.;:]{0,60}?)? (?:heeft vernomen|verneemt|vernam|weet|heeft begrepen)",
        "naar",
    ),
    # De reportage is vanavond te zien bij Nieuwsuur.
    Cue(
        _PER,
        0.9,
        r"(?:te zien|te lezen|te horen|te gast|staat|stond|verscheen|verschenen|vertoond|gepubliceerd)(?: \w+)?"
        r" (?:in|op|bij) <D>(?P<n><L>)",
        "te|staat|stond|verscheen|verschenen|vertoond|gepubliceerd",
    ),
    # Dat blijkt uit een rondgang door de NOS.
    Cue(
        _PER,
        0.88,
        r"(?:bleek|blijkt|komt|kwam|kwamen|komen) (?:[\w-]+ ){0,4}?(?:uit|naar voren uit|via) (?:[\w-]+ ){0,4}?"
        r"(?:van|door|in) <D>(?P<n><L>)",
        "bleek|blijkt|komt|kwam|kwamen|komen",
    ),
)
_ORGANISATION_CUES = (
    # Volgens cijfers van het ministerie van Defensie …
    Cue(
        _PER,
        0.85,
        r"(?:volgens|aldus|blijkens|luidens)(?: ook)?"
        r" (?:(?:<article> )?(?:[\w-]+ ){0,3}?(?:van|door|uit) )?(?:<article> )?(?P<n><O>)",
        "volgens|aldus|blijkens|luidens",
    ),
    # Dat blijkt uit een onderzoek van de politie.
    Cue(
        _PER,
        0.8,
        r"(?:volgens|uit|op basis van) (?:<article> )?(?:[\w-]+ ){0,2}?"
        r"(?:analyse|studie|onderzoek|rapport|cijfers|gegevens|schatting(?:en)?|telling) van (?:<article> )?(?P<n><O>)",
        "van",
    ),
    # Een nieuw rapport van het RIVM …
    Cue(_PER, 0.8, rf"{table.PAPERS}(?: \w+)? (?:van|door|uit) (?:<article> )?(?P<n><O>)", "van|door|uit"),
    # …, meldt de politie.
    Cue(
        _SAYS,
        0.8,
        rf"{table.ANNOUNCES_BEFORE}(?: <A>){{0,2}} (?:<article> )?(?P<n><O>)",
        rf"{table.ANNOUNCES_BEFORE}|zo",
    ),
    # De brandweer laat maandag weten dat …
    Cue(
        _SAYS,
        0.75,
        r"(?:^|[,;:“\"”’'] ?|dat |terwijl |maar )(?:<article> )?(?P<n><O>)(?: \([^()]{1,20}\))?"
        rf"(?: <A>| in [A-Z]\w+){{0,2}} {table.ANNOUNCES}\b",
        rf"{table.ANNOUNCES}|{table.ANNOUNCES_HINT}",
    ),
    # … op basis van cijfers van het CBS.
    Cue(
        _CITED,
        0.8,
        r"(?:op basis van|op gezag van|onder verwijzing naar|met een beroep op)"
        r" (?:(?:cijfers|gegevens|informatie|een \w+|bronnen) (?:van|bij|binnen) )?(?:<article> )?(?P<n><O>)",
        "basis|gezag|verwijzing|beroep",
    ),
)

_YEAR_AGO = (
    r"(?:een|twee|drie|vier|vijf|zes|tien|enkele|enige|jaren|maanden|weken|\d+|paar|anderhalf|ruim \w+|bijna \w+)"
    r" ?(?:dagen|weken?|maand(?:en)?|jaar|jaren)? (?:geleden|eerder|terug)"
)
_EARLIER = (
    r"(?:al |reeds )?(?:in|sinds|begin|eind|half|medio|van) <month>(?: (?:vorig jaar|van vorig jaar|\d{4}))?",
    r"vorig jaar|vorige maand|vorige (?:week|zomer|winter|herfst|lente)",
    r"afgelopen (?:zomer|winter|herfst|voorjaar|najaar|jaar|maand)",
    r"(?:van |in )?afgelopen <month>",
    r"eerder dit jaar|eerdere? (?:berichtgeving|onderzoek|publicaties?|artikelen|reportages?)",
    r"(?:in|uit|al in|van) (?:19|20)\d\d",
    _YEAR_AGO,
    r"destijds|indertijd|het jaar daarvoor|in het (?:voorjaar|najaar)|jaren geleden",
)

DUTCH = Grammar(
    lang="nl",
    macros={
        "article": r"(?:de|het|een|'t|’t|deze|dit|die|dat|onze|zijn|haar|hun)",
        "and": r" en | of | alsook | alsmede |, en | samen met ",
        "tail": r"(?: \([^()]{1,30}\))?",
        "common": r"\b(?:een|geen|zijn|haar|hun|onze|elke|mijn) $",
        "stop": rf"{table.STOP}\b",
        "D": r"(?<![\w’'-])(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?",
        "role": rf"(?:[\w-]*{names.ROLE_ENDS}|kranten|bladen)",
        "month": table.MONTH,
        "A": table.ADVERB,
        "R": rf"[\w-]*{table.REPORT}",
        "V": table.SAYS,
        "P": table.DONE,
        "told": table.TOLD,
    },
    cues=_MEDIA_CUES + _ORGANISATION_CUES,
    refused=rf"\b{table.NO_SUBJECT_AFTER} <D>$",
    not_after=rf"[ -]{table.BELONGS}\b|,? {table.IS_NEWS_ITSELF}\b",
    about_itself=(
        r"(?: weten)? dat (?:de|het|haar|zijn) (?:\w+ )?(?:uitzending|programma|presentator|verslaggever|medewerker"
        r"|redactie|website|app|abonnees|podcast|studio|journaal|hoofdredacteur|documentaire)\w*\b"
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
    nested=r"(?:,? dat)?,?(?: <earlier>,?)?,? (?:<D>)$",
)
