"""Descriptions of configuration, written into the models: ``Field(…, description=…)`` in the source of a class."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.reference import settings
from tools.reference.regions import table_rows

WIDTH = 106


def said(text: str) -> dict[str, str]:
    """Key → meaning by the tables of docs/configuration.md."""
    rows = [cells for cells in table_rows(text) if len(cells) == 4 and cells[0].startswith("`")]
    return {cells[0].strip("`"): cells[3].replace("\\|", "|") for cells in rows}


def described(text: str) -> dict[Path, str]:
    """Module → its text with the words of docs/configuration.md, where these are others than its own."""
    words = said(text)
    wanted: dict[Path, dict[tuple[str, str], str]] = {}
    for key, (block, name) in places():
        if words.get(key, "") not in ("", block.model_fields[name].description):
            path = Path(inspect.getfile(block))
            wanted.setdefault(path, {})[block.__name__, name] = words[key]
    return {path: rewritten(path.read_text("utf-8"), fields) for path, fields in wanted.items()}


def places() -> Iterator[tuple[str, tuple[type[settings.BaseModel], str]]]:
    """(full key, (model, field)) of every key of config.yaml."""
    for section in settings.sections():
        yield from settings.owners(section).items()


def rewritten(source: str, fields: Mapping[tuple[str, str], str]) -> str:
    """``source`` with the descriptions of (class, field) → words; layout is left to the formatter."""
    lines = source.splitlines(keepends=True)
    found = [
        (node, fields[outer.name, node.target.id])
        for outer in ast.walk(ast.parse(source))
        if isinstance(outer, ast.ClassDef)
        for node in outer.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and (outer.name, node.target.id) in fields
    ]
    for node, words in sorted(found, key=lambda pair: -pair[0].lineno):
        lines[node.lineno - 1 : node.end_lineno] = [_statement(source, node, words)]
    return "".join(lines)


def _statement(source: str, node: ast.AnnAssign, words: str) -> str:
    """One field, with its description behind what else its ``Field`` says."""
    value = node.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Field":
        given = [ast.get_source_segment(source, arg) or "" for arg in value.args]
        given += [
            f"{k.arg}={ast.get_source_segment(source, k.value)}" for k in value.keywords if k.arg != "description"
        ]
    else:
        given = [f"default={ast.get_source_segment(source, value)}"] if value else []
    parts = textwrap.wrap(words, WIDTH - 14, drop_whitespace=False) if len(words) > WIDTH - 14 else [words]
    told = "\n        ".join(_quoted(part) for part in parts)
    annotation = ast.get_source_segment(source, node.annotation)
    return f"    {ast.unparse(node.target)}: {annotation} = Field({', '.join([*given, f'description={told}'])})\n"


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
