"""Old texts go, what is known of who told what stays, and the rest is what a rebuild makes of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import corrections, keeping
from pipeline.absorb import absorb
from pipeline.config import loads
from pipeline.keeping import Policy
from pipeline.model import Article, Correction, Entry, Kind, Reason
from pipeline.rebuild import partition
from pipeline.signatures import paragraph_hashes, title_hash
from pipeline.store import articles as store_articles
from pipeline.store import corrections as store_corrections
from pipeline.store import fulltext, keys, pruned, reads, runs, signing, stubs
from pipeline.store.connect import open_write
from pipeline.tracing import trace
from pipeline.why.backbone import backbone
from tests.conftest import ROOT, Demo, call
from tests.desk import Desk, entry, faults, killed_at, one_source, prose, stored_partition
from tests.making import NOW
from tests.test_law import RECIPE, fresh, made, pieces, tiny_levels

__all__ = ["tiny_levels"]  # an autouse fixture
DAY = timedelta(days=1)
AGO = NOW - 500 * DAY
KEPT = (
    "articles",
    "copies",
    "citations",
    "roles",
    "origins",
    "independence",
    "relays",
    "matches",
    "listings",
    "stories",
)
YEAR = Policy(texts=400 * DAY)


def put(db: sqlite3.Connection, article: Article, old: bool) -> None:
    """As a run does, so long ago."""
    at = AGO if old else NOW
    article = replace(article, published=article.published and article.published - (NOW - at))
    said = Entry(f"https://{article.source}.test/feed", article.url, article.url, article.title)
    db.execute(
        "INSERT INTO entries (feed_url, guid, source, url, key, title, summary, content, author, date_raw, via_name,"
        " via_url, categories, hash, first_seen, state) VALUES (?,?,?,?,?,?,'','','','','','','[]','',?,'wanted')"
        " ON CONFLICT DO NOTHING",
        (said.feed_url, said.guid, article.source, said.url, article.key, said.title, at.isoformat()),
    )
    found = store_articles.Found(article, tuple(paragraph_hashes(article)), title_hash(article))
    store_articles.record_article(db, runs.Moment(1, at), None, said, found, RECIPE.boilerplate_min_articles)


def alive(db: sqlite3.Connection) -> list[Article]:
    sql = "SELECT * FROM articles WHERE id NOT IN (SELECT article_id FROM pruned) ORDER BY id"
    return [signing.article(r) for r in db.execute(sql)]


def run(db: sqlite3.Connection) -> None:
    absorb(db, 1, NOW, RECIPE)
    trace(db)


def traces(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """What is known of the pruned stories."""
    own = "(SELECT article_id FROM pruned)"
    stories = f"(SELECT story_id FROM copies WHERE article_id IN {own})"
    where = {"articles": f"id IN {own}", "citations": f"article_id IN {own}", "matches": f"left_id IN {own}",
             "stories": f"id IN {stories}"}  # fmt: skip
    return {t: [tuple(r) for r in db.execute(f"SELECT * FROM {t} WHERE {where.get(t, f'story_id IN {stories}')}")]
            for t in KEPT}  # fmt: skip


def rest(db: sqlite3.Connection) -> list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]]:
    """The groups of the other articles; a story is the one or the other as a whole."""
    gone = {r[0] for r in db.execute("SELECT article_id FROM pruned")}
    found = stored_partition(db)
    assert all(gone.isdisjoint(ids) or gone.issuperset(ids) for ids, _ in found)
    return [story for story in found if gone.isdisjoint(story[0])]


def lawful(db: sqlite3.Connection) -> None:
    assert rest(db) == partition(alive(db), RECIPE, store_corrections.in_force(db))
    assert faults(db) == []
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)")
    for queue in ("unsigned", "ungrouped", "uncited", "untraced", "unlisted", "stale_days"):
        assert db.execute(f"SELECT count(*) FROM {queue}").fetchone()[0] == 0, queue


steps = st.lists(
    st.tuples(
        st.sampled_from(["old", "old", "new", "edit", "delete", "run", "correct", "take back", "prune", "recipe"]),
        pieces(),
        st.integers(0, 100),
        st.integers(0, 30),
    ),
    min_size=4,
    max_size=20,
)


def correction(n: int, here: list[Article], pick: int, lag: int) -> Correction:
    chosen = [here[(pick + k * (1 + lag % 5)) % len(here)].key for k in range(2 + lag % 3)]
    together, apart = frozenset(chosen[:1]), frozenset(chosen[1:])
    if apart - together and pick % 2:
        return Correction(Kind.SPLIT, together, apart - together, NOW + timedelta(minutes=lag), "ada", str(n))
    return Correction(Kind.MERGE, together | apart, frozenset(), NOW + timedelta(minutes=lag), "ada", str(n))


@pytest.mark.parametrize("examples", [4, pytest.param(250, marks=pytest.mark.slow)])
def test_what_is_left_is_what_a_rebuild_makes_of_it(examples: int) -> None:
    @settings(max_examples=examples)
    @given(steps)
    def law(history: list[tuple[str, tuple[str, str, str], int, int]]) -> None:
        with TemporaryDirectory() as folder, closing(fresh(folder)) as db:
            known: dict[str, list[tuple[object, ...]]] = {}
            for n, (what, piece, lag, pick) in enumerate([*history, ("prune", ("a", "", ""), 0, 0)]):
                here = [signing.article(r) for r in db.execute("SELECT * FROM articles ORDER BY id")]
                if what in ("old", "new") or not here:
                    put(db, made(n, piece, lag), what == "old")
                elif what == "edit":
                    was = here[pick % len(here)]
                    put(db, replace(made(0, piece, lag), source=was.source, url=was.url, key=was.key,
                                    published=was.published), False)  # fmt: skip
                elif what == "correct":
                    corrections.make(db, RECIPE, correction(n, here, pick, lag), NOW)
                elif what == "take back":
                    corrections.remove(db, RECIPE, [1 + pick % 3], NOW)
                elif what == "delete":
                    gone = [a for a in here if not stubs.is_pruned(db, [a.id])]
                    if gone:
                        store_articles.delete_article(db, gone[pick % len(gone)].id, RECIPE.boilerplate_min_articles)
                elif what == "recipe":
                    signing.drop_signed(db, RECIPE.name)
                    db.execute("DELETE FROM cited_by")
                elif what == "prune":
                    run(db)
                    keeping.prune(db, YEAR, NOW, RECIPE)
                    known = traces(db)
                else:
                    run(db)
                now = traces(db)
                assert all(set(rows) <= set(now[table]) for table, rows in known.items()), "a trace was lost"
            run(db)
            lawful(db)
            assert pruned.old(db, NOW - 400 * DAY, 500) == []
            before = db.total_changes
            run(db)
            keeping.prune(db, YEAR, NOW, RECIPE)
            written = db.total_changes - before
            assert written == 0, "a second time with nothing new wrote"

    law()


@pytest.mark.parametrize("examples", [3, pytest.param(120, marks=pytest.mark.slow)])
def test_pruned_before_a_run_or_after_it(examples: int) -> None:
    """What the old ones say is told again by nobody: a text that is printed again joins what there is."""

    @settings(max_examples=examples)
    @given(st.lists(st.tuples(pieces(), st.integers(0, 100)), min_size=2, max_size=12), st.integers(1, 6))
    def law(batch: list[tuple[tuple[str, str, str], int]], olds: int) -> None:
        def left(prune_first: bool) -> tuple[object, set[int]]:
            with TemporaryDirectory() as folder, closing(fresh(folder)) as db:
                for n, ((source, title, text), lag) in enumerate(batch[:olds]):
                    frame = [line for line in text.split("\n") if line.startswith(("Follow", "About"))]
                    put(db, made(n, (source, f"{title} {n}", "\n".join([*frame, prose(n)])), lag), True)
                run(db)
                if prune_first:
                    keeping.prune(db, YEAR, NOW, RECIPE)
                for n, (piece, lag) in enumerate(batch[olds:], olds):
                    put(db, made(n, piece, lag), False)
                run(db)
                keeping.prune(db, YEAR, NOW, RECIPE)
                run(db)
                lawful(db)
                return rest(db), {r[0] for r in db.execute("SELECT article_id FROM pruned")}

        assert left(True) == left(False)

    law()


# -- what people see


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The news day, two years later: all of it is old."""
    path = tmp_path_factory.mktemp("old") / "stories.db"
    with closing(sqlite3.connect(path)) as db:
        import gzip

        db.executescript(gzip.decompress((ROOT / "tests/data/schemas/13.sql.gz").read_bytes()).decode())
    file = path.with_name("config.yaml")
    from tools.schemas import CONFIG

    file.write_text(CONFIG, "utf-8")
    call("run", "--no-fetch", "--db", path, "--config", file)
    return path


