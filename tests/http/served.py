"""An application for the tests with a real server."""

import asyncio
from typing import Any

from litestar import Request, get, post

from api.http.answers import Answer, json_answer
from api.http.bodies import read_json
from api.http.decoding import Body
from tests.http.conftest import edge_around

ANY: Body[Any] = Body(Any)
LIMIT = 100_000


@get("/v1/thing")
async def thing() -> Answer:
    """Answer something."""
    return json_answer(b'{"a": 1}', version=3)


@get("/v1/slow")
async def slow() -> Answer:
    """Answer after a while."""
    await asyncio.sleep(0.3)
    return json_answer(b'{"a": 1}')


@post("/v1/thing", status_code=200)
async def create(request: Request[Any, Any, Any]) -> Answer:
    """Take any JSON."""
    await read_json(request, ANY, limit=LIMIT)
    return json_answer(b"{}", status=201)


app = edge_around([thing, slow, create])
