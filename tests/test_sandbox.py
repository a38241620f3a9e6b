"""The sandbox: every way a task may fail is a FeedError, and no failure touches another task."""

from __future__ import annotations

import asyncio
import errno
import os
import platform
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.model import ArticleError, FeedError, Reason
from pipeline.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent


def double(number: int) -> int:
    return 2 * number


def echo(value: object) -> object:
    return value


def pid() -> int:
    return os.getpid()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def spin() -> None:
    while True:
        pass


def spin_for(seconds: float) -> float:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds


def grow(megabytes: int) -> int:
    return len(bytearray(megabytes * 2**20))


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def leave(code: int) -> None:
    os._exit(code)


def refuse() -> None:
    raise FeedError(Reason.NOT_A_FEED, "an HTML page")


def refuse_page() -> None:
    raise ArticleError(Reason.NO_TEXT, "three words")


def stumble() -> None:
    raise KeyError("no such thing")


def system_exit() -> None:
    sys.exit(3)


def recurse() -> None:
    recurse()


def unpicklable() -> object:
    return lambda: None


def chatter() -> str:
    print("to stdout")
    print("to stderr", file=sys.stderr)
    os.write(1, b"to fd 1")
    return sys.stdin.read()


def swallow() -> None:
    """A parser that catches whatever is thrown at it, and goes on."""
    while True:
        try:
            spin()
        except BaseException:
            continue


def reaching_out(way: str, place: str) -> str:
    """Do what no parser needs."""
    try:
        OUTSIDE[way](place)
    except OSError as error:
        return type(error).__name__ + f" {error.errno}"
    return "done"


def _fork_and_exec(_: str) -> None:
    os.execv("/bin/true", ["true"])


