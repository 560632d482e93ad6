"""Accept."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import get

from api.http.answers import Answer, json_answer
from api.http.negotiation import best

OFFERED = ("application/json", "text/html", "application/vnd.msgpack")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "text/html"),
        ("text/*", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/html;level=1", "text/html"),
        ("text/html;q=0.5, application/json;q=0.4", "text/html"),
        ("application/json;q=0, */*", "text/html"),
        ("*/*;q=0.1, application/vnd.msgpack", "application/vnd.msgpack"),
        ("application/*;q=0.9, application/json;q=0.1", "application/vnd.msgpack"),
        ("text/csv", None),
        ("text/csv, application/*;q=0", None),
        ("*/*;q=0", None),
        ("application/json;q=0", None),
        ("application/json;q=inf", "application/json"),
        ("text/html;q=inf, text/csv", None),
        ("text/html;q=2, text/csv", None),
        ("text/html;q=1.001, text/csv", None),
        ("nonsense", "application/json"),
        (",,,", "application/json"),
        ("text/html;q=0.001", "text/html"),
    ],
)
def test_the_best_representation_is_chosen(accept: str | None, chosen: str | None) -> None:
    assert best(accept, OFFERED) == chosen


@given(st.text(max_size=60))
def test_any_accept_is_read(accept: str) -> None:
    assert best(accept, OFFERED) in (None, *OFFERED)


async def test_what_cannot_be_answered_is_406_before_the_handler_runs(
    client_of: Callable[..., httpx.AsyncClient],
) -> None:
    ran: list[str] = []

    @get("/v1/x")
    async def handler() -> Answer:
        ran.append("x")
        return json_answer(b"{}")

    async with client_of(handler) as client:
        response = await client.get("/v1/x", headers={"Accept": "text/csv"})
        assert response.status_code == 406
        assert response.headers["content-type"] == "application/problem+json"
        assert "application/json" in response.json()["detail"]
        assert ran == []
        for accept in ("application/json;q=inf", "text/html, */*;q=0.1", "application/*"):
            assert (await client.get("/v1/x", headers={"Accept": accept})).status_code == 200
