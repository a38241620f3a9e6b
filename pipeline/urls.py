"""Addresses: one openable spelling (``canonical``) and one identity (``key``) per article; facts in sorted tables."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

__all__ = ["canonical", "host", "key", "same_site", "site"]

MAX_URL = 2048  # characters; as Media Cloud's rss-fetcher. Longer ones are data, not addresses.

# Query parameters that say how a reader came, never what is read. Sources: AdGuard TrackParamFilter,
# ClearURLs rules, courlan 1.4 ``TRACKERS_RE``, and links as the named outlets' feeds print them.
_TRACKING_NAMES = """
__source __twitter_impression _amp _ga _gl _hsenc _hsmi amp amp_gsa amp_js_v asc_campaign ceid cmp cmpid
cx_artpos cx_testid cx_testvariant dclid dicbo echobox emci emdi fb_action_ids fb_action_types fb_ref
fb_source fbclid feature_share ftag gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig icid igsh
igshid intcid intcmp jsessionid linkid maca mcid mkwid msclkid ncid ocid phpsessid pnespid referer referrer
s_cid s_kwcid sara_ecid sara_ref sc_campaign sc_channel sc_content sc_country sc_geo sc_medium sc_outcome
smid smtyp soc_src soc_trk spm sr_share srnd taid traffic_source tsrc ttclid twclid usqp wbraid wprov wtmc
wtrid xing_share xtor yclid yptr zanpid
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_TRACKING_PREFIXES = (
    "at_",  # AT Internet: BBC, France 24
    "ga_",
    "hsa_",  # HubSpot
    "itm_",
    "mc_",  # Mailchimp
    "mkt_",
    "ml_",
    "mtm_",  # Matomo
    "ns_",  # comScore
    "oly_",
    "piwik_",
    "pk_",
    "stm_",
    "utm",  # utm_source, and the utm-source and utmsource misspellings
    "vero_",
    "wt.",  # Webtrekk
    "wt_",
)
# Names that carry content elsewhere: dropped only when their value names a channel.
_CHANNEL_NAMES = frozenset(
    {"cid", "from", "mod", "origin", "outputtype", "partner", "ref", "share", "sh", "source", "src", "via"}
)
_CHANNEL = re.compile(
    r"(?:[a-z0-9.]+[-_])?(?:amp|app|email|facebook|fb|feed|feeds|google|googlenews|homepage|instagram|linkedin"
    r"|mail|newsletter|nl|reddit|rss|rssfeed|share|telegram|true|twitter|whatsapp|x)(?:[-_].*)?",
    re.ASCII,
)

_ALIAS_HOSTS = ("amp.", "m.", "mobile.", "www.", "www2.")  # same articles under another host name
# Public suffixes of two labels under which "m." or "amp." may be somebody's own domain.
_TWO_LABEL_SUFFIXES = frozenset(
    {"co.at", "co.il", "co.in", "co.jp", "co.nz", "co.uk", "co.za", "com.au", "com.tr", "com.ua"}
)
_INDEX = re.compile(r"/(?:default|index)\.(?:aspx?|html?|jsp|php)$", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?:/amp(?:\.html?)?/?|\.amp(?=(?:\.html?)?$))$", re.IGNORECASE)
_AMP_TILDE = re.compile(r"~amp(?=\.html?$)", re.IGNORECASE)  # tagesschau
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
# https://developers.google.com/amp/cache/reference/overview
_AMP_CACHE = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]{2,6}/amp/|[a-z0-9-]+\.cdn\.ampproject\.org/[a-z]/)(s/)?(?=[^/]+\.)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=-._~"  # RFC 3986 pchar, "/" and escapes already there
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# A blank inside an address is a mistake that browsers forgive; tabs and line breaks are attempts.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\xa0\u2028\u2029\\\ud800-\udfff]")
_ASCII_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class SiteRule(NamedTuple):
    """How one publisher spells an article's own number: ``pattern`` is searched in the path."""

    name: str
    domains: tuple[str, ...]
    pattern: re.Pattern[str]
    template: str  # of the identity; {domain} is the row's domain that matched


def _rule(name: str, domains: str, pattern: str, template: str = "{domain}/{id}") -> SiteRule:
    return SiteRule(name, tuple(domains.split()), re.compile(pattern), template)


