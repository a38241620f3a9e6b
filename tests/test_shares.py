"""Work in several processes: the result, the errors and the deaths are those of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from pipeline import shares
from pipeline.store.connect import LockedError, lock

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "at_hand", lambda: 3)


def squares(part: Sequence[int]) -> list[tuple[int, int]]:
    return [(n * n, os.getpid()) for n in part]


def test_the_result_is_that_of_one_process_in_its_order() -> None:
    found = shares.shared(squares, range(1000), 10)
    assert [n for n, _ in found] == [n * n for n in range(1000)]
    assert len({pid for _, pid in found}) == 3


def test_little_work_stays_here() -> None:
    assert {pid for _, pid in shares.shared(squares, range(19), 10)} == {os.getpid()}
    assert shares.shared(squares, [], 10) == []


def test_a_killed_child_costs_nothing_but_time() -> None:
    here = os.getpid()

    def work(part: Sequence[int]) -> list[int]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return list(part)

    assert shares.shared(work, range(100), 10) == list(range(100))


def test_an_error_is_told_wherever_it_was_made() -> None:
    def work(part: Sequence[int]) -> list[int]:
        if 99 in part:
            raise ValueError("ninety-nine")
        return list(part)

    with pytest.raises(ValueError, match="ninety-nine"):
        shares.shared(work, range(100), 10)


def test_an_interrupt_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    here, forked, born = os.getpid(), shares._forked, []

    def counted(work: Callable[[Sequence[int]], list[int]], part: Sequence[int]) -> tuple[int, int]:
        born.append(forked(work, part))
        return born[-1]

    monkeypatch.setattr(shares, "_forked", counted)

    def work(part: Sequence[int]) -> list[int]:
        if os.getpid() == here:
            raise KeyboardInterrupt
        signal.pause()
        return []

    with pytest.raises(KeyboardInterrupt):
        shares.shared(work, range(100), 10)
    assert len(born) == 2
    for pid, _ in born:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_time_of_children_counts() -> None:
    def work(part: Sequence[int]) -> list[int]:
        return [sum(range(20_000)) for _ in part]

    began = shares.cpu_seconds()
    alone = work(range(300))
    one = shares.cpu_seconds() - began
    began = shares.cpu_seconds()
    assert shares.shared(work, range(300), 10) == alone
    assert shares.cpu_seconds() - began > one / 2


def parts(work: Callable[[Sequence[int]], list[int]]) -> Iterator[tuple[Callable[[Sequence[int]], list[int]], range]]:
    yield from ((work, range(n, n + 100)) for n in range(0, 1000, 100))


def test_the_next_part_is_done_ahead_and_all_come_in_order() -> None:
    here, pids = os.getpid(), []

    def work(part: Sequence[int]) -> list[tuple[int, int]]:
        return [(n, os.getpid()) for n in part]

    with closing(shares.ahead(parts(work), 10)) as batches:  # type: ignore[arg-type]
        found = [pair for batch in batches for pair in batch]
    assert [n for n, _ in found] == [*range(1000)]
    pids = [{pid for n, pid in found if start <= n < start + 100} for start in range(0, 1000, 100)]
    assert here in pids[0] and all(here not in own for own in pids[1:]) and len(set().union(*pids)) == 3 + 9
    with closing(shares.ahead(parts(work), 101)) as batches:  # type: ignore[arg-type]
        assert {pid for batch in batches for _, pid in batch} == {here}, "too little for a process of its own"
    assert list(shares.ahead(iter(()), 10)) == []


def test_what_a_killed_child_was_to_do_ahead_is_done_here() -> None:
    here = os.getpid()

    def work(part: Sequence[int]) -> list[int]:
        if os.getpid() != here and part[0] == 500:
            os.kill(os.getpid(), signal.SIGKILL)
        return list(part)

    with closing(shares.ahead(parts(work), 10)) as batches:
        assert [n for batch in batches for n in batch] == [*range(1000)]


def test_who_stops_taking_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    forked, born = shares._forked, []

    def counted(work: Callable[[Sequence[int]], list[int]], part: Sequence[int]) -> tuple[int, int]:
        born.append(forked(work, part))
        return born[-1]

    monkeypatch.setattr(shares, "_forked", counted)

    def work(part: Sequence[int]) -> list[int]:
        if part[0] >= 100:
            time.sleep(60)
        return list(part)

    with closing(shares.ahead(parts(work), 10)) as batches:
        assert next(batches)[0] == 0
    assert len(born) == 3, "two that shared the first part, one ahead"
    for pid, _ in born:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_killed_run_leaves_no_child_that_holds_its_lock(tmp_path: Path) -> None:
    script = f"""
import os, time
from pathlib import Path
from pipeline.shares import shared
from pipeline.store.connect import lock
def slow(items):
    os.write(1, b"at work\\n")  # at once: two write
    time.sleep(60)
    return list(items)
with lock(Path({str(tmp_path / "stories.db")!r})):
    shared(slow, range(100), 1)
"""
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert running.stdout
    assert [running.stdout.readline() for _ in range(2)] == ["at work\n"] * 2
    running.kill()
    running.wait()
    until = time.monotonic() + 20
    while True:
        try:
            with lock(tmp_path / "stories.db"):
                break
        except LockedError:
            assert time.monotonic() < until, "a child lives on and holds the lock"
            time.sleep(0.05)
