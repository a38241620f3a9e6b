"""What is installed: the lock fits what we ask for, has hashes for all of it, and the manual says why each is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import audit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)[^\\\n]*((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.M)


def locked() -> dict[str, list[tuple[Version, int]]]:
    """Package → its versions (one each for some Pythons) with how many hashes."""
    found: dict[str, list[tuple[Version, int]]] = {}
    for name, version, hashes in LOCKED.findall((ROOT / "requirements.lock").read_text("utf-8")):
        found.setdefault(canonicalize_name(name), []).append((Version(version), hashes.count("--hash")))
    return found


def test_the_lock_has_what_is_asked_for_and_hashes_for_all_of_it() -> None:
    there = locked()
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert sum(map(len, there.values())) == len([line for line in lines if not line.startswith((" ", "#"))]) > 60
    assert all(hashes for versions in there.values() for _, hashes in versions)
    for said in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["web"]):
        wanted = Requirement(said)
        for version, _ in there[canonicalize_name(wanted.name)]:
            assert wanted.specifier.contains(version), f"make lock: {said} is locked as {version}"
    assert not there.keys() & {"pytest", "mypy", "ruff", "daft", "numba", "textual"}, "what is not needed is not there"


def test_the_manual_says_of_each_dependency_why_it_is_there() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|", (ROOT / "docs" / "dependencies.md").read_text("utf-8"), re.M)
    names = [Requirement(said).name for said in PROJECT["dependencies"]]
    assert [name for name, _ in rows] == names and all(len(why) > 10 for _, why in rows)
    assert f"installs {len(names)} packages by name" in (ROOT / "docs" / "dependencies.md").read_text("utf-8")


def test_each_dependency_is_there_for_something() -> None:
    """Each is imported by us, or stands in this list with its reason (docs/dependencies.md)."""
    through_others = {"cssselect", "datasketch", "lxml-html-clean"}
    modules = {"pystemmer": "Stemmer", "pyyaml": "yaml", "sqlite-utils": "sqlite_utils"}
    code = "\n".join(p.read_text("utf-8") for room in ("pipeline", "spiders") for p in (ROOT / room).rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.M))
    names = {canonicalize_name(Requirement(said).name) for said in PROJECT["dependencies"]}
    assert {name for name in names if modules.get(name, name) not in imported} == through_others


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 packages audited, 0 known"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}], 1, "mended in 2"),
        ([{"name": "a", "skip_reason": "Dependency not found on PyPI"}], 0, "not audited: 1 of 1 packages"),
        (None, 0, "not audited: Name or service not known"),
    ],
)  # fmt: skip
def test_an_audit_fails_for_what_it_found_and_not_for_whom_it_could_not_ask(
    answer: Any, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = json.dumps({"dependencies": answer}) if answer else "", "error\nName or service not known"
    script = f"import sys; sys.stdout.write({out[0]!r}); sys.stderr.write({out[1]!r})"
    monkeypatch.setattr(audit, "ASKED", ("-c", script))
    assert audit.main() == code
    assert said in capsys.readouterr().out


@pytest.mark.slow
def test_pip_takes_the_lock_as_it_is() -> None:
    """By its own reading: every line has a hash, and one version fits this Python."""
    call = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--quiet", "--require-hashes"]
    done = subprocess.run([*call, "-r", str(ROOT / "requirements.lock")], capture_output=True, text=True, timeout=600)
    if "No matching distribution" in done.stderr or "connection" in done.stderr.lower():
        pytest.skip("no package registry here")
    assert done.returncode == 0, done.stderr


def test_the_threat_model_names_tests_and_files_that_there_are() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    tests = set(re.findall(r"`(test_\w+)`", text))
    assert len(tests) > 15 and not {name for name in tests if not (ROOT / "tests" / f"{name}.py").is_file()}
    code = set(re.findall(r"`((?:pipeline|spiders)/[\w/]+\.py)`", text))
    assert code and not {name for name in code if not (ROOT / name).is_file()}
