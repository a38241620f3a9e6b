"""Which spiders there are: those that come with Retold, and a file each in the folder that config.yaml names."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.values import SPIDER_NAME, SPIDERS
from pipeline.yamlfile import near, shown


def own(folder: str | None) -> list[str]:
    """The names of the spiders in a folder, sorted; none where there is no such folder."""
    try:
        files = list(Path(folder).iterdir()) if folder else []
    except (OSError, ValueError):
        return []
    return sorted(p.stem for p in files if p.suffix == ".py" and re.fullmatch(SPIDER_NAME, p.stem))


def reference(name: str, folder: str | None) -> str:
    """What a spider is found by in any process: the path of its file, else its name; one's own goes first."""
    return str(Path(folder or "", f"{name}.py")) if name in own(folder) else name


def fault(name: str, folder: str | None) -> str:
    """Why there is no such spider; "" where there is."""
    there = list(dict.fromkeys((*SPIDERS, *own(folder))))
    if name in there:
        return ""
    others = near(name, there) or f"; there are {', '.join(there)}"
    return f"no such spider (got {shown(name)}){others}"
