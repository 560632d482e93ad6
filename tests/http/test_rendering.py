"""What failures become: statuses, members, headers."""

import json
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import get
from litestar.exceptions import ClientException, HTTPException, ValidationException

from api.http.answers import Answer
from api.http.catalogue import ADVICE, find_kind, kinds_of
from api.http.problems import TITLES, ErrorItem, Problem, invalid, unavailable
from api.http.rendering import failure_answer, problem_answer

SCOPE: dict[str, Any] = {"path": "/v1/x", "state": {"request_id": "abcdefgh"}}


def postgres_error(sqlstate: str) -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new({"C": sqlstate, "M": "insert into secret_table", "S": "ERROR"})


def document(answer: Answer) -> dict[str, Any]:
    assert (b"content-type", b"application/problem+json") in answer.headers
    return json.loads(answer.body)


def test_a_problem_has_the_members_of_rfc_9457_and_ours() -> None:
    item = ErrorItem(code="wrong_type", detail="Must be an integer.", pointer="#/a")
    problem = Problem(
        422, "validation-error", "One error.", errors=[item], headers={"X-A": "b"}, extra={"note": "n"}
    )
    answer = problem_answer(problem, SCOPE)
    assert document(answer) == {
        "type": "/problems/validation-error",
        "title": "The document is not valid",
        "status": 422,
        "detail": "One error.",
        "instance": "/v1/x",
        "request_id": "abcdefgh",
        "errors": [{"code": "wrong_type", "detail": "Must be an integer.", "pointer": "#/a"}],
        "note": "n",
    }
    assert (b"x-a", b"b") in answer.headers


def test_an_instance_is_a_uri_whatever_the_path_holds() -> None:
    scope = {**SCOPE, "path": '/v1/ж\r\n"<\ud800'}
    assert document(problem_answer(invalid([ErrorItem(code="x", detail="y")]), scope))["instance"].isascii()
    assert "instance" not in document(problem_answer(unavailable("x"), {**SCOPE, "path": "/" + "x" * 5000}))


def test_errors_of_one_kind_give_the_problem_its_kind() -> None:
    verbatim = ErrorItem(code="verbatim_mismatch", detail="No.")
    assert invalid([verbatim]).kind == "verbatim-mismatch"
    assert invalid([verbatim, verbatim]).kind == "verbatim-mismatch"
    assert invalid([verbatim, ErrorItem(code="missing", detail="No.")]).kind == "validation-error"
    assert invalid([ErrorItem(code="missing", detail="No.")]).kind == "validation-error"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (postgres_error("22021"), 422, "validation-error"),
        (postgres_error("22P05"), 422, "validation-error"),
        (postgres_error("54000"), 422, "validation-error"),
        (postgres_error("23514"), 422, "validation-error"),
        (asyncpg.DataError("invalid input: 'secret'"), 422, "validation-error"),
        (postgres_error("23505"), 409, "conflict"),
        (postgres_error("23503"), 409, "conflict"),
        (postgres_error("40001"), 503, "unavailable"),
        (postgres_error("40P01"), 503, "unavailable"),
        (postgres_error("55P03"), 503, "unavailable"),
        (postgres_error("57014"), 503, "unavailable"),
        (postgres_error("57P01"), 503, "unavailable"),
        (postgres_error("57P03"), 503, "unavailable"),
        (postgres_error("08006"), 503, "unavailable"),
        (postgres_error("53300"), 503, "unavailable"),
        (postgres_error("25006"), 503, "unavailable"),
        (asyncpg.ConnectionDoesNotExistError("gone"), 503, "unavailable"),
        (asyncpg.InvalidCachedStatementError("plan"), 503, "unavailable"),
        (asyncpg.InterfaceError("connection is closed"), 503, "unavailable"),
        (ConnectionResetError(), 503, "unavailable"),
        (TimeoutError(), 503, "unavailable"),
        (postgres_error("42601"), 500, "internal-error"),
        (postgres_error("XX000"), 500, "internal-error"),
        (asyncpg.InternalClientError("cannot switch to state 15"), 503, "unavailable"),
        (KeyError("secret"), 500, "internal-error"),
        (RecursionError(), 500, "internal-error"),
        (HTTPException(status_code=404, detail="secret"), 404, "not-found"),
        (HTTPException(status_code=405, detail="secret"), 405, "method-not-allowed"),
        (HTTPException(status_code=413, detail="secret"), 413, "content-too-large"),
        (ClientException("secret"), 400, "invalid-parameter"),
        (ValidationException("secret"), 400, "invalid-parameter"),
        (HTTPException(status_code=500, detail="secret"), 500, "internal-error"),
    ],
)
def test_an_exception_has_its_status_and_tells_nothing_of_itself(
    error: Exception, status: int, kind: str
) -> None:
    answer = failure_answer(error, SCOPE)
    found = document(answer)
    assert (answer.status, found["status"], found["type"]) == (status, status, f"/problems/{kind}")
    assert "secret" not in answer.body.decode()
    assert ((b"retry-after", b"1") in answer.headers) == (status == 503)


async def test_a_failing_dependency_of_a_route_is_rendered_too(
    client_of: Callable[..., httpx.AsyncClient],
) -> None:
    @get("/v1/x")
    async def handler() -> Answer:
        raise postgres_error("57P01")

    async with client_of(handler) as client:
        response = await client.get("/v1/x")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"


def test_every_kind_of_problem_is_explained() -> None:
    assert set(ADVICE) == set(TITLES)


def test_kinds_are_found_by_name_and_by_status() -> None:
    found = find_kind("killed")
    assert found is not None
    assert found.status == 410
    assert find_kind("nonsense") is None
    assert "killed" in [kind.kind for kind in kinds_of(410)]
