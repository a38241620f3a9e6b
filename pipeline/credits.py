"""Bylines without their "By", and credit lines as they are shown beside the agencies read off them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BY = re.compile(r"(?:(?P<sure>by:?|door:?|author:|auteur:|autor(?:in)?:)|(?P<own>von:?|par:?))\s+", re.IGNORECASE)
_PARTICLES = re.compile(r"(?:(?:de[nr]?|du|el|la|le|te[nr]?|van|von)\s+|[dlt]['’]|['’]t\s+)*")


def unprefixed(author: str) -> str:
    """An author without the "By", "Door", "Par" or "Von" of the byline, where a name follows. "Von" and "Par" may be a
    name's own (Von Trapp, von der Leyen): they are taken off where first and last name follow, or an agency."""
    opener = _BY.match(author)
    if opener is None:
        return author
    rest = author[opener.end() :]
    if opener["sure"]:
        named = _PARTICLES.sub("", rest, count=1)[:1].isupper()
    else:
        named = opener[0][0].isupper() and rest[:1].isupper() and len(rest.split()) > 1
    return rest if named or _agency(re.split(r"[;,/+|]", rest)[0]) else author


def _agency(text: str) -> bool:
    from pipeline.wire import agencies_in  # only now, as below

    return bool(agencies_in(text))


def beyond(credit: str, agencies: Sequence[str]) -> str:
    """What a credit says that its agencies do not: of ``red, APA/dpa`` from APA and dpa only ``red``."""
    parts = [p.strip() for p in re.split(r"[;,/+|]", credit)]
    named = {a.casefold() for a in agencies}
    more = [p for p in parts if p and p.casefold() not in named]
    if more and agencies:
        from pipeline.wire import agencies_in  # only now: it takes longer to load than all that `retold story` needs

        more = [p for p in more if not set(agencies_in(p)) & set(agencies)]
    return credit if len(more) == len(parts) else ", ".join(more)
