"""Webhooks: asked for with a header, told once the job ends, to public addresses alone, signed, and again until heard.

The receiver is a real https server on the loopback. That it may be called there is told to the sender as an argument:
no setting says so.
"""

import hmac
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from jobstore import deliveries, keys, transitions
from jobstore.database import Database, open_database
from jobstore.deliveries import MOST_ATTEMPTS
from jobstore.keys import KeyRecord, NewKey
from jobstore.records import NewJob
from jobstore.tables import deliveries as table
from jobstore.webhook_urls import BadWebhookError, checked
from service.app import create_app
from service.settings import ServiceSettings
from tests.jobstore.clock import Clock
from tests.security.people import SPEC, bearer, key, new_key, stores
from tests.security.receiver import HOST, Certificates, certificates, receiving
from tests.service.calls import problem
from worker.addresses import Address, is_public
from worker.webhooks import Messenger, NotDeliveredError, Sender, resolved

HEADER = "Rfengine-Webhook"
LOOPBACK = (ipaddress.ip_address("127.0.0.1"),)
URL = "https://ci.example/hook"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def sender(made: Certificates) -> Sender:
    """One that may call the loopback, where `HOST` is."""
    return Sender(resolve=lambda _host, _port: LOOPBACK, may_call=lambda _: True, tls=made.trusting, patience=1.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.db", clock)
    yield opened
    opened.close()


@pytest.fixture
def owner(database: Database) -> KeyRecord:
    return keys.create(database, NewKey("ci"))[0]


def ended_job(database: Database, owner: KeyRecord, job: str = "j" * 32) -> str:
    transitions.submit(database, NewJob(job, {}, "key", key_id=owner.id))
    transitions.cancel(database, job)
    return job


def messenger(database: Database, sender: Sender) -> Messenger:
    return Messenger(database, every=0.1, stop=threading.Event(), sender=sender)


def standing(database: Database) -> list[tuple[int, bool, str | None]]:
    """Attempts, whether it is over, and the last error, of every delivery."""
    with database.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.url)).all()
    return [(row.attempts, row.ended is not None, row.error) for row in rows]


def test_an_end_is_told_once_and_signed(
    database: Database, owner: KeyRecord, sender: Sender, made: Certificates, clock: Clock
) -> None:
    with receiving(made) as receiver:
        transitions.submit(database, NewJob("j", {}, "key", key_id=owner.id))
        id = deliveries.ask(database, "j", receiver.url(), owner.id)
        assert deliveries.ask(database, "j", receiver.url(), owner.id) == id
        assert messenger(database, sender).deliver() == 0  # it has not ended
        transitions.cancel(database, "j")
        assert messenger(database, sender).deliver() == 1
        clock.now += 86400.0
        assert messenger(database, sender).deliver() == 0
    assert standing(database) == [(1, True, None)]
    (headers,), (body,) = receiver.headers, receiver.bodies
    assert headers["host"] == f"{HOST}:{receiver.port}"
    assert headers[""] == "/hook?a=1"
    assert headers["rfengine-delivery"] == id
    told = json.loads(body)
    assert (told["id"], told["status"], told["links"]["report"]) == ("j", "canceled", "/jobs/j/report")
    time_of, _, signature = headers["rfengine-signature"].removeprefix("t=").partition(",v1=")
    assert float(time_of) == pytest.approx(clock.now - 86400.0, abs=1.0)
    expected = hmac.digest(owner.webhook_secret.encode(), time_of.encode() + b"." + body, "sha256").hex()
    assert hmac.compare_digest(signature, expected)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500, 503])
def test_what_is_no_success_is_tried_again_and_redirects_are_not_followed(
    database: Database, owner: KeyRecord, sender: Sender, made: Certificates, clock: Clock, status: int
) -> None:
    with receiving(made, [status, 200]) as receiver:
        deliveries.ask(database, ended_job(database, owner), receiver.url(), owner.id)
        messenger(database, sender).deliver()
        ((attempts, over, error),) = standing(database)
        assert (attempts, over) == (1, False)
        assert str(status) in str(error)
        messenger(database, sender).deliver()  # not yet
        assert len(receiver.bodies) == 1
        clock.now += deliveries.FIRST_PAUSE + 0.1
        messenger(database, sender).deliver()
    assert standing(database) == [(2, True, None)]
    assert [headers[""] for headers in receiver.headers] == ["/hook?a=1"] * 2
    assert len({headers["rfengine-delivery"] for headers in receiver.headers}) == 1


