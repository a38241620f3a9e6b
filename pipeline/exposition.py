"""Facts and findings as metrics, in Prometheus' text format (version 0.0.4). Pure.

Names follow Prometheus' conventions: base units, ``_total`` for what only grows, a label for what can be summed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.feedhealth import State
from pipeline.findings import Facts, Finding, Severity
from pipeline.phrases import plain, stored

Labels = Mapping[str, str]
Sample = tuple[Labels, float]
NONE: Labels = {}
FEED_CODES = "feed_"  # findings of one feed


@dataclass(frozen=True, slots=True)
class Ran:
    """How the run ended that the metrics are written after."""

    code: int  # exit code
    at: datetime


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples."""

    name: str
    kind: str  # gauge, counter
    help: str
    samples: Sequence[Sample]


def exposition(facts: Facts | None, found: Sequence[Finding], version: str, ran: Ran | None = None) -> str:
    """The text of all metrics; ``facts`` is None where the database could not be read."""
    metrics = [
        Metric("retold_up", "gauge", "Whether the database could be read.", [(NONE, float(facts is not None))]),
        Metric("retold_build_info", "gauge", "The version of Retold that wrote this.", [({"version": version}, 1)]),
        *(_ran(ran) if ran else ()),
        *(_of(facts, found) if facts else ()),
    ]
    return "".join(line for metric in metrics if metric.samples for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped(metric.help)}\n"
    yield f"# TYPE {metric.name} {metric.kind}\n"
    for labels, value in metric.samples:
        inside = ",".join(f'{name}="{_escaped(plain(text), quote=True)}"' for name, text in labels.items())
        yield f"{metric.name}{f'{{{inside}}}' if inside else ''} {_number(value)}\n"


def _escaped(text: str, quote: bool = False) -> str:
    safe = text.replace("\\", "\\\\").replace("\n", "\\n")
    return safe.replace('"', '\\"') if quote else safe


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _ran(ran: Ran) -> Iterator[Metric]:
    yield Metric("retold_run_exit_code", "gauge", "Exit code of the last `retold run --metrics`, 75: another was under"
                 " way.", [(NONE, ran.code)])  # fmt: skip
    yield Metric("retold_run_ended_timestamp_seconds", "gauge", "When that command ended.", _at(ran.at))


def _of(facts: Facts, found: Sequence[Finding]) -> Iterator[Metric]:
    yield from _runs(facts)
    yield from _feeds(facts, found)
    yield from _work(facts)
    yield from _room(facts)
    counted = Counter((f.severity, f.code) for f in found)
    samples = [({"severity": s, "code": c}, float(n)) for (s, c), n in sorted(counted.items())]
    yield Metric("retold_findings", "gauge", "What `retold status` finds, by severity and code.", samples)
    problems = sum(f.severity is Severity.PROBLEM for f in found)
    yield Metric("retold_problems", "gauge", "Findings that need a person.", [(NONE, problems)])


def _at(when: datetime | None) -> Sequence[Sample]:
    return [(NONE, when.timestamp())] if when else []


def _runs(facts: Facts) -> Iterator[Metric]:
    last, good = next(iter(facts.ended), None), facts.last_good
    yield Metric("retold_runs_total", "counter", "Runs that were begun.", [(NONE, facts.runs_ever)])
    yield Metric("retold_run_under_way", "gauge", "Whether a run is under way.", [(NONE, float(bool(facts.running)))])
    if last:
        yield Metric("retold_last_run_timestamp_seconds", "gauge", "When the last run that is over began.",
                     _at(stored(last["started"])))  # fmt: skip
        yield Metric("retold_last_run_success", "gauge", "Whether that run was done, neither failed nor killed.",
                     [(NONE, float(last["state"] == "done"))])  # fmt: skip
        yield from _did(last)
    if good:
        yield Metric("retold_last_success_timestamp_seconds", "gauge", "When the last run that was done ended.",
                     _at(stored(good["finished"])))  # fmt: skip
    stages = [s for s in facts.stages if s["done"]] if not facts.running else []
    for name, column, what in (("seconds", "wall_s", "Seconds"), ("cpu_seconds", "cpu_s", "Processor seconds")):
        samples = [({"stage": s["stage"]}, s[column]) for s in stages]
        yield Metric(f"retold_run_stage_{name}", "gauge", f"{what} that a stage of the last run took.", samples)
    peak = max((s["peak_mb"] for s in stages), default=0)
    yield Metric("retold_run_peak_memory_bytes", "gauge", "The most memory that the process of the last run held.",
                 [(NONE, round(peak * 1e6))] if peak else [])  # fmt: skip


