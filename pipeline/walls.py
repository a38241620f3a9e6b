"""Pages that are no article: consent walls, challenges, "not found" with status 200; and paywall hints.

Small rules over sorted tables of phrases, and one for the walls whose phrases nobody knows yet: they say nothing of
what the feed announced. A page with much text is never one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["is_hint", "is_no_article", "is_off_topic"]

_FEW_WORDS = 150  # above this a page has something to say, whatever its title
_ANNOUNCED = 4  # words of an entry from which on a page that has none of them is another page
_WORD = re.compile(r"[^\W\d_]{5,}")  # shorter ones stand on every page

# Hosts that ask for consent before the publisher answers.
_CONSENT_HOST = re.compile(r"(?:^|\.)(?:cmp|consent|guce|myprivacy|privacy-?gate)\.", re.IGNORECASE)

# Whole titles or headings of error and challenge pages; sorted.
_TITLES = (
    r"(?:error |fehler |http )?40[34]\b.{0,60}",
    r"(?:error |fehler |http )?50[0234]\b.{0,60}",
    r"access denied.{0,40}",
    r"are you (?:a robot|human).{0,40}",
    r"artikel niet gevonden.{0,60}",
    r"attention required!.{0,40}",
    r"bot (?:or not|verification).{0,40}",
    r"de(?:ze)? pagina (?:bestaat niet|is niet gevonden|kan niet worden gevonden|werd niet gevonden).{0,60}",
    r"die(?:se)? (?:angeforderte )?seite (?:existiert nicht|konnte nicht gefunden werden|wurde nicht gefunden).{0,60}",
    r"just a moment\W*",
    r"oops.{0,60}",
    r"page (?:not found|unavailable|could not be found).{0,60}",
    r"pagina niet gevonden.{0,60}",
    r"please (?:verify|wait).{0,60}",
    r"privacy(?:[- ]?gate|einstellungen|instellingen| settings).{0,40}",
    r"robot check.{0,40}",
    r"security check.{0,40}",
    r"seite (?:leider )?nicht gefunden.{0,60}",
    r"sorry,? .{0,40}(?:not found|bestaat niet|niet gevonden|nicht gefunden).{0,40}",
    r"the page you (?:requested|are looking for).{0,60}",
    r"zustimmung.{0,60}",
)
# What such a page says in its few words; sorted.
_TEXTS = (
    r"accept (?:all )?cookies",
    r"alle(?:n)? (?:cookies )?(?:akzeptieren|accepteren|zustimmen)",
    r"checking (?:if the site connection is secure|your browser)",
    r"enable (?:javascript|js) and (?:cookies|disable any ad blocker)",
    r"klik op akkoord",
    r"mit werbung (?:und tracking |weiter)",
    r"unusual (?:activity|traffic) from your",
    r"verify(?:ing)? (?:that )?you are (?:a )?human",
    r"we (?:and our (?:\d+ )?partners )?(?:use|store|value) (?:cookies|and/or access information|your privacy)",
    r"wij (?:en onze (?:\d+ )?partners )?(?:gebruiken|plaatsen|verwerken) (?:cookies|persoonsgegevens)",
    r"wir (?:und unsere (?:\d+ )?partner )?(?:brauchen ihre zustimmung|verarbeiten|verwenden cookies)",
    r"you have been blocked",
)
# Lines that a wall puts into or after the free part; a whole short paragraph; sorted.
_HINTS = (
    r"(?:already|not yet) (?:a )?(?:member|subscribe[dr]).{0,80}",
    r"(?:al|reeds|nog geen) abonnee\b.{0,80}",
    r"(?:bereits|schon|noch kein|jetzt) (?:abonnent|abonnieren|kunde|registriert|weiterlesen)\b.{0,120}",
    r"(?:continue|keep) reading (?:for|with|by)\b.{0,120}",
    r"(?:dieser|den ganzen|den vollständigen) (?:artikel|beitrag|inhalt|text) .{0,60}\b(?:abo|freischalt).{0,80}",
    r"(?:lees|lezen) verder (?:met|voor)\b.{0,100}",
    r"(?:lesen sie|weiterlesen|jetzt lesen) (?:\S+ ){0,4}mit\b.{0,100}",
    r"(?:log in|sign in|subscribe|register) (?:or \w+ )?(?:to|for) (?:continue|full|keep|read|unlimited)\b.{0,100}",
    r"(?:melden sie sich|loggen sie sich|inloggen|anmelden|log in|sign in|einloggen)(?: an| ein)?\W*",
    r"dit (?:artikel|verhaal) is (?:alleen|enkel|exclusief) (?:beschikbaar |te lezen )?(?:met|voor)\b.{0,100}",
    r"sie haben (?:bereits|noch kein|schon) .{0,60}(?:abo|abonnement|konto|zugang)\b.{0,60}",
    r"this (?:article|story) is (?:available |exclusively |only )*(?:for|to) (?:\w+ )?(?:members|subscribers)\b.{0,80}",
    r"to (?:continue|keep) reading\b.{0,120}",
)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE)


_TITLE, _TEXT, _HINT = _any(_TITLES), _any(_TEXTS), _any(_HINTS)


def is_no_article(host: str, headings: tuple[str, ...], text: str) -> bool:
    """Is this page a consent wall, a challenge or a soft 404? By host, by heading, or by its few words."""
    if len(text.split()) > _FEW_WORDS:
        return False
    return (
        _CONSENT_HOST.search(host) is not None
        or any(_TITLE.fullmatch(h) for h in headings)
        or _TEXT.search(text[:2000]) is not None
    )


def is_off_topic(announced: Iterable[str], said: Iterable[str]) -> bool:
    """Has a page (headings and text) few words, and none of those that its feed announced (title and summary)?"""
    page, wanted = "\n".join(said), set(_WORD.findall("\n".join(announced).casefold()))
    few = len(page.split()) <= _FEW_WORDS and len(wanted) >= _ANNOUNCED
    return few and wanted.isdisjoint(_WORD.findall(page.casefold()))


def is_hint(paragraph: str) -> bool:
    """Is this whole short paragraph a paywall's invitation and no part of the piece?"""
    return len(paragraph) <= 200 and _HINT.fullmatch(paragraph) is not None
