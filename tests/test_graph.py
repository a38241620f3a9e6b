"""`retold graph`: three formats of one graph, whatever stands in titles, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.graph import Edge, Graph, Node, of_outlets, of_story
from pipeline.graphfiles import NAMESPACE, dot, graphml, node_link, quoted
from pipeline.store import roles
from pipeline.store.connect import open_read, open_write, writing
from pipeline.tracing import trace
from tests.conftest import EVIL, MARKS, Demo, Small, build, call

CASE = "China verhandelt offenbar mit Moskau über hundert Kamikazedrohnen"
HOSTILE = [
    'say "no" \\ or \\" or \\N', "two\nlines\r\nand\rmore\ttabs", "<script>alert(1)</script> ]]> &amp; & &lt;", EVIL,
    "\x00\x01\x0b\x1b\x7f\x85\ufffe\uffff", "🦉 نص \u202e txet", "x" * 10_000, "\\", '"', "a\\", "", "  ",
    "{ } ; -> --",
]  # fmt: skip
# As a DOT reader sees them: quoted strings, arrows, punctuation, bare words.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|->|[{}\[\]=,;]|[\w.]+|\s+', re.S)
TYPES = {"string": str, "long": int, "double": float, "boolean": bool}


def story_of(path: Path, title: str) -> int:
    with open_read(path) as db:
        found = db.execute("SELECT story_id FROM v_story_articles WHERE title = ?", [title]).fetchone()
    return int(found[0])


def graph(path: Path, *args: object) -> Result:
    """`retold graph ARGS`, which ended well."""
    result = call("graph", *args, "--db", path)
    assert (result.exit_code, result.stderr) == (0, "")
    return result


def parsed(path: Path, *args: object) -> Any:
    return nx.read_graphml(BytesIO(graph(path, *args).stdout_bytes))


def tokens(text: str) -> list[str]:
    """The tokens of a DOT file; all of it must be some token."""
    found = list(TOKEN.finditer(text))
    assert "".join(m[0] for m in found) == text
    return [m[0] for m in found if not m[0].isspace()]


def said(string: str) -> str:
    """What Graphviz shows of a quoted string."""
    escapes = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
    return re.sub(r"\\.", lambda m: escapes[m[0]], string[1:-1], flags=re.S)


CALLS = [("3",), ("3", "--citations"), ()]


@pytest.fixture(params=CALLS, ids=["articles", "citations", "outlets"])
def asked(request: pytest.FixtureRequest, demo: Demo) -> list[object]:
    """Arguments of the three graphs of the news day."""
    return [story_of(demo.path, CASE) if arg == "3" else arg for arg in request.param]


# -- the formats agree


def in_order(edges: Any) -> list[Any]:
    return sorted((a, b, sorted(values.items())) for a, b, values in edges)


def test_graphml_is_read_by_networkx_as_json_says_it(demo: Demo, asked: list[object]) -> None:
    read, said = parsed(demo.path, *asked), json.loads(graph(demo.path, *asked, "--format", "json").stdout)
    same = nx.node_link_graph(said, edges="edges")
    assert dict(read.nodes(data=True)) == dict(same.nodes(data=True))
    assert in_order(read.edges(data=True)) == in_order(same.edges(data=True)) != []
    assert said["directed"] and read.is_directed() and read.is_multigraph() == said["multigraph"]
    again = nx.node_link_data(same, edges="edges")
    for form in (again, said):
        form["edges"].sort(key=lambda e: (e["source"], e["target"], e.get("key")))
    assert again == said


def test_graphml_declares_its_types(demo: Demo, asked: list[object]) -> None:
    root = ET.fromstring(graph(demo.path, *asked).stdout_bytes)
    names = {"g": NAMESPACE}
    keys = {k.get("id"): (k.get("for"), k.get("attr.type")) for k in root.findall("g:key", names)}
    for domain in ("node", "edge"):
        for data in root.findall(f"g:graph/g:{domain}/g:data", names):
            assert keys[data.get("key")][0] == domain and data.text
            TYPES[str(keys[data.get("key")][1])](data.text)


def test_edges_lead_to_nodes(demo: Demo, asked: list[object]) -> None:
    found = json.loads(graph(demo.path, *asked, "--format", "json").stdout)
    nodes = [n["id"] for n in found["nodes"]]
    assert len(nodes) == len(set(nodes)) and found["edges"]
    assert all(e["source"] in nodes and e["target"] in nodes for e in found["edges"])


def test_dot_has_the_same_nodes_and_edges(demo: Demo, asked: list[object]) -> None:
    found = json.loads(graph(demo.path, *asked, "--format", "json").stdout)
    words = tokens(graph(demo.path, *asked, "--format", "dot").stdout)
    assert words[0] == "digraph" and words[-1] == "}" and words.count("{") == words.count("}") == 1
    arrows = [(said(words[n - 1]), said(words[n + 1])) for n, word in enumerate(words) if word == "->"]
    assert arrows == [(e["source"], e["target"]) for e in found["edges"]]
    alone = [said(a) for before, a, b in zip(words, words[1:], words[2:], strict=False) if before == ";" and b == "["]
    assert alone[2:] == [n["id"] for n in found["nodes"]]


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_draws_it(demo: Demo, asked: list[object]) -> None:
    text = graph(demo.path, *asked, "--format", "dot").stdout_bytes
    done = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


# -- what is in them


def test_a_story(demo: Demo) -> None:
    story = story_of(demo.path, CASE)
    found = parsed(demo.path, story)
    with open_read(demo.path) as db:
        rows = [dict(r) for r in db.execute("SELECT * FROM v_roles WHERE story_id = ?", [story])]
        relays = [dict(r) for r in db.execute("SELECT * FROM relays WHERE story_id = ?", [story])]
    assert {n for n in found if n.startswith("a")} == {f"a{r['article_id']}" for r in rows}
    for r in (r for r in rows if r["leans_on_outlet"]):
        target = f"a{r['leans_on']}" if r["leans_on"] else f"outlet:{r['leans_on_outlet']}"
        edge = found.edges[f"a{r['article_id']}", target]
        assert (edge["says"], edge["how"], edge["confidence"]) == ("leaning", r["how"], r["confidence"])
        assert edge.get("quote") == r["quote"] and ("lag_s" in edge) == bool(r["leans_on"])
    assert {f"outlet:{r['outlet']}" for r in relays} <= set(found)
    assert found.number_of_edges() == len(relays) + sum(bool(r["leans_on_outlet"]) for r in rows)
    first = next(v for _, v in found.nodes(data=True) if v.get("title") == CASE)
    assert first["role"] == "origin" and first["lag_s"] == 0 and first["owner"] == "SPIEGEL-Verlag"


def test_citations_come_besides(demo: Demo) -> None:
    story = story_of(demo.path, CASE)
    alone, more = parsed(demo.path, story), parsed(demo.path, story, "--citations")
    leanings = [e for e in more.edges(data=True) if e[2]["says"] == "leaning"]
    assert sorted(map(repr, leanings)) == sorted(map(repr, alone.edges(data=True)))
    cited = [e for e in more.edges(data=True) if e[2]["says"] == "citation"]
    assert cited and all(isinstance(v["earlier"], bool) and v["kind"] and v["quote"] for _, _, v in cited)
    assert all(a != b for a, b, _ in cited)


def test_outlets(demo: Demo) -> None:
    found = parsed(demo.path)
    with open_read(demo.path) as db:
        rows, leanings = roles.outlets(db), roles.leanings(db)
    for row in rows:
        node = found.nodes[f"source:{row['source']}"]
        assert node["followed"] and {k: node[k] for k in ("stories", "first", "copy")} == {
            k: row[k] for k in ("stories", "first", "copy")
        }
    edges = list(found.edges(data=True))
    assert all(v["weight"] == sum(n for k, n in v.items() if k.startswith("by_")) for _, _, v in edges)
    assert sum(v["weight"] for _, _, v in edges) == sum(r["times"] for r in leanings)
    bergecho = found.edges["source:bergecho", "outlet:dpa"]
    assert bergecho["weight"] == next(r["leans_most_times"] for r in rows if r["source"] == "bergecho")
    assert found.nodes["outlet:dpa"] == {"label": "dpa", "kind": "outlet", "outlet": "dpa", "followed": False}
    newer = parsed(demo.path, "--since", "2026-11-21")
    assert 0 < sum(v["weight"] for *_, v in newer.edges(data=True)) < sum(v["weight"] for _, _, v in edges)


# -- hostile text


def with_text(text: str) -> Graph:
    fields = {"title": str, "outlet": str, "url": str, "n": int}
    node = Node("a1", {"title": text, "outlet": text, "n": 1} if text else {"n": 1})
    other = Node(f"outlet:{text}", {})
    return Graph("story 1", fields, {"quote": str}, (node, other), (Edge("a1", other.id, {"quote": text}),))


def as_xml(text: str) -> str:
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def check_graphml(text: str) -> None:
    read = nx.read_graphml(BytesIO(graphml(with_text(text)).encode()))
    assert read.nodes["a1"].get("title", "") == as_xml(text)
    assert read.edges["a1", f"outlet:{as_xml(text)}"].get("quote", "") == as_xml(text)


def check_dot(text: str) -> None:
    words = tokens(dot(with_text(text)))
    assert words.count("->") == 1 and words.count("[") == words.count("]") == 5
    shown = re.sub(r"\r\n?", "\n", text).replace("\t", " ")
    shown = re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "\ufffd", shown)
    assert said(words[words.index("->") + 1]) == f"outlet:{shown}"
    titles = [said(words[n + 2]) for n, word in enumerate(words) if word == "tooltip"]
    assert not text or titles[0].replace("&amp;", "&") == shown


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_survive(text: str) -> None:
    check_graphml(text)
    check_dot(text)
    assert json.loads(json.dumps(node_link(with_text(text))))["edges"][0]["quote"] == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\\"\n\r&<>;{}\x00\x1b'))


@given(TEXTS)
def test_any_text_survives(text: str) -> None:
    check_graphml(text)
    check_dot(text)


@given(TEXTS)
def test_a_quoted_string_is_one_token_on_one_line(text: str) -> None:
    assert tokens(quoted(text)) == [quoted(text)] and "\n" not in quoted(text)


@pytest.mark.parametrize("form", ["graphml", "dot", "json"])
def test_nothing_acts_on_a_terminal(tmp_path: Path, form: str) -> None:
    own = build(tmp_path)
    with writing(own.path) as db:
        trace(db)
    for n, title in enumerate(HOSTILE):
        db = sqlite3.connect(own.path)
        db.execute("UPDATE articles SET title = ? WHERE id = ?", [title, own.ids["ferry-again"]])
        db.commit()
        story = db.execute("SELECT story_id FROM copies WHERE article_id = ?", [own.ids["ferry-again"]]).fetchone()[0]
        db.close()
        shown = graph(own.path, story, "--format", form, "--citations").stdout
        assert not MARKS.search(shown.replace("\n", "").replace("\t", "")), n
        if form == "graphml":
            assert parsed(own.path, story).nodes[f"a{own.ids['ferry-again']}"].get("title", "") == as_xml(title)


# -- files, refusals, ends


def test_out_replaces_a_file_as_a_whole(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "graph.xml"
    target.write_text("old")
    assert graph(small.path, 1, "--out", target).stdout == ""
    assert target.read_bytes() == graph(small.path, 1).stdout_bytes
    assert list(tmp_path.iterdir()) == [target]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = call("graph", "--out", target, "--db", small.path)
    assert result.exit_code == 74 and "No space left" in result.stderr
    assert list(tmp_path.iterdir()) == [target] and target.read_bytes() == graph(small.path, 1).stdout_bytes


@pytest.mark.parametrize(
    ("args", "wrong"),
    [((1, "--what", "outlets"), "leave STORY out"), (("--what", "articles"), "wants a STORY"),
     ((1, "--since", "3d"), "leave STORY out"), (("--citations",), "goes with a STORY"), (("0",), "STORY"),
     (("--format", "gexf"), "gexf"), (("--since", "soon"), "soon")],
)  # fmt: skip
def test_refusals(small: Small, args: tuple[object, ...], wrong: str) -> None:
    result = call("graph", *args, "--db", small.path)
    assert (result.exit_code, result.stdout) == (2, "") and wrong in result.stderr


def test_the_database_is_not_overwritten(small: Small, tmp_path: Path) -> None:
    before = small.path.read_bytes()
    for name in (small.path, small.path.parent / "." / small.path.name):
        result = call("graph", "--out", name, "--db", small.path)
        assert result.exit_code == 2 and "--out is the database" in result.stderr
    assert small.path.read_bytes() == before
    assert call("graph", "--out", tmp_path / "no" / "folder", "--db", small.path).exit_code == 74
    assert call("graph", "--out", tmp_path, "--db", small.path).exit_code == 2


def test_unknown_stories_and_aliases(small: Small) -> None:
    result = call("graph", 99, "--db", small.path)
    assert (result.exit_code, result.stdout) == (1, "") and result.stderr.startswith("retold: no story 99 in ")
    with open_read(small.path) as db:
        gone, now = db.execute("SELECT id, story_id FROM aliases").fetchone()
    assert graph(small.path, gone).stdout == graph(small.path, now).stdout


@pytest.mark.parametrize("form", ["graphml", "dot", "json"])
def test_an_empty_database(tmp_path: Path, form: str) -> None:
    open_write(tmp_path / "empty.db").close()
    shown = graph(tmp_path / "empty.db", "--format", form).stdout
    assert "->" not in shown and "<edge " not in shown
    assert call("graph", 1, "--db", tmp_path / "empty.db").exit_code == 1


def member(i: int, **more: object) -> dict[str, Any]:
    given = {"article_id": i, "source": f"s{i}", "outlet": f"O{i}", "owner": "", "lang": "en", "title": "t",
             "url": f"http://o/{i}", "published": None, "first_seen": "2026-01-01T00:00:00Z", "copy_id": i}  # fmt: skip
    empty = dict.fromkeys(("role", "root", "lag_s", "leans_on", "on_outlet", "how", "quote", "confidence"))
    return {**given, **empty, **more}


def cites(i: int, cited: str, **more: object) -> dict[str, Any]:
    given = {"article_id": i, "cited": cited, "cited_source": None, "media": 1, "kind": "primary", "earlier": 0}
    return {**given, "via": None, "quote": f"{cited} says", "url": None, "confidence": 0.9, **more}


def test_a_story_that_is_not_traced_has_nodes_alone() -> None:
    found = of_story(1, [member(1), member(2)], [])
    assert [n.id for n in found.nodes] == ["a1", "a2"] and found.edges == ()


def test_what_leans_on_an_article_that_is_gone_leans_on_its_outlet() -> None:
    found = of_story(1, [member(1, leans_on=9, on_outlet="O9", how="copy", lag_s=5)], [])
    assert [(e.source, e.target, "lag_s" in e.values) for e in found.edges] == [("a1", "outlet:O9", False)]
    assert [n.id for n in found.nodes] == ["a1", "outlet:O9"]


def test_whom_a_citation_leads_to() -> None:
    rows = [member(1, source="s", outlet="O"), member(2, source="s", outlet="O"), member(3, source="x", outlet="X")]
    cited = [cites(3, "O"), cites(3, "Other name", cited_source="s"), cites(3, "O", url="http://o/2"), cites(1, "X"),
             cites(3, "X"), cites(3, "Ministry", media=0), cites(2, "O")]  # fmt: skip
    found = of_story(1, rows, [], cited)
    assert [(e.source, e.target) for e in found.edges] == [
        ("a3", "a1"), ("a3", "a1"), ("a3", "a2"), ("a1", "a3"), ("a3", "outlet:Ministry"), ("a2", "a1"),
    ]  # fmt: skip
    assert found.nodes[-1].values["kind"] == "organisation" and found.several


def test_outlets_without_a_role_are_nodes_where_they_are_leant_on() -> None:
    sources = {key: {"key": key, "name": key.upper(), "owner": ""} for key in ("a", "b")}
    leanings = [{"source": "a", "on_source": "b", "elsewhere": None, "times": 2, "by": {"copy": 2}, "median_lag_s": 0}]
    found = of_outlets([], leanings, sources)
    assert [n.id for n in found.nodes] == ["source:a", "source:b"]
    assert found.edges[0].values == {"weight": 2, "by_copy": 2, "median_lag_s": 0}
