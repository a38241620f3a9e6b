"""Nothing phones home: a process that runs, exports, asks, serves and browses connects to what the configuration names,
and looks up no other name. Python itself reports each connection and each look-up (PEP 578)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, build

WATCH = """
import sys
SEEN = []
def hook(event, args):
    if event == "socket.connect" and not isinstance(args[1], (str, bytes)):
        SEEN.append(["connect", *args[1][:2]])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        SEEN.append(["look up", str(args[0])])
    elif event in ("socket.sendto", "socket.sendmsg") and len(args) > 1 and args[1]:
        SEEN.append(["send", str(args[1])])
sys.addaudithook(hook)
"""
RUN = """
from datetime import UTC, datetime
from pathlib import Path
from pipeline.config import loads
from pipeline.run import run
from tests.receivers import Hook
from tests.server import Server, page, reply, rss
server, receiver = Server(), Hook()
server.on("/feed", reply(200, rss("http://news.test/a"))).on("/a", reply(200, page(), "text/html"))
config = loads(f'''
http: {{delay_s: 0, workers: 1}}
alerts: {{all: {{min_articles: 1, within: 30d, webhook: "{receiver.url}"}}}}
sources: {{news: {{name: News, owner: N, country: DE, language: de, role: publisher, feeds: ["http://news.test/feed"]}}}}
''', "c")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
done = run(config, Path(PATH), routes={"news.test": server.address}, clock=lambda: NOW)
assert done.articles == 1 and done.alerted.sent >= 1, done
ALLOWED = [list(server.address)]
"""
ASK = """
from pathlib import Path
from tests import outputs
assert len(list(outputs.printed(Path(PATH), Path(CONFIG)))) > 50
ALLOWED = []
"""
SERVE = """
from pathlib import Path
from pipeline.web.app import datasette
from pipeline.web.people import People
from tests import outputs
assert len(list(outputs.served(datasette(Path(PATH), people=People("a-token-that-nobody-guesses")), Path(PATH)))) > 20
ALLOWED = []
"""
BROWSE = """
from pathlib import Path
from tests.test_browse import press, walk
async def steps(pilot):
    await press(pilot, "down", "enter")
    await press(pilot, "enter")
walk(Path(PATH), steps)
ALLOWED = []
"""


@pytest.mark.slow
@pytest.mark.parametrize("work", [RUN, ASK, SERVE, BROWSE], ids=["run", "ask", "serve", "browse"])
def test_nothing_is_connected_to_but_what_is_configured(tmp_path: Path, work: str) -> None:
    if work is BROWSE:
        pytest.importorskip("textual")
    small = build(tmp_path)
    script = (
        f"{WATCH}\nsys.path.insert(0, {str(ROOT)!r})\nPATH, CONFIG = {str(small.path)!r}, {str(small.config)!r}\n{work}"
        "\nimport json\nprint(json.dumps([SEEN, ALLOWED]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    seen, allowed = json.loads(done.stderr.splitlines()[-1])
    assert bool(seen) == (work is RUN)
    assert [one for one in seen if one[0] != "connect" or one[1:] not in allowed] == []


@pytest.mark.slow
def test_the_hook_would_see_it() -> None:
    script = f"{WATCH}\nimport socket, urllib.request\n"
    script += "try: urllib.request.urlopen('http://127.0.0.1:9/', timeout=5)\nexcept OSError: pass\nprint(SEEN)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "['connect', '127.0.0.1', 9]" in done.stdout
