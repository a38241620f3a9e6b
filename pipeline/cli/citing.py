"""`retold cite`: whom any text cites."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pipeline.cli.correcting import article_id
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import plain, show_json, show_lines, show_table
from pipeline.cli.query import NotThere
from pipeline.cli.words import count, reason
from pipeline.store.connect import reading

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.model import Article, Citation
    from pipeline.provenance.citing import Via
    from pipeline.provenance.origin import Origin
    from pipeline.provenance.outlets import Outlets
    from pipeline.store.connect import Connection
    from pipeline.store.rows import Row

THIS = "this text"  # stands for the outlet of a text that nobody names
MOST = 5_000_000  # bytes of a file
KINDS = {"primary": "says so itself", "second_hand": "passes it on", "wire_credit": "credited", "link": "linked"}
HEADINGS = ("cites", "as one that", "sure", "", "in the words")
NARROW = (("", 0), ("in the words", 20), ("sure", 0), ("cites", 12))


class Text(NamedTuple):
    """What is to be read, and with which table of outlets."""

    name: str
    article: Article
    via: Sequence[Via]
    known: Outlets
    wrong: Collection[str] = ()  # outlets that people say it does not cite
    story: Row | None = None  # the traced origin of the story that it is in


@click.command()
@click.argument("what", metavar="FILE|URL|ARTICLE")
@click.option("--source", metavar="NAME", help="Whose text it is: a source's key, or an outlet's name.")
@click.option("--lang", metavar="CODE", default="", help="Its language, where the text is too short to tell.")
@config_option
@db_option
@json_option
def cite(path: Path, what: str, source: str | None, lang: str, config_path: Path | None, as_json: bool) -> None:
    """Tell whom a text cites: a file (plain text or HTML, - for standard input), a page, or an article of the database.

    The page is taken from the database where it is there, and fetched politely where it is not. Told apart are who
    makes a claim, who only passes it on, earlier reports that are recalled, credits, links, and sources that are no
    media; then where the text most likely comes from by its own words, and where its story does by all that tell it.

    \b
    Examples:
      retold cite story.txt
      retold cite https://a.example/x --json
      retold cite 12
    """
    text = _text(what, path, config_path, lang)
    if source:
        own = text.known.called(source) or text.known.of_source(source)
        text = text._replace(article=replace(text.article, source=(*own.sources, own.name)[0]))
    from pipeline.provenance.citing import believed, cited

    citations = believed(cited(text.article, text.known, text.via), text.wrong)
    origin = _origin(text, citations)
    if as_json:
        return show_json(_as_row(text, citations, origin))
    show_lines(_head(text, origin))
    return _table(citations)


# -- what is meant


def _text(what: str, path: Path, config_path: Path | None, lang: str) -> Text:
    file = Path(what)
    if what == "-" or (file.is_file() and not what.isdecimal()):
        return _file(what, config_path, lang)
    url = what.startswith(("http://", "https://"))
    if not url and not re.fullmatch(r"[#a]?\d+", what):
        odd = "is a folder" if file.is_dir() else "is no regular file" if file.exists() else "no such file"
        raise NotThere(f"{plain(what)}: {odd}")
    stored = _stored(what, path) if path.is_file() or not url else None
    if stored:
        return stored
    if not url:
        raise NotThere(f"{plain(what)} is neither a file nor an article in {path}")
    return _fetched(what, config_path)


def _stored(what: str, path: Path) -> Text | None:
    from pipeline.store import marks, provenance

    with reading(path) as db:
        try:
            number = article_id(db, what, path)
        except NotThere:
            if what.startswith("http"):
                return None
            raise
        found = provenance.to_read(db, number)
        known = provenance.table(db)
        wrong = provenance.called(marks.not_cited(db, [number])[number], known)
        return Text(f"#{number}", found.article, found.via, known, wrong, _story(db, number)) if found else None


def _story(db: Connection, number: int) -> Row | None:
    """Where the article's story comes from, by all its articles, as far as that is traced."""
    from pipeline.store import origins, reads

    story = (reads.article(db, number) or {}).get("story_id")
    origin = origins.origin(db, story) if story else None
    if origin is None:
        return None
    return {"story_id": story, "outlet": origin["outlet"] or None, "confidence": origin["confidence"]}


def _settings(config_path: Path | None) -> tuple[Config, Outlets]:
    from pipeline import config
    from pipeline.provenance.outlets import outlets

    settings = config.load(config_path or config.default_path())
    return settings, outlets(settings.sources, settings.owners.house)


