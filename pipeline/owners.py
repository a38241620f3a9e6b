"""Whose a file is. What root makes or replaces in a service's place stays the service's, or locks it out."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path


def model(target: Path, beside: Path | None = None) -> os.stat_result | None:
    """After what a file that will be ``target`` takes owner and group: what stands there; else, where root makes it,
    ``beside`` if that is in the same folder, or the folder. None: it is whose it is."""
    if target.exists():
        return target.stat()
    if os.geteuid() != 0:
        return None
    folder = target.resolve().parent
    return beside.stat() if beside and beside.exists() and beside.resolve().parent == folder else folder.stat()


def settle(path: Path, like: os.stat_result | None, *, mode: bool = False) -> str:
    """Give a file or folder owner and group of ``like`` (``mode``: and its permissions) as far as we may; whose it
    should be and is not (``retold:news``), else "".

    Neither a link nor a file of several names: in a folder that others may write to it could be a file of root's.
    """
    if like is None:
        return ""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return named(like)
    try:
        return settled(handle, like, mode=mode)
    finally:
        os.close(handle)


def settled(handle: int, like: os.stat_result, *, mode: bool = False) -> str:
    """:func:`settle` of what is open already."""
    have = os.fstat(handle)
    alone = stat.S_ISDIR(have.st_mode) or (stat.S_ISREG(have.st_mode) and have.st_nlink == 1)
    if alone and (have.st_uid, have.st_gid) != (like.st_uid, like.st_gid):
        for uid in (like.st_uid, -1):  # who may not give a file away may still give it to a group of theirs
            with suppress(OSError):
                os.fchown(handle, uid, like.st_gid)
                break
    if alone and mode:
        os.fchmod(handle, stat.S_IMODE(like.st_mode))
    now = os.fstat(handle)
    return "" if (now.st_uid, now.st_gid) == (like.st_uid, like.st_gid) else named(like)


def folder(path: Path) -> None:
    """Make a folder and those above it, for its owner alone (mode 700). Raises OSError."""
    if path.is_dir():
        return
    folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    settle(path, model(path.with_name(f"{path.name}.new")))


def named(like: os.stat_result) -> str:
    """``retold:news``; numbers where this machine has no names for them."""
    user, group = str(like.st_uid), str(like.st_gid)
    with suppress(KeyError):
        user = pwd.getpwuid(like.st_uid).pw_name
    with suppress(KeyError):
        group = grp.getgrgid(like.st_gid).gr_name
    return f"{user}:{group}"
