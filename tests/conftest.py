"""Fixtures that several test modules share."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

from pipeline import urls
from pipeline.absorb import absorb
from pipeline.cli import main
from pipeline.config import Config, loads
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason, TextFrom, Validators
from pipeline.signatures import paragraph_hashes, recipe, title_hash
from pipeline.store import articles as store_articles
from pipeline.store import collecting, runs
from pipeline.store.connect import open_read, open_write
from pipeline.text import content_hash
from pipeline.verdict import VERDICT

pytest_plugins = ["tests.cases.plugin"]

MARKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")  # never to be printed
ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

settings.register_profile("retold", deadline=None)  # a busy machine is no fault
settings.load_profile("retold")

Retold = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def retold() -> Retold:
    """`retold ARGS` in a process of its own, with an empty environment."""

    def call(*args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command(*args), cwd=cwd or "/", env=env, capture_output=True, text=True, timeout=110)

    return call


def command(*args: str) -> list[str]:
    """What starts `retold ARGS` from this checkout, wherever we are."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pipeline.cli import main; main(prog_name='retold')"
    return [sys.executable, "-c", start, *args]


def call(*args: object, **env: str) -> Result:
    """`retold ARGS` in this process."""
    return CliRunner(env={"COLUMNS": "110", **env}).invoke(main, [str(a) for a in args], prog_name="retold")


# -- a small database, filled by the functions that a run uses

CONFIG = """
sources:
  kueste:
    {name: Küstenblatt, owner: Kogge Verlag, country: DE, language: de, role: publisher,
     homepage: "https://kueste.example/", feeds: ["https://kueste.example/feed"]}
  courier:
    {name: The Courier, owner: Courier Trust, country: GB, language: en, role: publisher,
     homepage: "https://courier.example/", feeds: ["https://courier.example/feed"]}
  spoof:
    {name: "Spoof [bold]", owner: Spoof, country: GB, language: en, role: publisher,
     homepage: "https://spoof.example/", feeds: ["https://spoof.example/feed"]}
  gone:
    {name: Gone, owner: Gone, country: GB, language: en, role: publisher,
     homepage: "https://gone.example/", feeds: ["https://gone.example/feed"]}
stories: {link: 0.38}  # low enough for one page with two reports to chain them: stories that merge and redirect
"""

FRAME = "Read the Courier every morning before breakfast"
FERRY_DE = (
    "Die Fähre Nordwind ist am Mittag gegen die Kaimauer von Büsum gefahren.\nZwölf Menschen wurden verletzt, sagte"
    " Kapitän Harms.\nDie Reederei Wattlinie beziffert den Schaden auf 400.000 Euro und"
    " stellt den Betrieb bis Freitag ein."
)
FERRY_EN = (
    "Twelve people were injured when the ferry Nordwind hit the quay wall in Büsum at noon.\nCaptain Harms said the"
    " engines had not obeyed.\nOperator Wattlinie puts the damage at 400,000 euros and"
    " suspends its service until Friday."
)
MAYOR = (
    "Ellen Prowse gave up her office as mayor of Tarnwick on Thursday evening.\nAuditors had found fourteen forged bids"
    " for the bridge over the Ouse, which was to cost 31 million pounds."
)
OWL = "A snowy owl has moved into the belfry of Saint Oswin and refuses to leave before the spring, the verger says."
BELL = "The founders of Aldbrough cast a bell of nine hundred kilos on Monday, the first in the county for sixty years."
EVIL = "\x1b]0;owned\x07\x1b[31mRed\x1b[0m [bold]marked[/bold]\r\nforged line \u202etxet\u200b :smile:"


def piece(source: str, slug: str, title: str, text: str, lang: str, hours: float, **more: object) -> Article:
    """An article as pipeline.articles makes it; ``hours`` before NOW."""
    url = f"https://{source}.example/{slug}"
    return Article(
        source=source, url=url, key=urls.key(url), title=title, text=text, lang=lang,
        published=NOW - timedelta(hours=hours), content_hash=content_hash(title, text), **more,  # type: ignore[arg-type]
    )  # fmt: skip


FIRST = (
    piece(
        "kueste", "faehre", "Fähre Nordwind rammt Kaimauer in Büsum", FERRY_DE, "de", 9, agencies=("dpa",), credit="dpa"
    ),
    piece("courier", "ferry", "Ferry Nordwind hits quay wall in Büsum", f"{FERRY_EN}\n{FRAME}", "en", 8),
    piece("spoof", "ferry-again", EVIL, FERRY_EN, "en", 7, paywalled=True),
    piece("courier", "owl", "Owl in the belfry", f"{OWL}\n{FRAME}", "en", 30),
    piece("courier", "bell", "A bell for Aldbrough", f"{BELL}\n{FRAME}", "en", 29),
    piece("kueste", "mayor", "Mayor of Tarnwick resigns", MAYOR, "en", 20, text_from=TextFrom.TEASER),
    piece("spoof", "bell-story", "Bell cast", BELL, "en", 28),
)
LATER = (piece("spoof", "both", "Mayor and owl: the week", f"{MAYOR}\n{OWL}", "en", 2),)


