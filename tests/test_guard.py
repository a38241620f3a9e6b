"""Where we may connect: the address table, addresses checked and pinned, URLs cleaned (A1–A7, A15–A17)."""

from __future__ import annotations

import asyncio
import socket

import pytest

from pipeline.model import ConfigError, Reason
from spiders.guard import Guard, Refused, clean_url, is_public, lookup

PUBLIC = [
    "8.8.8.8", "1.1.1.1", "145.58.30.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.0",
    "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1", "223.255.255.254",
    "2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1",
    "100.127.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
    "100::1", "64:ff9b:1::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:c0a8:101::1",
    "2001:0:808:808:0:0:80ff:fffe", "localhost", "", "1.2.3", "127.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.case("A2")
def test_public_addresses_are_let_through(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.case("A2", "A4")
def test_everything_else_is_not_public(address):
    assert not is_public(address)


def addresses(guard, host, port=80):
    return asyncio.run(guard.addresses(host, port))


def answers(*found):
    """A resolver that answers in turn, and the list of what it was asked."""
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return found[min(len(asked), len(found)) - 1]

    return resolve, asked


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost", "[::1]", "0"])
@pytest.mark.case("A1", "A3")
def test_spellings_of_loopback_are_refused_after_resolution(host):
    try:
        socket.getaddrinfo(host.strip("[]"), 80)
    except socket.gaierror:
        pytest.skip(f"this system does not resolve {host}")
    with pytest.raises(Refused) as refused:
        addresses(Guard(), host)
    assert refused.value.code is Reason.BLOCKED_PRIVATE


def test_an_address_is_not_said_to_be_itself():
    for host, said in (("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("localhost", "localhost is 127.0.0.1")):
        resolve, _ = answers([said.split()[-1]])
        with pytest.raises(Refused) as refused:
            addresses(Guard(resolve=resolve), host)
        assert refused.value.detail == said


@pytest.mark.case("A5")
def test_a_name_that_resolves_to_a_private_address_is_refused():
    resolve, _ = answers(["10.0.0.7"])
    with pytest.raises(Refused) as refused:
        addresses(Guard(resolve=resolve), "intranet.example")
    assert refused.value.code is Reason.BLOCKED_PRIVATE
    assert "10.0.0.7" in refused.value.detail


@pytest.mark.parametrize("found", [["8.8.8.8", "10.0.0.1"], ["::1", "8.8.8.8"], ["8.8.8.8", "::ffff:7f00:1"]])
@pytest.mark.case("A7")
def test_one_private_address_among_public_ones_refuses_the_name(found):
    resolve, _ = answers(found)
    with pytest.raises(Refused):
        addresses(Guard(resolve=resolve), "mixed.example")


@pytest.mark.case("A6")
def test_the_checked_addresses_are_the_ones_to_connect_to():
    resolve, asked = answers(["8.8.8.8", "1.1.1.1"], ["127.0.0.1"])
    guard = Guard(resolve=resolve)
    assert addresses(guard, "rebind.example") == [("8.8.8.8", 80), ("1.1.1.1", 80)]
    assert asked == ["rebind.example"]
    with pytest.raises(Refused):
        addresses(guard, "rebind.example")


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 0])
@pytest.mark.case("A17")
def test_only_web_ports(port):
    with pytest.raises(Refused) as refused:
        addresses(Guard(), "example.org", port)
    assert refused.value.code is Reason.BAD_PORT


def test_no_address_is_a_dns_failure():
    resolve, _ = answers([])
    with pytest.raises(Refused) as refused:
        addresses(Guard(resolve=resolve), "nothing.example")
    assert refused.value.code is Reason.DNS


def test_a_name_that_cannot_exist_is_a_dns_failure():
    with pytest.raises(Refused) as refused:
        asyncio.run(lookup("no-such-host.invalid", 80))
    assert refused.value.code is Reason.DNS


def test_a_route_holds_for_its_own_host_name_only():
    guard = Guard(routes={"news.test": ("127.0.0.1", 4711)})
    assert addresses(guard, "news.test", 443) == [("127.0.0.1", 4711)]
    with pytest.raises(Refused):
        addresses(guard, "localhost")


@pytest.mark.parametrize("address", ["10.0.0.1", "8.8.8.8", "0.0.0.0"])
def test_a_route_leads_to_loopback_and_nowhere_else(address):
    with pytest.raises(ConfigError):
        Guard(routes={"news.test": (address, 80)})


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTP://Example.ORG/a?b=c#d", "http://example.org/a?b=c"),
        ("https://user:secret@example.org/x", "https://example.org/x"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("http://example.org:443/x", "http://example.org:443/x"),
        ("http://straße.example/ü", "http://xn--strae-oqa.example/ü"),
        ("http://münchen.example./", "http://xn--mnchen-3ya.example./"),
        ("http://xn--mnchen-3ya.example/", "http://xn--mnchen-3ya.example/"),
        (" http://example.org/a b ", "http://example.org/a%20b"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
    ],
)
@pytest.mark.case("A15", "A16")
def test_urls_are_cleaned(url, clean):
    assert clean_url(url) == clean
    assert clean_url(clean) == clean


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", Reason.BAD_SCHEME),  # A10
        ("feed:http://example.org/", Reason.BAD_SCHEME),
        ("feed://example.org/", Reason.BAD_SCHEME),
        ("/etc/passwd", Reason.BAD_SCHEME),
        ("example.org/feed", Reason.BAD_SCHEME),
        ("ftp://example.org/", Reason.BAD_SCHEME),
        ("data:text/html,x", Reason.BAD_SCHEME),
        ("gopher://example.org:80/", Reason.BAD_SCHEME),
        ("javascript:alert(1)", Reason.BAD_SCHEME),
        ("", Reason.BAD_SCHEME),
        ("http://", Reason.BAD_URL),
        ("http:///path", Reason.BAD_URL),
        ("http://example.org\\@127.0.0.1/", Reason.BAD_URL),
        ("http://example.org/\r\nHost: evil", Reason.BAD_URL),
        ("http://exa\tmple.org/", Reason.BAD_URL),
        ("http://exam ple.org/", Reason.BAD_URL),
        ("http://example.org/\x00", Reason.BAD_URL),
        ("http://127.0.0.1%2f@example.org%00/", Reason.BAD_URL),
        ("http://exa%6dple.org/", Reason.BAD_URL),
        ("http://[::1/", Reason.BAD_URL),
        ("http://example.org:port/", Reason.BAD_URL),
        ("http://example.org:99999/", Reason.BAD_URL),
        ("http://*.example.org/", Reason.BAD_URL),
        ("http://example.org/" + "a" * 2048, Reason.BAD_URL),
        ("http://example.org:22/", Reason.BAD_PORT),
        ("https://example.org:8443/", Reason.BAD_PORT),
    ],
)
@pytest.mark.case("A10", "A15", "A17")
def test_urls_that_we_do_not_ask(url, code):
    with pytest.raises(Refused) as refused:
        clean_url(url)
    assert refused.value.code is code
