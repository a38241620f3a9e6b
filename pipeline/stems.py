"""Token → stem, by Snowball: the only user of PyStemmer."""

from __future__ import annotations

from functools import lru_cache

import Stemmer

STEMMERS = {"de": "german", "en": "english", "nl": "dutch"}


@lru_cache(maxsize=8)
def _stemmer(lang: str) -> Stemmer.Stemmer | None:
    return Stemmer.Stemmer(STEMMERS[lang], maxCacheSize=0) if lang in STEMMERS else None


@lru_cache(maxsize=50_000)  # an article's words are those of its neighbours; what the stemmer keeps is slower to ask
def stem(token: str, lang: str) -> str:
    """The stem of a normalised token; the token itself where the language has no stemmer."""
    stemmer = _stemmer(lang)
    return str(stemmer.stemWord(token)) if stemmer else token
