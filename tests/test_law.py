"""Laws 2 and 4: any arrival order, with edits, deletions, re-runs and corrections, gives the rebuild's partition."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import corrections
from pipeline.absorb import absorb
from pipeline.config import Config
from pipeline.model import Article, Correction, Entry, Kind
from pipeline.rebuild import partition
from pipeline.signatures import paragraph_hashes, recipe, title_hash
from pipeline.store import articles as store_articles
from pipeline.store import corrections as store_corrections
from pipeline.store import keys, runs, signing
from pipeline.text import content_hash
from pipeline.verdict import VERDICT
from tests.desk import faults, prose, stored_partition
from tests.making import opened

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
RECIPE = recipe(Config(), VERDICT)
FRAMES = ["Follow the Courier on every channel you like", "About the Courier: we report from the harbour"]
EVENTS = [
    ["Fähre Nordwind rammt Kaimauer in Büsum", "Zwölf Menschen wurden verletzt, sagte Kapitän Harms.",
     "Die Reederei Wattlinie stellt den Betrieb bis Freitag ein.", "Der Schaden liegt bei 400.000 Euro."],
    ["Ferry Nordwind hits quay wall in Büsum", "Twelve people were injured when the Nordwind hit the quay.",
     "Operator Wattlinie suspends its service until Friday.", "Damage is put at 400,000 euros by captain Harms."],
    ["Veerboot Nordwind ramt kade van Büsum", "Twaalf mensen raakten gewond bij de aanvaring in Büsum.",
     "Rederij Wattlinie legt de dienst stil tot vrijdag.", "Volgens kapitein Harms is de schade 400.000 euro."],
    ["Mayor of Tarnwick resigns over bridge tender", "Mayor Ellen Prowse resigned after the Tarnwick audit.",
     "The bridge over the Ouse was to cost 31 million pounds.", "Auditors found 14 forged bids in the file."],
    ["Tarnwick bridge: Prowse steps down", "Ellen Prowse gave up her office on Thursday evening.",
     "Fourteen bids for the Ouse bridge were forged, auditors say.", "The bridge was priced at 31 million pounds."],
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def tiny_levels() -> Iterator[None]:
    """Let keys go down the levels, and stale ones be swept, in an archive of a few articles."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "FIRST_LEVEL", 40)
        patch.setattr(keys, "FAN_OUT", 2)
        patch.setattr(keys, "SLICES", 16)
        patch.setattr(keys, "STALE", 2)
        yield


@st.composite
def pieces(draw: st.DrawFn) -> tuple[str, str, str]:
    """(source, title, text): part of a telling, in some order, in some frame, of some outlet."""
    n = draw(st.integers(0, len(EVENTS) - 1))
    title, *lines = EVENTS[n]
    kept = draw(st.lists(st.sampled_from(lines), min_size=1, max_size=3, unique=True))
    frame = draw(st.lists(st.sampled_from(FRAMES), max_size=2, unique=True))
    other = EVENTS[draw(st.integers(0, len(EVENTS) - 1))][0]
    return draw(st.sampled_from("abc")), draw(st.sampled_from([title, other])), "\n".join([*frame, *kept])


def made(n: int, piece: tuple[str, str, str], lag_h: int) -> Article:
    source, title, text = piece
    lang = "de" if title.startswith("Fähre") else "nl" if title.startswith("Veerboot") else "en"
    url = f"https://{source}.test/{n}"
    return Article(
        source=source, url=url, key=url[8:], title=title, text=text, lang=lang,
        published=NOW - timedelta(hours=lag_h), content_hash=content_hash(title, text),
    )  # fmt: skip


def fresh(folder: str) -> sqlite3.Connection:
    db = opened(Path(folder) / "stories.db")
    for key in "abc":
        db.execute(
            "INSERT INTO sources (key,name,owner,country,language,role) VALUES (?,?,'','XX','en','publisher')",
            (key, key),
        )
        db.execute("INSERT INTO feeds (url, source, kind) VALUES (?,?,'feed')", (f"https://{key}.test/feed", key))
    runs.begin_run(db, NOW, RECIPE.name)
    return db


def put(db: sqlite3.Connection, article: Article) -> None:
    """As a run does: the entry, then what its page gave."""
    entry = Entry(
        feed_url=f"https://{article.source}.test/feed", guid=article.url, url=article.url, title=article.title
    )
    db.execute(
        "INSERT INTO entries (feed_url, guid, source, url, key, title, summary, content, author, date_raw, via_name,"
        " via_url, categories, hash, first_seen, state) VALUES (?,?,?,?,?,?,'','','','','','','[]','',?,'wanted')"
        " ON CONFLICT DO NOTHING",
        (entry.feed_url, entry.guid, article.source, entry.url, article.key, entry.title, "2026-03-05T12:00:00Z"),
    )
    found = store_articles.Found(article, tuple(paragraph_hashes(article)), title_hash(article))
    store_articles.record_article(db, runs.Moment(1, NOW), None, entry, found, RECIPE.boilerplate_min_articles)


