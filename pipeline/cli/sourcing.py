"""`retold add-source`: from the address of a site to its block in config.yaml."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import configfile, samples
from pipeline.cli.options import json_option, now
from pipeline.cli.output import plain, show_json, show_lines, visible
from pipeline.cli.query import NotThere
from pipeline.cli.words import count

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.configtext import Block
    from pipeline.sitefindings import Feed, Findings

Line = tuple[str, str]


class Routes(dict[str, tuple[str, int]]):
    """Host name → loopback (address, port): how tests and the manual reach sites of our own (spiders/guard.py)."""


@dataclass(slots=True)
class Proposal:
    """What is to be written: a block of its own, or addresses more in one that is there."""

    found: Findings
    feeds: list[Feed] = field(default_factory=list)
    sitemaps: list[Feed] = field(default_factory=list)
    others: list[Feed] = field(default_factory=list)
    followed: dict[str, str] = field(default_factory=dict)  # address → who follows it
    into: str = ""  # key of the source that gets them
    block: Block | None = None

    @property
    def new(self) -> list[str]:
        """The addresses that are to be written."""
        return [f.url for f in (*self.feeds, *self.sitemaps)]

    @property
    def key(self) -> str:
        """The source that they go to."""
        return self.into or (self.block.source.key if self.block else "")


def most(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """``all`` or a number from 1 to 100; all are a great many."""
    if value is None or value == "all":
        return 10_000 if value else None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= 100):
        raise click.BadParameter(f"{plain(value)!r} is neither all nor a number from 1 to 100")
    return int(value)


@click.command("add-source")
@click.argument("url")
@click.option(
    "--feeds", "limit", callback=most, metavar="all|N", help="Follow all feeds found, or the N that bring most."
)
@click.option("--key", default="", metavar="KEY", help="The key of the new source; without it one is made.")
@click.option("--config", "config_path", type=click.Path(path_type=Path, dir_okay=False), default=configfile.CONFIG,
              show_default="./config.yaml", help="Where the source goes; made where there is none.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--max-seconds", type=click.IntRange(5, 600), default=60, show_default=True, help="Look no longer.")
@json_option
@click.pass_context
def add_source(ctx: click.Context, url: str, limit: int | None, key: str, config_path: Path, yes: bool, dry_run: bool,
               max_seconds: int, as_json: bool) -> None:  # fmt: skip
    """Follow a site: a homepage, an article or a feed will do.

    Looks for its feeds and news sitemaps, reads what it says of being read (robots.txt, tdmrep.json), reads three
    articles and shows what would be extracted; then shows the block for config.yaml, and asks before writing it.
    At most 25 requests, one after another. What is guessed is marked by a comment; nothing else in the file changes.

    \b
    Examples:
      retold add-source https://www.ad.nl/
      retold add-source https://a.example/feed --dry-run
      retold add-source https://a.example/ --feeds all --key a --yes
    """
    from pipeline.configtext import settings

    was, text = configfile.before(config_path)
    config = settings(text, str(config_path))
    proposal = _explored(_address(url, config), config, ctx.find_object(Routes) or {}, limit, key, max_seconds)
    new = _text(proposal, text, config_path) if proposal.new else text
    if not as_json:
        show_lines(_shown(proposal, config_path))
    write = bool(proposal.new) and not dry_run and (yes or (not as_json and _agreed(config_path)))
    if write:
        configfile.replace(config_path, was, new)
        from pipeline.config import load

        load(config_path).source(proposal.key)
    if as_json:
        show_json(_row(proposal, config_path, write))
    else:
        show_lines(_done(proposal, config_path, write))
    if not proposal.new and not proposal.followed:
        raise NotThere(f"{plain(url)}: {_nothing(proposal)}")


def _address(url: str, config: Config) -> str:
    """The address as it is asked for; raises UsageError where no run would."""
    from pipeline.subscribing import refusal
    from pipeline.values import without_password

    whole = url if "://" in url else f"https://{url}"
    if fault := refusal(whole, config.http.ports):
        raise click.UsageError(f"{plain(without_password(whole))}: {fault}")
    return whole


# -- what is proposed


def _explored(url: str, config: Config, routes: Mapping[str, tuple[str, int]], limit: int | None, key: str,
              seconds: float) -> Proposal:  # fmt: skip
    from spiders import discovery
    from spiders.scout import Scout, scout

    async def work(spider: Scout) -> Proposal:
        found = await discovery.explore(spider, url)
        made = proposed(found, config, limit)
        await discovery.samples(spider, found, _reader(made, config), [*made.feeds, *made.sitemaps] or found.feeds)
        return made

    made = scout(work, config.http, sources=config.sources, routes=routes, max_seconds=seconds, spiders=config.spiders,
                 opt_out=config.rights.opt_out, tell=telling())  # fmt: skip
    return described(made, config, key)


def telling() -> Any:
    """Tells of each request where somebody looks on."""
    return (lambda url: click.echo(f"asking {plain(url)}", err=True)) if sys.stderr.isatty() else (lambda url: None)


def proposed(found: Findings, config: Config, limit: int | None) -> Proposal:
    """Which feeds and sitemaps to follow, of those that nobody follows yet."""
    from pipeline import sitefindings, subscribing

    asked = [*found.feeds, *found.sitemaps]
    followed = {f.url: by for f in asked if (by := subscribing.follower(config, f.url))}
    usable = [f for f in found.feeds if not subscribing.refusal(f.url, config.http.ports)]
    kept, rest = sitefindings.chosen(usable, limit)
    maps, more = sitefindings.worth(found.sitemaps, kept)
    new, new_maps = ([f for f in some if f.url not in followed] for some in (kept, maps))
    shown = {f.url for f in (*new, *new_maps, *rest, *more)}
    return Proposal(found, new, new_maps, [*rest, *more, *(f for f in asked if f.url not in shown)], followed)


def _reader(made: Proposal, config: Config) -> Any:
    """By which source's rules the articles are read: that which follows the site, else a nameless one."""
    from pipeline.config import Source
    from pipeline.subscribing import sibling

    other = sibling(config, made.found.home)
    if other:
        return other.model_copy(update={"text_from": "page"})
    language = made.found.language if len(made.found.language) == 2 else "en"
    return Source.model_construct(key="", name="", language=language, spider="generic", text_from="page", feeds=())


