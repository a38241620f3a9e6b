"""Why two articles, or two stories, are not together: step by step, up to the one that failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.phrases import correction, count
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.proposal import Proposal
    from pipeline.store.edges import Between

FEW = {
    (1, 1): "as each of them has one text only",
    (1, 2): "as a single text joins two",
    (1, 3): "as a single text joins several",
}
Step = dict[str, str]


def step(name: str, says: str) -> Step:
    """One step of the account."""
    return {"step": name, "says": says}


def parted(corrections: Sequence[Row]) -> Iterator[Step]:
    """People who say so."""
    yield from (step("corrected", f"parted by {correction(r)}") for r in corrections)


COPIED_BY = (("jaccard", "exact Jaccard"), ("containment", "containment"), ("copied", "shared passages"))


def copies(edge: Row, limits: Row, words: int) -> Step:
    """Which limits of copies the pair reaches or, where it is none, misses."""
    are = edge["verdict"] == "copy"
    if words < limits["copy_min_words"]:
        tiny = f"texts of less than {limits['copy_min_words']:g} words are copies only when equal"
        return step("copies", f"yes: as they are equal; {tiny}" if are else f"no: {tiny}")
    said = [f"{name} {edge['scores'][key]:.2f} (needed {limits[key]:.2f})" for key, name in COPIED_BY
            if key in edge["scores"] and (not are or edge["scores"][key] >= limits[key])]  # fmt: skip
    return step("copies", f"{'yes' if are else 'no'}: {', '.join(said)}")


def set_aside() -> Step:
    """A copy edge that did not make a copy group."""
    says = "they share a text, but one of them prints other texts besides: such a page ties none of them together"
    return step("copies", says)


def never_compared(found: Proposal) -> Iterator[Step]:
    """Why nobody proposed the pair."""
    shared = found.keys
    if found.step == "window":
        says = f"{found.days} days apart; only copies are looked for beyond {count(found.reach, 'day')}"
    elif found.step == "keys" and shared["facts"]:
        says = f"of what articles are looked up by they share {count(shared['facts'], 'pair')} of facts; it takes three"
    elif found.step == "keys":
        says = "they share no word, name or fact that articles are looked up by"
    else:
        says = "they share a telling word or name, but too little else in headlines and first words"
    if found.step != "compared":
        yield step("compared", f"no: {says}")


def not_judged(edge: Row, limits: Row, hours: float) -> Iterator[Step]:
    """Why the pair by itself is not taken for one event."""
    if edge["verdict"] == "different" and hours > limits["hours_apart"]:
        yield step("one event", f"no: {hours:.0f} h apart; more than {limits['hours_apart']:g} h are never one event")
    elif edge["verdict"] == "different":
        says = f"P(same event) {edge['probability']:.2f} (needed {limits['probability']:.2f})"
        yield step("one event", f"no: {says}")


def not_joined(found: Between, link: float, waits: bool) -> Iterator[Step]:
    """What the two stories reach and what they need; ``waits``: nothing but the next run keeps them apart."""
    bond, best = found.bond, found.strongest
    asked = f"needed {bond.needed:.2f}{_margin(bond.needed - link, bond.texts)}"
    says = f"each text's three best links to the other story come to {bond.strength:.2f} ({asked})"
    if best:
        pair = f"#{best['left_id']} and #{best['right_id']} with P {best['probability']:.2f}"
        says += f"; {found.linked:,} of {count(found.pairs, 'pair')} of texts have an edge, the best {pair}"
    else:
        says += "; no edge leads from one to the other"
    yield step("stories", f"{'yes' if bond.joins else 'no'}: {says}")
    if found.across and found.across[0]:
        mean, needed = found.across
        says = f"P(same event) is {mean:.2f} on average over the pairs in two languages (needed {needed:.2f})"
        yield step("languages", f"{'yes' if mean >= needed else 'no'}: {says}")
    if bond.joins and waits:
        yield step("waiting", "the present rules would join them; the next run looks again at what is new")


def _margin(more: float, texts: tuple[int, int]) -> str:
    fewer, many = sorted(min(n, 3) for n in texts)
    why = FEW.get((fewer, many), "as both have several texts")
    return f", {abs(more):.2f} {'more' if more > 0 else 'less'} than usual {why}" if round(more, 6) else ""


def as_row(found: Between) -> dict[str, Any]:
    """What may join two stories, as JSON shows it."""
    bond, across = found.bond, found.across
    return {
        "strength": bond.strength,
        "needed": bond.needed,
        "joins": bond.joins,
        "texts": list(bond.texts),
        "pairs": found.pairs,
        "linked": found.linked,
        "strongest": found.strongest,
        "across": across and {"mean": across[0], "needed": across[1]},
    }
