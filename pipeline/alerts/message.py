"""What an alert says: the JSON of docs/alerts.md, and the same as a mail. No network, no SQL."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
import uuid
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from pipeline import __version__

Row = dict[str, Any]
VERSION = 1  # of the JSON; one more with each change that is no addition
AGENT = f"Retold/{__version__} (alerts)"
SUBJECT = 150  # characters of a headline in a subject
_SPACE = uuid.UUID("9d0f7a52-3c1b-5d5e-9a4e-5c1b3f2a7e10")  # of the names below

EXAMPLE: Row = {
    "story_id": 0, "headline": "An example headline", "languages": "de en", "first": "2026-11-19T09:30:00Z",
    "newest": "2026-11-19T10:25:00Z", "origin": "Example Times", "origin_source": "example", "confidence": 0.9,
    "articles": 1, "copy_groups": 1, "owners": 1, "wire_texts": 0, "origins": 1, "outlets": ["Example Times"],
    "members": [{"article_id": 0, "url": "https://example.org/article", "outlet": "Example Times", "source": "example",
                 "lang": "en", "title": "An example headline", "published": "2026-11-19T09:30:00Z",
                 "first_seen": "2026-11-19T09:40:00Z", "role": "origin"}],
}  # fmt: skip


def delivery(rule: str, story: int, created: str) -> str:
    """What receivers know an alert by: the same for a rule and a story, however often it is sent, also from a copy of
    the database. ``created``: when the story's id was given."""
    return str(uuid.uuid5(_SPACE, json.dumps([rule, story, created])))


def payload(alert: Row, story: Row, base: str | None) -> Row:
    """The JSON of an alert. ``alert``: its rule, delivery and noted time, ``test`` where it is a trial; ``story``: as
    store.alerts.story has it; ``base``: address of the pages, if there are any."""
    return {
        "version": VERSION,
        "test": bool(alert.get("test")),
        "delivery": alert["delivery"],
        "rule": alert["rule"],
        "noted": alert["noted"],
        "story": {
            "id": story["story_id"],
            "headline": story["headline"],
            "url": f"{base.rstrip('/')}/story/{story['story_id']}" if base else None,
            "languages": story["languages"].split(),
            "first": story["first"],
            "newest": story["newest"],
            "origin": _origin(story),
            "counts": _counts(story),
            "outlets": story["outlets"],
            "articles": [_article(a) for a in story["members"]],
        },
    }


def _origin(story: Row) -> Row | None:
    if story["confidence"] is None:
        return None
    return {"outlet": story["origin"], "source": story["origin_source"], "confidence": round(story["confidence"], 4)}


def _counts(story: Row) -> dict[str, int]:
    return {
        "articles": story["articles"],
        "texts": story["copy_groups"],
        "outlets": len(story["outlets"]),
        "owners": story["owners"],
        "wire_texts": story["wire_texts"],
        "origins": story["origins"],
    }


def _article(a: Row) -> Row:
    same = ("url", "outlet", "source", "lang", "title", "published", "first_seen")
    return {"id": a["article_id"], **{k: a[k] for k in same}, "role": a["role"] or None}


def body(said: Row) -> bytes:
    """The JSON as it is sent, ASCII only."""
    return json.dumps(said).encode("ascii")


def headers(said: Row, content: bytes, secret: str | None) -> dict[str, str]:
    """The headers of a webhook's request; with a secret, its signature over ``content`` as GitHub makes it."""
    made = {"Content-Type": "application/json", "User-Agent": AGENT, "Retold-Delivery": said["delivery"]}
    if secret:
        digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        made["X-Retold-Signature"] = f"sha256={digest}"
    return made


# -- as a mail


def mail(said: Row, sender: str, to: tuple[str, ...], now: datetime) -> EmailMessage:
    """The alert as plain text; titles come from strangers and end up on one line, without controls."""
    message = EmailMessage(policy=SMTP)
    mark = "TEST " if said["test"] else ""
    message["Subject"] = f"[Retold] {mark}{said['rule']}: {_line(said['story']['headline'])[:SUBJECT]}"
    message["From"], message["To"], message["Date"] = sender, ", ".join(to), format_datetime(now)
    message["Message-ID"] = f"<{said['delivery']}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Retold-Delivery"] = said["delivery"]
    message.set_content("\n".join(_lines(said)) + "\n")
    return message


def _line(text: str) -> str:
    """One line: blanks single, controls and marks that hide or reorder text gone."""
    shown = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return re.sub(" +", " ", shown).strip() or "(no headline)"


def _lines(said: Row) -> Iterator[str]:
    story = said["story"]
    counts = story["counts"]
    if said["test"]:
        yield "This is a test: nothing has happened.\n"
    yield _line(story["headline"])
    yield f"{_clock(story['first'])} to {_clock(story['newest'])} UTC; {' '.join(story['languages'])}"
    yield ", ".join(f"{n} {_noun(name, n)}" for name, n in counts.items())
    yield from (
        f"{word}: {value}" for word, value in (("origin", _from(story["origin"])), ("page", story["url"])) if value
    )
    for a in story["articles"]:
        role = f", {a['role'].replace('_', ' ')}" if a["role"] else ""
        yield f"\n{_clock(a['published'] or a['first_seen'])}  {_line(a['outlet'])} ({a['lang']}{role})"
        yield f"{_line(a['title'])}\n{_line(a['url'])}"
    if more := counts["articles"] - len(story["articles"]):
        yield f"\nand {more} more {_noun('articles', more)}"
    yield f"\n-- \nalert {said['delivery']} of the rule {said['rule']} in config.yaml"


def _noun(plural: str, n: int) -> str:
    words = plural.replace("origins", "independent origins").replace("_", " ")
    return words.removesuffix("s") if n == 1 else words


def _from(origin: Row | None) -> str:
    return f"{_line(origin['outlet'] or 'unknown')} ({origin['confidence']:.2f})" if origin else ""


def _clock(stamp: str) -> str:
    return stamp[:16].replace("T", " ")
