"""What became of a request: responses and exceptions → `FetchResult`, by tables."""

from __future__ import annotations

import hashlib
import logging
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from OpenSSL import SSL
from scrapy import exceptions as scrapy_errors
from service_identity import VerificationError
from twisted.internet import error as net_errors
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web import _newclient as http_errors
from twisted.web import http as http_parsing

from pipeline.model import FeedError, FetchResult, Reason, Validators
from spiders.guard import Refused

log = logging.getLogger("retold.spiders")

DAY_S = 24 * 3600
PERMANENT = (301, 308)
NO_VALIDATORS = Validators()
DETAIL_CHARS = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
PAGE_TYPES = ("text/", "application/xhtml", "application/xml")  # a missing type passes too

# An exception and what it was caused by are looked for from the top: the specific before the general.
REASONS: tuple[tuple[tuple[type[BaseException], ...], Reason], ...] = (
    ((scrapy_errors.DownloadTimeoutError, net_errors.TimeoutError, TimeoutError), Reason.TIMEOUT),
    ((scrapy_errors.CannotResolveHostError, net_errors.DNSLookupError, socket.gaierror), Reason.DNS),
    ((SSL.Error, VerificationError), Reason.TLS),
    ((http_errors.ParseError, http_errors.BadResponseVersion), Reason.BAD_HTTP),
    ((http_parsing._MalformedChunkedDataError,), Reason.BAD_HTTP),
    ((http_parsing.PotentialDataLoss, http_parsing._DataLoss), Reason.SHORT_BODY),
    ((scrapy_errors.ResponseDataLossError,), Reason.SHORT_BODY),
    ((scrapy_errors.NotSupported, scrapy_errors.UnsupportedURLSchemeError), Reason.BAD_SCHEME),
    ((scrapy_errors.DownloadConnectionRefusedError, net_errors.ConnectError), Reason.CONNECT),
    ((net_errors.ConnectionClosed,), Reason.CONNECT),
    ((scrapy_errors.DownloadCancelledError, CancelledError), Reason.TOO_LARGE),
    ((scrapy_errors.DownloadFailedError, OSError), Reason.CONNECT),
)

