"""The text of a spider for a site, and of its test, from what one page taught. Pure."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline.model import Article
from pipeline.selected import Selectors
from pipeline.selectorguess import Learned

WIDTH = 88  # of lines of strings
SHOWN = 45  # characters of the text's beginning and end that the test expects


def module(key: str) -> str:
    """The name of a source's spider: its key as Python has names, which config.yaml's `spider` takes."""
    name = re.sub("[^a-z0-9]+", "_", key.lower()).strip("_")[:40]
    named = name if re.match("[a-z]", name) else f"site_{name}".rstrip("_")
    return f"{named}_site" if keyword.iskeyword(named) else named


def spider_text(name: str, title: str, learned: Learned) -> str:
    """The file of the spider; ``title``: what the site is called."""
    return "\n".join([*_spider(name, title, learned.selectors), ""])


def _spider(name: str, title: str, selectors: Selectors) -> Iterator[str]:
    yield f'"""{_comment(title)}: where its pages have their articles.'
    yield ""
    yield "CSS selectors, guessed by one page. What a selector does not find, or is left out, generic extraction"
    yield "does. After a change: run the test, then `retold test-source`."
    yield '"""'
    yield from ("", "from __future__ import annotations", "")
    yield from ("from pipeline.selected import Selectors", "from spiders.base import Site", "", "")
    yield f"class {_class(name)}(Site):"
    yield '    """Links with one of these words in their path lead to no article."""'
    yield from ("", '    not_articles = ("audio", "podcast", "video", "videos")')
    yield "    selectors = Selectors("
    yield from _selectors(selectors)
    yield from ("    )", "", "", f"SITE = {_class(name)}()")


def _selectors(selectors: Selectors) -> Iterator[str]:
    yield f"        title={literal(selectors.title)},"
    yield "        # of a meta its content, of a time its datetime, else the text"
    yield f"        published={literal(selectors.published)},"
    yield f"        author={literal(selectors.author)},"
    yield "        # its blocks of text are the article …"
    yield f"        body={literal(selectors.body)},"
    yield "        # … without these inside it"
    dropped = ", ".join(map(literal, selectors.drop))
    yield f"        drop=({dropped}{',' if len(selectors.drop) == 1 else ''}),"


def test_text(name: str, folder: str, learned: Learned, language: str, encoding: str | None, now: datetime) -> str:
    """The test of the spider in ``folder``, beside which it stands in a folder of its own."""
    given = _given(name, folder, learned, language, encoding, now)
    return "\n".join([*given, "", "", *_expectations(name, learned.article), ""])


def _given(
    name: str, folder: str, learned: Learned, language: str, encoding: str | None, now: datetime
) -> Iterator[str]:
    yield f'"""{_comment(folder)}/{name}.py reads the page that was saved as pages/{name}.html.'
    yield ""
    yield "What is expected is what was read when this was written: look it over, put right what is wrong,"
    yield "and mend the selectors until it passes."
    yield '"""'
    yield from ("", "from __future__ import annotations", "")
    yield from ("from datetime import UTC, datetime", "from pathlib import Path", "")
    yield from ("from pipeline.model import Entry", "from spiders.base import site", "")
    yield "HERE = Path(__file__).parent"
    yield f"URL = {_wrapped(learned.url, 0)}"
    yield f"NOW = {_moment(now)}  # dates after it are not believed"
    yield "ENTRY = Entry("
    yield f"    feed_url={_wrapped(learned.entry.feed_url, 4)},"
    yield "    guid=URL,"
    yield "    url=URL,"
    yield f"    title={_wrapped(learned.entry.title, 4)},"
    yield ")"
    yield f'SPIDER = site(str(HERE.parent / {literal(folder)} / "{name}.py"))'
    yield "ARTICLE = SPIDER.article("
    yield "    ENTRY,"
    yield f'    (HERE / "pages" / "{name}.html").read_bytes(),'
    yield "    url=URL,"
    yield f"    source={literal(learned.article.source)},"
    yield f"    language={literal(language)},"
    yield f"    encoding={literal(encoding) if encoding else None},"
    yield "    now=NOW,"
    yield ")"


def _expectations(name: str, article: Article) -> Iterator[str]:
    yield f"def test_{name}_has_title_date_and_author() -> None:"
    yield f"    assert ARTICLE.title == {_wrapped(article.title, 4)}"
    when = f"== {_moment(article.published)}" if article.published else "is None"
    yield f"    assert ARTICLE.published {when}"
    yield f"    assert ARTICLE.author == {_wrapped(article.author, 4)}"
    yield f"    assert ARTICLE.paywalled is {article.paywalled}"
    yield from ("", "")
    yield f"def test_{name}_has_the_whole_text_and_nothing_else() -> None:"
    yield f"    assert len(ARTICLE.text.split()) == {len(article.text.split())}"
    yield f"    assert ARTICLE.text.startswith({literal(article.text[:SHOWN])})"
    yield f"    assert ARTICLE.text.endswith({literal(article.text[-SHOWN:])})"


def literal(text: str) -> str:
    """A string as Python has it, in double quotes, whatever is in it."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    if c.isprintable():
        return c
    code = ord(c)
    return {"\n": "\\n", "\t": "\\t"}.get(c) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _wrapped(text: str, indent: int) -> str:
    """A string in one piece where it fits a line, else in several, in parentheses."""
    if len(literal(text)) <= WIDTH - 30:
        return literal(text)
    inner, pieces = " " * (indent + 4), [text[n : n + WIDTH - 30] for n in range(0, len(text), WIDTH - 30)]
    return "(\n" + "\n".join(f"{inner}{literal(piece)}" for piece in pieces) + f"\n{' ' * indent})"


def _moment(moment: datetime) -> str:
    when = moment.astimezone(UTC)
    parts = [when.year, when.month, when.day, when.hour, when.minute, *([when.second] if when.second else [])]
    return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _comment(text: str) -> str:
    """A stranger's text inside a docstring: one line without quotes or backslashes."""
    return " ".join("".join(c for c in text if c.isprintable() and c not in '"\\').split()) or "A site"