def asked(path: Path, *args: object) -> object:
    done = call(*args, "--db", path)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


@pytest.fixture
def mine(old: Path, tmp_path: Path) -> Path:
    with closing(sqlite3.connect(old)) as db, closing(sqlite3.connect(tmp_path / "stories.db")) as copy:
        db.backup(copy)
    (tmp_path / "config.yaml").write_text((old.parent / "config.yaml").read_text("utf-8"), "utf-8")
    return tmp_path / "stories.db"


def ids(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        return {url.removeprefix("http://"): i for i, url in db.execute("SELECT id, url FROM articles")}


def test_a_pruned_story_is_told_as_before(mine: Path) -> None:
    at = ids(mine)
    ferry = at["courier.test/ferry"]
    with closing(sqlite3.connect(mine)) as db:
        (story,) = db.execute("SELECT story_id FROM copies WHERE article_id = ?", [ferry]).fetchone()
    ask = [("story", story), ("trace", f"#{at['spoof.test/ferry']}"), ("graph", story, "--format", "json"),
           ("stories",),
           ("outlets",), ("export", "stories", "-"),
           ("export", "citations", "-")]  # fmt: skip
    before = [asked(mine, *args) for args in ask]
    call("prune", "--older-than", "30d", "--yes", "--config", mine.parent / "config.yaml", "--db", mine)
    with closing(open_write(mine)) as db:
        assert stubs.count(db) == 8 and {r[0] for r in db.execute("SELECT text FROM articles")} == {""}
        for table in (
            "signatures",
            "slots",
            "profiles",
            "versions",
            "links",
            "paragraphs",
            "copy_keys",
            "story_segments",
        ):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0, table
        assert db.execute("SELECT max(length(summary) + length(content)) FROM entries").fetchone()[0] == 0
        assert fulltext.search(db, "Wattlinie") == [] and fulltext.search(db, "quay")
    after = [asked(mine, *args) for args in ask]
    for args, was, now in zip(ask, before, after, strict=True):
        assert without(now) == without(was), args
    assert "its texts are gone, pruned 20" in str(asked(mine, "story", story))
    for args in (("why", story), ("history", ferry), ("adds", ferry), ("cite", f"#{ferry}"), ("search", "quay")):
        done = call(*args, "--db", mine)
        assert done.exit_code in (0, 1) and type(done.exception) in (type(None), SystemExit), args


def without(text: object) -> str:
    """Without what says that it is pruned, or what was compared."""
    lines = [line for line in str(text).splitlines() if '"pruned"' not in line and "pruned" not in line]
    return "\n".join(lines)


def test_the_edges_that_hold_a_story_together_stay(demo: Demo, tmp_path: Path) -> None:
    shutil.copy(demo.path, tmp_path / "stories.db")
    with closing(open_write(tmp_path / "stories.db")) as db:
        stories = {r[0]: reads.story(db, r[0]) for r in db.execute("SELECT id FROM stories").fetchall()}
        pruned.prune(db, list(stories), NOW, 3)
        kept = fewer = 0
        for story, was in stories.items():
            now = reads.story(db, story)
            assert was and now
            assert backbone(now["members"], now["edges"]) == backbone(was["members"], was["edges"])
            kept, fewer = kept + len(now["edges"]), fewer + len(was["edges"]) - len(now["edges"])
            assert len(now["edges"]) < 3 * len(now["members"])
            for a, b in [(e["left_id"], e["right_id"]) for e in was["edges"][::7]]:
                assert reads.path(db, a, b), "why joins two of them by what is left"
        assert fewer > kept
        assert faults(db) == []


def test_a_dry_run_says_what_would_go_and_touches_nothing(mine: Path) -> None:
    config = ("--config", mine.parent / "config.yaml", "--db", mine)
    before = mine.read_bytes()
    said = json.loads(call("prune", "--older-than", "30d", "--dry-run", "--json", *config).stdout)
    assert (said["articles"], said["done"]) == (8, False) and said["bytes"] > said["texts"] > 1000
    assert mine.read_bytes() == before
    assert call("prune", "--older-than", "30d", *config).exit_code == 1, "nobody said yes"
    assert call("prune", *config).exit_code == 2 and call("prune", "--older-than", "5d", *config).exit_code == 2
    for size, said in (("5XB", "must be a size"), ("5", "5 of what? 5MB, 5GB"), ("5000000000", "of what?"),
                       ("5kB", "must be at least 10.0 MB (got 5kB)")):  # fmt: skip
        refused = call("prune", "--max-size", size, "--yes", *config)
        assert refused.exit_code == 2 and said in refused.stderr, refused.stderr
    nothing = call("prune", "--older-than", "36500d", "--yes", *config)
    assert nothing.stdout == "0 articles of 0 stories pruned, 0 answers\n", nothing.output


def test_stories_go_without_a_trace(mine: Path) -> None:
    config = ("--config", mine.parent / "config.yaml", "--db", mine)
    call("prune", "--older-than", "30d", "--yes", *config)
    done = call("prune", "--older-than", "30d", "--all-traces", "--yes", *config)
    assert done.stdout.startswith("8 articles of"), done.output
    with closing(open_write(mine)) as db:
        for table in (
            "articles",
            "stories",
            "copies",
            "roles",
            "origins",
            "matches",
            "pruned",
            "listings",
            "outlet_days",
        ):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0, table
        assert faults(db) == []


def test_people_cannot_change_what_has_no_text(mine: Path) -> None:
    at = ids(mine)
    config = ("--config", mine.parent / "config.yaml", "--db", mine)
    call("prune", "--older-than", "30d", "--yes", *config)
    done = call("merge", f"#{at['courier.test/owl']}", f"#{at['kueste.test/faehre']}", *config)
    assert done.exit_code == 2 and "is gone (pruned)" in done.stderr
    for number in (1, 2):
        assert call("corrections", "remove", number, *config).exit_code == 0
    with closing(open_write(mine)) as db:
        assert faults(db) == []


# -- runs


def desk(tmp_path: Path) -> Desk:
    """Two stories of long ago, one of them printed twice."""
    d = Desk(tmp_path / "stories.db", one_source())
    d.print(entry("a", summary="told"), prose(1))
    d.print(entry("b"), prose(1))
    d.print(entry("c"), prose(2))
    d.absorb()
    trace(d.db)
    d.next_run(hours=24 * 500)
    return d


def test_a_pruned_article_does_not_come_again(tmp_path: Path) -> None:
    d = desk(tmp_path)
    keeping.prune(d.db, YEAR, d.now, d.how)
    before = traces(d.db)
    assert d.feed(entry("a", summary="told")) == [], "the feed carries it still"
    assert d.feed(entry("again", "http://courier.test/a")) == [], "or under another guid"
    changed = entry("a", summary="told otherwise")
    d.feed(changed)
    d.page(changed, prose(9), title="Told otherwise")
    d.page(entry("a"), None, code=Reason.NOT_FOUND)
    d.absorb()
    trace(d.db)
    assert traces(d.db) == before and d.one("SELECT count(*) FROM articles") == 3
    d.print(entry("d"), prose(1))  # the text of a and b once more
    d.absorb()
    assert d.one("SELECT count(*) FROM copies WHERE story_id = (SELECT max(story_id) FROM copies)") == 1
    d.db.close()


def test_a_story_that_goes_on_keeps_its_texts(tmp_path: Path) -> None:
    d = desk(tmp_path)
    d.print(entry("d", published=d.now - 480 * DAY), prose(2))  # says it is old; came today
    d.absorb()
    trace(d.db)
    keeping.prune(d.db, YEAR, d.now, d.how)
    gone = {r[0] for r in d.rows("SELECT a.url FROM pruned p JOIN articles a ON a.id = p.article_id")}
    assert gone == {"http://courier.test/a", "http://courier.test/b"}
    d.db.close()


def test_by_size_the_oldest_go_first_and_the_youngest_never(tmp_path: Path) -> None:
    d = Desk(tmp_path / "stories.db", one_source())
    for n in range(40):
        d.print(entry(str(n)), prose(n, 30))
        if n % 10 == 9:
            d.absorb()
            trace(d.db)
            d.next_run(hours=24 * 30)
    full = pruned.used(d.db)
    for share in (0.9, 0.7):
        keeping.prune(d.db, Policy(size=int(full * share)), d.now, d.how, most=4)
    assert [r[0] for r in d.rows("SELECT article_id FROM pruned ORDER BY 1")] == [*range(1, 9)], "a bounded step each"
    size = pruned.used(d.db) - 100_000
    found, _ = keeping.outlook(d.db, Policy(size=size), d.now, d.how)
    assert 0 < found.articles < 32 and found.bytes >= 100_000
    d.next_run(hours=-24 * 29)
    keeping.prune(d.db, Policy(size=1), d.now, d.how)
    left = {r[0] for r in d.rows("SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM pruned)")}
    assert left == {*range(31, 41)}, "articles may join those of the last days still"
    d.db.close()


def test_the_ledger_keeps_the_last_answer_of_each_feed(tmp_path: Path) -> None:
    d = desk(tmp_path)
    d.print(entry("d"), prose(4))
    whole = d.one("SELECT count(*) FROM fetches")
    keeping.prune(d.db, Policy(ledger=90 * DAY), d.now, d.how)
    kept = d.rows("SELECT run_id, kind FROM fetches ORDER BY id")
    assert kept == [(2, "feed"), (2, "page")] and whole == 8
    d.next_run(hours=24 * 100)
    keeping.prune(d.db, Policy(ledger=90 * DAY), d.now, d.how)
    assert d.rows("SELECT run_id, kind FROM fetches") == [(2, "feed")], "v_source_health reads it"
    d.db.close()


@pytest.mark.case("F4")
def test_killed_while_it_prunes_the_next_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 1)
    d = desk(tmp_path)
    d.db.close()

    def work() -> None:
        with closing(open_write(tmp_path / "stories.db")) as db:
            keeping.prune(db, YEAR, d.now, d.how)

    halves = set()
    for n in (20, 45, 70):
        assert killed_at(n, work)
        with closing(open_write(tmp_path / "stories.db")) as db:
            halves.add(stubs.count(db))
            assert rest(db) is not None and db.execute("PRAGMA foreign_key_check").fetchall() == []
    work()
    with closing(open_write(tmp_path / "stories.db")) as db:
        assert stubs.count(db) == 3 and halves <= {0, 2, 3}
        absorb(db, 1, d.now, d.how)
        trace(db)
        assert faults(db) == []


