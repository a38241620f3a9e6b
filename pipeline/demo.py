"""The main job over the bundled news day: three evenings of collecting, comparing and grouping, then a fourth
look that must find nothing; measured against what the day knows about itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from pipeline import urls
from pipeline.absorb import Tell, quiet
from pipeline.config import Config, load
from pipeline.metrics import b_cubed
from pipeline.model import StoreError
from pipeline.newsroom import Newsroom, TruthRow
from pipeline.newsroom.events import bundled
from pipeline.run import Summary, run
from pipeline.store import origins, reads, runs
from pipeline.store.connect import lock, reading
from pipeline.store.rows import Row
from spiders.crawl import Progress

DAYS = 3
THURSDAY = 3  # of date.weekday()
SICK = frozenset({"altlandbote", "langsam", "neonblick"})  # fail on purpose (pipeline/newsday/config.yaml)
BROKEN = ("internal", "parse_crash", "parse_memory", "parse_timeout")  # never the news day's fault
CASE = "drone-deal"  # the event that the demo shows in full
HOST = ".test"  # RFC 2606: no real site is called so, hence a database full of them is a demo's


@dataclass(frozen=True, slots=True)
class Quality:
    """B³ of a found partition against the truth, over the same articles."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Origins:
    """In how many stories the outlet was found that the truth says had it first and others have it from."""

    right: int
    unknown: int
    wrong: int


@dataclass
class Result:
    """What a demo did and found."""

    path: Path
    runs: list[Summary] = field(default_factory=list)  # the last one had nothing new to find
    rewritten: int = 0  # rows of the data tables that the last run added or changed
    articles: int = 0  # found and known to the truth
    missing: list[str] = field(default_factory=list)  # URLs of articles that were published and not found
    unknown: list[str] = field(default_factory=list)  # URLs of articles that the truth does not know
    stories: Quality | None = None
    copies: Quality | None = None
    origins: Origins | None = None
    case_story: int | None = None  # the story with most articles of CASE
    sick: list[Row] = field(default_factory=list)  # health of the feeds that fail

    def faults(self) -> list[str]:
        """What did not go as it must, in words; empty when all is well."""
        failed = {s for r in self.runs for s in r.failed_sources}
        found = [f"outlets that are well failed: {', '.join(sorted(failed - SICK))}"] if failed - SICK else []
        found += [f"outlets that are sick did not fail: {', '.join(sorted(SICK - failed))}"] if SICK - failed else []
        found += [f"the last run wrote {self.rewritten} rows with nothing new to find"] if self.rewritten else []
        broken = sum(codes.get(c, 0) for r in self.runs for codes in r.outcomes.values() for c in BROKEN)
        found += [f"{broken} answers met a fault of our own (-v shows it)"] if broken else []
        found += [f"{len(self.missing)} articles were not found, the first {self.missing[0]}"] if self.missing else []
        found += [f"{len(self.unknown)} articles are strange, the first {self.unknown[0]}"] if self.unknown else []
        return found if self.stories else [*found, "nothing was found"]


def evenings(today: date) -> list[datetime]:
    """The last moment of each day of the latest news day that is over; its texts say that it begins on a Thursday."""
    latest = today - timedelta(days=DAYS)
    day0 = latest - timedelta(days=(latest.weekday() - THURSDAY) % 7)
    return [datetime.combine(day0 + timedelta(days=n), time(23, 59), UTC) for n in range(DAYS)]


def play(
    path: Path,
    today: date,
    *,
    begins: Callable[[int, datetime], None] = lambda n, when: None,
    on_progress: Callable[[Progress], None] | None = None,
    tell: Tell = quiet,
    ended: Callable[[int, Summary], None] = lambda n, done: None,
) -> Result:
    """Run the news day into a new database at ``path`` (a former demo's is replaced) and measure.

    ``today``: the news day lies before it. ``begins``, ``ended``: told around each run, which is numbered from 0.
    Raises StoreError where ``path`` is something else than a demo's database; else as pipeline.run.run.
    """
    clear(path)
    result = Result(path)
    moments = evenings(today)
    with Newsroom(moments[0].date()) as room:
        settings = written(room.config_text())
        for n, when in enumerate([*moments, moments[-1] + timedelta(minutes=1)]):
            room.advance(when)
            begins(n, when)
            before = stored(path)
            done = run(
                settings,
                path,
                force=True,
                routes=room.routes,
                on_progress=on_progress,
                tell=tell,
                clock=partial(_fixed, when),
            )
            result.runs.append(done)
            ended(n, done)
        result.rewritten = len(before ^ stored(path))
        measure(result, [row for row in room.truth() if row.published <= moments[-1]])
    return result


