"""The kill programme (bench/reliability), shortened: real runs killed, starved, cut off from power, crowded."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.reliability.child import Runs
from bench.reliability.crowd import Crowd, fives, locked, read
from bench.reliability.day import broken, served
from bench.reliability.disk import Disk, Op
from bench.reliability.killing import Base, cramped, kills, may_mount, starved
from bench.reliability.powercut import careless, compiled, control, power
from bench.reliability.programme import prepared

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (cc)")


@dataclass(frozen=True)
class Rig:
    """The day, served, and what uninterrupted runs make of it."""

    runs: Runs
    bases: list[Base]
    folder: Path


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("rig")
    with served() as web:
        runs = Runs(web, folder)
        yield Rig(runs, prepared(runs, folder), folder)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case("F1", "F3")
def test_killed_runs_leave_what_the_next_one_completes(rig: Rig) -> None:
    done = kills(rig.runs, rig.bases, rig.folder, 12, random.Random(11))
    assert (done.failures, done.faults(), done.left) == (12, [], 0)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case("F6")
def test_runs_on_a_full_disk_end_in_words_and_lose_nothing(rig: Rig) -> None:
    done = starved(rig.runs, rig.bases, rig.folder, 5, random.Random(12))
    assert (done.failures >= 5, done.faults()) == (True, [])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case("F6")
@pytest.mark.skipif(not may_mount(), reason="may not mount a file system")
def test_runs_on_a_file_system_without_room_lose_nothing(rig: Rig) -> None:
    done = cramped(rig.runs, rig.bases, rig.folder, 2, random.Random(13))
    assert done is None or (done.failures, done.faults()) == (2, [])  # None: a container that forbids it to root


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case("F1")
@needs_cc
def test_power_cuts_leave_what_the_next_run_completes(rig: Rig) -> None:
    done = power(rig.runs, rig.folder, rig.folder / "half.db", 10, random.Random(14))
    assert done and (done.cuts, done.faults()) == (10, [])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case("F2", "F4", "F5")
def test_of_a_crowd_nobody_loses_anything(rig: Rig) -> None:
    """Five at once; a reader for a while; a foreign lock that a run outwaits. With real minutes in the bench."""
    done = Crowd()
    fives(done, rig.runs, rig.bases, rig.folder, 2)
    read(done, rig.runs, rig.bases[-1], rig.folder, 3)
    locked(done, rig.runs, rig.bases[-1], rig.folder, 3, "collect", 0)
    assert done.wrong == []


# -- the simulation itself


@needs_cc
@pytest.mark.case("F1")
def test_the_simulation_finds_what_careless_programs_lose(tmp_path: Path) -> None:
    """Without syncs a database does not survive: were it found well, the simulation would prove nothing."""
    shim = compiled(tmp_path)
    assert shim
    made = careless(shim, tmp_path / "careless.db")
    assert "S" not in {op.op for op in made.ops} and len(made.ops) > 500
    corrupt, images = control(made, tmp_path / "image.db", random.Random(1)).split(" of ")
    assert int(corrupt) > int(images) / 4


def test_what_was_synced_survives_every_cut_and_the_rest_as_the_mode_says() -> None:
    ops = [Op("C", 1), Op("S", 4), Op("W", 1, 0, b"a" * 1024), Op("S", 1), Op("W", 1, 512, b"b" * 1024), Op("C", 2)]
    disk = Disk({})
    for op in ops:
        disk.do(op)
    rng = random.Random(5)
    assert disk.image(rng, "lost") == {1: b"a" * 1024}
    assert disk.image(rng, "kept") == {1: b"a" * 512 + b"b" * 1024, 2: b""}
    torn = {disk.image(rng, "torn")[1] for _ in range(200)}
    assert b"a" * 1024 + b"b" * 512 in torn and b"a" * 512 + b"b" * 512 in torn, "sectors, in any order"
    assert all(image.startswith(b"a" * 512) for image in torn)
    assert {2 in disk.image(rng, "torn") for _ in range(50)} == {True, False}, "the folder was not synced since"
    assert 1 not in Disk({}).image(rng, "kept") and broken(Path("/nowhere/at/all.db")) != []


def test_a_removal_that_was_not_synced_may_be_undone() -> None:
    disk = Disk({3: b"journal"})
    disk.do(Op("U", 3))
    assert disk.image(random.Random(1), "lost") == {3: b"journal"}
    assert disk.image(random.Random(1), "kept") == {}
    disk.do(Op("S", 4))
    assert disk.image(random.Random(1), "lost") == {}
