"""Rules of alerts as people read them, and what in them is hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.store.fulltext import fts_query

if TYPE_CHECKING:
    from pipeline.alertrules import AlertRule
    from pipeline.config import Config
    from pipeline.provenance.outlets import Outlets

_SPANS = ((86_400, "d"), (3600, "h"), (60, "min"))


def said(rule: AlertRule) -> str:
    """``words drohne*, cites Der Spiegel, min_origins 2``."""
    return ", ".join(f"{name} {value}" for name, value in rule.conditions.items()) or "every story of two articles"


def way(rule: AlertRule) -> str:
    """Where it goes, in a line that tells no secret: a webhook's host, the recipients, the program."""
    from urllib.parse import urlsplit

    if rule.webhook:
        return f"webhook {urlsplit(rule.webhook).netloc}"
    if rule.mail:
        return f"mail {', '.join(rule.mail.to)}"
    return f"command {(rule.command or ('',))[0]}"


def span(seconds: int) -> str:
    """``2 d``, ``36 h``, ``90 min``, ``61 s``."""
    return next((f"{seconds // unit} {name}" for unit, name in _SPANS if seconds % unit == 0), f"{seconds} s")


def misnamed(config: Config) -> Iterator[str]:
    """A line for each rule that names an outlet by another name than stories have it, or asks for no word."""
    from pipeline.provenance.outlets import outlets

    if not config.alerts:
        return
    known = outlets(config.sources)
    for name, rule in config.alerts.items():
        for key in ("origin", "cites"):
            if hint := _hint(getattr(rule, key) or "", known):
                yield f"alerts.{name}.{key}: {hint}"
        if rule.words and not fts_query(rule.words):
            yield f"alerts.{name}.words: names no word that is to be there, so it finds nothing"


def _hint(given: str, known: Outlets) -> str:
    """What to write instead of ``given``; "" where that is a name that stories have, or like none."""
    names = {name.casefold(): name for name in known.by_name}
    names |= {key.casefold(): key for outlet in known.by_name.values() for key in outlet.sources}
    if not given or given.casefold() in names:
        return ""
    if meant := known.called(given):
        return f"stories have this outlet as {meant.name}"
    close = get_close_matches(given.casefold(), names, n=1, cutoff=0.8)
    return f"no outlet of that name is known; did you mean {names[close[0]]}?" if close else ""
