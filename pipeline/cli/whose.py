"""Whose a database is, and whether a user gets to a file: whom a unit of systemd's is to run as."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def user_name(uid: int) -> str:
    """The name of a user; the number of one whom the system does not know, as in a container."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def owner(path: Path) -> tuple[str, str]:
    """User and group of a file, of the folder that it would lie in where there is none yet."""
    there = next(p for p in (path, *path.parents) if p.exists()).stat()
    group = str(there.st_gid)
    with suppress(KeyError):
        group = grp.getgrgid(there.st_gid).gr_name
    return user_name(there.st_uid), group


def is_known(name: str) -> bool:
    """Whether the system has a user of this name."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def barred(name: str, paths: Iterable[Path]) -> Iterator[Path]:
    """Those of ``paths`` that the user cannot get to, for a folder on the way lets only others through. By the modes
    alone; nothing of root, nor of a user whom the system does not know."""
    if name == "root" or not is_known(name):
        return
    user = pwd.getpwnam(name)
    groups = os.getgrouplist(name, user.pw_gid)
    for path in paths:
        found = [folder.stat() for folder in path.parents if folder.exists()]
        bits = [
            (s.st_mode, 0o100 if s.st_uid == user.pw_uid else 0o010 if s.st_gid in groups else 0o001) for s in found
        ]
        if not all(mode & bit for mode, bit in bits):
            yield path
