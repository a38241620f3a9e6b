"""Token → stem, by Snowball: the only user of PyStemmer."""

from __future__ import annotations

from functools import lru_cache

import Stemmer

STEMMERS = {"de": "german", "en": "english", "nl": "dutch"}


@lru_cache(maxsize=8)
def _stemmer(lang: str) -> Stemmer.Stemmer | None:
    return Stemmer.Stemmer(STEMMERS[lang], maxCacheSize=100_000) if lang in STEMMERS else None


def stem(token: str, lang: str) -> str:
    """The stem of a normalised token; the token itself where the language has no stemmer."""
    stemmer = _stemmer(lang)
    return str(stemmer.stemWord(token)) if stemmer else token
