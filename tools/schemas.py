"""Make the small database that stands for a schema in the upgrade test: ``tests/data/schemas/NN.sql.gz``.

usage: PYTHONPATH=. python tools/schemas.py [FOLDER]

Run it in the checkout of a release before SCHEMA_VERSION is raised, so that the next one can be tried on what this one
wrote. It calls whichever ``pipeline`` is on the path, by functions that there have been since the first release: the
files of older schemas were made so from the last commit of each (``git archive COMMIT | tar -x -C OLD``, then
PYTHONPATH=OLD). Schema 3 was never alone in a commit; its file is that of schema 4 without what step 4 adds
(``--without-embeddings``).

The articles are invented: three outlets, two runs, an edit between them, a merge, a mark where there are any.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "tests" / "data" / "schemas"
CONFIG = """
http: {delay_s: 0, workers: 1, user_agent: "Retold upgrade test (+https://example.org/bot)"}
sources:
  courier: {name: Courier, owner: Courier Trust, country: GB, language: en, role: publisher,
            homepage: "http://courier.test/", feeds: ["http://courier.test/feed"]}
  kueste: {name: Küstenblatt, owner: Kogge Verlag, country: DE, language: de, role: publisher,
           homepage: "http://kueste.test/", feeds: ["http://kueste.test/feed"]}
  spoof: {name: Spoof, owner: Spoof Ltd, country: GB, language: en, role: publisher,
          homepage: "http://spoof.test/", feeds: ["http://spoof.test/feed"]}
"""
FERRY = (
    "Twelve people were injured when the ferry Nordwind hit the quay wall in Büsum at noon.\nCaptain Harms said the"
    " engines had not obeyed.\nOperator Wattlinie puts the damage at 400,000 euros and suspends its"
    " service until Friday."
)
FAEHRE = (
    "Die Fähre Nordwind ist am Mittag gegen die Kaimauer von Büsum gefahren.\nZwölf Menschen wurden verletzt, sagte"
    " Kapitän Harms dem Courier.\nDie Reederei Wattlinie beziffert den Schaden auf 400.000 Euro und stellt den Betrieb"
    " bis Freitag ein."
)
MAYOR = (
    "Ellen Prowse gave up her office as mayor of Tarnwick on Thursday evening.\nAuditors had found fourteen forged bids"
    " for the bridge over the Ouse, which was to cost 31 million pounds, the Courier reported first."
)
OWL = "A snowy owl has moved into the belfry of Saint Oswin and refuses to leave before the spring, the verger says."
BELL = "The founders of Aldbrough cast a bell of nine hundred kilos on Monday, the first in the county for sixty years."
FRAME = "Read the Courier every morning before breakfast, at home and at sea."
OWL_AT, BELL_AT, FAEHRE_AT = "http://courier.test/owl", "http://courier.test/bell", "http://kueste.test/faehre"
# (host, path, title, text, hours before NOW)
FIRST = (
    ("courier.test", "/ferry", "Ferry Nordwind hits quay wall in Büsum", f"{FERRY}\n{FRAME}", 8),
    ("courier.test", "/owl", "Owl in the belfry", f"{OWL}\n{FRAME}", 30),
    ("courier.test", "/bell", "A bell for Aldbrough", f"{BELL}\n{FRAME}", 29),
    ("courier.test", "/mayor", "Mayor of Tarnwick resigns over bridge", f"{MAYOR}\n{FRAME}", 20),
    ("kueste.test", "/faehre", "Fähre Nordwind rammt Kaimauer in Büsum", FAEHRE, 7),
    ("spoof.test", "/ferry", "Nordwind hits the quay in Büsum", FERRY, 6),
    ("spoof.test", "/bell", "Bell cast in Aldbrough", BELL, 28),
)
LATER = (
    ("spoof.test", "/mayor", "Tarnwick's mayor is gone", MAYOR, 2),
    ("spoof.test", "/ferry", "Nordwind hits the quay in Büsum", FERRY.replace("Twelve", "Thirteen"), 6),
)
Piece = tuple[str, str, str, str, int]


class Site(ThreadingHTTPServer):
    """Answers with the feeds and pages of ``pieces`` (the later of one address wins), whatever host is asked for."""

    pieces: tuple[Piece, ...] = ()

    def body(self, host: str, path: str) -> tuple[str, str] | None:
        """(content type, text) of an address."""
        own = {p[1]: p for p in self.pieces if p[0] == host}
        if path == "/feed":
            return "application/rss+xml", feed(host, own.values())
        return ("text/html; charset=utf-8", page(own[path])) if path in own else None


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Site

    def do_GET(self) -> None:
        found = self.server.body(self.headers["Host"].partition(":")[0], self.path)
        kind, text = found or ("text/plain", "not here")
        data = text.encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing to tell."""