STATUS: Mapping[int, Reason] = {
    200: Reason.OK,
    304: Reason.NOT_MODIFIED,
    401: Reason.FORBIDDEN,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    410: Reason.GONE,
    429: Reason.RATE_LIMITED,
    451: Reason.FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One URL that the run asks for, as far as its outcome needs it."""

    source: str
    url: str
    kind: str  # "feed" | "sitemap" | "page"
    validators: Validators = NO_VALIDATORS


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    for failure in getattr(error, "reasons", ()):
        yield from _causes(failure.value)
    if error.__cause__:
        yield from _causes(error.__cause__)


def reason_of(error: BaseException) -> tuple[Reason, str]:
    """The fixed code of an exception, and one line of detail; ``internal`` for what the table lacks."""
    causes = list(_causes(error))
    for one in causes:
        if isinstance(one, (Refused, FeedError)):
            return one.code, line(one.detail)
    for types, reason in REASONS:
        for one in causes:
            if isinstance(one, types):
                return reason, line(f"{type(one).__name__}: {one}")
    return Reason.INTERNAL, line(f"{type(error).__name__}: {error}")


def line(text: str) -> str:
    """Text as one line without control characters, at most 200 characters."""
    return CONTROL.sub(" ", text).strip()[:DETAIL_CHARS]


def failed(asked: Asked, error: BaseException, meta: Mapping[str, Any]) -> FetchResult:
    """The outcome of a request that ended in an exception; the validators stay what they were."""
    code, detail = reason_of(error)
    return FetchResult(
        asked.source,
        asked.url,
        asked.kind,
        code,
        detail=detail,
        seconds=round(meta.get("seconds", 0.0), 3),
        validators=asked.validators,
        retry_after_s=getattr(error, "retry_after_s", None),
    )


def answered(asked: Asked, response: Any, meta: Mapping[str, Any], now: datetime) -> FetchResult:
    """The outcome of a request that was answered; ``ok`` still has to be read by a parser. ``now``: by our clock.

    Validators: as sent for `ok` and `same_body`, taken over one by one where a 304 repeats them, and
    otherwise what they were, so that an unread answer is asked for again (RFC 9110 §13, §15.4.5).
    """
    headers = response.headers
    code, validators = _code(asked, response)
    return FetchResult(
        asked.source,
        asked.url,
        asked.kind,
        code,
        status=response.status,
        detail="" if code.ok else line(f"HTTP {response.status}"),
        bytes=len(response.body),
        seconds=round(meta.get("seconds", 0.0), 3),
        final_url=response.url,
        moved_to=moved_to(response.url, meta),
        validators=validators,
        retry_after_s=retry_after(headers, now),
        max_age_s=max_age(headers, now),
    )


def _code(asked: Asked, response: Any) -> tuple[Reason, Validators]:
    code = status_reason(response.status, response.headers, response.body[:4096])
    if code is Reason.NOT_MODIFIED:
        old = asked.validators
        if not (old.etag or old.last_modified):
            return Reason.BAD_304, old
        etag, date = header(response.headers, "ETag"), header(response.headers, "Last-Modified")
        return code, Validators(etag or old.etag, date or old.last_modified, old.body_hash)
    if code is not Reason.OK:
        return code, asked.validators
    if "download_stopped" in response.flags:
        return Reason.NOT_A_PAGE, asked.validators
    if not response.body.strip():
        return Reason.EMPTY_BODY, asked.validators
    if asked.kind == "page":
        return code, asked.validators  # asked for once
    new = fresh_validators(response)
    return (Reason.SAME_BODY if new.body_hash == asked.validators.body_hash else code), new


def fresh_validators(response: Any) -> Validators:
    """What a 200 gives us to ask "changed since?" with, byte for byte, and the hash of its body."""
    digest = hashlib.blake2b(response.body, digest_size=16).hexdigest()
    return Validators(header(response.headers, "ETag"), header(response.headers, "Last-Modified"), digest)


def status_reason(status: int, headers: Any, start: bytes) -> Reason:
    """The code of an HTTP status; a bot wall's challenge is recognised by its header or its script."""
    if status in (403, 429, 503) and _is_challenge(headers, start):
        return Reason.CHALLENGE
    if 500 <= status <= 599:
        return Reason.SERVER_ERROR
    return STATUS.get(status, Reason.BAD_STATUS)


def _is_challenge(headers: Any, start: bytes) -> bool:
    # developers.cloudflare.com/cloudflare-challenges: responses carry "cf-mitigated: challenge"
    mitigated = (header(headers, "cf-mitigated") or "").lower() == "challenge"
    return mitigated or b"/cdn-cgi/challenge-platform/" in start or b"_cf_chl_opt" in start


def header(headers: Any, name: str) -> str | None:
    """One header's value, with every byte kept (latin-1), or None."""
    value = headers.get(name)
    return value.decode("latin-1") if value else None


def hang_up(headers: Any, request: Any, **_: Any) -> None:
    """Have no body of a video or a PDF come.

    Raises:
        StopDownload: it is no page; the response comes without a body.
    """
    if request.meta.get("kind") == "page":
        stated = (header(headers, "Content-Type") or "text/").strip().lower()
        if not stated.startswith(PAGE_TYPES):
            raise scrapy_errors.StopDownload(fail=False)


def moved_to(final_url: str, meta: Mapping[str, Any]) -> str | None:
    """Where a permanent redirect led: up to the first temporary one."""
    stops = [*meta.get("redirect_urls", []), final_url]
    hops = meta.get("redirect_reasons", [])
    permanent = next((i for i, status in enumerate(hops) if status not in PERMANENT), len(hops))
    return stops[permanent] if permanent else None


def http_date(text: str | None) -> datetime | None:
    """An HTTP date in UTC, or None for junk."""
    try:
        date = parsedate_to_datetime(text or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _until(headers: Any, text: str | None, ours: datetime | None) -> int | None:
    """Seconds from the server's own ``Date`` (its clock; ours where it has none) until an HTTP date; cap 24 h."""
    then = http_date(text)
    now = http_date(header(headers, "Date")) or ours or datetime.now(UTC)
    return _capped(int((then - now).total_seconds())) if then else None


def _capped(seconds: int) -> int | None:
    return min(seconds, DAY_S) if seconds > 0 else None


def retry_after(headers: Any, now: datetime | None = None) -> int | None:
    """Retry-After in seconds, at most 24 h; None for junk, nought and the past (RFC 9110 §10.2.3)."""
    text = (header(headers, "Retry-After") or "").strip()
    if re.fullmatch(r"[0-9]{1,18}", text):
        return _capped(int(text))
    return _until(headers, text, now) if text else None


def max_age(headers: Any, now: datetime | None = None) -> int | None:
    """How long the answer stays fresh: Cache-Control: max-age, else Expires; at most 24 h (RFC 9111 §4.2)."""
    control = (header(headers, "Cache-Control") or "").lower()
    if re.search(r"\bno-(store|cache)\b", control):
        return None
    if found := re.search(r"(?<![a-z-])max-age\s*=\s*\"?([0-9]{1,18})", control):
        return _capped(int(found[1]))
    return _until(headers, header(headers, "Expires"), now)


def outcome(answer: Any, asked: Asked, now: datetime) -> FetchResult:
    """The result of a response or of a failure, ``now`` by our clock; never raises."""
    meta = answer.request.meta
    error = answer.value if isinstance(answer, Failure) else None
    if not error:
        try:
            return answered(asked, answer, meta, now)
        except Exception as bug:
            error = bug
    note(error, asked.url)
    return failed(asked, error, meta)


def unread(result: FetchResult, error: BaseException) -> FetchResult:
    """A fetched result whose body could not be read."""
    note(error, result.url)
    code, detail = reason_of(error)
    return replace(result, code=code, detail=detail)


def note(error: BaseException, url: str) -> None:
    """Log an exception that is our own fault, with its traceback (a child's comes along as a note)."""
    if reason_of(error)[0] is Reason.INTERNAL:
        notes = "".join(getattr(error, "__notes__", ())) if isinstance(error, FeedError) else ""
        log.error("%s: %s\n%s", url, error, notes, exc_info=error if not notes else None, extra={"url": url})