def test_it_is_given_up_after_the_last_attempt(
    database: Database, owner: KeyRecord, sender: Sender, clock: Clock
) -> None:
    deliveries.ask(database, ended_job(database, owner), "https://hooks.example:1/", owner.id)
    pauses = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert messenger(database, sender).deliver() == 1
        pauses.append(deliveries.pause(attempt))
        clock.now += pauses[-1] + 0.1
    assert pauses[:3] == [10.0, 20.0, 40.0]
    assert max(pauses) <= 3600.0
    ((attempts, over, error),) = standing(database)
    assert (attempts, over) == (MOST_ATTEMPTS, True)
    assert "127.0.0.1" not in str(error)
    assert messenger(database, sender).deliver() == 0


def test_two_workers_make_no_attempt_twice_and_one_that_dies_loses_none(
    database: Database, owner: KeyRecord, clock: Clock
) -> None:
    deliveries.ask(database, ended_job(database, owner), URL, owner.id)
    (first,) = deliveries.take_due(database, 10)
    assert deliveries.take_due(database, 10) == ()
    clock.now += deliveries.LEASE + 0.1  # whoever had it says nothing
    (again,) = deliveries.take_due(database, 10)
    assert (again.id, again.attempt) == (first.id, 2)


def test_a_revoked_key_is_told_nothing_more(database: Database, owner: KeyRecord) -> None:
    deliveries.ask(database, ended_job(database, owner), URL, owner.id)
    keys.revoke(database, owner.id)
    assert deliveries.take_due(database, 10) == ()


def test_a_slow_receiver_is_cut_off(database: Database, owner: KeyRecord, sender: Sender, made: Certificates) -> None:
    with receiving(made) as receiver:
        receiver.slow = 3.0
        began = time.monotonic()
        with pytest.raises(NotDeliveredError, match="no answer within 1 s"):
            sender.post(receiver.url(), b"{}", {})
        assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("stage", ["handshake", "status", "headers"])
def test_a_receiver_that_drips_is_cut_off(made: Certificates, sender: Sender, stage: str) -> None:
    # Once the status has been said, the rest does not matter.
    outcome = nullcontext() if stage == "headers" else pytest.raises(NotDeliveredError, match="no answer")
    with _Dripping(made, stage) as port:
        began = time.monotonic()
        with outcome:
            sender.post(f"https://{HOST}:{port}/", b"{}", {})
        assert time.monotonic() - began < 2.5


def test_the_certificate_has_to_be_the_names(tmp_path: Path, sender: Sender, made: Certificates) -> None:
    other = certificates(tmp_path, "other.example")
    with receiving(other) as receiver:
        for trusting in (other.trusting, made.trusting, ssl.create_default_context()):
            with pytest.raises(NotDeliveredError, match="certificate"):
                replace(sender, tls=trusting).post(receiver.url(), b"{}", {})
        assert receiver.bodies == []


def test_plain_http_behind_https_is_no_receiver(sender: Sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=lambda: plain.accept()[0].close(), daemon=True).start()
        with pytest.raises(NotDeliveredError, match="none that is HTTP over TLS"):
            sender.post(f"https://{HOST}:{plain.getsockname()[1]}/", b"{}", {})


def test_the_name_is_resolved_once_and_the_address_is_what_is_called(made: Certificates) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> tuple[Address, ...]:
        # The second answer would be another machine: a name server that changes its mind in between.
        asked.append(host)
        return LOOPBACK if len(asked) == 1 else (ipaddress.ip_address("192.0.2.1"),)

    with receiving(made) as receiver:
        Sender(resolve, lambda _: True, made.trusting, 1.0).post(receiver.url(), b"{}", {})
        assert len(receiver.bodies) == 1
    assert asked == [HOST]