def stored(path: Path) -> frozenset[tuple[str, int]]:
    """All rows of the data tables, as (table, hash): what a run with nothing new must leave as it is."""
    if not path.exists():
        return frozenset()
    with reading(path) as db:
        return frozenset(runs.contents(db))


def written(text: str) -> Config:
    """The configuration in ``text``, by way of a file, as a user's is read."""
    with TemporaryDirectory(prefix="retold-demo-") as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file)


def _fixed(when: datetime) -> datetime:
    return when


def clear(path: Path) -> None:
    """Remove a former demo's database; raises StoreError where there is something else (or a run under way)."""
    if not path.exists():
        return
    if not is_demo(path):
        raise StoreError(f"{path}: is no demo database, left untouched; choose another with --keep PATH")
    with lock(path):
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            with suppress(FileNotFoundError):
                path.with_name(name).unlink()


def is_demo(path: Path) -> bool:
    """Whether ``path`` is a database of ours that only follows hosts of the bundled news day."""
    try:
        with reading(path, older=True) as db:
            followed = [urlsplit(url).hostname or "" for url in reads.followed(db)]
    except StoreError:  # one whose making was cut off has no tables yet
        return False
    return bool(followed) and all(host.endswith(HOST) for host in followed)


def own_config() -> Config:
    """The configuration that a demo's database was made with."""
    return written((bundled() / "config.yaml").read_text("utf-8"))


def follows_demo(config: Config) -> bool:
    """Whether ``config`` follows hosts of a news day alone, hence adds nothing else to a demo's database."""
    followed = [url for s in config.sources for url in (*(f.url for f in s.feeds), *s.sitemaps)]
    return all((urlsplit(url).hostname or "").endswith(HOST) for url in followed)


def measure(result: Result, truth: Sequence[TruthRow]) -> None:
    """Fill in how what the database holds compares with the truth."""
    with reading(result.path) as db:
        found = reads.grouped(db)
        known_origins = origins.outlets(db)
        result.sick = [row for row in reads.sources(db) if row["source"] in SICK]
    known = by_key(truth)
    pairs = [(row, known[row["key"]]) for row in found if row["key"] in known]
    seen = {t.article for _, t in pairs}
    result.articles = len(seen)
    result.unknown = [row["url"] for row in found if row["key"] not in known]
    result.missing = [t.url for t in truth if t.article not in seen]
    if pairs:
        result.stories = Quality(*b_cubed([t.event for _, t in pairs], [row["story_id"] for row, _ in pairs]))
        result.copies = Quality(*b_cubed([t.copy_group for _, t in pairs], [row["copy_id"] for row, _ in pairs]))
        result.origins = _origins(pairs, known_origins)
    result.case_story = commonest([row["story_id"] for row, t in pairs if t.event == CASE])


def _origins(pairs: Sequence[tuple[Row, TruthRow]], found: Mapping[int, str | None]) -> Origins:
    """Each event that one outlet had first and that others tell, by the story that holds most of its articles."""
    events: dict[str, list[tuple[int, TruthRow]]] = defaultdict(list)
    for row, t in pairs:
        events[t.event].append((row["story_id"], t))
    said = Counter(
        _judged(found.get(commonest([s for s, _ in told]) or 0), {t.outlet for _, t in told if t.relation == "origin"})
        for told in events.values()
        if len(told) > 1 and any(t.relation == "origin" for _, t in told)
    )
    return Origins(said["right"], said["unknown"], said["wrong"])


def _judged(found: str | None, true: Collection[str]) -> str:
    return "unknown" if found is None else "right" if found in true else "wrong"


def by_key(truth: Sequence[TruthRow]) -> Mapping[str, TruthRow]:
    """Identity of an address (urls.key) → the article that has it."""
    return {urls.key(address): row for row in truth for address in (row.url, *row.aliases)}


def commonest(ids: Sequence[int]) -> int | None:
    """The id that occurs most often, of several the smallest."""
    return min(ids, key=lambda i: (-ids.count(i), i), default=None)
