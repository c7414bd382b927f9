"""The header `Rfengine-Webhook`: an address that is told of a job's end.

A header, not a field of the request: where the answer is announced is no part of the question, so it is in no cache
key, and the header goes with all three forms of a body.
"""

from typing import Any

from fastapi import Request

from jobstore import deliveries
from jobstore.records import JobRecord
from jobstore.webhook_urls import LONGEST, BadWebhookError, checked
from service.access import Caller
from service.problems import ProblemError
from service.question import fault
from service.stores import Stores

HEADER = "Rfengine-Webhook"

PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uri", "maxLength": LONGEST},
    "description": "An https address that is told of the job's end, where the service sends webhooks.",
    "example": "https://ci.example/hooks/rfengine",
}


def wanted(request: Request, stores: Stores, caller: Caller) -> str | None:
    """The address to tell, None where none is given; raises `ProblemError`."""
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if not stores.settings.webhooks:
        raise _refused("this service sends no webhooks; leave the header out, or set RFENGINE_WEBHOOKS=1")
    if caller.key_id is None:
        raise _refused("webhooks are signed with a key's secret, and there is no key here; make one, or poll")
    if len(given) > 1:
        raise _refused(f"it comes {len(given)} times; send it once")
    try:
        return checked(given[0])
    except BadWebhookError as error:
        raise _refused(str(error)) from None


def arrange(stores: Stores, record: JobRecord, url: str | None, caller: Caller) -> None:
    """Have the address told, if there is one. To be done before the job is answered: asking again changes nothing."""
    if url is not None and caller.key_id is not None:
        deliveries.ask(stores.database, record.id, url, caller.key_id)


def _refused(reason: str) -> ProblemError:
    return fault(HEADER, f"{HEADER}: {reason}")
