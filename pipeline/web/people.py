"""Who may correct: people who know the server's token. Their name is kept in a signed cookie."""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import secrets
import stat
import time
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer

from pipeline.model import RetoldError
from pipeline.phrases import plain
from pipeline.web.answers import BadRequestError, ForbiddenError, SlowDownError

COOKIE = "retold_person"
KEPT_S = 12 * 3600
FREE_TRIES = 5  # wrong ones, before the next has to wait
LONGEST_WAIT_S = 300
FORGOTTEN_S = 900  # after the last wrong try
MOST_ADDRESSES = 1000
LONGEST_NAME = 60
SHORTEST_TOKEN = 16


class TokenFileError(RetoldError):
    """A token file that cannot be used."""


def token_of(file: Path | None) -> str:
    """The token in ``file``, made there (mode 0600) where there is none; without a file, one for this process alone.

    Raises TokenFileError where others may read it or it holds no token.
    """
    if file is None:
        return secrets.token_urlsafe(24)
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    with os.fdopen(made, "w", encoding="ascii") as out:
        token = secrets.token_urlsafe(24)
        out.write(f"{token}\n")
    return token


def _read(file: Path) -> str:
    with file.open("rb") as opened:  # looked at and read by one handle: nobody swaps it between
        mode = os.fstat(opened.fileno()).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            raise TokenFileError(f"{file}: others may read this token; chmod 600 it, or name another file")
        token = opened.read(4096).decode("utf-8", "replace").strip()
    if len(token) < SHORTEST_TOKEN or not token.isascii() or len(token.split()) != 1:
        raise TokenFileError(f"{file}: holds no token of {SHORTEST_TOKEN} or more letters; remove it to have one made")
    return token


class People:
    """The token, the cookies made of it, and the tries that were wrong. ``clock`` gives seconds."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.secret = hmac.new(token.encode(), b"retold: cookies", hashlib.sha256).hexdigest()
        self._token, self._clock = token.encode(), clock
        self._signer = URLSafeTimedSerializer(self.secret, salt="person")
        self._wrong: dict[str, tuple[int, float]] = {}  # address → wrong tries in a row, the last one's time

    def sign_in(self, name: str, token: str, address: str) -> str:
        """The cookie of ``name``. Raises BadRequestError for no name, ForbiddenError for a wrong token, and
        SlowDownError after several from one address."""
        known = plain(name)
        if not known or len(known) > LONGEST_NAME:
            raise BadRequestError(f"A name of 1 to {LONGEST_NAME} letters, please: corrections stand under it.")
        self._wait(address)
        if not hmac.compare_digest(token.strip().encode(), self._token):
            self._count(address)
            raise ForbiddenError("That is not this server's token; `retold serve` says it when it starts.")
        self._wrong.pop(address, None)
        return self._signer.dumps(known)

    def person(self, cookies: str) -> str | None:
        """Whose valid cookie is among those of a Cookie header."""
        try:
            given = SimpleCookie(cookies).get(COOKIE)
            name = self._signer.loads(given.value, max_age=KEPT_S) if given else None
        except (BadSignature, CookieError):
            return None
        return name if isinstance(name, str) else None

    def _wait(self, address: str) -> None:
        tries, last = self._wrong.get(address, (0, 0.0))
        if self._clock() - last > FORGOTTEN_S:
            self._wrong.pop(address, None)
            return
        pause = min(2 ** (tries - FREE_TRIES), LONGEST_WAIT_S) if tries >= FREE_TRIES else 0
        left = math.ceil(last + pause - self._clock())
        if pause and left > 0:
            raise SlowDownError(f"Too many wrong tokens; try again in {left} s.", left)

    def _count(self, address: str) -> None:
        tries = self._wrong.pop(address, (0, 0.0))[0]
        while len(self._wrong) >= MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]  # the one that was wrong longest ago
        self._wrong[address] = (min(tries + 1, 64), self._clock())


def cookie(value: str, secure: bool) -> str:
    """The Set-Cookie header of a sign-in; of a sign-out, for the empty ``value``."""
    age = KEPT_S if value else 0
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")


def safe_next(path: str, otherwise: str = "/") -> str:
    """``path`` where it is a path of this server, else ``otherwise``: nobody is led elsewhere after signing in."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return otherwise
    ours = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    return path if ours and "\\" not in path and path.isascii() and path.isprintable() else otherwise


def same_form(form: Mapping[str, str], expected: str) -> bool:
    """Does the form carry the token that its page was given? Datasette lets forms without any cookie pass."""
    return hmac.compare_digest(form.get("csrftoken", "").encode(), expected.encode())