@dataclass(frozen=True)
class Small:
    """The database, and its article ids by the last part of their addresses."""

    path: Path
    config: Path
    ids: dict[str, int]


GROUPING = ("merge", "split", "pin", "why", "corrections import", "corrections remove")  # they take a configuration


def on(small: Small, *args: object) -> str:
    """What `retold ARGS` prints about the small database."""
    asks = " ".join(map(str, args[:2])) if args[0] == "corrections" else args[0]
    config = ("--config", small.config) if asks in GROUPING and "--config" not in args else ()
    result = call(*args, "--db", small.path, *config)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def asked(small: Small, *args: object) -> Any:
    """The same as JSON."""
    return json.loads(on(small, *args, "--json"))


def record(db: object, config: Config, articles: Sequence[Article], run_id: int, now: datetime) -> None:
    """As a run does: each source's feed with its entries, then each entry's article."""
    at = runs.Moment(run_id, now)
    for source in config.sources:
        url = source.feeds[0].url
        own = [a for a in articles if a.source == source.key]
        entries = {a.url: Entry(feed_url=url, guid=a.url, url=a.url, title=a.title, published=a.published) for a in own}
        good = source.key != "gone"
        result = FetchResult(source.key, url, "feed", Reason.OK if good else Reason.GONE, status=200 if good else 410,
                             detail="" if good else "HTTP 410 \x1b[31m", validators=Validators())  # fmt: skip
        parsed = ParsedFeed(tuple(entries.values())) if good else None
        collecting.record_feed(db, at, result, parsed, {a.url: a.key for a in own}, 900)  # type: ignore[arg-type]
        for a in own:
            found = store_articles.Found(a, tuple(paragraph_hashes(a)), title_hash(a))
            page = FetchResult(source.key, a.url, "page", Reason.OK, status=200)
            store_articles.record_article(db, at, page, entries[a.url], found, config.boilerplate.min_articles)  # type: ignore[arg-type]


def build(folder: Path) -> Small:
    """Two runs: the second brings an article that joins two stories, so that an id becomes an alias."""
    path, file = folder / "stories.db", folder / "config.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    config = loads(CONFIG, "config.yaml")
    how = recipe(config, VERDICT)
    db = open_write(path)
    collecting.sync_sources(db, config.sources)
    for articles, when in ((FIRST, NOW), (LATER, NOW + timedelta(minutes=15))):
        run_id = runs.begin_run(db, when, how.name)
        record(db, config, articles, run_id, when)
        absorb(db, run_id, when, how)
        runs.end_run(db, run_id, when, "done", {})
    ids = {r["url"].rsplit("/", 1)[1]: r["id"] for r in db.execute("SELECT id, url FROM articles")}
    db.close()
    return Small(path, file, ids)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The small database; read-only for tests (see `build` for one's own)."""
    return build(tmp_path_factory.mktemp("small"))


# -- what takes long to make is made once, whichever worker asks first


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> tuple[Path, Any]:
    """(folder, what ``make`` of that folder answered), of one call for all workers of this test run.

    The answer is pickled. The folder is every worker's: to be read, and copied by whoever writes.
    """
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, answer = base / name, base / f"{name}.pickle"
    with (base / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not answer.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            folder.mkdir()
            made = pickle.dumps(make(folder))
            answer.write_bytes(made)
    return folder, pickle.loads(answer.read_bytes())


@dataclass(frozen=True)
class Demo:
    """One `retold demo`, with what it printed and the database it left."""

    path: Path
    ended: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, retold: Retold) -> Demo:
    """The demo of 19 to 21 November 2026, run once for all tests; read-only for them."""

    def make(folder: Path) -> subprocess.CompletedProcess[str]:
        return retold("demo", "--keep", str(folder / "demo.db"), "--before", "2026-11-28", **_temp())

    folder, ended = once(tmp_path_factory, "demo", make)
    return Demo(folder / "demo.db", ended)


def _temp() -> dict[str, str]:
    return {k: os.environ[k] for k in ("TMPDIR",) if k in os.environ}


@pytest.fixture(scope="session")
def app(demo: Demo) -> Any:
    """The pages over the demo."""
    from pipeline.web.app import datasette

    return datasette(demo.path)


@pytest.fixture(scope="session")
def db(demo: Demo) -> Iterator[sqlite3.Connection]:
    """The demo's database, to read."""
    with closing(open_read(demo.path)) as connection:
        yield connection
