"""Who alerts are told to, for tests: a web hook that keeps what it is sent, and a mail server, both on loopback."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """Answers each POST as the next of ``script`` says (the last one is repeated): a status, or a function that is
    given the handler."""

    def __init__(self, *script: int | Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.script = list(script) or [200]
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                hook.paths.append(self.path)
                hook.got.append(({k.lower(): v for k, v in self.headers.items()}, content))
                answer = hook.script.pop(0) if len(hook.script) > 1 else hook.script[0]
                if callable(answer):
                    return answer(self)
                self.send_response(answer)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"so it is " + b"x" * 5000)
                return None

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def __enter__(self) -> Hook:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def hang(_: BaseHTTPRequestHandler) -> None:
    """Say nothing for long."""
    time.sleep(5)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte of a header at a time: no silence is long, and there is no end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


class Post:
    """A mail server; with ``tls`` one that offers STARTTLS and wants a user to sign in. ``refuse``: recipients."""

    def __init__(self, tls: ssl.SSLContext | None = None, refuse: tuple[str, ...] = ()) -> None:
        self.got: list[tuple[str, list[str], bytes]] = []  # sender, recipients, message
        self.signed_in: list[str] = []
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Talk(post, self, tls, refuse).hold()

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.port = self.server.server_address[1]

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Talk:
    def __init__(self, post: Post, handler: Any, tls: ssl.SSLContext | None, refuse: tuple[str, ...]) -> None:
        self.post, self.handler, self.tls, self.refuse = post, handler, tls, refuse
        self.read, self.write = handler.rfile, handler.wfile
        self.secure, self.sender, self.to = False, "", [""][:0]

    def say(self, *lines: str) -> None:
        self.write.write("".join(f"{line}\r\n" for line in lines).encode())
        self.write.flush()

    def hold(self) -> None:
        self.say("220 post.test")
        while line := self.read.readline().decode().strip():
            word = line.upper().partition(" ")[0]
            if word == "QUIT":
                return self.say("221 bye")
            getattr(self, word.lower(), lambda _: self.say("250 ok"))(line)
        return None

    def ehlo(self, _: str) -> None:
        self.say("250-post.test", "250-STARTTLS" if self.tls and not self.secure else "250-8BITMIME", "250 AUTH PLAIN")

    def starttls(self, _: str) -> None:
        assert self.tls
        self.say("220 go on")
        stream = self.tls.wrap_socket(self.handler.connection, server_side=True)
        self.read, self.write, self.secure = stream.makefile("rb"), stream.makefile("wb"), True

    def auth(self, line: str) -> None:
        self.post.signed_in.append(line)
        self.say("235 welcome")

    def mail(self, line: str) -> None:
        self.sender, self.to = line.partition("<")[2].partition(">")[0], []
        self.say("250 ok")

    def rcpt(self, line: str) -> None:
        to = line.partition("<")[2].partition(">")[0]
        if to in self.refuse:
            return self.say("550 nobody of that name")
        self.to.append(to)
        return self.say("250 ok")

    def data(self, _: str) -> None:
        self.say("354 go on")
        content = b""
        while (line := self.read.readline()) != b".\r\n":
            content += line
        self.post.got.append((self.sender, self.to, content))
        self.say("250 kept")