# Sorted by name; read off the publishers' own pages and feeds, 2016 to 2026. `.test` hosts are
# the reserved ones (RFC 6761) of the bundled newsroom.
SITE_RULES = (
    _rule("ap", "apnews.com", r"(?:^/|-|/)(?P<id>[0-9a-f]{32})$"),
    _rule("bbc", "bbc.co.uk bbc.com", r"^/[a-z/]+/articles/(?P<id>c[0-9a-z]{8,})", "bbc.com/{id}"),
    _rule("bbc-number", "bbc.co.uk bbc.com", r"^/(?:[a-z_-]+/)+(?:[a-z-]+-)?(?P<id>\d{7,})$", "bbc.com/{id}"),
    _rule("bild", "bild.de", r"-(?P<id>\d{7,}|[0-9a-f]{24})(?:\.bild(?:mobile)?\.html)?$"),
    _rule(
        "derstandard",
        "derstandard.at derstandard.de",
        r"^/(?:consent/.*/)?story/(?P<id>\d{6,})",
        "derstandard.at/{id}",
    ),
    _rule("dpg", "ad.nl parool.nl trouw.nl volkskrant.nl", r"~(?P<id>[ab][0-9a-f]{6,})"),
    _rule("dw", "dw.com dw.de", r"/a-(?P<id>\d+)$", "dw.com/a-{id}"),
    _rule("faz", "faz.net", r"-(?:accg-)?(?P<id>\d{6,})(?:\.html)?$"),
    _rule("focus", "focus.de", r"_id_(?P<id>\d+)\.html$"),
    _rule("golem", "golem.de", r"-(?P<id>\d{4}-\d{5,})(?:-\d+)?\.html$"),
    _rule("guardian", "theguardian.com", r"^(?P<id>/.+/\d{4}/[a-z]{3}/\d\d/[^/]+)", "{domain}{id}"),
    _rule("heise", "heise.de", r"-(?P<id>\d{6,})(?:\.html)?$"),
    _rule("n-tv", "n-tv.de ntv.de", r"(?:^|[-/])(?:article|id)(?P<id>\d{6,})(?:\.html)?$", "n-tv.de/{id}"),
    _rule(
        "nos",
        "nos.nl nos.test",
        r"/(?:artikel|audio|l|liveblog|video)/(?P<id>\d+)(?=[-/]|$)",
        "{domain}/l/{id}",
    ),
    _rule("nu", "nu.nl", r"^/(?:[a-z-]+/)?(?P<id>\d{6,})(?=/|$)"),
    _rule("nzz", "nzz.ch", r"-?ld\.(?P<id>\d+)$", "{domain}/ld.{id}"),
    _rule("orf", "orf.at", r"^/(?:(?:#/)?stories/)(?P<id>\d{5,})(?=/|$)", "{host}/stories/{id}"),
    _rule(
        "pravda",
        "pravda.com.ua",
        r"^(?P<lang>/eng|/rus)?/[a-z]+/\d{4}/\d\d?/\d\d?/(?P<id>\d{5,})",
        "{domain}{lang}/{id}",
    ),
    _rule("rtl", "rtl.nl rtlnieuws.nl", r"/artikel/(?P<id>\d{5,})(?=/|$)", "rtl.nl/{id}"),
    _rule(
        "spiegel",
        "spiegel.de spiegel.test",
        rf"(?:^/|/|-)a-(?P<id>{_UUID}|\d{{4,}})(?:-(?:amp|druck))?(?:\.html)?$",
        "{domain}/a-{id}",
    ),
    _rule("stern", "stern.de", r"-(?P<id>\d{7,})\.html$"),
    _rule("sz", "sueddeutsche.de", r"(?:-|/)(?P<id>1\.\d{5,}|li\.\d{5,})(?:-\d)?$"),
    _rule("t-online", "t-online.de", r"/id_(?P<id>\d+)(?=/|$)"),
    _rule("tagesschau", "tagesschau.de", r"^(?P<id>/.+-\d+)~[^/]*\.html$", "{domain}{id}.html"),
    _rule("tagesspiegel", "tagesspiegel.de", r"-(?P<id>\d{6,})\.html$"),
    _rule("taz", "taz.de", r"/!(?P<id>\d{6,})(?=/|$)", "{domain}/!{id}"),
    _rule("telegraaf", "telegraaf.nl", r"^/(?:[a-z-]+/)+(?P<id>\d{6,})(?=/|$)"),
    _rule("ukrinform", "ukrinform.de ukrinform.net ukrinform.ua", r"^/rubric-[a-z-]+/(?P<id>\d{5,})-"),
    _rule("welt", "welt.de", r"/(?:article|plus|video)(?P<id>[0-9a-f]{9,})(?=/|$)"),
    _rule("yahoo", "yahoo.com", r"/(?P<id>[^/]+-\d{6,}\.html)$"),
    _rule("zeit", "zeit.de", r"^(?P<id>/.+?)/(?:komplettansicht|seite-\d+)$", "{domain}{id}"),
)
_RULES_OF = {d: tuple(r for r in SITE_RULES if d in r.domains) for row in SITE_RULES for d in row.domains}


def canonical(url: str, base: str | None = None) -> str | None:
    """The openable, cleaned spelling of an http(s) address; idempotent.

    ``base`` resolves a relative one. None for whatever is no http(s) URL with a host, is longer than
    2,048 characters, or holds control characters, inner blanks or backslashes. Credentials, default
    port, fragment, tracking parameters and AMP spelling go; the host becomes lower-case ASCII (IDNA
    2008); parameters keep their order, since a few servers care.
    """
    for _ in range(MAX_URL):  # one layer of "&amp;amp;" or "/amp/amp" comes off at a time
        try:
            parts = _split(url, base)
            address = _assemble(parts) if parts else None
        except ValueError:  # urllib and idna both signal a malformed address so
            return None
        if address is None or address == url:
            return address
        url, base = address, None
    return None


