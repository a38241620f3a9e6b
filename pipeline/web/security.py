"""Around everything that is served: the names by which we may be asked, and headers that a browser enforces."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from pipeline.web.markup import STATIC_URL

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # whom we read is nobody's business
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
LONGEST_FORM = 100_000  # bytes
FOR_EVER = "public, max-age=31536000, immutable"


def allowed_names(host: str, names: Collection[str]) -> frozenset[str]:
    """The host names by which a server on ``host`` may be asked: loopback's, its own, ``names``."""
    own = {socket.gethostname()} if host in EVERY_ADDRESS else {host}
    return LOOPBACK | {name.lower().strip("[]").rstrip(".") for name in (*own, *names)}


def host_name(header: str) -> str | None:
    """The name in a Host header, without port and brackets; None where it is no host."""
    try:
        parts = urlsplit(f"//{header}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return name.rstrip(".") if name and not (parts.path or parts.query or parts.fragment or parts.username) else None


class Guard:
    """``app`` behind the checks: a name that is not ours (DNS rebinding) gets 421, a form sent by another site 403."""

    def __init__(self, app: Asgi, names: Collection[str]) -> None:
        self._app, self._names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headed = _headed(scope, send)
        refused = self._refused(scope)
        if refused:
            return await _say(headed, *refused)
        return await _answered(self._app, scope, receive, headed)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        hosts = [v.decode("latin-1") for k, v in scope["headers"] if k.lower() == b"host"]
        if len(hosts) != 1 or host_name(hosts[0]) not in self._names:
            return 421, "This server does not go by that name; `retold serve --name NAME` adds one."
        given = {k.lower(): v.decode("latin-1") for k, v in scope["headers"]}
        site = given.get(b"sec-fetch-site", "same-origin")
        if scope["method"] not in SAFE and site not in ("same-origin", "none"):
            return 403, "Another site sent this form; nothing was done."
        length = given.get(b"content-length", "0")
        if b"transfer-encoding" in given or not length.isdecimal() or int(length) > LONGEST_FORM:
            return 413, f"A form has a length, of {LONGEST_FORM:,} bytes at most."
        return None


async def _answered(app: Asgi, scope: Scope, receive: Receive, send: Send) -> None:
    """Views answer their own errors (failures.py); what is raised here is a path, cookie or form that is none."""
    begun = False

    async def sent(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await app(scope, receive, sent)
    except Exception as error:
        if begun:
            raise
        logging.getLogger("retold.web").warning("%s %r: %r", scope["method"], scope["path"], error)
        await _say(send, 400, "This request cannot be read.")


def _headed(scope: Scope, send: Send) -> Send:
    """``send`` with our headers, and without a body where only the head was asked for."""
    kept = scope["path"].startswith(f"{STATIC_URL}/") and scope["query_string"].startswith(b"v=")

    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = dict(HEADERS)
            if kept and message["status"] == 200:
                ours["cache-control"] = FOR_EVER
            theirs = [(k, v) for k, v in message.get("headers", ()) if k.decode("latin-1").lower() not in ours]
            message = {**message, "headers": theirs + [(k.encode(), v.encode()) for k, v in ours.items()]}
        elif scope["method"] == "HEAD":
            message = {**message, "body": b""}
        await send(message)

    return headed


async def _say(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
