"""`GET /zoo`: the reference networks that can be asked for by name."""

from fastapi import APIRouter

from api_schemas import zoo
from api_schemas.zoo import Entry

router = APIRouter(tags=["zoo"])


@router.get("/zoo")
def list_networks() -> list[Entry]:
    """Every reference network: name, source, usual input, endpoints. Send a name as `zoo` to POST /analyze."""
    return list(zoo.names())
