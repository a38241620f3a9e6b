"""`retold browse`, by its keys: what is on the screen, what is not obeyed, what a run adds meanwhile."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.pilot import Pilot

from pipeline.absorb import absorb
from pipeline.asked import Asked, Order
from pipeline.cli import browsing, output
from pipeline.cli.browser import Browser
from pipeline.config import loads
from pipeline.signatures import recipe
from pipeline.store import runs
from pipeline.store.connect import open_write, writing
from pipeline.verdict import VERDICT
from tests.conftest import CONFIG, FERRY_EN, MARKS, NOW, Small, asked, call, command, on, piece, record

EVIL = "[red]x[/] [@click=app.quit]y[/] [link=file:///etc/passwd]z :smile: \x1b]8;;http://evil.test/\x07w\u202etxet"
Walk = Callable[[Pilot[None]], Awaitable[None]]


def walk(path: Path, steps: Walk, size: tuple[int, int] = (110, 30), span: str = "") -> None:
    """The browser over this database, on a screen of this size, while ``steps`` press keys."""

    async def go() -> None:
        app = Browser(path, Asked(order=Order.NEWEST), span)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await steps(pilot)

    asyncio.run(go())


async def press(pilot: Pilot[None], *keys: str) -> str:
    """The screen after these keys."""
    await pilot.press(*keys)
    await pilot.pause()
    return screen(pilot)


async def told(pilot: Pilot[None], note: str, *keys: str) -> bool:
    """Whether a note says so soon after these keys."""
    await pilot.press(*keys)
    for _ in range(500):
        if note in screen(pilot):
            return True
        await pilot.pause(0.02)
    return False


def screen(pilot: Pilot[None]) -> str:
    """The lines on the screen, as text (what Textual makes pictures of, which is the public but slow way)."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


@pytest.fixture
def own(small: Small, tmp_path: Path) -> Small:
    """A copy of the small database."""
    return Small(Path(shutil.copy(small.path, tmp_path / "stories.db")), small.config, small.ids)


def test_from_the_list_to_a_story_to_an_article_and_back(small: Small) -> None:
    first, second, third = [row["story_id"] for row in asked(small, "stories")]

    async def steps(pilot: Pilot[None]) -> None:
        shown = screen(pilot)
        assert re.search(rf"^ *{first} .*Owl in the belfry", shown, re.M) and re.search(rf"^ *{second} ", shown, re.M)
        assert " origins" in shown and "3 stories, newest first" in shown
        story = await press(pilot, "down", "enter")
        printed = on(small, "story", second).splitlines()
        assert [line for line in printed[:6] if line.strip() and line[:60] not in story] == []
        article = await press(pilot, "down", "enter")
        assert "Captain Harms said the engines had not obeyed." in article
        assert f"#{small.ids['ferry']} Ferry Nordwind hits quay wall" in article
        assert "https://courier.example/ferry" in article and "2026-11-20 04:00" in article
        assert f"story {second}: " in await press(pilot, "q")
        assert f"story {third}: " in await press(pilot, "n") == await press(pilot, "n")  # it is the last
        assert f"story {first}: " in await press(pilot, "p", "p")
        assert "3 stories" in await press(pilot, "escape")
        assert f"story {first}: " in await press(pilot, "enter")  # the cursor went along
        await press(pilot, "escape", "escape")
        assert pilot.app.return_code == 0

    walk(small.path, steps)


def test_languages_orders_times_and_words_filter_as_the_commands_do(small: Small) -> None:
    german = {str(row["story_id"]) for row in asked(small, "stories", "--lang", "de")}
    both = {str(row["story_id"]) for row in asked(small, "stories")}

    async def steps(pilot: Pilot[None]) -> None:
        def listed() -> set[str]:
            return set(re.findall(r"^ *(\d+)  ", screen(pilot), re.M))

        assert listed() == both > german
        assert "de" in (await press(pilot, "l")).partition("first, ")[2] and listed() == german
        assert "en" in (await press(pilot, "l")).partition("first, ")[2] and listed() == both
        assert "3 stories, newest first\n" in re.sub(" +\n", "\n", await press(pilot, "l"))
        assert "most articles first" in await press(pilot, "o")
        assert "since 24h" in await press(pilot, "t")
        await press(pilot, "t", "t", "t", "slash", *"verger")
        assert "with: verger" in await press(pilot, "enter") and len(listed()) == 1
        assert await told(pilot, "name a word", "slash", "end", *["backspace"] * 6, *"-owl", "enter")
        assert "with: verger" in await press(pilot, "escape")
        assert "with:" not in await press(pilot, "escape") and listed() == both

    walk(small.path, steps)


def test_what_strangers_write_is_shown_and_not_obeyed(own: Small) -> None:
    with writing(own.path) as db:
        db.execute("UPDATE articles SET title = ?1, text = ?1 || char(10) || ?1", [EVIL])
        db.execute("UPDATE listings SET headline = ?", [EVIL])
        db.execute("UPDATE sources SET name = ?", ["[b]" + EVIL])
    said = output.plain(EVIL)

    async def steps(pilot: Pilot[None]) -> None:
        for keys in ((), ("enter",), ("enter",)):
            shown = await press(pilot, *keys)
            assert said in shown and not MARKS.search(shown.replace("\n", ""))
            lines = [y for y, line in enumerate(shown.splitlines()) if "y[/] [link" in line]
            for x in range(20, 120, 15) if keys else ():  # wherever one clicks, nothing is called
                await pilot.click(offset=(x, lines[0]))
            assert pilot.app.is_running and pilot.app.return_code is None

    walk(own.path, steps, (250, 30))


