"""What `retold import` tells: what it took, what it left out and why, and what it would take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.output import plain
from pipeline.cli.words import count

if TYPE_CHECKING:
    from pipeline.importing import Imported, Previewed
    from pipeline.taking import How, Taken

Line = tuple[str, str]
WHY = {
    "bad_date": "whose date cannot be read", "bad_encoding": "in another encoding", "bad_http": "with broken headers",
    "bad_status": "no 200", "bad_url": "whose address is none", "bad_value": "with a value of another kind",
    "empty_body": "empty", "no_date": "without a date", "no_text": "without text", "no_url": "without an address",
    "not_a_page": "no article's page", "not_an_object": "no object", "not_csv": "with another number of cells",
    "not_json": "no JSON", "opted_out": "of hosts that are left out", "robots_tag": "with a robots tag",
    "tdm_reserved": "reserved by their publisher", "too_large": "too large", "too_long": "too long",
    "unreadable": "not to be read", "parse_timeout": "too long to parse", "parse_memory": "too large to parse",
    "parse_crash": "the parser died of",
}  # fmt: skip


def document(done: Imported) -> dict[str, Any]:
    """An import as one document of JSON."""
    return {
        "run_id": done.summary.run_id,
        "inputs": [
            {"path": t.input.name, "kind": t.input.kind, **t.stored(), "resumed": t.resumed,
             "before": t.before.isoformat() if t.before else None, "damaged": t.damaged or None}
            for t in done.taken
        ],
        "corrections": done.corrections,
        **{k: v for k, v in done.summary.counts().items() if k != "imported"},
    }  # fmt: skip


def lines(taken: Taken) -> Iterator[Line]:
    """One input in lines, the first what came of it."""
    name = plain(taken.input.name)
    if taken.before:
        yield f"{name}: was imported {taken.before:%Y-%m-%d %H:%M} UTC; --again reads it once more", ""
        return
    c = taken.counts
    parts = [f"{c['read']:,} read", f"{c['new']:,} new"]
    parts += [f"{c['edited']:,} newer wordings"] if c["edited"] else []
    parts += [f"{c['older']:,} older wordings"] if c["older"] else []
    parts += [f"{c['same']:,} here already"] if c["same"] else []
    parts += [f"{taken.refused.total():,} left out"] if taken.refused else []
    parts += [f"gone on behind {taken.resumed:,}"] if taken.resumed else []
    yield f"{name}: {', '.join(parts)}", "bold"
    for why, n in taken.refused.most_common():
        yield f"  left out: {n:,} {WHY.get(why, '')} ({plain(why)})", ""
    if found := _found(taken.columns):
        yield f"  {found}", "dim"
    if taken.notes["html"]:
        yield f"  {count(taken.notes['html'], 'text')} held HTML, of which the text was taken", "dim"
    if taken.notes["no_zone"]:
        yield f"  {count(taken.notes['no_zone'], 'time')} without a zone: --timezone says which", "dim"
    if taken.notes["bad_date"]:
        yield f"  {count(taken.notes['bad_date'], 'date')} that cannot be read, passed over", "dim"
    if taken.sources:
        yield f"  {count(taken.sources, 'source')} made for it, not followed", "dim"


def nothing(taken: Taken) -> str:
    """Of an input of which all was left out: why, and what to do."""
    told = f"{plain(taken.input.name)}: nothing taken"
    if taken.notes["textless"] == taken.counts["read"]:
        return f"{told}: exported without --text, so there is nothing to compare; retold export articles FILE --text"
    why = ", ".join(plain(reason) for reason, _ in taken.refused.most_common(3))
    return f"{told}: all that was read was left out ({why}); --rejects FILE writes what and why"


def _found(columns: Any) -> str:
    """``taken: title of headline, text of body``."""
    if "own" in columns:
        return "taken as Retold exported it"
    named = [f"{field} of {' and '.join(map(plain, sorted(names)))}" for field, names in columns.items()]
    return f"taken: {', '.join(named)}" if named else ""


def run_lines(done: Imported, how: How) -> Iterator[Line]:
    s = done.summary
    if done.corrections:
        yield f"{count(done.corrections, 'correction')} taken over", ""
    grouped = (
        f"{count(s.absorbed.stories, 'story', 'stories')} changed" if how.group else "not grouped: retold run does it"
    )
    yield f"run {s.run_id}: {count(s.articles, 'new article')}, {grouped}, {s.seconds:.1f} s", "bold"


def previewed(p: Previewed) -> dict[str, Any]:
    """A record as it would be taken, or why it would not."""
    if p.article is None:
        why = p.refused
        return {"line": p.record.line, "reason": why.why if why else "", "detail": why.detail if why else ""}
    a = p.article
    times = {n: t.isoformat() if (t := getattr(a, n)) else None for n in ("published", "updated", "first_seen")}
    return {"line": p.record.line, "url": a.url, "source": a.source, "title": a.title, "lang": a.lang, **times,
            "words": len(a.text.split()), "agencies": list(a.agencies)}  # fmt: skip


def preview_lines(name: str, some: Sequence[Previewed]) -> Iterator[Line]:
    columns: dict[str, set[str]] = {}
    for p in some:
        for field, names in p.columns.items():
            columns.setdefault(field, set()).update(names)
    yield f"{plain(name)}: the first {count(len(some), 'record')}", "bold"
    if found := _found(columns):
        yield found, "dim"
    for row in map(previewed, some):
        if "reason" in row:
            yield (
                f"  {row['line']}: left out, {WHY.get(row['reason'], row['reason'])} {plain(row['detail'])}".rstrip(),
                "",
            )
            continue
        when = row["published"] or row["first_seen"] or "no date"
        yield f"  {row['line']}: {plain(row['title']) or '(no title)'}", ""
        said = f"{plain(row['source'])}, {plain(when)[:16]}, {row['lang']}, {row['words']:,} words"
        yield f"     {said}, {plain(row['url'])}", "dim"
