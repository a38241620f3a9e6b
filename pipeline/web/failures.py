"""What goes wrong → a page with one useful sentence (JSON where that was asked for), never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from datasette import Forbidden, Request, Response
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError

from pipeline.model import StoreError
from pipeline.web.answers import ProblemError, SlowDownError

if TYPE_CHECKING:
    from pipeline.web.app import App

View = Callable[[Request, Any], Awaitable[Any]]
TITLES = {400: "Not understood", 403: "Not allowed", 404: "Not there", 405: "Not this way", 429: "Too often",
          503: "Not now"}  # fmt: skip
NOWHERE = "There is no such page. Search finds articles by their words; /stories shows all tables."
TODAY = (("/", "Back to today"),)
OUR_FAULT = "Retold failed here; the log of `retold serve` says how."


def guarded(app: App, view: View) -> View:
    """``view`` with its exceptions answered; Datasette's own handler would print each with all local variables."""

    @wraps(view)
    async def answered(request: Request, send: Any) -> Any:
        try:
            return await view(request, send)
        except Exception as error:  # whatever a page throws, the browser gets a page
            return await failure(app, request, error)

    return answered


async def failure(app: App, request: Request, error: Exception) -> Response:
    """The answer to a request that ended in ``error``."""
    status, sentence = told(error)
    if status == 500:
        logging.getLogger("retold.web").error("%s %s", request.method, request.path, exc_info=error)
    headers = {"cache-control": "no-store"}
    if isinstance(error, SlowDownError):
        headers["retry-after"] = str(error.seconds)
    if request.path.endswith(".json") or request.path.startswith("/-/retold/api"):
        return Response.json({"ok": False, "error": sentence, "status": status}, status=status, headers=headers)
    ways = getattr(error, "ways", ()) or TODAY
    shown = {"title": TITLES.get(status, "Failed"), "error": sentence, "status": status, "ways": ways}
    return Response.html(await app.render_template("error.html", shown, request), status=status, headers=headers)


def told(error: Exception) -> tuple[int, str]:
    """HTTP status and sentence."""
    if isinstance(error, ProblemError):
        return error.status, str(error)
    if isinstance(error, StoreError):
        return 503, f"The database cannot be read now: {error}"
    if isinstance(error, Forbidden):
        return 403, str(error) or "You are not allowed to do that."
    if isinstance(error, Base400 | DatasetteError):
        return int(error.status), _datasette(error)
    return 500, OUR_FAULT


def _datasette(error: Base400 | DatasetteError) -> str:
    text = str(getattr(error, "message", "") or (error.args[0] if error.args else ""))
    if getattr(error, "message_is_html", False):
        return "This query took too long (the limit is one second), or it is not one that reads."
    return NOWHERE if error.status == 404 else text
