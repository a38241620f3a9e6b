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

UNKNOWN = 2 if "--strict" in sys.argv else 0
LOCK = Path(__file__).parent.parent / "requirements.lock"
ASKED = ("-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--no-deps", "--format", "json")


def main() -> int:
    """Ask, and say in a line what came of it."""
    asked = subprocess.run([sys.executable, *ASKED], capture_output=True, text=True)
    try:
        found: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (asked.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"not audited: {last[:300]}")
        return UNKNOWN
    return said(found)


def said(found: list[dict[str, Any]]) -> int:
    """Print what pip-audit found of each package; 1 where one has a known vulnerability."""
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
        return UNKNOWN
    print(f"{known} packages audited, {len(ill)} known vulnerabilities")
    return int(bool(ill))


if __name__ == "__main__":
    sys.exit(main())
