"""How Dutch names outlets and organisations that no table knows."""

from __future__ import annotations

from pipeline.provenance.grammar import either_case, words

# What an organisation that is no medium is called by, alone or at the end of a compound.
HEADS = either_case(
    """
agentschap ambassade autoriteit autoriteiten bank bond brandweer bureau centrale centrum commissie denktank dienst
douane federatie fonds gemeente generaal gerechtshof inspectie instituut justitie kabinet keten koepel kustwacht leger
luchtmacht marechaussee marine ministerie netbeheerder ombudsman onderzoeksgroep organisatie parket partij politie
provincie raad regering rekenkamer staf stichting strijdkrachten toezichthouder unie universiteit veiligheidsregio
vereniging waakhond waterschap ziekenhuis
""",
    r"""
[Gg]eheime dienst
[Gg]enerale staf
[Oo]penbaar [Mm]inisterie
""",
)
# Organisations that no such word tells.
NAMED = words(
    """
ACM AFM AIVD ANWB CBS CIA Clingendael CNV COA Consumentenbond CPB DNB ECB EU Europol Eurostat FBI FNV Frontex FSB GGD
Greenpeace IAEA IMF IND Interpol Kiesraad KNB KNMI Kremlin LTO MIVD NAVO Nibud Nivel NMBS NS NSA NVWA OESO OM OPEC PBL
Pentagon ProRail Rijkswaterstaat RIVM RVA SCP TNO UGent ULB UNHCR Unicef
UvA UWV Vluchtelingenwerk VN VNG VUB Wereldbank WHO
""",
    r"""
(?<=[Dd]e )AP
Algemene Rekenkamer
Amnesty International
Artsen zonder Grenzen
Autoriteit Persoonsgegevens
De Nederlandsche Bank
Europese Commissie
FOD Financiën
Human Rights Watch
KU Leuven
Onderzoeksraad voor Veiligheid
Raad van State
Rode Kruis
TU Delft
TU Eindhoven
Veilig Verkeer Nederland
Verenigde Naties
Witte Huis
""",
)
ADJECTIVE = words(
    """
Centraal Europees federaal federale Hoge Internationaal lokaal lokale Nederlands Openbaar Openbare Rode
""",
    r"""
[a-z]+(?:se|ale|ele|ke|te|ge|jke|de|ere|aire|ne|eve|ische)
[A-Z]\w+(?:se|e)
""",
)
# The last word of a newspaper's name.
TITLES = words("Bode Courant Dagblad Gids Journaal Koerier Krant Nieuws Nieuwsblad Omroep Post Stem Weekblad")
# What an outlet is, alone or at the end of a compound …
ROLE_ENDS = words(
    """
agentschap blad blog kanaal krant magazine medium nieuwsbrief nieuwsdienst omroep persbureau platform podcast portaal
programma radio redactie rubriek site tabloid televisie tijdschrift zender
""",
)
# … before its name.
NAMED_ROLE = words(
    """
blad blog kanaal krant magazine nieuwsbrief nieuwsdienst omroep persagentschap persbureau platform podcast portaal
programma radio rubriek site tabloid tijdschrift zender
""",
)
# The last word of an organisation's name that is more than a word.
LAST_WORDS = words(
    """
AP Bank Commissie Delft Eindhoven Financiën Huis International Kruis Leuven Naties Nederland Persoonsgegevens
Rekenkamer State Veiligheid Watch
""",
)
_CAPITALISED = r"[A-Z][\w’'-]*"
ORGANISATIONS = (
    rf"(?<![\w-])(?:(?:{ADJECTIVE} ){{0,3}}(?:[A-Za-z][\w-]*)?{HEADS}(?![\w-])"
    rf"(?: (?:van|voor) (?:de )?{_CAPITALISED}(?:(?:, | en |-| ){_CAPITALISED}){{0,4}}"
    rf"| {_CAPITALISED}(?: {_CAPITALISED}){{0,2}})?|{NAMED})(?![\w-])"
)
OUTLET_ROLE = (
    rf"\b(?i:[\w-]*{NAMED_ROLE}),? "
    r"(?:(?P<q>[\"„“»«‚‘'›])(?P<name2>[^\"“”«»‘’„']{2,40})[\"“”«»‘’']|(?P<name>[a-z0-9-]+\.[a-z]{2,4}(?![\w])"
    r"|(?:(?:The|De|Der|Die|Das|La|Le|El|Il|Het) )?[A-Z0-9][\w’'.&+-]*"
    r"(?: (?:of|the|de|van|en|&|voor|du|des|la|der|op|in|het|uit|del) [A-Z][\w’'.&-]*| & [A-Z]\w+"
    r"| [A-Z0-9][\w’'.&+-]*){0,4}))"
)
ROLE_AFTER = r"(?P<name>[A-Z][\w’'.&]*)-(?:krant|persbureau)\b"
TITLED = rf"(?<![\w-])(?P<name>(?:(?:De|Het) )?(?:[A-Z][\w-]+ ){{1,2}}{TITLES})(?![\w-])"
OURSELVES = r"\b(?:deze|onze) (?:krant|redactie|site|website|omroep)\b|\bdit (?:blad|dagblad|tijdschrift)\b"
OTHERS = r"\b[Dd]e AP\b"
ORGANISATION_WORDS = rf"\w*{HEADS}|{NAMED}|{LAST_WORDS}"
TITLED_WORDS = TITLES
