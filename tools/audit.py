"""`make audit`: known vulnerabilities of what requirements.lock names, by pip-audit.

Ends with 1 where there are some. Where the registry that pip asks has no such service, it says so and ends with 0: that
nobody could be asked is no finding; nor is it an all-clear, so with --strict it ends with 2.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "requirements.lock"
ASKED = ("-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--no-deps", "--format", "json")


def main(strict: bool = False) -> int:
    """Ask, and say in a line what came of it; ``strict``: 2 where nobody could be asked."""
    unknown = 2 if strict else 0
    asked = subprocess.run([sys.executable, *ASKED], capture_output=True, text=True)
    try:
        found: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (asked.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"not audited: {last[:300]}")
        return unknown
    return said(found, unknown)


def said(found: list[dict[str, Any]], unknown: int) -> int:
    """Print what pip-audit found of each package; 1 where one has a known vulnerability, ``unknown`` where it
    knows none of them."""
    ill = [(one, fault) for one in found for fault in one.get("vulns", [])]
    for one, fault in ill:
        print(
            f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none yet'}"
        )
    skipped = [one for one in found if "skip_reason" in one]
    if skipped:
        print(f"not audited: {len(skipped)} of {len(found)} packages, for example: {skipped[0]['skip_reason'][:200]}")
    known = len(found) - len(skipped)
    if not known:
        return unknown
    print(f"{known} packages audited, {len(ill)} known vulnerabilities")
    return int(bool(ill))


if __name__ == "__main__":
    sys.exit(main("--strict" in sys.argv))
