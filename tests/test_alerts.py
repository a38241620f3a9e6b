"""Alerts: which stories somebody is told of, once, whatever becomes of the receivers, of the run and of the stories."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alertrules import AlertRule
from pipeline.alerts import engine, message
from pipeline.alerts.engine import Alerted, Limits, alert
from pipeline.cli.summing import summary
from pipeline.config import loads
from pipeline.model import ConfigError
from pipeline.newsroom import Newsroom
from pipeline.run import run
from pipeline.store import alerts as store
from pipeline.store.connect import LockedError, lock, open_read, open_write
from pipeline.tracing import trace
from tests.authority import Authority
from tests.conftest import CONFIG, EVIL, NOW, ROOT, Demo, Small, build, call
from tests.receivers import Hook, Post, drip, hang

SCHEMA = json.loads((files("pipeline") / "data" / "alert.schema.json").read_text("utf-8"))
QUICK = Limits(each_s=3, total_s=9)
SHORT = Limits(each_s=0.3, total_s=9)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The small database, with its listings: story 1 the ferry (3), 2 owl and mayor (3), 4 the bell (2)."""
    small = build(tmp_path_factory.mktemp("alerts"))
    with closing(open_write(small.path)) as db:
        trace(db)
    return small


@pytest.fixture
def own(made: Small, tmp_path: Path) -> Small:
    """A copy, to be written to."""
    for name in (made.path.name, made.config.name):
        shutil.copy(made.path.with_name(name), tmp_path / name)
    return Small(tmp_path / made.path.name, tmp_path / made.config.name, made.ids)


@pytest.fixture
def db(own: Small) -> Iterator[Any]:
    with closing(open_write(own.path)) as opened:
        yield opened


def rules(**given: dict[str, Any]) -> dict[str, AlertRule]:
    return {name: AlertRule.model_validate(rule) for name, rule in given.items()}


def told(db: Any, known: dict[str, AlertRule], minutes: float = 0, limits: Limits = QUICK) -> Alerted:
    return alert(db, known, "https://desk.test/", NOW + timedelta(minutes=minutes), limits)


def states(db: Any) -> list[tuple[str, int, str]]:
    return [tuple(r) for r in db.execute("SELECT rule, story_id, state FROM alerts ORDER BY id")]


def numbers(hook: Hook) -> list[int]:
    """The stories that a hook was told of, in order."""
    return [json.loads(content)["story"]["id"] for _, content in hook.got]


# -- once


