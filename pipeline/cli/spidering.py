"""`retold new-spider`: selectors for a site and their test, from one of its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import configfile
from pipeline.cli.options import json_option, python
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.cli.sourcing import Routes, telling
from pipeline.cli.words import count
from pipeline.extras import install

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.config import Config, Source
    from pipeline.selectorguess import Learned

Line = tuple[str, str]
LARGE = 15_000_000  # bytes of a saved page


@dataclass(frozen=True, slots=True)
class Page:
    """A page's bytes, as they came."""

    body: bytes
    encoding: str | None
    learned: Learned


@click.command("new-spider")
@click.argument("name")
@click.option("--page", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="A page of the site that you have saved; without it its newest article is fetched.")  # fmt: skip
@click.option("--url", default="", metavar="URL", help="Where that page comes from, if it does not say so itself.")
@click.option("--config", "config_path", type=click.Path(path_type=Path, dir_okay=False), default=configfile.CONFIG,
              show_default="./config.yaml", help="The configuration that has the source.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--max-seconds", type=click.IntRange(5, 600), default=60, show_default=True, help="Look no longer.")
@json_option
@click.pass_context
def new_spider(ctx: click.Context, name: str, file: Path | None, url: str, config_path: Path, dry_run: bool,
               max_seconds: int, as_json: bool) -> None:  # fmt: skip
    """Write a spider for a source of config.yaml, for when generic extraction is not enough.

    Into the folder that `spiders` names (./spiders beside config.yaml) goes a file of selectors, guessed by one page;
    beside the folder, into tests/, that page and a test of what is read of it, which passes at once: put right in it
    what is wrong, then mend the selectors. config.yaml gets `spider` for the source, and `spiders` where it is not set.

    \b
    Examples:
      retold new-spider ad
      retold new-spider ad --page saved.html --url https://www.ad.nl/some/article
    """
    from pipeline.config import load
    from pipeline.spidertext import module

    config = load(config_path)
    source = config.source(name)
    if source.text_from == "feed" and file is None:
        raise click.UsageError(f"{name} takes its texts from the feed, no spider sees a page of it:"
                               " set text_from: page, or give a page by --page")  # fmt: skip
    folder = Path(config.spiders) if config.spiders else config_path.absolute().parent / "spiders"
    spider = module(name)
    paths = [folder / f"{spider}.py", folder.parent / "tests" / f"test_spider_{spider}.py",
             folder.parent / "tests" / "pages" / f"{spider}.html"]  # fmt: skip
    if there := [p for p in paths if p.exists()]:
        raise click.ClickException(f"{plain(there[0])} is there already; left as it is")
    page, now = learn(source, config, file, url, ctx.find_object(Routes) or {}, max_seconds)
    texts = _texts(spider, folder.name, source, page, now)
    if not dry_run:
        _write(config_path, name, spider, config.spiders or "./spiders", dict(zip(paths, texts, strict=True)))
    shown = [str(_near(p)) for p in paths]
    if as_json:
        return show_json(_row(spider, shown, page, dry_run, texts))
    return show_lines(_lines(spider, shown, page, dry_run, texts, config_path))


def learn(source: Source, config: Config, file: Path | None, url: str, routes: Mapping[str, tuple[str, int]],
          seconds: float) -> tuple[Page, datetime]:  # fmt: skip
    """What a page teaches: the saved one, else that of the newest article. Raises NotThere where there is none."""
    from datetime import UTC, datetime

    from pipeline.model import FeedError
    from spiders.lessons import fetched, saved
    from spiders.scout import Scout, scout

    now = datetime.now(UTC).replace(second=0, microsecond=0)

    async def work(spider: Scout) -> Page:
        if file:
            with file.open("rb") as opened:
                return Page(body := opened.read(LARGE), None, await saved(spider, source, body, url, now))
        return Page(*await fetched(spider, source, now))

    try:
        return scout(work, config.http, sources=[source], routes=routes, max_seconds=seconds, spiders=config.spiders,
                     opt_out=config.rights.opt_out, tell=telling()), now  # fmt: skip
    except FeedError as error:
        raise NotThere(f"{plain(source.key)}: {plain(error)}") from error


def _texts(spider: str, folder: str, source: Source, page: Page, now: datetime) -> list[bytes]:
    from pipeline.spidertext import spider_text, test_text

    test = test_text(spider, folder, page.learned, source.language, page.encoding, now)
    return [spider_text(spider, source.name, page.learned).encode(), test.encode(), page.body]


def _write(config_path: Path, key: str, spider: str, folder: str, files: Mapping[Path, bytes]) -> None:
    """All files and the configuration, or nothing."""
    from pipeline.configedit import with_spider

    was, text = configfile.before(config_path)
    with ExitStack() as undo:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                undo.callback(path.unlink)
                file.write(data)
        configfile.replace(config_path, was, with_spider(text, key, spider, folder, str(config_path)))
        undo.pop_all()


def _near(path: Path) -> Path:
    """As somebody here would type it."""
    here = Path.cwd()
    return path.relative_to(here) if here in path.parents else path


def _lines(spider: str, shown: list[str], page: Page, dry_run: bool, texts: list[bytes], path: Path) -> Iterator[Line]:
    article, generic = page.learned.article, page.learned.generic
    if dry_run:
        yield from ((plain_line, "") for plain_line in _code(texts[0]))
    yield plain(article.title), "bold"
    yield f"  {plain(page.learned.url)}", "dim"
    words = len(generic.text.split()) if generic else 0
    yield f"  {count(len(article.text.split()), 'word')} by the selectors, {words:,} by generic extraction", ""
    missed = [f for f in ("title", "published", "author", "body") if not getattr(page.learned.selectors, f)]
    if missed:
        yield f"  no selector found for {', '.join(missed)}: left to generic extraction", "yellow"
    if dry_run:
        yield f"would write {', '.join(map(plain, shown))}", "bold"
        return
    yield f"{', '.join(map(plain, shown))} written; {plain(path)} names the spider {spider}", "bold"
    yield f"next: look over what the test expects, then: {python()} -m pytest {quote(plain(shown[1]))}", "dim"
    if find_spec("pytest") is None:
        yield f"      that needs pytest beside Retold: {install(package='pytest')}", "dim"


def _code(text: bytes) -> Iterator[str]:
    from pipeline.cli.output import visible

    yield from (*visible(text).decode().splitlines(), "")


def _row(spider: str, shown: list[str], page: Page, dry_run: bool, texts: list[bytes]) -> dict[str, Any]:
    from dataclasses import asdict

    article, generic = page.learned.article, page.learned.generic
    return {
        "spider": spider, "written": not dry_run, "files": shown, "selectors": asdict(page.learned.selectors),
        "url": page.learned.url, "title": article.title,
        "published": article.published.isoformat() if article.published else None, "author": article.author,
        "words": len(article.text.split()), "generic_words": len(generic.text.split()) if generic else 0,
        "text": texts[0].decode(),
    }  # fmt: skip
