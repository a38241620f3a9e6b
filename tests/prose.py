"""The pages that tell: what they show, run and compared with what really comes. Used by tests/test_prose.py."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.alertrules import AlertRule
from pipeline.alerts.engine import alert
from pipeline.store.connect import open_write
from tests.conftest import ROOT, Demo, call, command

AFTER = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)  # the night after the news days
DRONES = {"words": "kamikaze*", "cites": "Der Spiegel", "command": ["true"]}


def lived_in(demo: Path, folder: Path) -> Path:
    """A copy of the demo with a correction that was taken back and an alert that was sent."""
    path = folder / "lived-in.db"
    shutil.copyfile(demo, path)
    found = json.loads(call("search", "Grachtenkrant OR Europa", "houdt", "de", "adem", "--db", path, "--json").stdout)
    story, article = found[0]["story_id"], found[0]["article_id"]
    for args in ((story, f"a{article}", "--note", "an analysis"), ("--undo",)):
        done = call("split", *args, "--by", "ada", "--db", path, "--config", ROOT / "config.yaml")
        assert done.exit_code == 0, done.output
    db = open_write(path)
    assert alert(db, {"drones": AlertRule.model_validate(DRONES)}, None, AFTER).sent
    db.close()
    return path


# -- a page's console


class Step(NamedTuple):
    """A command of a page, and the lines that the page shows below it."""

    command: str
    shown: list[str]


def steps(page: str) -> Iterator[Step]:
    """The commands of a page's console blocks, in their order."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            yield Step(command, shown)


NUMBERS = (
    (re.compile(r"#\d+\b"), "#0"),
    (re.compile(r"\b(story|stories|correction) \d+(, \d+)*"), r"\1 0"),
    (re.compile(r"^ *\d+ (?= )"), "0 "),
    (re.compile(r"\s+"), " "),
)


def levelled(line: str) -> str:
    """A line without what differs from run to run: numbers of articles and stories, and the width of columns."""
    for pattern, instead in NUMBERS:
        line = pattern.sub(instead, line)
    return line.strip()


def differs(shown: list[str], printed: str) -> str | None:
    """The first shown line that was not printed in its turn; `…` stands for lines, or for the rest of one."""
    lines = [levelled(line) for line in printed.rstrip("\n").split("\n")] if printed else []
    at, free = 0, False
    for line in shown:
        if line == "…":
            free = True
            continue
        wanted = re.compile(".*".join(re.escape(levelled(part)) if part else "" for part in levelled(line).split("…")))
        met = [n for n in range(at, len(lines) if free else min(at + 1, len(lines))) if wanted.fullmatch(lines[n])]
        if not met:
            return f"{line!r} is not there; next was {lines[at : at + 3]}"
        at, free = met[0] + 1, False
    return None if free or at == len(lines) else f"printed beyond: {lines[at:][:3]}"


class Reader:
    """Types a page's commands, with the numbers of the database at hand where the page has its own."""

    def __init__(self, page: str, folder: Path):
        self.page, self.folder = page, folder
        self.named: dict[str, str] = {}
        self.printed = ""

    def type(self, typed: str) -> str:
        """What a command prints, after doing what the page says is done with it."""
        if re.match(r"[A-Z]+=\d+", typed):
            self._name(typed)
            return ""
        self.printed = self.run(typed)
        if typed == "retold init":
            self._edit(self.folder / "config.yaml")
        return self.printed

    def run(self, typed: str) -> str:
        raise NotImplementedError

    def _name(self, typed: str) -> None:
        """`STORY=6 SPIEGEL=52`: a reader's own numbers, from what was printed last."""
        for name in re.findall(r"([A-Z]+)=\d+", typed):
            found = re.search(r"story (\d+)" if name == "STORY" else r"#(\d+)", self.printed)
            assert found, f"no number for {name} in what was printed last"
            self.named[name] = found[1]

    def _edit(self, file: Path) -> None:
        """Add to a configuration what the page says must be added."""
        added = re.findall(r"^```yaml\n(.*?)^```$", self.page, re.M | re.S)
        file.write_text("\n".join([file.read_text("utf-8"), *added]), encoding="utf-8")


class Shell(Reader):
    """In a shell, each command in processes of its own; a program that is not here is passed over."""

    def run(self, typed: str) -> str:
        (self.folder / "bin").mkdir(exist_ok=True)
        script = self.folder / "bin" / "retold"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n', encoding="utf-8")
        script.chmod(0o700)
        env = {"PATH": f"{script.parent}:{os.environ['PATH']}", "COLUMNS": "110", "RETOLD_DB": "demo.db"} | self.named
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", typed],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=110,
        )
        assert done.returncode == 0, f"{typed}: {done.stderr}"
        return done.stdout


class Quick(Reader):
    """In this process, on a demo that is there already."""

    def __init__(self, page: str, folder: Path, demo: Demo):
        super().__init__(page, folder)
        self.demo = demo
        self.env: dict[str, str] = {}

    def run(self, typed: str) -> str:
        filled = re.sub(r"\$([A-Z]+)", lambda found: self.named[found[1]], typed)
        first, *rest = shlex.split(filled)
        if first == "export":
            self.env |= dict([rest[0].split("=")])
            return ""
        return self._sqlite(*rest) if first == "sqlite3" else self._retold(filled)

    def _retold(self, filled: str) -> str:
        asked, _, into = filled.partition(" | ")
        args = shlex.split(asked)[1:]
        if args[0] == "demo":
            shutil.copyfile(self.demo.path, self.folder / "demo.db")
            return self.demo.ended.stdout
        done = call(*args, **self.env)
        assert done.exit_code == 0, f"{filled}: {done.output}"
        return self._drawn(done.stdout, into) if into else done.output

    def _drawn(self, graph: str, into: str) -> str:
        assert into == "dot -Tsvg > drones.svg" and graph.startswith("digraph"), into
        (self.folder / "drones.svg").write_text(graph, encoding="utf-8")  # Graphviz need not be here
        return ""

    def _sqlite(self, file: str, sql: str) -> str:
        with closing(sqlite3.connect(self.folder / file)) as db:
            return "\n".join("|".join(map(str, row)) for row in db.execute(sql))