def test_a_story_is_told_once(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    with Hook() as hook:
        known = rules(ferry={"words": "fähre OR ferry", "webhook": hook.url, "secret_env": "HOOK_SECRET"})
        first, second = told(db, known), told(db, known, 10)
    assert first.counts() == {"noted": 1, "sent": 1, "failed": 0, "waiting": 0} and second == Alerted()
    [(headers, content)] = hook.got
    said = json.loads(content)
    jsonschema.validate(said, SCHEMA, format_checker=jsonschema.FormatChecker())
    digest = hmac.new(b"s3cret", content, hashlib.sha256).hexdigest()
    assert headers["x-retold-signature"] == f"sha256={digest}"
    assert headers["retold-delivery"] == said["delivery"] and headers["user-agent"].startswith("Retold/")
    assert headers["content-type"] == "application/json"
    story = said["story"]
    assert (story["id"], story["url"]) == (1, "https://desk.test/story/1")
    assert story["languages"] == ["de", "en"] and story["counts"]["articles"] == len(story["articles"]) == 3
    assert [a["outlet"] for a in story["articles"]] == ["Küstenblatt", "The Courier", "Spoof [bold]"]


def test_only_new_stories_and_all_conditions_count(db: Any) -> None:
    with Hook() as hook:
        known = rules(
            old={"words": "bell", "within": 86_400, "webhook": hook.url},  # its newest article is 28 hours old
            several={"min_articles": 3, "lang": "de", "webhook": hook.url},
            single={"min_articles": 1, "source": "kueste", "lang": "en", "webhook": hook.url},
        )
        assert told(db, known).sent == 3
    assert sorted(states(db)) == [("several", 1, "sent"), ("single", 1, "sent"), ("single", 2, "sent")]


def test_an_edited_rule_tells_nothing_twice_and_a_renamed_one_is_new(db: Any) -> None:
    with Hook() as hook:
        rule = {"words": "ferry", "webhook": hook.url}
        told(db, rules(ferry=rule))
        assert told(db, rules(ferry={**rule, "words": "nordwind", "min_articles": 3})).noted == 0
        assert told(db, rules(ship=rule)).sent == 1
        ids = [json.loads(content)["delivery"] for _, content in hook.got]
    assert len(set(ids)) == 2


def test_what_was_told_of_a_part_is_told_of_the_whole(own: Small) -> None:
    with Hook() as hook:
        known = rules(bell={"words": "bell", "webhook": hook.url}, ferry={"words": "ferry OR owl", "webhook": hook.url})
        with closing(open_write(own.path)) as db:
            told(db, {"bell": known["bell"]})
        assert numbers(hook) == [4]
        merged = call("merge", 4, 1, "--db", own.path, "--config", own.config)
        assert merged.exit_code == 0 and "now story 1" in merged.output
        with closing(open_write(own.path)) as db:
            assert told(db, {"bell": known["bell"]}).noted == 0, "a part of it was told under another id"
            assert told(db, {"ferry": known["ferry"]}).sent == 2
        parted = call("merge", "--undo", 4, "--db", own.path, "--config", own.config)
        assert parted.exit_code == 0
        with closing(open_write(own.path)) as db:
            assert told(db, {"bell": known["bell"]}).noted == 0, "the bell's part still goes by that id"
    assert numbers(hook) == [4, 1, 2]


def test_stories_that_merge_while_they_wait_are_told_once(own: Small) -> None:
    with Hook(500, 500, 200) as hook:
        known = rules(both={"words": "bell OR ferry", "webhook": hook.url})
        with closing(open_write(own.path)) as db:
            assert told(db, known).counts() == {"noted": 2, "sent": 0, "failed": 1, "waiting": 2}
            assert told(db, known).failed == 1  # the other one
        call("merge", 4, 1, "--db", own.path, "--config", own.config)
        with closing(open_write(own.path)) as db:
            assert told(db, known, 10).counts() == {"noted": 0, "sent": 1, "failed": 0, "waiting": 0}
            assert sorted(s for _, _, s in states(db)) == ["merged", "sent"]
    assert numbers(hook)[-1] == 1


# -- receivers


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ((500, 200), "HTTP 500: so it is x"),
        ((302, 200), "HTTP 302, to /elsewhere; redirects are not followed"),
        ((hang, 200), "not done within 0.3 s"),
        ((drip, 200), "not done within 0.3 s"),
    ],
)
def test_a_receiver_that_fails_is_asked_again_later(db: Any, script: tuple[Any, ...], why: str) -> None:
    began = time.monotonic()
    with Hook(*script) as hook:
        known = rules(ferry={"words": "ferry", "webhook": hook.url})
        limits = SHORT if callable(script[0]) else QUICK
        assert told(db, known, limits=limits).failed == 1 and time.monotonic() - began < 4
        [row] = store.listed(db, None, None, 9)
        assert (row["state"], row["tries"]) == ("waiting", 1) and row["error"].startswith(why)
        assert len(row["error"]) < 230
        assert told(db, known, 0.5).counts() == {"noted": 0, "sent": 0, "failed": 0, "waiting": 1}, "not yet"
        assert told(db, known, 1).sent == 1
    assert len({headers["retold-delivery"] for headers, _ in hook.got}) == 1 and set(hook.paths) == {"/hook"}