OUTSIDE = {
    "connect": lambda place: socket.create_connection(("127.0.0.1", int(place)), 5).close(),
    "unix": lambda place: socket.socket(socket.AF_UNIX).connect(place),
    "listen": lambda _: socket.create_server(("127.0.0.1", 0)).close(),
    "execute": _fork_and_exec,
    "write": lambda place: Path(place).write_text("x" * 10),
    "append": lambda place: Path(place).open("a").close(),
    "truncate": lambda place: os.truncate(place, 0),
    "empty": lambda place: os.close(os.open(place, os.O_RDONLY | os.O_TRUNC)),
    "remove": lambda place: Path(place).unlink(),
    "rename": lambda place: Path(place).rename(place + "2"),
    "make": lambda place: Path(place + "3").mkdir(),
    "link": lambda place: Path(place + "4").symlink_to("/etc/passwd"),
    "open": lambda place: Path(place).chmod(0o777),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Patient: what spins has its second of CPU on a busy machine, too, before the clock ends it."""
    with Sandbox(2, wall_s=60, cpu_s=1, memory_mb=128, preload=["pipeline.model"]) as made:
        yield made


@pytest.fixture(scope="module")
def hasty() -> Iterator[Sandbox]:
    with Sandbox(2, wall_s=1.5, cpu_s=1, memory_mb=128, preload=["pipeline.model"]) as made:
        yield made


def failure(sandbox: Sandbox, fn: object, *args: object) -> FeedError:
    error = sandbox.submit(fn, *args).exception(timeout=60)  # type: ignore[arg-type]
    assert isinstance(error, FeedError), repr(error)
    assert "\n" not in str(error)
    return error


def test_gives_results_in_the_order_asked(sandbox: Sandbox) -> None:
    futures = [sandbox.submit(double, n) for n in range(50)]
    assert [future.result(60) for future in futures] == [2 * n for n in range(50)]


def test_runs_outside_this_process(sandbox: Sandbox) -> None:
    assert sandbox.submit(pid).result(60) != os.getpid()


def test_large_arguments_and_results(sandbox: Sandbox) -> None:
    body = os.urandom(15 * 2**20)
    assert sandbox.submit(echo, body).result(60) == body


@pytest.mark.case("C3")
@pytest.mark.parametrize(
    ("fn", "args", "code", "detail"),
    [
        (refuse, (), Reason.NOT_A_FEED, "an HTML page"),
        (refuse_page, (), Reason.NO_TEXT, "three words"),
        (stumble, (), Reason.INTERNAL, "KeyError: 'no such thing'"),
        (system_exit, (), Reason.INTERNAL, "SystemExit: 3"),
        (unpicklable, (), Reason.INTERNAL, "lambda"),
        (recurse, (), Reason.PARSE_CRASH, "recursed too deep"),
        (grow, (1000,), Reason.PARSE_MEMORY, "128 MB"),
        (spin, (), Reason.PARSE_TIMEOUT, "1 s of CPU"),
        (swallow, (), Reason.PARSE_TIMEOUT, "1 s of CPU"),
        (die, (signal.SIGSEGV,), Reason.PARSE_CRASH, "SIGSEGV"),
        (die, (signal.SIGKILL,), Reason.PARSE_CRASH, "SIGKILL"),
        (leave, (7,), Reason.PARSE_CRASH, "exit code 7"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_failure_is_a_feed_error(
    sandbox: Sandbox, fn: object, args: tuple[object, ...], code: Reason, detail: str
) -> None:
    if code is Reason.PARSE_MEMORY and sys.platform != "linux":
        pytest.skip("this system has no working RLIMIT_AS")
    error = failure(sandbox, fn, *args)
    assert error.code is code
    assert detail in error.detail
    assert sandbox.submit(double, 21).result(60) == 42


@pytest.mark.case("C3")
@pytest.mark.parametrize(("fn", "arg"), [(sleep, 100), (leave, 0)])
def test_what_does_not_answer_in_time_is_given_up(hasty: Sandbox, fn: object, arg: int) -> None:
    error = failure(hasty, fn, arg)
    assert error.code is Reason.PARSE_TIMEOUT and "1.5 s" in error.detail
    assert hasty.submit(double, 21).result(60) == 42


def test_a_child_reaches_nothing_and_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("this system has no filter that we know")
    kept = tmp_path / "stories.db"
    kept.write_text("articles")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        for way in OUTSIDE:
            said = sandbox.submit(reaching_out, way, port if way == "connect" else str(kept)).result(60)
            assert said == f"PermissionError {errno.EPERM}", way
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert kept.read_text() == "articles" and list(tmp_path.iterdir()) == [kept]
    assert kept.stat().st_mode & 0o777 != 0o777
    assert sandbox.submit(read_and_import, str(kept)).result(60) == "articles", "reading and importing go on"


def read_and_import(place: str) -> str:
    import this  # noqa: F401

    return Path(place).read_text()


def test_passes_the_subclass_through(sandbox: Sandbox) -> None:
    assert isinstance(failure(sandbox, refuse_page), ArticleError)


def test_internal_errors_carry_their_traceback(sandbox: Sandbox) -> None:
    notes = "".join(failure(sandbox, stumble).__notes__)
    assert "in stumble" in notes


def test_an_argument_that_cannot_be_pickled(sandbox: Sandbox) -> None:
    assert failure(sandbox, echo, lambda: None).code is Reason.INTERNAL


def test_cpu_seconds_are_counted_per_task_not_per_child() -> None:
    with Sandbox(1, cpu_s=2, wall_s=60) as sandbox:
        assert [sandbox.submit(spin_for, 0.6).result(60) for _ in range(5)] == [0.6] * 5


@pytest.mark.case("C3")
def test_bad_tasks_do_not_harm_good_ones(hasty: Sandbox) -> None:
    bad = [(spin, ()), (die, (signal.SIGSEGV,)), (leave, (1,)), (sleep, (60,)), (die, (signal.SIGABRT,))]
    futures = []
    for n in range(40):
        futures.append(hasty.submit(double, n))
        if n % 8 == 0:
            fn, args = bad[n // 8]
            hasty.submit(fn, *args)
    assert [future.result(100) for future in futures] == [2 * n for n in range(40)]


def test_survives_the_death_of_idle_children() -> None:
    with Sandbox(1) as sandbox:
        for _ in range(3):
            os.kill(sandbox.submit(pid).result(60), signal.SIGKILL)
        assert sandbox.submit(double, 4).result(60) == 8


def test_close_kills_and_settles_what_is_open() -> None:
    sandbox = Sandbox(1, wall_s=100, cpu_s=100)
    child = sandbox.submit(pid).result(60)
    futures = [sandbox.submit(spin), *(sandbox.submit(double, n) for n in range(5))]
    sandbox.close()
    assert [error.code for future in futures if isinstance(error := future.exception(0), FeedError)] == [
        Reason.CANCELLED
    ] * 6
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    sandbox.close()
    with pytest.raises(RuntimeError):
        sandbox.submit(double, 1)


def test_cancelling_frees_the_child() -> None:
    with Sandbox(1, wall_s=100, cpu_s=100) as sandbox:
        sandbox.submit(double, 1).result(60)
        stuck = sandbox.submit(spin)
        time.sleep(0.3)
        assert stuck.cancel()
        assert sandbox.submit(double, 2).result(60) == 4


def test_awaited_from_asyncio(sandbox: Sandbox) -> None:
    async def both() -> list[object]:
        jobs = [asyncio.wrap_future(sandbox.submit(fn)) for fn in (pid, refuse)]
        return await asyncio.gather(*jobs, return_exceptions=True)

    good, bad = asyncio.run(both())
    assert isinstance(good, int)
    assert isinstance(bad, FeedError)


SCRIPT = """
    import os, signal, sys, time
    from pathlib import Path
    sys.path[:0] = [{root!r}, {tests!r}]
    from pipeline.sandbox import Sandbox
    from test_sandbox import chatter, sleep, spin

    def asleep():
        for _ in range(500):  # a signal between two statements ends no sleep
            time.sleep(0.1)

    def main():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may ignore it
        with Sandbox(2, wall_s=60, cpu_s=60) as sandbox:
            assert sandbox.submit(chatter).result(60) == ""
            {body}

    if __name__ == "__main__":
        main()
"""


def as_script(folder: Path, body: str, name: str) -> subprocess.Popen[str]:
    file = folder / name
    file.write_text(textwrap.dedent(SCRIPT).format(root=str(ROOT), tests=str(ROOT / "tests"), body=body))
    return subprocess.Popen(
        [sys.executable, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_children_of_a_console_script_are_silent(tmp_path: Path) -> None:
    script = as_script(tmp_path, "print('done')", "console")  # no .py: as pip writes them
    out, err = script.communicate("not for the children\n", timeout=100)
    assert (out, err, script.returncode) == ("done\n", "", 0)


def test_interrupt_from_the_terminal_reaches_only_the_parent(tmp_path: Path) -> None:
    body = "jobs = [sandbox.submit(spin), sandbox.submit(sleep, 50)]; print('up', flush=True); asleep()"
    script = as_script(tmp_path, body, "interrupted.py")
    assert script.stdout is not None
    assert script.stdout.readline() == "up\n"
    os.killpg(script.pid, signal.SIGINT)  # as the terminal does: to the whole group
    _, err = script.communicate(timeout=100)
    assert err.count("Traceback") == 1
    assert err.rstrip().endswith("KeyboardInterrupt")


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    body = "job = sandbox.submit(os.getpid); print(job.result(60), flush=True); time.sleep(50)"
    script = as_script(tmp_path, body, "killed.py")
    assert script.stdout is not None
    child = int(script.stdout.readline())
    script.kill()
    script.communicate(timeout=100)
    for _ in range(200):
        if not _alive(child):
            return
        time.sleep(0.1)
    pytest.fail("the child outlived its parent by 20 s")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def has(module: str) -> bool:
    return module in sys.modules


def test_what_children_start_with_is_not_their_tasks_memory_whoever_was_first(sandbox: Sandbox) -> None:
    """A process has one server that forks, started with what its first sandbox asked for."""
    assert sandbox.submit(has, "pipeline.model").result(timeout=60)
    with Sandbox(1, wall_s=60, memory_mb=8, preload=["spiders.parsers"]) as second:
        assert second.submit(has, "trafilatura").result(timeout=60)
