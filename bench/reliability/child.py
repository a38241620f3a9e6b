"""`retold run` over the day on loopback, in a process group of its own that says where it is and can be killed.

The command is the real one, from its options to its exit code. Told to it besides are where the outlets are (loopback,
which the guard else refuses), the time, and batches as small as make a hundred articles go through the stages of many.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.reliability.day import CLOCK, ROOT, Web, settings

STAGES = ("open", "collect", "weigh", "sign", "group", "cite", "trace", "close")
SMALL = {  # so that every stage has several transactions, and forks children of its own
    "pipeline.absorb.BATCH": 12, "pipeline.absorb.SIGNED_EACH": 5, "pipeline.absorb.JUDGED_EACH": 20,
    "pipeline.tracing.BATCH": 12, "pipeline.tracing.READ_EACH": 6, "pipeline.tracing.TRACED_EACH": 6,
    "pipeline.background.FIRST": 10,
}  # fmt: skip
PATIENCE_S = 900.0  # on a busy machine


# ── In the child ──


def work(args: Sequence[str], routes: Mapping[str, Any], tell: int, hours: float) -> None:
    """Do `retold ARGS` some hours after CLOCK, writing a byte for each stage that begins to ``tell``; exits."""
    from pipeline import absorb, run, tracing
    from pipeline.cli import main
    from spiders import crawl

    def first(stage: str, made: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **more: Any) -> Any:
            os.write(tell, bytes([STAGES.index(stage)]))
            return made(*given, **more)

        return called

    for where, number in SMALL.items():
        module, _, name = where.rpartition(".")
        setattr(sys.modules[module], name, number)
    for module, name, stage in (
        (run, "writing", "open"), (run, "collect", "collect"), (run, "absorb", "weigh"), (absorb, "_sign_all", "sign"),
        (absorb, "group_all", "group"), (tracing, "read_all", "cite"), (tracing, "trace_all", "trace"),
        (run, "alert", "close"),
    ):  # fmt: skip
        setattr(module, name, first(stage, getattr(module, name)))
    crawl.PARSERS = ("bench.reliability.roomy", *crawl.PARSERS)
    run.writing = _checkpointing(run.writing, int(os.environ.get("RETOLD_BENCH_CHECKPOINT", "1000")))
    run.run = partial(run.run, routes=dict(routes), clock=lambda: CLOCK + timedelta(hours=hours))  # type: ignore[assignment]
    main(list(args), prog_name="retold")


def _checkpointing(opened: Callable[[Path], Any], pages: int) -> Callable[[Path], Any]:
    @contextmanager
    def writing(path: Path) -> Iterator[Any]:
        with opened(path) as db:
            db.execute(f"PRAGMA wal_autocheckpoint = {pages}")
            yield db

    return writing


# ── Around it ──


@dataclass
class Running:
    """A run under way."""

    pid: int
    told: int  # descriptor that the stages come through
    said: Path  # what it prints
    began: float = field(default_factory=time.monotonic)
    stages: list[tuple[str, float]] = field(default_factory=list)  # (stage, seconds after the start)
    code: int | None = None  # exit code; of a killed one, minus the signal
    seconds: float = 0.0

    def look(self, wait: float = 0.0) -> None:
        """Take in the stages that were told, waiting so many seconds for one."""
        while select.select([self.told], [], [], wait)[0] and (came := os.read(self.told, 100)):
            self.stages += [(STAGES[b], time.monotonic() - self.began) for b in came]
            wait = 0.0

    @property
    def stage(self) -> str:
        """Where it is."""
        return self.stages[-1][0] if self.stages else "start"

    def ended(self) -> bool:
        """Has it ended by itself?"""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code, self.seconds = os.waitstatus_to_exitcode(status), time.monotonic() - self.began
        return self.code is not None

    def until(self, stage: str) -> bool:
        """Wait for a stage to begin; False where the run ended before."""
        end = time.monotonic() + PATIENCE_S
        while stage != "start" and stage not in [name for name, _ in self.stages]:
            if self.ended() or time.monotonic() > end:
                return False
            self.look(0.005)
        return True

    def wait(self) -> int:
        """Its exit code; raises TimeoutError."""
        while not self.ended():
            self.look(0.01)
            if time.monotonic() - self.began > PATIENCE_S:
                self.kill()
                raise TimeoutError(f"a run that does not end: {self.text()}")
        self.look()
        os.close(self.told)
        return self.code or 0

    def kill(self, alone: bool = False) -> str | None:
        """Kill it with its children, or ``alone``; the stage it was in, None where it had ended."""
        if self.ended():
            self.look()
            os.close(self.told)
            return None
        with suppress(ProcessLookupError):
            (os.kill if alone else os.killpg)(self.pid, signal.SIGKILL)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if not alone:
            gone(self.pid)
        self.look()
        os.close(self.told)
        return self.stage

    def text(self) -> str:
        """What it has printed, on both streams."""
        return self.said.read_text("utf-8", "replace")


def gone(group: int) -> None:
    """Wait until no process of a killed group is left (defunct ones count as gone)."""
    end = time.monotonic() + 5
    while time.monotonic() < end and any(_lives(p, group) for p in Path("/proc").glob("[0-9]*")):
        time.sleep(0.005)


def _lives(process: Path, group: int) -> bool:
    with suppress(OSError, ValueError):
        state, _, its_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
        return int(its_group) == group and state not in "ZX"
    return False


class Runs:
    """Starts runs into databases of one folder."""

    def __init__(self, web: Web, folder: Path) -> None:
        self.web, self.folder = web, folder
        self.config = folder / "config.yaml"
        self.config.write_text(settings(), "utf-8")

    def args(self, path: Path, force: bool) -> list[str]:
        """The command line."""
        return ["run", *["--force"] * force, "--config", str(self.config), "--db", str(path)]

    def begin(
        self, path: Path, hours: float = 0, *, force: bool = True, prepare: Callable[[], object] = lambda: None
    ) -> Running:
        """A run, some hours after CLOCK, in a child that is forked off this process, which has imported everything
        already; ``prepare`` is called in it first (limits)."""
        told, tell = os.pipe()
        said = self.folder / f"{path.name}.said"
        pid = os.fork()
        if pid:
            os.close(tell)
            with suppress(OSError):
                os.setpgid(pid, pid)
            return Running(pid, told, said)
        code = 70
        try:
            _apart(told, said)
            prepare()
            work(self.args(path, force), self.web.routes, tell, hours)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 70
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def start(self, path: Path, hours: float = 0, *, force: bool = True, **env: str) -> Running:
        """A run in a process of its own from the start."""
        told, tell = os.pipe()
        said = self.folder / f"{path.name}.said"
        given = json.dumps([self.args(path, force), self.web.routes, tell, hours])
        with said.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "bench.reliability.child", given],
                env={**os.environ, "PYTHONPATH": str(ROOT), **env}, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, pass_fds=[tell], process_group=0,
            )  # fmt: skip
        os.close(tell)
        child.returncode = 0  # it is `Running` that waits for it
        return Running(child.pid, told, said)

    def done(self, path: Path, hours: float = 0) -> Running:
        """A whole run, forked off; raises AssertionError where it did not end well."""
        running = self.begin(path, hours)
        code = running.wait()
        assert code == 0, f"exit {code}: {running.text()}"
        return running


def _apart(told: int, said: Path) -> None:
    os.close(told)
    os.setpgid(0, 0)
    with said.open("wb") as out:
        for number in (1, 2):
            os.dup2(out.fileno(), number)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def warmed(runs: Runs, reference: Path) -> None:
    """Import and load here what runs need, so that those forked off begin at once: group a copy of ``reference``."""
    import spiders.handler
    import spiders.news  # noqa: F401
    from pipeline import run
    from pipeline.config import load

    copy = reference.with_name("warm.db")
    copy.write_bytes(reference.read_bytes())
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("UPDATE cited_by SET recipe = ''")  # to be read again
    run.run(load(runs.config), copy, fetch=False, anew=True, clock=lambda: CLOCK)


if __name__ == "__main__":
    work(*json.loads(sys.argv[1]))