def described(made: Proposal, config: Config, key: str) -> Proposal:
    """The proposal with its block, or with the source of the same site that gets the addresses."""
    from pipeline import sitefindings, subscribing
    from pipeline.opml import Listed

    found = made.found
    other = subscribing.sibling(config, found.home)
    if not made.new:
        return made
    if other and not key:
        made.into = other.key
        return made
    where, why = sitefindings.text_from(found.samples)
    said = subscribing.Said(
        name=_name(found), owner=found.owner, homepage=found.home, sitemaps=tuple(f.url for f in made.sitemaps),
        language=sitefindings.spoken(found.samples) or found.language, text_from=where, why=why, key=key,
    )  # fmt: skip
    listed = [Listed(f.url, f.title, found.home, (f.parsed and f.parsed.language) or "") for f in made.feeds]
    made.block = subscribing.described(listed, said, config)
    return made


def _name(found: Findings) -> str:
    return next(iter(found.names), "")[:100].strip()


def _text(made: Proposal, text: str, path: Path) -> str:
    from pipeline.configedit import with_addresses
    from pipeline.configtext import inserted

    if made.block:
        return inserted(text, [made.block], str(path))
    added = {"feeds": [f.url for f in made.feeds], "sitemaps": [f.url for f in made.sitemaps]}
    return with_addresses(text, made.into, added, str(path))


def _agreed(path: Path) -> bool:
    """Whether somebody says yes; raises UsageError where stdin is no terminal and nobody is there to be asked."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"nothing written: no terminal to ask; --yes writes to {plain(path)}, --dry-run asks not"
        )
    return click.confirm(f"write this to {plain(path)}?")


# -- what is shown


def _shown(made: Proposal, path: Path) -> Iterator[Line]:
    found = made.found
    yield from samples.rules(found)
    for title, kind in (("feeds", "feed"), ("news sitemaps", "sitemap")):
        kept = [f for f in (*made.feeds, *made.sitemaps) if f.result.kind == kind]
        rest = [f for f in made.others if f.result.kind == kind]
        if kept or rest:
            yield title, "bold"
            yield from samples.feeds(kept, rest, now())
    yield from ((f"followed by {plain(by)} already: {plain(url)}", "") for url, by in made.followed.items())
    if found.samples:
        yield "articles", "bold"
        yield from samples.samples(found.samples)
    told = f"{count(found.requests, 'request')} made"
    yield f"{told}{f'; not all that might have been: {plain(found.cut)}' if found.cut else ''}", "dim"
    yield from _proposed(made, path)


def _proposed(made: Proposal, path: Path) -> Iterator[Line]:
    from pipeline.configtext import block_lines, scalar
    from pipeline.subscribing import SAME_NAME

    if made.block:
        yield from ((visible(line.encode()).decode(), "") for line in ("", *block_lines(made.block), ""))
        if (note := made.block.notes.get("name", "")).startswith(SAME_NAME):
            yield f"{plain(made.block.source.name)} is {note}", "yellow"
    elif made.into:
        yield f"{plain(made.into)} follows this site already; to be added to its block in {plain(path)}:", ""
        for name, some in (("feeds", made.feeds), ("sitemaps", made.sitemaps)):
            yield from ((f"  {name}: + {plain(scalar(f.url))}", "") for f in some)


def _done(made: Proposal, path: Path, written: bool) -> Iterator[Line]:
    from pipeline.subscribing import SAME_NAME

    if made.new and written:
        what = (
            f"{count(len(made.new), 'address', 'addresses')} added to {made.into}" if made.into else f"{made.key} added"
        )
        yield f"{plain(path)}: {what}", "bold"
        notes = made.block.notes.values() if made.block else ()
        guessed = any(note.startswith(("guessed", "not known", SAME_NAME)) for note in notes)
        yield f"{'look over what is guessed, then' if guessed else 'next'}: {configfile.checked_by(path)}", "dim"
    elif made.followed and not made.new:
        yield f"{plain(path)}: nothing to add", "bold"


def _nothing(made: Proposal) -> str:
    """Why there is nothing to follow."""
    start = made.found.start
    if start and not start.code.ok and not made.found.feeds:
        return samples.why(start)
    failed = [f"{f.url}: {f.result.code}" for f in made.found.feeds if not f.result.code.ok]
    return f"no feed and no news sitemap found{f' ({chr(59).join(failed)})' if failed else ''}"


def _row(made: Proposal, path: Path, written: bool) -> dict[str, Any]:
    wanted = set(made.new)
    added = {**made.block.source.model_dump(mode="json"), "notes": dict(made.block.notes)} if made.block else None
    return {
        "config": str(path), "written": written, "url": made.found.url, "rules": samples.rule_row(made.found),
        "feeds": [samples.feed_row(f, f.url in wanted) for f in (*made.feeds, *made.sitemaps, *made.others)],
        "followed": [{"url": url, "by": by} for url, by in made.followed.items()],
        "articles": [samples.sample_row(s) for s in made.found.samples], "requests": made.found.requests,
        "cut": made.found.cut or None, "added": added, "into": made.into or None,
    }  # fmt: skip