def test_an_address_leaves_only_by_a_key(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    monkeypatch.setattr(Browser, "suspend", lambda _: nullcontext())

    async def steps(pilot: Pilot[None]) -> None:
        assert "https://courier.example/owl" in await press(pilot, "enter", "enter", "u")
        assert (pilot.app.clipboard, opened) == ("https://courier.example/owl", [])
        await press(pilot, "b")
        assert opened == ["https://courier.example/owl"]
        pilot.app.screen.url = "file:///etc/passwd"  # type: ignore[attr-defined]
        await press(pilot, "b")
        assert len(opened) == 1

    walk(small.path, steps)


def test_a_reload_shows_what_a_run_brought(own: Small) -> None:
    config = loads(CONFIG, "config.yaml")
    how = recipe(config, VERDICT)

    async def steps(pilot: Pilot[None]) -> None:
        assert "Harbour" not in screen(pilot)
        with writing(own.path) as db:
            run_id = runs.begin_run(db, NOW, how.name)
            some = [piece(s, "again", "Harbour ferry again", FERRY_EN, "en", -1) for s in ("courier", "spoof")]
            record(db, config, some, run_id, NOW)
            absorb(db, run_id, NOW, how)
            runs.end_run(db, run_id, NOW, "done", {})
        await press(pilot, "down", "r", "enter")
        assert "Harbour ferry again" in await press(pilot, "end")
        own.path.unlink()
        assert await told(pilot, "no such database", "r") and "Harbour ferry again" in screen(pilot)
        assert "Nordwind" in await press(pilot, "q", "r")

    walk(own.path, steps)


def test_an_empty_database_and_what_is_gone_meanwhile(own: Small, tmp_path: Path) -> None:
    open_write(tmp_path / "empty.db").close()

    async def nothing(pilot: Pilot[None]) -> None:
        assert "0 stories" in await press(pilot, "enter", "o", "t", "l", "r")

    async def gone(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        with sqlite3.connect(own.path) as db:
            db.execute("DELETE FROM articles WHERE id = ?", [own.ids["owl"]])
        assert f"article #{own.ids['owl']} is gone" in await press(pilot, "enter")
        await press(pilot, "q", "q")
        with sqlite3.connect(own.path) as db:
            db.executescript("DELETE FROM aliases; DELETE FROM copies; DELETE FROM stories")
        assert "is gone" in await press(pilot, "enter") and "0 stories" in await press(pilot, "enter", "q", "r")

    walk(tmp_path / "empty.db", nothing)
    walk(own.path, gone)


@pytest.mark.parametrize("columns", [40, 80])
def test_a_narrow_screen_keeps_ids_and_ages(small: Small, columns: int) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        shown = screen(pilot)
        rows = re.findall(r"^ *\d+ +(?:\d+ \w+ ago|in \d+ \w+|\d{4}-\d\d-\d\d) +\S+.*$", shown, re.M)
        assert len(rows) == 3 and max(map(len, shown.splitlines())) <= columns
        assert ("origins" in shown) == (columns == 80)
        await pilot.resize_terminal(110, 24)
        await pilot.pause()
        assert "origins" in screen(pilot)
        keys = await press(pilot, "question_mark")
        assert re.search(r"^ +l  language", keys, re.M) and re.search(r"^ +/  search", keys, re.M)
        was = pilot.app.theme
        assert "3 stories" in await press(pilot, "question_mark", "d") and pilot.app.theme != was

    walk(small.path, steps, (columns, 24))


def test_what_cannot_be_browsed_says_why(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: object) -> str:
        result = call("browse", "--db", small.path, *args)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        return result.stderr

    assert "browse needs a terminal" in refused()
    assert "name a word" in refused("-owl")
    assert "'soon' is neither a span" in refused("--since", "soon")
    monkeypatch.setattr(browsing, "find_spec", lambda name: None)
    assert "pip install 'retold[browse]'" in refused()


def test_a_terminal_is_left_as_it_was(small: Small) -> None:
    """By q and by SIGTERM; what cannot be asked for ends before the screen is taken."""

    def ended(*args: str, end: Callable[[subprocess.Popen[bytes], int], object]) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        env = {"TERM": "xterm-256color", "PATH": os.environ["PATH"]}
        call = command("browse", "--db", str(small.path), *args)
        process = subprocess.Popen(call, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 65536):
                if b"newest first" in chunk:
                    end(process, ours)
                said += chunk
        except OSError:  # how Linux says that nobody holds the other end
            pass
        os.close(ours)
        return process.wait(10), said.decode()

    for code, end in ((0, lambda _, to: os.write(to, b"q")), (143, lambda p, _: p.send_signal(signal.SIGTERM))):
        status, said = ended(end=end)
        assert status == code and said.rindex("\x1b[?1049l") > said.rindex("\x1b[?1049h")
    status, said = ended("--source", "nobody", end=lambda *_: None)
    assert status == 2 and "no source nobody" in said and "\x1b[?1049h" not in said
