"""What Datasette asks of a plugin. Each hook answers for our own app only: other Datasettes of this process stay as
they are, and there is no entry point that would change those of this environment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from datasette import Request, hookimpl
from jinja2 import Environment
from markupsafe import Markup

from pipeline.phrases import plain
from pipeline.web import routes, serving
from pipeline.web.app import App
from pipeline.web.markup import equip, outlink, web_address
from pipeline.web.security import Asgi, Guard, Scope

CELL = 120  # characters of a text in a table: two or three lines; row.html shows all of it
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STORIES = frozenset({"story_id", "left_story", "right_story"})
ARTICLES = frozenset({"article_id", "lead_article_id", "left_id", "right_id", "leans_on"})
DENIED = frozenset({"debug-menu", "permissions-debug", "view-database-download"})


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Our pages."""
    return routes.registered() if isinstance(datasette, App) else []


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Asgi], Asgi]:
    """Names and headers, around everything."""
    if isinstance(datasette, App):
        names = datasette.names
        return lambda app: Guard(app, names)
    return lambda app: app


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Any) -> None:
    """Filters of our templates."""
    if isinstance(datasette, App):
        equip(env)


@hookimpl
def actor_from_request(datasette: Any, request: Request) -> dict[str, str] | None:
    """Who is signed in."""
    if not isinstance(datasette, App) or datasette.people is None:
        return None
    name = datasette.people.person(request.headers.get("cookie", ""))
    return {"id": name} if name else None


@hookimpl
def skip_csrf(datasette: Any, scope: Scope) -> bool:
    """Our own forms are checked by serving.form, more strictly, and answered by a page that leads on."""
    return isinstance(datasette, App) and routes.takes_forms(scope["path"])


@hookimpl(tryfirst=True)
def permission_allowed(datasette: Any, action: str, resource: Any) -> bool | None:
    """Nobody sees Datasette's own tables or its pages for developers, whatever their name."""
    if not isinstance(datasette, App):
        return None
    return False if action in DENIED or resource == "_internal" else None


@hookimpl
def extra_template_vars(datasette: Any, request: Request | None) -> dict[str, Any]:
    """What base.html shows on each page."""
    if not isinstance(datasette, App):
        return {}
    here = request.path if request else ""
    person = serving.person(request) if request else None
    return {
        "navigation": routes.NAVIGATION,
        "here": here,
        "there": here + (f"?{request.query_string}" if request and request.query_string else ""),
        "person": person,
        "corrections": datasette.people is not None,
    }


@hookimpl
def render_cell(value: Any, column: str, datasette: Any) -> Markup | None:
    """A value in Datasette's tables: ids lead to our pages, addresses outside, other text is made harmless."""
    if not isinstance(datasette, App):
        return None
    for columns, page in ((STORIES, "story"), (ARTICLES, "article")):
        if column in columns and isinstance(value, int) and not isinstance(value, bool):
            return Markup('<a href="/{}/{}">{}</a>').format(page, value, value)
    return _text(value) if isinstance(value, str) and value else None


def _text(value: str) -> Markup | None:
    """None where Datasette's own way does no harm; it cuts long texts, and links all that begins as an address does."""
    if web_address(value):
        return outlink(value, value)
    if STAMP.fullmatch(value):
        return Markup('<time class="t" datetime="{}">{}</time>').format(value, value)
    if not value.startswith(("http:", "https:")) and all(
        plain(line) == " ".join(line.split()) for line in value.splitlines()
    ):
        return None
    line = plain(value)
    return Markup("{}").format(line if len(line) <= CELL else f"{line[:CELL]}…")
