"""What publishers say of their sites and pages (m0013)."""

SITES = """
-- The last answer to a request for robots.txt or tdmrep.json, so that not every run asks for it.
CREATE TABLE site_files (
  url TEXT PRIMARY KEY, at TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;

-- Until when a host asked to be left alone (Retry-After), whichever of its addresses said so.
CREATE TABLE host_waits (host TEXT PRIMARY KEY, until TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- `left_out`: the reason code by which an entry's page is done without for good; its state is then `given_up`.
ALTER TABLE entries ADD COLUMN left_out TEXT;
CREATE INDEX entries_left_out ON entries(source, feed_url, left_out) WHERE left_out IS NOT NULL;

DROP VIEW v_source_health;
-- One row a feed or sitemap that config.yaml names: is it alive, and if not, why. One permanent redirect may be a slip;
-- three in a row to one address are meant.
CREATE VIEW v_source_health AS
SELECT f.source, s.name, f.url, f.kind, f.last_code, f.failures, f.last_ok, f.last_new,
       nullif(max(coalesce(f.next_due, ''), coalesce(f.not_before, '')), '') AS next_due,
       iif(f.moved_seen >= 3, f.moved_to, NULL) AS moved_to, f.disabled,
       (SELECT detail FROM fetches x WHERE x.url = f.url ORDER BY x.id DESC LIMIT 1) AS detail,
       coalesce((SELECT n FROM tallies WHERE name = 'entries' AND of = f.url), 0) AS entries,
       coalesce((SELECT n FROM tallies WHERE name = 'articles' AND of = f.source), 0) AS articles,
       (SELECT count(*) FROM entries e WHERE e.feed_url = f.url
         AND e.state IN ('wanted','partial')) AS waiting
FROM feeds f JOIN sources s ON s.key = f.source WHERE f.followed;
"""
