"""How German attributes."""

from __future__ import annotations

from pipeline.provenance.grammar import Grammar, Part

_SAYS, _PER, _CITED, _RELAYED = Part.SAYS, Part.PER, Part.CITED, Part.RELAYED

_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_MONTH = f"(?:{_MONTHS}|Jänner|Feber)"
_CAP = r"[A-ZÄÖÜ][\w’'-]*"
_ADJ = (
    r"(?:(?:[a-zäöüß-]+|[A-ZÄÖÜ][a-zäöüß-]+)(?:ische[nrsm]?|isches|liche[nrsm]?|iche[nrsm]?|ale[nrsm]?|eigene[nrsm]?|örtliche[nrsm]?|zuständige[nrsm]?"
    r"|auswärtige[nrsm]?|vereinte[nrsm]?|deutsche[nrsm]?|oberste[nrsm]?|hohe[nrsm]?|[a-zß]er|[a-zß]ige[nrsm]?|[a-zß]esche[nrsm]?|weiße[nrsm]?))"
)
_HEADS = (
    r"(?:[A-ZÄÖÜ][\w-]*)?(?:[Mm]inisteriums?|[Pp]olizei|[Ss]taatsanwaltschaft|[Aa]nwaltschaft|[Aa]rmee|[Mm]ilitärs?|[Ss]treitkräfte[n]?|[Gg]eneralstabs?|[Rr]egierung"
    r"|[Bb]ehörden?|[Ii]nstituts?|[Uu]niversität|[Kk]ommission|[Gg]erichts?|[Gg]erichtshofs?|[Vv]erband(?:e?s)?|[Vv]erbände|[Gg]ewerkschaft|[Ff]euerwehr|[Bb]ank|[Ss]tiftung"
    r"|[Ss]enats?|[Bb]undeswehr|[Gg]eheimdienst(?:e?s)?|[Nn]achrichtendienst(?:e?s)?|[Vv]erfassungsschutz(?:es)?|[Kk]anzleramt(?:e?s)?|[Kk]riminalamt(?:e?s)?|[Bb]undesamt(?:e?s)?|[Ll]andesamt(?:e?s)?|[Aa]uswärtigen? Amt(?:e?s)?"
    r"|amt(?:e?s)?|[Aa]gentur|[Vv]erwaltung|[Rr]echnungshofs?|[Bb]otschaft|[Bb]undestags?|[Aa]kademie|[Gg]esellschaft|[Kk]rankenhaus(?:es)?|[Kk]linikums?|[Ll]eitstelle|[Rr]ettungsdienst(?:e?s)?"
    r"|[Oo]rganisation|[Zz]entralrats?|[Vv]erein(?:s|igung)?|[Ww]etterdienst(?:e?s)?|[Nn]etzagentur|[Aa]rmeeführung|[Mm]arine|[Ll]uftwaffe|[Pp]räsidiums?|[Zz]entrums?|[Hh]ochschule|[Pp]arlaments?|[Bb]undesrats?|[Ss]tabs?|[Bb]ehördenleitung|[Dd]ienst(?:e?s)?|[Kk]ammer|[Dd]irektion|[Oo]bservatoriums?|[Pp]rogramms?|[Bb]undesbank|[Ss]tadt(?:rat|verwaltung)?s?|[Ll]andkreis(?:es)?|[Ff]raktion|[Zz]olls?|[Nn]etzwerks?|[Gg]ruppe|[Cc]lubs?|[Ww]arte|[Rr]ats?)"
)
_NAMED = (
    r"(?:IWF|WHO|Nato|NATO|UN|UNO|Uno|EU|OECD|Opec|IAEA|FBI|CIA|NSA|Pentagon|Kreml(?:s)?|Weißen? Hauses|Weiße Haus|Amnesty International|Human Rights Watch|Greenpeace|Europol|Interpol|Eurostat|Destatis"
    r"|Bundeswehr|Weltbank|Fed|EZB|UNHCR|Unicef|Frontex|FSB|SBU|BND|BKA|LKA|RKI|DWD|ADAC|Verdi|ver\.di|IG Metall|DGB|BDI|DIHK|Ifo|ifo|DIW|Bitkom|Unhcr|Ocha|Rotes Kreuz|Roten Kreuzes|Deutschen Roten Kreuzes|ETH Zürich|ETH|EPFL|Charité|Max-Planck-Institut|Fraunhofer)"
)

