"""OPML 2.0, the list of feeds that readers exchange: sources → a file, any file → its feeds. Pure.

Read by lxml, with what makes XML dangerous refused or off, and with its recovery on. listparser, the library for this,
gives title, address and folders of a feed, but neither its homepage nor its language nor attributes of a namespace.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from lxml import etree

from pipeline.config import Feed, Source
from pipeline.feeds import plain
from pipeline.feeds.intake import is_charset
from pipeline.graphfiles import xml_text
from pipeline.model import ConfigError

NAMESPACE = "urn:retold:opml"  # of what OPML has no word for
MAX_BYTES = 5_000_000
MAX_FEEDS = 10_000
NAME = 100  # characters of a title that are read
# Fields of a source under the names that config.yaml has for them, and as attributes of the namespace.
OWN = ("owner", "country", "role", "text_from", "spider", "interval", "slowest", "max_pages_per_run", "sitemaps")
_FIELD = {"interval": "interval_s", "slowest": "slowest_s"}

# -- out


def written(sources: Sequence[Source]) -> str:
    """The feeds of these sources as OPML: one outline a source, which holds those of its feeds where it has several."""
    root = ET.Element("opml", {"version": "2.0", "xmlns:retold": NAMESPACE})
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = "Retold"
    ET.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = ET.SubElement(root, "body")
    for source in sources:
        _source(body, source)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _source(body: ET.Element, source: Source) -> None:
    own = {f"retold:{name}": value for name, value in _own(source).items()}
    alone = len(source.feeds) == 1 and source.feeds[0].language is None
    if alone:
        ET.SubElement(body, "outline", {**_feed(source, source.feeds[0], source.name), **own})
        return
    named = {"text": xml_text(source.name), "title": xml_text(source.name), **_site(source)}
    group = ET.SubElement(body, "outline", {**named, "language": source.language, **own})
    for feed in source.feeds:
        address = feed.url.partition("://")[2].partition("/")[2].rstrip("/")
        ET.SubElement(group, "outline", _feed(source, feed, f"{source.name}: {address or feed.url}"))


def _feed(source: Source, feed: Feed, title: str) -> dict[str, str]:
    named = {"type": "rss", "text": xml_text(title), "title": xml_text(title), "xmlUrl": xml_text(feed.url)}
    return {**named, **_site(source), "language": feed.language or source.language}


def _site(source: Source) -> dict[str, str]:
    return {"htmlUrl": xml_text(source.homepage)} if source.homepage else {}


def _own(source: Source) -> dict[str, str]:
    """Its key, and of OWN what is not as it is by default."""
    told = {"key": source.key}
    for name in OWN:
        field_ = _FIELD.get(name, name)
        value = getattr(source, field_)
        if value != Source.model_fields[field_].default:
            told[name] = xml_text(" ".join(value) if isinstance(value, tuple) else str(value))
    return told


# -- in


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed as a list has it; texts are plain lines, addresses as they stand."""

    url: str
    title: str
    homepage: str = ""
    language: str = ""
    folder: str = ""  # title of the outline around it
    own: Mapping[str, str] = field(default_factory=dict)  # of the source, where a Retold wrote it: key, name and OWN


def read(data: bytes, name: str) -> tuple[list[Listed], bool]:
    """The feeds of an OPML file in its order, and whether all of it could be read.

    Read leniently: names of attributes in any case, any encoding, bare ampersands, elements that are not ended.
    Raises ConfigError where it is no OPML, larger than 5 MB, or declares entities; ``name`` stands for it there.
    """
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{name}: is larger than {MAX_BYTES // 1_000_000} MB")
    text = _tidy(_decoded(data))
    if re.search(r"<!ENTITY", text, re.I):
        raise ConfigError(f"{name}: declares entities, which no list of feeds needs; not read")
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        root = None
    feeds = list(_feeds_in(root)) if root is not None else []
    if root is None or not (feeds or _local(root.tag) == "opml"):
        found = f": it begins with <{plain.line(_local(root.tag), 40)}>" if root is not None else ""
        raise ConfigError(f"{name}: is no OPML{found}")
    return feeds[:MAX_FEEDS], not len(parser.error_log) and len(feeds) <= MAX_FEEDS


_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"),
         (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))  # fmt: skip
