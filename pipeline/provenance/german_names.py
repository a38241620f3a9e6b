"""How German names outlets and organisations that no table knows."""

from __future__ import annotations

from pipeline.provenance.grammar import NEVER, either_case, words

# What an organisation that is no medium is called by, alone or at the end of a compound.
HEADS = either_case(
    """
agentur akademie amt amtes amts anwaltschaft armee armeeführung bank behörde behörden behördenleitung botschaft
bundestag bundestags bundeswehr club clubs dienst dienstes diensts direktion feuerwehr fraktion gericht gerichts
gerichtshof gerichtshofs gesellschaft gewerkschaft gruppe hochschule institut instituts kammer klinikum klinikums
kommission krankenhaus krankenhauses landkreis landkreises leitstelle luftwaffe marine militär militärs ministerium
ministeriums netzwerk netzwerks observatorium observatoriums organisation parlament parlaments polizei programm
programms präsidium präsidiums rat rats rechnungshof rechnungshofs regierung senat senats stab stabs stadt stadts
stadtverwaltungs stiftung streitkräfte streitkräften universität verband verbandes verbands verbände verein
vereinigung vereins verfassungsschutz verfassungsschutzes verwaltung warte zentrum zentrums zoll zolls
""",
    r"""
[Aa]uswärtigen? Amt(?:e?s)?
""",
)
# Organisations that no such word tells.
NAMED = words(
    """
ADAC BDI Bitkom BKA BND Bundeswehr Charité CIA Destatis DGB DIHK DIW DWD EPFL ETH EU Europol Eurostat EZB FBI Fed
Fraunhofer Frontex FSB Greenpeace IAEA Ifo ifo Interpol IWF Kreml Kremls LKA Max-Planck-Institut NATO Nato NSA Ocha
OECD Opec Pentagon RKI SBU UN UNHCR Unhcr Unicef UNO Uno ver.di Verdi Weltbank WHO
""",
    r"""
Amnesty International
Deutschen Roten Kreuzes
ETH Zürich
Human Rights Watch
IG Metall
Roten Kreuzes
Rotes Kreuz
Weiße Haus
Weißen? Hauses
""",
)
# How a newspaper's name ends: "Stuttgarter Nachrichten" …
TITLES = words(
    """
abendblatt allgemeine allgemeinen allgemeiner anzeiger bote boten echo kurier merkur nachrichten neueste post presse
rundfunk rundschau stimme tagblatt tagblatts tageblatt volksblatt wochenblatt zeitung
""",
)
# … "Tagesanzeiger".
TITLES_IN_ONE = words(
    """
-Anzeiger -Bote -Echo -Kurier -Nachrichten -Zeitung abendblatt anzeiger kurier morgenpost tagblatt tageblatt
volksblatt wochenblatt zeitung
""",
)
# What an outlet is, alone or at the end of a compound …
ROLE_ENDS = words(
    """
agentur blatt blattes blatts blog blogs branchendienst branchendienstes branchendiensts dokumentation fernsehen
fernsehens informationsdienst informationsdienstes informationsdiensts journal journals kanal kanals magazin magazins
mediendienst mediendienstes mediendiensts newsletter newsletters onlinedienst onlinedienstes onlinediensts plattform
podcast podcasts portal portals postille programm programms radio redaktion rundfunk rundfunks seite sender senders
sendung website zeitung
""",
)
# … before its name.
NAMED_ROLE = words(
    """
bildagentur blatt blattes blatts blog blogs branchendienst branchendienstes branchendiensts illustrierte illustrierten
informationsdienst informationsdienstes informationsdiensts journal journals kanal kanals magazin magazins
mediendienst mediendienstes mediendiensts nachrichtenagentur nachrichtenseite newsletter newsletters newsseite
onlinedienst onlinedienstes onlinediensts onlinemedium plattform podcast podcasts portal portals presseagentur radio
radios rundfunk rundfunks sender senders website zeitschrift zeitung
""",
    r"""
(?<![\w-])agentur
""",
)
# The last word of an organisation's name that is more than a word.
LAST_WORDS = words(
    """
Amt Amtes Amts Center Centre Council Foundation Haus Hauses Institut Institute International Kreuz Kreuzes Metall
Watch Zürich di
""",
)
# örtliche, russischen, Münchner
_ADJECTIVE = (
    r"(?:[a-zäöüß-]+|[A-ZÄÖÜ][a-zäöüß-]+)"
    r"(?:(?:isch|ich|al|eigen|deutsch|oberst|hoh|weiß|[a-zß]ig|[a-zß]esch)e[nrsm]?|[a-zß]er)"
)
_CAPITALISED = r"[A-ZÄÖÜ][\w’'-]*"
_NO_NAME = r"Der |Die |Das |Dem |Den |Des |Laut |Nach |Wie |Ein |Eine |Im |In "
_ORGANISATIONS = (
    # das russische Verteidigungsministerium, Institut für Weltwirtschaft, Polizei Köln
    rf"(?:(?:{_ADJECTIVE} ){{0,2}}|(?!{_NO_NAME}){_CAPITALISED} )(?:[A-ZÄÖÜ][\w-]*)?{HEADS}(?![\w])"
    rf"(?: für {_CAPITALISED}(?:(?:, | und ){_CAPITALISED}){{0,3}}| (?:[A-ZÄÖÜ]\w+)(?![\w-]| [A-ZÄÖÜ]))?",
    NAMED,
    # Center for Strategic and International Studies
    r"(?:[A-Z]\w+ ){0,3}(?:Institute|Center|Centre|Council|Foundation|Watch)"
    rf"(?: (?:for|on|of) (?:the )?{_CAPITALISED}(?: (?:of|and|for) {_CAPITALISED}| {_CAPITALISED}){{0,3}})?",
)
ORGANISATIONS = rf"(?<![\w-])(?:{'|'.join(_ORGANISATIONS)})(?![\w-])"
OUTLET_ROLE = (
    rf"(?i:\b[\w-]*{NAMED_ROLE}),? "
    r"(?:(?P<q>[\"„“»«‚‘'›])(?P<name2>[^\"“”«»‘’„']{2,40})[\"“”«»‘’']|(?P<name>[a-z0-9-]+\.[a-z]{2,4}(?![\w])"
    r"|(?:(?:Der|Die|Das|The|De|La|Le|El|Il|Het) )?[A-ZÄÖÜ0-9][\w’'.&+-]*"
    r"(?: (?:of|the|de|der|am|im|und|&|für|du|des|la|van|del|e) [A-ZÄÖÜ][\w’'.&-]*"
    r"| [A-ZÄÖÜ0-9][\w’'.&+-]*){0,4}))"
)
ROLE_AFTER = rf"(?P<name>{NEVER})"
TITLED = (
    r"(?P<name>(?<![\w-])(?:[A-ZÄÖÜ][\w/-]*(?:er|en|e|es) )(?:[A-ZÄÖÜ][\w-]*)?"
    rf"(?i:{TITLES}))(?![\w-])"
    rf"|(?P<name2>(?<![\w-])[A-ZÄÖÜ]\w+{TITLES_IN_ONE})(?![\w-])"
)
OURSELVES = r"\b(?:dieser|diese|unserer|unsere) (?:Zeitung|Redaktion|Website|Zeitschrift|Magazin)\b"
OTHERS = NEVER
ORGANISATION_WORDS = rf"\w*{HEADS}|{NAMED}|{LAST_WORDS}"
TITLED_WORDS = rf"(?i:.*{TITLES})"
