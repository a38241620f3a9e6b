"""Profiles as bytes: whatever is judged by what was read again is judged as by what was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.background import counted
from pipeline.model import Article
from pipeline.packing import packed, unpacked
from pipeline.terms import profile

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WORDS = st.one_of(
    st.sampled_from(["Hafen", "der", "the", "1987", "Zöllner", "ﬁ", "3:2", "Montag", "5", "March", "Japan", "\ud800"]),
    st.text(max_size=6),
)
TEXTS = st.lists(WORDS, max_size=60).map(" ".join)
KNOWN = counted([("en", "the harbour burns"), ("de", "der Hafen brennt"), ("de", "der Minister")])


@given(TEXTS, TEXTS, st.sampled_from(["de", "en", "nl", "und"]), st.binary(max_size=8), st.integers(1, 6))
def test_what_is_read_is_what_was_made(title: str, text: str, lang: str, vector: bytes, k: int) -> None:
    url = "https://x.invalid/2026/03/04/harbour"
    article = Article("a-source", url, url, title, text, lang, NOON - timedelta(hours=7, seconds=1), first_seen=NOON)
    made = profile(article, text, k, KNOWN, vector)
    again = unpacked(packed(made), k, KNOWN)
    assert again == made
    for vector_of in ("vector", "title", "lead", "stems", "names", "facts"):
        assert [*getattr(again, vector_of).items()] == [*getattr(made, vector_of).items()], "in the same order"
