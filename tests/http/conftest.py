"""Small applications behind the edge, without a database."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.http.edge import Edge
from api.http.negotiation import check_acceptable
from api.http.problems import Problem
from api.http.reader import Reader, reader_of
from api.http.rendering import EXCEPTION_HANDLERS
from api.http.routes import service_router
from api.settings import Settings

ANONYMOUS = Reader(scopes=frozenset({"read"}))
KEYS = {
    "dl_read": reader_of("key-1", "reader", ["read"]),
    "dl_write": reader_of("key-2", "desk", ["write"]),
}


async def authenticate(token: str | None) -> Reader:
    """Stand in for the keys in the database."""
    if token is None:
        return ANONYMOUS
    if token not in KEYS:
        raise Problem(401, "unauthorized", "The API key is unknown, expired or revoked.")
    return KEYS[token]


async def ready() -> None:
    """Be ready."""


def edge_around(handlers: Sequence[Any], settings: Settings | None = None) -> Edge:
    """Put the edge around a few handlers and the service's routes."""
    app = Litestar(
        [*handlers, service_router],
        before_request=check_acceptable,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    app.state.ready = ready
    return Edge(app, settings or Settings(), authenticate)


@pytest.fixture
def client_of() -> Callable[..., httpx.AsyncClient]:
    """Make a client for a few handlers behind the edge, or for an ASGI application."""

    def make(*handlers: Any, settings: Settings | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(edge_around(handlers, settings), raise_app_exceptions=False)
        # The coding is a part of the entity tag, and these tests are about the rest.
        headers = {"Accept-Encoding": "identity"}
        return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    return make
