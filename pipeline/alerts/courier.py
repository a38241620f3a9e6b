"""One delivery, done by a process of its own: job as JSON on stdin, answer as JSON on stdout.

A receiver that hangs, drips or breaks the client costs this process; by wall clock it ends itself, or is killed. Run as
a file (``python -I courier.py``): it knows the standard library only, and starts in some 50 ms.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

KEPT = 200  # characters of what a receiver says that are kept
Job = dict[str, Any]
Answer = dict[str, Any]  # ok; detail: what went wrong, in words; gone: True where trying again is of no use


def webhook(job: Job) -> Answer:
    """POST to ``url`` with ``headers``; 2xx is success, a redirect is not followed, 410 is for good."""
    parts = urlsplit(job["url"])
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port)
    try:
        connection.request("POST", _target(parts), base64.b64decode(job["body"]), job["headers"])
        answer = connection.getresponse()
        if 200 <= answer.status < 300:
            return _ok()
        return _failed(f"HTTP {answer.status}{_why(answer)}", gone=answer.status == 410)
    finally:
        connection.close()


def _target(parts: Any) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _why(answer: http.client.HTTPResponse) -> str:
    if 300 <= answer.status < 400:
        return f", to {answer.getheader('Location', 'nowhere')[:KEPT]}; redirects are not followed"
    with suppress(OSError, http.client.HTTPException):
        said = " ".join(answer.read(4 * KEPT).decode("utf-8", "replace").split())
        return f": {said[:KEPT]}" if said else ""
    return ""


def mail(job: Job) -> Answer:
    """Send the bytes of ``message`` through ``server``; recipients that are refused among others are told of."""
    at, secure = (job["server"], job["port"]), ssl.create_default_context()
    with smtplib.SMTP_SSL(*at, context=secure) if job["tls"] == "tls" else smtplib.SMTP(*at) as server:
        if job["tls"] == "starttls":
            server.starttls(context=secure)
        if job["user"]:
            server.login(job["user"], job["password"])
        refused = server.sendmail(job["sender"], job["to"], base64.b64decode(job["message"]))
    return _ok("; ".join(f"refused {to}: {code} {why!r}" for to, (code, why) in refused.items()))


def command(job: Job) -> Answer:
    """Run ``argv`` without a shell, ``body`` on its stdin; success is 0. Its process group dies with the time limit."""
    with tempfile.TemporaryFile() as given:
        given.write(base64.b64decode(job["body"]))
        given.seek(0)
        child = subprocess.Popen(
            job["argv"], stdin=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | {"RETOLD_DELIVERY": job["delivery"], "RETOLD_RULE": job["rule"]},
        )  # fmt: skip
    said = bytearray()
    reader = threading.Thread(target=_drain, args=(child, said), daemon=True)
    reader.start()
    try:
        code = child.wait()
    except BaseException:
        with suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
        raise
    reader.join(0.5)  # what it left running in the background may keep the pipe open
    tail = " ".join(said.decode("utf-8", "replace").split())[-KEPT:]
    return _ok() if code == 0 else _failed(f"{_ended(code)}{f': {tail}' if tail else ''}")


def _drain(child: subprocess.Popen[bytes], said: bytearray) -> None:
    assert child.stdout
    while chunk := os.read(child.stdout.fileno(), 65_536):
        said += chunk
        del said[: -4 * KEPT]


def _ended(code: int) -> str:
    return f"ended with {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"


WAYS: dict[str, Callable[[Job], Answer]] = {"webhook": webhook, "mail": mail, "command": command}


def _ok(detail: str = "") -> Answer:
    return {"ok": True, "detail": detail[:KEPT], "gone": False}


def _failed(detail: str, gone: bool = False) -> Answer:
    return {"ok": False, "detail": detail, "gone": gone}


class _Late(BaseException):
    """The time is over; no handler of a library's errors is to catch it."""


def _late(*_: object) -> None:
    raise _Late


def carried(job: Job) -> Answer:
    """Deliver ``job`` within its ``seconds``; never raises. SIGTERM ends it as the time does."""
    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, _late)
    signal.setitimer(signal.ITIMER_REAL, job["seconds"])
    try:
        return WAYS[job["way"]](job)
    except _Late:
        return _failed(f"not done within {job['seconds']:g} s")
    except Exception as error:
        words = (
            f"{error.strerror or error}"
            if isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
            else f"{error}"
        )
        return _failed(f"{type(error).__name__}: {words}"[: 2 * KEPT])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    json.dump(carried(json.load(sys.stdin)), sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # not waiting for a command's pipe
