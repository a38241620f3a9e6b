"""Lines that belong to the page and not to the piece: adverts, teasers, sharing, newsletters.

One sorted table of wordings and one function. A row must match a whole short paragraph, so prose
that merely begins alike ("Read more than ten books …") stays.
"""

from __future__ import annotations

import re

__all__ = ["LINE_MAX", "WORDINGS", "is_boilerplate"]

LINE_MAX = 200  # characters; what is longer is prose, whatever it begins with

# In the patterns below: {end} is a mark and whatever is linked behind it, or nothing more.
_END = r"(?:\s*[:|»>–-].*|\s*\.{0,3}|…)"

# (kind, pattern): sorted; any case; German, Dutch and English pages, 2019 to 2026.
WORDINGS = (
    ("advertisement", r"(?:article|story) continues (?:below|after) (?:this )?(?:ad|advertisement).{0,20}"),
    ("advertisement", r"\W*(?:ad|advertentie|advertisement|anzeige|gesponsert|reclame|sponsored|werbung)\W*"),
    ("app", r"(?:download|get|installeer) (?:de|our|the|onze) (?:[\w.-]{1,20}[ -])?app\b.{0,120}"),
    ("app", r"laden sie (?:sich )?(?:jetzt )?(?:die|unsere) (?:[\w.-]{1,20}[ -])?app\b.{0,120}"),
    ("click", r"(?:click|tap) (?:here|on the link|to (?:read|subscribe|watch|see|view))\b.{0,140}"),
    ("click", r"(?:klicken sie hier|klick hier|klik hier|hier klicken)\b.{0,140}"),
    ("comments", r"(?:kommentare|reacties)(?: \(\d+\))?|\d+ (?:comments|kommentare|reacties)"),
    ("comments", r"(?:leave|post|read|show|view) (?:all )?(?:\d+ )?(?:a )?comments?\b.{0,60}"),
    ("comments", r"diskutieren sie (?:mit|über)\b.{0,120}"),
    ("first published", r"(?:originally|first) published (?:on|in|by|at)\b.{0,120}"),
    (
        "first published",
        r"(?:this|the) (?:article|piece|story) (?:was )?(?:first|originally) (?:appeared|published)\b.{0,140}",
    ),
    ("first published", r"dieser (?:artikel|beitrag|text) (?:erschien|ist|wurde) (?:zuerst|zuvor)\b.{0,140}"),
    ("first published", r"dit (?:artikel|bericht|stuk) (?:is|verscheen|werd) (?:eerder|oorspronkelijk)\b.{0,140}"),
    ("follow", r"folge(?:n sie)? (?:der|dem|uns)\b.{0,40} (?:auf|bei|in|via)\b.{0,120}"),
    ("follow", r"folge(?:n sie)? uns (?:auf|bei)\b.{0,120}"),
    ("follow", r"follow (?:our|us)\b.{0,30} (?:on|via)\b.{0,120}"),
    ("follow", r"follow @?\w{2,20} on (?:facebook|google|instagram|threads|twitter|whatsapp|x)\b.{0,60}"),
    ("follow", r"volg (?:ons|\w{2,20}) (?:ook )?(?:op|via)\b.{0,120}"),
    ("image", r"(?:beeld|bild|foto|grafik|image|photo|picture)s?(?: (?:by|credit|source))?\s*[:©]\s*.{1,90}"),
    ("image", r".{2,60}(?:/getty images| via (?:ap|getty images|reuters))"),
    ("image", r"getty images|\(?archiv(?:bild|foto)?\)?|\(?symbol(?:bild|foto)\)?|\(?archieffoto\)?"),
    ("image", r"image (?:caption|source), .{1,90}"),
    ("join", r"join (?:our|the (?:conversation|discussion)|us (?:at|for|on))\b.{0,140}"),
    ("join", r"join .{0,30}(?:telegram|whatsapp) (?:channel|group)\b.{0,60}"),
    ("loading", r"(?:laden|loading|please wait|wird geladen)\s*(?:…|\.{3})"),
    ("more", r"(?:auch interessant|gerelateerd(?:e artikelen)?|related(?: (?:articles?|news|stories|topics))?){end}"),
    ("more", r"meer (?:lezen|nieuws|over dit onderwerp){end}"),
    ("more", r"mehr (?:dazu|lesen|nachrichten|von \w+|zu diesem thema|zum thema){end}"),
    ("more", r"mehr zum thema\b.{0,100}"),
    ("more", r"more (?:from \w+|on this (?:story|topic)|stories){end}"),
    ("newsletter", r"(?:abonniere|abonnieren sie|abonneer (?:je|u))\b.{0,160}"),
    ("newsletter", r"(?:meld je|schrijf je) (?:hier |nu )?(?:aan|in)\b.{0,140}"),
    ("newsletter", r"(?:sign up|subscribe) (?:for|here|now|to|today)\b.{0,160}"),
    ("newsletter", r"get (?:our|the) .{0,60}(?:alerts|inbox|newsletter)\b.{0,60}"),
    ("newsletter", r"melden sie sich .{0,60}\ban\b.{0,60}"),
    ("preferred source", r"(?:add|make|set) .{1,40} (?:as )?(?:a |your )?preferred source\b.{0,60}"),
    ("push", r"(?:möchten|wollen) sie .{0,80}(?:benachrichtigungen|push)\b.{0,60}"),
    ("push", r"(?:switch|turn) on notifications\b.{0,80}"),
    ("read also", r"(?:also|must) read{end}|(?:listen|read|see|watch) (?:also|here|more|next){end}|don't miss{end}"),
    ("read also", r"(?:auch lesenswert|lesen sie (?:auch|dazu|hier|mehr)|lies auch){end}"),
    ("read also", r"(?:bekijk|kijk|lees|luister) (?:meer|ook|verder){end}"),
    ("read also", r"(?:hier lesen sie|lees hier|lesen sie hier) (?:meer|mehr)\b.{0,120}"),
    ("rights", r"(?:all rights reserved|alle rechte vorbehalten|alle rechten voorbehouden)\W*"),
    ("rights", r"(?:copyright|©|\(c\)) .{0,60}(?:all rights reserved|alle rechte vorbehalten|may not be \w+).{0,100}"),
    ("share", r"(?:artikel teilen|deel dit artikel|delen|share|share this (?:article|post|story)|teilen){end}"),
    ("share", r"(?:bewaren|copy link|drucken|e-?mail|facebook|kopieren|linkedin|link kopieren|merken|print|save)"),
    ("share", r"(?:twitter|whatsapp|x)"),
    ("standards", r"our standards: the thomson reuters trust principles\W*"),
    ("support", r"(?:donate to|steun|support|unterstützen sie) (?:ons|our (?:journalism|work)|uns|us)\b.{0,140}"),
)
_ANY = re.compile("|".join(f"(?:{p})" for _, p in WORDINGS).replace("{end}", _END), re.IGNORECASE)


def is_boilerplate(line: str) -> bool:
    """Is this whole paragraph one of the wordings?"""
    return len(line) <= LINE_MAX and _ANY.fullmatch(line) is not None
