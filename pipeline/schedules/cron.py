"""A line for a crontab, with what is to be said about it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pipeline.schedules import Job, comment, failing, limits, offset, spelled


def cron(job: Job) -> dict[str, str]:
    """File name → text: lines for a crontab of one user."""
    head = [
        f"Retold, every {spelled(job.every_s)}. Into a crontab, besides what is in it:",
        "  (crontab -l; retold schedule cron) | crontab -          (`| crontab -` alone replaces what is in it)",
        "",
        f"lock     the run's own, {job.db}.lock: a second run ends with 75 at once",
        f"limit    {limits(job)}",
        f"mail     only of a failure, to {job.mail or 'whom cron mails (MAILTO, else you)'}:",
        f"         {failing(job)}",
        *_log_notes(job),
        *([f"needs    {', '.join(job.needs)}: lines NAME=value below this one"] if job.needs else []),
    ]
    mail = f"MAILTO={job.mail}\n" if job.mail else ""
    return {f"{job.name}.crontab": f"{comment(head)}{mail}{times(job)} {in_crontab(shell(job))}\n"}


def _log_notes(job: Job) -> Iterator[str]:
    if job.log is None:
        yield "log      none"
        return
    yield f"log      {job.log}; to rotate it, as /etc/logrotate.d/{job.name}:"
    yield f'         "{job.log}" {{ weekly rotate 8 compress missingok notifempty copytruncate }}'


def times(job: Job) -> str:
    """The five fields of a crontab line."""
    first, minutes = offset(job), job.every_s // 60
    if minutes < 60:
        return f"{first}-59/{minutes} * * * *" if first else f"*/{minutes} * * * *"
    hours = minutes // 60
    return f"{first} {'*' if hours == 1 else f'*/{hours}' if hours < 24 else '4'} * * *"


def shell(job: Job) -> str:
    """One line for /bin/sh: what the run says goes to the log, and to stdout, for cron to mail, where it failed."""
    limit = (job.timeout, "-k", "60", str(job.limit_s)) if job.timeout else ()
    path = ("env", f"PYTHONPATH={job.pythonpath}") if job.pythonpath else ()
    call = shlex.join([*limit, *path, *job.command])
    log = f'{{ date -u; echo "$o"; }} >>{shlex.quote(str(job.log))}; ' if job.log else ""
    fine = "|".join(map(str, job.fine))
    told = shlex.quote(f"{job.name} run ended with")
    return f'o=$({call} 2>&1 </dev/null); s=$?; {log}case $s in {fine}) ;; *) echo {told} $s; echo "$o"; exit $s;; esac'


def in_crontab(command: str) -> str:
    """A command as a crontab has it: a plain % would be a line end there."""
    return command.replace("%", r"\%")
