"""`retold schedule`: a ready entry that starts `retold run`, for cron, systemd or launchd."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import plain, say, show_json
from pipeline.cli.whose import barred, is_known, owner, user_name

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.schedules import Job

LONGEST = 998  # characters of a line of cron's
ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}(@[A-Za-z0-9.-]{1,253})?")  # nothing that a shell or crontab would act on


def _span(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    from pipeline.schedules import nearest, spelled

    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})\s*([mhd])", value.strip())
    seconds = int(found[1]) * {"m": 60, "h": 3600, "d": 86_400}[found[2]] if found else 0
    if not seconds:
        raise click.BadParameter("must be a span like 15m, 2h or 1d")
    if (near := nearest(seconds)) != [seconds]:
        raise click.BadParameter(f"hours or days cannot be divided so: take {' or '.join(map(spelled, near))}")
    return seconds


def _mailbox(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not ADDRESS.fullmatch(value):
        raise click.BadParameter("must be a plain mail address, or the name of a user here")
    return value


def _name(_: click.Context, __: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", value):
        raise click.BadParameter("must be up to 40 of a-z, 0-9 and -, a letter first")
    return value


def _user(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_known(value):
        raise click.BadParameter(f"{plain(value)!r} is no user of this system")
    return value


@click.command()
@click.argument("kind", type=click.Choice(["cron", "systemd", "launchd"]))
@click.option(
    "--every", callback=_span, metavar="SPAN", help="How often: 15m, 1h. Default: as the busiest source needs."
)
@config_option
@db_option
@click.option("--mail", callback=_mailbox, metavar="ADDRESS", help="Who is told of a failure.")
@click.option("--strict", is_flag=True, help="Some failed sources (1) are a failure, too.")
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where runs say what they did. Default: beside the database; systemd has its journal.",
)
@click.option("--no-log", is_flag=True, help="Keep no log.")
@click.option("--user", "own", is_flag=True, help="systemd: units for your own manager, not the system's.")
@click.option("--as", "as_user", callback=_user, metavar="NAME",
              help="systemd: run as this user. Default: whom the database, or its folder, belongs to.")  # fmt: skip
@click.option(
    "--name", default="retold", show_default=True, callback=_name, help="Of the units, where there are several."
)
@click.option("--to", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Write the files there.")
@json_option
def schedule(kind: str, every: int | None, config_path: Path | None, path: Path, mail: str | None, strict: bool,
             log: Path | None, no_log: bool, own: bool, as_user: str | None, name: str,
             folder: Path | None, as_json: bool) -> None:  # fmt: skip
    """Print a ready entry that starts `retold run`: lock, deadline, log and mail on failure are in it.

    Paths are absolute, and nothing of your session is needed: no HOME, no terminal, no locale. What is to be known
    about the entry stands in its comments; what is to be minded now is told on stderr.

    \b
    Examples:
      (crontab -l; retold schedule cron --mail you@your.site) | crontab -
      sudo "$(command -v retold)" schedule systemd --to /etc/systemd/system
      retold schedule systemd --user --to ~/.config/systemd/user
      retold schedule launchd --to ~/Library/LaunchAgents
    """
    from pipeline.cli.running import settled

    if own and kind != "systemd":
        raise click.UsageError(f"--user is systemd's: {kind} starts entries as whoever they belong to")
    if as_user and (own or kind != "systemd"):
        raise click.UsageError("--as is for units of systemd's own manager: others run as whoever they belong to")
    if kind == "systemd" and log:
        raise click.UsageError("--log: systemd keeps what runs say in its journal")
    settings = settled(config_path, path, False)
    job = _job(settings, every, config_path, path, mail, strict, log, no_log or kind == "systemd", name,
               as_user)  # fmt: skip
    files = _files(kind, job, own)
    warned = [*_warnings(settings, job, kind, config_path, files), *_about_users(job, kind, own)]
    _deliver(kind, job, files, warned, folder, as_json)


def _job(settings: Config, every: int | None, config_path: Path | None, path: Path, mail: str | None, strict: bool,
         log: Path | None, no_log: bool, name: str, as_user: str | None) -> Job:  # fmt: skip
    from pipeline.config import default_path
    from pipeline.schedules import Job, suited

    db = path.resolve()
    program, home = started_by()
    whose, group = owner(db)
    busiest = min((s.interval_s for s in settings.sources if s.enabled), default=1800)
    job = Job(
        program, home, (config_path or default_path()).resolve(), db, every or suited(busiest),
        settings.http.max_seconds, None if no_log else log.resolve() if log else db.with_suffix(".log"), mail, strict,
        name, as_user or whose, whose, group, db.is_file() and db.stat().st_size > 0, shutil.which("timeout") or "",
        tuple(sorted({v for rule in settings.alerts.values() for v in rule.variables})),
    )  # fmt: skip
    for place in (*job.outer, *([job.log] if job.log else [])):
        if re.search(r"[\x00-\x1f\x7f]", str(place)):
            raise click.UsageError(f"{plain(place)}: a path with control characters fits into no entry")
    return job


def started_by() -> tuple[tuple[str, ...], str]:
    """What starts this very Retold from anywhere, and the folder for PYTHONPATH where Python does not find it."""
    typed = Path(sys.argv[0])
    if typed.name == "retold" and typed.is_file():
        return (str(typed.absolute()),), ""  # not resolved: a link of pipx's is to be followed when it has moved
    import pipeline

    here = str(Path(pipeline.__file__).resolve().parent.parent)
    return (sys.executable, "-P", "-m", "pipeline"), "" if _found(here) else here


def _found(here: str) -> bool:
    """Whether Python finds this package by itself, without what this process's environment says."""
    ask = "import pipeline, pathlib; print(pathlib.Path(pipeline.__file__).resolve().parent.parent)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", ask], cwd="/", env={}, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip() == here


