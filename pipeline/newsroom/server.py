"""The newsroom's HTTP/1.1 server: one port on loopback, many host names."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from pipeline.newsroom.site import HTML, Reply, Site, headers

_UNKNOWN = Reply(b"<!DOCTYPE html><title>404</title><h1>Not found</h1>\n", HTML, 404)
_MISDIRECTED = Reply(b"No such host here\n", "text/plain; charset=utf-8", 421)
_MIN_GZIP = 256  # bytes; below that a server does not bother


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as served."""

    host: str
    path: str  # with its query
    method: str
    status: int
    conditional: bool  # asked with If-None-Match or If-Modified-Since
    user_agent: str
    at: float  # time.monotonic(), seconds, when the request had been read
    bytes: int  # body as sent


class NewsServer(ThreadingHTTPServer):
    """Serves whatever ``site()`` is at the moment of the request and hands each :class:`Hit` to ``log``."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, site: Callable[[], Site], log: Callable[[Hit], None]) -> None:
        self.site, self.log = site, log
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no fault of ours."""

    def close(self) -> None:
        """Stop serving and cut connections that are being kept alive."""
        self.shutdown()
        self.server_close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def choose(site: Site, host: str, path: str, known: bool) -> Reply:
    """The reply for a path without its query; 421 for a host that is not ours, else 404."""
    return site.get((host, path)) or (_UNKNOWN if known else _MISDIRECTED)


def not_modified(reply: Reply, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether a conditional GET gets a 304 (RFC 9110, 13.1): tags first, compared weakly, else dates."""
    if reply.status != 200 or (if_none_match is None and if_modified_since is None):
        return False
    if reply.always_304:
        return True
    if if_none_match is not None and reply.etag:
        asked = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return bool(asked & {reply.etag.removeprefix("W/"), "*"})
    return _unchanged_since(reply, if_modified_since)


def _unchanged_since(reply: Reply, stated: str | None) -> bool:
    if not stated or reply.modified is None:
        return False
    try:
        since = parsedate_to_datetime(stated)
    except ValueError:
        return False
    return reply.modified <= (since if since.tzinfo else since.replace(tzinfo=UTC))


class _Handler(BaseHTTPRequestHandler):
    server: NewsServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "newsroom", ""
    disable_nagle_algorithm = True
    wbufsize = 1 << 16  # head and body in one packet
    timeout = 60.0

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rsplit(":", 1)[0].lower()
        site = self.server.site()
        reply = choose(site, host, urlsplit(self.path).path, (host, "/robots.txt") in site)
        if not_modified(reply, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")):
            self._send(host, replace(reply, status=304, body=b""), {})
            return
        body, coding = self._coded(reply)
        self._send(host, replace(reply, body=body), coding | {"Content-Length": str(len(body))})

    do_HEAD = do_GET  # noqa: N815 - the name http.server looks for

    def _coded(self, reply: Reply) -> tuple[bytes, dict[str, str]]:
        accepted = self.headers.get("Accept-Encoding", "").lower()
        if "gzip" not in accepted or len(reply.body) < _MIN_GZIP:
            return reply.body, {}
        return gzip.compress(reply.body, 6, mtime=0), {"Content-Encoding": "gzip"}

    def _send(self, host: str, reply: Reply, more: dict[str, str]) -> None:
        self.server.log(self._hit(host, reply.status, len(reply.body)))
        self.send_response(reply.status)
        for name, value in (headers(reply) | {"Vary": "Accept-Encoding"} | more).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _hit(self, host: str, status: int, size: int) -> Hit:
        asked = {"If-None-Match", "If-Modified-Since"} & set(self.headers)
        agent = self.headers.get("User-Agent", "")
        return Hit(host, self.path, self.command, status, bool(asked), agent, time.monotonic(), size)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the log is a list of hits."""
