"""Photographs of the web pages over the news day, for docs/web.md: `python -m tools.screenshots [FOLDER]`.

Each page in light, in the dark and on a phone, at the top of the page; of few colours, hence small. Times in words
("3 h ago") are told from a fixed moment, so that a picture changes only when its page does. Needs the extras dev and
web, and a Chromium ($CHROMIUM, else the one on the path).
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests import visits

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)  # the night after the news days
SHOTS = ("today", "search", "story", "article", "compare", "outlets", "sources", "source", "runs", "run", "corrections",
         "data", "view")  # fmt: skip
WAYS = {"light": ("light", 1280, 900, 1), "dark": ("dark", 1280, 900, 1), "phone": ("light", 390, 844, 1)}
COLOURS = 128
HOW = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}  # small spots of colour stay
LARGEST = 150_000  # bytes
ROOT = Path(__file__).parent.parent


@contextmanager
def served(database: Path) -> Iterator[str]:
    """The address of the pages over a database, in which it is always NOW."""
    import asyncio

    import uvicorn

    from pipeline.cli.serve import _listening
    from pipeline.web import serving
    from pipeline.web.app import datasette
    from pipeline.web.people import People

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return NOW

    app = datasette(database, people=People("shown-to-nobody"))
    server = uvicorn.Server(uvicorn.Config(app.app(), log_level="error"))
    with _listening("127.0.0.1", 0) as listener, patch.object(serving, "datetime", Clock):
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def photographed(browser: Browser, url: str, way: str) -> bytes:
    """The top of a page, still, as a PNG of few colours."""
    scheme, width, height, scale = WAYS[way]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce", device_scale_factor=scale,
    )  # fmt: skip
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(300)  # plots
    raw = page.screenshot()
    context.close()
    out = io.BytesIO()
    Image.open(io.BytesIO(raw)).convert("RGB").quantize(COLOURS, **HOW).save(out, "PNG", optimize=True)
    return out.getvalue()


def main(folder: Path, database: Path | None = None) -> None:
    """Write FOLDER/PAGE-WAY.png for all pages; raises SystemExit where one is too large."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        path = database or Path(temporary) / "demo.db"
        if not database:
            subprocess.run([sys.executable, "-m", "pipeline", "demo", "--keep", str(path)], check=True, cwd=ROOT)
        with served(path) as site, sync_playwright() as playwright:
            args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
            browser = playwright.chromium.launch(executable_path=chromium, args=args)
            for name, address in visits.addresses(path, {n: ADDRESSES.get(n, visits.PAGES[n]) for n in SHOTS}).items():
                for way in WAYS:
                    shot = photographed(browser, site + address, way)
                    if len(shot) > LARGEST:
                        raise SystemExit(f"{name}-{way}: {len(shot):,} bytes")
                    (folder / f"{name}-{way}.png").write_bytes(shot)
            browser.close()


ADDRESSES = {"today": "/", "search": "/search?q=drohne*+OR+drone*", "source": "/source/{source}"}

if __name__ == "__main__":
    given = os.environ.get("RETOLD_BROWSER_DB")
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"), Path(given) if given else None)
