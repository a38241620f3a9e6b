"""How a package that is missing is installed beside this Retold: by pip, or by pipx where that keeps it."""

from __future__ import annotations

import sys
from pathlib import Path


def install(extra: str = "", package: str = "") -> str:
    """The command that installs an extra of Retold, or another package. pipx has the virtual environment of its own
    that it runs in, which plain pip does not reach."""
    wanted = package or (f"'retold[{extra}]'" if extra else "retold")
    home = Path(sys.prefix)
    kept = (home / "pipx_metadata.json").is_file()
    return f"pipx runpip {home.name} install {wanted}" if kept else f"pip install {wanted}"
