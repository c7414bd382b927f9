"""`python -m service [--host 127.0.0.1] [--port 8000]`: one API process."""

import argparse
import dataclasses
import resource
import signal
import socket
import sys
from collections.abc import Sequence

import uvicorn

from jobstore import keys, logs
from jobstore.database import open_database
from jobstore.environment import BadSettingError
from service.app import create_app
from service.closing import Closing
from service.logs import configure_requests
from service.settings import ServiceSettings
from service.wire import LONGEST_HEAD, ProblemProtocol

BAD_CONFIGURATION = 2
GRACE = 5  # seconds for open requests after SIGTERM


class Server(uvicorn.Server):
    """Tells whoever holds a stream or waits for news that the end begins, then lets open requests end."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end the streams, finish what is open."""
        self._closing.begin()
        await super().shutdown(sockets)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; the exit code, 2 for settings that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Serve the rfengine API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    parser.add_argument("--fd", type=int, help="a bound socket that is already open, instead of host and port")
    given = parser.parse_args(arguments)
    # Whoever bound the socket keeps it open, so that clients wait out a restart instead of being refused.
    sockets = None if given.fd is None else [socket.socket(fileno=given.fd)]
    host = given.host if sockets is None else sockets[0].getsockname()[0]
    try:
        logs.configure("service", logs.form_from_environment())
        configure_requests()
        settings = dataclasses.replace(ServiceSettings.from_environment(), bound=host)
        settings.refuse_open_door(host, lambda: _has_key(settings))
        open_database(settings.store.database_url).close()  # up to date from here on, or refused as too new
    except BadSettingError as error:
        print(f"service: {error}", file=sys.stderr)
        return BAD_CONFIGURATION
    # An end that was asked for is a good one; the server itself takes the signal over while it serves.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _allow_many_clients()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=given.host,
        port=given.port,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        http=ProblemProtocol,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    server = Server(config, app.state.closing)
    server.run(sockets=sockets)
    return 0 if server.started else 3


def _allow_many_clients() -> None:
    # Each open connection is a file, and shells allow a process few of them.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _has_key(settings: ServiceSettings) -> bool:
    database = open_database(settings.store.database_url)
    try:
        return keys.usable(database)
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
