"""What Miniflux and FreshRSS do, as far as their sources and threads say so; read, not run."""

from __future__ import annotations

NOT_STATED = "not stated"

# group of attacks → Miniflux, FreshRSS. Of Miniflux: its fetcher (request_builder.go, response_handler.go), its
# address check (internal/urllib), RefreshFeed (handler.go) and their tests; of FreshRSS: issues #3561 and #7880.
TOLD: dict[str, tuple[str, str]] = {
    "slow": ("gives up after 20 s in all", NOT_STATED),
    "large": ("stops at 15 MiB", NOT_STATED),
    "bomb": ("stops at 15 MiB, counted after decompression", NOT_STATED),
    "coding": ("does not offer this coding (br and gzip only)", NOT_STATED),
    "private": ("refused as the connection is made, after the name is resolved and on every hop", NOT_STATED),
    "html": ("feed format not detected", NOT_STATED),
    "challenge": ("recognised by its header", NOT_STATED),
    "empty": ("an error of its own", NOT_STATED),
    "429": ("waits as Retry-After says, in seconds or as a date", "waits as Retry-After says, for the whole domain"),
    "503": (NOT_STATED, "waits as Retry-After says, for the whole domain; users say that this is too much"),
}


def told(group: str) -> tuple[str, str]:
    """(Miniflux, FreshRSS) of a group of attacks."""
    return TOLD.get(group, (NOT_STATED, NOT_STATED))