def test_gone_is_for_good_and_can_be_tried_anew(own: Small, db: Any) -> None:
    with Hook(410, 200) as hook:
        known = rules(ferry={"words": "ferry", "webhook": hook.url})
        assert told(db, known).failed == 1 and told(db, known, 99_999).failed == 0
        assert [s for _, _, s in states(db)] == ["dead"] and len(hook.got) == 1
        assert call("alerts", "retry", 7, "--db", own.path).exit_code == 1
        said = call("alerts", "retry", "--db", own.path)
        assert said.output.startswith("1 alert to be sent again")
        assert told(db, known, 99_999).sent == 1
        assert "alert 1 is sent" in call("alerts", "retry", 1, "--db", own.path).output


def test_who_never_answers_ends_on_the_list_of_the_dead(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a courier that says so at once, as nobody listens: what is tested is when it is sent out."""
    sent: list[datetime] = []
    at = NOW
    monkeypatch.setattr(engine, "carry", lambda job, _: sent.append(at) or {"ok": False, "detail": "no", "gone": False})
    known = rules(ferry={"words": "ferry", "webhook": "http://127.0.0.1:9/"})
    for hour in range(24 * 4 * 4):
        at = NOW + timedelta(minutes=15 * hour)
        alert(db, known, None, at, QUICK)
    assert [s for _, _, s in states(db)] == ["dead"]
    gaps = [(b - a).total_seconds() / 3600 for a, b in pairwise(sent)]
    assert gaps == [0.25, 0.25, 0.25, 1, 6, 12, 24]  # a run every 15 minutes


def test_a_broken_receiver_keeps_no_other_waiting(db: Any) -> None:
    with Hook(hang) as deaf, Hook() as good:
        known = rules(
            deaf={"min_articles": 2, "webhook": deaf.url}, refused={"min_articles": 2, "webhook": "http://127.0.0.1:9/"},
            good={"min_articles": 2, "webhook": good.url},
        )  # fmt: skip
        began = time.monotonic()
        done = told(db, known, limits=Limits(each_s=1, total_s=9))
        assert time.monotonic() - began < 4 and (done.sent, done.failed) == (3, 2)
        assert sorted(done.errors) == ["deaf", "refused"] and "refused" in done.errors["refused"].lower()
    assert len(good.got) == 3 and len(deaf.got) == 1, "one failure, and the receiver's others wait for the next run"
    assert done.waiting == 6


def test_a_run_sends_so_many_and_no_more(db: Any) -> None:
    with Hook() as hook:
        known = rules(
            a={"min_articles": 1, "within": 2_000_000, "webhook": hook.url}, b={"words": "ferry", "webhook": hook.url}
        )
        few = Limits(each_s=2, total_s=9, most=2)
        assert told(db, known, limits=few).counts() == {"noted": 4, "sent": 2, "failed": 0, "waiting": 2}
        assert {json.loads(content)["rule"] for _, content in hook.got} == {"a", "b"}, "each rule has its turn"
        assert told(db, known, limits=few).sent == 2
        late = Limits(each_s=2, total_s=0)
        db.execute("UPDATE alerts SET state = 'waiting'")
        assert told(db, known, limits=late).counts() == {"noted": 0, "sent": 0, "failed": 0, "waiting": 4}


def test_a_secret_that_is_not_set_loses_nothing(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    with Hook() as hook:
        known = rules(ferry={"words": "ferry", "webhook": hook.url, "secret_env": "HOOK_SECRET"})
        assert told(db, known).errors == {"ferry": "the environment variable HOOK_SECRET is not set"}
        monkeypatch.setenv("HOOK_SECRET", "x")
        assert told(db, known, 1).sent == 1


def test_a_command_reads_the_alert_and_its_output_is_kept_when_it_fails(db: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    save = f"import os,sys; open({str(out)!r}, 'w').write(sys.stdin.read() + os.environ['RETOLD_DELIVERY'])"
    known = rules(
        good={"words": "ferry", "command": (sys.executable, "-c", save)},
        bad={"words": "ferry", "command": ("sh", "-c", "yes no | head -c 300000; echo; echo why; exit 3")},
        slow={"words": "ferry", "command": ("sh", "-c", "sleep 30 & sleep 30")},
        none={"words": "ferry", "command": (str(tmp_path / "absent"),)},
    )
    done = told(db, known, limits=Limits(each_s=1.2, total_s=9))
    said, delivery = json.JSONDecoder().raw_decode(out.read_text())[0], out.read_text()[-36:]
    assert said["story"]["id"] == 1 and said["delivery"] == delivery
    assert done.sent == 1 and done.errors["bad"].startswith("ended with 3: ") and done.errors["bad"].endswith("why")
    assert done.errors["slow"] == "not done within 1.2 s" and "No such file" in done.errors["none"]


# -- mail


def mail(**more: Any) -> dict[str, Any]:
    box = {
        "to": ("desk@desk.test", "night@desk.test"),
        "from": "retold@desk.test",
        "server": "127.0.0.1",
        "tls": "none",
    }
    return {"words": "ferry OR nordwind", "mail": box | more}


def test_a_mail_says_the_same(db: Any) -> None:
    db.execute("UPDATE listings SET headline = ? WHERE story_id = 1", [EVIL + "\r\nBcc: all@desk.test"])
    with Post(refuse=("night@desk.test",)) as post:
        assert told(db, rules(ferry=mail(port=post.port))).sent == 1
    [(sender, to, content)] = post.got
    assert (sender, to) == ("retold@desk.test", ["desk@desk.test"])
    [row] = store.listed(db, "sent", None, 9)
    assert "refused night@desk.test: 550" in row["error"]
    read = message_from_bytes(content, policy=default)
    assert read["Bcc"] is None and "Bcc: all@desk.test" in read["Subject"] and "\x1b" not in read["Subject"]
    assert read["Message-ID"] == f"<{row['delivery']}@desk.test>" and read["Auto-Submitted"] == "auto-generated"
    text = read.get_content()
    for part in ("3 articles", "Küstenblatt (de", "https://kueste.example/faehre", "page: https://desk.test/story/1"):
        assert part in text
    assert not set(text) & set("\x1b\x07\u202e\u200b")


def test_a_mail_is_signed_in_for_over_tls_alone(db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.bundle))
    monkeypatch.setenv("MAIL_PASSWORD", "passw0rd")
    box = {"tls": "starttls", "user": "retold", "password_env": "MAIL_PASSWORD", "server": "localhost"}
    limits = Limits(each_s=3, total_s=6)
    with Post(trusted.context("localhost")) as post, Post() as plain:
        known = rules(good=mail(port=post.port, **box), bare=mail(port=plain.port, **box))
        done = told(db, known, limits=limits)
    assert done.sent == 1 and "STARTTLS" in done.errors["bare"] and not plain.signed_in and len(post.got) == 1
    assert base64.b64decode(post.signed_in[0].split()[2]).decode() == "\0retold\0passw0rd"
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
    with Post(trusted.context("localhost")) as stranger:
        done = told(db, rules(strange=mail(port=stranger.port, **box)), limits=limits)
    assert "certificate" in done.errors["strange"] and not stranger.signed_in


# -- runs


def test_a_run_that_is_killed_before_it_notes_sends_again(own: Small) -> None:
    with Hook() as hook:
        known = rules(ferry={"words": "ferry", "webhook": hook.url})
        child = os.fork()
        if not child:
            store.settled = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
            try:
                with closing(open_write(own.path)) as db:
                    told(db, known)
            finally:
                os._exit(1)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        with closing(open_write(own.path)) as db:
            assert told(db, known, 0.5).sent == 0, "not at once"
            assert told(db, known, 1).sent == 1
    first, second = (headers["retold-delivery"] for headers, _ in hook.got)
    assert first == second


def test_a_run_that_is_interrupted_waits_for_no_receiver(db: Any, tmp_path: Path) -> None:
    left = tmp_path / "left"
    known = rules(
        hook={"words": "ferry", "webhook": "http://127.0.0.1:9/"},
        slow={"words": "ferry", "command": ("sh", "-c", f"touch {left}; exec sleep 60")},
    )

    def interrupt() -> None:
        while not left.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)  # as a terminal would: it ends a wait

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt, daemon=True).start()
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            told(db, known, limits=Limits(each_s=90, total_s=90))
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - began < 60
    assert ("slow", 1, "waiting") in states(db)


def test_two_at_once_send_once(own: Small) -> None:
    own.config.write_text(CONFIG + "alerts: {ferry: {words: ferry, webhook: 'http://127.0.0.1:9/'}}\n", "utf-8")
    with lock(own.path):
        assert call("alerts", "send", "--db", own.path, "--config", own.config).exit_code == 75
    with pytest.raises(LockedError), lock(own.path), lock(own.path):
        pass


def test_the_news_day(demo: Demo, tmp_path: Path) -> None:
    """A whole run tells of the drones, the next one of nothing."""
    path = tmp_path / "demo.db"
    with closing(open_read(demo.path)) as db:
        db.execute("VACUUM INTO ?", [str(path)])
        newest = datetime.fromisoformat(db.execute("SELECT max(newest) FROM listings").fetchone()[0])
        of_drones = "SELECT story_id FROM v_stories WHERE headline LIKE '%Kamikazedrohnen%' AND articles > 10"
        [story] = db.execute(of_drones).fetchone()
    with Hook() as hook, Newsroom(newest.date()) as room:
        rule = f"{{cites: Der Spiegel, lang: nl, words: 'drohne*', webhook: '{hook.url}'}}"
        config = loads(f"{room.config_text()}\nalerts:\n  drones: {rule}\n", "c")
        done = [run(config, path, fetch=False, clock=lambda: newest) for _ in range(2)]
    assert [d.counts()["alerts"]["sent"] for d in done] == [1, 0] and numbers(hook) == [story]  # type: ignore[index]
    assert "1 alert sent" in summary(done[0]) and "alert" not in summary(done[1])
    said = json.loads(hook.got[0][1])
    jsonschema.validate(said, SCHEMA)
    assert said["story"]["origin"]["outlet"] == "Der Spiegel" and said["story"]["counts"]["articles"] > 10


# -- the command


def test_the_command(own: Small) -> None:
    with Hook(200, 200, 503) as hook:
        block = (
            "web: {url: 'https://desk.test'}\nalerts:\n"
            f"  ferry: {{words: ferry, within: 30d, webhook: '{hook.url}'}}\n"
            "  nothing: {words: zeppelin, command: [cat]}\n"
        )
        own.config.write_text(CONFIG + block, "utf-8")
        ask = ("--db", own.path, "--config", own.config)
        dry = call("alerts", "send", "--dry-run", *ask)
        assert dry.exit_code == 0 and "ferry      1" in dry.output and "1 new alert, 0 noted ones due" in dry.output
        assert not hook.got and "no alerts yet" in call("alerts", "list", "--db", own.path).output
        test = call("alerts", "test", "ferry", *ask)
        assert test.output == "ferry: sent, story 1\n"
        assert json.loads(hook.got[0][1])["test"] is True
        assert call("alerts", "send", *ask).output == "1 new alert, 1 sent, 0 failed, 0 waiting\n"
        found = json.loads(call("alerts", *ask, "--json").output)
        assert [(r["rule"], r["sent"], r["way"]) for r in found] == [
            ("ferry", 1, f"webhook {hook.url.split('/')[2]}"), ("nothing", 0, "command cat"),
        ]  # fmt: skip
        [row] = json.loads(call("alerts", "list", "--state", "sent", "--db", own.path, "--json").output)
        assert (row["rule"], row["story"], row["tries"]) == ("ferry", 1, 1)
        again = call("alerts", "test", "ferry", *ask)
        assert again.exit_code == 1 and "ferry: HTTP 503" in again.output
        assert "did you mean ferry?" in call("alerts", "test", "fery", *ask).output


def test_an_invented_example_fits_the_schema() -> None:
    row = {"rule": "x", "delivery": message.delivery("x", 1, ""), "noted": "2026-11-20T12:00:00Z", "test": True}
    said = message.payload(row, message.EXAMPLE, None)
    jsonschema.validate(said, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert "TEST" in message.mail(said, "a@b.test", ("c@d.test",), NOW)["Subject"]


def test_the_manual_shows_what_is_sent() -> None:
    [block] = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "alerts.md").read_text("utf-8"), re.S)
    jsonschema.validate(json.loads(block), SCHEMA, format_checker=jsonschema.FormatChecker())


@pytest.mark.case("D9")
@given(st.text(max_size=300))
@settings(max_examples=60)
def test_no_headline_makes_a_header_or_hides_anything(headline: str) -> None:
    row = {"rule": "x", "delivery": message.delivery("x", 1, ""), "noted": "2026-11-20T12:00:00Z"}
    said = message.payload(row, {**message.EXAMPLE, "headline": headline}, None)
    made = message.mail(said, "a@b.test", ("c@d.test",), NOW)
    read = message_from_bytes(made.as_bytes(), policy=default)
    assert read.keys() == made.keys() and not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", read["Subject"])


# -- the configuration


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("{webhook: 'http://h/'}", "alerts.x: needs a condition"),
        ("{lang: de}", "alerts.x: needs exactly one of webhook, mail, command (got none)"),
        ("{lang: de, webhook: 'http://h/', command: [a]}", "(got webhook, command)"),
        ("{lang: de, webhook: 'ftp://h/'}", "alerts.x.webhook: must start with http"),
        ("{lang: de, command: [a], secret_env: A}", "alerts.x.secret_env: signs what a webhook"),
        ("{lang: de, command: []}", "alerts.x.command: "),
        ("{source: kust, command: [a]}", "alerts.x.source: no source 'kust' below sources; did you mean kueste?"),
        ("{lang: de, comand: [a]}", "alerts.x.comand: unknown key; did you mean command?"),
        ("{lang: de, within: 5, command: [a]}", "alerts.x.within: must be at least 60 s (got 5 s)"),
        ("{lang: de, mail: {to: [a@b.c], from: a@b.c, server: h, prt: 1}}", "mail.prt: unknown key; did you mean port"),
        ("{lang: de, mail: {to: ['a@b.c, d@e.f'], from: a@b.c, server: h}}", "x.mail.to[0]: must be a plain mail"),
        ("{lang: de, mail: {to: [a@b.c], from: a@b.c, server: h, user: u}}", "x.mail.user: needs password_env, too"),
        ("{lang: de, mail: {to: [a@b.c], from: a@b.c, server: h, tls: none, user: u, password_env: P}}",
         "x.mail.tls: a password must not travel unencrypted"),
    ],
)  # fmt: skip
def test_what_a_rule_cannot_be_is_said_by_line(rule: str, fault: str) -> None:
    with pytest.raises(ConfigError) as said:
        loads(f"{CONFIG}alerts:\n  x: {rule}\n", "c")
    line = CONFIG.count("\n") + 2
    assert fault in str(said.value) and str(said.value).startswith(f"c:{line}: ")


def test_check_says_what_a_rule_hardly_means(own: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    block = (
        "alerts:\n  a: {cites: SPIEGEL, words: '-x', webhook: 'http://h/', secret_env: HOOK_SECRET}\n"
        "  b: {origin: Küstenblat, command: [cat]}\n  c: {cites: The Unheard Gazette, origin: kueste, command: [cat]}\n"
    )
    own.config.write_text(CONFIG + block, "utf-8")
    said = json.loads(call("check", "--config", own.config, "--json").output)
    assert said["alerts"] == 3 and [w for w in said["warnings"] if w.startswith("alerts.")] == [
        "alerts.a: the environment variable HOOK_SECRET is not set here",
        "alerts.a.cites: stories have this outlet as Der Spiegel",
        "alerts.a.words: names no word that is to be there, so it finds nothing",
        "alerts.b.origin: no outlet of that name is known; did you mean Küstenblatt?",
    ]
