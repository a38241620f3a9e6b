"""Every way out of a database: what each command prints, each page and file that is served, each table."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import feedparser
from lxml import etree, html

from pipeline.store import exports
from pipeline.web.app import App
from tests import visits
from tests.conftest import MARKS, call, command

# what stands in braces is a value of visits.FIND; those in BOTH print JSON, too
BOTH = (
    ("stories", "--all"), ("story", "{story}"), ("trace", "{leaning}"), ("cite", "{left}"), ("search", "{word}"),
    ("why", "{left}", "{right}"), ("why", "{story}"), ("history", "{edited}"), ("diff", "{edited}"),
    ("adds", "{leaning}"), ("outlets",), ("outlets", "--source", "{source}"), ("sources",), ("sources", "--failing"),
    ("corrections", "list", "--all"), ("alerts", "list"), ("alerts", "rules"), ("alerts", "send", "--dry-run"),
    ("check",), ("runs",), ("runs", "1"), ("status",),
)  # fmt: skip
PLAIN = (
    ("sources", "--boilerplate"), ("graph", "{story}", "--format", "dot"), ("graph", "{story}", "--format", "graphml"),
    ("graph", "{story}", "--format", "json", "--citations"), ("graph", "--what", "outlets", "--format", "dot"),
    ("corrections", "export", "-"), ("export", "opml", "-"), ("status", "--prometheus", "-"),
)  # fmt: skip
CONFIGURED = {"cite", "why", "adds", "check"}  # they, and some of `alerts` and `export`, take a configuration


def commands(path: Path, config: Path, word: str = "the") -> Iterator[tuple[str, ...]]:
    """The arguments of every command that asks."""
    found = {name: str(value) for name, value in visits.numbers(path).items()} | {"word": word}
    tables = [("export", what, "-", "--format", form) for what in exports.TABLES for form in ("csv", "jsonl")]
    for line in (*BOTH, *((*line, "--json") for line in BOTH), *PLAIN, *tables):
        args = tuple(part.format_map(found) for part in line)
        takes = args[0] in CONFIGURED or args[:2] in {("alerts", "rules"), ("alerts", "send"), ("export", "opml")}
        yield (
            *args,
            *(("--config", str(config)) if takes else ()),
            *(() if args[0] == "check" else ("--db", str(path))),
        )


def printed(path: Path, config: Path, word: str = "the", **env: str) -> Iterator[tuple[str, str, str]]:
    """(command, stdout, stderr) of every command that asks."""
    for args in commands(path, config, word):
        result = call(*args, **env)
        assert result.exit_code in (0, 1), (args, result.output)
        yield " ".join(args), result.stdout, result.stderr


def served(app: App, path: Path) -> Iterator[tuple[str, str, str]]:
    """(address, kind, text) of every page and file."""
    for address in (visits.addresses(path) | visits.addresses(path, visits.FILES)).values():
        answer = asyncio.run(app.client.get(address))
        assert answer.status_code == 200, (address, answer.text[:300])
        yield address, answer.headers["content-type"].partition(";")[0], answer.text


# -- what is wrong with an output: "" where nothing is

MARKUP = re.compile(r"on\w+|style|srcdoc|formaction|http-equiv|background|ping")
NEVER = {"iframe", "frame", "object", "embed", "base", "applet", "math", "foreignobject", "animate", "marquee"}
QUOTED = re.compile(r'(?:[^"\\<]|"(?:[^"\\\n]|\\.)*")*')  # DOT: strings, and between them neither backslash nor HTML
FORMULA = re.compile(r"[\s\x00-\x20\xa0\u200b-\u200f\ufeff]*[=+\-@]")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
SGR = re.compile(r"\x1b\[[0-9;]*m")  # colours: the only sequence that is ours


def fault(said: str, text: str) -> str:
    """What is wrong with what a command printed."""
    words = said.split()
    form = words[words.index("--format") + 1] if "--format" in words else ""
    if words[0] == "export" or form in ("dot", "graphml"):
        return FILES[form or "opml"](text)
    shown = text.replace("\n", "")
    if MARKS.search(shown):
        return f"acts on a terminal: {MARKS.search(shown)}"
    if "--json" in words or form == "json":
        json.loads(text)
    return "" if not text or text.endswith("\n") else "ends within a line"


def _csv(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len({len(row) for row in rows}) > 1:
        return "rows of different lengths"
    cells = [c for row in rows for c in row if not NUMBER.fullmatch(c)]
    return next((f"a formula: {cell[:60]!r}" for cell in cells if FORMULA.match(cell)), "")


def _jsonl(text: str) -> str:
    return "" if all(isinstance(json.loads(line), dict) for line in text.split("\n") if line) else "no object"


def _xml(text: str) -> str:
    return "" if etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False)) is not None else "empty"


def _dot(text: str) -> str:
    return "" if QUOTED.fullmatch(text) else "a label breaks out of its quotes"


FILES = {"csv": _csv, "jsonl": _jsonl, "opml": _xml, "graphml": _xml, "dot": _dot}


def page_fault(kind: str, text: str) -> str:
    """What is wrong with what was served."""
    if kind == "text/html":
        return next(_html(text), "")
    if kind.endswith("json"):
        json.loads(text)
    elif kind == "application/atom+xml":
        return f"{feed.bozo_exception}" if (feed := feedparser.parse(text.encode())).bozo else next(_entries(feed), "")
    elif kind.endswith("xml"):
        return _xml(text)
    elif kind == "text/csv":
        return "" if list(csv.reader(io.StringIO(text, newline=""), strict=True)) else "empty"
    return ""


def _html(text: str) -> Iterator[str]:
    tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for element in tree.iter(etree.Element):
        ours = element.get("type") == "application/json" or element.get("src", "").startswith("/-/")
        if element.tag in NEVER or (element.tag == "script" and not ours):
            yield f"<{element.tag}>: {etree.tostring(element)[:200]!r}"
        for name, value in element.items():
            address = re.sub(r"[\x00-\x20]", "", value).lower()
            script = name in ("href", "src", "action") and address.startswith(("javascript:", "data:", "vbscript:"))
            if MARKUP.fullmatch(name) or script:
                yield f"<{element.tag} {name}={value[:80]!r}>"


def _entries(feed: Any) -> Iterator[str]:
    for entry in feed.entries:
        for link in entry.get("links", []):
            if not link.get("href", "").startswith(("http://", "https://")):
                yield f"a link to {link.get('href')!r}"


def on_terminal(*args: str) -> str:
    """What `retold ARGS` prints in a terminal of 100 columns."""
    main, sub = pty.openpty()
    env = {"TERM": "xterm-256color", "COLUMNS": "100", "PATH": os.defpath}
    with subprocess.Popen(command(*args), stdin=sub, stdout=sub, stderr=sub, env=env, close_fds=True) as running:
        os.close(sub)
        said = b""
        with suppress(OSError):  # Linux: the other end is closed
            while chunk := os.read(main, 65_536):
                said += chunk
        running.wait(60)
    os.close(main)
    return said.decode("utf-8")
