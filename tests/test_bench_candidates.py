from __future__ import annotations

from bench import candidates
from pipeline import blocking
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
    everybody = [*articles, *(crowd.one(n) for n in range(len(articles) + 1, len(articles) + 60))]
    keys = candidates.keys_of(everybody, HOW)
    found = candidates.counted_candidates(keys, iter(keys))
    counted = {(min(i, j), max(i, j)) for i, kinds in found.items() for ids in kinds.values() for j in ids}
    proposed = blocking.candidates(blocking.signed(everybody, {}, HOW), HOW)
    assert counted == {(p.left, p.right) for p in proposed} != set()


def test_a_crowd_is_the_same_for_the_same_seed_and_tells_nothing_told_before() -> None:
    articles = [a for a, _ in labelled_articles(timeless(read(OWN)))]
    one, two, other = ([crowd.one(n) for n in range(100, 130)] for crowd in (
        candidates.Crowd(articles, 1), candidates.Crowd(articles, 1), candidates.Crowd(articles, 2)))  # fmt: skip
    assert one == two != other
    assert not {a.text for a in one} & {a.text for a in articles}
    assert {a.lang for a in one} == {"de", "en", "nl"}
