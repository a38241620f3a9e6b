"""The batch engine: the whole archive at once, over the same calls as the incremental run.

Nothing here leans on ``run.py`` or on a database: articles in, partition out. What the run holds in
tables is held in dicts, so the two can be compared (and a test does, over orders, edits and deletions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline import stories, vectors
from pipeline.blocking import signed
from pipeline.constraints import rulings
from pipeline.meeting import candidates
from pipeline.model import Article, Correction
from pipeline.signatures import Recipe, paragraph_hashes, title_hash
from pipeline.stories import Partition
from pipeline.verdict import judged


def boilerplate(articles: Sequence[Article], recipe: Recipe) -> dict[str, set[int]]:
    """Source → hashes of the paragraphs that stand under ``boilerplate_min_articles`` of its headlines.

    Headlines are counted, not articles: a piece that its source printed three times is no frame.
    """
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for article in articles:
        for key in paragraph_hashes(article):
            seen[article.source, key].add(title_hash(article))
    found: dict[str, set[int]] = defaultdict(set)
    for (source, key), headlines in seen.items():
        if len(headlines) >= recipe.boilerplate_min_articles:
            found[source].add(key)
    return found


def partition(
    articles: Sequence[Article],
    recipe: Recipe,
    corrections: Sequence[Correction] = (),
    load: vectors.Load = vectors.load,
) -> Partition:
    """The story groups of ``articles`` (ids and ``first_seen`` set), as people's ``corrections`` (in force, oldest
    first) have it: what any run must arrive at."""
    made = vectors.embedded(articles, recipe.model, load)
    ready = signed(articles, boilerplate(articles, recipe), recipe, made)
    profiles = {s.id: s.profile(recipe) for s in ready}
    rules = rulings(corrections, {a.key: a.id for a in articles})
    langs, keys = {a.id: a.lang for a in articles}, {a.id: a.key for a in articles}
    edges = judged(candidates(ready, recipe), profiles, recipe)
    return stories.partition(langs.keys(), edges, recipe, rules, langs, keys)
