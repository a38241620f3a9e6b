"""The pages that tell: what they show, run and compared with what really comes. Used by tests/test_prose.py."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pipeline.alertrules import AlertRule
from pipeline.alerts.engine import alert
from pipeline.store.connect import open_write
from tests.conftest import ROOT, call

AFTER = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)  # the night after the news days
DRONES = {"words": "kamikaze*", "cites": "Der Spiegel", "command": ["true"]}


def lived_in(demo: Path, folder: Path) -> Path:
    """A copy of the demo with a correction that was taken back and an alert that was sent."""
    path = folder / "lived-in.db"
    shutil.copyfile(demo, path)
    found = json.loads(call("search", "Grachtenkrant OR Europa", "houdt", "de", "adem", "--db", path, "--json").stdout)
    story, article = found[0]["story_id"], found[0]["article_id"]
    for args in ((story, f"a{article}", "--note", "an analysis"), ("--undo",)):
        done = call("split", *args, "--by", "ada", "--db", path, "--config", ROOT / "config.yaml")
        assert done.exit_code == 0, done.output
    db = open_write(path)
    assert alert(db, {"drones": AlertRule.model_validate(DRONES)}, None, AFTER).sent
    db.close()
    return path
