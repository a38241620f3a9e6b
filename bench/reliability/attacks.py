"""The attacks: a host each, what it sends, and the reason codes with which a collector may answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from bench.reliability import payloads as p
from bench.reliability.wild import PRIVATE, Script, Web

PITS = 200  # hosts that never answer, named by one feed
STORM = 5  # feeds of one host that all answer 429 or 503
FREE = "*"  # any code: what counts is that nobody else suffers
TIMED = ("timeout",)
READ = ("ok",)
LARGE = ("too_large",)
KILLED = ("ok", "not_a_feed", "parse_timeout", "parse_memory")
INSIDE = ("blocked_private",)
STARVED = ("timeout", "backed_off", "cancelled")  # a host that never answers, until it is left alone


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile source: ``scripts`` by path (of its own host ``KEY.test``) or by "host/path"."""

    key: str
    what: str
    codes: tuple[str, ...]
    scripts: Mapping[str, Script]
    kind: str = "feed"  # or "page": what the codes are of
    group: str = ""  # by which other readers' answers are told (`peers.py`)
    feeds: tuple[str, ...] = ("/feed",)
    scheme: str = "http"
    ported: bool = False  # its address names the port: the resolver leads there, no route does
    answers: tuple[tuple[str, ...], ...] = ()  # what the resolver says, time after time

    @property
    def host(self) -> str:
        """The name that is attacked from."""
        return f"{self.key}.test"

    def urls(self, web: Web) -> list[str]:
        """The feeds' addresses."""
        port = f":{web.port}" if self.ported else ""
        return [f"{self.scheme}://{self.host}{port}{path}" for path in self.feeds]

    def hosts(self) -> set[str]:
        """Its own name and those that its scripts answer for."""
        return {self.host} | {path.partition("/")[0] for path in self.scripts if path[0] not in "/*"}

    def by_address(self) -> Iterator[tuple[tuple[str, str], Script]]:
        """The scripts as `wild.Web` wants them."""
        for path, script in self.scripts.items():
            host, slash, rest = path.partition("/")
            yield (host or self.host if path != "*" else self.host, slash + rest or "*"), script


def of_feed(key: str, what: str, codes: tuple[str, ...], script: Script, group: str = "", **more: object) -> Attack:
    """One whose feed attacks."""
    return Attack(key, what, codes, {"/feed": script}, group=group, **more)  # type: ignore[arg-type]


def of_page(
    key: str, what: str, codes: tuple[str, ...], script: Script, group: str = "page", path: str = "/a"
) -> Attack:
    """One whose feed is harmless and whose page, or robots.txt, attacks."""
    feed = p.feed_of(f"http://{key}.test/a")
    good = {"/a": p.whole(p.page(), p.HTML)} if path != "/a" else {}
    return Attack(key, what, codes, {"/feed": feed, **good, path: script}, "page", group)


def attacks(port: int, secret: str) -> list[Attack]:
    """All of them; ``port`` is the private service's, ``secret`` the path of a file that is not to be read."""
    inside = f"http://{PRIVATE}:{port}/admin"
    parts = (slow(), endless(), bombs(), redirects(inside, secret), names(inside, port), broken(), large(), costly())
    return list(chain(*parts, entities(secret), storms(), robots(inside), pages(), pits()))


def slow() -> Iterator[Attack]:
    """Answers that take their time."""
    fed = p.feed_of("http://wild.test/a")
    yield of_feed("slow-header", "head, 1 byte/s", TIMED, p.dripped(b"HTTP/1.1 200 OK\r\nX-A: ", b"a" * 900), "slow")
    yield of_feed("slow-body", "body, 1 byte/s", TIMED, p.dripped(p.head(), fed), "slow")
    yield of_feed("silence", "accepts, then says nothing", TIMED, p.silence, "slow")
    yield of_feed("reset", "breaks the connection at once", ("connect",), p.reset)


