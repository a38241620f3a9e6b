"""Stories as Atom (RFC 4287) and JSON Feed 1.1: one entry a story, with an id that never changes. Pure.

An entry is updated when its story grows or shrinks; its id is made of the database's own number and the story's, so
that it stays the same under another address, and a story that merged into another is reported as deleted (RFC 6721).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from uuid import UUID, uuid5

from lxml import etree
from lxml.builder import ElementMaker

from pipeline.phrases import clock, count, plain
from pipeline.store.rows import Row
from pipeline.store.syndication import Merged

ATOM, TOMBSTONES = "http://www.w3.org/2005/Atom", "http://purl.org/atompub/tombstones/1.0"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NEVER_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_E = ElementMaker(namespace=ATOM, nsmap={None: ATOM, "at": TOMBSTONES})
_AT = ElementMaker(namespace=TOMBSTONES, nsmap={"at": TOMBSTONES})


@dataclass(frozen=True)
class Channel:
    """What a feed says of itself: the database's ``uid``, the server's ``base`` address, its own ``path`` with query,
    the page that shows the same (``page``), a ``title``, and ``next`` where there is more."""

    uid: str
    base: str
    path: str
    page: str
    title: str
    next: str | None = None

    def id_of(self, what: str) -> str:
        """The id of an entry ("story/7") or of the feed itself (its path)."""
        return uuid5(UUID(self.uid), what).urn


@dataclass(frozen=True)
class Entry:
    """A story as an entry: its row of lists, its first articles in the order in which they appeared, and the ids that
    merged into it."""

    story: Row
    articles: Sequence[Row]
    merged: Sequence[Merged] = ()

    @property
    def path(self) -> str:
        """The story's page."""
        return f"/story/{self.story['story_id']}"

    @property
    def title(self) -> str:
        """Never empty: a reader would show nothing to click on."""
        return _text(plain(self.story["headline"])) or "(no title)"

    @property
    def language(self) -> str:
        """Of the title."""
        lead = self.story["lead_article_id"]
        return next((a["lang"] for a in self.articles if a["article_id"] == lead), "")


def summary(story: Row) -> str:
    """One line: ``16 articles by 15 outlets in de, en, nl; origin Der Spiegel; 1 independent origin``."""
    parts = [
        f"{count(story['articles'], 'article')} by {count(story['sources'], 'outlet')}"
        f" in {', '.join(story['languages'].split())}",
        f"origin {plain(story['origin'])}" if story["origin"] else "origin unknown",
        count(story["origins"], "independent origin"),
    ]
    return "; ".join(parts)


def content(entry: Entry) -> str:
    """The entry as a fragment of HTML: the summary, and the articles as links."""
    shown = "".join(f"<li>{_article(a)}</li>" for a in entry.articles)
    left = entry.story["articles"] - len(entry.articles)
    more = f"<p>and {count(left, 'more article')}</p>" if left > 0 else ""
    return f"<p>{escape(summary(entry.story))}</p><ol>{shown}</ol>{more}"


def _article(a: Row) -> str:
    says = f"{clock(a['appeared'])} UTC, {plain(a['outlet'])}, {a['lang']}: "
    title = escape(plain(a["title"]) or "(no title)")
    link = f'<a href="{escape(a["url"], quote=True)}" rel="noopener noreferrer">{title}</a>'
    part = ", ".join(x for x in ((a["role"] or "").replace("_", " "), _leaning(a)) if x)
    return f"{escape(says)}{link}{escape(f' ({part})' if part else '')}"


def _leaning(a: Row) -> str:
    return f"leans on {plain(a['leans_on_outlet'])}" if a["leans_on_outlet"] else ""


# -- Atom


