"""Tells addresses that were given with jobs of those jobs' ends.

A stranger names the address, and the worker stands where strangers do not: so https alone, a public address alone, no
redirects, little patience, and nothing of the answer but its status is looked at. The name is resolved once, every
address it has is looked at, and the connection goes to one of those: a name server that answers something else a moment
later changes nothing. The certificate is checked against the name.
"""

import hmac
import http.client
import ipaddress
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from api_schemas.job import Links
from jobstore import deliveries
from jobstore.database import Database
from jobstore.deliveries import Delivery
from jobstore.webhook_urls import BadWebhookError, checked
from worker.addresses import Address, is_public

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for one call, from the first byte of TLS to the status
AT_ONCE = 8  # attempts between two looks at the ledger
PORT = 443


class NotDeliveredError(Exception):
    """The call failed; the message says how, in words that may be kept."""


def resolved(host: str, port: int) -> tuple[Address, ...]:
    """Every address that the name has now; raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scope (`fe80::1%eth0`) is cut off: such addresses are refused anyway.
    return tuple(ipaddress.ip_address(str(to[0]).partition("%")[0]) for *_, to in found)


@dataclass(frozen=True)
class Sender:
    """Makes calls. Tests give it other eyes for addresses; no setting does."""

    resolve: Callable[[str, int], tuple[Address, ...]] = resolved
    may_call: Callable[[Address], bool] = is_public
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    patience: float = PATIENCE

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post the body; raises `NotDeliveredError` unless the answer is a 2xx."""
        try:
            parts = urlsplit(checked(url))
            host, port = parts.hostname or "", parts.port or PORT
            connection = _Pinned(host, port, self._address(host, port), self.tls, self.patience)
        except BadWebhookError as error:
            raise NotDeliveredError(f"the address is not called: {error}") from None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            status = connection.post(path, body, headers)
        except ssl.SSLCertVerificationError:
            raise NotDeliveredError("its certificate is not one for this name that can be trusted") from None
        except (OSError, http.client.HTTPException):
            raise NotDeliveredError(f"no answer within {self.patience:g} s, or none that is HTTP over TLS") from None
        if not 200 <= status < 300:
            raise NotDeliveredError(f"it answered {status}; only 2xx counts, and redirects are not followed")

    def _address(self, host: str, port: int) -> Address:
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise NotDeliveredError("the name has no address")
        # All of them: a name that is public and private at once is up to something.
        if not all(self.may_call(address) for address in found):
            raise NotDeliveredError("the name leads to an address that is not public, which is never called")
        return found[0]


class _Pinned(http.client.HTTPSConnection):
    """A connection to an address, with TLS for a name."""

    def __init__(self, host: str, port: int, address: Address, tls: ssl.SSLContext, patience: float) -> None:
        super().__init__(host, port, timeout=patience, context=tls)
        self._address = str(address)
        self._tls = tls
        self._patience = patience

    def connect(self) -> None:
        """Connect to the address that was looked at, whatever the name leads to by now."""
        plain = socket.create_connection((self._address, self.port), self._patience)
        # The handshake comes after the assignment, so that it can be cut as well.
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. The whole call has the patience that each of its steps has."""
        end = threading.Timer(self._patience, self._cut)
        end.daemon = True
        end.start()
        try:
            self.request("POST", path, body, dict(headers))
            return self.getresponse().status
        finally:
            end.cancel()
            self.close()

    def _cut(self) -> None:
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("the call had ended by itself")


class Messenger(threading.Thread):
    """Makes the calls that are due, until `stop` is set.

    A thread beside the sweeper's, since a slow receiver must not keep lost jobs waiting.
    """

    def __init__(self, database: Database, *, every: float, stop: threading.Event, sender: Sender) -> None:
        super().__init__(name="messenger", daemon=True)
        self._database = database
        self._every = every
        self._halt = stop
        self._sender = sender

    def run(self) -> None:
        """Never ends by an error: a database that is away comes back."""
        while not self._halt.is_set():
            try:
                taken = self.deliver()
            except Exception:
                log.exception("webhooks could not be looked at; the next look comes in %g s", self._every)
                taken = 0
            if not taken:
                self._halt.wait(self._every)

    def deliver(self) -> int:
        """Make what is due now, some at a time; how many that were."""
        taken = 0
        # One at a time, so that none is held longer than its lease.
        while taken < AT_ONCE and not self._halt.is_set():
            due = deliveries.take_due(self._database, 1)
            if not due:
                break
            self._attempt(due[0])
            taken += 1
        return taken

    def _attempt(self, delivery: Delivery) -> None:
        body = body_of(delivery)
        try:
            self._sender.post(delivery.url, body, headers_of(delivery, body, int(self._database.clock())))
        except NotDeliveredError as error:
            log.info("webhook of job %s: attempt %d: %s", delivery.job, delivery.attempt, error)
            deliveries.failed(self._database, delivery, str(error))
        else:
            deliveries.received(self._database, delivery.id)


def body_of(delivery: Delivery) -> bytes:
    """What is told: the job's id, how it ended, and where its parts are, as paths of the service."""
    here = f"/jobs/{delivery.job}"
    links = Links(self=here, report=f"{here}/report", artifacts=f"{here}/artifacts", cancel=f"{here}/cancel")
    told = {"id": delivery.job, "status": delivery.status, "links": links.model_dump(exclude_none=True)}
    return json.dumps(told, separators=(",", ":")).encode()


def headers_of(delivery: Delivery, body: bytes, now: int) -> dict[str, str]:
    """Type, identity and signature: `v1` is the HMAC-SHA256, in hex digits, of `<t>.<body>` with the key's secret.

    The time is signed, so that a receiver can refuse what is old; the delivery's id is the same in every attempt.
    """
    signature = hmac.digest(delivery.secret.encode(), f"{now}.".encode() + body, "sha256").hex()
    return {
        "Content-Type": "application/json",
        "User-Agent": "rfengine",
        "Rfengine-Delivery": delivery.id,
        "Rfengine-Signature": f"t={now},v1={signature}",
    }
