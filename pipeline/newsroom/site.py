"""Everything the newsroom answers at one moment: (host, path) -> reply. A pure function of time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime

from pipeline.newsroom import feeds, pages
from pipeline.newsroom.addresses import amp_path, nos_id, path, short_path, url
from pipeline.newsroom.cast import CAST
from pipeline.newsroom.events import Piece
from pipeline.newsroom.outlets import Outlet
from pipeline.newsroom.text import Library

HTML = "text/html; charset=utf-8"
SICK_HOSTS = ("www.altlandbote.test", "www.langsam.test", "www.neonblick.test")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; ``etag`` and ``modified`` are what a client may ask "changed since?" with."""

    body: bytes = b""
    kind: str = HTML
    status: int = 200
    etag: str | None = None
    modified: datetime | None = None
    location: str | None = None
    retry_after_s: int | None = None
    always_304: bool = False


Site = Mapping[tuple[str, str], Reply]


def hosts() -> tuple[str, ...]:
    """All host names of the newsroom, sorted."""
    own = {o.host for o in CAST.values()} | {f.host for o in CAST.values() for f in o.feeds}
    more = {h for o in CAST.values() for h in (*o.aliases, o.short_host)}
    return tuple(sorted((own | more | set(SICK_HOSTS)) - {""}))


def build(pieces: Sequence[Piece], library: Library, day0: date, when: datetime) -> Site:
    """The site at ``when``: what was published by then, as edited by then."""
    shown = [p.as_of(when) for p in pieces if p.at <= when]
    site = dict(_sick(day0, when))
    for outlet in CAST.values():
        own = [p for p in shown if p.outlet == outlet.key]
        site.update(_outlet(outlet, own, library))
    return site


def _outlet(outlet: Outlet, own: Sequence[Piece], library: Library) -> Iterator[tuple[tuple[str, str], Reply]]:
    changed = max((p.updated for p in own), default=None)
    for spec in outlet.feeds:
        body, kind = feeds.render(outlet, spec, own, library)
        latest = max((p.updated for p in feeds.listed(spec, own)), default=None)
        yield (spec.host or outlet.host, spec.path), _fresh(outlet, body, kind, latest)
    for number, piece in enumerate(own):
        yield from _article(outlet, piece, own[:number], library)
    front = pages.front_page(outlet, own)
    yield (outlet.host, "/"), _fresh(outlet, front, _html(outlet), changed)
    for host in {outlet.host, outlet.short_host, *outlet.aliases, *(f.host for f in outlet.feeds)} - {""}:
        yield (host, "/robots.txt"), _robots(outlet)


def _html(outlet: Outlet) -> str:
    return f"text/html; charset={outlet.charset}"


def _article(
    outlet: Outlet, piece: Piece, earlier: Sequence[Piece], library: Library
) -> Iterator[tuple[tuple[str, str], Reply]]:
    """The page and whatever leads to it."""
    body = pages.article_page(outlet, piece, earlier, library)
    page = _fresh(outlet, body, _html(outlet), piece.updated)
    moved = Reply(status=301, location=url(piece))
    yield (outlet.host, path(piece)), page
    yield from (((host, path(piece)), page) for host in outlet.aliases)
    if outlet.aliases:
        yield (outlet.host, amp_path(piece)), page
    if outlet.short_host:
        yield (outlet.short_host, short_path(piece)), moved
    if outlet.key == "nos":
        yield (outlet.host, f"/l/{nos_id(piece)}"), moved
        yield (outlet.host, f"/artikel/{nos_id(piece)}"), moved


def _fresh(outlet: Outlet, body: bytes, kind: str, changed: datetime | None) -> Reply:
    """A 200 with the validators that this outlet's server gives."""
    tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    reply = Reply(body, kind, always_304=outlet.always_304)
    if outlet.validators in ("both", "etag", "weak"):
        reply = replace(reply, etag=f"W/{tag}" if outlet.validators == "weak" else tag)
    return replace(reply, modified=changed) if outlet.validators in ("both", "modified") else reply


def _robots(outlet: Outlet) -> Reply:
    maps = [f"Sitemap: {outlet.home}{f.path}" for f in outlet.feeds if f.form == "sitemap"]
    lines = ["User-agent: *", "Disallow: /suche/", *outlet.robots, "", *maps]
    return Reply("\n".join(lines).encode() + b"\n", "text/plain; charset=utf-8")


# --- outlets that fail ----------------------------------------------------------------------------------

_CONSENT = b"""<!DOCTYPE html>
<html lang="de"><head><meta charset="utf-8"><title>Neonblick: Ihre Privatsph\xc3\xa4re</title></head>
<body><h1>Bevor es weitergeht</h1><p>Wir brauchen Ihre Einwilligung, ehe wir Ihnen Neonblick zeigen.</p>
<form method="post" action="/consent"><button>Zustimmen und weiter</button></form></body></html>
"""


def _sick(day0: date, when: datetime) -> Iterator[tuple[tuple[str, str], Reply]]:
    """A feed that is gone (first 404, from the next day on 410), one behind a wall, one that says wait."""
    gone = when >= datetime.combine(day0 + timedelta(days=1), time(), UTC)
    notice = b"<!DOCTYPE html><title>Nicht gefunden</title><h1>Diese Seite gibt es nicht</h1>\n"
    yield ("www.altlandbote.test", "/rss.xml"), Reply(notice, status=410 if gone else 404)
    yield ("www.neonblick.test", "/feed"), Reply(_CONSENT)
    slow = Reply(b"Too many requests\n", "text/plain; charset=utf-8", 429, retry_after_s=3600)
    yield ("www.langsam.test", "/rss"), slow
    for host in SICK_HOSTS:
        yield (host, "/robots.txt"), Reply(b"User-agent: *\nDisallow:\n", "text/plain; charset=utf-8")


# --- headers --------------------------------------------------------------------------------------------


def headers(reply: Reply) -> dict[str, str]:
    """The reply's own header fields, without length and encoding."""
    fields = {
        "Content-Type": reply.kind if reply.body else None,
        "ETag": reply.etag,
        "Last-Modified": http_date(reply.modified) if reply.modified else None,
        "Location": reply.location,
        "Retry-After": str(reply.retry_after_s) if reply.retry_after_s else None,
    }
    return {name: value for name, value in fields.items() if value}


def http_date(when: datetime) -> str:
    """``Tue, 17 Nov 2026 09:30:00 GMT`` (RFC 9110, 5.6.7)."""
    return format_datetime(when.astimezone(UTC), usegmt=True)
