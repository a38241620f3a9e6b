"""Who leans on whom, where chains end, who told it first: stories made of citations, without a word of text."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Citation, Cited, Place
from pipeline.provenance.chain import chained
from pipeline.provenance.members import Chain, How, Member, Node
from pipeline.provenance.roles import Role, Traced, traced
from tests.making import NOW

SPIEGEL, REUTERS, DPA = "Der Spiegel", "Reuters", "dpa"
H, MIN = timedelta(hours=1), timedelta(minutes=1)


def said(outlet: str, **more: object) -> Citation:
    """The article says in its lead that ``outlet`` reports it."""
    given = {"kind": Cited.PRIMARY, "place": Place.TEXT, "start": 0, "end": 9, "quote": "as {} reports", **more}
    quote = str(given.pop("quote")).format(outlet)
    return Citation(outlet=outlet, confidence=float(given.pop("confidence", 0.9)), quote=quote, **given)  # type: ignore[arg-type]


def credit(outlet: str, place: Place = Place.DATELINE) -> Citation:
    return said(outlet, kind=Cited.WIRE_CREDIT, place=place, confidence=0.97, quote="{}")


def stated(outlet: str, place: Place) -> Citation:
    return said(outlet, kind=Cited.LINK, place=place, quote="https://elsewhere.test/")


def via(outlet: str, relay: str) -> list[Citation]:
    """ "Reuters, citing Der Spiegel"."""
    return [said(relay, kind=Cited.SECOND_HAND), said(outlet, via=relay)]


def m(id: int, outlet: str, *citations: Citation, at: timedelta | None = None, **more: object) -> Member:
    """Published ``at`` after NOW (an hour for each id), seen a day later; a text of its own, an owner of its own."""
    lag = id * H if at is None else at
    given = Member(
        id=id, copy=id, outlet=outlet, owner=f"{outlet} Ltd", lang="en", key=f"{outlet}.test/{id}", published=NOW + lag,
        first_seen=NOW + timedelta(days=9), size=3000, head="", citations=citations,
    )  # fmt: skip
    return replace(given, **more)  # type: ignore[arg-type]


def story(*members: Member, similar: Mapping[tuple[int, int], float] | None = None, **owners: str) -> Traced:
    return traced(members, similar or {}, owners)


def leaning(found: Traced, id: int) -> tuple[str, int, How] | None:
    lean = found.chain.leans.get(id)
    return (lean.outlet, lean.article, lean.how) if lean else None


def roles(found: Traced) -> dict[int, Role]:
    return {p.article: p.role for p in found.parts}


# -- each way of leaning

FIRST = m(1, SPIEGEL)
PRINT = {"copy": 1}
WAYS: dict[How, tuple[Sequence[Member], Mapping[tuple[int, int], float]]] = {
    How.CANONICAL: ([FIRST, m(2, "B", stated(SPIEGEL, Place.CANONICAL))], {}),
    How.CREDIT: ([m(1, DPA), m(2, "B", credit(DPA))], {}),
    How.FEED: ([FIRST, m(2, "B", stated(SPIEGEL, Place.FEED))], {}),
    How.COPY: ([FIRST, m(2, "B", **PRINT)], {}),
    How.TRANSLATION: ([FIRST, m(2, "Spiegel International", owner=FIRST.owner, lang="de")], {}),
    How.CITATION: ([FIRST, m(2, "B", said(SPIEGEL))], {}),
    How.LINK: ([FIRST, m(2, "B", linked=(FIRST.key,))], {}),
    How.TEXT: ([FIRST, m(2, "B")], {(1, 2): 0.4}),
}


@pytest.mark.parametrize("how", WAYS)
def test_each_way_of_leaning(how: How) -> None:
    members, similar = WAYS[how]
    found = story(*members, similar=similar)
    assert leaning(found, 1) is None
    assert leaning(found, 2) == (members[0].outlet, 1, how)
    assert found.parts[1].root == members[0].outlet
    assert found.independence.origins == 1


def test_a_text_that_says_whom_it_is_translated_from() -> None:
    head = "Vertaald uit het Duits"
    found = story(FIRST, m(2, "NRC", said(SPIEGEL), lang="nl", head=head), m(3, "Bild", lang="de", head=head))
    assert leaning(found, 2) == (SPIEGEL, 1, How.TRANSLATION)
    assert leaning(found, 3) is None, "it names nobody"


PRECEDENCE = (
    stated("X", Place.CANONICAL), credit("Y"), stated("Z", Place.FEED), said("W"),
)  # fmt: skip


def test_the_plainest_evidence_goes_first() -> None:
    """canonical, credit, feed, copy, translation, citation, text."""
    others = (m(1, "C"), m(2, "D", owner="B Ltd", lang="de"), m(3, "E"))
    similar = {(3, 9): 0.9}
    kinds = []
    for n in range(4):
        found = story(*others, m(9, "B", *PRECEDENCE[n:], copy=1), similar=similar)
        kinds.append(found.chain.leans[9].how)
    alone = [story(*others, m(9, "B", said("W")), similar=similar), story(*others[::2], m(9, "B"), similar=similar)]
    cited = story(*others[::2], m(9, "B", said("W")), similar=similar)
    assert kinds == [How.CANONICAL, How.CREDIT, How.FEED, How.COPY]
    assert [f.chain.leans[9].how for f in (alone[0], cited, alone[1])] == [How.TRANSLATION, How.CITATION, How.TEXT]


def test_of_several_credits_the_one_of_most_prints() -> None:
    both = (credit("AFP", Place.CREDIT), credit(DPA, Place.CREDIT))
    found = story(m(1, "A", *both, copy=1), m(2, "B", credit(DPA), copy=1), m(3, "C", credit("AFP")))
    assert leaning(found, 1) == (DPA, 0, How.CREDIT)
    assert found.copies[1].outlet == DPA


@pytest.mark.parametrize(
    "citation",
    [said(SPIEGEL, earlier=True), said(SPIEGEL, media=False), said(SPIEGEL, start=2900, confidence=0.5)],
    ids=["an earlier report", "no medium", "in passing, late in the text"],
)
def test_what_is_no_source(citation: Citation) -> None:
    found = story(m(1, "A", citation), m(2, "B"))
    assert leaning(found, 1) is None
    assert found.independence.origins == 2


def test_the_title_outweighs_the_text_and_one_that_is_here_an_absent_one() -> None:
    found = story(m(1, "A", said("X"), said("Y", place=Place.TITLE)), m(2, "B", said("X"), said("C")), m(3, "C"))
    assert leaning(found, 1) == ("Y", 0, How.CITATION)
    assert leaning(found, 2) == ("C", 3, How.CITATION)


def test_a_link_says_which_article_is_meant() -> None:
    found = story(m(1, SPIEGEL), m(2, SPIEGEL), m(3, "B", said(SPIEGEL), linked=(f"{SPIEGEL}.test/2",)))
    assert leaning(found, 3) == (SPIEGEL, 2, How.CITATION)


def test_who_speaks_of_its_own_reporting_is_a_root() -> None:
    """Though it cites others as well, and its text is much like an earlier one's."""
    own = m(2, SPIEGEL, said(SPIEGEL), said("Bild", confidence=0.6))
    found = story(m(1, "A"), own, similar={(1, 2): 0.9})
    assert leaning(found, 2) is None
    assert found.origin.outlet != "A"
    assert found.independence.unattributed == 1


