"""`python -m service [--host 127.0.0.1] [--port 8000]`: one API process."""

import argparse
import logging
import socket
import sys
from collections.abc import Sequence

import uvicorn

from jobstore.environment import BadSettingError
from service.app import create_app
from service.settings import ServiceSettings

BAD_CONFIGURATION = 2
GRACE = 5  # seconds for open requests after SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; the exit code, 2 for settings that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Serve the rfengine API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    parser.add_argument("--fd", type=int, help="a bound socket that is already open, instead of host and port")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s service %(levelname)s %(message)s")
    # Whoever bound the socket keeps it open, so that clients wait out a restart instead of being refused.
    sockets = None if given.fd is None else [socket.socket(fileno=given.fd)]
    host = given.host if sockets is None else sockets[0].getsockname()[0]
    try:
        settings = ServiceSettings.from_environment()
        settings.refuse_open_door(host)
    except BadSettingError as error:
        print(f"service: {error}", file=sys.stderr)
        return BAD_CONFIGURATION
    config = uvicorn.Config(
        create_app(settings),
        host=given.host,
        port=given.port,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)
    server.run(sockets=sockets)
    return 0 if server.started else 3


if __name__ == "__main__":
    sys.exit(main())
