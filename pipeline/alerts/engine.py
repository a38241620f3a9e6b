"""Note the stories that rules name, then tell of them: at least once, each under an id by which a second is known.

State is in the table ``alerts``. A row is committed before anything is sent, an attempt before it is made, what became
of it after: whoever is killed in between leaves an alert that is sent again. The caller holds the run lock.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

from pipeline.alertrules import AlertRule
from pipeline.alerts import message
from pipeline.alerts.hush import hushed
from pipeline.store import alerts as store
from pipeline.store import asking
from pipeline.store.connect import Connection, stamp
from pipeline.store.rows import Row

Rules = Mapping[str, AlertRule]
Courier = subprocess.Popen[str]
Answer = dict[str, Any]  # of the courier: ok, detail, gone

NO_LIMIT = -1  # SQLite's
COURIER = Path(__file__).with_name("courier.py")
GRACE_S = 2.0  # after which a courier that has not ended by itself is killed
MINUTES = (1, 5, 15, 60, 360, 720, 1440)  # until the next attempt, by how many have failed; after one more: dead


@dataclass(frozen=True, slots=True)
class Limits:
    """What one round of deliveries may take; seconds."""

    each_s: float = 10.0
    total_s: float = 60.0
    most: int = 100
    at_once: int = 8  # receivers; one delivery at a time to each rule's


@dataclass(slots=True)
class Alerted:
    """What one round did."""

    noted: int = 0  # stories that were new to a rule
    sent: int = 0
    failed: int = 0
    waiting: int = 0  # afterwards, those that failed among them
    errors: dict[str, str] = field(default_factory=dict)  # rule → why its last delivery failed

    def counts(self) -> dict[str, int]:
        """The round in numbers."""
        return {name: getattr(self, name) for name in ("noted", "sent", "failed", "waiting")}


def alert(db: Connection, rules: Rules, base: str | None, now: datetime, limits: Limits = Limits()) -> Alerted:
    """Note what ``rules`` name and send what is due; never fails for a receiver, and takes no longer than ``limits``.

    ``base``: address of the pages of `retold serve`, or None.
    """
    done = Alerted()
    if not rules:
        return done
    for name, rule in rules.items():
        fresh = [
            (r["story_id"], message.delivery(name, r["story_id"], r["created"])) for r in untold(db, name, rule, now)
        ]
        store.note(db, name, fresh, now)
        done.noted += len(fresh)
    _Round(db, rules, base, now, limits, done).send()
    done.waiting = store.count_waiting(db)
    return done


def untold(db: Connection, name: str, rule: AlertRule, now: datetime) -> list[Row]:
    """The stories, the oldest first, that the rule names now and of which it never told any part."""
    since = stamp(now - timedelta(seconds=rule.within)) or ""
    found = {r["story_id"]: r for r in asking.stories(db, rule.asked(since), now, limit=NO_LIMIT)}
    return [found[i] for i in reversed(store.untold(db, name, list(found)))]


class _Round:
    """The deliveries of one run: to different rules at once, to one rule in turn until one fails."""

    def __init__(self, db: Connection, rules: Rules, base: str | None, now: datetime, limits: Limits, done: Alerted):
        self.db, self.rules, self.base, self.now, self.limits, self.done = db, rules, base, now, limits, done
        self.end = time.monotonic() + limits.total_s
        self.queues: dict[str, deque[Row]] = defaultdict(deque)
        self.running: dict[Future[Answer], Row] = {}
        self.couriers: set[Courier] = set()

    def send(self) -> None:
        for row in store.due(self.db, self.rules, self.now, self.limits.most):
            self.queues[row["rule"]].append(row)
        if not self.queues:
            return
        with ThreadPoolExecutor(self.limits.at_once, "alerts") as pool, _ending(self.couriers):
            self._fill(pool)
            while self.running:
                for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                    self._settle(self.running.pop(future), future.result())
                self._fill(pool)

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        """Start what may be under way at once."""
        busy = {row["rule"] for row in self.running.values()}
        for name in [name for name in self.queues if name not in busy]:
            while self.queues[name] and len(self.running) < self.limits.at_once and name not in busy:
                left = self.end - time.monotonic()
                if left <= 0:
                    return
                if job := self._job(self.queues[name].popleft(), min(self.limits.each_s, left)):
                    self.running[pool.submit(carry, job[1], self.couriers)] = job[0]
                    busy.add(name)

    def _job(self, row: Row, seconds: float) -> tuple[Row, Answer] | None:
        """The alert as it is on its way now, and the courier's job; None where there is nothing to be carried."""
        if store.told_otherwise(self.db, row):
            store.settled(self.db, row["id"], "merged", "")
            return None
        row = {**row, "tries": row["tries"] + 1}
        store.tried(self.db, row["id"], self.now + _pause(row["tries"]))
        story = store.story(self.db, row["story_id"])
        if story is None:
            self._settle(row, _failed("the story is no longer there", gone=True))
            return None
        try:
            return row, job(self.rules[row["rule"]], message.payload(row, story, self.base), self.now, seconds)
        except LookupError as error:
            self._settle(row, _failed(str(error.args[0])))
            return None

    def _settle(self, row: Row, answer: Answer) -> None:
        """Keep what became of a delivery; after a failure the rule's others wait for the next run."""
        if answer["ok"]:
            self.done.sent += 1
            return store.settled(self.db, row["id"], "sent", answer["detail"], self.now)
        self.done.failed += 1
        self.done.errors[row["rule"]] = answer["detail"]
        self.queues[row["rule"]].clear()
        dead = answer["gone"] or row["tries"] > len(MINUTES)
        return store.settled(self.db, row["id"], "dead" if dead else "waiting", answer["detail"])


