"""The main job over every feed of a collection, served on loopback: `retold run` as it is, thousands of feeds.

    python bench/crawl_feeds.py --shared ../shared [--limit N]

Every repository of ``feeds/MANIFEST.csv`` becomes a source with a host of its own, every file a feed. Articles
are made from the feeds alone (their links lead to the real web). Then each stored count is compared with what
feedparser itself finds in the file.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.feeds import manifest, outcomes, theirs
from pipeline.config import Config, loads
from pipeline.run import run
from pipeline.sandbox import Sandbox
from pipeline.store.connect import open_read

TYPES = {".json": "application/feed+json", ".atom": "application/atom+xml", ".rss": "application/rss+xml"}


def server(files: dict[str, Path]) -> ThreadingHTTPServer:
    """A server on loopback that answers a URL path of ``files`` with that file's bytes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = files.get(unquote(self.path))
            body = path.read_bytes() if path else b""
            self.send_response(200 if path else 404)
            self.send_header("Content-Type", TYPES.get(path.suffix, "application/xml") if path else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    return made


def named_hosts(path: Path) -> set[str]:
    """Hosts of the child sitemaps that a sitemap index names, to be led here: nothing leaves the machine."""
    text = path.read_bytes()
    if b"<sitemapindex" not in text:
        return set()
    return {urlsplit(u.decode().strip()).hostname or "" for u in re.findall(rb"<loc>([^<]+)", text)} - {""}


def config(urls: dict[str, list[str]]) -> Config:
    """A configuration that follows all ``urls`` (by source), from the feeds alone."""
    sources = {
        key: {
            "name": key, "owner": key, "country": "XX", "language": "en", "role": "publisher", "text_from": "feed",
            "feeds": found,
        }
        for key, found in urls.items()
    }  # fmt: skip
    http = {
        "user_agent": "RetoldBench/0.1 (+https://retold.example/about)", "per_host": 4, "delay_s": 0,
        "concurrency": 32, "max_seconds": 3600,
    }  # fmt: skip
    return loads(json.dumps({"http": http, "sources": sources}), "bench.yaml")


def main() -> None:
    """Serve, run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--limit", type=int, default=None)
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    paths = manifest(args.shared)[: args.limit]
    urls: dict[str, list[str]] = defaultdict(list)
    files: dict[str, Path] = {}
    by_url: dict[str, Path] = {}
    for path in paths:
        within = path.relative_to(args.shared / "feeds")
        key = "".join(c if c.isalnum() else "-" for c in within.parts[0].lower()).strip("-")
        files[f"/{within.as_posix()}"] = path
        url = f"http://{key}.test/{quote(within.as_posix())}"
        urls[key].append(url)
        by_url[url] = path
    served = server(files)
    hosts = {f"{key}.test" for key in urls}.union(*map(named_hosts, paths))
    routes = dict.fromkeys(hosts, ("127.0.0.1", int(served.server_address[1])))
    with tempfile.TemporaryDirectory() as folder:
        db_path = Path(folder) / "stories.db"
        began = time.monotonic()
        summary = run(config(urls), db_path, routes=routes)
        seconds = time.monotonic() - began
        db = open_read(db_path)
        rows = db.execute("SELECT url, code, entries, dropped FROM fetches").fetchall()
        integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
        db.close()
    served.shutdown()
    with Sandbox(2, wall_s=60, cpu_s=60, memory_mb=2000, preload=("feedparser",)) as sandbox:
        reference = dict(zip(paths, outcomes(sandbox, theirs, paths), strict=True))
    compared = equal = 0
    for r in rows:
        found = reference[by_url[r["url"]]] if r["url"] in by_url else None  # a child of a sitemap index
        if r["code"] == "ok" and isinstance(found, tuple) and found[0]:
            compared += 1
            equal += r["entries"] + r["dropped"] == found[0]
    print(f"files {len(paths)}, asked {len(rows)}, parsed {sum(r['code'] == 'ok' for r in rows)}")
    entries, dropped = (sum(r[column] or 0 for r in rows) for column in ("entries", "dropped"))
    print(f"entries {entries} (dropped as repeats or empty {dropped})")
    print(f"entries equal to feedparser's own: {equal} of {compared} files where it finds any")
    print("by reason code:", dict(Counter(r["code"] for r in rows).most_common()))
    print(f"new articles {summary.articles}, stories {summary.absorbed.stories}, database {integrity}")
    print(f"whole run {seconds:.1f} s, of it signing {summary.absorbed.signed} articles and grouping included")


if __name__ == "__main__":
    main()
