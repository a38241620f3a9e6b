"""What two articles are to each other, and by what: all that is known about a pair."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.store import corrections, reads
from pipeline.store.rows import Row
from pipeline.why import NotComparedError, apart
from pipeline.why.signs import weighed

if TYPE_CHECKING:
    from pipeline.evidence import Evidence, Piece
    from pipeline.proposal import Proposal
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection
    from pipeline.store.edges import Between

SHOWN = ("id", "source", "lang", "title", "url", "published", "first_seen", "version", "story_id", "copy_id", "recipe")


@dataclass
class Answer:
    """All that is known about a pair; ``edge`` is stored or, where ``stored`` is false, judged just now."""

    left: Row
    right: Row
    edge: Row
    stored: bool
    signals: Row  # why.signs.weighed
    evidence: Evidence
    proposal: Proposal | None  # None where another recipe made the stored keys
    words: int  # of the shorter text
    hours: float  # from the left to the right article
    estimated_jaccard: float | None  # None where the two signatures are not comparable
    thresholds: dict[str, float]
    recipe: str  # what the thresholds are of
    chain: list[Row] = field(default_factory=list)  # where they are together without an edge between them
    stories: Between | None = None  # of two stories
    outlets: dict[str, str] = field(default_factory=dict)  # source key → name
    corrections: list[Row] = field(default_factory=list)  # of people, in force, that bind or part the two

    @property
    def together(self) -> bool:
        """Whether one story holds both."""
        return bool(self.left["story_id"]) and self.left["story_id"] == self.right["story_id"]

    @property
    def copies(self) -> bool:
        """Whether both are in one copy group."""
        return self.together and self.left["copy_id"] == self.right["copy_id"]


def explain(db: Connection, left: Row, right: Row, recipe: Recipe) -> Answer:
    """Everything about a pair: its stored edge, or one judged now; raises NotComparedError if unsigned."""
    from pipeline.evidence import evidence

    one, other = _pieces(db, left, right, recipe)
    stored = reads.match(db, left["id"], right["id"])
    edge = stored or _judged(one, other, recipe)
    hours, words = other.profile.hours - one.profile.hours, min(one.profile.words, other.profile.words)
    alike, beyond = one.profile.lang == other.profile.lang, abs(hours) > recipe.story_window_hours
    answer = Answer(
        left=left,
        right=right,
        edge=edge,
        stored=stored is not None,
        signals=weighed(edge, alike, recipe, beyond),
        evidence=evidence(one, other),
        proposal=_proposal(db, (left, right), one, other, recipe),
        words=words,
        hours=hours,
        estimated_jaccard=_estimate(db, left, right),
        thresholds=thresholds(recipe, words),
        recipe=recipe.name,
        outlets={row["source"]: row["name"] for row in reads.sources(db)},
        corrections=corrections.between(db, left["id"], right["id"]),
    )
    _related(db, answer, recipe)
    return answer


def _pieces(db: Connection, left: Row, right: Row, recipe: Recipe) -> tuple[Piece, Piece]:
    from pipeline.store.pieces import pieces

    found = pieces(db, {left["id"], right["id"]}, recipe)
    for row in (left, right):
        if row["id"] not in found:
            raise NotComparedError(f"article {row['id']} is not compared yet; `retold run --no-fetch` does it")
    return found[left["id"]], found[right["id"]]


def _judged(one: Piece, other: Piece, recipe: Recipe) -> Row:
    from pipeline.verdict import judge

    match = judge(one.profile, other.profile, recipe)
    return {
        "left_id": match.pair.left,
        "right_id": match.pair.right,
        "verdict": str(match.verdict),
        "probability": match.probability,
        "scores": match.scores,
        "reasons": list(match.reasons),
        "recipe": match.recipe,
        "run_id": None,
    }


def _proposal(db: Connection, rows: tuple[Row, Row], one: Piece, other: Piece, recipe: Recipe) -> Proposal | None:
    from pipeline.proposal import proposal
    from pipeline.store.pieces import signed

    if {row["recipe"] for row in rows} != {recipe.name}:
        return None
    return proposal(signed(db, one, recipe), signed(db, other, recipe), recipe)


def _related(db: Connection, answer: Answer, recipe: Recipe) -> None:
    """What else is asked of the store: the chain within a story, or what may join two."""
    from pipeline.store.edges import between

    one, other = answer.left["story_id"], answer.right["story_id"]
    if answer.together and (not answer.stored or answer.edge["verdict"] == "different"):
        answer.chain = reads.path(db, answer.left["id"], answer.right["id"])
    elif not answer.together and one and other:
        answer.stories = between(db, one, other, recipe)


def _estimate(db: Connection, left: Row, right: Row) -> float | None:
    """Estimated Jaccard of the stored signatures, where one recipe made both."""
    from pipeline.signatures import estimated_jaccard

    a, b = (reads.signature(db, row["id"]) for row in (left, right))
    return estimated_jaccard(a, b) if a and b and left["recipe"] == right["recipe"] else None


def thresholds(recipe: Recipe, words: int = 10**9) -> dict[str, float]:
    """What a value must reach (for hours: must not exceed), by its name; ``words``: of the shorter text."""
    from pipeline.across import model
    from pipeline.copies import least_copied

    return {
        "jaccard": recipe.copy_jaccard,
        "containment": recipe.copy_containment,
        "copied": round(least_copied(words, recipe.copy_passages), 4),
        "copy_min_words": recipe.copy_min_words,
        "probability": recipe.story_probability,
        "hours_apart": recipe.story_window_hours,
        "stories_link": recipe.story_link,
        "stories_across": model(recipe.model).link,
    }


def steps(answer: Answer) -> list[apart.Step]:
    """Whether the two are one text, and each step that kept them from one story, in the order of a run."""
    edge, limits = answer.edge, answer.thresholds
    found = list(apart.parted([r for r in answer.corrections if r["says"] == "parted"]))
    waits = not found
    found.append(apart.copies(edge, limits, answer.words))
    if edge["verdict"] == "copy" and not answer.copies and waits:
        found.append(apart.set_aside())
    if answer.together:
        return found
    if not answer.stored and answer.proposal:
        found += apart.never_compared(answer.proposal)
    found += apart.not_judged(edge, limits, abs(answer.hours))
    return found + (list(apart.not_joined(answer.stories, limits["stories_link"], waits)) if answer.stories else [])


def headline(answer: Answer) -> str:
    """The answer in one line."""
    if answer.together:
        what = "two copies of one text" if answer.copies else "two texts about one event"
        return f"together: {what}, story {answer.left['story_id']}"
    places = [f"#{r['id']} in story {r['story_id']}" if r["story_id"] else f"#{r['id']} in none yet"
              for r in (answer.left, answer.right)]  # fmt: skip
    return "not together: " + ", ".join(places)


def as_row(answer: Answer) -> dict[str, Any]:
    """The answer as JSON shows it."""
    return {
        "together": answer.together,
        "copies": answer.copies,
        "left": {k: answer.left[k] for k in SHOWN},
        "right": {k: answer.right[k] for k in SHOWN},
        "edge_stored": answer.stored,
        "edge": answer.edge,
        **answer.signals,
        "evidence": shown(answer.evidence),
        "proposal": answer.proposal and asdict(answer.proposal),
        "estimated_jaccard": answer.estimated_jaccard,
        "thresholds": answer.thresholds,
        "recipe": answer.recipe,
        "steps": steps(answer),
        "chain": answer.chain,
        "stories": answer.stories and apart.as_row(answer.stories),
        "corrections": answer.corrections,
    }


def shown(found: Evidence) -> Row:
    """Evidence as JSON shows it."""
    return {**asdict(found), "passages": [p._asdict() for p in found.passages]}
