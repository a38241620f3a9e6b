"""The tables that pages and lists are read from (m0010): a row a story, made again whenever the story changes."""

LISTINGS = """
-- One row a story as lists show it. Times are those at which articles appeared: the earlier of what the publisher
-- claims and when we first saw it. `outlets`: JSON list of names in the order of appearance.
CREATE TABLE listings (
  story_id INTEGER PRIMARY KEY REFERENCES stories(id) ON DELETE CASCADE,
  headline TEXT NOT NULL, lead_article_id INTEGER NOT NULL, languages TEXT NOT NULL, outlets TEXT NOT NULL,
  articles INTEGER NOT NULL, copy_groups INTEGER NOT NULL, sources INTEGER NOT NULL, several INTEGER NOT NULL,
  first TEXT NOT NULL, newest TEXT NOT NULL, first_published TEXT, last_published TEXT,
  first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
  origin TEXT, origin_source TEXT, origin_article INTEGER, confidence REAL,
  origins INTEGER NOT NULL, owners INTEGER NOT NULL, wire_texts INTEGER NOT NULL
) STRICT;
CREATE INDEX listings_newest ON listings(several, newest);
CREATE INDEX listings_origins ON listings(several, origins, newest);
CREATE INDEX listings_articles ON listings(several, articles, newest);
CREATE INDEX listings_day ON listings(newest, several);

-- By what lists of stories are filtered. `kind`: lang, source, origin, cites; `value`: a language, a source's key, or
-- an outlet's name and, where it is a source, its key as well.
CREATE TABLE facets (
  kind TEXT NOT NULL, value TEXT NOT NULL COLLATE NOCASE, several INTEGER NOT NULL, newest TEXT NOT NULL,
  story_id INTEGER NOT NULL REFERENCES listings(story_id) ON DELETE CASCADE, origins INTEGER NOT NULL,
  articles INTEGER NOT NULL, PRIMARY KEY (kind, value, several, newest, story_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX facets_story ON facets(story_id, kind, value);
CREATE INDEX facets_origins ON facets(kind, value, several, origins, newest, story_id);

-- The stories whose row is to be made again, kept by the triggers.
CREATE TABLE unlisted (story_id INTEGER PRIMARY KEY) STRICT;
INSERT INTO unlisted SELECT id FROM stories;
CREATE TRIGGER unlisted_in AFTER INSERT ON copies BEGIN
  INSERT INTO unlisted SELECT new.story_id WHERE new.story_id NOT IN unlisted;
END;
CREATE TRIGGER unlisted_moved AFTER UPDATE ON copies BEGIN
  INSERT INTO unlisted SELECT new.story_id WHERE new.story_id NOT IN unlisted;
  INSERT INTO unlisted SELECT id FROM stories WHERE id = old.story_id AND id NOT IN unlisted;
END;
CREATE TRIGGER unlisted_out AFTER DELETE ON copies BEGIN
  INSERT INTO unlisted SELECT id FROM stories WHERE id = old.story_id AND id NOT IN unlisted;
END;
CREATE TRIGGER unlisted_edited AFTER UPDATE OF source, title, lang, published, first_seen ON articles
WHEN (new.source, new.title, new.lang, new.first_seen) <> (old.source, old.title, old.lang, old.first_seen)
  OR new.published IS NOT old.published
BEGIN
  INSERT INTO unlisted SELECT story_id FROM copies WHERE article_id = new.id AND story_id NOT IN unlisted;
END;
CREATE TRIGGER unlisted_named AFTER UPDATE OF name, owner ON sources
WHEN (new.name, new.owner) <> (old.name, old.owner) BEGIN
  INSERT INTO unlisted SELECT DISTINCT story_id FROM facets
    WHERE kind = 'source' AND value = new.key AND story_id NOT IN unlisted;
END;
CREATE TRIGGER unlisted_gone AFTER DELETE ON stories BEGIN
  DELETE FROM unlisted WHERE story_id = old.id;
END;

-- What the outlets were in the stories of several outlets whose newest article appeared on a day (days since
-- 1970-01-01, UTC), and on whom they leant. `theirs`: articles that print,
-- rewrite or translate what another outlet has; `cited`: articles of any story that cite it; `lags`: JSON, behind the
-- story's first article: step → how often.
CREATE TABLE outlet_days (
  day INTEGER NOT NULL, source TEXT NOT NULL, stories INTEGER NOT NULL, articles INTEGER NOT NULL,
  first INTEGER NOT NULL, origin INTEGER NOT NULL, report INTEGER NOT NULL, copy INTEGER NOT NULL,
  cut_copy INTEGER NOT NULL, rewrite INTEGER NOT NULL, translation INTEGER NOT NULL, follow_up INTEGER NOT NULL,
  theirs INTEGER NOT NULL, cited INTEGER NOT NULL, lags TEXT NOT NULL, PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE leaning_days (
  day INTEGER NOT NULL, source TEXT NOT NULL, outlet TEXT NOT NULL, on_source TEXT, how TEXT NOT NULL,
  times INTEGER NOT NULL, PRIMARY KEY (day, source, outlet, how)
) STRICT, WITHOUT ROWID;

-- The sums of these over the last 7 and 30 days up to the last that there is, and (0) over all.
CREATE TABLE outlet_sums (
  window INTEGER NOT NULL, source TEXT NOT NULL, stories INTEGER NOT NULL, articles INTEGER NOT NULL,
  first INTEGER NOT NULL, origin INTEGER NOT NULL, report INTEGER NOT NULL, copy INTEGER NOT NULL,
  cut_copy INTEGER NOT NULL, rewrite INTEGER NOT NULL, translation INTEGER NOT NULL, follow_up INTEGER NOT NULL,
  theirs INTEGER NOT NULL, cited INTEGER NOT NULL, lags TEXT NOT NULL, PRIMARY KEY (window, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE leaning_sums (
  window INTEGER NOT NULL, source TEXT NOT NULL, outlet TEXT NOT NULL, on_source TEXT, times INTEGER NOT NULL,
  PRIMARY KEY (window, source, outlet)
) STRICT, WITHOUT ROWID;

-- The days that are to be counted again, kept by the triggers.
CREATE TABLE stale_days (day INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER stale_in AFTER INSERT ON listings BEGIN
  INSERT INTO stale_days SELECT d FROM (SELECT unixepoch(new.newest) / 86400 AS d) WHERE d NOT IN stale_days;
END;
CREATE TRIGGER stale_out AFTER DELETE ON listings BEGIN
  INSERT INTO stale_days SELECT d FROM (SELECT unixepoch(old.newest) / 86400 AS d) WHERE d NOT IN stale_days;
END;

-- Counts that no page should have to count: `entries` of a feed, `articles` of a source.
CREATE TABLE tallies (
  name TEXT NOT NULL, of TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (name, of)
) STRICT, WITHOUT ROWID;
INSERT INTO tallies SELECT 'entries', feed_url, count(*) FROM entries GROUP BY feed_url;
INSERT INTO tallies SELECT 'articles', source, count(*) FROM articles GROUP BY source;
CREATE TRIGGER tally_entry AFTER INSERT ON entries BEGIN
  INSERT INTO tallies SELECT 'entries', new.feed_url, 0
    WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE name = 'entries' AND of = new.feed_url);
  UPDATE tallies SET n = n + 1 WHERE name = 'entries' AND of = new.feed_url;
END;
CREATE TRIGGER tally_entry_gone AFTER DELETE ON entries BEGIN
  UPDATE tallies SET n = n - 1 WHERE name = 'entries' AND of = old.feed_url;
END;
CREATE TRIGGER tally_article AFTER INSERT ON articles BEGIN
  INSERT INTO tallies SELECT 'articles', new.source, 0
    WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE name = 'articles' AND of = new.source);
  UPDATE tallies SET n = n + 1 WHERE name = 'articles' AND of = new.source;
END;
CREATE TRIGGER tally_article_gone AFTER DELETE ON articles BEGIN
  UPDATE tallies SET n = n - 1 WHERE name = 'articles' AND of = old.source;
END;
CREATE TRIGGER tally_article_moved AFTER UPDATE OF source ON articles WHEN new.source <> old.source BEGIN
  UPDATE tallies SET n = n - 1 WHERE name = 'articles' AND of = old.source;
  INSERT INTO tallies SELECT 'articles', new.source, 0
    WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE name = 'articles' AND of = new.source);
  UPDATE tallies SET n = n + 1 WHERE name = 'articles' AND of = new.source;
END;

-- When an article appeared; how late a source's articles come to us; the newest answer of a feed, and when it had
-- something new.
CREATE INDEX articles_appeared ON articles(min(coalesce(published, first_seen), first_seen));
CREATE INDEX articles_seen ON articles(source, first_seen, published);
CREATE INDEX fetches_url ON fetches(url);
CREATE INDEX fetches_new ON fetches(url, at) WHERE new_entries > 0;
CREATE INDEX entries_waiting ON entries(feed_url) WHERE state IN ('wanted','partial');

-- What this database is known by in the ids of its feeds, wherever it is copied to.
CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), uid TEXT NOT NULL) STRICT;
INSERT INTO identity VALUES (1, lower(hex(randomblob(16))));

-- What people did from the page or the shell, beside what it came to in `corrections`.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, person TEXT NOT NULL, door TEXT NOT NULL,
  action TEXT NOT NULL, detail TEXT NOT NULL, result TEXT NOT NULL
) STRICT;

DROP VIEW v_source_health;
-- One row a feed or sitemap that config.yaml names: is it alive, and if not, why.
CREATE VIEW v_source_health AS
SELECT f.source, s.name, f.url, f.kind, f.last_code, f.failures, f.last_ok, f.last_new,
       nullif(max(coalesce(f.next_due, ''), coalesce(f.not_before, '')), '') AS next_due,
       f.moved_to, f.disabled,
       (SELECT detail FROM fetches x WHERE x.url = f.url ORDER BY x.id DESC LIMIT 1) AS detail,
       coalesce((SELECT n FROM tallies WHERE name = 'entries' AND of = f.url), 0) AS entries,
       coalesce((SELECT n FROM tallies WHERE name = 'articles' AND of = f.source), 0) AS articles,
       (SELECT count(*) FROM entries e WHERE e.feed_url = f.url
         AND e.state IN ('wanted','partial')) AS waiting
FROM feeds f JOIN sources s ON s.key = f.source WHERE f.followed;
"""
