"""`GET /initialisers`: what weights can be drawn from."""

from fastapi import APIRouter, Request, Response

from api_schemas.initialisers import InitialiserEntry, entries
from service.views import tagged_list

router = APIRouter(tags=["catalogue"])


@router.get("/initialisers", response_model=list[InitialiserEntry])
def list_initialisers(request: Request) -> Response:
    """Every initialiser: name, what it draws, parameters. A layer spec's `init` takes a name, or these with a name."""
    return tagged_list(list[InitialiserEntry], list(entries()), request)