def endless() -> Iterator[Attack]:
    """Answers without end."""
    block, start = b"a" * p.BLOCK, b"HTTP/1.1 200 OK\r\n"
    chunked = p.head(Transfer_Encoding="chunked")
    broken = ("bad_http", "too_large", "short_body", "timeout")
    yield of_feed("endless-body", "body without end", LARGE, p.endless(p.head(), block), "large")
    lines = b"".join(b"X-%d: a\r\n" % n for n in range(2000))
    yield of_feed("endless-headers", "headers without end", broken, p.endless(start, lines))
    yield of_feed("endless-header", "one header without end", broken, p.endless(start + b"X-A: ", block))
    yield of_feed("endless-status", "status line without end", broken, p.endless(b"HTTP/1.1 200 ", block))
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    yield of_feed("endless-1xx", "103 Early Hints without end", broken, p.endless(hint, hint * 1000))
    yield of_feed("endless-extension", "chunk extension without end", broken, p.endless(chunked + b"5;a=", block))
    yield of_feed("endless-chunks", "chunks of 1 byte without end", broken, p.endless(chunked, b"1\r\na\r\n" * 1000))
    yield of_feed("endless-trailers", "trailers without end", broken,
                  p.endless(chunked + b"1\r\na\r\n0\r\n", lines))  # fmt: skip


def bombs() -> Iterator[Attack]:
    """A gigabyte in a megabyte or less."""
    for coding in ("gzip", "deflate", "br", "zstd"):
        group = "bomb" if coding in ("gzip", "br") else "coding"
        script = p.late(lambda c=coding: p.whole(p.bomb(c), Content_Encoding=c))
        yield of_feed(f"bomb-{coding}", f"{coding}: 1 GB", LARGE, script, group)
    twice = p.late(lambda: p.whole(p._zlib(iter([p.bomb("gzip")]), 31), Content_Encoding="gzip, gzip"))
    yield of_feed("bomb-nested", "gzip in gzip: 1 GB", LARGE, twice, "bomb")
    file = p.late(lambda: p.whole(p.bomb("gzip"), "application/gzip"))
    yield of_feed("bomb-file", "1 GB as a .gz file, no coding named", LARGE, file, "bomb")
    layers = p.late(lambda: p.whole(p.layered(300, 13_000_000, 0), Content_Encoding=", ".join(["gzip"] * 300)))
    yield of_feed("bomb-layers", "300 layers of gzip around 13 MB", ("bad_encoding", "too_large"), layers, "bomb")


def redirects(inside: str, secret: str) -> Iterator[Attack]:
    """Led astray by Location."""
    loop = ("redirect_loop",)
    yield of_feed("loop", "redirects to itself", loop, p.moved("/feed"), "hops")
    yield Attack("chain", "a chain of 21 redirects", loop, {"*": p.onwards}, group="hops")
    heavy = p.whole(b" " * 13_000_000, status=302, Location="/feed")
    yield of_feed("heavy-loop", "redirects to itself, 13 MB a time", (*loop, "timeout"), heavy, "hops")
    yield of_feed("to-private", "redirects to a private address", INSIDE, p.moved(inside), "private")
    yield of_feed("to-metadata", "redirects to 169.254.169.254", INSIDE,
                  p.moved("http://169.254.169.254/latest/meta-data"), "private")  # fmt: skip
    yield of_feed("to-file", "redirects to file:", ("bad_scheme",), p.moved(f"file://{secret}"), "scheme")
    yield of_feed("to-gopher", "redirects to gopher:", ("bad_scheme",), p.moved("gopher://wild.test/"), "scheme")
    yield of_feed("downgrade", "https, redirects to http", ("downgrade",), p.moved("http://plain.test/feed"),
                  "downgrade", scheme="https")  # fmt: skip


def names(inside: str, port: int) -> Iterator[Attack]:
    """Led astray by a resolver that the attacker runs."""
    outside = ("127.0.0.2",)
    fed = p.feed_of(f"http://rebind.test:{port}/admin")
    yield Attack("rebind", "name is public for the feed, private for its page", INSIDE, {"/feed": fed}, "page",
                 "private", ported=True, answers=(outside, (PRIVATE,)))  # fmt: skip
    yield of_feed("rebind-retry", "name is public, breaks off, is private then", INSIDE, p.reset, "private",
                  ported=True, answers=(outside, (PRIVATE,)))  # fmt: skip
    yield of_feed("mixed", "name is public and private at once", INSIDE, p.feed_of(), "private",
                  ported=True, answers=((*outside, PRIVATE),))  # fmt: skip
    yield of_feed("inner", "name is private", INSIDE, p.feed_of(), "private", ported=True, answers=((PRIVATE,),))
    yield Attack("links-inside", "feed links to a private address", INSIDE, {"/feed": p.feed_of(inside)}, "page",
                 "private")  # fmt: skip


