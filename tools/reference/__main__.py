"""The generated parts of the reference.

usage: python -m tools.reference [--check | --add | --take]

Writes the marked regions of docs/cli.md, configuration.md and database.md anew. Nothing is written (1) where the code
does not say what something means: then each such thing is told, with the words that the docs have of it by hand.

After a merge of work whose docs were written by hand: --take (words of views, tables and configuration), then --add.
"""

from __future__ import annotations

import argparse
import sys

from tools.reference.adding import added
from tools.reference.documents import DOCS, ROOT, made, missing, superfluous, unexplained, wanted
from tools.reference.regions import BrokenError
from tools.reference.taking import taken


def main() -> int:
    """0: all is as the code has it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--check", action="store_true", help="write nothing; 1 where something would change")
    ways.add_argument("--add", action="store_true", help="make sections and regions for what has none yet")
    ways.add_argument("--take", action="store_true", help="take the words of the docs over into the code")
    asked = parser.parse_args()
    texts = {name: (DOCS / name).read_text("utf-8") for name in wanted()}
    if asked.take:
        return _take(texts)
    faults = [*unexplained(texts["database.md"]), *superfluous()]
    for fault in faults:
        print(fault)
    if faults:
        return 1
    try:
        return max([_one(name, text, asked) for name, text in texts.items()])
    except BrokenError as error:
        print(error)
        return 1


def _take(texts: dict[str, str]) -> int:
    """Words of tables, views and configuration go into the code."""
    for path, new in taken(texts["database.md"], texts["configuration.md"]).items():
        if path.read_text("utf-8") != new:
            path.write_text(new, "utf-8")
            print(f"{path.relative_to(ROOT)}: written; ruff format lays it out")
    return 0


def _one(name: str, text: str, asked: argparse.Namespace) -> int:
    lacking = missing(name, text)
    for kind, what in () if asked.add else lacking:
        print(f"docs/{name}: has no region `{kind} {what}`: python -m tools.reference --add makes one")
    new = made(added(name, text) if asked.add else text)
    if new != text:
        print(f"docs/{name}: {'is not as the code has it' if asked.check else 'written'}")
        if not asked.check:
            (DOCS / name).write_text(new, "utf-8")
    return int((bool(lacking) and not asked.add) or (asked.check and new != text))


if __name__ == "__main__":
    sys.exit(main())
