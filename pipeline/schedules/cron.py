"""Lines for a crontab, with what is to be said about them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from zlib import crc32

from pipeline.schedules import SOME_FAILED, Job, comment, failing, gone, limits, offset, spelled


def cron(job: Job) -> dict[str, str]:
    """File name → text: lines for a crontab of one user."""
    head = [
        f"Retold, every {spelled(job.every_s)}. Into the crontab of {job.owner or 'its user'}, by `crontab -e` or:",
        "  (crontab -l; cat FILE) | crontab -          (`| crontab -` alone replaces what is in it)",
        "",
        f"lock     the run's own, {job.db}.lock: a second run ends with 75 at once",
        f"limit    {limits(job)}",
        f"mail     only of a failure, to {job.mail or 'whom cron mails (MAILTO, else you)'}:",
        f"         {failing(job)}",
        f"database {gone(job)}",
        *_log_notes(job),
        *([f"needs    {', '.join(job.needs)}: lines NAME=value below this one"] if job.needs else []),
    ]
    mail = f"{comment([MAILTO])}MAILTO={job.mail}\n" if job.mail else ""
    run = f"{times(job)} {in_crontab(shell(job))}\n"
    return {f"{job.name}.crontab": f"{comment(head)}{mail}{run}{''.join(beside(job))}"}


NAMED = '"; failed: "*'  # failed sources, in the summary of a run (pipeline.cli.summing)
MAILTO = "MAILTO holds for all lines below it: put other entries above it, or a MAILTO of theirs after these"


def minute(job: Job) -> int:
    """The minute at which such things are started, always the same for one database."""
    return crc32(str(job.db).encode()) % 60


def beside(job: Job, *, told: bool = False) -> Iterator[str]:
    """Lines for what is to be started now and then besides runs, each with what it is for; without the first where
    somebody is told what is wrong by other means."""
    for what, when, why in BESIDE[told:]:
        command = job.besides[what]
        asked = call(job, command) if what == "status" else loud(job, what, command)
        line = f"{minute(job)} {when} {in_crontab(asked)}"
        yield comment(["", *why]) + (comment([line]) if what == "backup" else f"{line}\n")


BESIDE = (
    ("status", "7 * * *", ["Daily what is wrong, and no mail where nothing is: that feeds fail or have fallen silent,",
                           "and that runs never come to their end, is no run's failure."]),
    ("doctor", "5 * * 0", ["Weekly whether the database is sound; a mail only where it is not."]),
    ("backup", "3 * * *", ["Nightly a backup, the last 14 kept; a mail only where it fails. Name a folder, best on",
                           "another disk, and take the # away:"]),
)  # fmt: skip


def call(job: Job, command: Sequence[str]) -> str:
    """A command for /bin/sh."""
    return shlex.join([*(("env", f"PYTHONPATH={job.pythonpath}") if job.pythonpath else ()), *command])


def loud(job: Job, what: str, command: Sequence[str]) -> str:
    """One that says nothing unless it fails."""
    told = f'echo {shlex.quote(f"{job.name} {what} ended with")} $?; echo "$o";'
    return f"o=$({call(job, command)} 2>&1 </dev/null) || {{ {told} }}"


def _log_notes(job: Job) -> Iterator[str]:
    if job.log is None:
        yield "log      none"
        return
    yield f"log      {job.log}; to rotate it, without the # as /etc/logrotate.d/{job.name}:"
    yield f"         {rotated(str(job.log))} {{"
    as_owner = [f"su {job.owner} {job.group}"] if job.owner and job.group else []
    for directive in ("weekly", "rotate 8", "compress", "missingok", "notifempty", "copytruncate", *as_owner):
        yield f"             {directive}"
    yield "         }"


def rotated(path: str) -> str:
    """A path as logrotate has it: a pattern of glob(7) in double quotes, in which it takes no braces."""
    escaped = re.sub(r'([*?\[\\"])', r"\\\1", path)
    return '"' + re.sub(r"[{}]", "?", escaped) + '"'


def times(job: Job) -> str:
    """The five fields of a crontab line."""
    first, minutes = offset(job), job.every_s // 60
    if minutes < 60:
        return f"{first}-59/{minutes} * * * *" if first else f"*/{minutes} * * * *"
    hours = minutes // 60
    return f"{first} {'*' if hours == 1 else f'*/{hours}' if hours < 24 else '4'} * * *"


def shell(job: Job) -> str:
    """One line for /bin/sh: what the run says goes to the log, and to stdout, for cron to mail, where it failed. A 1 is
    some failed sources only where they are named: Python, too, ends with 1, where the package has gone from it."""
    limit = (job.timeout, "-k", "60", str(job.limit_s)) if job.timeout else ()
    begun = f"{shlex.join(limit)} {call(job, job.command)}".lstrip()
    log = f'{{ date -u; echo "$o"; }} >>{shlex.quote(str(job.log))}; ' if job.log else ""
    fine = "|".join(f'"{code} "*{NAMED if code == SOME_FAILED else ""}' for code in job.fine)
    told = f'echo {shlex.quote(f"{job.name} run ended with")} $s; echo "$o"; exit $s'
    return f'o=$({begun} 2>&1 </dev/null); s=$?; {log}case "$s $o" in {fine}) ;; *) {told};; esac'


def in_crontab(command: str) -> str:
    """A command as a crontab has it: a plain % would be a line end there."""
    return command.replace("%", r"\%")
