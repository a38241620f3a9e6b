"""The public views: their names and columns are a promise (docs/database.md, tested)."""

VIEWS = """
-- One row a story.
CREATE VIEW v_stories AS
SELECT s.id AS story_id,
       (SELECT a.title FROM articles a JOIN copies c ON c.article_id = a.id WHERE c.story_id = s.id
         ORDER BY min(coalesce(a.published, a.first_seen), a.first_seen), a.id LIMIT 1) AS headline,
       (SELECT a.id FROM articles a JOIN copies c ON c.article_id = a.id WHERE c.story_id = s.id
         ORDER BY min(coalesce(a.published, a.first_seen), a.first_seen), a.id LIMIT 1) AS lead_article_id,
       count(*) AS articles, count(DISTINCT c.copy_id) AS copy_groups,
       count(DISTINCT a.source) AS sources,
       (SELECT group_concat(lang, ' ') FROM (SELECT DISTINCT a2.lang AS lang FROM articles a2
          JOIN copies c2 ON c2.article_id = a2.id WHERE c2.story_id = s.id ORDER BY 1)) AS languages,
       min(a.published) AS first_published, max(a.published) AS last_published,
       min(a.first_seen) AS first_seen, max(a.first_seen) AS last_seen,
       s.created, s.updated
FROM stories s JOIN copies c ON c.story_id = s.id JOIN articles a ON a.id = c.article_id
GROUP BY s.id;

-- One row an article of a story, with what it is to the others.
CREATE VIEW v_story_articles AS
SELECT c.story_id, c.copy_id,
       (SELECT count(*) FROM copies c2 WHERE c2.copy_id = c.copy_id) AS copy_size,
       a.id AS article_id, a.source, s.name AS outlet, s.owner, s.country, s.role, a.lang, a.title, a.url,
       a.published, a.updated, a.first_seen, min(coalesce(a.published, a.first_seen), a.first_seen) AS effective,
       a.author, a.agencies, a.credit, a.dateline, a.paywalled, a.text_from, a.canonical_claim, a.version
FROM copies c JOIN articles a ON a.id = c.article_id JOIN sources s ON s.key = a.source;

-- One row an edge: why two articles are together (or nearly).
CREATE VIEW v_why AS
SELECT m.left_id, m.right_id, l.source AS left_source, r.source AS right_source, l.title AS left_title,
       r.title AS right_title, m.verdict, m.probability, m.scores, m.reasons, m.recipe, m.run_id,
       cl.story_id AS left_story, cr.story_id AS right_story, cl.story_id = cr.story_id AS together
FROM matches m JOIN articles l ON l.id = m.left_id JOIN articles r ON r.id = m.right_id
LEFT JOIN copies cl ON cl.article_id = m.left_id LEFT JOIN copies cr ON cr.article_id = m.right_id;

-- One row a feed or sitemap that config.yaml names: is it alive, and if not, why.
CREATE VIEW v_source_health AS
SELECT f.source, s.name, f.url, f.kind, f.last_code, f.failures, f.last_ok, f.last_new,
       nullif(max(coalesce(f.next_due, ''), coalesce(f.not_before, '')), '') AS next_due,
       f.moved_to, f.disabled,
       (SELECT detail FROM fetches x WHERE x.url = f.url ORDER BY x.id DESC LIMIT 1) AS detail,
       (SELECT count(*) FROM entries e WHERE e.feed_url = f.url) AS entries,
       (SELECT count(*) FROM articles a WHERE a.source = f.source) AS articles,
       (SELECT count(*) FROM entries e WHERE e.feed_url = f.url AND e.state IN ('wanted','partial')) AS waiting
FROM feeds f JOIN sources s ON s.key = f.source WHERE f.followed;
"""

CORRECTION_VIEWS = """
-- One row an article of a correction; article_id is NULL while the article is not here.
CREATE VIEW v_corrections AS
SELECT c.id AS correction_id, c.kind, c.at, c.made_by, c.note, x.side, x.key, a.id AS article_id, a.url, a.title,
       p.story_id, c.superseded, c.superseded_by, c.removed, c.superseded IS NULL AND c.removed IS NULL AS in_force
FROM corrections c JOIN corrected x ON x.correction_id = c.id LEFT JOIN articles a ON a.key = x.key
LEFT JOIN copies p ON p.article_id = a.id;
"""

VERSION_VIEWS = """
-- One row a wording of an article, the current one too; `silent` is of the edit that made it.
CREATE VIEW v_versions AS
SELECT w.article_id, w.version, coalesce(p.replaced, iif(w.version = 1, a.first_seen, NULL)) AS seen, w.replaced,
       w.updated, p.silent, w.text_from, w.title, w.text
FROM (SELECT article_id, version, replaced, updated, text_from, title, text FROM versions
      UNION ALL SELECT id, version, NULL, updated, text_from, title, text FROM articles) w
JOIN articles a ON a.id = w.article_id
LEFT JOIN versions p ON p.article_id = w.article_id AND p.version = w.version - 1;
"""

MARK_VIEWS = """
-- One row an article of a correction; article_id is NULL while the article is not here.
CREATE VIEW v_corrections AS
SELECT c.id AS correction_id, c.kind, c.at, c.made_by, c.note, x.side, x.key, a.id AS article_id, a.url, a.title,
       p.story_id, nullif(c.outlet, '') AS outlet, c.superseded, c.superseded_by, c.removed,
       c.superseded IS NULL AND c.removed IS NULL AS in_force
FROM corrections c JOIN corrected x ON x.correction_id = c.id LEFT JOIN articles a ON a.key = x.key
LEFT JOIN copies p ON p.article_id = a.id;
"""
