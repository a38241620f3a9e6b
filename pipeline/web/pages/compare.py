"""Two articles side by side: what they say alike, what each has alone, and why they are together or not."""

from __future__ import annotations

import re

from pipeline import urls
from pipeline.provenance.adds import Added, Text, added
from pipeline.provenance.aligning import both_ways
from pipeline.store import adding, members, reads, wordings
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.web.answers import Answer, Ask, BadRequestError, NotThereError, Page, ProblemError
from pipeline.web.pages import passages
from pipeline.web.recipes import recipe_of
from pipeline.why import NotComparedError
from pipeline.why.pairs import Answer as Account
from pipeline.why.pairs import explain, headline, steps
from pipeline.why.signs import divided, value

LONGEST = 60_000  # characters that are compared
SHARED = (("names", "names"), ("numbers", "numbers"), ("words", "telling words"), ("places", "places"),
          ("sounds", "names by sound"), ("happenings", "happenings"), ("dates", "days named"))  # fmt: skip


def page(db: Connection, ask: Ask) -> Answer:
    """Two articles (``left``, ``right``: numbers or addresses) side by side; without them, the form to name two."""
    named = [ask.text(side, longest=2000) for side in ("left", "right")]
    if not all(named):
        return Page("compare.html", {"now": ask.now, "left": named[0], "right": named[1], "pair": None})
    ids = [_article(db, text) for text in named]
    if ids[0] == ids[1]:
        raise BadRequestError(f"Both are article {ids[0]}.")
    left, right = ({**(reads.article(db, i) or {}), "outlet": wordings.headline(db, i)["outlet"]} for i in ids)
    context = {"now": ask.now, "left": str(ids[0]), "right": str(ids[1]), "pair": (left, right)}
    texts = _texts(db, left, right)
    return Page("compare.html", {**context, **texts, **_why(db, left, right, texts["bodies"])})


def _article(db: Connection, text: str) -> int:
    """The article that ``12``, ``#12``, ``a12`` or an address names; raises NotThereError."""
    number = re.fullmatch(r"[#aA]?([0-9]{1,18})", text)
    found = int(number[1]) if number else reads.find(db, text, urls.key(text))
    if found is None or (number and not members.there(db, found)):
        raise NotThereError(f"There is no article {text[:80]}.")
    return found


# -- the texts


def _texts(db: Connection, left: Row, right: Row) -> Row:
    """Both texts without boilerplate, as they were compared: aligned, and what each adds to the other."""
    found = adding.texts(db, [left["id"], right["id"]])
    one, other = (_short(found.get(row["id"]) or _whole(row)) for row in (left, right))
    forth, back = added(other, [one]), added(one, [other])
    alike = one.lang == other.lang
    rows = [(r.kind, *r.pieces()) for r in passages.aligned(*both_ways(one, other, None))] if alike else []
    return {
        "rows": rows,
        "alike": alike,
        "bodies": (one, other),
        "forth": forth,
        "back": back,
        "counts": _counts(back, forth) if alike else None,
        "cut": any(len(row["text"]) > LONGEST for row in (left, right)),
    }


def _whole(row: Row) -> Text:
    return Text(row["id"], row["lang"], row["title"], row["text"])


def _short(text: Text) -> Text:
    return text._replace(body=text.body[:LONGEST])


def _counts(left: Added, right: Added) -> Row:
    """Sentences: of the left text by what they are to the right one, and what the right one has alone."""
    return {"copied": len(left.of("copied")), "reworded": len(left.of("reworded")), "left": len(left.of("new")),
            "right": len(right.of("new"))}  # fmt: skip


# -- why, or why not


def _why(db: Connection, left: Row, right: Row, bodies: tuple[Text, Text]) -> Row:
    """The account of `retold why`; where it cannot be given, ``unexplained`` says why not."""
    try:
        told = explain(db, left, right, recipe_of(db))
    except (NotComparedError, ProblemError) as error:
        return {"why": None, "unexplained": str(error), "beside": []}
    found = told.evidence
    terms = [t for said in (*found.names, *found.numbers, *found.places) for t in said.split(" / ")]
    one, other = (passages.highlighted(text.body, terms) for text in bodies)
    return {
        "why": told,
        "headline": headline(told),
        "steps": steps(told),
        "shared": [(name, words) for kind, name in SHARED if (words := getattr(told.evidence, kind))],
        **_signals(told),
        "beside": [] if bodies[0].lang == bodies[1].lang else passages.beside(one, other),
    }


def _signals(told: Account) -> Row:
    """The weightiest signals, and what the lesser ones come to."""
    shown, rest = divided(told.signals["signals"], False)
    most = max((abs(s["worth"]) for s in shown), default=1.0)
    bars = [(s["label"], value(s), s["worth"], round(50 * s["worth"] / most, 1)) for s in shown]
    return {"bars": bars, "lesser": (len(rest), sum(s["worth"] for s in rest)) if rest else None}
