"""A page over HTTP: it reads the database in one of Datasette's threads and gives an answer; it never writes SQL."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from datasette import Request, Response
from datasette.utils import sqlite_timelimit

from pipeline.store import reader
from pipeline.store.connect import Connection
from pipeline.web import people
from pipeline.web.answers import (
    Answer,
    Ask,
    ForbiddenError,
    NotThereError,
    NotThisWayError,
    Page,
    ProblemError,
    Redirect,
    Way,
)
from pipeline.web.failures import NOWHERE

if TYPE_CHECKING:
    from pipeline.web.app import App

Get = Callable[[Connection, Ask], Answer]  # reads: a connection on one moment of the database
Post = Callable[
    [Path, Ask], Answer
]  # writes: opens the database itself (pipeline.corrections); the person is signed in
PAGE_MS = 5000  # of SQLite's time, for one page
SIGN_IN = "/-/retold/sign-in"
NO_CORRECTIONS = "This server takes no corrections; `retold serve --corrections` makes one that does."


@dataclass(frozen=True)
class Route:
    """An address (a regular expression for the whole path) and what answers there."""

    path: str
    get: Get | None = None
    post: Post | None = None


def view(route: Route) -> Callable[..., Awaitable[Response]]:
    """The route as Datasette wants one."""

    async def answered(datasette: App, request: Request) -> Response:
        if request.method in ("GET", "HEAD") and route.get:
            return await respond(datasette, request, await _read(datasette, request, route.get))
        if request.method == "POST" and route.post:
            return await respond(datasette, request, await _written(datasette, request, route.post))
        raise NotThisWayError(f"{request.method} does nothing at this address.")

    return answered


async def _read(app: App, request: Request, get: Get) -> Answer:
    ask = asked(app, request)

    def reading(db: Connection) -> Answer:
        with sqlite_timelimit(db, PAGE_MS), reader.moment(app.path, db):
            return get(db, ask)

    answer: Answer = await app.get_database("stories").execute_fn(reading)
    return answer


async def _written(app: App, request: Request, post: Post) -> Answer:
    if not app.people:
        raise ForbiddenError(NO_CORRECTIONS)
    if not person(request):  # before the form: who signs in gets a new one
        raise ForbiddenError("Sign in first; nothing was done.", signing_in(request.path))
    ask = asked(app, request, await form(request))
    return await asyncio.to_thread(post, app.path, ask)


def page_of(path: str) -> str:
    """The page that has the form which is sent to ``path``, by that address alone: a page may name any other."""
    found = re.match(r"/((story|article)/\d{1,18}|corrections)(?=/|$)", path)
    return found[0] if found else "/"


def signing_in(path: str) -> list[Way]:
    """The way to sign in, and back to the page of the form that is sent to ``path``."""
    page = page_of(path)
    return [(f"/-/retold/sign-in?{urlencode({'next': page})}", "Sign in"), (page, "Back without doing anything")]


def asked(app: App, request: Request, sent: dict[str, str] | None = None) -> Ask:
    """The request as pages read it."""
    args = request.args
    return Ask(
        path=request.path,
        now=datetime.now(UTC),
        base=f"{request.scheme}://{request.host}",
        vars=request.url_vars,
        query={key: args.getlist(key) for key in args},
        form=sent or {},
        person=person(request),
        corrections=app.people is not None,
        config=app.config_path,
    )


def person(request: Request) -> str | None:
    """Who is signed in."""
    return request.actor["id"] if request.actor else None


async def form(request: Request) -> dict[str, str]:
    """The fields of a form; raises ForbiddenError where it does not come from a page of ours."""
    try:
        sent: dict[str, str] = await request.post_vars()
    except UnicodeDecodeError as error:
        raise ProblemError("That form is no text.") from error
    if not people.same_form(sent, request.scope["csrftoken"]()):
        raise ForbiddenError("This form is too old; load its page anew and send it again.", _anew(request.path))
    return sent


def _anew(path: str) -> list[Way]:
    if path == SIGN_IN:
        return [(SIGN_IN, "Sign in")]
    page = page_of(path)
    return [(page, "Load the page anew")] if page != "/" else []


async def respond(app: App, request: Request, answer: Answer) -> Response:
    """The answer over HTTP; 304 where the browser holds the very same body."""
    if isinstance(answer, Redirect):
        return Response.redirect(answer.path, status=answer.status)
    if isinstance(answer, Page):
        body = await app.render_template(answer.template, dict(answer.context), request)
        made = Response.html(body, status=answer.status, headers=dict(answer.headers))
    else:
        made = Response(answer.body, answer.status, dict(answer.headers), answer.content_type)
    return _validated(request, made)


def _validated(request: Request, made: Response) -> Response:
    """Kept by browsers but asked for anew each time: a correction shows at once, as the tag is of the body itself."""
    body = made.body if isinstance(made.body, bytes) else made.body.encode()
    if made.status != 200 or request.method not in ("GET", "HEAD"):
        return made
    made.headers = {
        "cache-control": "private, no-cache",
        "etag": f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        **made.headers,
    }
    tags = re.split(r"\s*,\s*", request.headers.get("if-none-match", "").replace("W/", ""))
    return Response("", 304, made.headers, made.content_type) if made.headers["etag"] in tags else made


async def nowhere(request: Request) -> Response:
    """What there is not; with a slash too many, what there may be without it."""
    path = "/" + request.path.strip("/")
    if request.path.endswith("/") and request.path != path:
        return Response.redirect(path + (f"?{request.query_string}" if request.query_string else ""), status=308)
    raise NotThereError(NOWHERE)


async def data(request: Request) -> Response:
    """Datasette's own start page lists databases; there is one."""
    return Response.redirect("/stories", status=308)
