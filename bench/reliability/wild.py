"""A web of scripted hosts on loopback: exact bytes at any pace, without end if need be, and a count of what went out.

Three listeners in one thread: the public web (``PUBLIC``, plain and by TLS) and, at the *same port number* of
``PRIVATE``, a service that nobody may reach; so a name that resolves to the one and then to the other needs no other
port.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
MAX_HEAD = 256 * 1024
HEAD_S = 60.0  # for a request's head to come


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and how often its address had been before."""

    host: str
    path: str
    head: bytes
    before: int


Script = bytes | Callable[[Request], AsyncIterator[bytes]]  # b"" from an iterator resets the connection


@dataclass
class Web:
    """Answers ``scripts`` by (host, path), else by (host, "*"), else 404."""

    scripts: Mapping[tuple[str, str], Script]
    tls: ssl.SSLContext | None = None
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)  # host → bytes that left the process
    private: int = 0  # connections to the private service
    port: int = 0
    tls_port: int = 0

    def __enter__(self) -> Web:
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # peers that hang up are what this is for
        self._loop.run_until_complete(self._listen())
        self._up.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with suppress(Exception):
            self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _listen(self) -> None:
        listening = await asyncio.start_server(self._talk, PUBLIC, 0, limit=MAX_HEAD, backlog=512)
        self.port = listening.sockets[0].getsockname()[1]
        await asyncio.start_server(self._count, PRIVATE, self.port)
        if self.tls:
            secure = await asyncio.start_server(self._talk, PUBLIC, 0, ssl=self.tls, limit=MAX_HEAD)
            self.tls_port = secure.sockets[0].getsockname()[1]

    async def _count(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.private += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nprivate")
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport: Any = writer.transport
        transport.set_write_buffer_limits(high=0)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            while True:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S)
                if not await self._answer(self._asked(head), writer):
                    break
        transport.abort() if transport.get_write_buffer_size() else writer.close()

    def _asked(self, head: bytes) -> Request:
        first, *lines = head.decode("latin-1").split("\r\n")
        stated = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host, path = stated.get("host", "").partition(":")[0], first.split(" ")[1]
        asked = Request(host, path, head, self.hits[host, path])
        self.hits[host, path] += 1
        return asked

    async def _answer(self, asked: Request, writer: asyncio.StreamWriter) -> bool:
        """Say what the host's script says; whether the connection may be used again."""
        found = self.scripts.get((asked.host, asked.path)) or self.scripts.get((asked.host, "*")) or MISSING
        if isinstance(found, bytes):
            await self._send(asked.host, writer, found)
            return b"Connection: close" not in found[:500]
        async for chunk in found(asked):
            if not chunk:
                writer.transport.abort()
                return False
            await self._send(asked.host, writer, chunk)
        return False

    async def _send(self, host: str, writer: asyncio.StreamWriter, data: bytes) -> None:
        transport: Any = writer.transport
        writer.write(data)
        try:
            await writer.drain()
        finally:
            self.sent[host] += len(data) - transport.get_write_buffer_size()


MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