NOT_PUBLIC = [
    "127.0.0.1", "127.255.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_address_is_called_that_is_not_public(address: str) -> None:
    parsed = ipaddress.ip_address(address)
    assert not is_public(parsed)
    with pytest.raises(NotDeliveredError, match="not public"):
        Sender(resolve=lambda _host, _port: (parsed,)).post(URL, b"{}", {})


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_called(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_one_address_that_is_not_public_is_one_too_many() -> None:
    both = (ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1"))
    with pytest.raises(NotDeliveredError, match="not public"):
        Sender(resolve=lambda _host, _port: both).post(URL, b"{}", {})


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0", "2130706433", "0x7f.1", "127.1", "0177.0.0.1"]
)
def test_the_loopback_is_not_called_by_any_of_its_names(host: str, made: Certificates) -> None:
    with receiving(made) as receiver:
        with pytest.raises(NotDeliveredError, match=r"not public|no address"):
            Sender(tls=made.trusting).post(f"https://{host}:{receiver.port}/", b"{}", {})
        assert receiver.bodies == []


def test_the_real_resolver_says_where_the_loopback_is() -> None:
    assert set(resolved("localhost", 443)) <= {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}


@pytest.mark.parametrize(
    "url",
    [
        "", "http://ci.example/", "ftp://ci.example/", "https://", "https:///path", "//ci.example/", "ci.example",
        "https://user@ci.example/", "https://user:pass@ci.example/", "https://ci.example\\@10.0.0.1/",
        "https://ci.example:0/", "https://ci.example:99999/", "https://ci.example:x/", "https://ci.example/#f",
        "https://ci.example/a b", "https://ci.example/\r\nX: y", "https://ci.example/\t", "https://cí.example/",
        "https://[::1", "https://ci.example/" + "x" * 2000, "file:///etc/passwd", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_address_for_a_webhook(url: str) -> None:
    with pytest.raises(BadWebhookError):
        checked(url)


def test_a_webhook_is_asked_for_with_a_header_beside_any_body(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, webhooks=True))) as client:
        _, token = new_key(client)
        headers = bearer(token) | {HEADER: URL}
        bodies = (
            {"json": SPEC},
            {"content": b"onnx", "headers": headers | {"Content-Type": "application/onnx"}},
            {"files": {"model": b"another"}},
        )
        asked = [client.post("/analyze", **{"headers": headers, **body}) for body in bodies]  # type: ignore[arg-type]
        assert [answer.status_code for answer in asked] == [202] * 3
        database = stores(client).database
        assert standing(database) == [(0, False, None)] * 3
        # The address is no part of the question: with another one, or none, it is the same question.
        without = client.post("/analyze", json=SPEC, headers=bearer(token))
        assert without.json()["cache_key"] == asked[0].json()["cache_key"]
        transitions.cancel(database, asked[0].json()["id"])
        assert [due.url for due in deliveries.take_due(database, 9)] == [URL]


def test_a_known_answer_is_told_at_once(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, webhooks=True))) as client:
        mine = key(client)
        database = stores(client).database
        job = client.post("/analyze", json=SPEC, headers=mine).json()["id"]
        claimed = transitions.claim(database, job, 30.0)
        assert claimed is not None
        transitions.finish(database, job, claimed.attempt, None, [])
        assert client.post("/analyze", json=SPEC, headers=mine | {HEADER: URL}).status_code == 200
        assert [(due.job, due.status) for due in deliveries.take_due(database, 9)] == [(job, "succeeded")]


@pytest.mark.parametrize(
    ("webhooks", "url", "said"),
    [
        (False, URL, "RFENGINE_WEBHOOKS=1"),
        (True, "http://ci.example/", "only https"),
        (True, "https://user@ci.example/", "user"),
    ],
)
def test_what_cannot_be_is_a_problem_and_no_job(settings: ServiceSettings, webhooks: bool, url: str, said: str) -> None:
    with TestClient(create_app(replace(settings, webhooks=webhooks))) as client:
        mine = key(client)
        refused = problem(client.post("/analyze", json=SPEC, headers=mine | {HEADER: url}), 422)
        assert refused.errors[0].location == HEADER
        assert said in refused.detail
        assert client.get("/jobs", headers=mine).json()["jobs"] == []


def test_without_a_key_there_is_nothing_to_sign_with(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, webhooks=True))) as client:
        problem(client.post("/analyze", json=SPEC, headers={HEADER: URL}), 422)


class _Dripping:
    """A server that sends a byte every 0.2 s, from some stage on, for ever."""

    def __init__(self, made: Certificates, stage: str) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(made.chain)
        self._stage = stage
        self._socket = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._socket.accept()
            if self._stage == "handshake":
                # The beginning of a record of the greatest length, a byte at a time.
                connection.recv(4096)
                self._drip(connection, b"\x16\x03\x03\x40\x00" + b"\x02" * 1000)
                return
            secure = self._context.wrap_socket(connection, server_side=True)
            secure.recv(4096)
            if self._stage == "headers":
                secure.sendall(b"HTTP/1.1 200 OK\r\n")
                self._drip(secure, b"X-A: b\r\n" * 1000)
            self._drip(secure, b"HTTP/1.1 200" + b" " * 1000)
        except OSError:
            return

    def _drip(self, connection: socket.socket, data: bytes) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
