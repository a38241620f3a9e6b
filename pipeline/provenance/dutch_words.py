"""The words by which Dutch attributes."""

from __future__ import annotations

from pipeline.provenance.grammar import words

MONTHS = "januari februari maart april mei juni juli augustus september oktober november december"
MONTH = words(MONTHS)
# Words that do not stand between a cue and the name it is about.
STOP = words(
    """
aan als bij dat de die door een en er had hadden hebben heeft het hij hoe in is kan maar men met moet naar niet of om
omdat onder ook op over sinds te tegen tot tussen uit van voor waar wanneer waren was wat we werd wij worden wordt zal
ze zegt zei zij zijn zoals zou zouden
""",
)
# What stands between a verb and its name.
ADVERB = words(
    """
al bovendien daarnaast daarover echter eerder er eveneens exclusief gezamenlijk gisteren hierover inmiddels later
maandag nu onlangs online ook samen tevens toen vandaag verder vervolgens voorts weer zelf zojuist
""",
    r"""
\w+dag(?:ochtend|middag|avond)?
als eerste
als enige
dan weer
deze week
in <month>
op \w+dag
op basis van eigen onderzoek
ten slotte
vorig jaar
vorige maand
vorige week
""",
)
# What an outlet publishes, alone or at the end of a compound.
REPORT = words(
    """
aflevering analyse artikel artikelen beelden berekening berekeningen bericht berichten berichtgeving bevindingen
bijdrage bronnen cijfers column data documentaire documenten dossier editie enquête essay gegevens gesprek informatie
interview interviews inventarisatie onderzoek onderzoeken onthulling onthullingen peiling primeur profiel project
publicatie publicaties reconstructie reportage reportages rondgang scoop speurwerk steekproef stuk stukken telling
uitzending verhaal verslag vraag vragen
""",
    r"""
ingezonden brief
""",
)
# What an outlet does when it reports.
SAYS = words(
    """
achterhaalde achterhaalden berekende bericht berichten berichtte berichtten beschreef beschrijft beschrijven besteedde
bevestigde bevestigt bracht citeerde citeert claimde claimt concludeerde concludeerden concludeert constateerde
constateert inventariseerde inventariseerden kopt kopte meldde meldden melden meldt noemde noemden noemen noemt
ondervroeg ondervroegen ontdekt ontdekte ontdekten onthulde onthulden onthullen onthult plaatst plaatste plaatsten
publiceerde publiceerden publiceert publiceren reconstrueerde reconstrueerden reconstrueert rekende schreef schreven
schrijft schrijven signaleerde signaleert sprak spraken stelde stelden stellen stelt toonde toonden toont
vernam vernamen verneemt verwees verwezen verwijst verwijzen vond vonden waarschuwde waarschuwt weet wist zag zagen
zeggen zegt zei zeiden zien ziet
""",
    r"""
(?:doet|deed|doen|deden) [^.;]{0,30}verslag
baseert zich
beriep zich
beroept zich
br(?:engt|acht|achten) [^.;]{0,30}in kaart
bracht(?:en)? [^.;]{0,60}(?:naar buiten|aan het licht|het nieuws|naar voren)
brengt [^.;]{0,60}(?:naar buiten|het nieuws)
haal(?:t|de) [^.;]{0,40} aan
hield het op
houdt het op
k(?:rijgt|reeg|regen|rijgen) inzage
kwam [^.;]{0,30}naar buiten
laat [^.;]{0,40}(?:zien|weten)
legde[n]? [^.;]{0,60}naast elkaar
lie(?:t|ten) [^.;]{0,40}(?:zien|weten)
liet zien
ma(?:akt|ken|akte|akten) melding van
maakt(?:e|en)? [^.;]{0,60}(?:bekend|openbaar|wereldkundig)
n(?:eemt|am|amen|emen) [^.;]{0,40}over\b
sprak van
spreekt van
spreken van
voegt [^.;]{0,20} toe
""",
)
# … and has done.
DONE = words(
    """
aangetoond achterhaald bekeken bekendgemaakt berekend bericht beschreven bijgehouden blootgelegd gebracht geciteerd
gekregen gemeld gepubliceerd gereconstrueerd geschreven gesproken geteld geverifieerd gevonden ingezien ontdekt
onthuld opgetekend opgevraagd optekenen uitgezocht uitgezonden vastgesteld verkregen vernomen
""",
    r"""
aan het licht gebracht
bekend gemaakt
laten zien
naar buiten gebracht
openbaar gemaakt
""",
)
# What somebody does to an outlet: "zegt tegen NRC".
TOLD = words(
    """
aldus benadrukt benadrukte bevestigd bevestigde bevestigden bevestigen bevestigt deed doet erkende erkent gaf geeft
gegeven gezegd hekelde hekelt klaagde klaagt klagen kondigde kondigt kritiseert laat laten legde legt licht lichtte
liet lieten meldde meldden melden meldt noemde noemt ontkende ontkent pleit pleitte reageerde reageert riep roept
schreef schrijft sprak spreekt stelde stelt toelichting toonde
uitte verwacht verwachtte voorspelt verdedigde verdedigt verklaard verklaarde
verklaarden verklaart verklaren verteld vertelde vertelden vertellen vertelt vindt vond waarschuwde waarschuwt zeggen
zegt zei zeiden
""",
    r"""
laten weten
zo zegt
""",
)
# After these a name is no subject.
NO_SUBJECT_AFTER = words(
    """
aan advocaat als baas bij directie door eigenaar hoofdredacteur journalist met naar naast onder op over presentator
redacteur tegen tussen uitgever van verslaggever voor woordvoerder
""",
)
# What is an outlet's but is not its report.
BELONGS = words(
    """
abonnee abonnees abonnement advocaat app archief baas bestuur bus cameraploeg columnist concern directie drama
eigenaar fotograaf gebouw hoofdredacteur journalist journaliste journalisten kantoor lezer lezers logo medewerker
medewerkers moederbedrijf netwerk pand personeel ploeg presentator presentatrice redacteur redacteuren redactie serie
studio topman uitgever woordvoerder
""",
    r"""
correspondent (?:werd|is|wordt|raakte)
journaal (?:stopt|verhuist)
podcast (?:wint|won)
verslaggever(?:s|ster)?(?! (?:\w+ ){0,3}(?:ziet|zag|meldt|meldde|zegt))
""",
)
# What an outlet does that is news itself.
IS_NEWS_ITSELF = words(
    """
bezuinigt krijgt moet ontslaat schrapt stopt verhuist verliest verloor verschijnt viert wint won zoekt
""",
    r"""
hoort bij
is eigendom
neemt afscheid
valt onder
""",
)
# The verb before its subject: "…, meldt NRC".
SAYS_BEFORE = words(
    """
aldus becijferde berekende bericht berichten berichtte berichtten bracht brengt citeert concludeert constateert kopt
kopte meldde meldden melden meldt noteerde noteert ontdekte ontdekten onthulde onthulden onthullen onthult publiceerde
publiceert schreef schreven schrijft schrijven stelde stelt telde telt vernam verneemt vernemen waarschuwt weet zegt
""",
)
# Where somebody speaks or where papers are: "in gesprek met".
TALKS = words(
    """
tegenover
""",
    r"""
aan tafel bij
bij navraag door
desgevraagd aan
doorgespeeld aan
gedeeld met
gelekt naar
in bezit van
in de uitzending van
in een (?:[\w-]+ )?(?:interview|gesprek) met
in gesprek met
in handen (?:zijn |is |was |waren |kwamen )?van
in opdracht van
in te zien door
op verzoek van
op vragen van
te gast bij
ter inzage van
uitgelekt via
""",
)
# What who cites does.
CITING = words(
    """
aanhalend citeerde citeerden citeert citeren haalde haalt
""",
    r"""
baseer(?:t|de) (?:\w+ )?zich(?: \w+)? op
beriep (?:\w+ )?zich op
beroep(?:t|en|end) (?:\w+ )?zich op
gebaseerd op
in navolging van
leunend op
leunt op
met een beroep op
met verwijzing naar
naar aanleiding van
nam [^.;]{0,30}over van
neemt [^.;]{0,30}over van
onder aanhaling van
onder vermelding van
onder verwijzing naar
op basis van
op gezag van
overgenomen (?:van|uit)
overna(?:m|men) (?:van|uit)
overneemt (?:van|uit)
steun(?:t|en|end) op
verwees(?: \w+)? naar
verwezen(?: \w+)? naar
verwij(?:st|zen|zend|zende|zing) naar
zich base(?:rend|ert|erde|ren) op
zich beroept op
""",
)
# What an organisation publishes.
PAPERS = words(
    """
advies analyse berekening berekeningen bericht brief cijfers data enquête evaluatie gegevens inventarisatie
jaarverslag monitor onderzoek peiling persbericht raming ramingen rapport schatting schattingen statistieken
steekproef studie telling verklaring
""",
)
# What an organisation does, before its name …
ANNOUNCES_BEFORE = words(
    """
aldus becijferde becijfert berekende bericht berichtte bevestigde bevestigden bevestigen bevestigt concludeerde
concludeert
constateerde constateert laat laten liet lieten maakt maakte meldde meldden melden meldt rekende rekent schat schatte
schatten schreef schrijft stelde stelt verwacht verwachten verwachtte verzekerde verzekert waarschuwde waarschuwen
waarschuwt zeggen zegt zei
""",
    r"""
zo meldt
""",
)
# … and after it.
ANNOUNCES = words(
    """
becijferde becijfert bevestigde bevestigden bevestigen bevestigt concludeerde concludeert constateerde constateert
meldde meldden melden meldt schat schatte schatten schreef schrijft verwacht verwachten verwachtte
waarschuwde waarschuwen waarschuwt zeggen zegt zei
""",
    r"""
(?:heeft|had|hebben) [^.;]{0,60}(?:gemeld|bevestigd|bekendgemaakt|laten weten|gezegd|berekend|onderzocht|vastgesteld)
(?:laat|liet|laten|lieten) [^.;]{0,40}weten
gaat ervan uit
maak(?:t|te) [^.;]{0,40}bekend
sprak van
spreekt van
""",
)
# "aan NRC verteld".
TOLD_AFTER = words(
    """
bevestigd bevestigde bevestigen bevestigt gemeld gezegd medegedeeld meegedeeld spraken spreekt toegegeven toegelicht
verklaard verklaarde verklaarden verklaren verteld vertelde vertelden vertellen vertelt zeggen zegt zei zeiden
""",
    r"""
laten weten
""",
)
# A word of each phrase above, which hints at it.
SAYS_HINT = words(
    "baseert beriep beroept bracht brachten brengt deden deed doen doet haalde haalt hield houdt kreeg kregen krijgen"
    " krijgt kwam laat legde legden liet lieten maakt maakte maakten maken nam namen neemt nemen spreekt spreken sprak"
    " voegt"
)
CITING_HINT = words("aanhalend citeerde citeerden citeert citeren haalde haalt naar op over uit van")
TALKS_HINT = words("aan bij door met naar tegenover van via")
ANNOUNCES_HINT = words("gaat had hebben heeft laat laten liet lieten maakt maakte spreekt sprak stelde stelt")
# A sentence without any of these and without an outlet that is known cites nobody.
CUE_WORDS = """
aldus analyse basis becijferde becijfert bericht berichten berichtte berichtten bevestigde bevestigt blijkens bracht
brengt cijfers citeert concludeerde concludeert conform constateert door enquête gegevens gemeld gesprek gezag gezegd
in interview kopt laat laten leest lezen liet lieten luidens maakt meldde meldden melden melding meldt onderzoek
onthulde onthulden onthult peiling publiceerde publiceert raming rapport schat schatting schreef schreven schrijft
schrijven sprak spreekt stelde stelt studie te tegen tegenover uit verklaring vernam verneemt vernomen verteld
vertelde vertelt verwacht verwijzing volgens waarschuwde waarschuwt weet weten zeggen zegt zei zeiden zo zoals
"""
