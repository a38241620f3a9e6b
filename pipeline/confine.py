"""What a parser's child process gives up for good: the network, other programs, changing files.

A parser of foreign bytes needs none of these; should one of them be taken over by what it reads, little is won by it.
By rlimits everywhere, and by a seccomp filter (Linux on x86-64 and arm64) that answers EPERM. It may still read files,
which it needs in order to import what it has not imported yet.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple


class _Machine(NamedTuple):
    """Numbers of one architecture: linux/audit.h, asm/unistd.h."""

    arch: int
    denied: tuple[int, ...]  # socket connect bind listen, execve execveat, ptrace process_vm_writev, paths, io_uring
    opening: tuple[tuple[int, int], ...]  # system calls that open a file → which argument holds the flags


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        (
            41, 42, 49, 50, 59, 322, 101, 311, 425, 437,
            76, 82, 83, 84, 85, 86, 87, 88, 90, 258, 263, 264, 265, 266, 268, 316,
        ),
        ((2, 1), (257, 2)),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        (198, 203, 200, 201, 221, 281, 117, 271, 425, 437, 34, 35, 36, 37, 38, 45, 53, 276),
        ((56, 2),),
    ),
}  # fmt: skip
_FOREIGN = 0x40000000  # the x32 calls of x86-64 have numbers of their own: denied altogether
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def confine() -> bool:
    """Give up what no parser needs, in this process and for ever; whether the system helped with more than rlimits."""
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write is refused, the process lives
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (0, 0))
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" and sys.byteorder == "little" else None
    return machine is not None and _filtered(machine)


def _filtered(machine: _Machine) -> bool:
    """Install the filter; False where the kernel has none, or a container's own does not let us."""
    code = b"".join(_program(machine))
    program = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, described, 0, 0)


def _program(machine: _Machine) -> Iterator[bytes]:
    """The filter in the kernel's BPF: 8 bytes an instruction, jumps count those that are passed over."""
    yield _step(_LOAD, _ARCH)
    yield _step(_JUMP_EQUAL, machine.arch, 1, 0)
    yield _step(_RETURN, _REFUSE)  # another architecture's calls: 32-bit ones
    yield _step(_LOAD, _NUMBER)
    yield _step(_JUMP_AT_LEAST, _FOREIGN, 0, 1)
    yield _step(_RETURN, _REFUSE)
    for number in machine.denied:
        yield _step(_JUMP_EQUAL, number, 0, 1)
        yield _step(_RETURN, _REFUSE)
    for number, argument in machine.opening:
        yield _step(_JUMP_EQUAL, number, 0, 4)
        yield _step(_LOAD, _ARGUMENTS + 8 * argument)
        yield _step(_JUMP_SET, _WRITING, 0, 1)
        yield _step(_RETURN, _REFUSE)
        yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
