"""The table of what somebody is told (m0011)."""

ALERTS = """
-- One row a story that a rule of config.yaml named: once for ever. `story_id` is the story's id at that time, which
-- `aliases` may have given to another since, so nothing refers to it. `delivery`: what receivers know it by.
-- `merged`: not sent, as another alert of the rule tells of the story that both are now.
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, story_id INTEGER NOT NULL, delivery TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','sent','dead','merged')),
  noted TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_try TEXT, sent TEXT, error TEXT NOT NULL DEFAULT '',
  UNIQUE (rule, story_id)
) STRICT;
CREATE INDEX alerts_state ON alerts(state, rule);
"""
