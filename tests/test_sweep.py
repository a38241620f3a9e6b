"""The parts of the batch engine that need no engine: blocks, sweeps, prefix filtering, and the verdict on far pairs."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.batch import far
from pipeline.batch.sweep import Common, blocks, blocks_for, day_of, judged_far, sweep
from pipeline.blocking import signed, window_days
from pipeline.copies import enough_prints
from pipeline.meeting import candidates
from pipeline.model import Article, Match
from pipeline.rebuild import boilerplate
from pipeline.text import content_hash
from pipeline.verdict import judged
from tests.desk import prose
from tests.making import RECIPE
from tests.test_law import EVENTS, made

REACH = window_days(RECIPE)


def archive(seed: int, count: int, days: int) -> list[Article]:
    """Tellings of few events over many days: some near each other, some copied long after, some in a frame."""
    rng = random.Random(seed)
    found = []
    for n in range(1, count + 1):
        title, *lines = rng.choice(EVENTS)
        own = prose(rng.randrange(6), 3) if rng.random() < 0.5 else ""
        frame = "Follow the Courier on every channel you like" if rng.random() < 0.3 else ""
        text = "\n".join(part for part in (*rng.sample(lines, rng.randint(1, 3)), own, frame) if part)
        a = made(n, (rng.choice("abc"), title, text), rng.randrange(24 * days))
        found.append(replace(a, id=n, first_seen=a.published, content_hash=content_hash(title, text)))
    return found


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 18), st.integers(1, 30), st.integers(1, 6))
def test_however_the_days_are_divided_each_near_pair_is_judged_once(
    seed: int, count: int, days: int, most: int
) -> None:
    articles = archive(seed, count, days)
    frames = boilerplate(articles, RECIPE)
    ready = signed(articles, frames, RECIPE)
    day = {s.id: s.keys.day for s in ready}
    profiles = {s.id: s.profile(RECIPE) for s in ready}
    pairs = candidates(ready, RECIPE)
    common = Common(RECIPE, frames)
    found: list[Match] = []
    kept = []
    for first, last in blocks(Counter(map(day_of, articles)), most, 1):
        own = [a for a in articles if first <= day_of(a) <= last + REACH]
        for some, matches in sweep(own, first, last, common, {}):
            kept += some
            found += matches
    assert sorted(kept, key=lambda k: k.article_id) == [s.kept for s in ready]
    near = [p for p in pairs if abs(day[p.left] - day[p.right]) <= REACH]
    assert sorted(found, key=lambda m: m.pair) == judged(near, profiles, RECIPE)
    by_id = {a.id: a for a in articles}
    rest = [p for p in pairs if abs(day[p.left] - day[p.right]) > REACH]
    assert judged_far([(by_id[p.right], by_id[p.left]) for p in rest], common) == judged(rest, profiles, RECIPE)


@given(st.dictionaries(st.integers(0, 400), st.integers(1, 50), min_size=1), st.integers(1, 200), st.integers(1, 9))
def test_blocks_cover_each_day_once_and_hold_no_more_than_they_must(
    days: dict[int, int], most: int, least: int
) -> None:
    found = blocks(days, most, least)
    assert all(a[1] < b[0] for a, b in pairwise(found))
    for day in days:
        assert sum(first <= day <= last for first, last in found) == 1
    for first, last in found:
        held = sum(n for day, n in days.items() if first <= day <= last)
        assert held <= most or last - first < least


def test_an_archive_of_few_days_is_divided_among_all_cores() -> None:
    few = dict.fromkeys(range(4), 2_740)
    assert blocks_for(few, 2, REACH) == [(0, 1), (2, 3)]
    assert blocks_for(few, 64, REACH) == [(n, n) for n in range(4)]
    assert blocks_for({}, 2, REACH) == []
    many = blocks_for(dict.fromkeys(range(400), 2_740), 2, REACH)
    assert len(many) >= 2 and all(last - first >= REACH for first, last in many[:-1])


@given(
    st.lists(st.tuples(st.sets(st.integers(0, 25), max_size=20), st.integers(0, 12)), min_size=2, max_size=14),
    st.integers(1, 6),
    st.integers(0, 4),
)
def test_prefix_filtering_loses_no_pair_that_shares_enough(
    given_: list[tuple[set[int], int]], crowd: int, reach: int
) -> None:
    """Counted under the keys that are not crowded, and probed under those that are, as meet.py asks the engine."""
    held = {n: sorted(keys) for n, (keys, _) in enumerate(given_)}
    days = {n: day for n, (_, day) in enumerate(given_)}
    holders: dict[int, list[int]] = defaultdict(list)
    for n, keys in held.items():
        for key in keys:
            holders[key].append(n)
    crowds = {key: len(ids) for key, ids in holders.items() if len(ids) > crowd}
    probes = {n: dict(zip(keys, far.probed(keys, crowds), strict=True)) for n, keys in held.items()}
    shared: Counter[tuple[int, int]] = Counter()
    spare: dict[tuple[int, int], tuple[int, int]] = {}
    found: set[tuple[int, int]] = set()
    for key, ids in holders.items():
        under = far.Holders(
            np.array(ids),
            np.array([days[i] for i in ids]),
            np.array([len(held[i]) for i in ids]),
            np.array([sum(k in crowds for k in held[i]) for i in ids]),
            np.array([probes[i][key] for i in ids]),
            np.array([0, len(ids)]),
        )
        rows = [tuple(r) for part in far.pairs_under(under, reach, key in crowds) for r in part.tolist()]
        if key in crowds:
            found |= {(a, b) for a, b, _, _ in rows}
        else:
            shared.update((a, b) for a, b, _, _ in rows)
            spare |= {(a, b): (fewer, crowded) for a, b, fewer, crowded in rows}
    found |= {p for p, n in shared.items() if n + spare[p][1] >= far.least_shared(spare[p][0])}
    enough = {(a, b) for a, b in found if far.enough(held[a], held[b])}
    assert enough == {
        (a, b)
        for a in held
        for b in held
        if a < b
        and abs(days[a] - days[b]) > reach
        and set(held[a]) & set(held[b])
        and enough_prints(len(set(held[a]) & set(held[b])), len(held[a]), len(held[b]))
    }


def test_a_paragraph_that_everyone_carries_is_looked_under_by_nobody() -> None:
    """One notice in a thousand long articles makes no pair, where counting would look at half a million."""
    notice = list(range(8))
    crowds = dict.fromkeys(notice, 1000)
    for n in range(20):
        own = [*notice, *range(1000 * (n + 1), 1000 * (n + 1) + 60)]
        assert far.least_shared(len(own)) > len(notice)
        assert not any(far.probed(own, crowds)[: len(notice)])


def test_an_article_that_is_little_else_still_looks_there() -> None:
    notice = list(range(8))
    assert any(far.probed([*notice, 1000, 1001], dict.fromkeys(notice, 1000)))


def test_many_holders_are_met_in_parts_and_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    offsets = np.array([0, 3, 3, 40, 41])
    whole = [tuple(p) for a, b in far.all_under(offsets) for p in zip(a.tolist(), b.tolist(), strict=True)]
    monkeypatch.setattr(far, "AT_ONCE", 7)
    parts = list(far.all_under(offsets))
    assert len(parts) > 10
    assert [tuple(p) for a, b in parts for p in zip(a.tolist(), b.tolist(), strict=True)] == whole
    assert len(whole) == len(set(whole)) == 3 + 37 * 36 // 2


moments = st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(st.lists(st.tuples(moments, moments), max_size=5))
def test_days_are_told_from_columns_as_from_articles(times: list[tuple[datetime | None, datetime | None]]) -> None:
    """Those without any time lie on one day."""
    columns = pytest.importorskip("pipeline.batch.columns", reason="the extra batch is not installed")
    published, seen = ([t[n] for t in times] for n in (0, 1))
    blank = {**dict.fromkeys(columns.READ), "id": 1, "source": "a", "title": "F", "text": "T", "lang": "de"}
    rows = [{**blank, "published": p, "first_seen": s} for p, s in times]
    kind = columns.ARTICLES.field("published").type
    told = columns.days(columns.pa.array(published, kind), columns.pa.array(seen, kind))
    assert told == [day_of(columns.article(r)) for r in rows]
    assert day_of(columns.article(blank)) == 0
