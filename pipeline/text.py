"""Pure helpers for text: cleaning, HTML fragment to paragraphs, one-line display, content hash.

No words are counted or cut into shingles here: that is the business of the signatures.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

from lxml import etree

__all__ = ["BREAKS", "NEVER_TEXT", "clean", "content_hash", "one_line", "paragraphs", "plain", "tree"]

# Invisible characters that two copies of one text differ by (Unicode 15, chapters 23.1 to 23.8).
_INVISIBLE = (
    "\u00ad"  # soft hyphen
    "\u034f"  # combining grapheme joiner
    "\u061c"  # Arabic letter mark
    "\u180e"  # Mongolian vowel separator
    "\u200b\u200c\u200d\u200e\u200f"  # zero-width space and joiners, direction marks
    "\u202a\u202b\u202c\u202d\u202e"  # bidi embeddings and overrides
    "\u2060\u2061\u2062\u2063\u2064"  # word joiner, invisible operators
    "\u2066\u2067\u2068\u2069"  # bidi isolates
    "\u206a\u206b\u206c\u206d\u206e\u206f"  # deprecated formatting
    "\ufeff\ufff9\ufffa\ufffb\ufffe\uffff"  # byte order mark, annotations, noncharacters
)
_SPACES = {ord("\r"): "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n", **dict.fromkeys(map(ord, "\t\v\f"), " ")}
_CONTROLS = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if c != 0x0A}
_STRIP: dict[int, str | None] = {**_CONTROLS, **dict.fromkeys(map(ord, _INVISIBLE)), **_SPACES}
_SURROGATES = re.compile("[\ud800-\udfff]")

# What separates words or paragraphs in rendered HTML (WHATWG HTML, section 15.3).
_BLOCKS = """
address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer
form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody
tfoot thead tr ul
"""
_INLINE_BLOCKS = "button option select td th"
BREAKS = {**dict.fromkeys(_BLOCKS.split(), "\n"), **dict.fromkeys(_INLINE_BLOCKS.split(), " ")}
_EMBEDDED = """
applet audio canvas frame frameset head iframe math noembed noframes noscript object script style svg
template title textarea video
"""
NEVER_TEXT = frozenset(_EMBEDDED.split())  # not embed: it is empty, but libxml2 puts all that follows into it
_TAG = re.compile(r"<[^<>]*>")
# libxml2 compares every attribute with every earlier one: 50,000 on one element take 3 s.
_HUGE_TAG = re.compile(r"<[^<>]{20000,}>")


def clean(s: str) -> str:
    """Text as it is compared and shown: NFC, no control, zero-width, bidi or soft-hyphen characters.

    Every kind of blank becomes one space, every run of line breaks one newline; idempotent.
    """
    s = unicodedata.normalize("NFC", _SURROGATES.sub("", s.translate(_STRIP)))
    return "\n".join(line for raw in s.split("\n") if (line := " ".join(raw.split())))


def paragraphs(text: str) -> list[str]:
    """The non-empty lines of a text, stripped."""
    return [line for raw in text.split("\n") if (line := raw.strip())]


def one_line(s: str, limit: int) -> str:
    """Cleaned text on a single line of at most ``limit`` characters, cut at a word with an ellipsis."""
    line = clean(s).replace("\n", " ")
    if len(line) <= limit:
        return line
    head = line[: max(limit - 1, 0)]
    at_word = head.rsplit(" ", 1)[0] if line[len(head)] != " " else head
    # One endless word would be cut away altogether: cut inside it instead.
    return (at_word if 2 * len(at_word) >= limit else head).rstrip() + "…" if limit > 0 else ""


def content_hash(title: str, text: str) -> str:
    """Hex BLAKE2b-128 of title and text: equal for exact duplicates only."""
    both = f"{title}\n\n{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(both, digest_size=16).hexdigest()


def plain(fragment: str) -> str:
    """HTML fragment (or plain text) to cleaned paragraphs separated by newlines.

    Scripts, styles and embedded objects are dropped. Linear in the input, whatever the nesting:
    where libxml2 gives up on depth, the tags are cut out instead.
    """
    if "<" not in fragment:
        return clean(html.unescape(_SURROGATES.sub("", fragment)))
    root = tree(fragment)
    return clean(html.unescape(_TAG.sub(" ", _safe(fragment)))) if root is None else clean("".join(_pieces(root)))


def tree(fragment: str) -> etree._Element | None:
    """The tree of an HTML fragment, None where libxml2 gives up on it."""
    source = _safe(fragment)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<html><body>{source}</body></html>".encode(), parser)
    except etree.LxmlError:
        return None
    last = parser.error_log.last_error
    return None if last is not None and last.type_name == "ERR_RESOURCE_LIMIT" else root


def _safe(fragment: str) -> str:
    return _HUGE_TAG.sub(" ", _SURROGATES.sub("", fragment).replace("\0", ""))


def _pieces(root: etree._Element) -> list[str]:
    """Text nodes in reading order with a break where a block begins or ends; never recursive."""
    out: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        out.append(BREAKS.get(tag, ""))
        if event == "end":
            out.append((element.tail or "").replace("\n", " "))
        elif tag in NEVER_TEXT:
            walk.skip_subtree()
        else:
            out.append((element.text or "").replace("\n", " "))
    return out