# -- chains


def test_second_hand_leans_on_the_relay_and_the_relay_on_the_first() -> None:
    found = story(m(1, "B", *via(SPIEGEL, REUTERS)))
    assert leaning(found, 1) == (REUTERS, 0, How.CITATION)
    assert found.chain.back(1)[1][1][:3] == (SPIEGEL, 0, How.CITATION)
    assert (found.parts[0].root, found.origin.outlet) == (SPIEGEL, SPIEGEL)


def test_the_relay_that_is_here_speaks_for_itself() -> None:
    found = story(FIRST, m(2, REUTERS, said(SPIEGEL)), m(3, "B", *via("Bild", REUTERS)))
    assert [n for n, _ in found.chain.back(3)] == [Node("B", 3), Node(REUTERS, 2)]
    assert found.chain.root(3) == Node(SPIEGEL, 1)


def test_an_outlet_that_says_who_has_it_from_it_is_the_end() -> None:
    """ "Reuters, citing us": else the chain would end in an outlet without an article, beside its article."""
    found = story(m(1, SPIEGEL, *via(SPIEGEL, REUTERS)), m(2, "B", said(REUTERS)))
    assert found.chain.root(1) == found.chain.root(2) == Node(SPIEGEL, 1)


def test_an_agency_without_an_article_leans_on_whom_its_texts_cite() -> None:
    prints = [m(n, f"P{n}", credit(DPA), said(SPIEGEL), copy=1) for n in range(1, 6)]
    found = story(*prints)
    assert {p.root for p in found.parts} == {SPIEGEL}
    assert {leaning(found, n) for n in range(1, 6)} == {(DPA, 0, How.CREDIT)}
    i = found.independence
    assert (i.articles, i.owners, i.wire_texts, i.origins, i.unattributed) == (5, 5, 1, 1, 0)
    assert (found.origin.outlet, found.copies[1].outlet) == (SPIEGEL, DPA)
    headline = story(*(replace(p, citations=(credit(DPA), said(SPIEGEL, place=Place.TITLE))) for p in prints))
    assert "in plain words, P1: “as Der Spiegel reports”" in headline.origin.reasons


