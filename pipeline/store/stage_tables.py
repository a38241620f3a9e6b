"""What the stages of each run cost (m0015)."""

STAGES = """
-- How large the file was at the run's end.
ALTER TABLE runs ADD COLUMN db_bytes INTEGER;

-- One row a stage of a run, written while the run goes on. Stages are numbered (`n`) as they began, `after_s` seconds
-- after the run; `wall_s`: by the clock, `cpu_s`: of all processes, `peak_mb`: the most that the process had held by
-- then. `done` is 0 for the stage that is under way, and stays so where the run was killed in it.
CREATE TABLE run_stages (
  run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, stage TEXT NOT NULL, n INTEGER NOT NULL,
  after_s REAL NOT NULL, wall_s REAL NOT NULL, cpu_s REAL NOT NULL, peak_mb REAL NOT NULL, done INTEGER NOT NULL,
  PRIMARY KEY (run_id, stage)
) STRICT, WITHOUT ROWID;

-- The newest answers of a feed that were read, and how many entries each had: its habit.
CREATE INDEX fetches_read ON fetches(url, at, entries) WHERE entries IS NOT NULL;

-- One row a run.
CREATE VIEW v_runs AS
SELECT r.id AS run_id, r.state, r.started, r.finished, json_extract(r.counts, '$.seconds') AS seconds,
       (SELECT sum(s.cpu_s) FROM run_stages s WHERE s.run_id = r.id) AS cpu_s,
       (SELECT max(s.peak_mb) FROM run_stages s WHERE s.run_id = r.id) AS peak_mb, r.db_bytes,
       json_extract(r.counts, '$.new_entries') AS new_entries,
       json_extract(r.counts, '$.new_articles') AS new_articles, json_extract(r.counts, '$.edited') AS edited,
       json_extract(r.counts, '$.signed') AS signed, json_extract(r.counts, '$.stories_changed') AS stories_changed,
       json_array_length(r.counts, '$.failed_sources') AS failed_sources, r.recipe
FROM runs r;

-- One row a stage of a run.
CREATE VIEW v_run_stages AS
SELECT s.run_id, r.started, r.state, s.n, s.stage, s.after_s, s.wall_s, s.cpu_s, s.peak_mb, s.done
FROM run_stages s JOIN runs r ON r.id = s.run_id;
"""
