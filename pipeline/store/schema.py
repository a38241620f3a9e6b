"""The tables of stories.db and their migrations; the ``v_*`` views are the public face (docs/database.md)."""

from __future__ import annotations

import sqlite3
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.store import connect, segments
from pipeline.store.connect import APPLICATION_ID, refused
from pipeline.store.provenance_tables import PROVENANCE
from pipeline.store.views import CORRECTION_VIEWS, VERSION_VIEWS, VIEWS

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations


TABLES = """
-- A publisher we follow, as config.yaml had it at the last run.
CREATE TABLE sources (
  key TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, country TEXT NOT NULL,
  language TEXT NOT NULL, role TEXT NOT NULL, homepage TEXT, enabled INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

-- A feed or sitemap URL: validators, politeness and health. Validators are written in the transaction
-- that stores the entries they vouch for.
CREATE TABLE feeds (
  url TEXT PRIMARY KEY, source TEXT NOT NULL REFERENCES sources(key), kind TEXT NOT NULL,
  etag TEXT, last_modified TEXT, body_hash TEXT,
  next_due TEXT, not_before TEXT, followed INTEGER NOT NULL DEFAULT 1,
  failures INTEGER NOT NULL DEFAULT 0, last_code TEXT, last_ok TEXT, last_new TEXT,
  moved_to TEXT, moved_seen INTEGER NOT NULL DEFAULT 0, disabled TEXT
) STRICT, WITHOUT ROWID;

-- One invocation of `retold run`.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL, finished TEXT,
  state TEXT NOT NULL CHECK (state IN ('running','done','interrupted','failed')),
  recipe TEXT NOT NULL, counts TEXT NOT NULL DEFAULT '{}'
) STRICT;

-- One answer to one request, with a fixed reason code (pipeline.model.Reason).
CREATE TABLE fetches (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs(id), source TEXT NOT NULL,
  url TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, code TEXT NOT NULL, status INTEGER,
  detail TEXT NOT NULL DEFAULT '', bytes INTEGER NOT NULL, seconds REAL NOT NULL,
  entries INTEGER, new_entries INTEGER, dropped INTEGER
) STRICT;
CREATE INDEX fetches_source ON fetches(source, at);
CREATE INDEX fetches_run ON fetches(run_id);

-- One published piece at one canonical URL. `key` is its identity (urls.key).
CREATE TABLE articles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL REFERENCES sources(key),
  url TEXT NOT NULL, key TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL, lang TEXT NOT NULL,
  published TEXT, updated TEXT, first_seen TEXT NOT NULL, author TEXT NOT NULL, agencies TEXT NOT NULL,
  credit TEXT NOT NULL, dateline TEXT NOT NULL, paywalled INTEGER, text_from TEXT NOT NULL,
  canonical_claim TEXT, content_hash TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX articles_source ON articles(source);

-- What an article said before it was edited; the current wording is in `articles`.
CREATE TABLE versions (
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, version INTEGER NOT NULL,
  title TEXT NOT NULL, text TEXT NOT NULL, content_hash TEXT NOT NULL, text_from TEXT NOT NULL,
  replaced TEXT NOT NULL, PRIMARY KEY (article_id, version)
) STRICT, WITHOUT ROWID;

-- One record as a feed states it; many may point at one article.
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, feed_url TEXT NOT NULL REFERENCES feeds(url), guid TEXT NOT NULL,
  source TEXT NOT NULL, url TEXT, key TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL,
  content TEXT NOT NULL, author TEXT NOT NULL, published TEXT, updated TEXT, date_raw TEXT NOT NULL,
  language TEXT, via_name TEXT NOT NULL, via_url TEXT NOT NULL, categories TEXT NOT NULL,
  hash TEXT NOT NULL, first_seen TEXT NOT NULL,
  article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,
  state TEXT NOT NULL CHECK (state IN ('wanted','partial','done','given_up')),
  tries INTEGER NOT NULL DEFAULT 0, next_try TEXT,
  UNIQUE (feed_url, guid)
) STRICT;
CREATE INDEX entries_key ON entries(key);
CREATE INDEX entries_article ON entries(article_id);
CREATE INDEX entries_open ON entries(source) WHERE state IN ('wanted','partial');

-- Which paragraphs stand in which articles of a source: what recurs is boilerplate.
CREATE TABLE paragraphs (
  source TEXT NOT NULL, hash INTEGER NOT NULL,
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  title_hash INTEGER NOT NULL, PRIMARY KEY (source, hash, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX paragraphs_article ON paragraphs(article_id);

-- State is absence: an article without a row here is unsigned, unpaired, unjudged.
CREATE TABLE signatures (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
  recipe TEXT NOT NULL, vals BLOB NOT NULL, shingles INTEGER NOT NULL, day INTEGER NOT NULL,
  keys BLOB NOT NULL, sentences INTEGER NOT NULL, removed TEXT NOT NULL -- `sentences`: how many fingerprints
) STRICT;

-- Bucket keys of every blocker (pipeline/blocking.py): MinHash bands, fingerprints, term pairs.
CREATE TABLE bands (
  key INTEGER NOT NULL, day INTEGER NOT NULL, article_id INTEGER NOT NULL,
  PRIMARY KEY (key, day, article_id)
) STRICT, WITHOUT ROWID;

-- A judged pair worth keeping: the edges of the graph.
CREATE TABLE matches (
  left_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  right_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  verdict TEXT NOT NULL, probability REAL NOT NULL, scores TEXT NOT NULL, reasons TEXT NOT NULL,
  recipe TEXT NOT NULL, run_id INTEGER REFERENCES runs(id),
  PRIMARY KEY (left_id, right_id), CHECK (left_id < right_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX matches_right ON matches(right_id);

-- Articles whose component of the match graph is to be grouped again.
CREATE TABLE ungrouped (article_id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE stories (
  id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, updated TEXT NOT NULL
) STRICT;

-- The copy level: `copy_id` is the smallest article id of the copy group.
CREATE TABLE copies (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
  copy_id INTEGER NOT NULL, story_id INTEGER NOT NULL REFERENCES stories(id)
) STRICT;
CREATE INDEX copies_story ON copies(story_id);
CREATE INDEX copies_copy ON copies(copy_id);

-- A story id that merged into another; ids are never reused.
CREATE TABLE aliases (
  id INTEGER PRIMARY KEY, story_id INTEGER NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX aliases_story ON aliases(story_id);

CREATE VIRTUAL TABLE articles_fts USING fts5(
  title, text, content='articles', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);
CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
  INSERT INTO articles_fts(rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
  INSERT INTO articles_fts(articles_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, text ON articles BEGIN
  INSERT INTO articles_fts(articles_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
  INSERT INTO articles_fts(rowid, title, text) VALUES (new.id, new.title, new.text);
END;
"""


