"""Where a database is not safe: on a file system of another machine, whose locks and shared memory are not ours."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # proc(5); Linux only
NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
     "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "vboxsf", "vmhgfs"}
)  # fmt: skip


def network(path: Path) -> str:
    """The type of the network file system that ``path`` is, or would be, on: "nfs4"; "" where it is on a local one or
    the system does not tell."""
    try:
        lines = MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    place = path.resolve()
    held = ((point, kind) for point, kind in map(_mount, lines) if place.is_relative_to(point))
    kind = ""
    deepest = -1
    for point, its in held:  # of several at one place the last hides the others
        if len(Path(point).parts) >= deepest:
            deepest, kind = len(Path(point).parts), its
    return kind if kind in NETWORK else ""


def _mount(line: str) -> tuple[str, str]:
    """(mount point, type) of a line of mountinfo."""
    before, _, after = line.partition(" - ")
    point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), f"{before}     ".split(" ")[4])
    return point or "/nowhere", after.partition(" ")[0]
