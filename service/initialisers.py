"""`GET /initialisers`: what weights can be drawn from."""

from fastapi import APIRouter

from api_schemas.initialisers import InitialiserEntry, entries

router = APIRouter(tags=["catalogue"])


@router.get("/initialisers")
def list_initialisers() -> list[InitialiserEntry]:
    """Every initialiser: name, what it draws, parameters. A layer spec's `init` takes a name, or these with a name."""
    return list(entries())
