"""The parameters of an address, as pages, feeds and the API read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.asked import Asked, Order
from pipeline.web.answers import Ask, BadRequestError
from pipeline.web.asking import PARAMETERS, asked, kept

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask(**query: str) -> Ask:
    return Ask("/", NOW, query={name: [text] for name, text in query.items()})


def test_nothing_given_is_what_the_page_takes_for_granted() -> None:
    assert asked(ask()) == Asked()
    assert asked(ask(lang="", since=" ", order=""), since="24h", order=Order.NEWEST, min_articles=1) == Asked(
        since="2026-11-19T12:00:00Z", order=Order.NEWEST, min_articles=1
    )


def test_every_parameter_has_its_say() -> None:
    query = {
        "q": "drone* -toy", "lang": "DE", "source": "nos", "origin": "Der Spiegel", "cites": "dpa", "min_origins": "2",
        "min_articles": "5", "order": "growth", "since": "3d", "until": "2026-11-19",
    }  # fmt: skip
    assert asked(ask(**query), sources=["nos"]) == Asked(
        "drone* -toy", "de", "nos", "Der Spiegel", "dpa", "2026-11-17T12:00:00Z", "2026-11-20T00:00:00Z", 2, 5,
        Order.GROWTH,
    )  # fmt: skip
    assert tuple(kept(ask(**query, page="3"))) == PARAMETERS


@pytest.mark.parametrize(
    ("name", "text", "stamp"),
    [
        ("since", "90m", "2026-11-20T10:30:00Z"),
        ("since", "2w", "2026-11-06T12:00:00Z"),
        ("since", "all", ""),
        ("since", "2026-11-19", "2026-11-19T00:00:00Z"),
        ("since", "2026-11-19T10:00+02:00", "2026-11-19T08:00:00Z"),
        ("until", "24h", "2026-11-19T12:00:00Z"),
        ("until", "2026-11-19T10:00Z", "2026-11-19T10:00:00Z"),
        ("until", "0999-12-31", "1000-01-01T00:00:00Z"),
    ],
)
def test_times(name: str, text: str, stamp: str) -> None:
    assert getattr(asked(ask(**{name: text})), name) == stamp


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"lang": "german"}, "two letters"),
        ({"lang": "d3"}, "two letters"),
        ({"source": "noss"}, "did you mean nos?"),
        ({"source": "zzz"}, "There is no source 'zzz'"),
        ({"min_origins": "-1"}, "min_origins is a number from 0"),
        ({"min_articles": "0"}, "min_articles is a number from 1"),
        ({"min_articles": "²"}, "min_articles is a number"),
        ({"order": "best"}, "order is one of articles, growth, newest, origins, not 'best'."),
        ({"since": "yesterday"}, "since: 'yesterday' is neither a span"),
        ({"since": "0001-01-01T00:00+14:00"}, "neither a span"),
        ({"until": "9999-12-31"}, "too late"),
        ({"until": "2026-02-30"}, "neither a span"),
        ({"since": "24h", "until": "3d"}, "since is not before until"),
        ({"q": "-toy"}, "no word that is to be there"),
        ({"q": "x" * 501}, "longer than 500"),
        ({"origin": "x" * 201}, "longer than 200"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(query: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(BadRequestError, match=sentence.replace("?", r"\?").replace("(", r"\(")):
        asked(ask(**query), sources=["nos", "spiegel"])


def test_twice_is_wrong() -> None:
    with pytest.raises(BadRequestError, match="more than once"):
        asked(Ask("/", NOW, query={"lang": ["de", "en"]}))


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=60)))
def test_any_text_is_read_or_refused(query: dict[str, str]) -> None:
    try:
        found = asked(ask(**query))
    except BadRequestError as error:
        assert str(error).endswith((".", "?"))
    else:
        assert not found.until or found.since < found.until