# m0002. Articles go by key: a correction outlives their rows, and may come before them.
CORRECTIONS = """
-- What a person said about articles. `superseded` by a newer correction that leaves nothing of it; `removed` when it
-- was taken back. Neither is in force; both stay for the record. `uid` is what import knows a row by.
CREATE TABLE corrections (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('merge','split','pin')),
  at TEXT NOT NULL, made_by TEXT NOT NULL, note TEXT NOT NULL,
  superseded TEXT, superseded_by INTEGER REFERENCES corrections(id), removed TEXT
) STRICT;

-- The articles of a correction: those that belong together and, of a split, those that they stay apart from.
CREATE TABLE corrected (
  correction_id INTEGER NOT NULL REFERENCES corrections(id), key TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('together','apart')), PRIMARY KEY (correction_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX corrected_key ON corrected(key);

-- An article whose identity becomes better known (a teaser's page was read) takes its corrections along.
CREATE TRIGGER corrected_follows AFTER UPDATE OF key ON articles WHEN new.key <> old.key BEGIN
  INSERT OR IGNORE INTO ungrouped SELECT article_id FROM copies
    WHERE article_id = new.id AND EXISTS (SELECT 1 FROM corrected WHERE key IN (old.key, new.key));
  UPDATE OR IGNORE corrected SET key = new.key WHERE key = old.key;
  DELETE FROM corrected WHERE key = old.key;
END;
"""