def _fetched(url: str, config_path: Path | None) -> Text:
    from pipeline.single import PageError, page
    from pipeline.values import without_password

    settings, known = _settings(config_path)
    try:
        found = page(settings, url)
    except PageError as error:
        raise NotThere(f"{plain(without_password(url))}: {reason(error.code)}") from error
    return Text(without_password(url), _named(found, known), (), known)


def _named(article: Article, known: Outlets) -> Article:
    """The article under the outlet whose site it is on."""
    outlet = known.at(article.url)
    return replace(article, source=(*outlet.sources, outlet.name)[0]) if outlet else article


def _file(name: str, config_path: Path | None, lang: str) -> Text:
    raw = sys.stdin.buffer.read(MOST + 1) if name == "-" else Path(name).read_bytes()
    if len(raw) > MOST:
        raise click.UsageError(f"{plain(name)} is larger than {MOST // 1_000_000} MB")
    if not raw.strip():
        raise NotThere(f"{plain(name)}: is empty")
    if b"\0" in raw[:8192]:
        raise NotThere(f"{plain(name)}: is no text")
    from pipeline.articles import from_entry, from_page
    from pipeline.model import ArticleError, Entry

    _, known = _settings(config_path)
    entry = Entry(feed_url="", guid=name, url="https://retold.invalid/text", title="")
    is_page = raw.lstrip()[:1] == b"<"
    try:
        if is_page:
            found = from_page(entry, raw, url=str(entry.url), source=THIS, language=lang)
        else:
            body = html.escape(raw.decode("utf-8", "replace"), quote=False)
            found = from_entry(replace(entry, content=body), source=THIS, language=lang, full=True)
    except ArticleError as error:
        raise NotThere(f"{plain(name)}: {reason(str(error.code))}") from error
    return Text("standard input" if name == "-" else name, replace(found, lang=lang or found.lang), (), known)


# -- what is found


def _origin(text: Text, citations: Sequence[Citation]) -> Origin:
    """Where a text comes from, by what it says itself."""
    from pipeline.provenance.chain import Member
    from pipeline.provenance.roles import traced

    a = text.article
    outlet = text.known.of_source(a.source)
    seen = a.first_seen or a.published or datetime.now(UTC)
    head = f"{a.title} {a.credit} {a.text[:400]} {a.text[-300:]}"
    member = Member(
        id=1, copy=1, outlet=outlet.name, owner=outlet.owner or outlet.name, lang=a.lang, key=a.key,
        published=a.published, first_seen=seen, size=len(a.text), head=head, citations=tuple(citations),
    )  # fmt: skip
    owners = {name: o.owner for name, o in text.known.by_name.items()}
    return traced([member], {}, owners).origin


def _as_row(text: Text, citations: Sequence[Citation], origin: Origin) -> dict[str, Any]:
    a = text.article
    about = {"name": text.name, "title": a.title, "lang": a.lang, "source": a.source, "characters": len(a.text)}
    found = {"outlet": origin.outlet or None, "confidence": origin.confidence, "reasons": list(origin.reasons)}
    return {**about, "origin": found, "story_origin": text.story, "citations": [asdict(c) for c in citations]}


def _head(text: Text, origin: Origin) -> Iterator[tuple[str, str]]:
    a = text.article
    title = f": {plain(a.title)}" if a.title else ""
    yield f"{plain(text.name)}{title}", "bold"
    yield f"{a.lang}, {count(len(a.text.split()), 'word')}", "dim"
    yield f"by this text alone, origin: {plain(origin.outlet) or 'unknown'} ({origin.confidence:.2f})", "bold"
    for words in origin.reasons:
        yield f"  {plain(words)}", "dim"
    if text.story:
        outlet = plain(text.story["outlet"] or "unknown")
        sure = f"{text.story['confidence']:.2f}"
        yield f"its story's origin: {outlet} ({sure}); see retold trace {text.name.removeprefix('#')}", "bold"
    yield "", ""


def _table(citations: Sequence[Citation]) -> None:
    if not citations:
        return show_lines([("cites nobody", "")])
    rows = [(c.outlet, _sort(c), f"{c.confidence:.2f}", _where(c), c.quote) for c in citations]
    return show_table([HEADINGS, *rows], ("sure",), NARROW)


def _sort(c: Citation) -> str:
    kind = KINDS[c.kind] if c.media or c.kind == "link" else "is no medium"
    more = [*(["reported earlier"] if c.earlier else []), *([f"by way of {c.via}"] if c.via else [])]
    return ", ".join((kind, *more))


def _where(c: Citation) -> str:
    return {"text": f"at {c.start}", "title": "headline"}.get(str(c.place), str(c.place))
