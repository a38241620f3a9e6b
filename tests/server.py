"""A loopback web server that plays a script: exact bytes, slow bytes, no bytes.

Every reply is written to the socket as it stands, so that a test can send what no web framework would.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

Bytes = bytes | Iterable[bytes]


@dataclass
class Hit:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]  # lower-case names
    raw: bytes
    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


Script = Bytes | Callable[[Hit], Bytes]


class Server:
    """Answers `on()`'s scripts, 404 elsewhere; keeps the hits and counts the connections."""

    def __init__(self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.hits: list[Hit] = []
        self.connections = 0
        self._scripts: dict[tuple[str, str], list[Script]] = {}
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((address, 0), backlog=128)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def on(self, path: str, *scripts: Script, host: str = "") -> Server:
        """Answer a path (of one host, or of all) with the scripts in turn; the last one is repeated."""
        self._scripts[host, path] = list(scripts)
        return self

    def paths(self, host: str = "") -> list[str]:
        return [hit.path for hit in self.hits if not host or hit.host == host]

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        tls = self._tls
        with (
            suppress(OSError),
            tls.wrap_socket(peer, server_side=True) if tls else peer as stream,
        ):
            if hit := _read(stream):
                self._answer(stream, hit)
        self._open.discard(peer)
        peer.close()

    def _answer(self, stream: socket.socket, hit: Hit) -> None:
        with self._lock:
            self.hits.append(hit)
            name = hit.host.partition(":")[0]
            scripts = self._scripts.get((name, hit.path)) or self._scripts.get(("", hit.path))
            script: Script = reply(404) if not scripts else scripts.pop(0) if len(scripts) > 1 else scripts[0]
        said = script(hit) if callable(script) else script
        try:
            for chunk in [said] if isinstance(said, bytes) else said:
                stream.sendall(chunk)
        finally:
            hit.ended = time.monotonic()


def _read(stream: socket.socket) -> Hit | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = stream.recv(65536)
        if not chunk:
            return None
        raw += chunk
        if not raw[:1].isalpha():
            return Hit("?", "?", {}, raw)  # TLS on a plain port
    first, *lines = raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = [line.partition(":")[::2] for line in lines]
    method, path, _ = first.split(" ", 2)
    return Hit(method, path, {name.lower(): value.strip() for name, value in pairs}, raw)


def reply(
    status: int = 200, body: bytes | str = b"", kind: str = "application/rss+xml; charset=utf-8", **headers: object
) -> bytes:
    """A whole response; a keyword ``cache_control`` is the header ``cache-control``; None leaves one out."""
    data = body.encode() if isinstance(body, str) else body
    stated = {"content-type": kind, "content-length": len(data), "connection": "close"}
    stated |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in stated.items() if value is not None]
    return f"HTTP/1.1 {status} Scripted\r\n{''.join(lines)}\r\n".encode("latin-1") + data


def drip(data: bytes, pause: float, size: int = 1) -> Callable[[Hit], Iterator[bytes]]:
    """Some bytes at a time, with pauses."""

    def chunks(_: Hit) -> Iterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]
            time.sleep(pause)

    return chunks


def slowly(pause: float, data: bytes) -> Callable[[Hit], bytes]:
    """A response after a pause."""

    def late(_: Hit) -> bytes:
        time.sleep(pause)
        return data

    return late


class Gauge:
    """How many requests are being answered at one time, at most."""

    def __init__(self, pause: float) -> None:
        self.pause, self.now, self.most = pause, 0, 0
        self._lock = threading.Lock()

    def script(self, data: bytes) -> Callable[[Hit], bytes]:
        """A response after a pause, counted from the request to just before its first byte."""

        def answer(_: Hit) -> bytes:
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(self.pause)
            with self._lock:
                self.now -= 1
            return data

        return answer


def rss(*links: str, title: str = "Testfeed", extra: str = "") -> str:
    """A feed with one entry for each link."""
    items = "".join(
        f"<item><title>Bericht {n} vom Rathaus</title><link>{link}</link><guid>{link}</guid>"
        f"<description>Der Rat der Stadt hat am Abend {n} Punkte beschlossen.</description></item>"
        for n, link in enumerate(links, 1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>http://news.test/</link>{extra}{items}</channel></rss>"
    )


def page(title: str = "Brücke gesperrt", paragraphs: int = 6, head: str = "") -> str:
    """An article page with enough text to be extracted."""
    text = "".join(
        f"<p>Absatz {n}: Die alte Brücke über den Fluss bleibt nach Angaben der Stadt bis zum Frühjahr für "
        f"den Verkehr gesperrt, weil Fachleute an Pfeiler {n} Risse gefunden haben.</p>"
        for n in range(1, paragraphs + 1)
    )
    return (
        f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><nav><a href='/'>Start</a></nav><main><article><h1>{title}</h1>{text}</article></main></body></html>"
    )
