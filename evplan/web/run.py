"""Run the server: one process that listens, until it is told to stop; then requests end and jobs are put back."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import uvicorn

from evplan.errors import InputError
from evplan.web.app import make
from evplan.web.settings import Settings

ENDING_S = 10  # for requests under way
IDLE_S = 75  # that a connection may rest: longer than clients and proxies keep theirs
HERE = ("127.0.0.1", "localhost", "::1")


def run(settings: Settings, host: str, port: int, say: Callable[[str], None]) -> int:
    """Serve until SIGINT or SIGTERM. say : tells where. Raises: InputError for an address that cannot be listened at."""
    with _listening(host, port) as at:
        app = make(settings)
        where = f"http://{host}:{at.getsockname()[1]}"
        board = f"; the dashboard is at {where}/dashboard/" if app.state.dashboard else ""
        say(f"evplan serves at {where}{board}; the API is described at {where}/docs; Ctrl-C ends it")
        if host not in HERE and settings.api_key is None:
            say("anybody who reaches this address may use it: no key is set (--api-key-file)")
        for one in (
            signal.SIGINT,
            signal.SIGTERM,
        ):  # uvicorn raises them again when it has ended: that is the end, and no error
            signal.signal(one, lambda *_: None)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=ENDING_S, timeout_keep_alive=IDLE_S
        )
        uvicorn.Server(config).run(sockets=[at])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise InputError(f"--host {host} --port {port}: cannot be listened at ({error})") from None
