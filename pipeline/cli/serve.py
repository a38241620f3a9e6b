"""`retold serve`: the database in a browser, by the extra ``web``."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, db_option
from pipeline.cli.output import say
from pipeline.extras import install

if TYPE_CHECKING:
    from pipeline.web.people import People

PORT = 8001
LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE: Mapping[str, str] = {"0.0.0.0": "127.0.0.1", "::": "::1"}
SHUTDOWN_S = 3  # how long a page that is being sent may take when we are to end


@click.command()
@db_option
@config_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all of them.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any that is free.")
@click.option("--name", "names", metavar="NAME", multiple=True, help="A further name it is asked by; repeatable.")
@click.option(
    "--corrections/--no-corrections",
    default=None,
    show_default="on loopback only",
    help="May people who know the token correct stories?",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="The token, made there if need be.",
)
@click.option("--open", "show", is_flag=True, help="Open a browser.")
def serve(
    path: Path,
    config_path: Path | None,
    host: str,
    port: int,
    names: tuple[str, ...],
    corrections: bool | None,
    token_file: Path | None,
    show: bool,
) -> None:
    """Show the database in a browser, until Ctrl-C. Runs may go on meanwhile.

    \b
    Examples:
      retold serve --open
      retold serve --db demo.db --port 8080
      retold serve --host 0.0.0.0 --name news.example.org --token-file ~/.retold-token --corrections
    """
    if find_spec("datasette") is None:
        raise click.UsageError(f"the web pages need an extra: {install('web')}")
    from pipeline.web.app import datasette
    from pipeline.web.security import allowed_names

    people, token = _people(host in LOOPBACK if corrections is None else corrections, token_file)
    app = datasette(path, names=allowed_names(host, names), people=people, config=config_path)
    with _listening(host, port) as listener:
        url = _url(host, listener.getsockname()[1])
        _tell(path, host, url, token, token_file)
        if show:
            webbrowser.open(url)
        _run(app.app(), listener)
    say("stopped")


def _people(wanted: bool, file: Path | None) -> tuple[People | None, str]:
    from pipeline.web.people import People, token_of

    if not wanted:
        return None, ""
    token = token_of(file)
    return People(token), token


def _listening(host: str, port: int) -> socket.socket:
    try:
        kind, _, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # with its protocol: asyncio sends without delay over what says that it is TCP (else 40 ms a page)
        listener = socket.socket(kind, socket.SOCK_STREAM, protocol)
    except OSError as error:
        raise click.UsageError(f"--host {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise click.UsageError(f"{host} port {port}: {error.strerror}; --port names another, 0 any") from error
    return listener


def _url(host: str, port: int) -> str:
    name = EVERYWHERE.get(host, host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _tell(path: Path, host: str, url: str, token: str, file: Path | None) -> None:
    click.echo(f"{path} is at {url} (Ctrl-C ends this)")
    if token:
        known = f"the token in {file}" if file else f"the token {token}"
        click.echo(f"to correct stories, sign in at {url}-/retold/sign-in with your name and {known}")
    if host not in LOOPBACK:
        more = ", and the token goes in clear" if token else ""
        say(f"everyone who reaches {host} can read all articles{more}; put a proxy with https and a password in front")


def _run(app: Any, listener: socket.socket) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Ends quietly by SIGINT and SIGTERM: that is how a server ends."""

        def handle_exit(self, sig: int, frame: object) -> None:
            self.force_exit = self.should_exit
            self.should_exit = True

    config = uvicorn.Config(app, ws="none", log_level="warning", access_log=False, server_header=False,
                            timeout_graceful_shutdown=SHUTDOWN_S)  # fmt: skip
    Server(config).run(sockets=[listener])
