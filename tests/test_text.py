"""Text helpers: what is invisible goes, what separates stays, nothing hostile costs more than its length."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.text import clean, content_hash, one_line, paragraphs, plain


@pytest.mark.case("C11")
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("Don\u00adau\u200bdampf\ufeff", "Donaudampf"),
        ("\x1b]0;x\x07\u202eevil\u202c\x9b", "]0;xevil"),
        ("a\r\n\r\nb\u2028c\u2029 d ", "a\nb\nc\nd"),
        ("u\u0308ber", "über"),
        ("a\x00b\ud800c\ufffe", "abc"),
        ("  \n \n", ""),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.case("C11")
@given(st.text())
@example("e\u200b\u0301")
def test_clean_is_idempotent_and_leaves_nothing_invisible(raw: str) -> None:
    text = clean(raw)
    assert clean(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in text)
    assert paragraphs(text) == [line for line in text.split("\n") if line]


@pytest.mark.case("D4")
@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("<p>One\ntwo &amp; three.</p><p>Four<br>five <b>six</b>th</p>", "One two & three.\nFour\nfive sixth"),
        ("a<script>alert(1)</script>b<style>p{}</style>c<!-- d -->", "abc"),
        ("<ul><li>a<li>b</ul><table><tr><td>c</td><td>d</td></tr></table>", "a\nb\nc d"),
        ("R&amp;D, no tag", "R&D, no tag"),
        ("5 < 6", "5 < 6"),
        ("<img src=x onerror=alert(1)>text", "text"),
        ("<p>unclosed <i>nested", "unclosed nested"),
        ("<title>x</title><svg><text>y</text></svg>z", "z"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_plain(fragment: str, expected: str) -> None:
    assert plain(fragment) == expected


@pytest.mark.case("D5")
@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 50_000,
        "<b>" * 50_000,
        "<a " + "x=1 " * 50_000 + ">",
        "<!--x-->" * 50_000,
        "</p>" * 50_000,
        "\0" * 50_000,
    ],
)
def test_plain_keeps_the_text_behind_hostile_markup(hostile: str) -> None:
    assert plain(hostile + "<p>kept</p>") == "kept"


@pytest.mark.case("D4")
@given(st.text())
def test_plain_never_raises_and_gives_clean_text(raw: str) -> None:
    for fragment in (raw, f"<p>{raw}</p>"):
        assert clean(plain(fragment)) == plain(fragment)


@given(st.text(), st.integers(min_value=0, max_value=80))
@example("one two three", 9)
def test_one_line_keeps_its_limit(raw: str, limit: int) -> None:
    line = one_line(raw, limit)
    assert len(line) <= limit
    assert "\n" not in line
    if len(clean(raw)) <= limit:
        assert line == clean(raw).replace("\n", " ")


def test_one_line_cuts_at_a_word() -> None:
    assert one_line("hello big world", 10) == "hello big…"
    assert one_line("hello big world", 9) == "hello…"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


def test_content_hash_tells_title_from_text() -> None:
    assert len(content_hash("a", "b")) == 32
    assert content_hash("a", "b") == content_hash("a", "b")
    assert len({content_hash("a", "b"), content_hash("ab", ""), content_hash("", "ab"), content_hash("b", "a")}) == 4
