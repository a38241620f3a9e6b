"""Harmless HTML of what strangers wrote: filters and globals for the templates."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from pipeline.feedhealth import due, missing, pace, silence, span
from pipeline.phrases import ago, clock, correction_kind, count, plain, reason, stored, sure

STATIC = Path(__file__).parent / "static"
STATIC_URL = "/-/retold/static"
WEB = ("http", "https")
MARKS = ("\ue000", "\ue001")  # for private use: no letters, and no blanks that `plain` would take away
_NO_MARKS = {ord(mark): None for mark in MARKS}
# What would end a <script>, begin a comment in one, or end a line of JavaScript before 2019.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def web_address(url: object) -> str | None:
    """``url`` where it is an absolute http(s) address of a host, else None."""
    text = str(url or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in WEB and parts.hostname and plain(text) == text else None


def outlink(text: object, url: object) -> Markup:
    """A link to a stranger's page that tells it nothing of us; the text alone where the address is none of the web."""
    shown, address = plain(text), web_address(url)
    if address is None:
        return Markup('<bdi dir="auto">{}</bdi>').format(shown)
    link = '<a class="out" dir="auto" rel="noopener noreferrer nofollow external" href="{}">{}</a>'
    return Markup(link).format(address, shown)


def lines(value: object) -> str:
    """A text line by line, each made harmless: a long cell on its row's own page."""
    return "\n".join(map(plain, str(value).splitlines()))


def json_block(value: object) -> Markup:
    """``value`` as JSON that may stand inside ``<script type="application/json">``."""
    return Markup(json.dumps(value, ensure_ascii=False, default=str).translate(_IN_SCRIPT))


def lang_of(code: object) -> Markup:
    """``lang`` and ``dir`` attributes of foreign text; of a code that is no language, ``dir`` alone."""
    text = str(code or "")
    tag = Markup(' lang="{}"').format(text) if text.isascii() and text.isalpha() and len(text) in (2, 3) else ""
    return Markup('{} dir="auto"').format(tag)


@pass_context
def when(context: Context, stamp: str | None, otherwise: str = "no time") -> Markup:
    """A stored stamp as ``<time>``: UTC, and how long ago that is; ``otherwise`` where there is none."""
    moment = stored(stamp)
    if moment is None:
        return Markup('<span class="none">{}</span>').format(otherwise)
    words = ago(moment, context.get("now") or datetime.now(UTC))
    shown = (
        '<time datetime="{}">{} <abbr title="Coordinated Universal Time">UTC</abbr> <span class="ago">{}</span></time>'
    )
    return Markup(shown).format(stamp, clock(stamp), words)


@pass_context
def age(context: Context, stamp: str | None) -> Markup:
    """A stored stamp as ``<time>`` in relative words; the time itself is its title."""
    moment = stored(stamp)
    if moment is None:
        return Markup('<span class="none">never</span>')
    words = ago(moment, context.get("now") or datetime.now(UTC))
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(stamp, clock(stamp), words)


def marked(text: object) -> Markup:
    """Text in which :data:`MARKS` stand around what was found; a mark without its other half says nothing."""
    pieces = re.split(f"{MARKS[0]}([^{MARKS[0]}{MARKS[1]}]*){MARKS[1]}", plain(text))
    clean = [piece.translate(_NO_MARKS) for piece in pieces]
    return Markup("").join(Markup("<mark>{}</mark>").format(p) if n % 2 else escape(p) for n, p in enumerate(clean))


def query_string(query: Mapping[str, Any], **changes: object) -> str:
    """The query of an address with some parameters changed, or left out where they are None: ``?q=owl&page=2``."""
    merged = {k: v for k, v in {**query, **changes}.items() if v is not None}
    return "?" + urlencode(merged, doseq=True) if merged else "?"


@cache
def static(name: str) -> str:
    """The address of a file in pipeline/web/static; it changes with the file, hence may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{STATIC_URL}/{name}?v={digest}"


def equip(env: Environment) -> None:
    """Give the templates our filters and globals."""
    env.filters.update(
        plain=plain, outlink=outlink, json_block=json_block, lang_of=lang_of, when=when, age=age, count=count,
        reason=reason, correction_kind=correction_kind, sure=sure, marked=marked, web_address=web_address,
        lines=lines, span=span, due=due, pace=pace, missing=missing, silence=silence,
    )  # fmt: skip
    env.globals.update(static=static, query_string=query_string)
