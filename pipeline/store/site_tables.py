"""What publishers say of their sites and pages (m0013)."""

SITES = """
-- The last answer to a request for robots.txt or tdmrep.json, so that not every run asks for it.
CREATE TABLE site_files (
  url TEXT PRIMARY KEY, at TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;

-- `left_out`: the reason code by which an entry's page is done without for good; its state is then `given_up`.
ALTER TABLE entries ADD COLUMN left_out TEXT;
CREATE INDEX entries_left_out ON entries(source, feed_url, left_out) WHERE left_out IS NOT NULL;
"""