def test_a_run_prunes_a_bounded_step_by_itself(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.run.A_RUN", 3)
    file = mine.parent / "config.yaml"
    file.write_text(f"{file.read_text('utf-8')}keep: {{texts: 30d, ledger: 30d, size: 50MB}}\n", "utf-8")
    said = [json.loads(call("run", "--no-fetch", "--json", "--db", mine, "--config", file).stdout)["pruned"]
            for _ in range(5)]  # fmt: skip
    assert sum(said) == 8 and said[-1] == 0 and max(said) <= 5
    with closing(open_write(mine)) as db:
        lawful_at(db)


def lawful_at(db: sqlite3.Connection) -> None:
    assert faults(db) == [] and rest(db) == []


def test_what_keep_takes() -> None:
    from tools.schemas import CONFIG

    keep = loads(f"{CONFIG}keep: {{texts: 400d, size: 5GB, ledger: 90d}}\n", "c").keep
    assert (keep.texts, keep.size, keep.ledger) == (400 * 86_400, 5 * 10**9, 90 * 86_400)
    for bad in ("{texts: 3d}", "{size: 5 parsecs}", "{size: 5KB}", "{ledger: -1}"):
        with pytest.raises(Exception, match="keep"):
            loads(f"{CONFIG}keep: {bad}\n", "c")
    with pytest.raises(Exception, match="two windows of stories"):
        loads(f"{CONFIG}keep: {{texts: 8d}}\nstories: {{window_hours: 200}}\n", "c")


@pytest.fixture(autouse=True, scope="module")
def sweeping() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "STALE", 2)
        yield