_TITLED = r"(?i:.*(?:anzeiger|nachrichten|zeitung|bote|boten|kurier|rundschau|tageblatt|tagblatt|tagblatts|volksblatt|wochenblatt|post|presse|allgemeinen?r?|echo|merkur|stimme|abendblatt|neueste|rundfunk))"
# A sentence without any of these and without an outlet that is known cites nobody.
_CUE_WORDS = """
laut gemäß gemäss zufolge nach angaben auskunft informationen erkenntnissen einschätzung berechnungen berichtet berichtete berichteten berichten meldet meldete melden meldeten schreibt schrieb schreiben
sagte sagten sagt gesagt erklärte erklärten erklärt mitteilte mitteilten mit bekannt bestätigte bestätigt warnt warnte bericht berichts analyse studie auswertung untersuchung gutachten statistik zahlen daten
umfrage mitteilung hieß heißt unter berufung verweis beruft schätzt enthüllte enthüllt aufgedeckt recherchen recherche interview gespräch gegenüber so wie wissen davon veröffentlicht veröffentlichte zitiert zitierte
zitieren titelt erfuhr erfahren gemeldet glaubt will vor rechnet bezifferte registrierte zählte teilte teilten gab geschildert spricht sprach spekuliert publik
"""

GERMAN = Grammar(
    lang="de",
    macros={
        "article": "(?:der|die|das|dem|den|des|ein|eine|einem|einen|einer|eines|dieser|diesem|dieses|diese|unserer|unserem|ihrer|ihrem|vom|beim|im|zum|zur)",
        "and": " und | oder | sowie | bzw\\. | wie auch |, und | gemeinsam mit | zusammen mit ",
        "tail": r"(?:-(?:Zeitung|Magazin|Nachrichtenagentur|Agentur|Sender|Portal))?(?: \([^()]{1,30}\))?",
        "common": r"\b(?:eine?[nmrs]?|keine?[nmrs]?|sein|seine[nmrs]?|ihre?[nmrs]?|unsere?[nmrs]?|jede[nmrs]?|manche[nmrs]?) $",
        "stop": (
            r"(?:dass|der|die|das|dem|den|des|und|oder|aber|von|vom|für|mit|aus|bei|nach|zu|zum|zur|in|im|an|am|auf|über|gegen|durch|war|ist|sind|waren|wird|wurde|wurden|hat|hatte|hatten|haben|hätten|habe|sagte|sagt"
            r"|er|sie|es|wir|man|sich|nicht|auch|als|wenn|weil|wie|was|wo|nun|ein|eine|einer|eines|einem|unter|zwischen|seit|bis|vor|soll|sollen|könnte|werden|worden|sei|seien)\b"
        ),
        "D": r"(?<![\w’'-])(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?",
        "role": (
            r"(?:[\w-]*(?:zeitung|blatt(?:e?s)?|magazins?|wochenmagazins?|senders?|rundfunks?|agentur|portals?|boulevardblatt(?:e?s)?|wochenzeitung|tageszeitung|plattform|(?:branchen|online|medien|informations)dienst(?:e?s)?|fernsehen?s?|programms?|sendung|journals?|podcasts?|redaktion|kanals?|website|seite|blogs?|postille|nachrichtensenders?|radio|dokumentation|newsletters?)|agenturen|sender|anbieter|zeitungen|blätter|medium|mediums)"
        ),
        "month": _MONTH,
        "A": (
            r"(?:\w+lich|auch|zudem|zuerst|zunächst|zuvor|bereits|schon|ebenfalls|nun|jetzt|heute|gestern|am \w+|im <month>|selbst|dazu|dabei|weiter|ferner|außerdem|später|noch|exklusiv|vorab|online|erstmals|da|daraufhin"
            r"|kürzlich|unlängst|soeben|zuletzt|unter anderem|seinerseits|ihrerseits|allerdings|jedoch|dagegen|seit \w+|in dieser Woche|vergangene Woche|wiederum|etwa|darüber|davon|hierzu|darüber hinaus)"
        ),
        "R": (
            r"(?:[\w-]*(?:[Bb]ericht(?:e[sn]?|s)?|[Rr]echerchen?|[Ii]nformation(?:en)?|[Ee]nthüllung(?:en)?|[Aa]rtikels?|[Bb]eitrag(?:e?s)?|[Bb]eiträgen?|[Mm]eldung(?:en)?|[Ii]nterviews?|[Gg]espräch(?:e?s)?|[Rr]eportage[n]?|[Uu]mfrage|[Gg]eschichte|[Ss]tory|[Dd]arstellung|[Aa]ngaben"
            r"|[Aa]uswertung(?:en)?|[Aa]nalysen?|[Kk]olumne|[Ll]eitartikels?|[Dd]okumenten?|[Vv]eröffentlichung(?:en)?|[Pp]ublikation|[Bb]erichterstattung|[Ss]endung|[Dd]okumentation|[Kk]ommentars?|[Ee]rkenntnissen?|[Uu]nterlagen|[Zz]ählung|[Bb]erechnung(?:en)?|[Aa]usgabe|[Ee]rmittlungen|[Mm]eldungen|[Aa]nfrage|[Nn]achfrage|[Ss]tatement|[Ss]tellungnahme|[Tt]itelgeschichte|[Ee]ssays?|[Dd]arlegung|[Hh]inweisen|[Ss]childerung(?:en)?|[Gg]astbeitrag(?:e?s)?))"
        ),
        "V": (
            r"(?:berichte(?:t|te|ten|n)|melde(?:t|te|ten|n)|schreib(?:t|en|e)|schrieb(?:en)?|enthüll(?:t|te|ten|en)|zitier(?:t|te|ten|en)|veröffentlich(?:t|te|ten|en)|erfuhr(?:en)?|erfährt|recherchier(?:t|te|ten)|behaupte(?:t|te|ten)|nenn(?:t|en)|nannte[n]?"
            r"|spricht von|sprach von|deck(?:t|te|ten) [^.;]{0,60}auf|notier(?:t|te)|titel(?:t|te)|präsentier(?:t|te)|mach(?:t|te|ten) [^.;]{0,40}(?:publik|öffentlich)|beschreibt|beschrieb|rechnet vor|führ(?:t|te) [^.;]{0,40} aus|verbreite(?:t|te)|kommentier(?:t|te)|dokumentier(?:t|te)|formulier(?:t|te)|heißt es (?:bei|in)|weiß|will erfahren haben|stellt fest|ergänz(?:t|te)|publizier(?:t|te)|ermittelte|fand heraus|beruft|berufen|berief(?:en)?|verweis(?:t|en)|verwies(?:en)?|spekulier(?:t|te)|publik (?:macht|machte|gemacht)|öffentlich (?:macht|machte)|greif(?:t|en)|griff|stützt|stützte|warn(?:t|te)|will wissen|wertet[e]? [^.;]{0,60}aus|kommt auf|kam auf|zähl(?:t|te)|rechne(?:t|te)|erklär(?:t|te)|schilder(?:t|te)|skizzier(?:t|te)|zeichne(?:t|te) [^.;]{0,60}nach|analysier(?:t|te)|orakelt|fragt|spottet|prophezeit)"
        ),
        "P": (
            r"(?:berichtet|gemeldet|geschrieben|enthüllt|aufgedeckt|veröffentlicht|erfahren|publik gemacht|öffentlich gemacht|zitiert|recherchiert|herausgefunden|dokumentiert|publiziert|bekannt gemacht|ans Licht gebracht|ausgestrahlt|gezeigt|dargestellt|nachgewiesen|ermittelt|verbreitet|gedruckt|thematisiert|beschrieben|ausgewertet|eingesehen|vermeldet|offengelegt|behauptet|nachgezeichnet|gesprochen|rekonstruiert|bekanntgemacht)"
        ),
        "told": (
            r"(?:sagte[n]?|sagt|sagen|erklärte[n]?|erklärt|erzählte[n]?|erzählt|bestätigte[n]?|bestätigt|schilderte[n]?|verriet|betonte[n]?|gesagt|kritisierte[n]?|warnte[n]?|warnt|äußerte[n]?|äußert|schrieb|berichtete[n]?|teilte[n]?|teilt|mitteilte[n]?|versicherte[n]?|forderte[n]?|fordert|verteidigte[n]?|nannte[n]?|gab|so|beteuerte|hob|räumte|meinte|antwortete|kündigte[n]?|dementierte|wies|übergab|übermittelte|zugespielt|anvertraute|bezeichnete[n]?|begründete|plädierte|bekräftigte|monierte|rechnete|beklagte|sprach|verwies|stellte|rief)"
        ),
        "person": r"(?:[Cc]hefredakteur\w*|[Rr]edakteur\w*|[Rr]eporter\w*|[Jj]ournalist\w*|[Hh]erausgeber\w*|[Vv]erleger\w*|[Mm]oderator\w*|[Ii]ntendant\w*|[Gg]eschäftsführer\w*|[Cc]hef\w*|[Vv]orstand\w*|[Aa]nwalt\w*|[Aa]nwält\w*|[Vv]erlag\w*|[Gg]esellschafter\w*|[Ee]igentümer\w*|[Ll]eser\w*|[Mm]itarbeiter\w*)",
    },
    cues=(
        (
            _PER,
            0.95,
            r"(?:laut|gemäß|gemäss|zufolge) (?:(?:<article> )?(?:[\w-]+ ){0,3}?<R> (?:[\w-]+ ){0,3}?(?:von|des|der|in|im|aus|vom|bei|beim|auf|durch) )?<D>(?P<n><L>)",
        ),
        (_PER, 0.95, r"(?P<n><L>) zufolge\b"),
        (
            _PER,
            0.93,
            r"<R>(?: (?:vom|von|am|im) \w+)? (?:von|des|der|in|im|aus|vom|bei|beim|auf|durch|mit|für|gegenüber|unter anderem)(?: <article>)? (?:(?!<stop>)\w[\w’'&.-]* ){0,5}?(?P<n><L>)",
        ),
        (
            _PER,
            0.95,
            r"(?:im|einem|ein|dem|das|in) (?:[\w-]+[- ])?(?:[Ii]nterview|[Gg]espräch|[Gg]astbeitrag|[Pp]odcast)s?(?: mit| in| im| für| bei| gegenüber)? <D>(?P<n><L>)",
        ),
        (
            _CITED,
            0.95,
            r"(?:unter (?:Berufung|Verweis|Bezug|Bezugnahme)|mit (?:Verweis|Bezug|Hinweis|Berufung)|in Berufung|(?:beruft|berufen|berief|beriefen|stützt|stützen|stützte|bezieht|beziehen|bezog|beziehend|berufend)(?: \w+){0,2}(?: sich)?(?: \w+){0,4}?|sich|verweis(?:t|en)|verwies(?:en)?|Bezug nehmend|gestützt) auf (?:(?:<article> )?(?:[\w-]+ ){0,3}?<R> (?:[\w-]+ ){0,2}?(?:von|des|der|in|im|aus|vom|bei|beim) )?<D>(?P<n><L>)",
        ),
        (
            _CITED,
            0.95,
            r"(?:zitier(?:t|te|ten|en)|griff|greift|übernahm|übernimmt|übernehmen|bestätigt|bestätigte)(?: \w+){0,3}? (?:aus |einen |die |den |das |eine )?(?:<R> (?:von|des|der|in|im|aus|vom) )?<D>(?P<n><L>)(?! (?:am|zu))",
        ),
        (
            _CITED,
            0.95,
            r"(?:gab|gibt|greift|griff|druckte|übernahm)(?: [\w-]+){0,3} (?:einen?|den|die|das|eine)? ?<R> (?:von|des|der|in|im|aus|vom) <D>(?P<n><L>) (?:wieder|auf|nach|ab)",
        ),
        (
            _PER,
            0.9,
            r"(?:im|in der|in|bei|beim) (?:[\w-]+ ){0,3}?(?:(?:des|der|von|vom) )?(?P<n><M>(?:-[\w„“»«\"’-]+)?) <told>",
        ),
        (_PER, 0.9, r"glaubt man (?:einem <R> (?:der|des|von|in) )?<D>(?P<n><L>)"),
        (_PER, 0.92, r"so (?:<article> )?(?:[\w-]+ )?(?P<n><L>)(?=[.,;]|$)"),
        (
            _PER,
            0.92,
            r"(?:der|dem|den) (?:(?!<stop>)\w[\w’'&.-]* ){0,4}?(?P<n><L>) (?:[\w-]+ ){0,5}?(?:gesagt|erklärt|anvertraut|bestätigt|mitgeteilt|erzählt|verraten|versichert|geschildert|erklärte|bestätigte|erzählte)",
        ),
        (_SAYS, 0.93, r"auf (?:den|die|das) sich <D>(?P<n><L>) (?:beruft|bezieht|stützt|berief|bezog)"),
        (_SAYS, 0.93, r"will <D>(?P<n><L>)(?:[^.;:]{0,60}?)? (?:wissen|erfahren haben)"),
        (_PER, 0.9, r"(?:erfuhr\w*|erfahren|bekannt|weiß)(?: [\w-]+){0,5} aus <D>(?P<n><L>)"),
        (
            _RELAYED,
            0.9,
            r"(?:zitiert|aufgegriffen|weiterverbreitet|verbreitet|übernommen|wiedergegeben) (?:von|durch|bei) <D>(?P<n><L>)|(?:über|via) <D>(?P<x><L>) verbreitet".replace(
                "|(?:über|via) <D>(?P<x><L>) verbreitet", ""
            ),
        ),
        (
            _PER,
            0.92,
            r"<told>(?:,? [<S>\w’'.,„“\"-]+){0,7}? (?:der|dem|den|gegenüber(?: <article>)?|im|in der|in|bei|beim|zu|auf Anfrage(?: der| des| von)?|zum) (?:(?!<stop>)\w[\w’'&.-]* ){0,4}?(?P<n><L>)",
        ),
        (_PER, 0.93, r"gegenüber <D>(?P<n><L>)"),
        (
            _PER,
            0.9,
            r"(?:wurde|wurden|worden|ist|war|sind|werden) (?:[\w,-]+ ){0,8}?(?:von|vom|durch|in|im|bei|auf) <D>(?P<n><L>) (?:[\w,-]+ ){0,4}?<P>",
        ),
        (_PER, 0.9, r"<P> (?:[\w-]+ ){0,2}?(?:von|vom|durch|hat(?:te)? das|in|im|bei|auf) <D>(?P<n><L>)"),
        (
            _PER,
            0.9,
            r"von <D>(?P<n><L>) (?:[\w-]+ ){0,3}?(?:<P>|befragt\w*|veröffentlichte[nrs]?|zitierte[nrs]?|publizierte[nrs]?|enthüllte[nrs]?|eingesehene[nrs]?|ausgewertete[nrs]?|befragte[nrs]?|aufgedeckte[nrs]?|in Auftrag gegeben\w*|beauftragt\w*|geführt\w*)",
        ),
        (
            _PER,
            0.9,
            r"(?:dem|der|den) (?:(?!<stop>)\w[\w’'&.-]* ){0,4}?(?P<n><L>) (?:[\w-]+ ){0,4}?(?:vorlieg(?:t|en|enden?r?)\b|vorlag(?:en)?\b|lieg(?:t|en)|lag(?:en)?|zugespielt|bekannt|vor\b|bestätigt\w*|sagte|übermittelt|zugänglich|zur Verfügung)",
        ),
        (_PER, 0.9, r"(?:lieg(?:t|en)|lag(?:en)?) (?:dem|der|den) (?:(?!<stop>)\w[\w’'&.-]* ){0,4}?(?P<n><L>)"),
        (_SAYS, 0.95, r"(?:wie|so|was) <D>(?P<n><L>)(?:[^.;:]{0,110}?)? <V>\b"),
        (
            _SAYS,
            0.95,
            r"(?:wie|so|was|seit|nachdem|als|weil|dass|obwohl|bevor|ob) <D>(?P<n><L>)(?:[^.;:]{0,110}?)? <P> (?:hat|hatte|habe|haben|hatten)\b",
        ),
        (
            _SAYS,
            0.93,
            r"(?P<v>berichtet(?:e|en)?|meldet(?:e|en)?|schreib(?:t|en)|schrieb(?:en)?|enthüllt(?:e|en)?|zitiert|erfuhr|behauptet|notiert|titelt|veröffentlichte|schildert|vermeldet|formuliert|kommentiert|heißt es (?:bei|in)|deckte|ergänzt|rechnet|warnt|warnte|urteilt|analysiert|fragt|weiß)(?: <A>){0,3} <D>(?P<n><L>)",
        ),
        (
            _SAYS,
            0.93,
            r"(?P<v>hat|hatte|hatten|haben|habe|hätten)(?: <A>){0,4} (?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?(?P<n><L>)(?:[^.;:]{0,140}?)? ?\b<P>",
        ),
        (
            _SAYS,
            0.92,
            r"(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?(?P<n><L>)(?:,[^,;:]{1,90},| \([^()]{1,60}\))? (?:hat|hatte|habe|haben|hatten|hätten|will)(?:[^.;:]{0,140}?)? ?\b<P>",
        ),
        (
            _SAYS,
            0.92,
            r"(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?(?P<n><L>)(?:,[^,;:]{1,90},| \([^()]{1,60}\))?(?: <A>,?){0,3} <V>\b",
        ),
        (
            _SAYS,
            0.8,
            r"<D>(?P<n><L>)(?: <A>,?){0,3} (?:zeig(?:t|te|en|ten)|druck(?:t|te)|brachte|bringt|gab|liegen|machte|sendet|sendete|strahlt|strahlte)\b",
        ),
        (
            _CITED,
            0.95,
            r"sich (?:[\w-]+ ){0,2}auf <D>(?P<n><L>) (?:stützt|beruft|bezieht|stützen|berufen|beziehen|stützte|berief)",
        ),
        (
            _PER,
            0.9,
            r"(?:reporter\w*|journalist\w*|korrespondent\w*|redakteur\w*|rechercheteam|team) (?:von|des|der) <D>(?P<n><L>)(?:[^.;:]{0,110}?)? (?:<P>|<V>)\b",
        ),
        (_PER, 0.8, r"so <article> (?P<n><O>)"),
        (_PER, 0.95, r"(?P<n><M>)-(?:<R>|infos|[Pp]olitbarometer|[Dd]eutschlandtrend)\b"),
        (
            _PER,
            0.9,
            r"(?:aus|durch|seit|nach|dank|auf) (?:<article> )?(?:[\w-]+ ){0,2}?(?:Enthüllung\w*|Recherche\w*|Veröffentlichung\w*|Aufruf|Anfrage|Bericht\w*) (?:der|des|von|vom|im|in der) (?:(?!<stop>)\w[\w’'&.-]* ){0,4}?(?P<n><L>)",
        ),
        (_SAYS, 0.9, r"^<D>(?P<n><L>)(?:-<R>)?: "),
        (_SAYS, 0.88, r"^.{12,}?(?:: | [-–—|] |, )(?P<n><L>)(?: berichtet| meldet|-Bericht)?$"),
        (_PER, 0.85, r"^.{12,} \((?P<n><L>)\)$"),
        (_PER, 0.9, r"(?:heißt|hieß) es (?:weiter |dazu |zudem |auch )?(?:in|im|bei|beim|aus) <D>(?P<n><L>)"),
        (_PER, 0.88, r"(?:Information(?:en)?|Recherchen?|Angaben|Meldungen) (?:<article> )?(?:[\w-]+ )?(?P<n><L>)"),
        (
            _PER,
            0.85,
            r"(?:laut|gemäß|gemäss|nach Angaben|nach Auskunft|nach Erkenntnissen|nach Einschätzung|nach Darstellung|nach Berechnungen|nach Schätzungen?|nach Zählung|nach Informationen|nach Aussage|nach Mitteilung|Angaben|Auskunft|Informationen|Erkenntnissen?|Schätzungen?|Berechnungen)(?: (?:von|des|der|vom|aus|einer|eines|dem|einem|ihrer|seiner|mehrerer|ukrainischer|russischer))?(?: (?:[\w-]+ ){0,3}?(?:von|des|der|vom|aus))? (?P<n><O>)",
        ),
        (_PER, 0.85, r"(?P<n><O>)(?: \w+)? zufolge\b"),
        (
            _PER,
            0.8,
            r"(?:[Aa]nalysen?|[Ss]tudien?|[Aa]uswertung(?:en)?|[Uu]ntersuchung(?:en)?|[Bb]ericht(?:s|es|en)?|[Gg]utachtens?|[Ss]tatistik|[Zz]ahlen|[Dd]aten|[Uu]mfrage|[Ee]rhebung|[Ss]chätzung(?:en)?|[Pp]rognose|[Ll]agebericht(?:s|es)?|[Mm]itteilung|[Bb]erechnung(?:en)?|[Ee]rklärung|[Pp]apiers?|[Aa]ngaben|[Bb]ilanz) (?:von|des|der|vom|aus|durch)(?: [\w-]+)?? (?P<n><O>)",
        ),
        (
            _SAYS,
            0.8,
            r"(?:wie|so|was|teilt(?:e|en)?|meldet(?:e|en)?|berichtet(?:e|en)?|erklärt(?:e|en)?|gab|warnt(?:e|en)?|bestätigt(?:e|en)?|schätzt(?:e|en)?) (?:am \w+ |zudem |auch |weiter )?(?:<article> )?(?P<n><O>)(?:[^.;:]{0,70}?)?(?: mit| bekannt|,|$|\.| am \w+| in| dem| der| auf| weiter| zudem| zuvor|(?: <V>))",
        ),
        (
            _SAYS,
            0.75,
            r"(?:^|[,;„“\"»] ?|dass |wonach )(?:<article> )?(?P<n><O>)(?: am \w+| in [A-Z]\w+| dagegen| zudem){0,2} (?:teilt(?:e|en)? [^.;]{0,80}?mit|gab(?:en)? [^.;]{0,60}?(?:bekannt|an)|meldet(?:e|en)?|berichtet(?:e|en)?|erklärt(?:e|en)?|warnt(?:e|en)?|bestätigt(?:e|en)?|schätzt(?:e|en)?|sprach von|spricht von|(?:wirft|warf|werfen|warfen) [^.;]{0,90}? vor\b|schreib(?:t|en)|schrieb(?:en)?|rechnet|(?:geht|ging) [^.;]{0,70}?davon aus|bezifferte|registrierte|zählte|stellte fest|kam zu dem|kommt zu dem|(?:hat|hatte|haben) [^.;]{0,70}?(?:mitgeteilt|erklärt|gemeldet|bestätigt|bekannt gegeben|gewarnt|veröffentlicht|ausgewertet|untersucht))",
        ),
        (
            _PER,
            0.8,
            r"(?:hieß|heißt) es (?:[\w-]+ ){0,3}?(?:von|vom|aus|bei|beim|seitens|in|im)(?: <article>)? (?:Seiten der )?(?P<n><O>)",
        ),
        (
            _CITED,
            0.8,
            r"(?:unter (?:Berufung|Verweis)|mit (?:Verweis|Bezug|Hinweis)|(?:beruft|berief|berufen|stützt|stützte) sich) auf (?:(?:<article> )?(?:[\w-]+ ){0,2}?(?:Angaben|Daten|Zahlen|Bericht\w*|Informationen|Erklärung|Mitteilung) (?:von|des|der|aus|vom) )?(?:<article> )?(?P<n><O>)",
        ),
    ),
    refused=r"(?:\b(?:von|für|mit|gegen|über|bei|an|auf|zwischen|neben|durch|als|des|vom|beim|zum|zur) <D>|(?<=\S )(?-i:[A-ZÄÖÜ])[\w-]* (?:der|des) (?:(?!<stop>)[\w-]+ ){0,3}|<person> (?:der|des|von|vom|beim|bei der|bei) <D>)$",
    not_after=(
        r"[ -](?:Verlag\w*|Reporter\w*|Redakteur\w*|Chef\w*|Journalist\w*|Verleger\w*|Gruppe|Haus(?:es)?|Konzern\w*|Affäre|Leser\w*|Autor\w*|Korrespondent\w*|Herausgeber\w*|Mitarbeiter\w*|Fotograf\w*|Moderator\w*|Gebäude\w*|Zentrale|Abonnent\w*|Abo\b|Kolumnist\w*|Intendant\w*|Bestseller\w*|Kameramann|Team\w*|Büro\w*|Beteiligung|Aktie\w*|Gründer\w*|Mediengruppe|Preis\w*|Logo|App\b|Archiv\w*|Leiter\w*|Sprecher\w*|Studio\w*|Rundfunkrat\w*|Fernsehrat\w*|Programm\w*|Urteil\w*|Zeugen?\b|Titel\w*|Skandal\w*|Ressort\w*|Hochhaus\w*|Prinzip|Zahlen\w*|Ära)"
        r"|,? (?:gehört|gehören|erscheint|erscheinen|kündigt|streicht|baut|trennt sich|feiert|verklagt|klagt|verliert|gewinnt|startet|stellt ein|sucht|zieht um)\b"
    ),
    about_itself=r"(?: \w+){0,4} (?:in eigener Sache|über sich|seinen? (?:Mitarbeiter|Beschäftigten|Reporter|Redakteur)\w*|ihren? (?:Mitarbeiter|Beschäftigten|Reporter|Redakteur)\w*)|(?: (?:einen|den|eine|die) [\w-]+)? (?:Gewinn|Verlust|Umsatz|Rekordumsatz|Auflage)\b",
    outlet_role=(
        r"(?i:\b[\w-]*(?:zeitung|blatt(?:e?s)?|magazins?|senders?|(?:nachrichten|presse|bild)agentur|(?<![\w-])agentur|portals?|kanals?|radios?|plattform|journals?|newsletters?|blogs?|website|rundfunks?|nachrichtenseite|newsseite|podcasts?|zeitschrift|illustrierte[n]?|onlinemedium|wochenblatts?|(?:branchen|online|medien|informations)dienst(?:e?s)?))"
        r",? (?:(?P<q>[\"„“»«‚‘'›])(?P<name2>[^\"“”«»‘’„']{2,40})[\"“”«»‘’']|(?P<name>[a-z0-9-]+\.[a-z]{2,4}(?![\w])|(?:(?:Der|Die|Das|The|De|La|Le|El|Il|Het) )?[A-ZÄÖÜ0-9][\w’'.&+-]*(?: (?:of|the|de|der|am|im|und|&|für|du|des|la|van|del|e) [A-ZÄÖÜ][\w’'.&-]*| [A-ZÄÖÜ0-9][\w’'.&+-]*){0,4}))"
    ),
    role_after=r"(?P<name>(?!x)x)",
    titled=(
        r"(?P<name>(?<![\w-])(?:[A-ZÄÖÜ][\w/-]*(?:er|en|e|es|scher) )(?:[A-ZÄÖÜ][\w-]*)?(?i:anzeiger|nachrichten|zeitung|bote|boten|morgenbote|kurier|rundschau|tageblatt|tagblatt|tagblatts|volksblatt|wochenblatt|post|presse|allgemeine[nr]?|echo|merkur|stimme|abendblatt|morgenpost|generalanzeiger|neueste|volksstimme|rundfunk))(?![\w-])"
        r"|(?P<name2>(?<![\w-])[A-ZÄÖÜ]\w+(?:anzeiger|tageblatt|tagblatt|kurier|abendblatt|volksblatt|wochenblatt|zeitung|morgenpost|-Anzeiger|-Zeitung|-Kurier|-Nachrichten|-Echo|-Bote))(?![\w-])"
    ),
    ourselves=r"\b(?:dieser|diese|unserer|unsere) (?:Zeitung|Redaktion|Website|Zeitschrift|Magazin)\b",
    others=r"(?!x)x",
    organisations=(
        rf"(?<![\w-])(?:(?:(?:{_ADJ} ){{0,2}}|(?!Der |Die |Das |Dem |Den |Des |Laut |Nach |Wie |Ein |Eine |Im |In ){_CAP} )(?:[A-ZÄÖÜ]\w+-)?(?:{_HEADS})(?![\w])(?: für {_CAP}(?:(?:, | und ){_CAP}){{0,3}}| (?:[A-ZÄÖÜ]\w+)(?![\w-]| [A-ZÄÖÜ]))?|{_NAMED}|(?:[A-Z]\w+ ){{0,3}}(?:Institute|Center|Centre|Council|Foundation|Watch)(?: (?:for|on|of) (?:the )?{_CAP}(?: (?:of|and|for) {_CAP}| {_CAP}){{0,3}})?)(?![\w-])"
    ),
    earlier=(
        rf"(?<![\w.-])(?:(?:im |aus dem |vom |seit dem )?(?:Frühjahr|Frühling|Sommer|Herbst|Winter) \d{{4}}|(?:im|am|in der|in den) (?:vor)?(?:letzten|vorigen|vergangenen|vergangener|letzter) (?:Jahr|Monat|Sommer|Herbst|Winter|Frühjahr|Woche|Wochen|Monaten|Jahren)|(?:erstmals |bereits |schon )?(?:19|20)\d\d(?![\w.%])(?! Euro)|(?:im|seit|Ende|Anfang|Mitte|schon im|bereits im|noch im|vom) {_MONTH}(?: (?:vergangenen|letzten) Jahres| \d{{4}})?"
        r"|(?:im |in den )?(?:vergangene[ns]|vorige[ns]|letzte[ns]|Vor|vorvergangene[ns])(?: Jahr(?:es)?| Monat(?:s)?| Sommer| Herbst| Winter| Frühjahr| Woche)|(?:vergangene|vorige|letzte) Woche|Vorjahr|(?:schon |bereits )?(?:vor|Vor) (?:einem|einer|zwei|drei|vier|fünf|sechs|acht|zehn|einigen|mehreren|wenigen|vielen|gut \w+|fast \w+|rund \w+|knapp \w+|\d+)? ?(?:Tagen|Wochen?|Monat(?:en)?|Jahr(?:en)?|Jahrzehnten)|(?:im Jahr |Jahre? |schon |bereits |seit )(?:19|20)\d\d|im (?:Frühjahr|Sommer|Herbst|Winter)(?: \d{4})?|vor Jahresfrist|früher(?:e[nrs]?)? (?:Bericht\w*|Recherche\w*|in diesem Jahr|im Jahr)|(?:Anfang|Mitte) (?:des|dieses) Jahres|seinerzeit|damals|vorvergangene Woche)"
    ),
    cue_words=frozenset(_CUE_WORDS.split()),
    heads=rf"{_HEADS}|Institute|Cent|Council|Foundation|Watch",
    named=_NAMED,
    titled_words=_TITLED,
    months=tuple(_MONTHS.split("|")),
    nested=r"(?:,? dass| wiederum)?,?(?: <earlier>,?)?,? ?(?:(?:habe|hätten|hatte|hat|haben) )?(?:<D>)$",
)
