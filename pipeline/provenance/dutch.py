"""How Dutch attributes."""

from __future__ import annotations

from pipeline.provenance.grammar import Grammar, Part

_SAYS, _PER, _CITED, _RELAYED = Part.SAYS, Part.PER, Part.CITED, Part.RELAYED

_MONTHS = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
_CAP = r"[A-Z][\w’'-]*"
_ADJ = r"(?:[A-Z]\w+(?:se|e)|[a-z]+(?:se|ale|ele|ke|te|ge|jke|de|ere|aire|ne|eve|ische)|Openbaar|Openbare|Europees|Internationaal|Centraal|Nederlands|lokaal|lokale|federaal|federale|Hoge|Rode)"
_HEADS = (
    r"(?:[A-Za-z][\w-]*)?(?:[Mm]inisterie|[Pp]olitie|[Oo]penbaar [Mm]inisterie|[Jj]ustitie|[Ll]eger|[Ss]trijdkrachten|[Ll]uchtmacht|[Mm]arine|[Kk]ustwacht|[Bb]randweer|[Rr]egering|[Kk]abinet|[Gg]emeente|[Pp]rovincie|[Cc]ommissie"
    r"|[Ii]nstituut|[Uu]niversiteit|[Rr]echtbank|[Gg]erechtshof|[Vv]akbond|[Bb]ond|[Vv]ereniging|[Ss]tichting|[Ff]ederatie|[Aa]utoriteit(?:en)?|[Ii]nspectie|[Dd]ienst|[Pp]arket|[Pp]lanbureau|[Rr]ekenkamer|[Bb]ank|[Aa]gentschap|[Rr]aad|[Vv]eiligheidsregio|[Ww]aterschap|[Oo]mbudsman|[Zz]iekenhuis|[Bb]ureau|[Oo]rganisatie|[Bb]rancheorganisatie|[Gg]eneraal|[Gg]enerale staf|[Ss]taf|[Aa]mbassade|[Vv]erbond|[Kk]oepel|[Nn]etbeheerder|[Tt]oezichthouder|[Ww]aakhond|[Oo]nderzoeksgroep|[Cc]entrum|[Kk]eten|[Cc]entrale|[Pp]artij|[Ff]onds|[Dd]enktank|[Uu]nie|[Gg]eheime dienst|[Bb]elastingdienst|[Dd]ouane|[Mm]arechaussee)"
)
_NAMED = r"(?:IMF|WHO|NAVO|VN|Verenigde Naties|EU|OESO|OPEC|IAEA|FBI|CIA|NSA|Pentagon|Kremlin|Witte Huis|Rode Kruis|Amnesty International|Human Rights Watch|Greenpeace|Europol|Interpol|Eurostat|Wereldbank|ECB|UNHCR|Unicef|Frontex|FSB|AIVD|MIVD|RIVM|CBS|KNMI|TNO|CPB|PBL|SCP|DNB|De Nederlandsche Bank|AFM|ACM|OM|FNV|CNV|ANWB|NS|ProRail|Rijkswaterstaat|GGD|Veilig Verkeer Nederland|Autoriteit Persoonsgegevens|Raad van State|Algemene Rekenkamer|Europese Commissie|Clingendael|IND|COA|KU Leuven|UGent|TU Delft|TU Eindhoven|UvA|VUB|ULB|(?<=[Dd]e )AP|UWV|KNB|FOD Financiën|RVA|NMBS|NVWA|Onderzoeksraad voor Veiligheid|Kiesraad|Consumentenbond|VNG|LTO|Vluchtelingenwerk)"

