"""Where an article of the news day lives: paths, ids and short links, all from hashes of its id."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid

from pipeline.newsroom.cast import CAST
from pipeline.newsroom.events import Piece
from pipeline.newsroom.outlets import FeedSpec, local_time

_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "", "'": ""})


def digest(text: str) -> int:
    """A 128-bit number that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest())


def slug(title: str, words: int = 9) -> str:
    """``"Ärger über 100 Drohnen"`` -> ``"aerger-ueber-100-drohnen"``."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_SPELT)).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:words])


def path(piece: Piece) -> str:
    """The article's path by its outlet's pattern; an edited title does not move it."""
    number = digest(piece.id)
    return CAST[piece.outlet].path.format(
        section=piece.section,
        slug=slug(piece.first_title),
        uuid=uuid.UUID(int=number, version=4),
        num=nos_id(piece),
        hex=f"{number & 0xFFFFFFFF:08x}",
        **_date_parts(piece),
    )


def _date_parts(piece: Piece) -> dict[str, str]:
    day = local_time(CAST[piece.outlet], piece.at)
    return {"y": f"{day:%Y}", "m": f"{day:%m}", "d": f"{day:%d}"}


def nos_id(piece: Piece) -> int:
    """Seven digits, as in ``nos.nl/artikel/2530123-…``."""
    return 2_400_000 + digest(piece.id) % 500_000


def url(piece: Piece) -> str:
    """The canonical address, as the page's own ``rel=canonical`` has it."""
    return CAST[piece.outlet].home + path(piece)


def short_path(piece: Piece) -> str:
    """The path at the outlet's short host."""
    return f"/{digest(piece.id) >> 64 & 0xFFFFFF:06x}"


def feed_link(piece: Piece) -> str:
    """The address that the outlet's feeds give, tracking tail and all."""
    outlet = CAST[piece.outlet]
    if outlet.key == "nos":
        return f"{outlet.home}/l/{nos_id(piece)}"
    if outlet.short_host:
        return f"http://{outlet.short_host}{short_path(piece)}"
    if outlet.aliases and digest(piece.id) % 4 == 0:  # some entries were filed from the mobile site
        return f"http://{outlet.aliases[0]}{path(piece)}"
    return url(piece) + outlet.link_tail


def amp_path(piece: Piece) -> str:
    """The path of the AMP page, for outlets with a mobile site."""
    return "/amp" + path(piece)


def other_urls(piece: Piece) -> tuple[str, ...]:
    """Every further address that shows this article or leads to it, sorted."""
    outlet = CAST[piece.outlet]
    mobile = [f"http://{host}{path(piece)}" for host in outlet.aliases]
    amp = [outlet.home + amp_path(piece)] if outlet.aliases else []
    return tuple(sorted({feed_link(piece), *mobile, *amp} - {url(piece)}))


def feed_url(outlet_key: str, spec: FeedSpec) -> str:
    """The feed's own address."""
    return f"http://{spec.host or CAST[outlet_key].host}{spec.path}"
