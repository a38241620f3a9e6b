"""Invented outlets that reprint: their frames, credits and paywall lines, a data table of our own writing.

One row an outlet: the paragraphs it prints before and after every article, the agency credit at the end, the
dateline at the start (``{}``: a place) and the line that ends its teasers.
"""

from __future__ import annotations

from typing import NamedTuple


class Outlet(NamedTuple):
    """How one outlet dresses what it reprints."""

    name: str
    before: str
    after: str
    credit: str
    dateline: str
    wall: str


OUTLETS = {
    "en": (
        Outlet("Harbour Gazette", "Your local paper since 1904: news from the quays, the market and the council.",
               "The Gazette welcomes letters on any matter of public interest; please give your name and street.",
               "(Meridian Wire)", "{} (Meridian Wire) -", "The rest of this report is reserved for Gazette members."),
        Outlet("Fenland Post", "You are reading the morning edition of the Fenland Post for the five parishes.",
               "Have you seen something that we should report? Ring the newsroom at any hour of the day.",
               "Meridian Wire / FP", "{}, Meridian Wire -", "Take out a trial month to go on with this article."),
        Outlet("Ridge Tribune", "Weather, tides and roads are on page two; the crossword is on page nine.",
               "Our reporters follow a code of conduct that you can find printed on the last page of each issue.",
               "With material from Northern Press Service", "{} (NPS) —", "Ridge Plus readers find the rest here."),
        Outlet("Daily Beacon", "The Beacon is free to read thanks to the shops and workshops that advertise with us.",
               "This page was put together by the evening desk and may be changed as further facts become known.",
               "NPS, own report", "{} --", "Unlock every Beacon story for the price of one coffee a week."),
    ),
    "de": (
        Outlet("Deichbote", "Der Deichbote erscheint seit 1921 täglich außer sonntags für die Orte hinter dem Deich.",
               "Hinweise an die Lokalredaktion nehmen wir unter der bekannten Nummer rund um die Uhr entgegen.",
               "(Meridian-Dienst)", "{} (Meridian-Dienst) -", "Den ganzen Bericht finden Leser mit Deichbote-Abo."),
        Outlet("Talkurier", "Nachrichten aus den sieben Gemeinden des Tals, gesammelt von unserer Frühredaktion.",
               "Leserbriefe drucken wir gern; bitte vergessen Sie dabei nicht Ihren Namen und Ihre Anschrift.",
               "Quelle: Nordpressedienst", "{} -", "Weiter geht es für alle, die den Talkurier im Paket beziehen."),
        Outlet("Abendspiegel am See", "Sie lesen die Abendausgabe; die Wetterkarten stehen auf der letzten Seite.",
               "Unsere Redaktion arbeitet nach festen Grundsätzen, die in jeder Samstagsausgabe abgedruckt werden.",
               "npd/Abendspiegel", "{} (npd) –", "Dieser Text gehört zu unserem Angebot für feste Leser."),
    ),
    "nl": (
        Outlet("Polderbode", "De Polderbode brengt sinds 1919 het nieuws uit de dorpen langs de ringvaart.",
               "Tips voor de redactie zijn altijd welkom; laat dan ook uw naam en telefoonnummer achter.",
               "(Meridiaan Persdienst)", "{} (Meridiaan) -", "Het hele bericht staat klaar voor onze leden."),
        Outlet("Havencourant", "U leest de ochtendkrant voor de havenwijken, met een bijlage over de visafslag.",
               "Onze verslaggevers houden zich aan een leidraad die u achter in elke zaterdagkrant kunt vinden.",
               "Meridiaan / eigen verslag", "{} -", "Neem een proefmaand om verder te lezen in dit artikel."),
        Outlet("Heideblad", "Weer, wegwerkzaamheden en de agenda van de dorpshuizen staan op de tweede bladzijde.",
               "Deze pagina is gemaakt door de avondploeg en kan worden aangevuld zodra er meer bekend is.",
               "Bron: Noorderpers", "{} (NPD) –", "Alleen vaste lezers van het Heideblad zien de rest van dit stuk."),
    ),
}  # fmt: skip
PLACES = {
    "en": ("HARWELL BAY", "Stonebridge", "FENMOUTH", "Upper Tarn"),
    "de": ("Büsumhafen", "OBERTAL", "Seebrück", "Lindow am Moor"),
    "nl": ("DIJKVEEN", "Oosterwerf", "Heidekerk", "WATERZIJL"),
}
