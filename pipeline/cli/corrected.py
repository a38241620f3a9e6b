"""What came of corrections, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Line = tuple[str, str]


def lines(said: Iterable[str]) -> Iterator[Line]:
    """Sentences of pipeline.correcting with their styles: what is yet to come stands out."""
    from pipeline.correcting import LATER

    for text in said:
        yield text, "yellow" if text.strip() == LATER else ""
