"""Credit lines, as they are shown beside the agencies that were read off them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence


def beyond(credit: str, agencies: Sequence[str]) -> str:
    """What a credit says that its agencies do not: of ``red, APA/dpa`` from APA and dpa only ``red``."""
    parts = [p.strip() for p in re.split(r"[;,/+|]", credit)]
    named = {a.casefold() for a in agencies}
    more = [p for p in parts if p and p.casefold() not in named]
    if more and agencies:
        from pipeline.wire import agencies_in  # only now: it takes longer to load than all that `retold story` needs

        more = [p for p in more if not set(agencies_in(p)) & set(agencies)]
    return credit if len(more) == len(parts) else ", ".join(more)
