"""Where we may connect: addresses are checked at connect time, on every hop, and then pinned.

A feed is a stranger's text and may name any address: a router's admin page, a cloud's metadata service.
So a name is resolved by us, refused if *any* of its addresses is not public, and the connection goes to
the very address that was checked: a second answer (DNS rebinding) is never asked for. Redirects, robots.txt
and article pages take the same way in (`handler.py`); the one exception is a *route*, which sends one host
name to one loopback address and nothing else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

import idna

from pipeline.model import ConfigError, Reason, RetoldError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}

# What ``ipaddress.is_global`` lets through on some Python versions, or calls global by the letter only.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(net)
    for net in (
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, deprecated by RFC 7526
        "::/96",  # IPv4-compatible, deprecated by RFC 4291
        "64:ff9b:1::/48",  # NAT64 of a local network, RFC 8215
        "100::/64",  # discard-only, RFC 6666
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
        "fec0::/10",  # site-local, deprecated by RFC 3879
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is the last 32 bits
UNSAFE_IN_URL = re.compile(r"[\x00-\x1f\x7f-\xa0\\\u2028\u2029]")
ASCII_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?")


class Refused(RetoldError):  # noqa: N818
    """A URL that we chose not to ask, or stopped asking; ``code`` says why, perhaps also until when."""

    def __init__(self, code: Reason, detail: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s


def is_public(address: str) -> bool:
    """Whether an IP address is one that the whole internet can reach; IPv4 inside IPv6 is unwrapped first."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_plainly_public(one) for one in (ip, *_embedded(ip)))


def _embedded(ip: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address carries packets to."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    found: list[Address | None] = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _plainly_public(ip: Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip in NAT64):
        return True  # judged by the IPv4 address inside, whatever this Python version calls the wrapping
    special = ip.is_multicast or ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_reserved
    return ip.is_global and not special and not any(ip in net for net in NOT_PUBLIC)


def clean_url(url: str, ports: Sequence[int] = (80, 443)) -> str:
    """The URL as we ask for it: ASCII host, no user name or password, no fragment.

    Raises:
        Refused: ``bad_url``, ``bad_scheme`` or ``bad_port``.
    """
    url = url.strip(" ").replace(" ", "%20")  # a slip that browsers repair too
    if len(url) > MAX_URL or UNSAFE_IN_URL.search(url):
        raise Refused(Reason.BAD_URL, "too long" if len(url) > MAX_URL else "control character or backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(Reason.BAD_URL, str(error)) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused(Reason.BAD_SCHEME, parts.scheme or "none")
    host = _ascii_host(parts)
    if (port or DEFAULT_PORTS[parts.scheme]) not in ports:
        raise Refused(Reason.BAD_PORT, str(port))
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def _ascii_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    with suppress(ValueError):
        return f"[{ipaddress.IPv6Address(host)}]"
    if not host.isascii():
        with suppress(idna.IDNAError):
            host = idna.encode(host, uts46=True).decode("ascii")
    if not ASCII_HOST.fullmatch(host):
        raise Refused(Reason.BAD_URL, "no usable host")
    return host


async def lookup(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system answers; ``dns`` where there are none.

    A daemon thread for each: an executor's threads are joined at exit, so one dead name server would hold
    up a process that was told to stop.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()
    threading.Thread(target=_lookup, args=(host, port, loop, answer), daemon=True).start()
    return await answer


def _lookup(host: str, port: int, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[list[str]]) -> None:
    found: list[str] | Refused
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(info[4][0]) for info in infos))
    except (OSError, UnicodeError) as error:
        found = Refused(Reason.DNS, f"{host}: {error}")
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(_settle, answer, found)


def _settle(answer: asyncio.Future[list[str]], found: list[str] | Refused) -> None:
    if answer.done():  # cancelled: its time was up
        return
    if isinstance(found, Refused):
        answer.set_exception(found)
    else:
        answer.set_result(found)


@dataclass(frozen=True, slots=True)
class Guard:
    """Which addresses a crawl may connect to.

    ``routes`` sends a host name to a loopback address and port: the bundled newsroom, a test's server.
    """

    ports: tuple[int, ...] = (80, 443)
    routes: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    resolve: Callable[[str, int], Awaitable[Sequence[str]]] = lookup
    permits: Callable[[str], bool] = is_public

    def __post_init__(self) -> None:
        for host, (address, _) in self.routes.items():
            if not ipaddress.ip_address(address).is_loopback:
                raise ConfigError(f"route of {host}: {address} is not a loopback address")

    async def addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        """Checked (address, port) pairs to connect to, in the order to try them.

        Raises:
            Refused: ``bad_port``, ``dns`` or ``blocked_private``.
        """
        if host in self.routes:
            return [self.routes[host]]
        if port not in self.ports:
            raise Refused(Reason.BAD_PORT, str(port))
        found = await self.resolve(host.strip("[]"), port)
        if not found:
            raise Refused(Reason.DNS, f"{host} has no address")
        for address in found:
            if not self.permits(address):
                raise Refused(
                    Reason.BLOCKED_PRIVATE, address if host.strip("[]") == address else f"{host} is {address}"
                )
        return [(address, port) for address in found]
