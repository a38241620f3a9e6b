"""What publishers say that programs may do with their pages, and whom we leave out altogether. Pure.

Three ways of saying it are read: TDMRep (the W3C community group's TDM Reservation Protocol: a file of the host, a
header, meta elements), robots tags (``X-Robots-Tag``, ``<meta name="robots">``) and the operator's own list of hosts.
robots.txt is another matter (spiders/robots.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from pipeline.model import ArticleError, Reason

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TDM_FILE = "/.well-known/tdmrep.json"
MAX_RULES = 1_000  # of one file; what follows is not read
MAX_PATTERN = 2_000  # characters
ALL = "robots"  # whom a tag addresses that names nobody
REFUSE_ALL = frozenset({"noai"})  # said to everybody
REFUSE_US = REFUSE_ALL | {"noindex", "none", "noarchive", "nosnippet"}  # said to us by name
VALUED = frozenset({"max-image-preview", "max-snippet", "max-video-preview", "unavailable_after"})  # rules with a colon
MAX_TAGS = 200

_RESERVED_CHARS = frozenset("%!*'();:@&=+$,/?#[]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Said:
    """What one answer says about itself: ``tdm`` True reserved, False free, None unsaid; ``tag``: the robots tag that
    keeps us off, or ""."""

    names: tuple[str, ...] = ()  # by which we are addressed, lower case
    tdm: bool | None = None
    tag: str = ""


def left_out(host: str, hosts: Collection[str]) -> bool:
    """Whether a host (lower case ASCII) is one of ``hosts``, or below one of them."""
    parts = host.rstrip(".").split(".")
    return any(".".join(parts[n:]) in hosts for n in range(len(parts))) if hosts and host else False


# -- headers and meta elements


def in_headers(reservation: str | None, tags: Iterable[str], names: Iterable[str]) -> Said:
    """What the headers ``tdm-reservation`` and ``X-Robots-Tag`` (each of them) say to ``names``."""
    ours = tuple(name.lower() for name in names)
    return Said(ours, _reserved(reservation), next(filter(None, (_refusal_in(tag, ours) for tag in tags)), ""))


def heed(tree: HtmlElement, said: Said) -> None:
    """Let a page pass whose headers ``said`` so much; its own meta elements go before its headers.

    Raises:
        ArticleError: ``tdm_reserved`` or ``robots_tag``.
    """
    tdm, tag = said.tdm, said.tag
    for name, content in _metas(tree):
        if name == "tdm-reservation":
            own = _reserved(content)
            tdm = tdm if own is None else own
        elif not tag and name in (ALL, *said.names):
            tag = _refused(content, name != ALL)
    if tag:
        raise ArticleError(Reason.ROBOTS_TAG, tag)
    if tdm:
        raise ArticleError(Reason.TDM_RESERVED, "the page says so")


def _metas(tree: HtmlElement) -> Iterable[tuple[str, str]]:
    for element in tree.iter("meta"):
        name, content = element.get("name"), element.get("content")
        if name and content:
            yield name.strip().lower(), content


def _reserved(value: object) -> bool | None:
    """The protocol knows 0 and 1; whatever else is an error, and means that nothing is said."""
    return {"1": True, "0": False}.get(str(value).strip()) if isinstance(value, (str, int)) else None


def _refusal_in(header: str, names: Collection[str]) -> str:
    """``noai``; ``retold: noindex, nofollow``: a name holds for the rules after it."""
    ours, named = True, False
    for part in header.split(",")[:MAX_TAGS]:
        name, colon, rule = part.partition(":")
        if colon and name.strip().lower() not in VALUED:
            named, ours = True, name.strip().lower() in names
        rule = rule if colon else part
        found = _refused(rule, named) if ours else ""
        if found:
            return found
    return ""


def _refused(content: str, to_us: bool) -> str:
    words = (word.strip().lower() for word in content.split(",")[:MAX_TAGS])
    return next((word for word in words if word in (REFUSE_US if to_us else REFUSE_ALL)), "")


# -- the file of a host


def reserves(body: bytes, url: str) -> bool:
    """Whether a host's tdmrep.json reserves the address: the first rule whose location matches decides.

    A file that cannot be read, and a rule without a usable value, say nothing.
    """
    try:
        rules = json.loads(body)
    except (ValueError, RecursionError):
        return False
    path = _path(url)
    for rule in rules[:MAX_RULES] if isinstance(rules, list) else []:
        if isinstance(rule, dict) and _matches(rule.get("location"), path):
            return bool(_reserved(rule.get("tdm-reservation")))
    return False


def _path(url: str) -> str:
    parts = urlsplit(url)
    return _spelled((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _matches(location: Any, path: str) -> bool:
    """As robots.txt has it (RFC 9309 §2.2.3): a beginning of the path, ``*`` anything, a last ``$`` the end.

    Part by part, each at its first place: in time that no pattern makes long.
    """
    if not isinstance(location, str) or not location or len(location) > MAX_PATTERN:
        return False
    closed = location.endswith("$")
    first, *parts = _spelled(location.removesuffix("$")).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for part in parts[:-1] if closed and parts else parts:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    if not closed:
        return True
    return path[at:].endswith(parts[-1]) and len(path) - at >= len(parts[-1]) if parts else at == len(path)


def _spelled(path: str) -> str:
    """One spelling of an address: escaped are reserved characters that came so, and what is no ASCII."""

    def plain(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return char if "!" < char < "\x7f" and char not in _RESERVED_CHARS else found[0].upper()

    return _ESCAPE.sub(plain, quote(path, safe="%!*'();:@&=+$,/?#[]~"))
