"""One run of Retold among hostile servers: what it says of each, what it costs, and whether the good ones suffer.

    python -m bench.reliability.hostile [--deadline S] [--good N] [--only KEY,…] [--reader PYTHON] [--doc FILE]

Each attack (`attacks.py`) has a source of its own beside well-behaved ones (bench/loopback.py), and all of them are
asked by one `retold run` as a process, with the configuration's defaults and ``max_seconds`` set to the deadline.
Measured: articles of the good sources, memory of the whole process tree, wall time, the reason code of each attack,
connections to a service on a private address, whether a file was read. ``--reader`` names a Python that has
lemon24/reader, which is then asked for the same feeds one by one (`beside.py`). Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import loopback
from bench.kept import keep
from bench.reliability import beside, report
from bench.reliability.attacks import Attack, attacks
from bench.reliability.certificates import certificate
from bench.reliability.payloads import Late
from bench.reliability.watched import Watched, run
from bench.reliability.wild import PUBLIC, Request, Script, Web
from bench.stages import machine

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results" / "reliability-hostile.json"
SECURE = "downgrade.test"
AFTER_S = 60  # that a run may take after its deadline before it is killed: it groups what it has


@dataclass
class Answer:
    """What became of one attack."""

    attack: Attack
    codes: Counter[str] = field(default_factory=Counter)  # of the fetches that it is about
    fed: Counter[str] = field(default_factory=Counter)  # of its feeds, where it is about pages
    seconds: float = 0.0  # the longest fetch
    received: int = 0  # bytes that its hosts sent

    @property
    def as_meant(self) -> bool:
        """Whether there was an answer, and each was one of those that are right."""
        return bool(self.codes) and set(self.codes) <= set(self.attack.codes)


@dataclass
class Outcome:
    """One run and all its answers."""

    process: Watched
    answers: list[Answer]
    good: dict[str, int]  # good source → articles with the text of their page
    entries: int  # of each good source
    deadline: float
    private: int = 0
    canary: int = 0  # requests for the external DTD and entities
    leaked: bool = False  # the secret file's words are in the database

    @property
    def starved(self) -> list[str]:
        """Good sources that lack an article."""
        return [name for name, articles in self.good.items() if articles < self.entries]


class Setting:
    """A web of attacks and good outlets, with what a process needs to find it."""

    def __init__(self, folder: Path, good: int, entries: int, only: Sequence[str] = ()) -> None:
        self.folder, self.only = folder, only
        self.outlets = loopback.made(good, entries)
        self.secret = folder / "secret.txt"
        self.word = secrets.token_hex(12)
        self.secret.write_text(f"The word is {self.word}.\n")
        context, self.bundle = certificate(folder, SECURE)
        self.web = Web({}, context)
        self.attacks: list[Attack] = []

    def open(self) -> None:
        """Fill the web, once its ports are known."""
        every = attacks(self.web.port, str(self.secret))
        self.attacks = [one for one in every if not self.only or one.key in self.only]
        scripts: dict[tuple[str, str], Script] = {
            (self.host(n), "*"): self._outlet for n in range(self.outlets.outlets)
        }
        self.web.scripts = scripts | {at: script for one in self.attacks for at, script in one.by_address()}
        for script in self.web.scripts.values():
            if isinstance(script, Late):
                script.prepare()

    @staticmethod
    def host(number: int) -> str:
        """A good outlet's name."""
        return loopback.host(number)

    async def _outlet(self, asked: Request) -> Any:
        yield loopback.answer(self.outlets, asked.head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    def plan(self) -> Path:
        """The file that tells where names lead."""
        led = [one for one in self.attacks if not one.ported]
        hosts = {self.host(n) for n in range(self.outlets.outlets)} | {"canary.test", "plain.test"}
        routes = dict.fromkeys(hosts.union(*(one.hosts() for one in led)), (PUBLIC, self.web.port))
        routes[SECURE] = (PUBLIC, self.web.tls_port)
        answers = {one.host: one.answers for one in self.attacks if one.ported}
        path = self.folder / "plan.json"
        path.write_text(json.dumps({"routes": routes, "answers": answers, "public": PUBLIC}))
        return path

    def config(self, deadline: float) -> Path:
        """A configuration that follows everybody, with the defaults' manners."""
        followed = {f"good{n}": [f"http://{self.host(n)}/feed"] for n in range(self.outlets.outlets)}
        hostile = {one.key: one.urls(self.web) for one in self.attacks}
        mixed = [*hostile.items(), *followed.items()]  # the good ones last: they wait behind the others
        sources = {
            key: {"name": key, "owner": key, "country": "XX", "language": "en", "role": "publisher", "feeds": feeds}
            for key, feeds in mixed
        }
        http = {"user_agent": "RetoldBench/0.1 (+https://retold.example/about)", "max_seconds": int(deadline),
                "workers": 2, "ports": [80, 443, self.web.port]}  # fmt: skip
        path = self.folder / "config.yaml"
        path.write_text(json.dumps({"http": http, "sources": sources}))
        return path


def ask(setting: Setting, deadline: float) -> Outcome:
    """One `retold run` over the whole setting."""
    db = setting.folder / "stories.db"
    with setting.web as web:
        setting.open()
        args = [sys.executable, "-m", "bench.reliability.routed", str(setting.plan()), "run", "--db", str(db)]
        args += ["--config", str(setting.config(deadline)), "--json"]
        env = dict(os.environ, SSL_CERT_FILE=str(setting.bundle))
        process = run(args, deadline + AFTER_S, env, ROOT)
        canary = sum(n for (host, _), n in web.hits.items() if host == "canary.test")
        private, sent = web.private, Counter(web.sent)
    with closing(sqlite3.connect(db)) as rows:
        answers = list(answered(rows, setting.attacks, sent))
        good = had(rows, setting)
    return Outcome(process, answers, good, setting.outlets.entries, deadline, private, canary, leaked(setting, db))


def answered(db: sqlite3.Connection, asked: Sequence[Attack], sent: Counter[str]) -> Iterator[Answer]:
    """What the database says of each attack."""
    found: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for source, kind, code, seconds in db.execute("SELECT source, kind, code, seconds FROM fetches"):
        found[source].append((kind, code, seconds or 0.0))
    for one in asked:
        rows = found[one.key]
        yield Answer(
            one,
            Counter(code for kind, code, _ in rows if kind == one.kind),
            Counter(code for kind, code, _ in rows if kind != one.kind),
            max((seconds for *_, seconds in rows), default=0.0),
            sum(sent[host] for host in one.hosts()),
        )


def had(db: sqlite3.Connection, setting: Setting) -> dict[str, int]:
    """Articles of each good source that have their page's text."""
    counted = dict(db.execute("SELECT source, count(*) FROM articles WHERE text_from = 'page' GROUP BY source"))
    return {f"good{n}": counted.get(f"good{n}", 0) for n in range(setting.outlets.outlets)}


def leaked(setting: Setting, db: Path) -> bool:
    """Whether the secret file's word came into the database."""
    return any(setting.word.encode() in file.read_bytes() for file in db.parent.glob(f"{db.name}*") if file.is_file())


def command(asked: argparse.Namespace) -> str:
    """What was run, without this machine's paths."""
    only = f" --only {','.join(asked.only)}" if asked.only else ""
    peer = " --reader PYTHON" if asked.reader or asked.read else ""
    said = f"--deadline {asked.deadline:g} --good {asked.good} --entries {asked.entries}{only}{peer}"
    return f"python -m bench.reliability.hostile {said}"


def versions() -> dict[str, str]:
    """Of what reads strangers' bytes."""
    return {name: version(name) for name in ("Scrapy", "Twisted", "feedparser", "lxml", "trafilatura", "Brotli")}


def main() -> None:
    """Serve, run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deadline", type=float, default=300, help="the run's max_seconds (default 300)")
    parser.add_argument("--good", type=int, default=20, help="well-behaved sources (default 20)")
    parser.add_argument("--entries", type=int, default=10, help="articles of each (default 10)")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="attacks, by key")
    parser.add_argument("--reader", type=Path, help="a Python that has lemon24/reader")
    parser.add_argument("--read", type=Path, help="take reader's column from the JSON of an earlier run")
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--doc", type=Path, help="a Markdown file with marks, for the table")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="retold-hostile-") as made:
        setting = Setting(Path(made), asked.good, asked.entries, asked.only)
        outcome = ask(setting, asked.deadline)
        print("\n".join(report.lines(outcome)), flush=True)
        read = beside.kept(asked.read) if asked.read else {}
        if asked.reader:
            read = beside.column(setting, asked.reader)
    kept = report.kept(outcome, read)
    keep(asked.json, machine(), kept.pop("attacks"), command=command(asked), versions=versions(), **kept)
    if asked.doc:
        report.write(asked.doc, outcome, read)


if __name__ == "__main__":
    main()