def articles(db: sqlite3.Connection) -> list[Article]:
    return [signing.article(r) for r in db.execute("SELECT * FROM articles ORDER BY id")]


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "edit", "delete", "run", "correct", "correct", "import", "take back"]),
        pieces(),
        st.integers(0, 200),
        st.integers(0, 30),
    ),
    min_size=3,
    max_size=24,
)


def correction(n: int, here: list[Article], pick: int, lag: int) -> Correction:
    """Some of the articles, and of half the corrections some others to keep away from; made in no order of time."""
    chosen = [here[(pick + k * (1 + lag % 5)) % len(here)].key for k in range(2 + lag % 4)]
    together, apart = frozenset(chosen[: 1 + lag % 3]), frozenset(chosen[1 + lag % 3 :])
    at = NOW + timedelta(minutes=lag)
    if apart - together and pick % 2:
        return Correction(Kind.SPLIT, together, apart - together, at, "ada", str(n))
    return Correction(Kind.MERGE, together | apart, frozenset(), at, "ada", str(n))


@pytest.mark.case("F14", "F16")
@settings(max_examples=120)
@given(steps)
def test_incremental_equals_rebuild(history: list[tuple[str, tuple[str, str, str], int, int]]) -> None:
    with TemporaryDirectory() as folder:
        db = fresh(folder)
        for n, (what, piece, lag, pick) in enumerate(history):
            here = articles(db)
            if what == "add" or not here:
                put(db, made(n, piece, lag))
            elif what == "edit":
                old = here[pick % len(here)]
                put(
                    db,
                    replace(made(0, piece, lag), source=old.source, url=old.url, key=old.key, published=old.published),
                )
            elif what == "correct":
                corrections.make(db, RECIPE, correction(n, here, pick, lag), NOW)
            elif what == "import":  # half of it about articles that come later, or never
                known = [*here, *(made(k, piece, lag) for k in range(n, n + 6))]
                corrections.take_in(db, RECIPE, [correction(n, known, pick + n, lag)], NOW)
            elif what == "take back":
                corrections.remove(db, RECIPE, [1 + pick % 4], NOW)
            elif what == "delete":
                store_articles.delete_article(db, here[pick % len(here)].id, RECIPE.boilerplate_min_articles)
            else:
                absorb(db, 1, NOW, RECIPE)
        absorb(db, 1, NOW, RECIPE)
        assert stored_partition(db) == partition(articles(db), RECIPE, store_corrections.in_force(db))
        assert faults(db) == []
        assert db.execute("SELECT count(*) FROM stories").fetchone()[0] == len(stored_partition(db))
        before = db.total_changes
        absorb(db, 1, NOW, RECIPE)
        assert db.total_changes == before, "a second run with nothing new writes nothing"
        db.close()


@pytest.mark.case("F14")
@settings(max_examples=60)
@given(st.lists(st.tuples(pieces(), st.integers(0, 200)), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_arrival_order_leaves_no_trace(batch: list[tuple[tuple[str, str, str], int]], rng: object) -> None:
    def keyed(order: list[int], every: int) -> set[frozenset[str]]:
        with TemporaryDirectory() as folder:
            db = fresh(folder)
            for position, n in enumerate(order):
                put(db, made(n, *batch[n]))
                if position % every == 0:
                    absorb(db, 1, NOW, RECIPE)
            absorb(db, 1, NOW, RECIPE)
            key = {a.id: a.key for a in articles(db)}
            found = {frozenset(key[i] for i in ids) for ids, _ in stored_partition(db)}
            db.close()
            return found

    order = list(range(len(batch)))
    shuffled = order[:]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert keyed(order, 1000) == keyed(shuffled, 2)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(pieces(), st.integers(0, 200)), min_size=3, max_size=10),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=1, max_size=4, unique_by=lambda c: c[0]),
    st.lists(st.integers(0, 10), min_size=4, max_size=4),
)
def test_when_a_correction_is_made_leaves_no_trace(
    batch: list[tuple[tuple[str, str, str], int]], said: list[tuple[int, int]], moments: list[int]
) -> None:
    """Before its articles are here, between them or after the last: what counts is the time that it carries."""
    known = [replace(made(n, *piece), id=n + 1) for n, piece in enumerate(batch)]
    made_up = [correction(n, known, pick, lag) for n, (lag, pick) in enumerate(said)]

    def found(moments: list[int], every: int) -> object:
        with TemporaryDirectory() as folder:
            db = fresh(folder)
            for n in range(len(batch) + 1):
                due = [c for c, at in zip(made_up, moments, strict=False) if min(at, len(batch)) == n]
                corrections.take_in(db, RECIPE, due, NOW)
                if n < len(batch):
                    put(db, known[n])
                if n % every == 0:
                    absorb(db, 1, NOW, RECIPE)
            absorb(db, 1, NOW, RECIPE)
            assert stored_partition(db) == partition(articles(db), RECIPE, store_corrections.in_force(db))
            divided = stored_partition(db)
            db.close()
            return divided

    assert found([0] * 4, 1000) == found(moments, 2)


