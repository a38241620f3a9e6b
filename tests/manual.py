"""What the manual shows: links, code blocks, command lines, SQL, pieces of config.yaml."""

from __future__ import annotations

import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.reference.regions import headings, outside, slug

ROOT = Path(__file__).parents[1]
TOP = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [path for path in (*TOP, *sorted((ROOT / "docs").glob("*.md"))) if path.is_file()]

_FENCED = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.M | re.S)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_PROMPT = re.compile(
    r"^(?:\$ |# )?(?:\w+=\S+ )*(?:sudo )?(?:\S*/)?(?=retold )|^.*?(?:\s{2,}|[|;&=] ?)(?:\S*/)?(?=retold )"
)
_END = {"|", ">", ">>", ";", "&&", "||", "&", "<", "2>", ">&"}


class Block(NamedTuple):
    """A code block: of which page, in which language ("" where none is said), what it holds."""

    page: str
    lang: str
    body: str


def text(path: Path) -> str:
    """A page."""
    return path.read_text("utf-8")


def anchors(path: Path) -> set[str]:
    """The anchors of a page: of its headings, those that come again numbered, and of its ids."""
    found: list[str] = []
    for _, words, _ in headings(text(path)):
        base = slug(words)
        found.append(f"{base}-{found.count(base)}" if base in found else base)
    return {*found, *re.findall(r'<a (?:id|name)="([^"]+)"', text(path))}


def links(path: Path) -> Iterator[str]:
    """Where a page's links and pictures lead, code left out."""
    plain = re.sub(r"`[^`\n]+`", "``", _FENCED.sub("", text(path)))
    yield from _LINK.findall(plain)
    yield from re.findall(r'(?:src|href)="([^"]+)"', plain)


def blocks(path: Path) -> Iterator[Block]:
    """The code blocks of a page, fenced and indented, what is generated left out."""
    left = outside(text(path))
    for _, lang, body in _FENCED.findall(left):
        yield Block(path.name, lang, body)
    left = _FENCED.sub("\n", left)
    for piece in re.findall(r"(?:(?<=\n\n)|\A)(?:(?: {4}[^\n]*\n)|\n(?= {4}))+", left):
        yield Block(path.name, "", re.sub(r"^ {4}", "", piece, flags=re.M))


def calls(block: Block) -> Iterator[list[str]]:
    """The arguments of each `retold …` that a block shows; where some lines have a prompt, the others are answers."""
    lines = block.body.replace("\\\n", " ").splitlines()
    typed = [line for line in lines if line.startswith("$ ")]
    for line in typed or lines:
        line = re.sub(r"\s#\s.*", "", line)
        found = _PROMPT.match(line)
        while found and "…]" not in line:
            line = line[found.end() :]
            words = _words(line)
            yield words[1:]
            rest = re.search(r"[|;&] ?(?=retold )", line)
            line, found = (line[rest.end() :], re.match("", "")) if rest else (line, None)


def mentions(path: Path) -> Iterator[list[str]]:
    """The arguments of each `retold …` within a page's sentences; forms that leave something out are left out."""
    plain = _FENCED.sub("", outside(text(path)))
    for said in re.findall(r"(?<!`)`(retold [^`]+)`(?!`)", plain):
        if not re.search(r"[…\[]|\.\.\.", said):
            yield _words(" ".join(said.replace("\\|", "_").replace("|", "_").split()))[1:]


def _words(line: str) -> list[str]:
    """A command's words, as a shell parts them, up to what ends it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    for word in lexer:
        if word in _END or word[0] in "|&;<>":
            break
        words += [word] if word != "…" else []  # what a reader knows by himself
    return words


def statements(block: Block) -> Iterator[str]:
    """The SQL statements of a block."""
    held = ""
    for line in block.body.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""
    if re.sub(r"--[^\n]*", "", held).strip():
        yield held  # the last one needs no semicolon