# m0003. A snapshot of how many articles hold which stem, as JSON: part of every recipe by its digest.
BACKGROUND = """
CREATE TABLE background (lang TEXT PRIMARY KEY, articles INTEGER NOT NULL, counts TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

# m0004.
EMBEDDINGS = """
-- What a sentence model made of one wording (pipeline/vectors.py): float16, unit length; a cache.
CREATE TABLE embeddings (
  content_hash TEXT NOT NULL, model_id TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (content_hash, model_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX signatures_day ON signatures(day);
"""

# m0005.
GISTS = """
-- What a proposed pair is looked at by before it is judged (pipeline/gists.py); one for each signature.
CREATE TABLE gists (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE, gist BLOB NOT NULL
) STRICT;
"""


# m0006. What was derived is made again by the next run: keys of another width are not comparable.
INDEX = """
DROP TABLE bands;
DROP TABLE gists;
DROP INDEX signatures_day;
DROP TABLE signatures;
DELETE FROM matches;
INSERT OR IGNORE INTO ungrouped SELECT article_id FROM copies;

-- The recipe of every signature, key and match there is: what another one made is dropped before anything is signed.
CREATE TABLE signed_by (id INTEGER PRIMARY KEY CHECK (id = 1), recipe TEXT NOT NULL) STRICT;

-- State is absence: an article without a row here is unsigned, unpaired, unjudged. `gist`: what a proposed pair is
-- looked at by before it is judged (pipeline/gists.py).
CREATE TABLE signatures (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
  vals BLOB NOT NULL, shingles INTEGER NOT NULL, removed TEXT NOT NULL, gist BLOB NOT NULL
) STRICT;

-- One signing of one article, under a number that is never used again. Keys name slots: to unsign an article is to
-- drop its slot, and whatever keys still name it lead nowhere until they are swept. `prints`: how many fingerprints.
CREATE TABLE slots (
  slot INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id INTEGER NOT NULL UNIQUE REFERENCES signatures(article_id) ON DELETE CASCADE,
  day INTEGER NOT NULL, prints INTEGER NOT NULL
) STRICT;
CREATE INDEX slots_day ON slots(day);
CREATE TABLE stale_slots (slot INTEGER PRIMARY KEY) STRICT;

-- Keys of copies, looked up over the whole archive: a log-structured merge tree (pipeline/store/keys.py).
CREATE TABLE copy_keys (
  level INTEGER NOT NULL, key INTEGER NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (level, key, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE copy_levels (level INTEGER PRIMARY KEY, keys INTEGER NOT NULL, slice INTEGER NOT NULL) STRICT;

-- Keys of stories, looked up within the window: an epoch is as many days as a window has.
CREATE TABLE story_keys (
  epoch INTEGER NOT NULL, key INTEGER NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (epoch, key, slot)
) STRICT, WITHOUT ROWID;

-- The articles without a signature, kept by the triggers: nobody has to look for them.
CREATE TABLE unsigned (article_id INTEGER PRIMARY KEY) STRICT;
INSERT INTO unsigned SELECT id FROM articles;
CREATE TRIGGER unsigned_new AFTER INSERT ON articles BEGIN
  INSERT OR IGNORE INTO unsigned VALUES (new.id);
END;
CREATE TRIGGER unsigned_gone AFTER DELETE ON articles BEGIN
  DELETE FROM unsigned WHERE article_id = old.id;
END;
CREATE TRIGGER unsigned_done AFTER INSERT ON signatures BEGIN
  DELETE FROM unsigned WHERE article_id = new.article_id;
END;
CREATE TRIGGER unsigned_again AFTER DELETE ON signatures WHEN EXISTS (SELECT 1 FROM articles WHERE id = old.article_id)
BEGIN
  INSERT OR IGNORE INTO unsigned VALUES (old.article_id);
END;
CREATE TRIGGER slot_stale AFTER DELETE ON slots BEGIN
  INSERT INTO stale_slots VALUES (old.slot);
END;
CREATE TRIGGER story_empty AFTER DELETE ON copies WHEN NOT EXISTS (SELECT 1 FROM copies WHERE story_id = old.story_id)
BEGIN
  DELETE FROM stories WHERE id = old.story_id;
END;
"""

# m0007.
PROFILES = """
-- What articles of the window are judged by (pipeline/packing.py); a cache, of the last days only.
CREATE TABLE profiles (
  article_id INTEGER PRIMARY KEY REFERENCES signatures(article_id) ON DELETE CASCADE,
  day INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX profiles_day ON profiles(day);
"""

# m0008. The cache fills again.
SEGMENTS = """
-- The first article of a story that was merged: the alias goes where that goes, should the stories part again.
ALTER TABLE aliases ADD COLUMN article_id INTEGER;
CREATE INDEX aliases_article ON aliases(article_id);

DROP TABLE profiles;

-- Keys of stories, looked up within the window: an epoch is as many days as a window has, a segment what one batch
-- brought or several merged, cut into chunks from key to key (pipeline/store/segments.py).
CREATE TABLE story_segments (
  epoch INTEGER NOT NULL, tier INTEGER NOT NULL, segment INTEGER NOT NULL, chunk INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (epoch, tier, segment, chunk)
) STRICT, WITHOUT ROWID;

-- What articles of the window are looked at (`outline`: pipeline/outlines.py) and then judged by (`data`:
-- pipeline/packing.py); a cache, of the last days only.
CREATE TABLE profiles (
  article_id INTEGER PRIMARY KEY REFERENCES signatures(article_id) ON DELETE CASCADE,
  day INTEGER NOT NULL, outline BLOB NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX profiles_day ON profiles(day);
"""


OLD_TIER = 2  # as of some tens of batches


def _script(db: Database, script: str) -> None:
    """Run a script statement by statement: ``executescript`` would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def _packed_story_keys(db: sqlite3.Connection) -> None:
    """The rows of the table that segments replace, as segments: an epoch, one."""
    import numpy as np

    for (epoch,) in db.execute("SELECT DISTINCT epoch FROM story_keys").fetchall():
        flat = chain.from_iterable(db.execute("SELECT key, slot FROM story_keys WHERE epoch=?", [epoch]))
        rows = np.fromiter(flat, np.int64).reshape(-1, 2)
        segments.write(db, epoch, OLD_TIER, rows[:, 0], rows[:, 1])


def steps() -> Migrations:
    """The way from an empty file to ``connect.SCHEMA_VERSION``.

    sqlite-utils is imported here only: a database that is up to date never pays for it.
    """
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("retold")

    @migrations()  # type: ignore[untyped-decorator]
    def m0001_tables(db: Database) -> None:
        _script(db, TABLES)
        _script(db, VIEWS)
        db.execute("PRAGMA user_version = 1")

    @migrations()  # type: ignore[untyped-decorator]
    def m0002_corrections(db: Database) -> None:
        _script(db, CORRECTIONS)
        _script(db, CORRECTION_VIEWS)
        db.execute("PRAGMA user_version = 2")

    @migrations()  # type: ignore[untyped-decorator]
    def m0003_background(db: Database) -> None:
        _script(db, BACKGROUND)
        db.execute("PRAGMA user_version = 3")

    @migrations()  # type: ignore[untyped-decorator]
    def m0004_embeddings(db: Database) -> None:
        _script(db, EMBEDDINGS)
        db.execute("PRAGMA user_version = 4")

    @migrations()  # type: ignore[untyped-decorator]
    def m0005_gists(db: Database) -> None:
        _script(db, GISTS)
        db.execute("PRAGMA user_version = 5")

    @migrations()  # type: ignore[untyped-decorator]
    def m0006_index(db: Database) -> None:
        _script(db, INDEX)
        db.execute("PRAGMA user_version = 6")

    @migrations()  # type: ignore[untyped-decorator]
    def m0007_profiles(db: Database) -> None:
        _script(db, PROFILES)
        db.execute("PRAGMA user_version = 7")

    @migrations()  # type: ignore[untyped-decorator]
    def m0008_segments(db: Database) -> None:
        _script(db, SEGMENTS)
        _packed_story_keys(db.conn)
        db.execute("DROP TABLE story_keys")
        db.execute("PRAGMA user_version = 8")

    @migrations()  # type: ignore[untyped-decorator]
    def m0009_provenance(db: Database) -> None:
        _script(db, PROVENANCE)
        _script(db, VERSION_VIEWS)
        db.execute("PRAGMA user_version = 9")

    return migrations


def migrate(path: str) -> None:
    """Bring the database at ``path`` (made if absent) to ``connect.SCHEMA_VERSION``, each step atomically."""
    from sqlite_utils import Database

    migrations = steps()
    db = Database(path)
    try:
        db.execute(f"PRAGMA busy_timeout = {connect.BUSY_MS}")
        # first of all: sqlite-utils commits its own table before the first step, and a run that is killed
        # in between must not leave what we would take for another program's database
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.enable_wal()
        migrations.apply(db)
    except sqlite3.OperationalError as error:
        raise refused(f"{path}: cannot make the tables", error) from error
    finally:
        db.close()