def test_two_that_cite_each_other_end_in_the_earlier_one() -> None:
    found = story(m(1, "A", said("B")), m(2, "B", said("A")), m(3, "C", said("B")))
    assert {found.chain.root(n) for n in (1, 2, 3)} == {Node("A", 1)}
    assert found.independence.origins == 1


def test_two_that_only_others_know_of_end_in_the_one_told_of_first() -> None:
    found = story(m(1, "A", *via("X", "Y")), m(2, "B", *via("Y", "X")))
    assert {found.chain.root(1), found.chain.root(2)} == {Node("Y", 0)}


def test_what_is_only_inferred_gives_way_to_what_is_said() -> None:
    """The copier names whom it copies, whose article seems later: its page was met late, or its date was moved."""
    found = story(m(1, "A", said(SPIEGEL), copy=7), m(2, SPIEGEL, copy=7))
    assert leaning(found, 1) == (SPIEGEL, 2, How.CITATION)
    assert {found.chain.root(1), found.chain.root(2)} == {Node(SPIEGEL, 2)}
    assert found.origin.outlet == SPIEGEL


def test_words_are_told_of_those_who_said_them() -> None:
    """Who copies a citation without a word of its own is no witness."""
    found = story(FIRST, m(2, "B", said(SPIEGEL), copy=2), m(3, "A", copy=2))
    assert any("B: “as Der Spiegel reports”" in r for r in found.origin.reasons)
    found = story(m(1, DPA), m(2, "B", credit(DPA), copy=2), m(3, "A", copy=2))
    assert "credited by B" in found.origin.reasons


# -- time


def test_a_bumped_date_does_not_make_a_later_article() -> None:
    """The claim is later than the moment in which we saw the article."""
    bumped = m(1, "A", at=40 * H, first_seen=NOW + H, copy=1)
    found = story(bumped, m(2, "B", at=2 * H, copy=1))
    assert bumped.when == NOW + H
    assert leaning(found, 2) == ("A", 1, How.COPY)


def test_a_day_without_an_hour_is_not_its_first_minute() -> None:
    """Else whoever leaves out the hour would be the first of the day."""
    midnight = NOW.replace(hour=0)
    day = m(1, "A", copy=1, published=midnight)
    found = story(day, m(2, "B", copy=1))
    assert not day.dated and day.when == midnight + 24 * H
    assert leaning(found, 1) == ("B", 2, How.COPY) and leaning(found, 2) is None
    assert replace(day, first_seen=midnight + H).when == midnight + H, "seen earlier: that is certain"


def test_without_any_date_the_first_is_whom_we_saw_first() -> None:
    seen = [m(n, o, published=None, first_seen=NOW + n * H, copy=1) for n, o in ((1, "B"), (2, "A"))]
    found = story(*seen)
    assert leaning(found, 2) == ("B", 1, How.COPY)
    assert "says nothing" in found.copies[1].reasons[-1]


def test_who_came_together_is_neither_first_nor_late() -> None:
    """And nobody comes "0 min after" itself."""
    found = story(m(1, "A", at=H), m(2, "B", said("A"), at=H), m(3, "C", said("A"), at=H))
    assert found.origin.outlet == "A"
    assert not any("earliest" in r or "after" in r for r in found.origin.reasons)


def test_ids_decide_nothing() -> None:
    """They are given in the order of arrival."""
    one, two = m(1, "A", copy=1, at=H), m(2, "B", copy=1, at=H)
    again = story(replace(one, id=2), replace(two, id=1))
    assert leaning(story(one, two), 2) == ("A", 1, How.COPY)
    assert leaning(again, 1) == ("A", 2, How.COPY)


# -- counts


def test_forty_sites_with_one_text_are_one_voice() -> None:
    found = story(*(m(n, f"P{n}", credit(DPA), copy=1, owner=f"House {n % 7}") for n in range(1, 41)))
    i = found.independence
    assert (i.articles, i.outlets, i.owners, i.wire_texts, i.origins, i.unattributed) == (40, 40, 7, 1, 1, 0)
    assert found.origin.outlet == DPA and found.origin.confidence > 0.9


