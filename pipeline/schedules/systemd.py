"""Units of systemd: a service, its timer, and one that mails of failures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.schedules import Job, comment, failing, gone, offset, spelled
from pipeline.schedules.cron import beside, minute


def systemd(job: Job, *, own: bool) -> dict[str, str]:
    """File name → unit: service and timer, and where somebody is to be told of failures, what tells of them and what
    looks daily whether all is well; ``own``: for a user's manager."""
    run, look = job.name, f"{job.name}-status"
    units = {f"{run}.service": _service(job, own),
             f"{run}.timer": _timer(f"Retold every {spelled(job.every_s)}", calendar(job))}  # fmt: skip
    if job.mail:
        units |= {
            f"{run}-failed.service": _telling(job, own, run, "Retold failed on %H"),
            f"{look}.service": _looking(job, own),
            f"{look}.timer": _timer("Look daily whether Retold is well", f"*-*-* 07:{minute(job):02}:00"),
            f"{look}-failed.service": _telling(job, own, look, "Retold wants a look on %H"),
        }
    return units


def escaped(text: str) -> str:
    """A word of a unit's setting, in double quotes: % is a specifier there, $ a variable, a backslash an escape."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'


def exec_start(command: Sequence[str]) -> str:
    """A command for ``ExecStart=``, whose program takes no quotes that it does not need."""
    words = [c if re.fullmatch(r"[\w@+./:=-]+", c, re.ASCII) else escaped(c) for c in command]
    return " ".join([words[0], *(word.replace("$", "$$") for word in words[1:])])


def _service(job: Job, own: bool) -> str:
    failed = f"OnFailure={job.name}-failed.service\n" if job.mail else ""
    path = f"Environment={escaped('PYTHONPATH=' + job.pythonpath)}\n" if job.pythonpath else ""
    who = "" if own else f"User={job.user}\n"
    network = "" if own else "Wants=network-online.target\nAfter=network-online.target\n"
    note = comment([f"One run of Retold. Its lock is its own: {job.db}.lock; 75: another run is under way.",
                     f"Failures: {failing(job)}.", f"Database: {gone(job)}.", *_whose(job, own), *_told(job),
                     f"What belongs beside it, as lines for the crontab of {job.owner or 'its user'}:",
                     *"".join(beside(job, told=bool(job.mail))).splitlines()])  # fmt: skip
    fine = " ".join(str(code) for code in job.fine if code)
    needs = f"EnvironmentFile={'-%h/.config' if own else '-/etc'}/{job.name}.env\n" if job.needs else ""
    return f"""{note}[Unit]
Description=Retold: collect news and group it into stories
{network}{failed}
[Service]
Type=oneshot
{who}{path}{needs}ExecStart={exec_start(job.command)}
SuccessExitStatus={fine}
CacheDirectory={job.name}
Environment=NUMBA_CACHE_DIR=%C/{job.name}
TimeoutStartSec={job.limit_s}
TimeoutStopSec=60
KillMode=mixed
Nice=10
UMask=0077
{_hardening(job, own)}"""


def _whose(job: Job, own: bool) -> list[str]:
    if own or not job.owner:
        return []
    whose = f"whom {job.db} belongs to" if job.user == job.owner else f"who was named; {job.db} is {job.owner}'s"
    return [f"It runs as {job.user}, {whose}."]


def _looking(job: Job, own: bool) -> str:
    note = comment(["Whether all is well: feeds that fail or have fallen silent, runs that do not come to their end.",
                    f"Where it is not, it ends with 1; {job.name}-status-failed.service mails that."])  # fmt: skip
    path = f"Environment={escaped('PYTHONPATH=' + job.pythonpath)}\n" if job.pythonpath else ""
    return f"""{note}[Unit]
Description=Retold: look whether all is well
OnFailure={job.name}-status-failed.service

[Service]
Type=oneshot
{"" if own else f"User={job.user}" + chr(10)}{path}ExecStart={exec_start(job.besides["status"])}
TimeoutStartSec=600
Nice=10
UMask=0077
{_hardening(job, own)}"""


def _told(job: Job) -> list[str]:
    journal = f"journalctl {{}}-u {job.name}.service"
    if job.mail:
        return [f"They are mailed to {job.mail} by {job.name}-failed.service; all of it: {journal.format('[--user] ')}"]
    return [f"Nobody is mailed (--mail ADDRESS adds a unit that does); all of it: {journal.format('[--user] ')}"]


# What a filter of system calls enforces, works in a user's manager, too; what needs mounts is the system's.
_FILTERS = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""
_MOUNTS = """\
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
"""
_WHY = """\
# Parsers run in child processes that confine themselves further (seccomp, by prctl), which all of this allows.
# MemoryDenyWriteExecute is left out: numba, where it is installed, compiles.
"""


def _hardening(job: Job, own: bool) -> str:
    if own:
        return _WHY + _FILTERS
    there = any(str(place).startswith(("/tmp/", "/var/tmp/")) for place in job.outer)
    mounts = _MOUNTS.replace("PrivateTmp=yes\n", "ReadWritePaths=/tmp /var/tmp\n") if there else _MOUNTS
    return f"{_WHY}{_FILTERS}{mounts}ReadWritePaths={escaped(str(job.db.parent))}\n"


def calendar(job: Job) -> str:
    """The turns as ``OnCalendar=`` has them."""
    first, minutes = offset(job), job.every_s // 60
    if minutes < 60:
        return f"*-*-* *:{first:02}/{minutes}:00"
    hours = minutes // 60
    return f"*-*-* {'*' if hours == 1 else f'00/{hours}' if hours < 24 else '04'}:{first:02}:00"


def _timer(what: str, when: str) -> str:
    return f"""[Unit]
Description={what}

[Timer]
OnCalendar={when}
RandomizedDelaySec=30
AccuracySec=10
Persistent=true

[Install]
WantedBy=timers.target
"""


def _telling(job: Job, own: bool, of: str, subject: str) -> str:
    unit, user = f"{of}.service", "--user " if own else ""
    mail = (
        f"{{ echo To: {job.mail}; echo Subject: {subject}; echo; systemctl {user}status --full {unit};"
        f" journalctl {user}-u {unit} -n 50 --no-pager; }} | sendmail -t"
    )
    note = comment([f"Mails the end of the journal when {unit} failed; needs a sendmail on the PATH of units."])
    return f"""{note}[Unit]
Description=Tell that Retold failed

[Service]
Type=oneshot
ExecStart=/bin/sh -c "{mail}"
"""