_BARE_WIDE = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")


def _decoded(data: bytes) -> str:
    """By its mark or as UTF-8, which is hardly ever taken for it by mistake; else as declared, else as Windows-1252."""
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, "replace")
    if wide := _BARE_WIDE.get(data.lstrip()[:2]):
        return data.decode(wide, "replace")
    declared = _DECLARED.match(data)
    named = declared[1].decode() if declared else ""
    for charset in (named, "utf-8") if data.isascii() else ("utf-8", named):
        try:
            if charset and is_charset(charset):
                return data.decode(charset)
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


_REFERENCE = re.compile(r"&(?:(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)|([A-Za-z]\w{1,30};))?")


_LONG = re.compile("<[^<]{1500,}")  # libxml2 takes quadratic time for the attributes of one element
MAX_ATTRIBUTES = 256


def _tidy(text: str) -> str:
    """What lxml's recovery would lose: HTML's entities as characters, bare ampersands as references. Without the
    declaration, whose encoding is done with."""
    text = re.sub(r"\A\s*<\?xml[^>]*>", "", xml_text(text))
    text = _LONG.sub(lambda m: m[0] if m[0].count("=") <= MAX_ATTRIBUTES else "<dropped/>", text)
    return _REFERENCE.sub(lambda m: m[0] if m[1] else _character(m[2]), text)


def _character(named: str | None) -> str:
    known = html.entities.html5.get(named or "")
    return html.escape(known) if known else f"&amp;{named or ''}"


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


def _feeds_in(root: etree._Element) -> Iterator[Listed]:
    for outline in root.iter():
        if _local(outline.tag) == "outline":
            said = _attributes(outline)
            url = said.get("xmlurl") or (said.get("url", "") if said.get("type", "").lower() in _FEED_TYPES else "")
            if url and not _commented(outline):
                yield _listed(outline, said, url)


_FEED_TYPES = ("rss", "atom", "feed", "json")


def _listed(outline: etree._Element, said: Mapping[str, str], url: str) -> Listed:
    around = outline.getparent()
    folder = _attributes(around) if around is not None and _local(around.tag) == "outline" else {}
    own = _told(outline, said) or (_told(around, folder) if around is not None else {})
    return Listed(
        url=url, title=_title(said), homepage=said.get("htmlurl", ""), folder=_title(folder),
        language=plain.language(said.get("language", "")) or "", own=own,
    )  # fmt: skip


def _attributes(element: etree._Element) -> dict[str, str]:
    """Attributes of no namespace by their name in small letters."""
    return {str(name).lower(): str(value).strip() for name, value in element.attrib.items() if "}" not in str(name)}


def _told(element: etree._Element, said: Mapping[str, str]) -> dict[str, str]:
    """What a Retold wrote of the source that this outline is; {} where it is none."""
    own = {name: value for name in ("key", *OWN) if (value := element.get(f"{{{NAMESPACE}}}{name}"))}
    if "key" not in own:
        return {}
    return {**own, "name": element.get("text") or "", "homepage": said.get("htmlurl", ""),
            "language": said.get("language", "")}  # fmt: skip


def _title(said: Mapping[str, str]) -> str:
    return plain.title(said.get("title") or "")[:NAME].strip() or plain.title(said.get("text") or "")[:NAME].strip()


def _commented(outline: etree._Element) -> bool:
    """Is it, or what it stands in, commented out (OPML 2.0, isComment)?"""
    return any(_attributes(e).get("iscomment", "").lower() == "true" for e in (outline, *outline.iterancestors()))
