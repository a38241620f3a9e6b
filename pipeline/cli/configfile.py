"""config.yaml as commands change it: read as bytes, written as a whole or not at all, never over another's change."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from pipeline.cli.output import plain
from pipeline.model import ConfigError
from pipeline.newfile import replacing

CONFIG = Path("config.yaml")
NEW = "# What may stand here, key by key: docs/configuration.md. Look over what is guessed below, then: {check}\n"


def checked_by(path: Path) -> str:
    """The command that checks the configuration at this path."""
    return f"retold check{'' if path == CONFIG else f' --config {quote(plain(path))}'}"


def before(path: Path) -> tuple[bytes | None, str]:
    """The configuration's bytes (None where there is none) and its text; raises ConfigError where it is no UTF-8."""
    if not path.exists():
        return None, NEW.format(check=checked_by(path))
    data = path.read_bytes()
    try:
        return data, data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}:{data.count(b'%c' % 10, 0, error.start) + 1}: is not UTF-8 text") from error


def replace(path: Path, was: bytes | None, new: str) -> None:
    """Write the text; raises ConfigError where the file is not as it was read."""
    with replacing(path) as file:
        file.write(new.encode())
        if (path.read_bytes() if path.exists() else None) != was:
            raise ConfigError(f"{path}: was changed meanwhile; left as it is, try again")
