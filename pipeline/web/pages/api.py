"""The stable endpoints: feeds of stories, a story as JSON, and the schemas of both (docs/api.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pipeline import phrases
from pipeline.asked import Order
from pipeline.store import asking, reads, syndication
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.web import asking as parameters
from pipeline.web import feeds
from pipeline.web.answers import Answer, Ask, NotThereError, Raw, Redirect

SCHEMAS = Path(__file__).parents[2] / "data" / "schema"
ATOM, FEED_JSON, JSON, SCHEMA = (
    "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8", "application/json; charset=utf-8",
    "application/schema+json; charset=utf-8",
)  # fmt: skip
LIMIT, MOST, DEEPEST = 50, 200, 1_000  # entries of a feed; how many pages deep
NEVER = "1970-01-01T00:00:00Z"  # when an empty database changed last


def stories_atom(db: Connection, ask: Ask) -> Answer:
    """The stories asked for as Atom."""
    channel, entries = _read(db, ask)
    newest = asking.newest(db)
    return Raw(feeds.atom(channel, entries, f"{newest:%Y-%m-%dT%H:%M:%SZ}" if newest else NEVER), ATOM)


def stories_json(db: Connection, ask: Ask) -> Answer:
    """The stories asked for as JSON Feed."""
    channel, entries = _read(db, ask)
    return _json(feeds.json_feed(channel, entries), FEED_JSON)


def _read(db: Connection, ask: Ask) -> tuple[feeds.Channel, list[feeds.Entry]]:
    asked = parameters.asked(ask, order=Order.NEWEST, sources=reads.source_keys(db))
    limit = ask.number("limit", LIMIT, 1, MOST)
    page = ask.number("page", 1, 1, DEEPEST)
    found = asking.stories(db, asked, ask.now, limit=limit + 1, offset=(page - 1) * limit)
    shown = [row["story_id"] for row in found[:limit]]
    articles, merged = syndication.articles(db, shown), syndication.merged_into(db, shown)
    entries = [feeds.Entry(r, articles[r["story_id"]], merged.get(r["story_id"], ())) for r in found[:limit]]
    return _channel(db, ask, page if len(found) > limit and page < DEEPEST else 0), entries


def _channel(db: Connection, ask: Ask, page: int) -> feeds.Channel:
    """``page``: the one that has another behind it, else 0."""
    kept = parameters.kept(ask)
    here = {k: v for k in ("limit", "page") if (v := ask.text(k))}
    beyond = _address(ask.path, kept | here | {"page": str(page + 1)}) if page else None
    return feeds.Channel(
        uid=syndication.uid(db), base=ask.base, path=_address(ask.path, kept | here), page=_address("/", kept),
        title=title(kept), next=beyond,
    )  # fmt: skip


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(sorted(query.items()))}" if query else path


_SAYS = (
    ("q", "matching {}"), ("lang", "told in {}"), ("source", "told by {}"), ("origin", "of which {} is the origin"),
    ("cites", "that cite {}"), ("min_origins", "of {} independent origins or more"),
    ("min_articles", "of {} articles or more"), ("since", "since {}"), ("until", "until {}"),
)  # fmt: skip


def title(kept: Mapping[str, str]) -> str:
    """What a feed is called: ``Retold: stories that cite Der Spiegel, told in nl``."""
    said = [words.format(phrases.plain(kept[name])) for name, words in _SAYS if name in kept]
    return f"Retold: stories {', '.join(said)}" if said else "Retold: stories"


def story_json(db: Connection, ask: Ask) -> Answer:
    """One story; a merged id leads to what it is now."""
    asked = ask.id()
    target = reads.resolve(db, asked)
    if target is None:
        raise NotThereError(f"There is no story {asked}.")
    if target != asked:
        return Redirect(f"/-/retold/story/{target}.json", 308)
    found = syndication.story(db, target)
    if found is None:
        raise NotThereError(f"Story {asked} is being worked out; the next run lists it.")
    return _json(_whole(found, ask.base), JSON)


def _whole(found: Row, base: str) -> dict[str, Any]:
    told = feeds.story(found)
    recalled = [{**r, "media": bool(r["media"]), "earlier": bool(r["earlier"])} for r in found["recalled"]]
    return {
        **told,
        "url": f"{base}/story/{found['story_id']}",
        "origin": {**told["origin"], "reasons": found["reasons"]},
        "articles": [feeds.article(m) for m in found["members"]],
        "relays": found["relays"],
        "recalled": recalled,
        "edges": found["edges"],
        "edges_left_out": found["edges_left_out"],
        "merged": found["merged"],
        "waiting": found["untraced"],
    }


def schema(db: Connection, ask: Ask) -> Answer:
    """The JSON Schema of an endpoint."""
    return Raw((SCHEMAS / f"{ask.vars['name']}.json").read_bytes(), SCHEMA)


def elsewhere(db: Connection, ask: Ask) -> Answer:
    """``/story/7.json`` for those who add an ending to a page's address."""
    return Redirect(f"/-/retold/story/{ask.id()}.json", 308)


def _json(value: object, kind: str) -> Raw:
    text = json.dumps(value, ensure_ascii=False, default=str)  # on one line: by C, and a third shorter
    return Raw(phrases.escaped(text, "\\u{:04x}"), kind)
