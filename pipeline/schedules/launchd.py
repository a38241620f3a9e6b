"""A property list for launchd."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator

from pipeline.schedules import Job, gone, offset, spelled


def launchd(job: Job) -> dict[str, str]:
    """File name → property list of an agent."""
    label = f"org.{job.name}.run"
    told = str(job.log) if job.log else "/dev/null"
    listed = {
        "Label": label,
        "ProgramArguments": list(job.command),
        "StartCalendarInterval": turns(job),
        "StandardOutPath": told,
        "StandardErrorPath": told,
        "WorkingDirectory": "/",
        "Umask": 0o077,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 10,
        "ExitTimeOut": 60,
    } | ({"EnvironmentVariables": {"PYTHONPATH": job.pythonpath}} if job.pythonpath else {})
    head, _, rest = plistlib.dumps(listed, sort_keys=False).decode().partition("<plist")
    notes = "\n".join(f"  {line}".rstrip() for line in _launchd_notes(job, label))
    return {f"{label}.plist": f"{head}<!--\n{notes.replace('--', '- -')}\n-->\n<plist{rest}"}


def turns(job: Job) -> list[dict[str, int]]:
    """The moments of a day at which it starts; those that a Mac slept through are made up for by one."""
    first, minutes = offset(job), job.every_s // 60
    if minutes <= 60:
        return [{"Minute": minute} for minute in range(first % minutes, 60, minutes)]
    return [{"Hour": hour, "Minute": first} for hour in range(4 if minutes == 1440 else 0, 24, minutes // 60)]


def _launchd_notes(job: Job, label: str) -> Iterator[str]:
    yield f"Retold, every {spelled(job.every_s)}; as ~/Library/LaunchAgents/{label}.plist, then:"
    yield f"  launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{label}.plist"
    yield ""
    yield f"lock     launchd starts no second run of this; the run's own besides: {job.db}.lock, 75"
    yield f"limit    collecting ends after {job.collecting_s or job.max_seconds} s; launchd has none for the whole run"
    yield f"database {gone(job)}"
    yield "mail     launchd mails nobody: have a monitor look at how the last run ended. `retold schedule cron` prints"
    yield "         lines for a crontab that mail what is wrong (retold status) and make backups"
    yield f"log      {job.log or 'none'}; launchd rotates nothing: a line for it in /etc/newsyslog.d/{job.name}.conf"
    if job.needs:
        yield f"needs    {', '.join(job.needs)}: in a dictionary EnvironmentVariables"
    yield "sleep    turns that a sleeping Mac missed are made up for by one when it wakes"
