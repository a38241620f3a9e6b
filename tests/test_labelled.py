"""Labelled files: what is read, what is refused, and pools made of them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.labelled import CUT_MOST, Labelled, LabelledError, most, read, read_all, read_pairs, thinned, timed

LATER = datetime(2026, 3, 6, 9, tzinfo=UTC)
GOOD = {"id": "a", "title": "Ferry rams quay", "text": None, "lang": "en", "published": "2026-03-05", "cluster": "x"}


def written(folder: Path, *rows: object, name: str = "set.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_a_line_is_read_as_it_stands(tmp_path: Path) -> None:
    text = "One line\u2028with a separator that JSON allows"
    [one, two] = read(written(tmp_path, GOOD | {"publisher": "The Courier"}, "", GOOD | {"id": 7, "text": text}))
    assert (one.title, one.text, one.lang, one.publisher, one.event) == (
        "Ferry rams quay",
        "",
        "en",
        "The Courier",
        "set:x",
    )
    assert (two.id, two.text, two.publisher, two.copy) == ("7", text, "", "set:x")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "set.jsonl:2: no JSON: "),
        ("[1]", "set.jsonl:2: no JSON object"),
        ("[" * 100_000, "set.jsonl:2: no JSON"),
        (GOOD | {"id": None}, "set.jsonl:2: has no id"),
        (GOOD | {"id": "b", "lang": "", "cluster": None}, "set.jsonl:2: has no lang, no cluster"),
        (GOOD | {"id": "b", "title": " "}, "set.jsonl:2: has no title or text"),
        (GOOD, "set.jsonl:2: id 'a' stands in an earlier line"),
        ({"a": GOOD, "b": GOOD, "overall": 1}, "set.jsonl:2: a file of pairs, not of articles; give it as --pairs"),
    ],
)  # fmt: skip
def test_a_faulty_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    with pytest.raises(LabelledError) as caught:
        read(written(tmp_path, GOOD, line))
    assert said in str(caught.value)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b'\n{"id": "\xff"}\n')
    with pytest.raises(LabelledError, match=r"set.jsonl:2: no JSON"):
        read(path)


def test_an_empty_file_and_a_file_named_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelledError, match="holds no article"):
        read(written(tmp_path, ""))
    path = written(tmp_path, GOOD)
    with pytest.raises(LabelledError, match="named twice"):
        read_all([path, tmp_path / "." / "set.jsonl"])


def test_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    paths = [written(tmp_path, GOOD), written(tmp_path / "other", GOOD)]
    sets = read_all(paths)
    assert list(sets) == list(map(str, paths))
    assert len({row.event for rows in sets.values() for row in rows}) == 2, "their clusters are not one"


def test_pairs_are_the_same_up_to_two(tmp_path: Path) -> None:
    other = {k: v for k, v in GOOD.items() if k != "cluster"} | {"id": "b"}
    rows = [{"a": GOOD, "b": other, "overall": n} for n in (1, 2.0, 2.5, 4)]
    assert [p.same for p in read_pairs(written(tmp_path, *rows))] == [True, True, False, False]
    with pytest.raises(LabelledError, match=r":1: no labelled pair"):
        read_pairs(written(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("stated", "moments"),
    [
        (["2026-03-05", "2026-03-06T10:00:00+01:00"], [datetime(2026, 3, 5, tzinfo=UTC), LATER]),
        (["2026-03-05", "2026-03"], [None, None]),
        (["2026-03-05", None], [None, None]),
        (["2026-03-05", "yesterday"], [None, None]),
        (["2026-03-05", "2026-02-30"], [None, None]),
    ],
)  # fmt: skip
def test_times_are_used_where_all_have_a_full_date(tmp_path: Path, stated: list[str], moments: list[object]) -> None:
    rows = read(written(tmp_path, *(GOOD | {"id": n, "published": s} for n, s in enumerate(stated))))
    assert [row.published for row in timed(rows)] == moments


def labelled(id: int, event: int) -> Labelled:
    return Labelled("set", str(id), "t", "", "en", None, "", "", f"set:{event}", f"set:{event}")


sets = st.lists(st.integers(0, 30), min_size=1, max_size=80).map(lambda es: [labelled(n, e) for n, e in enumerate(es)])


@given(sets, st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_pool_is_mostly_singletons_whatever_the_order(rows: list[Labelled], seed: int, rng: object) -> None:
    pool, before = thinned(rows, seed), Counter(row.event for row in rows)
    sizes = Counter(row.event for row in pool)
    assert sizes.keys() == before.keys() and len({row.id for row in pool}) == len(pool)
    assert all(n == 1 or n == min(before[e], CUT_MOST) for e, n in sizes.items())
    assert sum(n > 1 for n in sizes.values()) <= len(sizes) - round(0.85 * len(sizes))
    rng.shuffle(rows)  # type: ignore[attr-defined]
    assert thinned(rows, seed) == pool


@given(sets, st.integers(1, 100), st.randoms(use_true_random=False))
def test_most_keeps_that_many_whatever_the_order(rows: list[Labelled], count: int, rng: object) -> None:
    kept = most(rows, count)
    assert len(kept) == min(count, len(rows)) and {r.id for r in kept} <= {r.id for r in rows}
    rng.shuffle(rows)  # type: ignore[attr-defined]
    assert most(rows, count) == kept
