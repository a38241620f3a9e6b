"""What the hostile run found, for people: lines, a Markdown table; and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.reliability.peers import told

if TYPE_CHECKING:
    from bench.reliability.beside import Read
    from bench.reliability.hostile import Answer, Outcome

LIMIT_MB = 600
BEGIN, END = "<!-- hostile: begin -->", "<!-- hostile: end -->"


def lines(outcome: Outcome) -> Iterator[str]:
    """The run in figures, and a line for each attack."""
    yield from figures(outcome)
    yield ""
    for one in outcome.answers:
        mark = " " if one.as_meant else "!"
        yield f"{mark} {one.attack.what:55.55} {codes(one):45} {one.seconds:6.1f} s {size(one.received):>9}"


def figures(outcome: Outcome) -> Iterator[str]:
    """Sentences, one a line."""
    seen = outcome.process
    status = "killed" if seen.status is None else f"exit code {seen.status}"
    yield (
        f"{len(outcome.answers)} attacks beside {len(outcome.good)} good sources of {outcome.entries} articles;"
        f" {seen.seconds:.1f} s of clock, deadline {outcome.deadline:g} s, {status}"
    )
    whole = len(outcome.good) - len(outcome.starved)
    articles = sum(outcome.good.values())
    yield f"good sources with all their articles: {whole} of {len(outcome.good)} ({articles} articles)"
    yield (
        f"memory of all processes together: {mb(seen.peak)} MB at most (limit {LIMIT_MB}), after {seen.when:.0f} s;"
        f" the run itself {mb(seen.parent)} MB at most, the largest child {mb(seen.child)} MB"
        f" (then: {' + '.join(str(mb(part)) for part in seen.parts)})"
    )
    meant = sum(one.as_meant for one in outcome.answers)
    yield f"attacks answered with a reason code that is right: {meant} of {len(outcome.answers)}"
    yield (
        f"connections to the private service: {outcome.private}; requests for external DTDs and entities:"
        f" {outcome.canary}; the secret file was {'read' if outcome.leaked else 'not read'}"
    )


def codes(answer: Answer) -> str:
    """``timeout 3, backed_off 197``; where there was no page to be asked for, what became of the feed."""
    if not answer.codes:
        return f"feed: {_counted(answer.fed) or 'not asked'}"
    return _counted(answer.codes)


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{code} {n}" if n > 1 else code for code, n in found.most_common())


def size(count: int) -> str:
    """Bytes in a unit that suits them."""
    for unit, name in ((10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def mb(count: int) -> int:
    """Bytes as MB (10⁶ bytes)."""
    return round(count / 1e6)


def kept(outcome: Outcome, read: Mapping[str, Read]) -> dict[str, Any]:
    """All of it, for JSON."""
    seen = outcome.process
    return {
        "attacks": [
            {
                "key": one.attack.key, "what": one.attack.what, "codes": one.codes, "as_meant": one.as_meant,
                "seconds": round(one.seconds, 2), "bytes": one.received,
                **({"reader": read[one.attack.key].kept()} if one.attack.key in read else {}),
            }
            for one in outcome.answers
        ],
        "seconds": round(seen.seconds, 1), "deadline_s": outcome.deadline, "exit": seen.status,
        "peak_mb": mb(seen.peak), "peak_after_s": round(seen.when), "parent_mb": mb(seen.parent),
        "child_mb": mb(seen.child), "limit_mb": LIMIT_MB, "good": len(outcome.good), "starved": outcome.starved,
        "articles": sum(outcome.good.values()), "private_connections": outcome.private,
        "external_requests": outcome.canary, "file_read": outcome.leaked,
    }  # fmt: skip


def write(path: Path, outcome: Outcome, read: Mapping[str, Read]) -> None:
    """Put figures and table between the marks of a file."""
    text = path.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    said = "\n".join([*(f"- {line}" for line in figures(outcome)), "", *table(outcome, read)])
    path.write_text(f"{before}{BEGIN}\n\n{said}\n\n{END}{after}", "utf-8")


def table(outcome: Outcome, read: Mapping[str, Read]) -> Iterator[str]:
    """Markdown: a row an attack."""
    peer = " lemon24/reader |" if read else ""
    yield f"| attack | Retold says | s | sent to it |{peer} Miniflux (read) | FreshRSS (read) |"
    yield "|---|---|--:|--:|" + "---|" * (3 if read else 2)
    for one in outcome.answers:
        said = read[one.attack.key].said() if one.attack.key in read else "asks for no pages"
        miniflux, freshrss = told(one.attack.group)
        cells = [one.attack.what, codes(one), f"{one.seconds:.1f}", size(one.received)]
        cells += [*([said] if read else []), miniflux, freshrss]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
