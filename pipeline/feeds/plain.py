"""Text and links as entries carry them: whatever a feed says, what leaves here is plain, bounded and http(s)."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote, urljoin, urlsplit

TITLE = 1_000  # characters
BODY = 1_000_000  # characters
LINK = 4_096  # characters
_TITLE_READ = 8_192  # characters of a title that are looked at
_FALLBACK_READ = 4_096  # characters of a body that are looked at for a missing title
_FALLBACK = 80  # characters of text that stand in for a missing title

# Never stored: C0 but tab and newline, DEL and C1, lone surrogates, noncharacters.
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
# Not in a single line either: soft hyphen, zero-width, bidi marks, embeddings, overrides and isolates.
_INVISIBLE = "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_JUNK_IN_BODY = re.compile(f"[\x0b-\x0d{_CONTROLS}]")
_JUNK_IN_LINE = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")  # where VT, FF and CR are spaces

_HIDDEN = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.S | re.I)
_SPACING = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|th|h[1-6]|hr|section|article)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[a-z][^<>]*>|<[!?][^<>]*>|<[a-z][\w:-]*[\s/][^<>]*\Z", re.I)
_UNSAFE_IN_LINK = re.compile(r"[\x00-\x1f\x7f-\x9f\\<>\"\ud800-\udfff]")

_TO_QUOTE = re.compile(f"[ \u2028\u2029{_INVISIBLE}]")
_UNSAFE_IN_HOST = re.compile(f"[ %\u2028\u2029{_INVISIBLE}]")


def line(text: str, limit: int) -> str:
    """``text`` in one line: no controls, nothing invisible, single spaces, NFC, at most ``limit`` characters."""
    kept = _JUNK_IN_LINE.sub("", text[: 8 * limit + 80])
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:limit].rstrip()


def title(markup: str, body: str = "") -> str:
    """The title as plain text: tags stripped, then references resolved once; without one, the text's beginning."""
    return line(_text(markup[:_TITLE_READ]), TITLE) or _cut(line(_text(body[:_FALLBACK_READ]), 4 * _FALLBACK))


def _text(markup: str) -> str:
    visible = _SPACING.sub(" ", _HIDDEN.sub(" ", markup))
    return html.unescape(_TAG.sub("", visible))


def _cut(text: str) -> str:
    """At most 80 characters, whole words where there are any."""
    if len(text) <= _FALLBACK:
        return text
    return text[:_FALLBACK].rsplit(" ", 1)[0].rstrip()


def body(markup: str) -> str:
    """A body as stored: without controls, NFC, at most 1,000,000 characters; still markup, still not to be trusted."""
    return unicodedata.normalize("NFC", _JUNK_IN_BODY.sub("", markup[:BODY])).strip()


def link(text: str, base: str = "") -> str | None:
    """The absolute http(s) address with a host that ``text`` names, resolved against ``base``; else None."""
    text = text.strip()
    if not text or len(text) > LINK or _UNSAFE_IN_LINK.search(text):
        return None
    try:
        address = urljoin(base, text)
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        sound = sound and not _UNSAFE_IN_HOST.search(parts.netloc) and (parts.port is None or parts.port > 0)
    except ValueError:  # "http://[", port 99999
        return None
    if not sound:
        return None
    return _TO_QUOTE.sub(lambda char: quote(char[0]), parts.scheme + address[len(parts.scheme) :])


def language(tag: str) -> str | None:
    """``de-DE`` → ``de``; None for what is no ISO 639-1 code."""
    code = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
    return code if re.fullmatch("[a-z]{2}", code) else None


def categories(names: list[str]) -> tuple[str, ...]:
    """Without repetition, in order, at most 50."""
    return tuple(dict.fromkeys(name for raw in names[:200] if (name := title(raw)[:200])))[:50]
