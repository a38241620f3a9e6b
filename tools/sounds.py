"""Make the frozen table ``pipeline/data/sounds.txt.gz``: how common each sound is, from the background tables.

usage: PYTHONPATH=. python tools/sounds.py

A line is ``<sound> <en> <de> <nl>``: tenths of the centibels of the summed frequency of all stems that sound so
(terms.background); 99 where a language knows none. The table changes only with ``facts.FACTS``.
"""

from __future__ import annotations

import gzip
import math
from collections import defaultdict
from pathlib import Path

from pipeline.facts import LANGUAGES, data
from pipeline.phonetic import sound
from pipeline.terms import background

RAREST_ALONE = 620  # a sound that one language knows and hardly ever uses is left out: an unknown name


def write() -> Path:
    """Write the table; the bytes depend on the background tables alone."""
    total: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(LANGUAGES))
    for column, lang in enumerate(LANGUAGES):
        for stem, centibels in background(lang).items():
            total[sound(stem)][column] += 10 ** (-centibels / 100)
    lines = []
    for key, frequencies in sorted(total.items()):
        cells = [min(98, round(-10 * math.log10(f))) if f else 99 for f in frequencies]
        if key and (min(cells) * 10 <= RAREST_ALONE or cells.count(99) < 2):
            lines.append(f"{key} {' '.join(map(str, cells))}")
    path = Path(str(data("sounds.txt.gz")))
    path.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    return path


if __name__ == "__main__":
    made = write()
    print(made, made.stat().st_size, "bytes")