def test_deleting_the_bridge_parts_what_it_joined(tmp_path: Path) -> None:
    """A page that prints two wire items contains both; without it they have nothing in common."""
    db = fresh(str(tmp_path))
    one, two = " ".join(EVENTS[0][1:] * 2), " ".join(EVENTS[3][1:] * 2)
    for n, (title, text) in enumerate([("Fähre", one), ("Mayor", two), ("News in brief", f"{one}\n{two}")]):
        put(db, made(n, ("abc"[n], title, text), n))
    absorb(db, 1, NOW, RECIPE)
    assert [ids for ids, _ in stored_partition(db)] == [(1, 2, 3)]
    store_articles.delete_article(db, 3, RECIPE.boilerplate_min_articles)
    absorb(db, 1, NOW, RECIPE)
    assert [ids for ids, _ in stored_partition(db)] == [(1,), (2,)]


def test_story_ids_are_stable_and_never_reused(tmp_path: Path) -> None:
    """On a merge the oldest id survives and the other redirects; where the two part again, each has its own."""
    db = fresh(str(tmp_path))
    one, two = " ".join(EVENTS[0][1:] * 2), " ".join(EVENTS[3][1:] * 2)
    put(db, made(0, ("a", "Fähre", one), 0))
    put(db, made(1, ("b", "Mayor", two), 0))
    absorb(db, 1, NOW, RECIPE)
    put(db, made(2, ("c", "News in brief", f"{one}\n{two}"), 0))
    absorb(db, 1, NOW, RECIPE)
    assert [r["id"] for r in db.execute("SELECT id FROM stories")] == [1]
    assert [tuple(r) for r in db.execute("SELECT id, story_id FROM aliases")] == [(2, 1)]
    store_articles.delete_article(db, 3, RECIPE.boilerplate_min_articles)
    absorb(db, 1, NOW, RECIPE)
    assert [tuple(r) for r in db.execute("SELECT article_id, story_id FROM copies ORDER BY 1")] == [(1, 1), (2, 2)]
    store_articles.delete_article(db, 2, RECIPE.boilerplate_min_articles)
    put(db, made(3, ("c", "Owl", prose(9)), 0))
    absorb(db, 1, NOW, RECIPE)
    assert [r["id"] for r in db.execute("SELECT id FROM stories ORDER BY id")] == [1, 3], "gone, and given to nobody"


def test_profiles_are_kept_of_the_last_days_only(tmp_path: Path) -> None:
    """Whom no new article can meet within the window is not remembered: the cache does not grow with the archive."""
    db = fresh(str(tmp_path))
    for n, lag in enumerate([400, 300, 90, 0]):
        put(db, made(n, ("a", EVENTS[0][0], EVENTS[0][1]), lag))
        absorb(db, 1, NOW, RECIPE)
    kept = [r[0] for r in db.execute("SELECT article_id FROM profiles ORDER BY article_id")]
    assert kept == [3, 4]
    assert [len(ids) for ids, _ in stored_partition(db)] == [4], "a copy is found however old it is"


def test_several_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> list[tuple[object, ...]]:
        (tmp_path / name).mkdir()
        db = fresh(str(tmp_path / name))
        for n in range(24):
            title, *lines = EVENTS[n % len(EVENTS)]
            put(db, made(n, ("abc"[n % 3], title, " ".join(lines[: 1 + n % 4])), n))
            if n % 8 == 7:
                absorb(db, 1, NOW, RECIPE)
        sql = "SELECT left_id, right_id, verdict, probability, scores, reasons FROM matches ORDER BY 1, 2"
        rows = [tuple(r) for q in (sql, "SELECT * FROM copies", "SELECT * FROM signatures") for r in db.execute(q)]
        db.close()
        return rows

    alone = found("alone")
    monkeypatch.setattr("pipeline.shares.at_hand", lambda: 3)
    for name in ("SIGNED_EACH", "JUDGED_EACH"):
        monkeypatch.setattr(f"pipeline.absorb.{name}", 1)
    assert found("shared") == alone
    assert len(alone) > 48


def test_links_of_equal_strength_are_taken_in_one_order(tmp_path: Path) -> None:
    """Nine copies that say one thing, and three texts that are told three days apart: met by hypothesis."""
    title, injured, operator, _ = EVENTS[0]
    told = [(injured, 1), *[(operator, 0)] * 8, (f"{FRAMES[0]}\n{injured}", 73), (f"{FRAMES[1]}\n{injured}", 0)]
    found = []
    for turn in range(len(told)):
        (tmp_path / str(turn)).mkdir()
        db = fresh(str(tmp_path / str(turn)))
        for n in [*range(turn, len(told)), *range(turn)]:
            put(db, made(n, ("a", title, told[n][0]), told[n][1]))
        absorb(db, 1, NOW, RECIPE)
        key = {a.id: a.key for a in articles(db)}
        found.append({frozenset(key[i] for i in ids) for ids, _ in stored_partition(db)})
        db.close()
    assert all(one == found[0] for one in found)
