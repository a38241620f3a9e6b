"""The tables of provenance: links, citations, origins, roles (m0009). State is absence here, too."""

from pipeline.store.roles import outlet_roles

PROVENANCE = """
-- What the replaced wording claimed as its date of change; `silent`: the next one reads differently and claims no
-- newer date. NULL where that was not recorded or what changed is how we got the text.
ALTER TABLE versions ADD COLUMN updated TEXT;
ALTER TABLE versions ADD COLUMN silent INTEGER;

-- Links in an article's text to other sites.
CREATE TABLE links (
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, n INTEGER NOT NULL,
  url TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (article_id, n)
) STRICT, WITHOUT ROWID;

-- Whom an article says it has something from (pipeline.model.Citation). `source`: the cited outlet's key, where it is
-- one that we follow.
CREATE TABLE citations (
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, n INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('primary','second_hand','wire_credit','link')),
  outlet TEXT NOT NULL, source TEXT, media INTEGER NOT NULL, earlier INTEGER NOT NULL, via TEXT NOT NULL,
  place TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, quote TEXT NOT NULL, url TEXT NOT NULL,
  confidence REAL NOT NULL, PRIMARY KEY (article_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX citations_outlet ON citations(outlet);

-- Owners that config.yaml says are one house.
CREATE TABLE families (owner TEXT PRIMARY KEY, family TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What read the citations: the rules' version with the table of outlets. What another one read is read again.
CREATE TABLE cited_by (id INTEGER PRIMARY KEY CHECK (id = 1), recipe TEXT NOT NULL) STRICT;

-- The articles whose citations are to be read, and the stories that are to be traced; kept by the triggers. (Not by
-- OR IGNORE: within a trigger the conflict clause of the statement that fires it is the one that counts.)
CREATE TABLE uncited (article_id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE untraced (story_id INTEGER PRIMARY KEY) STRICT;
INSERT INTO uncited SELECT id FROM articles;
INSERT INTO untraced SELECT id FROM stories;

CREATE TRIGGER uncited_new AFTER INSERT ON articles BEGIN
  INSERT INTO uncited SELECT new.id WHERE new.id NOT IN uncited;
END;
CREATE TRIGGER uncited_again
AFTER UPDATE OF title, text, lang, author, agencies, credit, dateline, canonical_claim, source ON articles
WHEN (new.title, new.text, new.lang, new.author, new.agencies, new.credit, new.dateline, new.source)
  <> (old.title, old.text, old.lang, old.author, old.agencies, old.credit, old.dateline, old.source)
  OR new.canonical_claim IS NOT old.canonical_claim
BEGIN
  INSERT INTO uncited SELECT new.id WHERE new.id NOT IN uncited;
END;
CREATE TRIGGER uncited_gone AFTER DELETE ON articles BEGIN
  DELETE FROM uncited WHERE article_id = old.id;
END;
CREATE TRIGGER uncited_link AFTER INSERT ON links BEGIN
  INSERT INTO uncited SELECT new.article_id WHERE new.article_id NOT IN uncited;
END;
CREATE TRIGGER uncited_unlinked AFTER DELETE ON links WHEN EXISTS (SELECT 1 FROM articles WHERE id = old.article_id)
BEGIN
  INSERT INTO uncited SELECT old.article_id WHERE old.article_id NOT IN uncited;
END;
CREATE TRIGGER uncited_via_new AFTER INSERT ON entries
WHEN new.via_name || new.via_url <> '' AND new.article_id IS NOT NULL
BEGIN
  INSERT INTO uncited SELECT new.article_id WHERE new.article_id NOT IN uncited;
END;
CREATE TRIGGER uncited_via AFTER UPDATE OF article_id, via_name, via_url ON entries
WHEN new.via_name || new.via_url || old.via_name || old.via_url <> '' AND (new.article_id IS NOT old.article_id
  OR (new.via_name, new.via_url) <> (old.via_name, old.via_url))
BEGIN
  INSERT INTO uncited SELECT id FROM articles WHERE id IN (new.article_id, old.article_id) AND id NOT IN uncited;
END;

CREATE TRIGGER untraced_in AFTER INSERT ON copies BEGIN
  INSERT INTO untraced SELECT new.story_id WHERE new.story_id NOT IN untraced;
END;
CREATE TRIGGER untraced_moved AFTER UPDATE ON copies BEGIN
  INSERT INTO untraced SELECT new.story_id WHERE new.story_id NOT IN untraced;
  INSERT INTO untraced SELECT id FROM stories WHERE id = old.story_id AND id NOT IN untraced;
END;
CREATE TRIGGER untraced_out AFTER DELETE ON copies BEGIN
  INSERT INTO untraced SELECT id FROM stories WHERE id = old.story_id AND id NOT IN untraced;
END;
CREATE TRIGGER untraced_edited AFTER UPDATE OF source, key, title, text, lang, published, first_seen, credit ON articles
WHEN (new.source, new.key, new.title, new.text, new.lang, new.first_seen, new.credit)
  <> (old.source, old.key, old.title, old.text, old.lang, old.first_seen, old.credit)
  OR new.published IS NOT old.published
BEGIN
  INSERT INTO untraced SELECT story_id FROM copies WHERE article_id = new.id AND story_id NOT IN untraced;
END;
-- What is compared anew has other passages in common with the others.
CREATE TRIGGER untraced_signed AFTER INSERT ON signatures BEGIN
  INSERT INTO untraced SELECT story_id FROM copies WHERE article_id = new.article_id AND story_id NOT IN untraced;
END;
CREATE TRIGGER untraced_gone AFTER DELETE ON stories BEGIN
  DELETE FROM untraced WHERE story_id = old.id;
END;

-- The most likely origin of a story (`copy_id` 0) and of each of its copy groups. `outlet` "" where it is unknown;
-- `article_id` where the origin is among our articles; `reasons` a JSON list, the weightiest first.
CREATE TABLE origins (
  story_id INTEGER NOT NULL REFERENCES stories(id) ON DELETE CASCADE, copy_id INTEGER NOT NULL,
  outlet TEXT NOT NULL, source TEXT, article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,
  confidence REAL NOT NULL, reasons TEXT NOT NULL, PRIMARY KEY (story_id, copy_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX origins_article ON origins(article_id);
CREATE INDEX origins_outlet ON origins(outlet);

-- Five different counts of one story.
CREATE TABLE independence (
  story_id INTEGER PRIMARY KEY REFERENCES stories(id) ON DELETE CASCADE,
  articles INTEGER NOT NULL, outlets INTEGER NOT NULL, owners INTEGER NOT NULL,
  wire_texts INTEGER NOT NULL, origins INTEGER NOT NULL, unattributed INTEGER NOT NULL
) STRICT;

-- What an article is in its story, and what it leans on: an article here, or an outlet that is cited.
CREATE TABLE roles (
  article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
  story_id INTEGER NOT NULL REFERENCES stories(id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('origin','copy','cut_copy','rewrite','translation','follow_up','report')),
  leans_on INTEGER REFERENCES articles(id) ON DELETE SET NULL, outlet TEXT NOT NULL, source TEXT, how TEXT NOT NULL,
  quote TEXT NOT NULL, root TEXT NOT NULL, lag_s INTEGER NOT NULL, confidence REAL NOT NULL
) STRICT;
CREATE INDEX roles_story ON roles(story_id);
CREATE INDEX roles_leans ON roles(leans_on);

-- What is known of an outlet that has no article in the story: whom those that print or cite it say it has it from.
CREATE TABLE relays (
  story_id INTEGER NOT NULL REFERENCES stories(id) ON DELETE CASCADE, outlet TEXT NOT NULL,
  leans_on INTEGER REFERENCES articles(id) ON DELETE SET NULL, leans_on_outlet TEXT NOT NULL,
  how TEXT NOT NULL, quote TEXT NOT NULL, PRIMARY KEY (story_id, outlet)
) STRICT, WITHOUT ROWID;
CREATE INDEX relays_leans ON relays(leans_on);

-- One row a citation.
CREATE VIEW v_citations AS
SELECT c.article_id, c.n, p.story_id, a.source, s.name AS outlet, a.lang, a.title, a.url AS article_url, c.kind,
       c.outlet AS cited, c.source AS cited_source, c.media, c.earlier, nullif(c.via, '') AS via, c.place, c.start,
       c.stop, c.quote, nullif(c.url, '') AS url, c.confidence
FROM citations c JOIN articles a ON a.id = c.article_id JOIN sources s ON s.key = a.source
LEFT JOIN copies p ON p.article_id = a.id;

-- One row a story (copy_id 0) of several articles, or whose origin is known, and one a copy group.
CREATE VIEW v_origins AS
SELECT o.story_id, o.copy_id, iif(o.copy_id = 0, 'story', 'copies') AS level, nullif(o.outlet, '') AS outlet, o.source,
       o.article_id, a.title, a.url, a.published, a.first_seen, o.confidence, o.reasons, i.articles, i.outlets,
       i.owners, i.wire_texts, i.origins, i.unattributed
FROM origins o LEFT JOIN articles a ON a.id = o.article_id
LEFT JOIN independence i ON i.story_id = o.story_id AND o.copy_id = 0;

-- One row an article that is one of several of a story, or that leans on somebody.
CREATE VIEW v_roles AS
SELECT r.story_id, r.article_id, a.source, s.name AS outlet, a.lang, r.role, r.leans_on,
       nullif(r.outlet, '') AS leans_on_outlet, nullif(r.how, '') AS how, nullif(r.quote, '') AS quote, r.root,
       r.lag_s, r.confidence, a.published, a.first_seen
FROM roles r JOIN articles a ON a.id = r.article_id JOIN sources s ON s.key = a.source;

-- One row a source: what it was in the stories of several outlets. `median_lag_s`: behind the story's first article,
-- where it is not the first.
CREATE VIEW v_outlet_roles AS
"""
PROVENANCE += f"{outlet_roles()};\n"