def test_two_texts_of_an_agency_are_two_wire_texts_and_one_origin() -> None:
    found = story(m(1, "A", credit(DPA)), m(2, "B", credit(DPA)))
    assert (found.independence.wire_texts, found.independence.origins) == (2, 1)


def test_a_family_of_owners_is_one_origin() -> None:
    found = story(m(1, "A", owner="House"), m(2, "B", owner="House"), m(3, "C", said("D")), D="House")
    i = found.independence
    assert (i.outlets, i.owners, i.origins) == (3, 2, 1)


def test_unattributed_are_those_of_whom_nobody_speaks() -> None:
    silent, own, named = m(1, "A"), m(2, "B", said("B")), m(3, "C")
    found = story(silent, own, named, m(4, "D", said("C")), m(5, "E", said("X")))
    assert (found.independence.origins, found.independence.unattributed) == (4, 1)


def test_to_be_copied_in_silence_is_not_to_be_named() -> None:
    found = story(m(1, "A", copy=1), m(2, "B", copy=1))
    assert (found.independence.origins, found.independence.unattributed) == (1, 1)


def test_the_origin_is_unknown_where_nobody_is_named() -> None:
    found = story(m(1, "A"), m(2, "B"))
    assert (found.origin.outlet, found.origin.article) == ("", 0)
    assert found.origin.reasons == ("2 sources, none of which names another",)
    assert story(m(1, "A")).origin.reasons[0].startswith("one source only")
    apart = story(m(1, "A", said("X")), m(2, "B", said("Y")))
    assert apart.origin.reasons == ("2 sources that lead to different ones; named are X, Y",)


def test_the_origin_may_have_no_article_here() -> None:
    found = story(m(1, "A", said(SPIEGEL)), m(2, "B", said(SPIEGEL)))
    assert (found.origin.outlet, found.origin.article) == (SPIEGEL, 0)
    assert Role.ORIGIN not in roles(found).values()


# -- roles


def test_a_copy_is_cut_where_the_longest_print_is_much_longer() -> None:
    found = story(m(1, "A", copy=1, size=3000), m(2, "B", copy=1, size=2250), m(3, "C", copy=1, size=2249))
    assert roles(found) == {1: Role.ORIGIN, 2: Role.COPY, 3: Role.CUT_COPY}


def test_a_rewrite_a_translation_and_a_report() -> None:
    found = story(
        FIRST, m(2, "B", said(SPIEGEL)), m(3, "S", lang="de", owner=FIRST.owner), m(4, "D"), m(5, "E", said(SPIEGEL))
    )
    assert roles(found) == {
        1: Role.ORIGIN, 2: Role.REWRITE, 3: Role.TRANSLATION, 4: Role.REPORT, 5: Role.REWRITE,
    }  # fmt: skip


def test_follow_ups_are_late_or_of_an_outlet_that_told_it_before() -> None:
    found = story(
        FIRST, m(2, "B", said(SPIEGEL)), m(3, "B", said(SPIEGEL)), m(4, "C", said(SPIEGEL), at=19 * H),
        m(5, "D", said(SPIEGEL), at=19 * H, copy=9), m(6, "D", copy=9, at=20 * H), m(7, "B", lang="de", owner="B2"),
        m(8, SPIEGEL),
    )  # fmt: skip
    follow = {i for i, role in roles(found).items() if role is Role.FOLLOW_UP}
    assert follow == {3, 4, 5, 8}


def test_a_lone_credit_is_a_print_where_it_stands_in_for_the_author() -> None:
    found = story(m(1, "A"), m(2, "B", credit(DPA)), m(3, "C", replace(credit(DPA, Place.CREDIT), quote="with dpa")))
    assert [roles(found)[n] for n in (2, 3)] == [Role.COPY, Role.REWRITE]


# -- whatever is said

OUTLETS = "ABCDE"
NAMES = st.sampled_from("ABCDEXYZ")
ANY_CITATION = st.builds(
    lambda kind, outlet, place, relay, earlier, confidence: Citation(
        kind, outlet, place, 0, 3, f"{outlet} says", confidence, earlier=earlier, via=relay if relay != outlet else ""
    ),
    st.sampled_from(Cited), NAMES, st.sampled_from(Place), st.one_of(st.just(""), NAMES), st.booleans(),
    st.sampled_from([0.3, 0.7, 0.9]),
)  # fmt: skip


