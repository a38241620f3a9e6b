"""`retold eval --citations`: what is read off labelled passages, beside what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.cli.output import plain, show_json, show_lines, show_table

if TYPE_CHECKING:
    from pipeline.citation_eval import Figures, Read, Score, Share
    from pipeline.labelled_citations import Label, Passage
    from pipeline.model import Citation

Line = tuple[str, str]
SCORES = ("outlet P", "outlet R", "F1", "full P", "full R", "full F1")
BY_LANGUAGE = ("set", "lang", "texts", "cited", "read", *SCORES, "silent")
BY_SORT = ("set", "sort", "cited", "read", *SCORES)
NARROW = (("F1", 0), ("texts", 0), ("full F1", 0), ("silent", 0), ("read", 0), ("cited", 0))  # what gives way, in order
BY_SORT_NARROW = tuple(c for c in NARROW if c[0] in BY_SORT)
LEGEND = (
    "outlet: who is cited; full: also its kind, whether it is an earlier report, and via whom; with 95 % intervals",
    "cited: labels; read: citations found; silent: texts that cite nobody and off which nothing was read",
)
SORTS = {
    "missed": ("missed", "cited, but not read"),
    "wrong": ("wrong", "read, but not cited"),
    "otherwise": ("read otherwise", "the outlet is right; kind, earlier or via is not"),
}


def evaluate(files: Sequence[Path], config_path: Path | None, errors: int, as_json: bool) -> None:
    """Measure the passages of ``files``, of the bundled file where there are none, and show it."""
    from pipeline import citation_eval, config, labelled_citations
    from pipeline.provenance.citing import recipe
    from pipeline.provenance.outlets import outlets

    settings = config.load(config_path or config.default_path())
    passages = labelled_citations.read_all(files)
    table = outlets(settings.sources)
    reads = citation_eval.evaluated(passages, table)
    by_language, by_sort = citation_eval.by_language(reads), citation_eval.by_sort(reads)
    if as_json:
        return show_json(as_row(recipe(table), [*by_language, *by_sort], reads, errors))
    return show(by_language, by_sort, reads, errors)


# -- errors


class Wrong(NamedTuple):
    """One error: what the passage says, and what was read instead."""

    passage: Passage
    expected: Sequence[Label]
    read: Sequence[Citation]


def missed(reads: Sequence[Read]) -> Iterator[Wrong]:
    """Labels for which nothing was read, each with what has no label in its passage."""
    return (Wrong(r.passage, [label], r.wrong) for r in reads for label in r.missed)


def wrong(reads: Sequence[Read]) -> Iterator[Wrong]:
    """Citations without a label, each with the labels for which nothing was read in its passage."""
    return (Wrong(r.passage, r.missed, [citation]) for r in reads for citation in r.wrong)


def otherwise(reads: Sequence[Read]) -> Iterator[Wrong]:
    """Citations of the right outlet whose kind, earlier or via is not that of the label."""
    return (Wrong(r.passage, [p.label], [p.citation]) for r in reads for p in r.pairs if not p.full)


FINDERS = {"missed": missed, "wrong": wrong, "otherwise": otherwise}


# -- as JSON


def as_row(recipe: str, figures: Sequence[Figures], reads: Sequence[Read], errors: int) -> dict[str, Any]:
    """All that was measured as JSON shows it."""
    return {
        "recipe": recipe,
        "parts": [_part(f) for f in figures],
        "errors": {sort: _errors(list(find(reads)), errors) for sort, find in FINDERS.items()},
    }


def _part(f: Figures) -> dict[str, Any]:
    named = {"split": f.split, "lang": f.lang, "sort": f.sort, "passages": f.passages}
    return {**named, "outlet": _score(f.outlet), "full": _score(f.full), "silent": _share(f.silent)}


def _score(score: Score) -> dict[str, Any]:
    return {"precision": _share(score.precision), "recall": _share(score.recall), "f1": score.f1}


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"value": share.value, "right": share.right, "of": share.of, "low": low, "high": high}


def _errors(found: Sequence[Wrong], limit: int) -> dict[str, Any]:
    return {"count": len(found), "first": [_error(w) for w in found[:limit]]}


def _error(w: Wrong) -> dict[str, Any]:
    p = w.passage
    where = {"id": p.id, "split": p.split, "lang": p.lang, "title": p.title, "text": p.text, "author": p.author}
    return {**where, "expected": [_claim(c) for c in w.expected], "read": [_claim(c) for c in w.read]}


def _claim(c: Label | Citation) -> dict[str, Any]:
    return {"outlet": c.outlet, "kind": c.kind, "media": c.media, "earlier": c.earlier, "via": c.via}


# -- in words


def show(by_language: Sequence[Figures], by_sort: Sequence[Figures], reads: Sequence[Read], errors: int) -> None:
    """The two tables, then what went wrong."""
    rows = [(f.split, f.lang, f.passages, *_read(f), f"{f.silent.right}/{f.silent.of}") for f in by_language]
    show_table([BY_LANGUAGE, *rows], BY_LANGUAGE[2:], NARROW)
    show_lines([(line, "dim") for line in LEGEND] + [("", "")])
    show_table([BY_SORT, *((f.split, f.sort, *_read(f)) for f in by_sort)], BY_SORT[2:], BY_SORT_NARROW)
    for sort, find in FINDERS.items():
        show_lines(_told(sort, list(find(reads)), errors))


def _read(f: Figures) -> Iterator[object]:
    yield from (f.outlet.recall.of, f.outlet.precision.of)
    for score in (f.outlet, f.full):
        yield from (_interval(score.precision), _interval(score.recall), f"{score.f1:.3f}")


def _interval(share: Share) -> str:
    """ "0.963 .92–.98"; nothing where there is nothing to count."""
    low, high = (f"{end:.2f}".removeprefix("0") for end in share.interval)
    return f"{share.value:.3f} {low}–{high}" if share.of else ""


def _told(sort: str, found: Sequence[Wrong], limit: int) -> Iterator[Line]:
    noun, means = SORTS[sort]
    more = ", the first:" if limit and found else ""
    yield "", ""
    yield f"{len(found)} {noun} ({means}){more}", "bold"
    for w in islice(found, limit):
        yield f"  {plain(w.passage.id)}  {_printed(w.passage)}", ""
        yield f"      expected: {_claims(w.expected)}; read: {_claims(w.read)}", "dim"


def _printed(passage: Passage) -> str:
    """The passage in one line, its parts apart."""
    return plain(" | ".join(part for part in (passage.title, passage.text, passage.author) if part))


def _claims(claims: Sequence[Label | Citation]) -> str:
    return ", ".join(map(_words, claims)) or "nothing"


def _words(c: Label | Citation) -> str:
    """ "CNN (primary, earlier, via NOS)"."""
    facts = (str(c.kind), "" if c.media else "no medium", "earlier" if c.earlier else "", c.via and f"via {c.via}")
    return plain(f"{c.outlet} ({', '.join(filter(None, facts))})")
