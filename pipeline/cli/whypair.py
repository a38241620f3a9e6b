"""The answer of `retold why A B` in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.cli.output import padded, plain
from pipeline.cli.signs import table
from pipeline.cli.words import clock, count
from pipeline.phrases import correction
from pipeline.why.pairs import Answer, headline, steps

if TYPE_CHECKING:
    from pipeline.evidence import Evidence

KINDS = (
    ("names", "names"),
    ("numbers", "numbers"),
    ("words", "telling words"),
    ("places", "places"),
    ("sounds", "names by sound"),
    ("happenings", "happenings"),
    ("dates", "days named"),
)  # field of evidence.Evidence → what it is called
WIDTH = 16
Line = tuple[str, str]


def lines(answer: Answer, verbose: bool) -> Iterator[Line]:
    """The answer for people."""
    for row in (answer.left, answer.right):
        when = clock(min(filter(None, (row["published"], row["first_seen"]))))
        outlet = answer.outlets.get(row["source"], row["source"])
        yield f"#{row['id']}  {plain(outlet)}, {row['lang']}, {when} UTC: {plain(row['title'])}", "bold"
        yield f"    {plain(row['url'])}", "dim"
    yield "", ""
    yield headline(answer), "bold"
    yield from ((f"  {row['says']} by {correction(row)}", "") for row in answer.corrections if row["says"] != "parted")
    yield from ((f"  {padded(s['step'], WIDTH)}  {plain(s['says'])}", "") for s in steps(answer))
    yield from _chain(answer)
    yield "", ""
    yield from _edge(answer, verbose)


def _chain(answer: Answer) -> Iterator[Line]:
    if answer.chain:
        from pipeline.cli.showing import edge_line

        yield "  not by themselves, but through others:", ""
        yield from ((edge_line(edge), "") for edge in answer.chain)


def _edge(answer: Answer, verbose: bool) -> Iterator[Line]:
    edge = answer.edge
    origin = f"stored by run {edge['run_id']}" if answer.stored else "no edge is stored; judged just now"
    yield f"the pair: {edge['verdict'].replace('_', ' ')}, P(same event) {edge['probability']:.2f} ({origin})", ""
    yield from ((f"  {line}", "") for line in shared(answer.evidence))
    yield f"  {padded('apart in time', WIDTH)}  {abs(answer.hours):.1f} h", ""
    if answer.estimated_jaccard is not None:
        exact = f", exactly {edge['scores']['jaccard']:.3f}" if "jaccard" in edge["scores"] else ""
        yield f"  {padded('Jaccard', WIDTH)}  {answer.estimated_jaccard:.3f} by the signatures{exact}", ""
    yield from ((f"  {line}", "") for line in table(edge, answer.signals, verbose))
    if verbose:
        yield f"recipe {edge['recipe']}", "dim"
    other = {r["recipe"] for r in (answer.left, answer.right)} | {edge["recipe"]}
    if other != {answer.recipe}:
        name = f" {answer.recipe}" if verbose else " than the stored one"
        yield f"thresholds are those of the configuration, which is another recipe{name}", "yellow"


def shared(found: Evidence) -> Iterator[str]:
    """What two articles share and contradict each other in."""
    for name, called in KINDS:
        words = getattr(found, name)
        if words:
            yield f"{padded(called, WIDTH)}  {plain(', '.join(words))}"
    for quote in found.passages:
        yield f"{padded('both print', WIDTH)}  “{plain(quote.text)}” ({count(quote.words, 'word')})"
    for words in found.against:
        yield f"{padded('but', WIDTH)}  {plain(words)}"
