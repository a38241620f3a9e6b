"""Articles are deleted by another process while a run goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline import absorb
from pipeline.run import Summary
from pipeline.store import articles as store_articles
from pipeline.store.connect import open_write
from tests.desk import Desk, cron, entry, one_source, prose, sound
from tests.server import Server, reply
from tests.test_storage import feed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stories.db"


@contextmanager
def deleting(path: Path) -> Iterator[None]:
    """Another process deletes articles, one every few milliseconds, until the block ends."""
    child = os.fork()
    if not child:
        try:
            with closing(open_write(path)) as db:
                for n in range(10_000):
                    found = db.execute("SELECT id FROM articles WHERE id % 3 = ? LIMIT 1", [n % 3 % 2]).fetchone()
                    if found:
                        store_articles.delete_article(db, found[0], 3)
                    time.sleep(0.01)
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.case("F16")
@pytest.mark.parametrize("step", ["candidates", "hopeful", "_judged", "partition"])
def test_articles_deleted_between_the_steps_of_a_batch(path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Read, proposed, judged or grouped, and gone before it is stored: the batch goes on without it."""
    desk = Desk(path, one_source())
    for n in range(3):
        desk.print(entry(str(n)), prose(n))
    desk.absorb()
    desk.next_run()
    for n in range(3):
        desk.print(entry(f"copy {n}"), prose(n))
    done = getattr(absorb, step)
    gone = iter((2, 4, 1, 3))  # two that are stored, two that are new

    def meanwhile(*given: Any, **more: Any) -> Any:
        found = done(*given, **more)
        with closing(open_write(path)) as other:
            store_articles.delete_article(other, next(gone, 0), 3)
            store_articles.delete_article(other, next(gone, 0), 3)
        return found

    monkeypatch.setattr(absorb, step, meanwhile)
    desk.absorb()
    assert str(desk.one("SELECT count(*) FROM articles")) in "24", "nobody was deleted"
    monkeypatch.setattr(absorb, step, done)
    desk.absorb()
    desk.sound()
    desk.db.close()


@pytest.mark.case("F16")
@pytest.mark.slow
def test_articles_deleted_by_another_process_while_runs_go_on(path: Path) -> None:
    """Groups stay those of what is left, whichever moment an article goes in."""
    config = one_source(text_from="feed")
    open_write(path).close()
    with Server() as server:
        server.on("/robots.txt", reply(404)).on("/1.xml", feed(*range(20)), feed(*range(10, 40)))
        with deleting(path):
            done: list[Summary] = [cron(server, config, path, n) for n in range(2)]
        assert [d.articles for d in done] == [20, 20]
        cron(server, config, path, 3)
    with closing(open_write(path)) as db:
        assert 0 < db.execute("SELECT count(*) FROM articles").fetchone()[0] < 40, "nobody deleted"
        sound(db, config)
