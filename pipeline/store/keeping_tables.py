"""What is left of articles whose texts are gone (m0016)."""

KEEPING = """
-- Articles that were pruned: their text and all that compares it are gone, what provenance knows of them stays, and
-- nothing changes it any more (`at`: when).
CREATE TABLE pruned (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE, at TEXT NOT NULL
) STRICT;

-- What has no text is not signed, grouped, read or traced, whoever asks for it.
CREATE TRIGGER pruned_unsigned AFTER INSERT ON unsigned
WHEN EXISTS (SELECT 1 FROM pruned WHERE article_id = new.article_id) BEGIN
  DELETE FROM unsigned WHERE article_id = new.article_id;
END;
CREATE TRIGGER pruned_ungrouped AFTER INSERT ON ungrouped
WHEN EXISTS (SELECT 1 FROM pruned WHERE article_id = new.article_id) BEGIN
  DELETE FROM ungrouped WHERE article_id = new.article_id;
END;
CREATE TRIGGER pruned_uncited AFTER INSERT ON uncited
WHEN EXISTS (SELECT 1 FROM pruned WHERE article_id = new.article_id) BEGIN
  DELETE FROM uncited WHERE article_id = new.article_id;
END;
CREATE TRIGGER pruned_untraced AFTER INSERT ON untraced
WHEN EXISTS (SELECT 1 FROM copies c CROSS JOIN pruned p ON p.article_id = c.article_id WHERE c.story_id = new.story_id)
BEGIN
  DELETE FROM untraced WHERE story_id = new.story_id;
END;

-- The first of a copy group is its name; where it is deleted, what is left of a pruned group has another.
CREATE TRIGGER pruned_first_gone AFTER DELETE ON copies WHEN old.copy_id = old.article_id
  AND EXISTS (SELECT 1 FROM copies c CROSS JOIN pruned p ON p.article_id = c.article_id WHERE c.copy_id = old.copy_id)
BEGIN
  UPDATE OR REPLACE origins SET copy_id = (SELECT min(article_id) FROM copies WHERE copy_id = old.copy_id)
    WHERE story_id = old.story_id AND copy_id = old.copy_id;
  UPDATE copies SET copy_id = (SELECT min(article_id) FROM copies WHERE copy_id = old.copy_id)
    WHERE copy_id = old.copy_id;
END;

DROP VIEW v_story_articles;
-- One row an article of a story, with what it is to the others.
CREATE VIEW v_story_articles AS
SELECT c.story_id, c.copy_id,
       (SELECT count(*) FROM copies c2 WHERE c2.copy_id = c.copy_id) AS copy_size,
       a.id AS article_id, a.source, s.name AS outlet, s.owner, s.country, s.role, a.lang, a.title, a.url,
       a.published, a.updated, a.first_seen, min(coalesce(a.published, a.first_seen), a.first_seen) AS effective,
       a.author, a.agencies, a.credit, a.dateline, a.paywalled, a.text_from, a.canonical_claim, a.version,
       (SELECT at FROM pruned WHERE article_id = a.id) AS pruned
FROM copies c JOIN articles a ON a.id = c.article_id JOIN sources s ON s.key = a.source;
"""

# Tables and an index that step 10 made otherwise, or not at all, in its first days.
EARLY = ("outlet_days", "leaning_days", "outlet_sums", "leaning_sums", "fetches_new")
RECOUNT = "INSERT OR IGNORE INTO stale_days SELECT DISTINCT unixepoch(newest) / 86400 FROM listings"
