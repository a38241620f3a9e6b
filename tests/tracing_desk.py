"""A desk whose articles cite each other, and all that is known of their provenance by key instead of id."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from pipeline.config import Config, loads
from pipeline.store import articles as store_articles
from pipeline.store import runs
from pipeline.tracing import trace
from tests.desk import Desk, entry
from tests.making import NOW

OUTLETS = {"courier": "The Courier", "herald": "Herald", "post": "Morning Post", "beacon": "Beacon"}


def config(outlets: dict[str, str] = OUTLETS, families: str = "") -> Config:
    """Outlets of owners of their own, all in English."""
    blocks = "".join(
        f"  {key}: {{name: {name}, owner: {name} Ltd, country: GB, language: en, role: publisher,"
        f' homepage: "http://{key}.test/", feeds: ["http://{key}.test/feed"]}}\n'
        for key, name in outlets.items()
    )
    return loads(f"sources:\n{blocks}{families}", "config.yaml")


TELLINGS = [
    "The bridge over the Ouse at Tarnwick was priced at 31 million pounds; mayor Ellen Prowse resigned on Thursday.",
    "Auditors found fourteen forged bids in the file of the Tarnwick bridge, and Ellen Prowse gave up her office.",
    "Ellen Prowse told the council of Tarnwick that she had not seen the fourteen bids for the Ouse bridge.",
]
LINES = [
    "", "The Herald reported the resignation first.", "According to the Morning Post, Prowse will not stand again.",
    "The Courier reported on Thursday that the bids were forged.", "Prowse told the Beacon that she was innocent.",
    "According to Reuters, citing Der Spiegel, a German builder was among them.",
]  # fmt: skip


class Newsroom(Desk):
    """Articles by outlet and slug, each seen at a time of its own, whenever it is stored."""

    def __init__(self, path: Path, settings: Config | None = None) -> None:
        super().__init__(path, settings or config())

    def tell(
        self, outlet: str, slug: str, text: str, *, hours: float = 0, via: str = "", at: str = "", **more: object
    ) -> None:
        """An article of ``outlet``, seen ``hours`` after NOW, or its new wording; ``at``: not on its site."""
        url = at or f"http://{outlet}.test/{slug}"
        self.now = NOW + timedelta(hours=hours)
        said = entry(url, feed=f"http://{outlet}.test/feed", title=str(more.pop("title", "Prowse resigns in Tarnwick")),
                   published=self.now, via_name=via, updated=more.pop("revised", None))  # fmt: skip
        self.print(said, text, **more)

    def trace(self, most: int = 50_000) -> tuple[int, int]:
        self.now = NOW + timedelta(days=30)
        self.absorb()
        return trace(self.db, most=most)

    def delete(self, key: str) -> None:
        store_articles.delete_article(self.db, self.id(key), self.how.boilerplate_min_articles)

    def id(self, key: str) -> int:
        return int(str(self.one("SELECT id FROM articles WHERE key = ?", key)))

    def known(self) -> dict[str, list[object]]:
        return known(self)

    def snapshot(self) -> list[tuple[str, int]]:
        return sorted(runs.contents(self.db))


PROVENANCE = {
    "citations": "SELECT a.key, {} FROM citations x JOIN articles a ON a.id = x.article_id",
    "origins": "SELECT {} FROM origins x",
    "roles": "SELECT {} FROM roles x",
    "relays": "SELECT {} FROM relays x",
    "independence": "SELECT {} FROM independence x",
}


def known(desk: Desk) -> dict[str, list[object]]:
    """All that the tables of provenance hold, with keys for articles and a story's keys for its id."""
    keys: dict[object, object] = dict(desk.rows("SELECT id, key FROM articles"))  # type: ignore[arg-type]
    stories: dict[object, list[object]] = {}
    copies: dict[object, list[object]] = {}
    for article, copy, story in desk.rows("SELECT article_id, copy_id, story_id FROM copies"):
        stories.setdefault(story, []).append(keys[article])
        copies.setdefault(copy, []).append(keys[article])
    found: dict[str, list[object]] = {}
    for table in PROVENANCE:
        rows = [dict(r) for r in desk.db.execute(f"SELECT * FROM {table}")]
        for row in rows:
            for name in row.keys() & {"article_id", "leans_on"}:
                row[name] = keys[row[name]] if row[name] is not None else None
            if "story_id" in row:
                row["story_id"] = sorted(map(str, stories[row["story_id"]]))
            if row.get("copy_id"):
                row["copy_id"] = sorted(map(str, copies[row["copy_id"]]))
        found[table] = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return found


def from_scratch(desk: Desk) -> dict[str, list[object]]:
    """What tracing everything at once gives for the database as it is."""
    for table in (*PROVENANCE, "cited_by"):
        desk.db.execute(f"DELETE FROM {table}")
    trace(desk.db)
    return known(desk)


def sound(desk: Desk) -> None:
    """Nothing names what is gone, nothing is left to do, and the views say what the tables say."""
    assert desk.rows("PRAGMA foreign_key_check") == []
    assert desk.rows("SELECT * FROM uncited") == desk.rows("SELECT * FROM untraced") == []
    for table, column, of in (
        ("origins", "copy_id", "SELECT 0 UNION SELECT copy_id FROM copies"),
        ("independence", "story_id", "SELECT story_id FROM copies"), ("relays", "story_id", "SELECT id FROM stories"),
    ):  # fmt: skip
        assert desk.rows(f"SELECT * FROM {table} WHERE {column} NOT IN ({of})") == []
    assert desk.rows("SELECT * FROM roles r JOIN copies c USING (article_id) WHERE r.story_id <> c.story_id") == []
    assert desk.rows(
        "SELECT * FROM independence i WHERE articles <> (SELECT count(*) FROM copies c WHERE c.story_id = i.story_id)"
    ) == []  # fmt: skip
    views_agree(desk)


VIEWS = {
    "v_citations": ("citations", ("article_id", "n", "kind", "media", "quote", "start", "stop", "confidence")),
    "v_origins": ("origins", ("story_id", "copy_id", "article_id", "confidence", "reasons")),
    "v_roles": ("roles", ("article_id", "story_id", "role", "leans_on", "root", "lag_s", "confidence")),
}


def views_agree(desk: Desk) -> None:
    for view, (table, columns) in VIEWS.items():
        listed = ", ".join(columns)
        assert sorted(desk.rows(f"SELECT {listed} FROM {view}"), key=str) == sorted(
            desk.rows(f"SELECT {listed} FROM {table}"), key=str
        )
    several = "JOIN independence i ON i.story_id = r.story_id WHERE i.outlets > 1"
    columns = ("origin", "report", "copy", "cut_copy", "rewrite", "translation", "follow_up")
    for row in desk.db.execute("SELECT * FROM v_outlet_roles"):
        told = desk.rows(
            "SELECT r.role, r.story_id FROM roles r JOIN articles a ON a.id = r.article_id"
            f" {several} AND a.source = ?", row["source"],
        )  # fmt: skip
        assert row["articles"] == len(told) == sum(row[c] for c in columns)
        assert row["stories"] == len({story for _, story in told})
        assert all(row[c] == sum(role == c for role, _ in told) for c in columns)
    assert desk.one("SELECT count(*) FROM v_origins WHERE level = 'story' AND articles IS NOT NULL") == desk.one(
        "SELECT count(*) FROM independence"
    )
