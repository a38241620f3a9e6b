"""What an operator should know of a database and its runs, from facts; each finding under a code that stays. Pure.

docs/operations.md says of each code what it means and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from pipeline.feedhealth import Silence, State, is_failing, silence, span
from pipeline.phrases import LEFT_OUT, count, megabytes, plain, reason, stored

Row = dict[str, Any]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEWEST = 3  # gaps between runs that make a rhythm
LATE = 3  # times the usual gap without a good run
SHORTEST = timedelta(minutes=10)  # nobody is called for less
UNKNOWN = timedelta(days=1)  # without a run, where there is no rhythm yet
SLOW = 6  # times as long as the longest of the last runs
KILLED, OF = 3, 5  # so many of the last so many runs
SOON = 7  # days until the disk is full
PAGES = 10_000  # entries that wait for their pages
LOG = 256_000_000  # bytes of write-ahead log that no checkpoint empties
NEVER_OK = 3  # failures of a feed that never answered well


class Severity(StrEnum):
    """Whether a person is needed."""

    PROBLEM = "problem"  # the exit code is 1
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know; ``hint``: what helps, mostly a command."""

    severity: Severity
    code: str
    text: str
    hint: str = ""
    subject: str = ""  # which source, where it is about one
    url: str = ""

    def row(self) -> Row:
        """As JSON has it."""
        return {name: getattr(self, name) for name in ("severity", "code", "subject", "url", "text", "hint")}


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is a problem."""

    max_age: timedelta | None = None  # of the last good run; None: by the rhythm of the last runs
    max_failing: timedelta = DAY  # since a feed's last good answer
    max_lag: timedelta = 6 * HOUR  # from published to first seen, in the median
    min_free: int = 1_000_000_000  # bytes on the database's file system


@dataclass(frozen=True, slots=True)
class Facts:
    """How a database and its runs are; rows as of pipeline.store."""

    at: datetime
    locked: bool
    runs: Sequence[Row]  # the newest first
    stages: Sequence[Row]  # of the newest
    feeds: Sequence[Row]
    articles: int
    articles_ever: int
    runs_ever: int
    new_articles: int  # in the last day
    lag_s: int | None
    queue: Mapping[str, int]
    alerts: Mapping[str, int]
    alerts_dead_lately: int
    alert_waiting_since: datetime | None
    db_bytes: int
    wal_bytes: int
    free_bytes: int
    disk_bytes: int
    growth: float | None  # bytes a day
    network: str  # type of a network file system
    recipe: str

    @property
    def running(self) -> Row | None:
        """The run that is under way."""
        return self.runs[0] if self.locked and self.runs and self.runs[0]["state"] == "running" else None

    @property
    def ended(self) -> Sequence[Row]:
        """The runs that are over; one that was killed is "running" for ever, until the next begins."""
        return self.runs[1:] if self.running else self.runs

    @property
    def last_good(self) -> Row | None:
        """The newest run that was done."""
        return next((run for run in self.ended if run["state"] == "done"), None)

    @property
    def every(self) -> timedelta | None:
        """How often runs begin, in the median; None where too few are known."""
        begun = [when for run in self.runs if (when := stored(run["started"]))]
        gaps = [later - earlier for later, earlier in pairwise(begun)]
        return sorted(gaps)[len(gaps) // 2] if len(gaps) >= FEWEST else None

    def age(self, run: Row) -> timedelta:
        """How long ago a run ended, or began if it never did."""
        return self.at - (stored(run["finished"] or run["started"]) or self.at)


def findings(facts: Facts, limits: Limits) -> list[Finding]:
    """What there is to know, problems first."""
    found = [*_runs(facts, limits), *_feeds(facts, limits), *_work(facts, limits), *_disk(facts, limits)]
    return sorted(found, key=lambda f: f.severity is not Severity.PROBLEM)


def problem(code: str, text: str, hint: str = "", subject: str = "", url: str = "") -> Finding:
    """Somebody has to look."""
    return Finding(Severity.PROBLEM, code, text, hint, subject, url)


def notice(code: str, text: str, hint: str = "", subject: str = "", url: str = "") -> Finding:
    """Good to know."""
    return Finding(Severity.NOTICE, code, text, hint, subject, url)


def ignored(finding: Finding, ignore: Iterable[str]) -> bool:
    """Whether a finding was said to be known: ``feed_silent``, or ``feed_silent:nos`` for one source."""
    return bool({finding.code, f"{finding.code}:{finding.subject}"} & {*ignore})


def said(when: timedelta) -> str:
    """A span in words."""
    return span(round(when.total_seconds()))


# -- runs


def allowed_age(facts: Facts, limits: Limits) -> timedelta:
    """How old the last good run may be."""
    if limits.max_age:
        return limits.max_age
    return max(SHORTEST, LATE * facts.every) if facts.every else UNKNOWN


def _runs(facts: Facts, limits: Limits) -> Iterator[Finding]:
    if not facts.runs:
        yield problem("no_run", "nothing has ever run here", "retold run")
        return
    newest = stored(facts.runs[0]["started"])
    if newest and newest > facts.at + HOUR:
        yield problem("clock_wrong", f"the newest run is {said(newest - facts.at)} ahead of this machine's clock",
                      "set the clock; the next run puts right what it can")  # fmt: skip
    yield from _ends(facts)
    limit = allowed_age(facts, limits)
    if facts.running:
        yield from _stuck(facts, facts.running, limit)
    elif facts.last_good is None or facts.age(facts.last_good) > limit:
        usual = f"; they came every {said(facts.every)}" if facts.every and not limits.max_age else ""
        since = f"for {said(facts.age(facts.last_good))}" if facts.last_good else "among the last"
        last = facts.ended[0] if facts.ended else None
        begun = stored(last["started"]) if last and last["state"] != "done" else None
        begins = begun is not None and facts.at - begun <= limit
        hint = f"runs begin and do not end well: retold runs {last['id']}" if last and begins else (
            "is it still scheduled? retold run -v")  # fmt: skip
        yield problem("run_overdue", f"no good run {since}, {said(limit)} are allowed{usual}", hint)


def _stuck(facts: Facts, run: Row, limit: timedelta) -> Iterator[Finding]:
    longest = max((r["duration_s"] or 0 for r in facts.ended), default=0)
    age = facts.age(run)
    if age > max(HOUR, limit, timedelta(seconds=SLOW * longest)):
        stage = next((s["stage"] for s in facts.stages if not s["done"]), "")
        where = f", in stage {plain(stage)}" if stage else ""
        yield problem(
            "run_stuck", f"run {run['id']} has been under way for {said(age)}{where}", f"retold runs {run['id']}"
        )


def _ends(facts: Facts) -> Iterator[Finding]:
    if not facts.ended:
        return
    last = facts.ended[0]
    hint = f"retold runs {last['id']}"
    killed = sum(run["state"] in ("running", "interrupted") for run in facts.ended[:OF])
    if last["state"] == "failed":
        error = last["counts"].get("error")
        why = f": {plain(error)}" if error else ""
        help_ = hint if error else "its log says why; retold run -v"
        yield problem("run_failed", f"run {last['id']} failed {said(facts.age(last))} ago{why}", help_)
    elif killed >= KILLED:
        yield problem("runs_killed", f"{killed} of the last {OF} runs were killed or interrupted", hint)
    elif last["state"] != "done":
        word = "was killed" if last["state"] == "running" else "was interrupted"
        yield notice("run_killed", f"run {last['id']} {word}; the next one goes on from there", hint)


# -- feeds


def _feeds(facts: Facts, limits: Limits) -> Iterator[Finding]:
    asked = [f for f in facts.feeds if f["last_code"] and not f["disabled"] and f["last_code"] not in LEFT_OUT]
    failing = [f for f in asked if is_failing(f)]
    down = len(failing) >= FEWEST and len(failing) * 2 > len(asked)
    if down:
        codes = {f["last_code"] for f in failing}
        cause = f": {reason(*codes)}" if len(codes) == 1 else ""
        yield problem("feeds_down", f"{len(failing):,} of {count(len(asked), 'feed')} fail{cause}",
                      "is this machine's own line down? retold sources --failing")  # fmt: skip
    for feed in facts.feeds:
        if found := _feed(feed, facts.at, limits):
            severity, code, text, hint = found
            if down and feed in failing:
                severity = Severity.NOTICE
            yield Finding(severity, code, f"{plain(feed['source'])}: {text}", hint, feed["source"], feed["url"])


def _feed(feed: Row, now: datetime, limits: Limits) -> tuple[Severity, str, str, str] | None:
    """severity, code, text and hint of one feed; None where it is fine."""
    if feed["state"] == State.OFF:
        return _off(feed)
    if feed["state"] == State.FAILING:
        return _failing(feed, now, limits)
    if feed["state"] == State.SILENT:
        code = {Silence.EMPTY: "feed_empty", Silence.FEWER: "feed_fewer"}.get(feed["silence"], "feed_silent")
        severity = Severity.NOTICE if code == "feed_fewer" else Severity.PROBLEM
        return severity, code, silence(feed), "retold sources --silent"
    if feed["state"] == State.MOVED:
        text = f"has moved to {plain(feed['moved_to'])}"
        return Severity.NOTICE, "feed_moved", text, "write that into the configuration"
    return None


def _off(feed: Row) -> tuple[Severity, str, str, str]:
    if not feed["disabled"]:
        return Severity.NOTICE, "feed_left_out", reason(feed["last_code"]), "retold sources"
    hint = "take it out of the configuration, or: retold run --retry-gone"
    return Severity.PROBLEM, "feed_off", "switched off: it said 410 Gone", hint


def _failing(feed: Row, now: datetime, limits: Limits) -> tuple[Severity, str, str, str]:
    ok = stored(feed["last_ok"])
    lasting = now - ok > limits.max_failing if ok else feed["failures"] >= NEVER_OK
    since = f"for {said(now - ok)}" if ok else "ever since it is followed"
    code = "feed_no_feed" if feed["last_code"] == "not_a_feed" else "feed_failing"
    detail = f" ({plain(feed['detail'])})" if feed["detail"] else ""
    text = f"{reason(feed['last_code'])}{detail}, {since}"
    return Severity.PROBLEM if lasting else Severity.NOTICE, code, text, "retold sources --failing"


# -- work and room


def _work(facts: Facts, limits: Limits) -> Iterator[Finding]:
    lag = max(limits.max_lag, facts.every or limits.max_lag)
    if facts.lag_s is not None and facts.lag_s > lag.total_seconds():
        yield problem("articles_late", f"articles are first seen {span(facts.lag_s)} after they were published (median"
                      " of the last day)", "do runs come often enough, and end before http.max_seconds?")  # fmt: skip
    left = {name: n for name, n in facts.queue.items() if n and name in ("sign", "group", "trace", "list")}
    if left and not facts.locked and facts.ended and facts.ended[0]["state"] == "done":
        words = ", ".join(f"{n:,} to {name}" for name, n in left.items())
        yield notice("work_left", f"no run is under way, and there is work: {words}", "retold run --no-fetch")
    if facts.queue["pages"] > PAGES:
        yield notice(
            "pages_waiting", f"{facts.queue['pages']:,} entries wait for their pages", "retold sources says why"
        )
    if facts.alerts_dead_lately:
        yield problem("alerts_dead", f"{count(facts.alerts_dead_lately, 'alert')} of the last week given up",
                      "retold alerts list --state dead; retold alerts retry")  # fmt: skip
    since = facts.alert_waiting_since
    if since and facts.at - since > limits.max_lag:
        yield notice("alerts_waiting", f"{count(facts.alerts.get('waiting', 0), 'alert')} not sent, the oldest for"
                     f" {said(facts.at - since)}", "retold alerts rules")  # fmt: skip


def _disk(facts: Facts, limits: Limits) -> Iterator[Finding]:
    free = facts.free_bytes
    if free < limits.min_free:
        yield problem("disk_low", f"{megabytes(free)} free on the database's disk, {megabytes(limits.min_free)} are"
                      " asked for", "make room before runs fail")  # fmt: skip
    elif facts.growth and facts.growth > 0 and free / facts.growth < SOON:
        yield problem("disk_full_soon", f"{megabytes(free)} free, and the database grows by"
                      f" {megabytes(facts.growth)} a day", "make room before runs fail")  # fmt: skip
    if facts.wal_bytes > max(LOG, facts.db_bytes // 2):
        text = f"the write-ahead log has {megabytes(facts.wal_bytes)}: some program keeps the database open for reading"
        yield notice("wal_large", text, "end that program; the next run empties the log")
    if facts.network:
        yield notice("network_disk", f"the database is on a network file system ({plain(facts.network)}), which may"
                     " damage it", "keep it on a local disk")  # fmt: skip
