"""`retold import opml`: the feeds of another reader into config.yaml."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import configfile
from pipeline.cli.output import plain, show_json, show_lines, visible
from pipeline.cli.query import NotThere
from pipeline.cli.words import count

if TYPE_CHECKING:
    from pipeline.configtext import Block
    from pipeline.subscribing import LeftOut, Plan

Line = tuple[str, str]


def follow(file: str, config_path: Path, dry_run: bool, as_json: bool) -> None:
    """Follow the feeds of an OPML file (- is stdin), as other readers export them.

    They become sources at the end of those of config.yaml, in which nothing else changes: those of one site are one
    source, and what the file does not say is guessed, with a comment that says so. Feeds that are followed already are
    passed over.
    """
    from pipeline import opml, subscribing
    from pipeline.configtext import inserted, settings

    listed, whole = opml.read(_data(file, opml.MAX_BYTES), "standard input" if file == "-" else file)
    was, text = configfile.before(config_path)
    plan = subscribing.plan(listed, settings(text, str(config_path)))
    new = inserted(text, plan.blocks, str(config_path)) if plan.blocks else text
    if plan.blocks and not dry_run:
        configfile.replace(config_path, was, new)
    if as_json:
        return show_json(_row(config_path, plan, dry_run, whole))
    return show_lines(_lines(config_path, plan, dry_run, whole))


def _data(file: str, most: int) -> bytes:
    """The file's bytes, or those of stdin; one more than ``most`` where there are more."""
    if file.startswith(("http://", "https://")):
        raise click.UsageError(f"an address is not fetched: curl -fsSL '{plain(file)}' | retold import opml -")
    if file == "-":
        return sys.stdin.buffer.read(most + 1)
    path = Path(file)
    if not path.exists() or path.is_dir():
        raise NotThere(f"{plain(file)}: {'is a folder' if path.is_dir() else 'no such file'}")
    with path.open("rb") as opened:
        return opened.read(most + 1)


# -- what is shown


def _row(path: Path, plan: Plan, dry_run: bool, whole: bool) -> dict[str, Any]:
    def rows(some: Iterable[LeftOut], why: str) -> list[dict[str, str]]:
        return [{"url": x.url, "title": x.title, why: x.why} for x in some]

    added = [{**b.source.model_dump(mode="json"), "notes": dict(b.notes)} for b in plan.blocks]
    return {
        "config": str(path), "written": bool(plan.blocks) and not dry_run, "whole": whole, "added": added,
        "followed": rows(plan.followed, "by"), "left_out": rows(plan.left_out, "why"),
    }  # fmt: skip


def _lines(path: Path, plan: Plan, dry_run: bool, whole: bool) -> Iterator[Line]:
    for block in plan.blocks:
        yield from _block(block, dry_run)
    for one in plan.left_out:
        yield f"left out: {plain(one.url)}{f' ({plain(one.title)})' if one.title else ''}: {plain(one.why)}", ""
    if not whole:
        yield "the list is damaged or too long: this is what could be read of it", ""
    feeds = sum(len(b.source.feeds) for b in plan.blocks)
    added = f"{count(len(plan.blocks), 'source')} with {count(feeds, 'feed')} {'to add' if dry_run else 'added'}"
    more = [f"{count(len(plan.followed), 'feed')} followed already"] if plan.followed else []
    more += [f"{count(len(plan.left_out), 'feed')} left out"] if plan.left_out else []
    yield f"{plain(path)}: {', '.join([added if plan.blocks else 'nothing to add', *more])}", "bold"
    if plan.blocks and not dry_run:
        yield _next(path, plan), "dim"


def _next(path: Path, plan: Plan) -> str:
    """``look over what is guessed, then: retold check --config fresh.yaml``, of it what applies."""
    first = "look over what is guessed, then" if any(map(_guessed, plan.blocks)) else "next"
    return f"{first}: {configfile.checked_by(path)}"


def _guessed(block: Block) -> list[str]:
    """The keys of a source that the list did not say."""
    return [name for name, note in block.notes.items() if name and note.startswith(("guessed", "not known"))]


def _block(block: Block, dry_run: bool) -> Iterator[Line]:
    """All of it where it is not written, else its name and what was guessed of it."""
    from pipeline.configtext import block_lines

    if dry_run:
        yield from ((visible(line.encode()).decode(), "") for line in ("", *block_lines(block)))
        return
    guessed = _guessed(block)
    doubt = f"; guessed: {', '.join(guessed)}" if guessed else ""
    s = block.source
    yield f"{plain(s.key)}: {plain(s.name)}, {s.country}, {s.language}, {count(len(s.feeds), 'feed')}{doubt}", ""
