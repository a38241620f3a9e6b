"""The pages for signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette import Request, Response

from pipeline.web import serving
from pipeline.web.answers import NotThereError, NotThisWayError, ProblemError
from pipeline.web.people import People, cookie, safe_next

if TYPE_CHECKING:
    from pipeline.web.app import App


async def sign_in(datasette: App, request: Request) -> Response:
    """GET: the form. POST: a cookie, and on to ``next``."""
    if datasette.people is None:
        raise NotThereError(serving.NO_CORRECTIONS)
    if request.method in ("GET", "HEAD"):
        return await _form(datasette, request, safe_next(request.args.get("next") or "/"))
    if request.method == "POST":
        return await _signed_in(datasette, datasette.people, request)
    raise NotThisWayError(f"{request.method} does nothing at this address.")


async def _signed_in(app: App, people: People, request: Request) -> Response:
    sent = await serving.form(request)
    onward, name = safe_next(sent.get("next", "/")), sent.get("name", "")
    address = (request.scope.get("client") or ("",))[0]
    try:
        value = people.sign_in(name, sent.get("token", ""), address)
    except ProblemError as error:
        return await _form(app, request, onward, name, error)
    return Response.redirect(onward, 303, {"set-cookie": cookie(value, request.scheme == "https")})


async def _form(app: App, request: Request, onward: str, name: str = "", error: ProblemError | None = None) -> Response:
    shown = {"onward": onward, "name": name[:200], "error": error}
    wait = {"retry-after": str(seconds)} if (seconds := getattr(error, "seconds", 0)) else {}
    body = await app.render_template("sign_in.html", shown, request)
    return Response.html(body, error.status if error else 200, {"cache-control": "no-store", **wait})


async def sign_out(request: Request) -> Response:
    """POST: the cookie goes."""
    if request.method != "POST":
        raise NotThisWayError("Signing out is a form; its button is at the foot of each page.")
    await serving.form(request)
    return Response.redirect("/", 303, {"set-cookie": cookie("", request.scheme == "https")})
