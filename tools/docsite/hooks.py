"""MkDocs' hooks: docs/ and the texts beside it as one site, with links that work here as they do on a code forge.

The texts at the top of the repository become pages. A link that leads out of docs/ leads to such a page or, where it
names another file, to a copy of that file below ``files/``.
"""

from __future__ import annotations

import logging
import posixpath
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Link, Navigation, Section
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from tools.reference.regions import slug  # noqa: E402

# text at the top → its page
PAGES = {
    "README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md", "LICENSE": "licence.md",
}  # fmt: skip
ASSETS = {
    "assets/iframe-worker.js": "iframe-worker.js",
    "assets/extra.css": "extra.css",
    "assets/retold.svg": "retold.svg",
}
_BESIDE_LINKS = r"^ *```.*?^ *```|`[^`\n]+`"
_LINK = re.compile(
    rf"{_BESIDE_LINKS}|\]\(([^)\s]+)\)|(?<=src=\")([^\"]+)(?=\")|(?<=href=\")([^\"]+)(?=\")", re.M | re.S
)
_log = logging.getLogger("mkdocs.hooks.docsite")
_parts: dict[str, list[tuple[str, str]]] = {}  # section of the menu → (title, page#part)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out of the menu what is not there, and set aside what leads to a part of a page."""
    _parts.clear()
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug
    config.nav = _there(config.nav or [], "")
    return config


def _there(entries: list[Any], section: str) -> list[Any]:
    found: list[Any] = []
    for entry in entries:
        [(title, target)] = entry.items()
        if isinstance(target, list):
            found.append({title: _there(target, title)})
        elif not _exists(target.partition("#")[0]):
            _log.info("%s is not there yet: left out of the menu", target)
        elif "#" in target:
            _parts.setdefault(section, []).append((title, target))
        else:
            found.append(entry)
    return [entry for entry in found if list(entry.values()) != [[]]]


def _exists(page: str) -> bool:
    beside = {at: name for name, at in PAGES.items()}
    return (ROOT / beside[page] if page in beside else ROOT / "docs" / page).is_file()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take in the texts at the top, our assets, and every file outside docs/ that a text links to."""
    for name, at in PAGES.items():
        if (ROOT / name).is_file():
            text = (ROOT / name).read_text("utf-8")
            files.append(
                File.generated(config, at, content=text if at != "licence.md" else f"# Licence\n\n```\n{text}```\n")
            )
    for at, name in ASSETS.items():
        files.append(File.generated(config, at, content=(Path(__file__).parent / name).read_bytes()))
    for path in sorted(_linked(files)):
        files.append(File.generated(config, f"files/{path}", content=(ROOT / path).read_bytes()))
    return files


def _linked(files: Files) -> Iterator[str]:
    """Files of the repository that pages link to and that are no pages and lie outside docs/."""
    seen = set()
    for file in files.documentation_pages():
        for found in _LINK.finditer(file.content_string):
            path = _repository_path(file.src_uri, found[1] or found[2] or found[3] or "")
            if (
                path
                and path not in seen
                and path not in PAGES
                and not path.startswith("docs/")
                and (ROOT / path).is_file()
            ):
                seen.add(path)
                yield path


def _repository_path(page: str, link: str) -> str:
    """Where a link of a page leads, as a path in the repository; "" where it leads elsewhere or into the page."""
    name = link.partition("#")[0]
    if not name or re.match(r"[a-z][a-z+.-]*:|/", name):
        return ""
    beside = dict.fromkeys(PAGES.values(), "")
    path = posixpath.normpath(posixpath.join(beside.get(page, "docs"), name))
    return "" if path.startswith("..") else path


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links of the repository into links of the site."""
    if page.file.src_uri == "index.md":
        page.meta.setdefault("hide", ["navigation"])  # one page is no menu
    return _LINK.sub(_turned(page.file.src_uri), markdown)


def _turned(page: str) -> Callable[[re.Match[str]], str]:
    def turn(found: re.Match[str]) -> str:
        link = found[1] or found[2] or found[3]
        path = _repository_path(page, link) if link else ""
        if not path:
            return found[0]
        at = PAGES.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path}")
        if not (ROOT / path).is_file():
            return found[0]  # MkDocs says so
        return found[0].replace(link, at + link[len(link.partition("#")[0]) :])

    return turn


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Put what leads to parts of pages behind the pages of its section."""
    for item in nav.items:
        if isinstance(item, Section):
            item.children += [Link(title, at.replace(".md#", ".html#")) for title, at in _parts.get(item.title, [])]
    return nav
