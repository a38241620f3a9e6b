"""What the ending of a host's name says of whose it is: countries, their language, and hosts of many people. Pure."""

from __future__ import annotations

import re
from contextlib import suppress

import idna

NOBODY = "XX"  # a country that ISO 3166 gives to none
# Sites whose pages are many people's: what lies below one of them is not one publisher's.
HOSTS = frozenset(re.findall(r"\S+", """
blogger.com blogspot.com bsky.app feedblitz.com feedburner.com github.com github.io gitlab.com google.com
livejournal.com medium.com podbean.com rss.app soundcloud.com substack.com tumblr.com typepad.com wordpress.com
youtube.com
"""))  # fmt: skip
# Endings of countries whose language is hardly in doubt; "co", "io", "me", "tv" and the like say nothing of a country.
LANGUAGES = {
    "at": "de", "au": "en", "bg": "bg", "br": "pt", "cz": "cs", "de": "de", "dk": "da", "es": "es", "fi": "fi",
    "fr": "fr", "gr": "el", "hr": "hr", "hu": "hu", "ie": "en", "il": "he", "ir": "fa", "it": "it", "jp": "ja",
    "kr": "ko", "mx": "es", "nl": "nl", "no": "no", "nz": "en", "pl": "pl", "pt": "pt", "ro": "ro", "rs": "sr",
    "ru": "ru", "se": "sv", "si": "sl", "sk": "sk", "tr": "tr", "ua": "uk", "uk": "en", "us": "en",
}  # fmt: skip
BILINGUAL = frozenset({"be", "ca", "ch", "ee", "id", "in", "is", "lt", "lu", "lv", "za"})  # a country, no one language


def label(site: str) -> str:
    """The first label of a registrable domain, of one that is not ASCII as people write it where that has ASCII
    letters to make a key of: ``xn--mnchen-3ya.de`` → ``münchen``, ``xn--80ak6aa92e.com`` as it is."""
    first = site.partition(".")[0]
    if first.startswith("xn--"):
        with suppress(idna.IDNAError):
            written = idna.decode(first)
            return written if re.search("[a-z]", written) else first
    return first
