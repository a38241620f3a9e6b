"""`retold run` as it is, but for where names lead: its guard gets routes to a server on loopback, and a resolver.

    python -m bench.reliability.routed PLAN.json [arguments of retold]

PLAN: ``routes`` (host → [address, port]), ``answers`` (host → what its name resolves to, time after time; the last is
repeated), ``public`` (the loopback address that stands for the public internet). Nothing else is changed.
"""

from __future__ import annotations

import ipaddress
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.model import Reason
from spiders import guard


def routed(plan: Mapping[str, Any]) -> Any:
    """What takes the place of `guard.Guard`, whose routes are none on a command line."""
    answers: dict[str, list[list[str]]] = dict(plan["answers"])
    routes = {host: (address, port) for host, (address, port) in plan["routes"].items()}
    genuine = guard.Guard

    async def resolve(host: str, port: int) -> Sequence[str]:
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        said = answers.get(host)
        if not said:
            raise guard.Refused(Reason.DNS, f"{host} is not of this web")
        return said.pop(0) if len(said) > 1 else said[0]

    def permits(address: str) -> bool:
        return address == plan["public"] or guard.is_public(address)

    def made(ports: tuple[int, ...], _: object) -> guard.Guard:
        return genuine(ports, routes, resolve, permits)

    return made


def main() -> None:
    """Run the command line."""
    guard.Guard = routed(json.loads(Path(sys.argv[1]).read_text("utf-8")))  # type: ignore[misc]
    from pipeline.cli import main as retold

    retold(sys.argv[2:], prog_name="retold")


if __name__ == "__main__":
    main()
