"""Where the stages of a rebuild are kept, and what they run on: this machine's cores, or a Ray cluster."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir
from typing import TYPE_CHECKING

from pipeline.extras import install
from pipeline.model import ConfigError, RetoldError

if TYPE_CHECKING:
    import daft
    import pyarrow as pa
    from pyarrow import fs

CONNECT_S = 5
TRIES = 3  # of one stage, where a machine of the cluster was lost under it
QUIET = {"DAFT_PROGRESS_BAR": "0", "DO_NOT_TRACK": "true", "DAFT_ANALYTICS_ENABLED": "0",
         "SCARF_NO_ANALYTICS": "true", "RAY_USAGE_STATS_ENABLED": "0"}  # fmt: skip


LOST = ("ray.exceptions", "ActorDied", "ActorUnavailable", "NodeDied", "WorkerCrashed", "ObjectLost", "OwnerDied")


Tell = Callable[[str, int, int], None]  # (stage, done, of how many)


class ClusterError(RetoldError):
    """A cluster that cannot be reached, or that failed the same stage again and again."""


class Scratch:
    """A folder (a path, or an address like ``s3://bucket/folder``) that holds the stages of one rebuild."""

    def __init__(self, where: str, slots: int) -> None:
        self.where, self.slots = where.rstrip("/"), slots

    def kept(self, name: str, query: daft.DataFrame) -> daft.DataFrame:
        """Run ``query``, write its answer down and read it from there.

        A task that is asked again may leave a file of its first try behind: only what the query says it wrote counts.
        Raises ClusterError where the stage failed ``TRIES`` times on a cluster.
        """
        import daft

        for n in range(1, TRIES + 1):
            try:
                written = query.write_parquet(f"{self.where}/{name}-{n}").to_pydict()["path"]
                return daft.read_parquet([self._whole(p) for p in written]) if written else query.limit(0).collect()
            except Exception as error:
                if not lost(error):
                    raise
                if n == TRIES:
                    raise ClusterError(f"{name}: failed {TRIES} times on the cluster: {error}") from error
        raise AssertionError("unreachable")

    def _whole(self, path: str) -> str:
        """A path as Daft tells it, which leaves out the scheme of an object store."""
        scheme = self.where.partition("://")[0]
        return path if "://" in path or scheme == self.where else f"{scheme}://{path}"

    def write(self, name: str, table: pa.Table) -> None:
        """Put a table into the scratch folder, for a stage to read."""
        from pyarrow import parquet

        system, folder = self._system()
        system.create_dir(f"{folder}/{name.rpartition('/')[0]}", recursive=True)
        with system.open_output_stream(f"{folder}/{name}") as out:
            parquet.write_table(table, out)

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        system, folder = self._system()
        with suppress(FileNotFoundError):
            system.delete_dir(folder)

    def _system(self) -> tuple[fs.FileSystem, str]:
        from pyarrow import fs

        found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(
            self.where if "://" in self.where else Path(self.where).absolute().as_uri()
        )
        return found


def lost(error: BaseException) -> bool:
    """Whether a machine or a process of the cluster went away, so that asking again may help."""
    told = f"{type(error).__module__}.{type(error).__name__}: {error}"
    return any(sign in told for sign in LOST)


@contextmanager
def running(scratch: str | None, ray: str | None) -> Iterator[Scratch]:
    """The engine, ready: Daft's native runner, or the Ray cluster at the address ``ray``.

    ``scratch``: where stages are kept (default: the temporary folder), in a folder of their own that is removed at the
    end.
    Raises ConfigError where the extra is not installed, ClusterError where no cluster answers.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    slots = _ray(ray) if ray else _native()
    folder = (scratch or gettempdir()).rstrip("/")
    held = Scratch(f"{folder}/retold-rebuild-{token_hex(6)}", slots)
    try:
        yield held
    finally:
        held.remove()


def _native() -> int:
    _installed("daft", "batch")
    import daft

    os.environ["DAFT_RUNNER"] = "native"
    daft.get_or_create_runner()  # one for the life of a process
    return os.cpu_count() or 1


def _ray(address: str) -> int:
    for package in ("daft", "ray"):
        _installed(package, "cluster")
    import daft
    import ray

    _answers(address)
    try:
        if not ray.is_initialized():
            ray.init(address=address, log_to_driver=False, include_dashboard=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ClusterError(f"--ray {address}: {error}") from error
    daft.set_runner_ray(noop_if_initialized=True)
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _answers(address: str) -> None:
    """Ray itself would wait for minutes where there is nobody."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        return
    try:
        socket.create_connection((host.removeprefix("ray://"), int(port)), CONNECT_S).close()
    except OSError as error:
        raise ClusterError(f"--ray {address}: no cluster answers ({error.strerror or error})") from error


def _installed(package: str, extra: str) -> None:
    if find_spec(package) is None:
        raise ConfigError(f"the batch engine needs the package {package}: {install(extra)}")
