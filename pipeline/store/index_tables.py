"""The tables by which articles are compared: signatures, keys, profiles (m0003 to m0008)."""

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
