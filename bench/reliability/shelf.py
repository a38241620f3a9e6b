"""A loopback server in a thread: whole responses by host and path, elsewhere a line of text; connections are kept."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Self

Where = tuple[str, str]  # host, path with its query
NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"


def response(body: bytes, content_type: str, encoding: str = "") -> bytes:
    """A 200 with these bytes."""
    coded = f"Content-Encoding: {encoding}\r\n" if encoding else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{coded}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


# Not 404, after which Scrapy's AutoThrottle keeps whatever delay it has come to.
NOT_HERE = response(b"There is no such page here.", "text/plain")


class Shelf:
    """Hands out what it holds; ``port`` is where, ``asked`` how often each host was asked for anything."""

    def __init__(self, held: Mapping[Where, bytes]) -> None:
        self.held = held
        self.asked: Counter[str] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        made = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=512)
        listening = self._loop.run_until_complete(made)
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        listening.close()
        self._loop.close()

    def answer(self, head: bytes) -> bytes:
        """The whole response to a request's head."""
        first, *lines = head.decode("latin-1").split("\r\n")
        said = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = said.get("host", "").partition(":")[0]
        self.asked[host] += 1
        path = first.split(" ")[1]
        return NO_ROBOTS if path == "/robots.txt" else self.held.get((host, path), NOT_HERE)


class _Connection(asyncio.Protocol):
    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.left = shelf, b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.left += data
        if not self.left[:1].isalpha():
            return self.transport.close()  # TLS
        while b"\r\n\r\n" in self.left:
            head, _, self.left = self.left.partition(b"\r\n\r\n")
            self.transport.write(self.shelf.answer(head))
        return None
