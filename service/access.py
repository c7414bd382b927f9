"""Who asks, what they may do, and which jobs they see.

The door (`service/security.py`) finds out who it is before any route runs, and leaves the caller in the request's
state; a route takes it as a parameter of type `Asking`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from jobstore.owners import Viewer
from jobstore.records import JobRecord
from service.problems import ProblemError, refusal

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class Scope(StrEnum):
    """What a key is good for. Each includes those before it: who asks a question may read the answer."""

    READ = "read"
    ANALYZE = "analyze"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """Who asks: a key, or anybody where the service asks for none (`key_id` is None then)."""

    key_id: str | None
    team: str | None
    scopes: frozenset[Scope]
    max_jobs: int | None = None  # unfinished at once; None: what the service allows every key
    max_bytes: int | None = None  # uploaded in a day; None: as above

    @property
    def anonymous(self) -> bool:
        """Whether no key was asked for."""
        return self.key_id is None

    @property
    def viewer(self) -> Viewer:
        """Whose jobs this caller sees, for queries. What no key made belongs to the keys that run the place."""
        if self.anonymous:
            return Viewer(everything=True)
        return Viewer(self.key_id, self.team, ownerless=Scope.ADMIN in self.scopes)

    def may(self, scope: Scope) -> bool:
        """Whether the caller may do what the scope stands for."""
        ladder = tuple(Scope)
        return any(scope in ladder[: ladder.index(mine) + 1] for mine in self.scopes)


ANYBODY = Caller(None, None, frozenset(Scope))


def visible(record: JobRecord, caller: Caller) -> bool:
    """Whether the caller may know that there is this job."""
    return caller.viewer.sees(record)


def scope_of(method: str, path: str) -> Scope:
    """What a call needs, by its method and address alone: a route that is added later is never open by oversight."""
    if path == "/metrics" or path.startswith("/admin"):
        return Scope.ADMIN
    # Whoever may look may also sign in and out.
    if path == "/session":
        return Scope.READ
    return Scope.ANALYZE if method in UNSAFE else Scope.READ


def refuse_without(caller: Caller, scope: Scope) -> None:
    """Raise `ProblemError` where the caller's key is not good for this."""
    if not caller.may(scope):
        raise lacking(scope)


def lacking(scope: Scope) -> ProblemError:
    """The refusal of a key that lacks a scope."""
    detail = f"This key may not do that; use one with the scope `{scope}` (rfengine keys create --scope {scope})"
    return refusal("forbidden", detail)


def _of(request: Request) -> Caller:
    # Fails where the door was not passed: better no answer than one for everybody.
    caller: Caller = request.state.caller
    return caller


Asking = Annotated[Caller, Depends(_of)]