def _files(kind: str, job: Job, own: bool) -> dict[str, str]:
    from pipeline.schedules.cron import cron
    from pipeline.schedules.launchd import launchd
    from pipeline.schedules.systemd import systemd

    return cron(job) if kind == "cron" else launchd(job) if kind == "launchd" else systemd(job, own=own)


def _warnings(
    settings: Config, job: Job, kind: str, config_path: Path | None, files: Mapping[str, str]
) -> Iterator[str]:
    """What is to be minded of an entry now."""
    from pipeline.schedules import spelled

    if config_path is None and not Path("config.yaml").is_file():
        yield f"no config.yaml here: the entry uses the one that came with Retold, {job.config}"
    if not job.db.parent.is_dir():
        yield f"{job.db.parent}: no such folder; every run would end with 74"
    if job.collecting_s:
        yield (f"http.max_seconds is {job.max_seconds} s, not below {spelled(job.every_s)}: the entry ends collecting"
               f" after {job.collecting_s} s, so that the next run is not turned away")  # fmt: skip
    fastest = min((s.interval_s for s in settings.sources if s.enabled), default=job.every_s)
    if fastest < job.every_s:
        yield f"every {spelled(job.every_s)} is more seldom than the busiest source's interval ({fastest // 60} min)"
    if job.needs:
        yield f"alerts need {', '.join(job.needs)} in the entry's environment: see its comments"
    if kind == "cron" and max(map(len, files[f"{job.name}.crontab"].splitlines())) > LONGEST:
        yield f"some crons (Debian's) take no line of more than {LONGEST} characters: use shorter paths"
    if kind == "cron" and not job.timeout:
        yield "no `timeout` here: a run that hangs is not ended"
    if kind == "launchd":
        yield "launchd mails nobody and has no limit for a run: `retold schedule cron` works on a Mac, too"


def _about_users(job: Job, kind: str, own: bool) -> Iterator[str]:
    """What is to be minded of whose the database is and as whom the entry runs."""
    me = user_name(os.getuid())
    if kind != "systemd" or own:
        if job.owner != me:
            where = f" (crontab -u {job.owner} -e)" if kind == "cron" else ""
            yield f"{job.db} belongs to {job.owner}: this is for an entry of theirs{where}, not of {me}'s"
        return
    if job.user != job.owner:
        cannot = "has no privileges there and cannot write it" if job.user == "root" else "must be able to write it"
        yield f"{job.db} belongs to {job.owner}: {job.user} {cannot}"
    elif job.user != me:
        yield f"the unit runs as {job.user}, whom {job.db} belongs to; --as NAME names another"
    if job.user == "root":
        yield "the unit runs as root: a user of its own, whom the database belongs to, is better (--as NAME)"
    for place in barred(job.user, job.outer):
        yield f"{job.user} cannot get to {place}: a folder on the way is closed to that user"


INSTALL = {
    "cron": "(crontab -l; cat {file}) | crontab -",
    "systemd": "systemctl {user}daemon-reload && systemctl {user}enable --now {timers}",
    "launchd": "launchctl bootstrap gui/$(id -u) {file}",
}


def _deliver(kind: str, job: Job, files: Mapping[str, str], warned: list[str], folder: Path | None,
             as_json: bool) -> None:  # fmt: skip
    """Print the entry, or write its files; then what is to be minded."""
    if as_json:
        return show_json(_pieces(kind, job, files, warned))
    for line in warned:
        say(f"warning: {line}")
    if folder is None:
        for name, text in files.items():
            click.echo((f"# --- {name}\n" if kind == "systemd" else "") + text, nl=len(files) > 1)
        return None
    _write(folder, files)
    user = "--user " if "User=" not in "".join(files.values()) else ""
    then = INSTALL[kind].format(file=folder / next(iter(files)), user=user,
                                timers=" ".join(name for name in files if name.endswith(".timer")))  # fmt: skip
    return say(f"wrote {', '.join(files)} into {folder}; then: {then}")


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """All files, or none where one is there already and says something else."""
    for name, text in files.items():
        if (folder / name).exists() and (folder / name).read_text("utf-8") != text:
            raise click.ClickException(f"{folder / name} is there already; left as it is")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _pieces(kind: str, job: Job, files: Mapping[str, str], warned: list[str]) -> dict[str, object]:
    return {
        "kind": kind, "every_s": job.every_s, "command": list(job.command),
        "environment": {"PYTHONPATH": job.pythonpath} if job.pythonpath else {}, "needs": list(job.needs),
        "config": str(job.config), "db": str(job.db), "lock": f"{job.db}.lock",
        "collecting_s": job.collecting_s or job.max_seconds, "limit_s": None if kind == "launchd" else job.limit_s,
        "log": str(job.log) if job.log else "journal" if kind == "systemd" else None, "mail": job.mail,
        "fine": list(job.fine), "user": job.user if kind == "systemd" else None, "must_exist": job.must_exist,
        "besides": {what: list(command) for what, command in job.besides.items()},
        "files": dict(files), "warnings": warned,
    }  # fmt: skip