def key(url: str) -> str:
    """The identity of the piece at ``url``: what stays when its spelling changes.

    By the publisher's own number where a site rule knows it ("nos.nl/l/123"), else host without
    "www." and the like, path without trailing slash or index page, sorted parameters; no scheme.
    ``key(canonical(u)) == key(u)``. What is no web address is its own key, stripped.
    """
    address = canonical(url)
    if address is None:
        return url.strip()
    parts = urlsplit(address)
    return _by_site_rule(parts) or _by_spelling(parts)


def host(url: str) -> str:
    """Lower-case ASCII host of an http(s) URL, "" where it has none."""
    address = canonical(url)
    return urlsplit(address).hostname or "" if address else ""


def site(url: str) -> str:
    """Registrable domain of an http(s) URL ("bbc.co.uk"), "" where it has none."""
    name = host(url)
    return _site(name) if name else ""


def same_site(a: str, b: str) -> bool:
    """Do two URLs belong to one registrable domain ("news.yahoo.com", "www.yahoo.com")?"""
    one, other = host(a), host(b)
    return bool(one) and (one == other or _site(one) == _site(other))


def _split(url: str, base: str | None) -> SplitResult | None:
    """The parts of an address that may be opened, else None; raises ValueError on a malformed one."""
    url = url.strip().replace("&amp;", "&")
    if not url or len(url) > MAX_URL or _UNSAFE.search(url):
        return None
    url = urljoin(base, url) if base else url
    parts = urlsplit(_AMP_CACHE.sub(lambda m: "https://" if m[1] else "http://", url, count=1))
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _assemble(parts: SplitResult) -> str | None:
    name = _ascii_host(parts.hostname or "")
    port = parts.port
    netloc = name if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"
    path = _without_dots(_tidy(_PATH_SESSION.sub("", parts.path)))
    path = _AMP_PATH.sub("", _AMP_TILDE.sub("", path)) or "/"
    address = urlunsplit((parts.scheme, netloc, path, _kept(_tidy(parts.query, "?")), ""))
    return address if name and len(address) <= MAX_URL else None


def _ascii_host(name: str) -> str:
    """The host as DNS wants it, "" where it is none; may raise idna.IDNAError (a ValueError)."""
    if ":" in name:
        return f"[{IPv6Address(name).compressed}]"
    name = name.rstrip(".")
    if not name.isascii():
        import idna  # 9 ms that most runs never need

        name = idna.encode(name, uts46=True).decode("ascii")
    if not _ASCII_HOST.fullmatch(name):
        return ""
    return _without_alias(name, ("amp.",))


def _without_alias(name: str, aliases: tuple[str, ...]) -> str:
    """Host name without leading "www." and the like, as long as a domain of one's own remains."""
    for _ in name:
        head, dot, rest = name.partition(".")
        if head + dot not in aliases or "." not in rest or rest in _TWO_LABEL_SUFFIXES:
            break
        name = rest
    return name


def _tidy(part: str, also: str = "") -> str:
    """RFC 3986, 6.2.2: what must be escaped is, in capitals; what need not be is not."""
    part = _STRAY_PERCENT.sub("%25", quote(part, safe=_SAFE + also))
    return _ESCAPE.sub(lambda m: c if (c := chr(int(m[1], 16))) in _UNRESERVED else m[0].upper(), part)


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4: "/a/./b/../c" is "/a/c"."""
    if "/." not in path:
        return path
    out: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del out[-1:]
        elif segment != ".":
            out.append(segment)
    return "/" + "/".join(out) + ("/" if out and out[-1] and path.endswith(("/.", "/..")) else "")


def _kept(query: str) -> str:
    return "&".join(p for p in query.split("&") if p and not _is_tracking(p))


def _is_tracking(parameter: str) -> bool:
    name, _, value = parameter.lower().partition("=")
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    return name in _CHANNEL_NAMES and _CHANNEL.fullmatch(value) is not None


def _by_site_rule(parts: SplitResult) -> str:
    name = parts.hostname or ""
    labels = name.split(".")
    for domain in (".".join(labels[i:]) for i in range(len(labels) - 1)):
        for rule in _RULES_OF.get(domain, ()):
            if found := rule.pattern.search(parts.path):
                named = {k: v or "" for k, v in found.groupdict().items()}
                return rule.template.format(domain=domain, host=_without_alias(name, _ALIAS_HOSTS), **named)
    return ""


def _by_spelling(parts: SplitResult) -> str:
    name = _without_alias(parts.hostname or "", _ALIAS_HOSTS)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    segments = [s for s in _INDEX.sub("", parts.path).split("/") if s and s != "amp"]
    query = "&".join(sorted(parts.query.split("&")))
    return "/".join([name + port, *segments]) + (f"?{query}" if query else "")


@lru_cache(maxsize=4096)
def _site(name: str) -> str:
    """Registrable domain by the public suffix list that comes with courlan; else the last two labels."""
    if name.replace(".", "").isdigit() or ":" in name:
        return name
    from courlan import extract_domain  # 120 ms: brings urllib3 along, and a query command never asks

    return extract_domain(f"http://{name}/") or ".".join(name.split(".")[-2:])