def broken() -> Iterator[Attack]:
    """What is no HTTP, or no feed."""
    fed = p.rss(p.item("http://wild.test/a"))
    short = p.head(Content_Length=len(fed) + 100) + fed.encode()
    yield of_feed("short", "less body than announced", ("short_body",), short)
    yield of_feed("garbage", "garbage instead of a status line", ("bad_http",), b"\x00\xffGARBAGE\r\n\r\nmore\r\n")
    yield of_feed("no-feed", "a bot wall's page, status 200", ("not_a_feed",), p.whole(p.CHALLENGE, p.HTML), "html")
    yield of_feed("challenge", "a bot wall's page, status 403", ("challenge",),
                  p.whole(p.CHALLENGE, p.HTML, 403, cf_mitigated="challenge"), "challenge")  # fmt: skip
    yield of_feed("empty", "status 200, no body", ("empty_body",), p.whole(b""), "empty")


def large() -> Iterator[Attack]:
    """More than anyone reads."""
    start = p.rss().encode()[:60]
    yield of_feed("large-16", "16 MB, no length", LARGE, p.measured(p.head() + start, 16_000_000), "large")
    yield of_feed("large-200", "200 MB, no length", LARGE, p.measured(p.head() + start, 200_000_000), "large")
    yield of_feed("title-30", "one title of 30 MB", LARGE, p.late(lambda: p.one_title(30_000_000)), "large")
    wide = p.late(lambda: p.whole(p.rss(p.item(title="é\U0001f600" * 2_300_000))))
    yield of_feed("title-14", "one title of 14 MB, two letters by turns", (*READ, "parse_memory"), wide)
    for n in range(4):
        yield of_feed(f"blank-{n}", "14 MB of white space within one tag", KILLED,
                      p.measured(p.head() + start, 14_000_000))  # fmt: skip


def costly() -> Iterator[Attack]:
    """Small to send, slow to read."""
    late, bounded = p.late, (*READ, "parse_timeout", "parse_memory")
    yield of_feed("items", "200,000 items (12 MB)", READ, late(lambda: p.many_items(200_000)))
    yield of_feed("attributes", "100,000 attributes of one element", READ, late(lambda: p.many_attributes(100_000)))
    yield of_feed("nested", "100,000 tags within each other", bounded, late(lambda: p.nested(100_000)))
    yield of_feed("author-32k", "author of 32 KB against a regular expression", READ, late(lambda: p.author(32_000)))
    yield of_feed("author-1m", "author of 1 MB against a regular expression", READ, late(lambda: p.author(1_000_000)))
    marks = late(lambda: p.whole(p.rss(p.item(title="&" * 14_000_000))))
    yield of_feed("ampersands", "14 MB of &", bounded, marks)
    opened = late(lambda: p.whole(p.rss(p.item(title="<" * 14_000_000))))
    yield of_feed("brackets", "14 MB of <", bounded, opened)
    described = late(lambda: p.whole(p.rss(*(p.item(f"http://described.test/{n}", more="<b>" * 2000)
                                             for n in range(2000)))))  # fmt: skip
    yield of_feed("described", "2,000 items, each with 2,000 tags left open", bounded, described)
    deep = late(lambda: p.whole('{"version":"https://jsonfeed.org/version/1.1","items":' + "[" * 14_000_000,
                                "application/feed+json"))  # fmt: skip
    yield of_feed("json-deep", "JSON, 14 million lists within each other", (*KILLED, "parse_crash"), deep)
    objects = late(lambda: p.whole('{"version":"https://jsonfeed.org/version/1.1","items":['
                                   + ",".join(["{}"] * 4_600_000) + "]}", "application/feed+json"))  # fmt: skip
    yield of_feed("json-objects", "JSON, 4.6 million empty items", (*bounded, "not_a_feed"), objects)


def entities(secret: str) -> Iterator[Attack]:
    """What XML lets a document declare."""
    yield of_feed("laughs", "billion laughs", READ, p.laughs())
    yield of_feed("quadratic", "quadratic blow-up", READ, p.quadratic())
    yield of_feed("xxe-http", "external DTD and entities, http:", READ, p.outside("http://canary.test/x"))
    yield of_feed("xxe-file", "external DTD and entities, file:", READ, p.outside(f"file://{secret}"))


