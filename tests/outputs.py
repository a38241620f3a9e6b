"""Every way out of a database: what each command prints, each page and file that is served, each table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from pipeline.store import exports
from pipeline.web.app import App
from tests import visits
from tests.conftest import call

# what stands in braces is a value of visits.FIND; those in BOTH print JSON, too
BOTH = (
    ("stories", "--all"), ("story", "{story}"), ("trace", "{leaning}"), ("cite", "{left}"), ("search", "{word}"),
    ("why", "{left}", "{right}"), ("why", "{story}"), ("history", "{edited}"), ("diff", "{edited}"),
    ("adds", "{leaning}"), ("outlets",), ("outlets", "--source", "{source}"), ("sources",), ("sources", "--failing"),
    ("corrections", "list", "--all"), ("alerts", "list"), ("alerts", "rules"), ("alerts", "send", "--dry-run"),
    ("check",),
)  # fmt: skip
PLAIN = (
    ("sources", "--boilerplate"), ("graph", "{story}", "--format", "dot"), ("graph", "{story}", "--format", "graphml"),
    ("graph", "{story}", "--format", "json", "--citations"), ("graph", "--what", "outlets", "--format", "dot"),
    ("corrections", "export", "-"), ("export", "opml", "-"),
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
