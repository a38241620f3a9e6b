"""Make the frozen table ``pipeline/data/places.txt`` of country names from CLDR, by way of babel.

usage: pip install babel; python tools/places.py

A line is ``<ISO 3166 code> name name …``: the English, German and Dutch names, spaces as underscores. The
table is frozen, not asked of babel at run time: another CLDR release would change verdicts in silence.
"""

from __future__ import annotations

import re
from pathlib import Path

from babel import Locale

from pipeline.facts import LANGUAGES, data


def names(code: str) -> list[str]:
    """Every name of a territory, without what stands in brackets, in lower case."""
    stated = [re.sub(r"\s*\(.*\)", "", Locale(lang).territories.get(code, "")) for lang in LANGUAGES]
    return sorted({"_".join(re.findall(r"\w+", name.lower())) for name in stated} - {""})


def write() -> Path:
    """Write the table; the bytes depend on CLDR alone."""
    codes = sorted(c for c in Locale("en").territories if re.fullmatch("[A-Z]{2}", c) and c not in ("EU", "EZ", "UN"))
    path = Path(str(data("places.txt")))
    head = "# Country names from Unicode CLDR, made by tools/places.py: code, then English, German and Dutch names.\n"
    path.write_text(head + "".join(f"{c} {' '.join(names(c))}\n" for c in codes), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write())
