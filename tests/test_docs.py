"""The manual as a contract: what is there is documented, what is documented is there, and what it shows works."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pipeline import config
from pipeline.cli import words
from pipeline.model import Reason
from pipeline.phrases import REASONS
from tests import manual
from tests.conftest import call
from tests.manual import PAGES, ROOT, Block
from tools import schema_diagram
from tools.reference import commands, database, documents
from tools.reference.regions import outside, regions, section

BLOCKS = [block for path in PAGES for block in manual.blocks(path)]
SOURCE = {"name": "One", "owner": "One", "country": "GB", "language": "en", "role": "publisher"}
ONE = {"one": {**SOURCE, "feeds": ["https://one.example/feed"]}}


def docs(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


# -- the reference is what the code says


@pytest.mark.parametrize("name", documents.wanted())
def test_the_reference_is_what_the_generator_writes(name: str) -> None:
    text = docs(name)
    assert documents.missing(name, text) == [], "python -m tools.reference --add"
    assert documents.made(text) == text, "python -m tools.reference"


def test_everything_has_a_meaning_and_every_meaning_a_thing() -> None:
    assert [*documents.unexplained(docs("database.md")), *documents.superfluous()] == []


def test_every_command_argument_and_subcommand_is_told_of_by_hand() -> None:
    text = docs("cli.md")
    headed = re.findall(r"^## `retold (\w[\w-]*)", text, re.M)
    assert sorted(set(headed)) == sorted(commands.main.commands)
    for name, command in commands.main.commands.items():
        at = section(text, f"`retold {name}")
        assert at, name
        written = outside(text[slice(*at)])
        for full, leaf in commands.leaves(name, command):
            assert f"retold {full}" in written, full
            for argument in commands.arguments_of(leaf):
                assert re.search(rf"\b{argument}\b", written), f"retold {full}: {argument}"


def test_what_is_said_of_single_options_is_of_options_that_are_there() -> None:
    text = docs("cli.md")
    for name, command in commands.main.commands.items():
        at = section(text, f"`retold {name}")
        assert at
        takes = {
            o for _, leaf in commands.leaves(name, command) for p in leaf.params for o in p.opts + p.secondary_opts
        }
        said = re.findall(r"^- `(--?[a-z-]+)", outside(text[slice(*at)]), re.M)
        assert set(said) <= takes, f"retold {name}: {set(said) - takes}"


def test_every_table_of_options_stands_in_its_commands_section() -> None:
    text = docs("cli.md")
    for region in regions(text):
        if region.kind == "options":
            at = section(text, f"`retold {region.what}")
            assert at and f"<!-- generated: options {region.what} -->" in text[slice(*at)], region.what


def test_no_table_of_keys_or_columns_is_left_to_hand() -> None:
    assert re.findall(r"^\| `\w+\.[^`]+` \|.*", outside(docs("configuration.md")), re.M) == []
    text = docs("database.md")
    assert set(re.findall(r"^## `(v_\w+)`", text, re.M)) == set(database.VIEWS)
    for name in database.VIEWS:
        at = section(text, f"`{name}`")
        assert at and "| `" not in outside(text[slice(*at)]), name


def test_every_exit_code_is_told() -> None:
    constants = {v for n, v in vars(words).items() if n.isupper() and isinstance(v, int) and v != words.SIGNALLED}
    assert constants | {129, 130, 143} == set(words.EXITS)
    help_ = call("--help").output
    assert {
        int(code) for code in re.findall(r"\b\d+\b", help_.partition("Exit codes:")[2].partition("Options")[0])
    } == set(words.EXITS)
    for path in PAGES:
        for cells in re.findall(r"^\| (\d+(?:, \d+)*) \|", manual.text(path), re.M) if path.name == "README.md" else ():
            assert {int(code) for code in cells.split(", ")} <= set(words.EXITS)


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) == {str(reason) for reason in Reason}


def test_every_environment_variable_is_told() -> None:
    code = "\n".join(p.read_text("utf-8") for room in ("pipeline", "spiders") for p in (ROOT / room).rglob("*.py"))
    read = re.findall(r"environ(?:\.get|\.setdefault)?[\[(]\s*\"([A-Z_]+)\"(?!\]\s*=[^=])", code)
    read += re.findall(r"\"(RETOLD_[A-Z_]+)\"", code)
    text = "\n".join(map(manual.text, PAGES))
    assert "RETOLD_DB" in read
    for name in set(read):
        assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", text), name


def test_the_drawing_shows_the_schema_as_it_is() -> None:
    boxes, lines = schema_diagram.drawn(schema_diagram.DRAWN.read_text("utf-8"))
    tables = schema_diagram.new_database()
    assert lines == {(to, t.name) for t in tables for to in t.refers.values()}, "python -m tools.schema_diagram"
    topics = schema_diagram.topics()
    for table in tables:
        box = boxes.get(table.name) or boxes[f"({topics[table.name]})"]
        assert {table.name, *table.columns} <= box, f"{table.name}: python -m tools.schema_diagram"
    assert {box for box in boxes if "(" not in box} <= {table.name for table in tables}


# -- no page is damaged


def glued(text: str) -> list[str]:
    """Headings, tables, marks and what follows a table that have no blank line before them, outside of code."""
    lines = re.sub(r"^( *)```.*?^\1```$", lambda m: re.sub("[^\n]", "", m[0]), text, flags=re.M | re.S).split("\n")
    return [
        line
        for before, line in pairwise(lines)
        if before.strip() and line.strip()
        and (re.match(r"#{1,6} |<!-- generated", line) or (line[0] == "|") != (before[0] == "|"))
    ]  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_nothing_is_glued_cut_or_doubled(path: Path) -> None:
    text = manual.text(path)
    assert glued(text) == []
    plain = re.sub(r"^( *)```.*?^\1```$", "", outside(text), flags=re.M | re.S)
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n|\n(?=- )", plain)]
    assert [p for p, n in Counter(p for p in paragraphs if len(p) > 60).items() if n > 1] == []
    lines = [line.strip() for line in plain.split("\n") if len(line) > 60 and line[:1] not in ("|", " ")]
    assert [line for line, n in Counter(lines).items() if n > 1] == []
    assert [p[-60:] for p in paragraphs if p.startswith("- ") and p.count("(") > p.count(")")] == [], "ends halfway"


def test_damage_is_found() -> None:
    assert glued("a\n## b\n\n| c |\n|---|\nd\n\n```\n# e\n| f\ng\n```\n") == ["## b", "d"]
    assert glued("a\n| b |\n\nc\n<!-- generated: options run -->\n") == ["| b |", "<!-- generated: options run -->"]


# -- the site


def in_menu(entries: list[Any]) -> list[str]:
    targets = [target for entry in entries for target in entry.values()]
    return [page for t in targets for page in (in_menu(t) if isinstance(t, list) else [t])]


def test_the_menu_has_every_page_and_no_other() -> None:
    menu = in_menu(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    pages = [entry for entry in menu if "#" not in entry]
    beside = {"index.md", "changelog.md", "contributing.md", "security.md", "licence.md"}
    there = beside | {path.name for path in (ROOT / "docs").glob("*.md")}
    assert len(set(pages)) == len(pages) and set(pages) == there
    for page, _, anchor in (entry.partition("#") for entry in menu if "#" in entry):
        assert anchor in manual.anchors(ROOT / "docs" / page), f"{page}#{anchor}"


# -- what the manual shows works


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in manual.links(path):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in manual.anchors(target), f"{path.name}: {link}"


CALLS = sorted({(b.page, tuple(c)) for b in BLOCKS if b.lang in ("", "console", "sh", "bash", "shell", "ini", "cron")
                for c in manual.calls(b)})  # fmt: skip


def parsed(args: list[str]) -> None:
    """Read a command line as click would, without doing it; raises click.UsageError."""
    command: click.Command = commands.main
    context = click.Context(command, info_name="retold", **commands.main.context_settings)
    while isinstance(command, click.Group) and args and not args[0].startswith("-"):
        found = command.get_command(context, args[0])
        if found is None:
            raise click.UsageError(f"no command {args[0]}")
        command, args = found, args[1:]
        context = click.Context(command, info_name=command.name, **commands.main.context_settings)
    given, rest, _ = command.make_parser(context).parse_args(list(args))
    if rest:
        raise click.UsageError(f"too many arguments: {rest}")
    for parameter in command.params:
        wanted = isinstance(parameter, click.Argument) and parameter.required and "help" not in given
        if wanted and re.match(r"None|\(\)|Sentinel", repr(given.get(str(parameter.name)))):
            raise click.UsageError(f"{parameter.name} is missing")


@pytest.mark.parametrize(("page", "args"), CALLS, ids=lambda x: " ".join(x) if isinstance(x, tuple) else x)
def test_every_command_line_is_one(page: str, args: tuple[str, ...]) -> None:
    parsed(list(args))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_commands_and_options_within_sentences_are_there(path: Path) -> None:
    for args in manual.mentions(path):
        command: click.Command = commands.main
        while isinstance(command, click.Group) and args and args[0] in command.commands:
            command, args = command.commands[args[0]], args[1:]
        assert command is not commands.main or not args or re.match("-|[A-Z]+$", args[0]), args
        has = {o for p in command.params for o in p.opts + p.secondary_opts} | {"--help", "-h", "--version"}
        said = {word.partition("=")[0] for word in args if re.match(r"--?[a-z]", word)}
        assert said <= has, f"{path.name}: retold {command.name} has no {said - has}"


def test_command_lines_are_found() -> None:
    assert len(CALLS) > 40
    shown = "retold stories --all | head\n*/5 * * * *  retold run -q  # often\ncurl URL | retold x - \n"
    assert list(manual.calls(Block("x", "", shown))) == [["stories", "--all"], ["run", "-q"], ["x", "-"]]
    assert list(manual.calls(Block("x", "", "$ retold run\nretold says something\n"))) == [["run"]]
    for wrong in (["stories", "--never"], ["no-such"], ["story"], ["story", "1", "2"]):
        with pytest.raises(click.UsageError):
            parsed(wrong)


QUERIES = [(b.page, statement) for b in BLOCKS if b.lang == "sql" for statement in manual.statements(b)]


@pytest.mark.parametrize(("page", "query"), QUERIES, ids=lambda x: x.strip().split("\n")[0][:60])
def test_every_query_runs(db: sqlite3.Connection, page: str, query: str) -> None:
    assert db.execute(query).description


def pieces() -> list[tuple[str, Any]]:
    """What is shown of config.yaml: blocks in YAML whose keys are its keys."""
    found, keys = [], "|".join(config.Config.model_fields)
    for block in BLOCKS:
        if block.lang in ("", "yaml") and re.match(rf"(?:#.*\n)*(?:{keys}):\s", block.body):
            found.append((block.page, yaml.safe_load(block.body)))
    return found


@pytest.mark.parametrize(("page", "piece"), pieces())
def test_every_piece_of_configuration_is_valid(page: str, piece: dict[str, Any]) -> None:
    sources = piece.get("sources") or {}
    whole = {k: {**SOURCE, "feeds": [f"https://{k}.example/feed"], **(v or {})} for k, v in sources.items()}
    text = yaml.safe_dump({**piece, "sources": {**ONE, **whole}})
    assert config.loads(text, page).sources


def test_pieces_of_configuration_are_found() -> None:
    assert {"alerts.md"} <= {page for page, _ in pieces()}