@st.composite
def any_story(draw: st.DrawFn) -> tuple[list[Member], dict[tuple[int, int], float]]:
    size = draw(st.integers(1, 8))
    members = []
    for n in range(1, size + 1):
        outlet = draw(st.sampled_from(OUTLETS))
        linked = tuple(f"{k}" for k in draw(st.lists(st.integers(1, size), max_size=2)))
        members.append(
            m(n, outlet, *draw(st.lists(ANY_CITATION, max_size=4)), at=draw(st.integers(0, 30)) * H, key=str(n),
              copy=draw(st.integers(1, 3)), owner="AB" if outlet in "AB" else outlet, linked=linked,
              lang=draw(st.sampled_from(["de", "en"])), size=draw(st.sampled_from([500, 3000])),
              head=draw(st.sampled_from(["", "translated by"])))
        )  # fmt: skip
    pairs = [(a, b) for a in range(1, size + 1) for b in range(a + 1, size + 1)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6)) if pairs else []
    return members, {p: draw(st.sampled_from([0.2, 0.5, 0.5, 0.9])) for p in chosen}


def finite(chain: Chain) -> None:
    for i in chain.members:
        steps = chain.back(i)  # comes to an end
        nodes = [node for node, _ in steps]
        root = chain.root(i)
        assert len(set(nodes)) == len(nodes) and root not in nodes
        assert chain.next(root) is None
        assert not root.article or chain.root(root.article) == root, "the root of a root is itself"
        assert not steps or root == steps[-1][1][:2]
        assert all(lean.article in (0, *chain.members) for _, lean in steps)


@settings(max_examples=400)
@given(any_story())
def test_every_chain_ends(told: tuple[list[Member], dict[tuple[int, int], float]]) -> None:
    members, similar = told
    found = traced(members, similar, {})
    finite(found.chain)
    i = found.independence
    assert i.origins >= 1 and i.unattributed <= i.origins and i.owners <= i.outlets <= i.articles == len(members)
    assert 0.5 <= found.origin.confidence <= 1
    assert sum(p.role is Role.ORIGIN for p in found.parts) <= 1
    assert min(p.lag for p in found.parts) == timedelta()


@settings(max_examples=200)
@given(any_story(), st.randoms(use_true_random=False))
def test_the_order_of_members_and_their_ids_leave_no_trace(
    told: tuple[list[Member], dict[tuple[int, int], float]], rng: object
) -> None:
    members, similar = told
    shuffled = members[:]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert traced(shuffled, similar, {}) == traced(members, similar, {})

    new = {o.id: 100 - n for n, o in enumerate(shuffled)}
    renamed = [replace(o, id=new[o.id]) for o in shuffled]
    pairs = {(min(new[a], new[b]), max(new[a], new[b])): share for (a, b), share in similar.items()}
    again, before = traced(renamed, pairs, {}), traced(members, similar, {})
    key = {new[o.id]: o.id for o in members} | {0: 0}

    def plain(found: Traced, of: Mapping[int, int]) -> object:
        parts = {of[p.article]: (p.role, p.root, p.lag, p.lean and p.lean._replace(article=of[p.lean.article]))
                 for p in found.parts}  # fmt: skip
        origins = [replace(o, article=of[o.article]) for o in (found.origin, *found.copies.values())]
        return parts, origins, found.independence

    assert plain(again, key) == plain(before, {o.id: o.id for o in members} | {0: 0})


# -- many

N = 5000
MANY = range(1, N + 1)
LARGE = {
    "outlets that say nothing": [m(n, f"P{n}", at=n * MIN) for n in MANY],
    "one outlet": [m(n, "A", at=n * MIN) for n in MANY],
    "one text": [m(n, f"P{n}", credit(DPA), stated("P1", Place.CANONICAL), copy=1, at=n * MIN) for n in MANY],
    "one house in two languages": [m(n, f"P{n}", lang=("de", "en")[n % 2], owner="H", at=n * MIN) for n in MANY],
    "each cites the one before": [m(n, f"P{n}", said(f"P{n - 1}"), at=n * MIN) for n in MANY],
    "each cites the next": [m(n, f"P{n}", said(f"P{n + 1}"), at=n * MIN) for n in MANY],
    "translations of one outlet's": [
        m(n, "A" if n % 2 else f"P{n}", said("A"), head="translated by", lang="de" if n % 2 else "en", at=n * MIN)
        for n in MANY
    ],
}  # fmt: skip


@pytest.mark.parametrize("shape", LARGE)
def test_large_stories_cost_little(shape: str) -> None:
    began = time.process_time()
    found = traced(LARGE[shape], {}, {})
    assert time.process_time() - began < 5
    assert len(found.parts) == N


def test_chained_takes_any_iterable() -> None:
    assert chained(iter([FIRST]), {}).root(1) == Node(SPIEGEL, 1)
