"""What `retold` and ``python -m pipeline`` start: the command line, and an exit code of its own where that breaks.

Python ends with 1 on an exception that nobody caught, which is what a run says whose sources failed in part, and no
scheduler tells anybody of that. So the command line is imported here, within reach of the one handler.
"""

from __future__ import annotations

import sys

FAULT = 70  # sysexits EX_SOFTWARE


def main() -> None:
    """Do what the command line says; ends with 70, after the traceback, where Retold or its installation is broken."""
    try:
        from pipeline.cli import main as command_line

        command_line(prog_name="retold")
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(FAULT)
