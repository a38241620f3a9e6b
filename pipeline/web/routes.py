"""Address → page: the one list of what is served besides Datasette's own pages."""

from __future__ import annotations

import re
from typing import Any

from pipeline.web import signing_in
from pipeline.web.pages import (
    api,
    article,
    compare,
    correct,
    corrections,
    outlets,
    runs,
    search,
    sources,
    story,
    today,
)
from pipeline.web.serving import SIGN_IN, Route, data, nowhere, view

# The pages, as the navigation names them (base.html); API and feeds lie under /-/retold/.
ROUTES = (
    Route("/", today.page),
    Route("/article/(?P<id>[0-9]+)", article.page),
    Route("/compare", compare.page),
    Route("/story/(?P<id>[0-9]+)", story.page),
    Route(r"/story/(?P<id>[0-9]+)/graph\.(?P<form>graphml|dot|json)", story.graph),
    Route("/search", search.page),
    Route("/sources", sources.page),
    Route("/source/(?P<key>[a-z0-9-]+)", sources.one),
    Route("/outlets", outlets.page),
    Route("/runs", runs.page),
    Route("/run/(?P<id>[0-9]+)", runs.one),
    Route(r"/story/(?P<id>\d+)\.json", api.elsewhere),
    Route(r"/-/retold/stories\.atom", api.stories_atom),
    Route(r"/-/retold/stories\.json", api.stories_json),
    Route(r"/-/retold/story/(?P<id>\d+)\.json", api.story_json),
    Route(r"/-/retold/schema/(?P<name>stories|story)\.json", api.schema),
    Route("/story/(?P<id>[0-9]+)/merge", correct.preview, correct.merge),
    Route("/story/(?P<id>[0-9]+)/pin", post=correct.pin),
    Route("/story/(?P<id>[0-9]+)/split", post=correct.split),
    Route("/story/(?P<id>[0-9]+)/not-origin", post=correct.not_origin),
    Route("/article/(?P<id>[0-9]+)/not-cited", post=correct.not_cited),
    Route("/article/(?P<id>[0-9]+)/out", post=correct.out),
    Route("/corrections", corrections.page),
    Route("/corrections/(?P<id>[0-9]+)/remove", post=corrections.remove),
)
NAVIGATION = (
    ("/", "Today"),
    ("/outlets", "Outlets"),
    ("/sources", "Sources"),
    ("/runs", "Runs"),
    ("/corrections", "Corrections"),
    ("/stories", "Data"),
)  # address, name; templates/base.html shows them in this order
SIGNS = {SIGN_IN: signing_in.sign_in, "/-/retold/sign-out": signing_in.sign_out}
# Datasette's pages that tell where the file lies, or that are for its developers.
CLOSED = r"/(\.jsono?|-/(allow-debug|auth-token|databases|logout|messages|patterns|permissions|threads)(\.json)?)$"


def takes_forms(path: str) -> bool:
    """Whether a form of ours is sent to ``path``; each of these views checks that it comes from a page of ours."""
    return path in SIGNS or any(route.post and re.fullmatch(route.path, path) for route in ROUTES)


def registered() -> list[tuple[str, Any]]:
    """(regular expression, view) for Datasette."""
    ours = [(f"{route.path}$", view(route)) for route in ROUTES]
    sign = [(f"{path}$", view) for path, view in SIGNS.items()]
    return [*ours, *sign, ("/-/retold/data$", data), (CLOSED, nowhere)]
