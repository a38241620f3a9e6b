"""The words by which German attributes."""

from __future__ import annotations

from pipeline.provenance.grammar import words

MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
MONTH = words(MONTHS + " Jänner Feber")
ARTICLE = words(
    """
beim das dem den der des die diese diesem dieser dieses ein eine einem einen einer eines ihrem ihrer im unserem
unserer vom zum zur
""",
)
# Words that do not stand between a cue and the name it is about.
STOP = words(
    """
aber als am an auch auf aus bei bis das dass dem den der des die durch ein eine einem einer eines er es für gegen habe
haben hat hatte hatten hätten im in ist könnte man mit nach nicht nun oder sagt sagte sei seien seit sich sie sind
soll sollen und unter vom von vor war waren was weil wenn werden wie wir wird wo worden wurde wurden zu zum zur
zwischen über
""",
)
# What stands between a verb and its name.
ADVERB = words(
    """
allerdings auch außerdem bereits da dabei dagegen daraufhin darüber davon dazu ebenfalls erstmals etwa exklusiv ferner
gestern heute hierzu ihrerseits jedoch jetzt kürzlich noch nun online schon seinerseits selbst soeben später unlängst
vorab weiter wiederum zudem zuerst zuletzt zunächst zuvor
""",
    r"""
\w+lich
am \w+
darüber hinaus
im <month>
in dieser Woche
seit \w+
unter anderem
vergangene Woche
""",
)
# What an outlet publishes, alone or at the end of a compound.
REPORT = words(
    """
analyse analysen anfrage angaben artikel artikels ausgabe auswertung auswertungen beitrag beitrages beitrags beiträge
beiträgen berechnung berechnungen bericht berichte berichten berichterstattung berichtes berichts darlegung
darstellung dokumentation dokumente dokumenten enthüllung enthüllungen erkenntnisse erkenntnissen ermittlungen essay
essays geschichte gespräch gespräches gesprächs hinweisen information informationen interview interviews kolumne
kommentar kommentars meldung meldungen nachfrage publikation recherche recherchen reportage reportagen schilderung
schilderungen sendung statement stellungnahme story umfrage unterlagen veröffentlichung veröffentlichungen zählung
""",
)
# What an outlet does when it reports.
SAYS = words(
    """
analysiert analysierte behauptet behauptete behaupteten berichten berichtet berichtete berichteten berief beriefen
berufen beruft beschreibt beschrieb dokumentiert dokumentierte enthüllen enthüllt enthüllte enthüllten erfuhr erfuhren
erfährt ergänzt ergänzte erklärt erklärte ermittelte formuliert formulierte fragt greifen greift griff kommentiert
kommentierte melden meldet meldete meldeten nannte nannten nennen nennt notiert notierte orakelt prophezeit
präsentiert präsentierte publiziert publizierte recherchiert recherchierte recherchierten rechnet rechnete schildert
schilderte schreibe schreiben schreibt schrieb schrieben skizziert skizzierte spekuliert spekulierte spottet stützt
stützte titelt titelte verbreitet verbreitete verweisen verweist verwies verwiesen veröffentlichen veröffentlicht
veröffentlichte veröffentlichten warnt warnte weiß zitieren zitiert zitierte zitierten zählt zählte
""",
    r"""
deck(?:t|te|ten) [^.;]{0,60}auf
fand heraus
führ(?:t|te) [^.;]{0,40} aus
heißt es (?:bei|in)
kam auf
kommt auf
mach(?:t|te|ten) [^.;]{0,40}(?:publik|öffentlich)
publik (?:macht|machte|gemacht)
rechnet vor
sprach von
spricht von
stellt fest
wertet[e]? [^.;]{0,60}aus
will erfahren haben
will wissen
zeichne(?:t|te) [^.;]{0,60}nach
öffentlich (?:macht|machte)
""",
)
# … and has done.
DONE = words(
    """
aufgedeckt ausgestrahlt ausgewertet behauptet bekanntgemacht berichtet beschrieben dargestellt dokumentiert eingesehen
enthüllt erfahren ermittelt gedruckt gemeldet geschrieben gesprochen gezeigt herausgefunden nachgewiesen
nachgezeichnet offengelegt publiziert recherchiert rekonstruiert thematisiert verbreitet vermeldet veröffentlicht
zitiert
""",
    r"""
ans Licht gebracht
online gestellt
bekannt gemacht
publik gemacht
öffentlich gemacht
""",
)
# What somebody does to an outlet: "sagte der Zeit".
TOLD = words(
    """
antwortete anvertraute begründete beklagte bekräftigte berichtete berichteten bestätigt bestätigte bestätigten
beteuerte betonte betonten bezeichnete bezeichneten dementierte erklärt erklärte erklärten erzählt erzählte erzählten
fordert forderte forderten gab gesagt hob kritisierte kritisierten kündigte kündigten meinte mitteilte mitteilten
monierte nannte nannten plädierte rechnete rief räumte sagen sagt sagte sagten schilderte schilderten schrieb so
sprach stellte teilt teilte teilten verriet versicherte versicherten verteidigte verteidigten verwies warnt warnte
warnten wies zugespielt äußert äußerte äußerten übergab übermittelte
""",
)
# Whoever is of an outlet without being it.
PERSON = words(
    """
anwalt anwält chef chefredakteur eigentümer geschäftsführer gesellschafter herausgeber intendant journalist leser
mitarbeiter moderator redakteur reporter verlag verleger vorstand
""",
)
# What is an outlet's but is not its report: with any ending …
BELONGS_STEMS = words(
    """
abonnent aktie archiv autor bestseller büro chef fernsehrat fotograf gebäude gründer herausgeber hochhaus intendant
journalist kolumnist konzern korrespondent leiter leser mitarbeiter moderator preis programm redakteur reporter
ressort rundfunkrat skandal sprecher studio team titel urteil verlag verleger zahlen
""",
)
# … or as it stands.
BELONGS = words(
    """
affäre beteiligung gruppe haus hauses kameramann logo mediengruppe prinzip zentrale ära
""",
    r"""
abo\b
app\b
zeugen?\b
""",
)
# What an outlet does that is news itself.
IS_NEWS_ITSELF = words(
    """
baut erscheinen erscheint feiert gehören gehört gewinnt klagt kündigt startet streicht sucht verklagt verliert
""",
    r"""
stellt ein
trennt sich
zieht um
""",
)
# The verb before its subject: "…, berichtet der Spiegel".
SAYS_BEFORE = words(
    """
analysiert behauptet berichtet berichtete berichteten deckte enthüllt enthüllte enthüllten erfuhr ergänzt formuliert
fragt kommentiert meldet meldete meldeten notiert rechnet schildert schreiben schreibt schrieb schrieben titelt
urteilt vermeldet veröffentlichte warnt warnte weiß zitiert
""",
    r"""
heißt es (?:bei|in)
""",
)
# "nach Angaben der Polizei", "Angaben der Polizei"; these need the "nach".
ACCOUNT = words("angaben auskunft berechnungen erkenntnisse erkenntnissen informationen schätzungen")
ACCOUNT_AFTER = words("aussage darstellung einschätzung mitteilung zählung")
# What an organisation publishes.
PAPERS = words(
    """
analyse analysen angaben auswertung auswertungen berechnung berechnungen bericht berichten berichtes berichts bilanz
daten erhebung erklärung gutachten gutachtens lagebericht lageberichtes lageberichts mitteilung papier papiers
prognose schätzung schätzungen statistik studie studien umfrage untersuchung untersuchungen zahlen
""",
)
# "unter Berufung auf", "beruft sich dabei auf"
BASED = (
    r"(?:unter (?:Berufung|Verweis|Bezug|Bezugnahme)|mit (?:Verweis|Bezug|Hinweis|Berufung)|in Berufung"
    r"|(?:beruft|berufen|berief|beriefen|stützt|stützen|stützte|bezieht|beziehen|bezog|beziehend|berufend)"
    r"(?: \w+){0,2}(?: sich)?(?: \w+){0,4}?|verweis(?:t|en)|verwies(?:en)?|Bezug nehmend|gestützt)"
)
# "von der Zeit eingesehene Akten"
OBTAINED = (
    r"(?:<P>|befragt\w*|veröffentlichte[nrs]?|zitierte[nrs]?|publizierte[nrs]?|enthüllte[nrs]?|eingesehene[nrs]?"
    r"|ausgewertete[nrs]?|aufgedeckte[nrs]?|in Auftrag gegeben\w*|beauftragt\w*|geführt\w*)"
)
# "die der Zeit vorliegen"
IN_HAND = (
    r"(?:vorlieg(?:t|en|enden?r?)\b|vorlag(?:en)?\b|(?:lieg(?:t|en)|lag(?:en)?) (?:[\w-]+ ){0,6}?vor\b"
    r"|zugespielt|bekannt|vor\b|bestätigt\w*|sagte|übermittelt|zugänglich|zur Verfügung)"
)
# What an organisation does, before its name …
INFORMS_BEFORE = (
    r"(?:wie|so|was|teilt(?:e|en)?|meldet(?:e|en)?|berichtet(?:e|en)?|erklärt(?:e|en)?|gab|warnt(?:e|en)?"
    r"|bestätigt(?:e|en)?|schätzt(?:e|en)?)"
)
# … and after it.
INFORMS = (
    r"(?:teilt(?:e|en)? [^.;]{0,80}?mit|gab(?:en)? [^.;]{0,60}?(?:bekannt|an)|meldet(?:e|en)?|berichtet(?:e|en)?"
    r"|erklärt(?:e|en)?|warnt(?:e|en)?|bestätigt(?:e|en)?|schätzt(?:e|en)?|sprach von|spricht von"
    r"|(?:wirft|warf|werfen|warfen) [^.;]{0,90}? vor\b|schreib(?:t|en)|schrieb(?:en)?|rechnet"
    r"|(?:geht|ging) [^.;]{0,70}?davon aus|bezifferte|registrierte|zählte|stellte fest|kam zu dem|kommt zu dem"
    r"|(?:hat|hatte|haben) [^.;]{0,70}?(?:mitgeteilt|erklärt|gemeldet|bestätigt|bekannt gegeben|gewarnt|veröffentlicht"
    r"|ausgewertet|untersucht))"
)
_LAST = "(?:vergangene[ns]|vorige[ns]|letzte[ns]|Vor|vorvergangene[ns])"
_SEASON = "(?:Frühjahr|Sommer|Herbst|Winter)"
_AGO = (
    r"(?:schon |bereits )?vor"
    r" (?:einem|einer|zwei|drei|vier|fünf|sechs|acht|zehn|einigen|mehreren|wenigen|vielen|gut \w+|fast \w+|rund \w+"
    r"|knapp \w+|\d+)? ?(?:Tagen|Wochen?|Monat(?:en)?|Jahr(?:en)?|Jahrzehnten)"
)
# A time well before the story's.
EARLIER = "|".join(
    (
        rf"(?:im |aus dem |vom |seit dem )?(?:{_SEASON}|Frühling) \d{{4}}",
        r"(?:im|am|in der|in den) (?:vor)?(?:letzten|vorigen|vergangenen|vergangener|letzter)"
        rf" (?:Jahr|Monat|{_SEASON}|Woche|Wochen|Monaten|Jahren)",
        r"(?:erstmals |bereits |schon )?(?:19|20)\d\d(?![\w.%])(?! Euro)",
        r"(?:im|seit|Ende|Anfang|Mitte|schon im|bereits im|noch im|vom) <month>"
        r"(?: (?:vergangenen|letzten) Jahres| \d{4})?",
        rf"(?:im |in den )?{_LAST}(?: Jahr(?:es)?| Monat(?:s)?| {_SEASON}| Woche)",
        r"(?:vergangene|vorige|letzte) Woche|Vorjahr",
        _AGO,
        r"(?:im Jahr |Jahre? |schon |bereits |seit )(?:19|20)\d\d",
        rf"im {_SEASON}(?: \d{{4}})?|vor Jahresfrist",
        r"früher(?:e[nrs]?)? (?:Bericht\w*|Recherche\w*|in diesem Jahr|im Jahr)",
        r"(?:Anfang|Mitte) (?:des|dieses) Jahres|seinerzeit|damals|vorvergangene Woche",
    )
)
# A word of each phrase above, which hints at it.
SAYS_HINT = words(
    "aus deckt deckte deckten fand führt führte heißt kam kommt macht machte machten nach öffentlich publik rechnet"
    " sprach spricht stellt wertet wertete will zeichnet zeichnete"
)
# A sentence without any of these and without an outlet that is known cites nobody.
CUE_WORDS = """
analyse angaben aufgedeckt auskunft auswertung bekannt berechnungen bericht berichten berichtet berichtete berichteten
berichts beruft berufung bestätigt bestätigte bezifferte daten davon einschätzung enthüllt enthüllte erfahren erfuhr
erkenntnissen erklärt erklärte erklärten gab gegenüber gemeldet gemäss gemäß gesagt geschildert gespräch glaubt
gutachten heißt hieß informationen interview laut melden meldet meldete meldeten mit mitteilte mitteilten mitteilung
nach publik recherche recherchen rechnet registrierte sagt sagte sagten schreiben schreibt schrieb schätzt so
spekuliert sprach spricht statistik studie teilte teilten titelt umfrage unter untersuchung verweis veröffentlicht
veröffentlichte vor warnt warnte wie will wissen zahlen zitieren zitiert zitierte zufolge zählte
"""
