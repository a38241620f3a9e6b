"""One article: what it is in its story, whom it cites in which words, what it adds, how it was edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pipeline.edits import Edit, edits, paragraphs
from pipeline.lineage import HOW, ROLES, chain
from pipeline.provenance.adds import Added, added
from pipeline.store import adding, corrections, members, origins, reads, wordings
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.web.answers import Answer, Ask, BadRequestError, NotThereError, Page
from pipeline.web.pages import correct, edges, passages
from pipeline.web.pages.texts import copied

PRINTS = 30  # of its text
EDGES = 12
STEPS = 12  # of the way back
LONGEST = 60_000  # characters of a text that is compared or diffed for a page
KINDS = {"primary": "makes the claim", "second_hand": "passes it on", "wire_credit": "credited", "link": "linked"}
PLACES = {"title": "headline", "text": "text", "credit": "credit line", "dateline": "dateline", "feed": "feed",
          "canonical": "canonical link", "link": "link"}  # fmt: skip


def page(db: Connection, ask: Ask) -> Answer:
    """The article of an id."""
    about = reads.article(db, ask.id())
    if about is None:
        raise NotThereError(f"There is no article {ask.id()}.")
    here = about["id"]
    member = members.details(db, [here]).get(here)
    head = wordings.headline(db, here)
    cited = members.citations(db, here)
    context = {
        "now": ask.now,
        "about": about,
        "outlet": head["outlet"],
        "a": member,
        "citations": cited,
        "kinds": KINDS,
        "places": PLACES,
        "roles": ROLES,
        "how": HOW,
        "entries": members.entries(db, here),
        "edges": [
            edges.told(e, inside=member is not None and e["story_id"] == about["story_id"])
            for e in members.around(db, here, EDGES)
        ],
        "corrected": corrections.naming(db, [here]),
        **correct.article_forms(db, ask, here),
        **_text(about, cited),
        **_versions(db, ask, about),
        **(_place(db, about, member) if member else {}),
    }
    return Page("article.html", context)


def _text(about: Row, cited: Sequence[Row]) -> Row:
    removed = frozenset(about["removed"] or ())
    found = passages.paragraphs(about["text"], [c for c in cited if c["place"] == "text"], removed)
    shown, rest = passages.folded(found)
    title = passages.paragraphs(about["title"], [c for c in cited if c["place"] == "title"])
    return {"title": title, "shown": shown, "rest": rest, "words": len(about["text"].split()),
            "left_out": [p for p in found if p.left_out]}  # fmt: skip


# -- in its story


def _place(db: Connection, about: Row, member: Row) -> Row:
    story, here = about["story_id"], about["id"]
    prints = [i for i in members.prints(db, about["copy_id"], PRINTS + 1) if i != here][:PRINTS]
    known = members.details(db, prints)
    judged = members.judged(db, [(min(i, here), max(i, here)) for i in prints])
    order = [b["article_id"] for b in members.skeleton(db, story)]
    against = _against(order, member, prints)
    beside = None if against else _later(order, here)
    return {
        "story": members.about(db, story),
        "story_id": story,
        "prints": [{**known[i], "copied": _share(judged, i, here)} for i in prints if i in known],
        "steps": _way_back(db, story, member),
        "against": members.details(db, [against]).get(against) if against else None,
        "added": _added(db, here, against) if against else None,
        "beside": members.details(db, [beside]).get(beside) if beside else None,
    }


def _share(judged: Mapping[tuple[int, int], Row], other: int, here: int) -> float | None:
    edge = judged.get((min(other, here), max(other, here)))
    return copied(edge, other) if edge else None


def _against(order: Sequence[int], member: Row, prints: Sequence[int]) -> int | None:
    """To whom the article may add something: whom it leans on, else an earlier print, else the story's first. None for
    who came first or is the origin: the others add to that one. ``order``: the story's articles as they appeared."""
    if member["leans_on"]:
        return int(member["leans_on"])
    if member["story_role"] == "origin":
        return None
    here = member["article_id"]
    earlier = order[: order.index(here)] if here in order else order
    print_ = next((i for i in earlier if i in prints), None)
    return print_ or next(iter(earlier), None)


def _later(order: Sequence[int], here: int) -> int | None:
    """The next article of the story; of its last, the first."""
    after = order[order.index(here) + 1 :] if here in order else []
    return next((i for i in [*after, *order] if i != here), None)


def _added(db: Connection, here: int, other: int) -> Added | None:
    """What it adds to the other; None where a run has not compared one of them, or they are too long for a page."""
    found = adding.texts(db, [here, other])
    if len(found) < 2 or max(len(t.body) for t in found.values()) > LONGEST:
        return None
    return added(found[here], [found[other]])


def _way_back(db: Connection, story: int, member: Row) -> list[Row]:
    """Whom it has its story from, whom that one, and so on (`retold trace`)."""
    relays = origins.relays(db, story)
    by_outlet = {r["outlet"]: r for r in relays}
    known = {member["article_id"]: member}
    step = member
    for _ in range(STEPS):
        on = step["leans_on"]
        outside = by_outlet.get(step["leans_on_outlet"])
        following = (known.get(on) or members.details(db, [on]).get(on)) if on else outside
        if following is None:
            break
        if on:
            known[on] = following
        step = following
    return chain({"members": list(known.values()), "relays": relays}, member["article_id"])[:STEPS]


# -- how it was edited


def _versions(db: Connection, ask: Ask, about: Row) -> Row:
    """Its wordings and what one edit changed: the last, or the one that made ``version``; raises BadRequestError."""
    if about["version"] == 1 and not ask.text("version"):
        return {"versions": [], "edit": None}
    found = edits(wordings.wordings(db, about["id"]))
    wanted = ask.number("version", about["version"], 1, max(about["version"], 1))
    edit = next((e for e in found if e.new["version"] == wanted), None)
    if edit is None:
        raise BadRequestError(f"Version {wanted} is not kept any more.")
    return {"versions": found, "edit": edit, "diff": _diff(edit)}


def _diff(edit: Edit) -> Any:
    """The edit's headline and paragraphs in marked pieces; None where it is too long for a page, or made nothing."""
    if edit.old is None or max(len(edit.old["text"]), len(edit.new["text"])) > LONGEST:
        return None
    runs = groupby(paragraphs(edit.text.hunks), lambda line: [kind for _, kind in line] == ["equal"])
    text = [(same, list(lines)) for same, lines in runs]
    return {"title": list(paragraphs(edit.title.hunks)), "text": text, "numbers": edit.text.numbers}
