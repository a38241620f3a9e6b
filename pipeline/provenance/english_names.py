"""How English names outlets and organisations that no table knows."""

from __future__ import annotations

from pipeline.provenance.grammar import NEVER, words

CAPITALISED = r"(?:U\.S\.|U\.N\.|U\.K\.|[A-Z][\w’'-]*)"
NO_NAMES = words("A According After An And As At But For His In Its On The Their When While")
# What stands before an organisation's head: "the provincial police", "the Polish interior ministry".
OF_KINDS = words(
    """
agricultural agriculture air armed aviation border central civil climate coast commerce competition consumer criminal
culture defence defense district drug economic economy education election electoral emergency energy environmental
federal finance financial fire food foreign general geological health human immigration independent intelligence
interior international justice labor labour local maritime medical meteorological municipal national naval nuclear oil
policy provincial public rail regional regulatory rescue research rights road royal security space state statistics
tax trade traffic transport water weather
""",
    r"""
anti-\w+
counter-\w+
""",
)
MODIFIER = rf"(?:(?!{NO_NAMES}\b){CAPITALISED}|{OF_KINDS})"
# What an organisation that is no medium is called by, in lower case …
HEADS = words(
    """
administration agency army association authorities authority bank board bureau center centre charity command
commission committee council court department embassy federation forces foundation fund government group hospital
inspectorate institute institution military ministry navy observatory office organisation organization parliament
police prosecutor prosecutors regulator service staff union university watchdog
""",
    r"""
air force
coast guard
fire brigade
fire service
general staff
prosecution service
prosecutor's office
prosecutor’s office
think tank
""",
)
# … as the last word of its name: "the Kenya Red Cross Society" …
PROPER_HEADS = words(
    """
Administration Agency Army Association Authority Bank Board Bureau Center Centre Command Commission Committee Corps
Council Court Department Embassy Federation Forces Foundation Fund Government Group Guard Inspectorate Institute
Military Ministry Navy Observatory Office Organisation Organization Parliament Police Service Society Staff Survey
Trust Union University Watch
""",
    r"""
Air Force
Coast Guard
Fire Brigade
""",
)
# … or with what follows it: "the Institute for the Study of War".
HEADS_OF = words(
    """
Academy Agency Association Bank Board Bureau Center Centre Chamber Commission Committee Council Court Department
Federation Fund Institute Ministry Office University
""",
)
# Organisations that no such word tells.
NAMED = words(
    """
ACLED Acled Bundesbank Bundeswehr CIA ECB EU Europol Eurostat FBI Frontex FSB Greenpeace Hamas IAEA IDF IMF Interpol
ISPR Kremlin MI5 MI6 NATO Nato NSA OCHA Ocha OECD Ofcom Ofgem OPEC Oxfam Pentagon RAND SBU U.N. UN UNHCR UNICEF Unicef
WHO
""",
    r"""
Amnesty International
Chatham House
Doctors Without Borders
Downing Street
European Central Bank
Federal Reserve
Human Rights Watch
Medecins Sans Frontieres
Met Office
NHS England
Red Crescent
Red Cross
Save the Children
State Department
Transparency International
United Nations
White House
World Bank
""",
)
# What makes the name of an organisation say what something else is: "police sources", "the Fed chair's".
PEOPLE_OF = words(
    """
analyst analysts boss car cell chief chiefs commander commissioner constable custody director documents employees
filing filings general head hearing inspector investigators lawmaker lawmakers leader leaders members minister officer
officers official officials order papers president records researchers ruling scientists secretary source sources
staff station superintendent workers
""",
    r"""
spokes\w+
""",
)
# The last word of a newspaper's name.
TITLES = words(
    """
Advertiser Argus Broadcasting Bulletin Chronicle Citizen Courier Daily Dispatch Echo Enquirer Examiner Express Gazette
Gleaner Globe Herald Inquirer Journal Ledger Mail Mercury Mirror Monitor News Observer Post Press Radio Record
Register Reporter Review Sentinel Star Telegraph Television Times Today Tribune TV Weekly
""",
)
# What an outlet is.
ROLE = words(
    """
agency blog broadcaster broadsheet channel daily journal magazine monthly network newsletter newspaper newsroom
newswire outlet paper platform podcast portal program programme publication show site station tabloid website weekly
wire
""",
)
# The last word of an organisation's name that is more than a word.
LAST_WORDS = words(
    """
Bank Borders Brigade Children Crescent Cross Department England Force Frontieres Guard House International Nations
Office Reserve Service Staff Street Tank U Watch force guard tank
""",
)
_OF_NAMES = r"(?: (?:of|and|for|the|on|in) <cap>| <cap>){0,5}"  # "… for the Study of War"
_ORGANISATIONS = (
    # the provincial police, Poland's interior ministry
    rf"(?:{MODIFIER} ){{0,4}}{HEADS}(?! of (?:the )?(?:magazine|newspaper|broadcaster))"
    rf"(?: (?:of|for) (?:the )?<cap>{_OF_NAMES})?",
    # Kenya Red Cross Society
    rf"(?:(?!The |A |In |On )<cap> (?:and )?){{1,5}}{PROPER_HEADS}",
    # Institute for the Study of War
    rf"{HEADS_OF} (?:of|for) (?:the )?<cap>{_OF_NAMES}",
    NAMED,
)
_KIND = (
    r"(?:newspaper|news agency|magazine|daily|weekly|tabloid|news site|news website|radio station|TV channel"
    r"|television channel|broadcaster|news portal|television|newswire)"
)
_A_KIND = (
    r"(?:newspaper|daily|weekly|news channel|broadcaster|radio station|TV station|television station|news site"
    r"|news website|magazine|news agency|tabloid|outlet|blog|news portal)"
)
_NO_NAME = (  # what is capitalised before "newspaper" and is not its name
    r"(?:The|A|An|In|On|And|But|Its|Their|German|Dutch|British|French|Russian|Ukrainian|American|Polish|Local|State"
    r"|National|European|Turkish|Chinese|Indian|Israeli|Italian|Spanish|Swiss|Austrian|Belgian|Danish|Norwegian|Swedish"
    r"|Finnish|Greek|\w+(?:ian|ish|ese|ani|aqi|eli|ean)|Another|One|Each|Every|This|That)"
)
ORGANISATIONS = (
    rf"(?<![\w-])(?:{'|'.join(_ORGANISATIONS)})"
    rf"(?![\w-]|[’']s? \w+ (?:chief|head|director|spokes)| {PEOPLE_OF}\b)"
)
OUTLET_ROLE = (
    r"\b(?:newspaper|daily|weekly|tabloid|broadcaster|station|channel|network|agency|outlet|(?:news|web)?site"
    r"|website|portal|magazine|paper|programme|monthly|blog|podcast|journal|publication)s?,? "
    r"(?:(?P<q>[\"„“»«‚‘'›])(?P<name2>[^\"“”«»‘’„']{2,40})[\"“”«»‘’']|(?P<name>[a-z0-9-]+\.[a-z]{2,4}(?![\w])"
    r"|(?:(?:The|De|Der|Die|Das|Le|La|El|Il|Het) )?[A-Z0-9][\w’'.&+-]*"
    r"(?: (?:of|the|de|and|&|du|des|la) [A-Z][\w’'.&-]*| [A-Z0-9][\w’'.&+-]*){0,4}))"
)
ROLE_AFTER = (
    rf"(?P<name>(?!{_NO_NAME}\b)"
    rf"[A-Z][\w’'.&-]*(?: (?:of|the|de|and|&) [A-Z][\w’'.&-]*| [A-Z][\w’'.&-]*){{0,3}}) {_KIND}\b(?!,? [\"“]?[A-Z])"
)
TITLED = (
    r"(?<![\w’'-])(?!(?:A|An|In|On|And|But|Its|Their|Latest|Breaking|Good|Bad|More)\b)"
    rf"(?P<name>(?:The )?(?:[A-Z][\w’']+[ -]){{1,3}}{TITLES})(?![\w-])"
    r"|(?P<name2>(?!In\b|On\b|At\b|By\b|Since\b|Last\b)(?:[A-Z][\w’'-]+ ){0,3}[A-Z][\w’'-]+)"
    rf"(?=, an? (?:[\w-]+ ){{0,4}}?{_A_KIND}\b)"
)
OURSELVES = r"\b(?:this|our) (?:newspaper|paper|website|magazine|newsroom|publication|outlet|programme)\b"
OTHERS = NEVER
ORGANISATION_WORDS = rf"{HEADS}|{PROPER_HEADS}|{HEADS_OF}|{NAMED}|{LAST_WORDS}"
TITLED_WORDS = TITLES
