"""Every kind of page, as addresses over whatever database there is: a page joins all tests of pages by a line here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# name → address; what stands in braces is a value of FIND, of the database at hand.
PAGES = {
    "today": "/?since=all",
    "today-filtered": "/?since=all&min_articles=1&order=articles&lang=de",
    "search": "/search?q=the",
    "search-empty": "/search",
    "story": "/story/{story}",
    "article": "/article/{edited}",
    "article-leaning": "/article/{leaning}",
    "compare": "/compare?left={left}&right={right}",
    "compare-languages": "/compare?left={first}&right={translated}",
    "compare-empty": "/compare",
    "outlets": "/outlets?window=all",
    "sources": "/sources",
    "source": "/source/{source}?window=all",
    "runs": "/runs",
    "run": "/run/{run}",
    "corrections": "/corrections?show=all",
    "merge": "/story/{story}/merge?with={other}",
    "sign-in": "/-/retold/sign-in",
    "data": "/stories",
    "view": "/stories/v_stories?_size=20",
    "facets": "/stories/articles?_facet=lang&_size=20",
    "row": "/stories/articles/{edited}",
    "sql": "/stories?sql=select+*+from+v_roles+limit+20",
    "question": "/stories/whom_others_cite_most",
}
FILES = {
    "story.json": "/-/retold/story/{story}.json",
    "stories.json": "/-/retold/stories.json?since=all",
    "stories.atom": "/-/retold/stories.atom?since=all",
    "schema": "/-/retold/schema/story.json",
    "graphml": "/story/{story}/graph.graphml",
    "dot": "/story/{story}/graph.dot",
    "graph.json": "/story/{story}/graph.json",
    "table.json": "/stories/articles.json?_size=20",
    "table.csv": "/stories/articles.csv?_size=20",
}
ERRORS = {
    "/nowhere": 404,
    "/story/999999999": 404,
    "/article/999999999": 404,
    "/compare?left=x&right=y": 404,
    "/source/nobody": 404,
    "/run/999999999": 404,
    "/?since=x": 400,
    "/?order=x": 400,
    "/search?q=a&q=b": 400,
    "/outlets?window=x": 400,
    "/stories?sql=select+nothing": 400,
    "/stories/nothing": 404,
}
FIND = {
    "story": "SELECT story_id FROM copies GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    "edited": "SELECT coalesce((SELECT min(article_id) FROM versions), (SELECT min(id) FROM articles))",
    "leaning": "SELECT coalesce((SELECT min(article_id) FROM roles WHERE leans_on IS NOT NULL),"
    " (SELECT min(id) FROM articles))",
    "other": "SELECT story_id FROM copies GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1 OFFSET 1",
    "left": "SELECT article_id FROM copies ORDER BY story_id, article_id LIMIT 1",
    "right": "SELECT article_id FROM copies ORDER BY story_id, article_id LIMIT 1 OFFSET 1",
    "first": "SELECT coalesce((SELECT min(leans_on) FROM roles WHERE how = 'translation'),"
    " (SELECT min(id) FROM articles))",
    "translated": "SELECT coalesce((SELECT article_id FROM roles WHERE how = 'translation'"
    " ORDER BY leans_on, article_id LIMIT 1), (SELECT max(id) FROM articles))",
    "source": "SELECT source FROM articles GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    "run": "SELECT max(id) FROM runs",
}  # fmt: skip


def numbers(database: Path) -> dict[str, object]:
    """The values that addresses want, of this database."""
    with closing(sqlite3.connect(database)) as db:
        return {name: db.execute(sql).fetchone()[0] for name, sql in FIND.items()}


def addresses(database: Path, pages: dict[str, str] | None = None) -> dict[str, str]:
    """The addresses of ``pages`` (PAGES) over a database."""
    found = numbers(database)
    return {name: path.format_map(found) for name, path in (pages or PAGES).items()}