def atom(channel: Channel, entries: Iterable[Entry], none_since: str) -> bytes:
    """The feed as a document of Atom; ``none_since``: what an empty one gives as its time of change (stored stamp)."""
    found = list(entries)
    changed = max((e.story["updated"] for e in found), default=none_since)
    root = _E.feed(
        _E.id(channel.id_of(channel.path)),
        _E.title(_text(channel.title)),
        _E.updated(changed),
        _E.author(_E.name("Retold")),
        _E.generator("Retold"),
        _link("self", channel.base + channel.path, "application/atom+xml"),
        _link("alternate", channel.base + channel.page, "text/html"),
    )
    if channel.next:
        root.append(_link("next", channel.base + channel.next, "application/atom+xml"))
    root.extend(_atom_entry(channel, e) for e in found)
    root.extend(_tombstone(channel, m) for e in found for m in e.merged)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _atom_entry(channel: Channel, e: Entry) -> Any:
    title = _E.title(_text(e.title))
    if e.language:
        title.set(LANG, e.language)
    made = _E.entry(
        _E.id(channel.id_of(e.path[1:])),
        title,
        _E.published(e.story["first"]),
        _E.updated(e.story["updated"]),
        _link("alternate", channel.base + e.path, "text/html"),
        _E.summary(_text(summary(e.story))),
        _E.content(_text(content(e)), type="html"),
    )
    made.extend(_E.category(term=lang, scheme="urn:iso:std:iso:639") for lang in e.story["languages"].split())
    if e.story["origin"]:
        made.append(_E.author(_E.name(_text(plain(e.story["origin"])))))
    return made


def _tombstone(channel: Channel, m: Merged) -> Any:
    note = _AT.comment(f"merged into story {m.into}")
    made = _AT("deleted-entry", note, ref=channel.id_of(f"story/{m.id}"), when=m.at)
    made.append(_link("related", f"{channel.base}/story/{m.into}", "text/html"))
    return made


def _link(rel: str, href: str, kind: str) -> Any:
    return _E.link(rel=rel, href=_text(href), type=kind)


def _text(text: str) -> str:
    """What XML 1.0 can hold of a text."""
    return _NEVER_XML.sub("\ufffd", text)


# -- JSON Feed


def json_feed(channel: Channel, entries: Iterable[Entry]) -> dict[str, Any]:
    """The feed as JSON Feed 1.1; the structured part of each item is its extension ``_retold``."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.base + channel.page,
        "feed_url": channel.base + channel.path,
        **({"next_url": channel.base + channel.next} if channel.next else {}),
        "items": [_item(channel, e) for e in entries],
    }


def _item(channel: Channel, e: Entry) -> dict[str, Any]:
    return {
        "id": channel.id_of(e.path[1:]),
        "url": channel.base + e.path,
        "title": e.title,
        **({"language": e.language} if e.language else {}),
        "summary": summary(e.story),
        "content_html": content(e),
        "date_published": e.story["first"],
        "date_modified": e.story["updated"],
        "tags": e.story["languages"].split(),
        "_retold": {
            **story(e.story),
            "api_url": f"{channel.base}/-/retold{e.path}.json",
            "articles": [article(a) for a in e.articles],
            "merged": [m.id for m in e.merged],
        },
    }


def story(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the API says of a story in a list."""
    return {
        "story_id": row["story_id"], "headline": row["headline"], "lead_article_id": row["lead_article_id"],
        "languages": row["languages"].split(), "outlets": row["outlets"],
        "counts": {k: row[k] for k in ("articles", "copy_groups", "sources", "owners", "wire_texts", "origins")},
        "origin": {
            "outlet": row["origin"], "source": row["origin_source"], "article_id": row["origin_article"],
            "confidence": row["confidence"],
        },
        **{k: row[k] for k in ("first", "newest", "first_published", "last_published", "first_seen", "last_seen",
                               "created", "updated")},
    }  # fmt: skip


_SHOWN = (
    "article_id", "copy_id", "source", "outlet", "owner", "country", "lang", "title", "url", "published", "first_seen",
    "appeared", "author", "agencies", "credit", "text_from", "version", "role", "root", "lag_s",
)  # fmt: skip


def article(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the API says of an article in its story."""
    leans = {
        "article_id": row["leans_on"], "outlet": row["leans_on_outlet"], "how": row["how"], "quote": row["quote"],
        "confidence": row["lean_confidence"],
    }  # fmt: skip
    walled = None if row["paywalled"] is None else bool(row["paywalled"])
    return {**{k: row[k] for k in _SHOWN}, "paywalled": walled, "leans_on": leans if row["leans_on_outlet"] else None}
