"""Have lemon24/reader update some feeds, once; run by a Python that has it, and sgmllib3k, which it needs and
does not say (see beside.py).

    PYTHON reader_once.py PLAN.json DATABASE URL…

Prints a line of JSON: ``result`` (what it said, in short) and ``entries``.
"""

import ipaddress
import json
import os
import resource
import socket
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

OUTSIDE = []  # addresses beyond the loopback that it wanted to connect to; it may not
MEMORY = 6 * 2**30  # bytes of address space: a bomb is to end this process and not the machine


def lead(plan):
    """Have names lead where the plan says."""
    genuine, answers = socket.getaddrinfo, plan["answers"]

    def looked_up(host, port, *args, **more):
        if host in plan["routes"]:
            return genuine(*plan["routes"][host], *args, **more)
        with suppress(ValueError):
            if not ipaddress.ip_address(host).is_loopback:
                OUTSIDE.append(host)
                raise socket.gaierror(socket.EAI_NONAME, "nothing leaves the loopback here")
            return genuine(host, port, *args, **more)
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "not of this web")
        said = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [one for address in said for one in genuine(address, port, *args, **more)]

    socket.getaddrinfo = looked_up


def updated(reader, url):
    """What an update says."""
    try:
        reader.update_feed(url)
    except MemoryError:
        return "MemoryError"
    except Exception as error:
        cause = error.__cause__
        return f"{type(error).__name__} ({type(cause).__name__})" if cause else type(error).__name__
    return "read"


def main():
    """Update and tell."""
    plan, db, *urls = sys.argv[1:]
    lead(json.loads(Path(plan).read_text()))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import requests.adapters
    from reader import make_reader

    requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["REQUESTS_CA_BUNDLE"]  # reader's sessions look at no other

    reader = make_reader(db)
    for url in urls:
        reader.add_feed(url)
    said = Counter(updated(reader, url) for url in urls)
    words = ", ".join(f"{word} ×{n}" if n > 1 else word for word, n in said.items())
    words += "".join(f"; **wanted to connect to {address}**" for address in dict.fromkeys(OUTSIDE))
    print(json.dumps({"result": words, "entries": reader.get_entry_counts().total}))


main()
