"""Make the frozen background table ``pipeline/data/background-<lang>.txt.gz`` from wordfreq.

usage: pip install wordfreq PyStemmer; python tools/background.py [--words 120000]

A line is ``<centibels> stem stem …``: the stems whose summed frequency, rounded to ten centibels, is
10 ** (-centibels / 100). The table is data, not code: it changes only with ``background.TABLES``, the
version that every recipe carries.
"""

from __future__ import annotations

import argparse
import gzip
import math
from collections import defaultdict
from pathlib import Path

import Stemmer
from wordfreq import get_frequency_dict

from pipeline.background import data_path
from pipeline.stems import STEMMERS
from pipeline.tokens import words


def stem_frequencies(lang: str, limit: int) -> dict[str, float]:
    """Frequency (share of running words, 0..1) per stem of the ``limit`` commonest words of ``lang``."""
    stemmer = Stemmer.Stemmer(STEMMERS[lang])
    total: dict[str, float] = defaultdict(float)
    top = sorted(get_frequency_dict(lang, "large").items(), key=lambda kv: (-kv[1], kv[0]))[:limit]
    for word, frequency in top:
        for token in words(word):
            total[stemmer.stemWord(token)] += frequency
    return total


def write(lang: str, limit: int) -> Path:
    """Write the table of ``lang``; the bytes depend on wordfreq's data alone."""
    lines: dict[int, list[str]] = defaultdict(list)
    for stem, frequency in stem_frequencies(lang, limit).items():
        lines[round(-10 * math.log10(frequency)) * 10].append(stem)
    body = "\n".join(f"{cb} {' '.join(sorted(stems))}" for cb, stems in sorted(lines.items()))
    path = Path(str(data_path(lang)))
    path.write_bytes(gzip.compress(body.encode(), 9, mtime=0))
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=120_000)
    for code in sorted(STEMMERS):
        made = write(code, parser.parse_args().words)
        print(made, made.stat().st_size, "bytes")
