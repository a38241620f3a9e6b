"""lemon24/reader before the same feeds, one by one, each in a child that is given a minute.

It has no guard to give routes to, so ``socket.getaddrinfo`` of its process leads the names to the loopback as
Retold's routes do; names of the resolver's attacks get the same answers in the same order. It fetches no pages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.reliability.attacks import Attack
from bench.reliability.watched import Watched, run

if TYPE_CHECKING:
    from bench.reliability.hostile import Setting

LIMIT_S = 60.0
RECEIVED_MB = 100  # from here on it is worth saying
ONCE = Path(__file__).with_name("reader_once.py")


@dataclass
class Read:
    """What reader made of one attack."""

    result: str  # its own words, or "hung"
    entries: int
    seconds: float
    mb: int  # memory at most
    private: bool  # it connected to the private service
    leaked: bool  # it read the secret file
    canary: bool  # it fetched the external DTD or entities
    received_mb: int = 0  # that the attack's hosts sent

    def said(self) -> str:
        """A cell of the table."""
        faults = [(self.private, "**connected to the private address**"), (self.leaked, "**read the file**"),
                  (self.canary, "**fetched the DTD**")]  # fmt: skip
        words = [self.result, *(word for holds, word in faults if holds)]
        took = f", {self.received_mb:,} MB received" if self.received_mb >= RECEIVED_MB else ""
        return f"{'; '.join(words)}; {self.seconds:.1f} s, {self.mb} MB{took}"

    def kept(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def column(setting: Setting, python: Path) -> dict[str, Read]:
    """What reader made of each attack that a feed makes, by key."""
    return dict(_read(setting, python))


def kept(path: Path) -> dict[str, Read]:
    """The column of an earlier run, from its JSON."""
    rows = json.loads(path.read_text("utf-8"))["rows"]
    return {row["key"]: Read(**row["reader"]) for row in rows if "reader" in row}


def _read(setting: Setting, python: Path) -> Iterator[tuple[str, Read]]:
    with setting.web:
        setting.open()
        plan = setting.plan()
        for attack in setting.attacks:
            if attack.kind == "feed":
                yield attack.key, _one(setting, python, plan, attack)


def _one(setting: Setting, python: Path, plan: Path, attack: Attack) -> Read:
    web = setting.web
    before = (web.private, web.hits["canary.test", "/x.dtd"] + web.hits["canary.test", "/x"])
    sent = sum(web.sent[host] for host in attack.hosts())
    db = setting.folder / f"reader-{attack.key}.db"
    env = dict(os.environ, REQUESTS_CA_BUNDLE=str(setting.bundle), PYTHONPATH="")
    args = [str(python), str(ONCE), str(plan), str(db), *attack.urls(web)]
    process = run(args, LIMIT_S, env, setting.folder)
    said = _last(process)
    fetched = web.hits["canary.test", "/x.dtd"] + web.hits["canary.test", "/x"]
    files = [file.read_bytes() for file in db.parent.glob(f"{db.name}*")]
    return Read(
        said.get("result", f"hung: killed after {LIMIT_S:g} s" if process.status is None else "died"),
        said.get("entries", 0),
        round(process.seconds, 1),
        round(process.peak / 1e6),
        web.private > before[0],
        any(setting.word.encode() in file for file in files),
        fetched > before[1],
        round((sum(web.sent[host] for host in attack.hosts()) - sent) / 1e6),
    )


def _last(process: Watched) -> dict[str, Any]:
    found = [line for line in process.said.splitlines() if line.startswith('{"result"')]
    return dict(json.loads(found[-1])) if found else {}
