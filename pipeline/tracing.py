"""The engine of provenance: whatever is not read is read for its citations, whatever story has changed is traced.

State is absence, as in ``absorb``: each batch is one transaction, a killed run leaves what the next one goes on with.
A story's provenance is a function of its members; the order in which they came leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from pipeline.absorb import Tell, quiet
from pipeline.model import Citation
from pipeline.provenance.citing import cited
from pipeline.provenance.outlets import Outlets
from pipeline.provenance.roles import Traced, traced
from pipeline.shares import shared
from pipeline.stages import Stages
from pipeline.store import listing, provenance, told
from pipeline.store.connect import Connection
from pipeline.store.provenance import Told, ToRead

BATCH = 500
READ_EACH, TRACED_EACH = 60, 200  # what is worth a process of its own
# Articles read in one run: where the table of outlets has changed, the newest come first and the others in later runs.
MOST = 50_000


def trace(db: Connection, tell: Tell = quiet, most: int = MOST, stages: Stages | None = None) -> tuple[int, int]:
    """Read citations, trace stories, have lists show them; how many articles were read and how many stories traced."""
    stages = stages or Stages()
    with stages.stage("cite"):
        known = provenance.table(db)
        provenance.reset(db, known)
        read = read_all(db, known, tell, most)
    with stages.stage("trace"):
        traced = trace_all(db, known, tell)
    with stages.stage("list"):
        listing.relist_all(db)
    return read, traced


def retrace(db: Connection, articles: Collection[int] = ()) -> None:
    """Trace what has changed though no article has, as where people correct a story; read anew are ``articles``."""
    known = provenance.table(db)
    batch = [r for i in sorted(articles) if (r := provenance.to_read(db, i))]
    _record(db, batch, _read(batch, known), known)
    trace_all(db, known)
    listing.relist_all(db)


def read_all(db: Connection, known: Outlets, tell: Tell, most: int) -> int:
    """Read the citations of up to ``most`` articles, the newest first; how many."""
    total = min(provenance.count_uncited(db), most)
    done = 0
    while done < total and (batch := provenance.uncited(db, min(BATCH, total - done))):
        found = shared(partial(_read, known=known), batch, READ_EACH)
        _record(db, batch, found, known)
        done += len(batch)
        tell("cite", done, total)
    return done


def _record(db: Connection, batch: Sequence[ToRead], found: Sequence[Sequence[Citation]], known: Outlets) -> None:
    if batch:
        provenance.record_citations(db, {r.article.id: c for r, c in zip(batch, found, strict=True)}, known)


def _read(batch: Sequence[ToRead], known: Outlets) -> list[list[Citation]]:
    return [cited(r.article, known, r.via) for r in batch]


def trace_all(db: Connection, known: Outlets, tell: Tell = quiet) -> int:
    """Trace every story that has changed and whose articles are all read; how many."""
    total = provenance.count_untraced(db)
    done = 0
    while batch := provenance.untraced(db, BATCH, known):
        found = shared(partial(_traced, known=known), batch, TRACED_EACH)
        told.record_traced(db, [(t.story, f) for t, f in zip(batch, found, strict=True)], known)
        done += len(batch)
        tell("trace", done, max(total, done))
    return done


def _traced(batch: Sequence[Told], known: Outlets) -> list[Traced]:
    owners = {name: outlet.owner for name, outlet in known.by_name.items() if outlet.owner}
    return [traced(t.members, t.similar, owners, t.denied) for t in batch]
