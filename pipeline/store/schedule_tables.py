"""How often each feed is asked (m0014)."""

SCHEDULE = """
-- `pace_s`: the wait that was chosen after the last good answer (pipeline/polling.py); `watched_s`, `heard` and
-- `filled_s`: the habit it was chosen by; `fresh_s`: how long its server says that an answer holds, `ttl_s`: how long
-- the feed itself says so.
-- A gap: an answer in which nothing was known, so that items may have come and gone between it and the one before.
ALTER TABLE feeds ADD COLUMN pace_s INTEGER;
ALTER TABLE feeds ADD COLUMN watched_s REAL NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN heard REAL NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN filled_s REAL;
ALTER TABLE feeds ADD COLUMN fresh_s INTEGER;
ALTER TABLE feeds ADD COLUMN ttl_s INTEGER;
ALTER TABLE feeds ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN last_gap TEXT;

-- What its server or itself had asked for was kept in `next_due` only, along with the interval.
UPDATE feeds SET fresh_s = unixepoch(next_due) - unixepoch(last_ok)
WHERE failures = 0 AND next_due > last_ok AND last_ok IS NOT NULL;

DROP VIEW v_source_health;
-- One row a feed or sitemap that config.yaml names: is it alive, and if not, why; and how often it is asked. One
-- permanent redirect may be a slip; three in a row to one address are meant.
CREATE VIEW v_source_health AS
SELECT f.source, s.name, f.url, f.kind, f.last_code, f.failures, f.last_ok, f.last_new,
       nullif(max(coalesce(f.next_due, ''), coalesce(f.not_before, '')), '') AS next_due,
       iif(f.moved_seen >= 3, f.moved_to, NULL) AS moved_to, f.disabled,
       (SELECT detail FROM fetches x WHERE x.url = f.url ORDER BY x.id DESC LIMIT 1) AS detail,
       coalesce((SELECT n FROM tallies WHERE name = 'entries' AND of = f.url), 0) AS entries,
       coalesce((SELECT n FROM tallies WHERE name = 'articles' AND of = f.source), 0) AS articles,
       (SELECT count(*) FROM entries e WHERE e.feed_url = f.url
         AND e.state IN ('wanted','partial')) AS waiting,
       f.pace_s, iif(f.watched_s >= 86400, round(f.heard / f.watched_s * 86400, 1), NULL) AS per_day,
       nullif(max(coalesce(f.fresh_s, 0), coalesce(f.ttl_s, 0)), 0) AS told_s, f.gaps, f.last_gap
FROM feeds f JOIN sources s ON s.key = f.source WHERE f.followed;
"""
