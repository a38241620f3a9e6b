"""What receivers say, without the secrets that their address, password or arguments hold. Pure.

Why a delivery failed is stored and printed; a server that answers "no hook /services/T0/s3cr3t" would put its token
there.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

SHORTEST = 6  # characters that may be a secret
GONE = "…"
_TOKEN = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])[A-Za-z0-9_.~+=-]{16,}")  # in a command's arguments
_ADDRESS = re.compile(r"https?://[^\s\"']+")


def hushed(text: str, job: Mapping[str, Any]) -> str:
    """``text`` without what is secret in a courier's ``job``, also where it was cut off in the middle of that."""
    for secret in sorted(set(_secrets(job)), key=len, reverse=True):
        text = _ends(text.replace(secret, GONE), secret)
    return text


def _ends(text: str, secret: str) -> str:
    for n in range(len(secret) - 1, SHORTEST - 3, -1):
        text = text[:-n] + GONE if text.endswith(secret[:n]) else text
        text = GONE + text[n:] if text.startswith(secret[-n:]) else text
    return text


def _secrets(job: Mapping[str, Any]) -> Iterator[str]:
    for address in [job.get("url") or "", *(a for word in job.get("argv") or () for a in _ADDRESS.findall(word))]:
        yield from _of_address(address)
    for word in job.get("argv", [])[1:]:
        yield from _TOKEN.findall(word)
    password = job.get("password")
    if password:
        for said in (f"\0{job.get('user')}\0{password}", password):
            yield base64.b64encode(said.encode()).decode()
        yield password


def _of_address(address: str) -> Iterator[str]:
    """Path and query, whole and in parts, as they stand and unescaped: where web hooks keep their tokens."""
    parts = urlsplit(address)
    found = [parts.path, parts.query, *parts.path.split("/"), *re.split("[&=]", parts.query)]
    yield from (said for part in found for said in (part, unquote(part)) if len(said) >= SHORTEST)