_TITLED = r"(?:Courant|Dagblad|Bode|Krant|Koerier|Nieuws|Post|Weekblad|Nieuwsblad|Omroep|Journaal|Stem|Gids)"
# A sentence without any of these and without an outlet that is known cites nobody.
_CUE_WORDS = """
volgens aldus conform blijkens luidens meldt meldde melden meldden schrijft schreef schrijven schreven bericht berichtte berichten berichtten zegt zei zeggen zeiden gezegd gemeld bevestigt bevestigde onthulde onthult onthulden
analyse studie onderzoek rapport cijfers gegevens schatting enquête peiling verklaring raming laat liet laten lieten weten verwacht waarschuwt waarschuwde schat maakt stelt stelde concludeert concludeerde constateert becijferde becijfert spreekt
sprak uit tegen tegenover gesprek interview basis gezag verwijzing citeert publiceerde publiceert kopt weet verneemt vernam vernomen zo zoals bracht brengt melding in door te vertelt vertelde verteld leest lezen
"""

DUTCH = Grammar(
    lang="nl",
    macros={
        "article": "(?:de|het|een|'t|’t|deze|dit|die|dat|onze|zijn|haar|hun)",
        "and": " en | of | alsook | alsmede |, en | samen met ",
        "tail": r"(?: \([^()]{1,30}\))?",
        "common": r"\b(?:een|geen|zijn|haar|hun|onze|elke|mijn) $",
        "stop": (
            r"(?:dat|die|de|het|een|en|of|maar|van|voor|met|uit|bij|naar|in|op|aan|tegen|over|door|om|te|was|is|zijn|waren|wordt|werd|worden|heeft|had|hebben|hadden|zegt|zei|hij|zij|ze|wij|we|men|niet|ook|als|wanneer|omdat|zoals|wat|hoe|waar|er|tot|sinds|onder|tussen|zou|zouden|zal|kan|moet)\b"
        ),
        "D": r"(?<![\w’'-])(?:<article> )?(?:(?!<stop>)\w[\w’'&.-]* ){0,5}?",
        "role": (
            r"(?:[\w-]*(?:krant|dagblad|weekblad|blad|magazine|omroep|zender|persbureau|nieuwssite|site|website|nieuwsdienst|tijdschrift|programma|platform|portaal|tabloid|rubriek|podcast|actualiteitenrubriek|radio|televisie|redactie|nieuwsbrief|blog|weblog|kwaliteitskrant|nieuwsmagazine|opinieblad|agentschap|nieuwswebsite|medium|kanaal)|kranten|bladen)"
        ),
        "month": f"(?:{_MONTHS})",
        "A": (
            r"(?:ook|eerder|al|verder|zelf|nu|vandaag|gisteren|eveneens|inmiddels|vervolgens|daarnaast|bovendien|als eerste|onlangs|later|\w+dag(?:ochtend|middag|avond)?|op \w+dag|in <month>|daarover|toen|exclusief|hierover|echter|tevens|zojuist|deze week|vorige week|vorig jaar|vorige maand|gezamenlijk|samen|op basis van eigen onderzoek|als enige|dan weer|online|voorts|ten slotte|weer|maandag|er)"
        ),
        "R": (
            r"(?:[\w-]*(?:onderzoek(?:en)?|bericht(?:en)?|artikel(?:en)?|publicaties?|reportages?|onthulling(?:en)?|rondgang|rondvraag|berichtgeving|interview(?:s)?|gesprek|verhaal|uitzending|documenten|informatie|enquête|peiling|opiniestuk|column|stuk|reconstructie|analyse|inventarisatie|documentaire|data|cijfers|bronnen|vraag|vragen|navraag|editie|beelden|telling|scoop|primeur|bijdrage|essay|ingezonden brief|opiniebijdrage|gegevens|aflevering|dossier|steekproef|stukken|verslag|project|speurwerk|bevindingen|onderzoeksverhaal|berekening(?:en)?|profiel))"
        ),
        "V": (
            r"(?:meld(?:t|de|den|en)|schrijf(?:t)|schrijven|schreef|schreven|bericht(?:te|ten|en)?|onthul(?:t|de|den|len)|publiceer(?:t|de|den)|publiceren|stel(?:t|de|den|len)|noem(?:t|de|den|en)|citeer(?:t|de)|kopt|kopte|ontdekte[n]?|ontdekt|weet|wist|zeg(?:t|gen)|zei(?:den)?|laat [^.;]{0,40}(?:zien|weten)|lie(?:t|ten) [^.;]{0,40}(?:zien|weten)|liet zien|bracht(?:en)? [^.;]{0,60}(?:naar buiten|aan het licht|het nieuws|naar voren)|brengt [^.;]{0,60}(?:naar buiten|het nieuws)|toonde[n]?|toont|beschrij(?:ft|ven)|beschreef|claim(?:t|de)|haal(?:t|de) [^.;]{0,40} aan|voegt [^.;]{0,20} toe|vernam|verneemt|vernamen|sprak(?:en)?|zag(?:en)?|zie(?:t|n)|tel(?:t|de)|rekende|reconstrueert|reconstrueerde[n]?|plaatste[n]?|plaatst|houdt het op|hield het op|waarschuw(?:t|de)|spreken van|ma(?:akt|ken|akte|akten) melding van|(?:doet|deed|doen|deden) [^.;]{0,30}verslag|br(?:engt|acht|achten) [^.;]{0,30}in kaart|bracht|n(?:eemt|am|amen|emen) [^.;]{0,40}over\b|vond(?:en)?|kwam [^.;]{0,30}naar buiten|ondervroeg(?:en)?|berekende|achterhaalde[n]?|bevestig(?:t|de)|maakt(?:e|en)? [^.;]{0,60}(?:bekend|openbaar|wereldkundig)|signaleer(?:t|de)|spreekt van|sprak van|legde[n]? [^.;]{0,60}naast elkaar|k(?:rijgt|reeg|regen|rijgen) inzage|verwij(?:st|zen)|verwees|verwezen|beroept zich|beriep zich|baseert zich|concludeer(?:t|de|den)|constateer(?:t|de)|inventariseerde[n]?|besteedde)"
        ),
        "P": (
            r"(?:gemeld|geschreven|bericht|onthuld|gepubliceerd|ingezien|ontdekt|achterhaald|naar buiten gebracht|bekendgemaakt|bekend gemaakt|vernomen|geciteerd|aangetoond|uitgezonden|laten zien|gereconstrueerd|berekend|gesproken|blootgelegd|aan het licht gebracht|openbaar gemaakt|gevonden|opgetekend|uitgezocht|beschreven|geverifieerd|bekeken|opgevraagd|vastgesteld|gekregen|verkregen|gebracht|optekenen|bijgehouden|geteld)"
        ),
        "told": (
            r"(?:zegt|zeggen|zei|zeiden|gezegd|vertel(?:t|de|den|len)|verteld|verkla(?:art|arde|arden)|verklaard|bevestig(?:t|de|den)|bevestigd|laat|laten|liet|lieten|laten weten|reageer(?:t|de)|stel(?:t|de)|aldus|noem(?:t|de)|schrijft|schreef|waarschuw(?:t|de)|zo zegt|benadruk(?:t|te)|meld(?:t|de|en|den)|vertellen|verklaren|bevestigen|klagen|doet|deed|geeft|gaf|gegeven|sprak|uit(?:te)?|kondig(?:t|de)|licht|lichtte|erken(?:t|de)|legt|legde|pleit(?:te)?|hekel(?:t|de)|verdedig(?:t|de)|ontken(?:t|de)|klaag(?:t|de)|roept|riep|vindt|vond|toonde|spreekt|kritiseert|toelichting)"
        ),
    },
    cues=(
        (
            _PER,
            0.95,
            r"(?:volgens|aldus|conform|blijkens|luidens)(?: ook| onder (?:meer|andere|anderen)| zowel)? (?:(?:<article> )?(?:[\w-]+ ){0,3}?<R> (?:[\w-]+ ){0,2}?(?:van|in|door|uit|bij|op) )?<D>(?P<n><L>)",
        ),
        (
            _PER,
            0.93,
            r"<R>(?: (?:afgelopen|vorige|deze|van) \w+| \w+dag)?(?: die| dat)?(?: \w+)? (?:van|in|door|uit|bij|op|voor|met|tegenover|aan|tegen|onder andere)(?: onder (?:meer|andere))? <D>(?P<n><L>)",
        ),
        (
            _PER,
            0.93,
            r"(?:in gesprek met|in een (?:[\w-]+ )?(?:interview|gesprek) met|tegenover|bij navraag door|op vragen van|op verzoek van|in opdracht van|in handen (?:zijn |is |was |waren |kwamen )?van|in bezit van|in te zien door|ter inzage van|gedeeld met|gelekt naar|uitgelekt via|doorgespeeld aan|te gast bij|aan tafel bij|in de uitzending van|desgevraagd aan) <D>(?P<n><L>)",
        ),
        (
            _CITED,
            0.95,
            r"(?:op basis van|op gezag van|onder verwijzing naar|met verwijzing naar|verwij(?:st|zen|zend|zende|zing) naar|verwees(?: \w+)? naar|verwezen(?: \w+)? naar|citeer(?:t|de|den)|citeren|onder aanhaling van|met een beroep op|beroep(?:t|en|end) (?:\w+ )?zich op|beriep (?:\w+ )?zich op|steun(?:t|en|end) op|gebaseerd op|baseer(?:t|de) (?:\w+ )?zich(?: \w+)? op|naar aanleiding van|in navolging van|onder vermelding van|zich base(?:rend|ert|erde|ren) op|zich beroept op|aanhalend|neemt [^.;]{0,30}over van|nam [^.;]{0,30}over van|overgenomen (?:van|uit)|leunt op|leunend op|haalde|haalt)"
            r" (?:(?:<article> )?(?:[\w-]+ ){0,3}?<R> (?:[\w-]+ ){0,2}?(?:van|in|door|uit|bij) )?<D>(?P<n><L>)",
        ),
        (_RELAYED, 0.9, r"(?:geciteerd|aangehaald|overgenomen|verspreid) (?:door|in|via) <D>(?P<n><L>)"),
        (
            _PER,
            0.92,
            r"<told>(?:,? [<S>\w’'.,„“\"-]+){0,8}? (?:tegen|tegenover|aan|in|bij|op|via|met) (?:onder meer )?<D>(?P<n><L>)",
        ),
        (
            _PER,
            0.9,
            r"(?:<P>|in kaart gebracht|als eerste gemeld|verspreid|gemaakt|afgenomen|uitgevoerd|gedaan|opgesteld) (?:\w+ ){0,2}?(?:door|in|op|bij|via) <D>(?P<n><L>)",
        ),
        (
            _PER,
            0.9,
            r"(?:door|in|bij|op|via) <D>(?P<n><L>) (?:[\w-]+ ){0,3}?(?:<P>|ingeziene|gepubliceerde|onthulde|geciteerde|ondervraagde|uitgezonden|opgevraagde|verkregen|geraadpleegde|bevraagde|aangehaalde|gesproken|geïnterviewd)\b",
        ),
        (
            _SAYS,
            0.95,
            r"(?:zoals|wat) <D>(?P<n><L>)(?:[^.;:]{0,90}?)? (?:<V>|(?:heeft|had|hebben|hadden) <P>|<P> (?:heeft|had|hebben|hadden))\b",
        ),
        (
            _SAYS,
            0.93,
            r"(?P<v>meld(?:t|de|den|en)|schrijf(?:t)|schrijven|schreef|schreven|verneemt|bericht(?:te|ten|en)?|onthul(?:t|de|den|len)|publiceer(?:t|de)|kopt(?:e)?|citeert|stel(?:t|de)|concludeert|vernam|vernemen|weet|zegt|aldus|constateert|brengt|bracht|telde|telt|ontdekte|ontdekten|becijferde|berekende|waarschuwt|noteert|noteerde)(?: <A>){0,3} <D>(?P<n><L>)",
        ),
        (_SAYS, 0.93, r"(?P<v>heeft|had|hadden|hebben)(?: <A>){0,4} <D>(?P<n><L>)(?:[^.;:]{0,110}?)? ?\b<P>"),
        (
            _SAYS,
            0.92,
            r"<D>(?P<n><L>)(?:,[^,;:]{1,90},| \([^()]{1,60}\))? (?:heeft|had|hebben|hadden|zou|zouden)(?:[^.;:]{0,110}?)? ?\b<P>",
        ),
        (_SAYS, 0.92, r"<D>(?P<n><L>)(?:,[^,;:]{1,90},| \([^()]{1,60}\))?(?: <A>,?){0,3} <V>\b"),
        (
            _PER,
            0.9,
            r"(?:onderzoeksjournalisten|verslaggevers|journalisten|correspondenten) van <D>(?P<n><L>) (?:kregen|zagen|spraken|ontdekten|onthulden|konden|vonden|legden|onderzochten|analyseerden)",
        ),
        (
            _PER,
            0.9,
            r"(?:ontdekt\w*|onthul\w*|meldt|meldde|schrijft|schreef|zag|ziet|zegt|constateert)(?: \w+){0,2} (?:\w*verslaggever|journalist|\w*correspondent|redacteur)\w* (?:[A-Z]\w+ ){1,4}van <D>(?P<n><L>)",
        ),
        (_PER, 0.95, r"(?P<n><M>)-(?:<R>|verslaggever|correspondent)\b"),
        (_SAYS, 0.9, r"^<D>(?P<n><L>): "),
        (_SAYS, 0.88, r"^[\"“‘']?.{12,}?(?:: | [-–—|] |, )(?:volgens )?(?P<n><L>)[\"”’']?$"),
        (_PER, 0.85, r"^.{12,} \((?P<n><L>)\)$"),
        (_SAYS, 0.93, r"(?:kwam(?:en)?|komt) <D>(?P<n><L>)(?:[^.;:]{0,40}?)? te weten"),
        (
            _PER,
            0.9,
            r"(?:ziet|zag|meldt|meldde|zegt|vertelt|constateert|hoorde|hoort|bericht) (?P<n><M>-(?:verslaggever|correspondent))",
        ),
        (
            _SAYS,
            0.92,
            r"<R> (?:die|dat|welke) <D>(?P<n><L>)(?:[^.;:]{0,60}?)? (?:hield|deed|opvroeg|uitvoerde|liet uitvoeren|publiceerde|maakte|verzamelde|kreeg|analyseerde|in handen heeft|heeft|bestudeerde|kon inzien|inzag|bekeek|onderzocht|uitzond)",
        ),
        (_RELAYED, 0.93, r"zo (?:laat|liet|meld(?:t|de)|schrijft|schreef|bericht(?:te)?|geeft) <D>(?P<n><L>)"),
        (_PER, 0.9, r"als (?:we|wij|je) <D>(?P<n><L>) (?:mag|mogen|moet|moeten) geloven"),
        (
            _PER,
            0.9,
            r"(?:aan|tegen|tegenover) <D>(?P<n><L>) (?:\w+ ){0,2}?(?:verteld|gezegd|bevestigd|verklaard|meegedeeld|medegedeeld|laten weten|toegelicht|toegegeven|gemeld|vertelde|zei|bevestigde|verklaarde|vertelt|zegt|bevestigt|zeggen|zeiden|vertellen|vertelden|verklaren|verklaarden|bevestigen|spreekt|spraken)",
        ),
        (
            _PER,
            0.9,
            r"(?:leest|lees|las|lezen|hoort|horen|zag|zagen|zien|kijkt)(?: \w+){0,3} (?:in|op|bij) <D>(?P<n><L>)",
        ),
        (_PER, 0.93, r"naar <D>(?P<n><L>)(?:[^.;:]{0,60}?)? (?:heeft vernomen|verneemt|vernam|weet|heeft begrepen)"),
        (
            _PER,
            0.9,
            r"(?:te zien|te lezen|te horen|te gast|staat|stond|verscheen|verschenen|vertoond|gepubliceerd)(?: \w+)? (?:in|op|bij) <D>(?P<n><L>)",
        ),
        (
            _PER,
            0.88,
            r"(?:bleek|blijkt|komt|kwam|kwamen|komen) (?:[\w-]+ ){0,4}?(?:uit|naar voren uit|via) (?:[\w-]+ ){0,4}?(?:van|door|in) <D>(?P<n><L>)",
        ),
        (
            _PER,
            0.85,
            r"(?:volgens|aldus|blijkens|luidens)(?: ook)? (?:(?:<article> )?(?:[\w-]+ ){0,3}?(?:van|door|uit) )?(?:<article> )?(?P<n><O>)",
        ),
        (
            _PER,
            0.8,
            r"(?:volgens|uit|blijkt uit|op basis van) (?:<article> )?(?:[\w-]+ ){0,2}?(?:analyse|studie|onderzoek|rapport|cijfers|gegevens|schatting(?:en)?|telling) van (?:<article> )?(?P<n><O>)",
        ),
        (
            _PER,
            0.8,
            r"(?:analyse|studie|onderzoek|rapport|cijfers|gegevens|schatting(?:en)?|enquête|peiling|statistieken|evaluatie|inventarisatie|verklaring|berekening(?:en)?|raming(?:en)?|bericht|monitor|advies|telling|steekproef|persbericht|data|jaarverslag|brief)(?: \w+)? (?:van|door|uit) (?:<article> )?(?P<n><O>)",
        ),
        (
            _SAYS,
            0.8,
            r"(?:meld(?:t|de|den|en)|laat|liet|laten|lieten|bevestig(?:t|de|en|den)|verwacht(?:en|te)?|waarschuw(?:t|de|en)|schat(?:te|ten)?|zegt|zei|zeggen|maak(?:t|te)|stel(?:t|de)|aldus|zo meldt|bericht(?:te)?|concludeer(?:t|de)|constateer(?:t|de)|becijfer(?:t|de)|schrijft|schreef|verzeker(?:t|de)|reken(?:t|de))(?: <A>){0,2} (?:<article> )?(?P<n><O>)",
        ),
        (
            _SAYS,
            0.75,
            r"(?:^|[,;:“\"”’'] ?|dat |terwijl |maar )(?:<article> )?(?P<n><O>)(?: <A>| in [A-Z]\w+){0,2} (?:meld(?:t|de|den|en)|(?:laat|liet|laten|lieten) [^.;]{0,40}weten|bevestig(?:t|de|en|den)|verwacht(?:en|te)?|waarschuw(?:t|de|en)|schat(?:te|ten)?|zegt|zei|zeggen|maak(?:t|te) [^.;]{0,40}bekend|stel(?:t|de)|concludeer(?:t|de)|constateer(?:t|de)|becijfer(?:t|de)|schrijft|schreef|spreekt van|sprak van|gaat ervan uit|(?:heeft|had|hebben) [^.;]{0,60}(?:gemeld|bevestigd|bekendgemaakt|laten weten|gezegd|berekend|onderzocht|vastgesteld))\b",
        ),
        (
            _CITED,
            0.8,
            r"(?:op basis van|op gezag van|onder verwijzing naar|met een beroep op) (?:(?:cijfers|gegevens|informatie|een \w+|bronnen) (?:van|bij|binnen) )?(?:<article> )?(?P<n><O>)",
        ),
    ),
    refused=r"(?:\b(?:van|voor|met|tegen|over|bij|aan|op|tussen|naast|door|als|naar|onder|hoofdredacteur|verslaggever|journalist|redacteur|eigenaar|uitgever|presentator|directie|woordvoerder|advocaat|baas) <D>)$",
    not_after=(
        r"[ -](?:verslaggever(?:s|ster)?(?! (?:\w+ ){0,3}(?:ziet|zag|meldt|meldde|zegt))|journalist(?:en|e)?|redacteur(?:en)?|redactie|hoofdredacteur|presentator|presentatrice|uitgever|eigenaar|gebouw|studio|directie|medewerkers?|lezers?|abonnees?|topman|baas|fotograaf|cameraploeg|correspondent (?:werd|is|wordt|raakte)|columnist|concern|moederbedrijf|bestuur|kantoor|pand|personeel|abonnement|app|podcast (?:wint|won)|logo|woordvoerder|advocaat|netwerk|archief|gebouw|bus|ploeg|serie|drama|journaal (?:stopt|verhuist))\b"
        r"|,? (?:krijgt|verhuist|schrapt|stopt|ontslaat|neemt afscheid|zoekt|wint|won|verliest|verloor|viert|hoort bij|is eigendom|valt onder|verschijnt|bezuinigt|moet)\b"
    ),
    about_itself=r"(?: weten)? dat (?:de|het|haar|zijn) (?:\w+ )?(?:uitzending|programma|presentator|verslaggever|medewerker|redactie|website|app|abonnees|podcast|studio|journaal|hoofdredacteur|documentaire)\w*\b",
    outlet_role=(
        r"\b(?i:[\w-]*(?:krant|blad|magazine|omroep|zender|persbureau|site|weblog|tijdschrift|platform|portaal|tabloid|rubriek|podcast|radio|nieuwsdienst|blog|nieuwsbrief|kanaal|programma|persagentschap))"
        r",? (?:(?P<q>[\"„“»«‚‘'›])(?P<name2>[^\"“”«»‘’„']{2,40})[\"“”«»‘’']|(?P<name>[a-z0-9-]+\.[a-z]{2,4}(?![\w])|(?:(?:The|De|Der|Die|Das|La|Le|El|Il|Het) )?[A-Z0-9][\w’'.&+-]*(?: (?:of|the|de|van|en|&|voor|du|des|la|der|op|in|het|uit|del) [A-Z][\w’'.&-]*| & [A-Z]\w+| [A-Z0-9][\w’'.&+-]*){0,4}))"
    ),
    role_after=r"(?P<name>[A-Z][\w’'.&]*)-(?:krant|persbureau)\b",
    titled=(r"(?<![\w-])(?P<name>(?:(?:De|Het) )?(?:[A-Z][\w-]+ ){1,2}" + _TITLED + r")(?![\w-])"),
    ourselves=r"\b(?:deze|onze) (?:krant|redactie|site|website|omroep)\b|\bdit (?:blad|dagblad|tijdschrift)\b",
    others=r"\b[Dd]e AP\b",
    organisations=(
        rf"(?<![\w-])(?:(?:{_ADJ} ){{0,3}}(?:{_HEADS})(?![\w-])(?: (?:van|voor) (?:de )?{_CAP}(?:(?:, | en |-){_CAP}){{0,4}}| {_CAP}(?: {_CAP}){{0,2}})?|{_NAMED})(?![\w-])"
    ),
    earlier=(
        rf"\b(?:(?:al |reeds )?(?:in|sinds|begin|eind|half|medio|van) (?:{_MONTHS})(?: (?:vorig jaar|van vorig jaar|\d{{4}}))?|vorig jaar|vorige maand|vorige (?:week|zomer|winter|herfst|lente)|afgelopen (?:zomer|winter|herfst|voorjaar|najaar|jaar|maand)|(?:van |in )?afgelopen (?:{_MONTHS})|eerder dit jaar|eerdere? (?:berichtgeving|onderzoek|publicaties?|artikelen|reportages?)|(?:in|uit|al in|van) (?:19|20)\d\d|(?:een|twee|drie|vier|vijf|zes|tien|enkele|enige|jaren|maanden|weken|\d+|paar|anderhalf|ruim \w+|bijna \w+) ?(?:dagen|weken?|maand(?:en)?|jaar|jaren)? (?:geleden|eerder|terug)|destijds|indertijd|het jaar daarvoor|in het (?:voorjaar|najaar)|jaren geleden)"
    ),
    cue_words=frozenset(_CUE_WORDS.split()),
    heads=rf"{_HEADS}",
    named=_NAMED,
    titled_words=_TITLED,
    months=tuple(_MONTHS.split("|")),
    nested=r"(?:,? dat)?,?(?: <earlier>,?)?,? (?:<D>)$",
)
