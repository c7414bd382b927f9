"""The clients: they send mixed questions, repeat what got no answer, cancel, delete, and look at their jobs."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.account import Account

OPEN_AT_ONCE = 24  # jobs under way, for the whole load
PATIENCE = 120.0  # seconds that a client repeats one question
POOL = 5  # models that are asked about again and again

# How often each kind comes, of 100.
KINDS = {
    "fine": 30,
    "slow": 22,
    "known": 12,
    "waited": 6,
    "garbage": 6,
    "segfault": 3,
    "raising": 3,
    "canceled": 8,
    "deleted": 5,
    "sweep": 5,
}
# What a job of a kind ends as, where nothing is done to it.
ENDS = dict.fromkeys(KINDS, "succeeded") | dict.fromkeys(("garbage", "segfault", "raising"), "failed")
ENDS["canceled"] = "canceled"


@dataclass(frozen=True)
class Question:
    """One question, by its number in a seeded load."""

    kind: str
    number: int
    seed: int

    @property
    def key(self) -> str:
        """Its Idempotency-Key."""
        return f"{self.seed}-{self.number}"

    def request(self) -> dict[str, Any]:
        """What is asked, in the words of the engine that the tests have."""
        chance = random.Random(self.key)
        slow = f"sleep:{chance.choice((0.3, 0.6, 1.0, 1.5))}"
        names = {"slow": slow, "raising": "raise", "segfault": "segfault", "canceled": "sleep:30"}
        if self.kind == "sweep":
            return {"name": f"2x2 sleep:0.3:{self.key}", "sweep": {}}
        return {"name": names.get(self.kind, "fine")}

    def model(self) -> bytes | None:
        """The model that comes along."""
        if self.kind == "sweep":
            return None
        if self.kind == "known":
            return b"known %d" % (self.number % POOL)
        return f"{'garbage' if self.kind == 'garbage' else 'model'} {self.key}".encode()


def questions(seed: int) -> Iterator[Question]:
    """Without an end."""
    chance = random.Random(seed)
    kinds, weights = list(KINDS), list(KINDS.values())
    for number, kind in enumerate(iter(lambda: chance.choices(kinds, weights)[0], None)):
        yield Question(kind, number, seed)


@dataclass
class Load:
    """Clients in threads; `wanted` says whether more is to be sent, given how much was."""

    account: Account
    urls: list[str]
    headers: dict[str, str]
    seed: int
    wanted: Callable[[int], bool]
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._questions = questions(self.seed)

    def send_all(self) -> None:
        """One client: sends until nothing more is wanted."""
        with httpx.Client(headers=self.headers, timeout=15.0) as http:
            while (question := self._next()) is not None:
                self._ask(http, question)

    def look_until_over(self) -> None:
        """Another: looks at every job whose end is not known, and now and then at one whose end is."""
        chance = random.Random(self.seed)
        with httpx.Client(headers=self.headers, timeout=15.0) as http:
            while not self.over.is_set():
                ended = [job for job, told in list(self.account.told.items()) if told.end is not None]
                for job in (*self.account.open(), *chance.sample(ended, min(5, len(ended)))):
                    self.look(http, job)
                self.over.wait(0.2)

    def look(self, http: httpx.Client, job: str) -> bool:
        """Look at one job; whether anybody answered."""
        with suppress(httpx.TransportError):
            answer = http.get(f"{self._url()}/jobs/{job}")
            self.account.looked(job, answer.status_code, answer.json())
            return True
        return False

    def _next(self) -> Question | None:
        while True:
            with self._lock:
                if not self.wanted(self.sent):
                    return None
                if len(self.account.open()) < OPEN_AT_ONCE:
                    self.sent += 1
                    return next(self._questions)
            time.sleep(0.05)

    def _url(self) -> str:
        return random.choice(self.urls)

    def _ask(self, http: httpx.Client, question: Question) -> None:
        answer = self._insist(http, "POST", "/analyze", lambda: self._body(question))
        if answer is None:
            self.account.complain(f"question {question.key} found nobody for {PATIENCE:g} s")
            return
        job = str(answer.json()["id"])
        self.account.accepted(job, question.kind, question.key)
        if question.kind == "canceled":
            time.sleep(random.Random(question.key).uniform(0.0, 1.0))
            self._insist(http, "POST", f"/jobs/{job}/cancel", dict)
        if question.kind == "deleted":
            self._delete(http, job)

    def _delete(self, http: httpx.Client, job: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.account.told[job].end is None and time.monotonic() < deadline:
            if not self.look(http, job):
                time.sleep(0.2)
            time.sleep(0.1)
        if self.account.told[job].end is not None:
            self.account.deleting(job)
            self._insist(http, "DELETE", f"/jobs/{job}", dict, gone=True)

    @staticmethod
    def _body(question: Question) -> dict[str, Any]:
        headers = {"Idempotency-Key": question.key}
        if question.kind == "waited":
            headers["Prefer"] = "wait=3"
        model = question.model()
        if model is None:
            return {"json": question.request(), "headers": headers}
        return {"files": {"model": model}, "data": {"request": json.dumps(question.request())}, "headers": headers}

    def _insist(
        self, http: httpx.Client, method: str, path: str, body: Callable[[], dict[str, Any]], *, gone: bool = False
    ) -> httpx.Response | None:
        """Send until it is answered well; a line that broke says nothing of what became of it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                answer = http.request(method, f"{self._url()}{path}", **body())
                if answer.is_success or (gone and answer.status_code == 410):
                    return answer
                self.account.refused(answer.status_code, f"{method} {path}: {answer.text[:300]}")
            time.sleep(0.3)
        return None