def _did(run: Mapping[str, object]) -> Iterator[Metric]:
    """What the last run counted, where it could."""
    counts = run["counts"]
    if not isinstance(counts, dict) or not counts:
        return
    took = [(NONE, counts["seconds"])] if "seconds" in counts else []
    yield Metric("retold_last_run_duration_seconds", "gauge", "How long it took.", took)
    answers = [
        ({"kind": kind, "code": code}, n)
        for kind, codes in counts.get("fetches", {}).items()
        for code, n in codes.items()
    ]
    yield Metric("retold_last_run_answers", "gauge", "Answers to its requests, by reason code.", answers)
    yield Metric("retold_last_run_new_articles", "gauge", "Articles that were new.",
                 [(NONE, counts["new_articles"])] if "new_articles" in counts else [])  # fmt: skip
    yield Metric("retold_last_run_failed_sources", "gauge", "Sources with a feed that failed.",
                 [(NONE, len(counts["failed_sources"]))] if "failed_sources" in counts else [])  # fmt: skip


def _feeds(facts: Facts, found: Iterable[Finding]) -> Iterator[Metric]:
    states = Counter(feed["state"] for feed in facts.feeds)
    samples = [({"state": state.value.replace(" ", "_")}, float(states[state])) for state in State]
    yield Metric("retold_feeds", "gauge", "Feeds and sitemaps that are followed, by how they are.", samples)
    trouble = [({"source": f.subject, "url": f.url, "code": f.code, "severity": f.severity}, 1.0)
               for f in found if f.code.startswith(FEED_CODES)]  # fmt: skip
    yield Metric("retold_feed_trouble", "gauge", "A feed that is ill or silent, and of what.", trouble)


def _work(facts: Facts) -> Iterator[Metric]:
    yield Metric("retold_articles_total", "counter", "Articles that were ever stored.", [(NONE, facts.articles_ever)])
    yield Metric("retold_articles", "gauge", "Articles in the database.", [(NONE, facts.articles)])
    yield Metric("retold_articles_last_day", "gauge", "Articles first seen in the last 24 hours.",
                 [(NONE, facts.new_articles)])  # fmt: skip
    lag = [(NONE, facts.lag_s)] if facts.lag_s is not None else []
    yield Metric("retold_article_lag_seconds", "gauge", "From published to first seen, median of the last day.", lag)
    queue = [({"stage": stage}, float(n)) for stage, n in facts.queue.items()]
    yield Metric("retold_queue", "gauge", "What waits for a stage: entries for pages, articles, stories.", queue)
    states = [({"state": state}, float(n)) for state, n in sorted(facts.alerts.items())]
    yield Metric("retold_alerts", "gauge", "Alerts by state.", states)


def _room(facts: Facts) -> Iterator[Metric]:
    for name, what, value in (
        ("database_size", "Size of the database's file.", facts.db_bytes),
        ("database_wal_size", "Size of its write-ahead log.", facts.wal_bytes),
        ("disk_free", "Free on its file system.", facts.free_bytes),
        ("disk_size", "Size of its file system.", facts.disk_bytes),
    ):
        yield Metric(f"retold_{name}_bytes", "gauge", what, [(NONE, value)])
    growth = [(NONE, facts.growth)] if facts.growth is not None else []
    yield Metric("retold_database_growth_bytes_per_day", "gauge", "Growth a day over the last week.", growth)
