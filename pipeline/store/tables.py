"""The tables that everything stands in: sources, articles, matches, stories (m0001); corrections (m0002)."""

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


# m0012. Two more kinds: SQLite changes no CHECK of a table that there is, so both are made anew.
MARKS = """
-- The first article of the story that it merged into, as that was then: where the two part, each has its number again.
ALTER TABLE aliases ADD COLUMN kept_article INTEGER;

DROP VIEW v_corrections;
DROP TRIGGER corrected_follows;

-- `outlet`: of a mark (`not_origin`, `not_cited`), whom it is about.
CREATE TABLE marked_corrections (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('merge','split','pin','not_origin','not_cited')),
  at TEXT NOT NULL, made_by TEXT NOT NULL, note TEXT NOT NULL,
  superseded TEXT, superseded_by INTEGER REFERENCES corrections(id), removed TEXT, outlet TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO marked_corrections (id, uid, kind, at, made_by, note, superseded, superseded_by, removed)
  SELECT id, uid, kind, at, made_by, note, superseded, superseded_by, removed FROM corrections;

-- The articles of a correction: those that belong together, of a split those that they stay apart from, and those
-- that a mark is `on`.
CREATE TABLE marked_corrected (
  correction_id INTEGER NOT NULL REFERENCES corrections(id), key TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('together','apart','on')), PRIMARY KEY (correction_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO marked_corrected SELECT correction_id, key, side FROM corrected;

DROP TABLE corrected;
DROP TABLE corrections;
ALTER TABLE marked_corrections RENAME TO corrections;
ALTER TABLE marked_corrected RENAME TO corrected;
CREATE INDEX corrected_key ON corrected(key);
CREATE INDEX corrections_marks ON corrections(kind, outlet) WHERE outlet <> '';

-- An article whose identity becomes better known (a teaser's page was read) takes its corrections along, and meets
-- those that waited for it.
CREATE TRIGGER corrected_follows AFTER UPDATE OF key ON articles WHEN new.key <> old.key BEGIN
  INSERT OR IGNORE INTO ungrouped SELECT article_id FROM copies
    WHERE article_id = new.id AND EXISTS (SELECT 1 FROM corrected WHERE key IN (old.key, new.key));
  INSERT INTO uncited SELECT new.id WHERE new.id NOT IN uncited
    AND EXISTS (SELECT 1 FROM corrected WHERE key IN (old.key, new.key) AND side = 'on');
  UPDATE OR IGNORE corrected SET key = new.key WHERE key = old.key;
  DELETE FROM corrected WHERE key = old.key;
END;
"""
