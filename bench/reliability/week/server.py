"""The sites on loopback: one server in a thread of its own, so that it shares the clock and the log with the judge."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.reliability.week.world import Reply, World

Address = tuple[str, int]


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as far as a polite reader needs it: GET, kept alive."""

    def __init__(self, world: World) -> None:
        self.world, self.left = world, b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the way back."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        real = time.monotonic()
        self.left += data
        while b"\r\n\r\n" in self.left:
            head, _, self.left = self.left.partition(b"\r\n\r\n")
            self.write(self.reply(head, real))

    def reply(self, head: bytes, real: float) -> Reply:
        """The world's answer to a request's head."""
        first, *lines = head.decode("latin-1").split("\r\n")
        stated = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = stated.get("host", "").partition(":")[0]
        return self.world.answer(host, first.split(" ")[1], stated, real)

    def write(self, reply: Reply) -> None:
        """An answer as bytes; of one that is cut the first half."""
        if reply.silent:
            return
        stated = {"Content-Type": reply.kind, **reply.headers}
        stated |= {"Content-Length": str(len(reply.body))} if reply.status != 304 else {}
        lines = "".join(f"{name}: {value}\r\n" for name, value in stated.items())
        body = reply.body[: len(reply.body) // 2] if reply.cut else reply.body
        self.transport.write(f"HTTP/1.1 {reply.status} Played\r\n{lines}\r\n".encode("latin-1") + body)
        if reply.cut:
            self.transport.close()


@contextmanager
def serving(world: World) -> Iterator[tuple[Address, Address]]:
    """(where the sites are, where nobody listens), until the block ends."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    found: list[Address] = []

    async def listen() -> asyncio.Server:
        server = await loop.create_server(lambda: _Connection(world), "127.0.0.1", 0, backlog=1024)
        found.append(server.sockets[0].getsockname()[:2])
        ready.set()
        return server

    def work() -> None:
        server = loop.run_until_complete(listen())
        loop.run_forever()
        server.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait()
    with socket.socket() as deaf:  # bound and not listening: refused, and nobody else gets the port
        deaf.bind(("127.0.0.1", 0))
        yield found[0], deaf.getsockname()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
