"""What a built site would load from elsewhere.

usage: python -m tools.docsite.offline [FOLDER]

Reads every page and style sheet below FOLDER (``site``); ends with 1 where one names a script, style, font, picture or
frame of another host. Links that somebody has to click are none of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z+.-]*:)?//", re.I)
_CSS = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)", re.I)
_PASSIVE = {"canonical", "alternate", "license", "author", "next", "prev", "help"}  # of <link>: nothing is loaded


class _Loads(HTMLParser):
    """Addresses that a page has a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element loads."""
        given = {name: value or "" for name, value in attrs}
        passive = tag == "a" or (tag == "link" and set(given.get("rel", "").split()) & _PASSIVE)
        named = [given.get(name, "") for name in ("src", "data", "poster", *(() if passive else ("href",)))]
        named += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        self.found += [value for value in named if _ELSEWHERE.match(value)] + _CSS.findall(given.get("style", ""))


def loads(text: str, suffix: str) -> list[str]:
    """Addresses elsewhere that a page (``.html``, ``.svg``) or a style sheet (``.css``) loads."""
    if suffix == ".css":
        return _CSS.findall(text)
    page = _Loads()
    page.feed(text)
    styles = re.findall(r"<style[^>]*>(.*?)</style>", text, re.S)
    return page.found + [address for style in styles for address in _CSS.findall(style)]


def found(folder: Path) -> Iterator[tuple[Path, str]]:
    """(file, address) of everything below ``folder`` that is loaded from elsewhere."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            yield from ((path, address) for address in loads(path.read_text("utf-8", "replace"), path.suffix))


def main() -> int:
    """0: nothing comes from elsewhere."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "site")
    if not (folder / "index.html").is_file():
        print(f"{folder}: no site here; make docs builds it")
        return 1
    outside = list(found(folder))
    for path, address in outside:
        print(f"{path}: loads {address}")
    pages = len(list(folder.rglob("*.html")))
    print(f"{folder}: {pages} pages; {len(outside) or 'nothing'} loaded from elsewhere")
    return int(bool(outside))


if __name__ == "__main__":
    sys.exit(main())