def storms() -> Iterator[Attack]:
    """Told to go away, by every feed of a host."""
    feeds = tuple(f"/feed{n}" for n in range(STORM))
    for status, codes in ((429, ("rate_limited", "backed_off")), (503, ("server_error", "backed_off"))):
        said = p.whole(b"go away", "text/plain", status, Retry_After="600")
        yield Attack(f"storm-{status}", f"{STORM} feeds, all {status}, Retry-After 600", codes, {"*": said},
                     group=str(status), feeds=feeds)  # fmt: skip


def robots(inside: str) -> Iterator[Attack]:
    """Good pages behind a bad robots.txt."""
    block = b"Disallow: /x\n" * 5000
    text = "text/plain"

    def bad(key: str, what: str, codes: tuple[str, ...], script: Script) -> Attack:
        return of_page(f"robots-{key}", f"robots.txt {what}", codes, script, path="/robots.txt")

    yield bad("endless", "without end", (*LARGE, "ok"), p.endless(p.head(kind=text), block))
    yield bad("slow", "1 byte/s", TIMED, p.dripped(p.head(kind=text), b"User-agent: *\n" * 100))
    yield bad("500", "answers 500", ("robots",), p.whole(b"", text, 500))
    yield bad("private", "redirects to a private address", INSIDE, p.moved(inside))
    yield bad("bomb", "is a bomb", LARGE, p.late(lambda: p.whole(p.bomb("gzip"), text, Content_Encoding="gzip")))
    stars = "User-agent: *\nDisallow: /" + "*a" * 5000 + "b$\n"
    yield bad("pattern", "with 5,000 wildcards in one rule", READ, p.whole(stars, text))


def pages() -> Iterator[Attack]:
    """Article pages."""
    late, bounded = p.late, (*READ, "parse_timeout", "parse_memory", "no_text")
    paragraphs = "<p>Some more words about the bridge and the city and the river, said at length.</p>" * 25_000
    yield of_page("page-2m", "page of 2 MB of text", bounded, p.whole(p.page(paragraphs), p.HTML))
    script = late(lambda: p.whole(p.page(before=f"<script>{'var a=1;' * 1_250_000}</script>"), p.HTML))
    yield of_page("page-script", "page with a script of 10 MB", bounded, script)
    divs = late(lambda: p.whole(p.page("<div>" * 50_000 + "x" + "</div>" * 50_000), p.HTML))
    yield of_page("page-divs", "page with 50,000 divs within each other", bounded, divs)
    for n in range(3):
        small = late(lambda: p.whole(p.page("<a>b</a><p>" * 1_300_000), p.HTML))
        yield of_page(f"page-elements-{n}", "page of 14 MB: 2.6 million elements", bounded, small)
    yield of_page("page-slow", "page, 1 byte/s", TIMED, p.dripped(p.head(kind=p.HTML), p.page().encode()))
    bomb = late(lambda: p.whole(p.bomb("br"), p.HTML, Content_Encoding="br"))
    yield of_page("page-bomb", "page is a bomb (br: 1 GB)", LARGE, bomb, "bomb")
    video = p.measured(p.head(kind="video/mp4", Content_Length=100_000_000), 100_000_000)
    yield of_page("page-video", "page is a video of 100 MB", ("not_a_page",), video)
    yield of_page("page-loop", "page redirects to itself", ("redirect_loop",), p.moved("/a"))


def pits() -> Iterator[Attack]:
    """Links that lead nowhere, slowly."""
    links = [f"http://pit.test/{n}" for n in range(2000)]
    yield Attack("to-pit", "2,000 links to a host that never answers", STARVED,
                 {"/feed": p.feed_of(*links), "pit.test/robots.txt": p.whole(b"", "text/plain", 404),
                  "pit.test": p.silence}, "page", "page")  # fmt: skip
    hosts = {f"pit{n}.test": p.silence for n in range(PITS)}
    links = [f"http://{host}/a" for host in hosts]
    yield Attack("to-pits", f"links to {PITS} hosts that never answer", STARVED,
                 {"/feed": p.feed_of(*links), **hosts}, "page", "page")  # fmt: skip
