from __future__ import annotations

from bench import candidates
from pipeline import blocking, meeting
from pipeline.config import Config
from pipeline.labelled import read, timeless
from pipeline.signatures import recipe
from pipeline.trial import labelled_articles
from pipeline.verdict import VERDICT
from tests.conftest import ROOT

OWN = ROOT / "tests" / "data" / "own_crosslingual.jsonl"
HOW = recipe(Config(), VERDICT)


def test_what_is_counted_is_what_blocking_proposes() -> None:
    articles = [a for a, _ in labelled_articles(timeless(read(OWN)))]
    crowd = candidates.Crowd(articles, 1)
    made = [crowd.one(n) for n in range(len(articles) + 1, len(articles) + 60)]
    own, strangers = blocking.signed(articles, {}, HOW), blocking.signed(made, {}, HOW)
    found = candidates.counted_candidates(own, strangers, HOW)
    counted = {(min(i, j), max(i, j)) for i, ids in found.candidates.items() for j in ids}
    proposed = {(p.left, p.right) for p in meeting.candidates([*own, *strangers], HOW)}
    assert counted == {p for p in proposed if p[0] <= len(articles)} != set()
    assert all(found.looked_at[i] >= 0 for i in found.candidates) and found.looked_at.total()


def test_a_day_is_the_events() -> None:
    told = labelled_articles(timeless(read(OWN)))
    event = {a.id: row.event for a, row in told}
    days: dict[str, set[object]] = {}
    for a in candidates.spread((a for a, _ in told), 30, lambda a: event[a.id]):
        days.setdefault(event[a.id], set()).add(a.first_seen)
    assert {len(found) for found in days.values()} == {1}
    assert len({day for found in days.values() for day in found}) > 5


def test_a_crowd_is_the_same_for_the_same_seed_and_tells_nothing_told_before() -> None:
    articles = [a for a, _ in labelled_articles(timeless(read(OWN)))]
    one, two, other = ([crowd.one(n) for n in range(100, 130)] for crowd in (
        candidates.Crowd(articles, 1), candidates.Crowd(articles, 1), candidates.Crowd(articles, 2)))  # fmt: skip
    assert one == two != other
    assert not {a.text for a in one} & {a.text for a in articles}
    assert {a.lang for a in one} == {"de", "en", "nl"}
