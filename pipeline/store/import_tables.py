"""What came in from archives (m0017)."""

IMPORTS = """
-- One input of `retold import`: a file, a folder of pages, another database. `identity` is what it is known by (size,
-- time, a hash of its beginning), `options` a hash of how it was read, `position` how far: it is written in the
-- transaction that stores what came before it, so that a killed import goes on there.
CREATE TABLE imports (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run_id INTEGER REFERENCES runs(id), kind TEXT NOT NULL, path TEXT NOT NULL,
  identity TEXT NOT NULL, options TEXT NOT NULL, position INTEGER NOT NULL DEFAULT 0,
  counts TEXT NOT NULL DEFAULT '{}', started TEXT NOT NULL, finished TEXT, UNIQUE (identity, options)
) STRICT;

-- Articles that an import brought. `seen`: whose first sight `articles.first_seen` is: the archive's, as it states it,
-- or ours, the time of the import.
CREATE TABLE imported (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
  import_id INTEGER NOT NULL REFERENCES imports(id), seen TEXT NOT NULL CHECK (seen IN ('archive','import'))
) STRICT;

-- What the feeds of another database said of an article's source (RSS <source>), which citations are read from.
CREATE TABLE imported_via (
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, name TEXT NOT NULL, url TEXT NOT NULL,
  PRIMARY KEY (article_id, name, url)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER uncited_imported_via AFTER INSERT ON imported_via BEGIN
  INSERT INTO uncited SELECT new.article_id WHERE new.article_id NOT IN uncited;
END;
"""