def _pause(tries: int) -> timedelta:
    return timedelta(minutes=MINUTES[min(tries, len(MINUTES)) - 1])


def _failed(detail: str, gone: bool = False) -> Answer:
    return {"ok": False, "detail": detail, "gone": gone}


def job(rule: AlertRule, said: Row, now: datetime, seconds: float) -> Answer:
    """What the courier is to do for a rule; raises LookupError where an environment variable is not set."""
    common = {"way": rule.way, "seconds": seconds, "delivery": said["delivery"], "rule": said["rule"]}
    content = message.body(said)
    if rule.webhook:
        head = message.headers(said, content, _secret(rule.secret_env))
        return {**common, "url": rule.webhook, "headers": head, "body": _text(content)}
    if rule.mail:
        m = rule.mail
        text = message.mail(said, m.sender, m.to, now).as_bytes()
        sign_in = {"user": m.user, "password": _secret(m.password_env)}
        via = {"server": m.server, "port": m.at, "tls": m.tls, "sender": m.sender, "to": list(m.to)}
        return {**common, **via, **sign_in, "message": _text(text)}
    return {**common, "argv": list(rule.command or ()), "body": _text(content)}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _secret(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise LookupError(f"the environment variable {variable} is not set")
    return os.environ[variable]


def carry(job: Answer, under_way: set[Courier] | None = None) -> Answer:
    """Have a courier, kept in ``under_way`` meanwhile, do the job; its answer, or one that says why there is none.
    Never raises for a receiver."""
    couriers = set() if under_way is None else under_way
    try:
        with subprocess.Popen(
            [sys.executable, "-I", str(COURIER)], stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True
        ) as one:
            couriers.add(one)
            try:
                said, _ = one.communicate(json.dumps(job), job["seconds"] + GRACE_S)
            finally:
                one.kill()
                couriers.discard(one)
        answer: Answer = json.loads(said)
        answer["detail"] = hushed(answer["detail"], job)
    except subprocess.TimeoutExpired:
        return _failed(f"not done within {job['seconds']:g} s")
    except (OSError, ValueError) as error:
        return _failed(f"cannot be sent: {error}")
    return answer


@contextmanager
def _ending(couriers: set[Courier]) -> Iterator[None]:
    """Whatever ends the round ends the couriers: a run that is interrupted waits for no receiver."""
    try:
        yield
    except BaseException:
        for one in tuple(couriers):
            one.terminate()
        raise