def feed(host: str, pieces: object) -> str:
    """An RSS feed; the text of a piece is in its description, so an edit shows there."""
    items = "".join(
        f"<item><title>{escape(title)}</title><link>http://{host}{path}</link><guid>http://{host}{path}</guid>"
        f"<pubDate>{(NOW - timedelta(hours=hours)):%a, %d %b %Y %H:%M:%S GMT}</pubDate>"
        f"<description>{escape(text[:60])}</description></item>"
        for _, path, title, text, hours in pieces  # type: ignore[attr-defined]
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0">'
    return f"{head}<channel><title>{host}</title>{items}</channel></rss>"


def page(piece: Piece) -> str:
    """An article page."""
    _, _, title, text, _ = piece
    body = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    return f"{head}<body><main><article><h1>{escape(title)}</h1>{body}</article></main></body></html>"


def serve(site: Site) -> None:
    """Answer, until it is shut down."""
    threading.Thread(target=site.serve_forever, daemon=True).start()


def fill(path: Path) -> None:
    """Two runs and some corrections into a new database at ``path``."""
    from pipeline import config
    from pipeline.run import run

    settings = config.loads(CONFIG, "config.yaml")
    with Site(("127.0.0.1", 0), Answer) as site:
        serve(site)
        routes = dict.fromkeys(("courier.test", "kueste.test", "spoof.test"), site.server_address[:2])
        for n, pieces in enumerate((FIRST, FIRST + LATER)):
            site.pieces = pieces
            when = NOW + timedelta(hours=n)
            run(settings, path, force=True, routes=routes, clock=lambda at=when: at)
        site.shutdown()
    correct(path)


def correct(path: Path) -> None:
    """Corrections, as far as this release knows any."""
    from click.testing import CliRunner

    from pipeline.cli import main

    file = path.with_name("config.yaml")
    file.write_text(CONFIG, "utf-8")
    for said in (["merge", OWL_AT, BELL_AT], ["wrong", "citation", FAEHRE_AT, "Courier"]):
        if said[0] in main.commands:
            more = ["--db", str(path), "--config", str(file)]
            done = CliRunner().invoke(main, [*said, "--by", "ada", "--note", "for the upgrade test", *more])
            print(" ".join(said), done.exit_code, done.output.strip(), file=sys.stderr)


# -- a database as SQL: sqlite3's own dump leaves out full-text tables


def dump(db: sqlite3.Connection) -> Iterator[str]:
    """The statements that make this database again, at the same schema."""
    for pragma in ("application_id", "user_version"):
        yield f"PRAGMA {pragma} = {db.execute(f'PRAGMA {pragma}').fetchone()[0]};"
    yield "BEGIN;"
    tables = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    virtual = [name for name, sql in tables if sql.startswith("CREATE VIRTUAL")]
    kept = [(name, sql) for name, sql in tables if not name.startswith(("sqlite_", *(f"{v}_" for v in virtual)))]
    for name, sql in kept:
        yield f"{sql};"
        yield from () if name in virtual else rows(db, name)
    yield "DELETE FROM sqlite_sequence;"
    yield from rows(db, "sqlite_sequence")
    yield from (f"INSERT INTO {name} ({name}) VALUES ('rebuild');" for name in virtual)  # noqa: S608
    for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL ORDER BY rowid"):
        yield f"{sql};"
    yield "COMMIT;"


def rows(db: sqlite3.Connection, table: str) -> Iterator[str]:
    """Each row of a table as an INSERT."""
    columns = [r[1] for r in db.execute(f'PRAGMA table_info("{table}")')]
    quoted = " || ', ' || ".join(f'quote("{c}")' for c in columns)
    for (values,) in db.execute(f'SELECT {quoted} FROM "{table}"'):  # noqa: S608
        yield f'INSERT INTO "{table}" VALUES ({values});'  # noqa: S608


def without_embeddings(path: Path) -> None:
    """Take step 4 back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DROP TABLE embeddings")
        with suppress(sqlite3.OperationalError):
            db.execute("DROP INDEX signatures_day")
        db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm0004%'")
        db.execute("PRAGMA user_version = 3")


def make(folder: Path) -> Path:
    """Write the file of the present schema; its path."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "stories.db"
        fill(path)
        if "--without-embeddings" in sys.argv:
            without_embeddings(path)
        with closing(sqlite3.connect(path)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            text = "\n".join(dump(db)) + "\n"
    target = folder / f"{version:02}.sql.gz"
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return target


if __name__ == "__main__":
    given = [arg for arg in sys.argv[1:] if not arg.startswith("-")]
    print(make(Path(given[0]) if given else FOLDER))
