"""`GET /zoo`: the reference networks that can be asked for by name."""

from fastapi import APIRouter, Request, Response

from api_schemas import zoo
from api_schemas.zoo import Entry
from service.views import tagged_list

router = APIRouter(tags=["zoo"])


@router.get("/zoo", response_model=list[Entry])
def list_networks(request: Request) -> Response:
    """Every reference network: name, source, usual input, endpoints. Send a name as `zoo` to POST /analyze."""
    return tagged_list(list[Entry], list(zoo.names()), request)
