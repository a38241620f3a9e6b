"""Options that several commands share, and how an error becomes a line and an exit code."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar

import click
from click.exceptions import NoArgsIsHelpError

from pipeline.cli import words
from pipeline.cli.output import instead, say
from pipeline.model import ConfigError, RetoldError, StoreError

Command = TypeVar("Command", bound=Callable[..., Any])
DB = "RETOLD_DB"
DEMO = Path("demo.db")


def db_option(command: Command) -> Command:
    """``--db PATH``."""
    return click.option(
        "--db",
        "path",
        type=click.Path(path_type=Path),
        envvar=DB,
        default=Path("stories.db"),
        show_default="$RETOLD_DB, else ./stories.db",
        help="The database.",
    )(command)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")(command)


def config_option(command: Command) -> Command:
    """``--config PATH``."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        show_default="./config.yaml, else the one that came with Retold",
        help="The configuration.",
    )(command)


def now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


def exit_code(error: BaseException) -> int:
    """The documented exit code that an error ends a command with (docs/cli.md)."""
    if isinstance(error, KeyboardInterrupt):
        return words.SIGNALLED + int(getattr(error, "signum", signal.SIGINT))
    if isinstance(error, click.ClickException):
        return error.exit_code
    if isinstance(error, ConfigError):
        return words.BAD_CONFIG
    if isinstance(error, StoreError):
        from pipeline.store.connect import LockedError

        return words.LOCKED if isinstance(error, LockedError) else words.NO_STORE
    if isinstance(error, OSError):
        return words.NO_STORE
    return words.SOME_FAILED if isinstance(error, RetoldError) else words.FAULT


def _demo_hint(error: BaseException) -> str:
    """Where a database is missed and a demo's lies here: how to ask that one."""
    if isinstance(error, StoreError) and "no such database" in str(error) and DEMO.is_file():
        return f"; {DEMO} is here: --db {DEMO}"
    return ""


def invoked() -> str:
    """How to call Retold again, as it was called: ``retold`` only where a shell finds this very file by that name."""
    typed, found = Path(sys.argv[0]), shutil.which("retold")
    if typed.name == "__main__.py":
        return f"{python()} -m {typed.parent.name}"
    if typed.name != "retold" or (found and typed.exists() and typed.samefile(found)):
        return "retold"
    return shlex.quote(sys.argv[0])


def python() -> str:
    """``python`` where that is the one that runs us, else its path, from here where it is below."""
    for name in ("python", "python3"):
        if shutil.which(name) == sys.executable:
            return name
    here = Path.cwd()
    return shlex.quote(os.path.relpath(sys.executable) if here in Path(sys.executable).parents else sys.executable)


def _whole_streams() -> None:
    """Have stdin, stdout and stderr lead somewhere, where they were closed: else a database or a lock would be opened
    under their numbers, and what is printed would be written into it."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


class Root(click.Group):
    """The group that turns expected errors into one line on stderr; unexpected ones stay loud."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click closes the pipe quietly
        except (RetoldError, OSError) as error:
            say(f"{error}{_demo_hint(error)}")
            return ctx.exit(exit_code(error))
        except KeyboardInterrupt as error:
            goes_on = "the same command" if ctx.invoked_subcommand == "import" else "the next run"
            say(f"interrupted; what was done is kept, {goes_on} goes on")
            return ctx.exit(exit_code(error))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, with wrong usage told in the one-line form of every other error."""
        instead(None)
        asked = (args, prog_name, complete_var)
        _whole_streams()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # a terminal without ü gets a ? for it, not a traceback
                stream.reconfigure(errors="replace")
        if not standalone_mode:
            return super().main(*asked, standalone_mode=False, **extra)
        try:
            code = super().main(*asked, standalone_mode=False, **extra)
        except NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            say(f"{error.format_message()}{_hint(error)}")
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(words.SIGNALLED + signal.SIGINT)
        sys.exit(code if isinstance(code, int) else 0)


def _hint(error: click.ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
    return f" ({path} --help)" if path else ""
