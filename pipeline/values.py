"""What a single value in config.yaml may be: pydantic types with messages that say what to write instead."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import idna
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.yamlfile import shown


class Settings(BaseModel):
    """A block of config.yaml."""

    # deferred: a command that only queries never validates, and need not pay for building validators
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


SPIDERS = ("generic", "nos", "spiegel")  # those that come with Retold
SPIDER_NAME = r"[a-z][a-z0-9_]{0,40}"


@dataclass(frozen=True, slots=True)
class Takes:
    """What a value is, in the manual's words (tools/reference): one of it, and several."""

    one: str
    many: str = ""


def matching(pattern: str, wanted: str, secret: bool = False) -> AfterValidator:
    """Refuse what the pattern does not match as a whole; ``secret``: without showing it."""
    compiled = re.compile(pattern)

    def match(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"must be {wanted}" + ("" if secret else f" (got {shown(value)})"))
        return value

    return AfterValidator(match)


def url_fault(url: str) -> str | None:
    """Say what keeps an address from being fetched, or None."""
    if len(url) > 2048 or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return "must be a URL of at most 2048 characters without spaces"
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError as error:
        return f"is no URL: {str(error).splitlines()[0]}"
    if parts.scheme not in ("http", "https"):
        return "must start with http:// or https://"
    if not (parts.hostname or "").strip("."):
        return "has no host"
    if "@" in parts.netloc:
        return "must not carry a user name or password"
    return "port 0 cannot be connected to" if port == 0 else None


def without_password(url: str) -> str:
    """An address for a message: a password belongs in no log."""
    return re.sub(r"//[^/]*@", "//…@", url)


def _hook(value: str) -> str:
    """An address that is a secret itself: no message shows it."""
    fault = url_fault(value)
    if fault:
        raise ValueError(fault)
    return value


def _http_url(value: str) -> str:
    fault = url_fault(value)
    if fault:
        raise ValueError(f"{fault} (got {shown(without_password(value))})")
    return value


def _site(value: str) -> str:
    """A host name as it is compared: lower case, ASCII."""
    name = value.strip().rstrip(".").lower()
    if not name.isascii():
        with suppress(idna.IDNAError):
            name = idna.encode(name, uts46=True).decode("ascii")
    if not re.fullmatch(r"[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9])?", name) or "." not in name:
        raise ValueError(f"must be the name of a host, like example.com, without https:// or path (got {shown(value)})")
    return name


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def _seconds(value: object) -> object:
    """Turn "30m", "2h", "1d" or "90 s" into seconds; leave everything else to the integer check."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,9})\s*([smhd]?)", value.strip())
    if not found:
        raise ValueError(f"must be seconds or a span like 30m, 2h, 1d (got {shown(value)})")
    return int(found[1]) * _UNITS[found[2]]


LEAST_SIZE = 10**7  # bytes; a database of one article has a tenth of them
_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def bytes_of(value: object) -> object:
    """Turn "500MB" or "5 GB" into bytes (of 10⁶ and 10⁹); leave everything else to the integer check. Raises
    ValueError."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([KMGT]?B?)", value.strip().upper())
    if not found or found[2] not in _SIZES:
        raise ValueError(f"must be a size like 500MB or 5GB (got {shown(value)})")
    return int(float(found[1]) * _SIZES[found[2]])


def is_private(host: str) -> bool:
    """Tell whether a host is certainly not on the public internet, without asking DNS."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def same_address(url: str) -> str:
    """Return what two spellings of one address share: scheme, case of the host and fragment do not count."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path or '/'}?{parts.query}"


def _agent(value: str) -> str:
    if len(value) > 256 or not re.fullmatch(r"[\x20-\x7e]+", value):
        raise ValueError("must be one line of at most 256 plain ASCII characters")
    if not re.search(r"https?://[^\s/()]+\.[^\s()]+|mailto:[^\s@()]+@[^\s()]+", value):
        raise ValueError("must name a contact, like (+https://your.site/bot) or (mailto:you@your.site)")
    return value


Whole = Annotated[int, Field(strict=True)]  # strict: "yes" is no number, and true is not 1
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[Real, Field(gt=0, le=1)]
Url = Annotated[str, AfterValidator(_http_url), Takes("http(s) URL", "http(s) URLs")]
Hook = Annotated[str, AfterValidator(_hook), Takes("http(s) URL, no password")]
Line = Annotated[str, matching(r"\S(.{0,98}\S)?", "one line of 1 to 100 characters"), Takes("text", "texts")]
Key = Annotated[str, matching(r"[a-z0-9-]{1,40}", "1 to 40 of a-z, 0-9 and -"), Takes("key of a source")]
Language = Annotated[
    str, matching(r"[a-z]{2}", "two small letters of ISO 639-1, like de"), Takes("two letters, ISO 639-1")
]
Country = Annotated[
    str,
    matching(r"(?!UK)[A-Z]{2}", "two capitals of ISO 3166, like NL (Britain is GB)"),
    Takes("two capitals, ISO 3166"),
]
Span = Annotated[
    Whole,
    Field(ge=60, le=7 * 86_400),
    BeforeValidator(_seconds),
    Takes("seconds: `30m`, `2h`, `1d` or a number of seconds"),
]
Age = Annotated[
    Whole,
    Field(ge=60, le=30 * 86_400),
    BeforeValidator(_seconds),
    Takes("seconds: `90m`, `48h`, `7d` or a number of seconds"),
]
Words = Annotated[
    str, matching(r"\S(.{0,498}\S)?", "one line of 1 to 500 characters"), Takes("text, as for `retold search`")
]
Variable = Annotated[
    str,
    matching(r"[A-Za-z_][A-Za-z0-9_]{0,99}", "the name of an environment variable", secret=True),
    Takes("name of an environment variable"),
]
Years = Annotated[
    Whole,
    Field(ge=7 * 86_400, le=36_500 * 86_400),
    BeforeValidator(_seconds),
    Takes("seconds: `90d`, `400d` or a number of seconds"),
]
Size = Annotated[
    Whole,
    Field(ge=LEAST_SIZE, le=10**15),
    BeforeValidator(bytes_of),
    Takes("bytes: `500MB`, `5GB` or a number of bytes"),
]
Mailbox = Annotated[str, matching(r"[^\s<>@,;:\"()\\\x00-\x1f\x7f-\U0010ffff]{1,64}@[A-Za-z0-9.-]{1,253}",
                                   "a plain mail address, like desk@your.site"),
                    Takes("address", "addresses")]  # fmt: skip
Host = Annotated[str, matching(r"[A-Za-z0-9.:-]{1,253}", "the name or address of a host"), Takes("host")]
Site = Annotated[str, AfterValidator(_site), Takes("host name, like `example.com`", "host names, like `example.com`")]
Argument = Annotated[
    str,
    matching(r"[^\x00-\x1f\x7f]{1,1000}", "1 to 1000 characters without control characters", secret=True),
    Takes("word", "words"),
]
Port = Annotated[Whole, Field(ge=1, le=65_535)]
Agent = Annotated[str, AfterValidator(_agent), Takes("text with an http(s) URL or `mailto:`")]
Spider = Annotated[
    str, matching(SPIDER_NAME, "the name of a spider: small letters, digits and _"), Takes("name of a spider")
]
Folder = Annotated[str, matching(r"[^\x00-\x1f\x7f]{1,4000}", "the path of a folder"), Takes("path of a folder")]
