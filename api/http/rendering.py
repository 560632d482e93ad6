"""Failures as answers: one renderer for problems, and what each exception becomes."""

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any
from urllib.parse import quote

import asyncpg
import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException

from api.http.answers import Answer, json_answer
from api.http.bodies import ClientDisconnectedError
from api.http.problems import ErrorItem, Problem, invalid, not_found, title_of, unavailable
from api.settings import Settings

PROBLEM_JSON = b"application/problem+json"
# What nginx logs for a client that left; no client ever sees it.
CLIENT_CLOSED_REQUEST = 499
LONGEST_INSTANCE = 2_000
# Trouble that passes: lost connections, shutdown, too little of something, a lock or time limit, a lost race.
PASSING = frozenset({"08", "53", "57", "58", "40", "55P03", "25006"})

_log: Any = structlog.get_logger("dateline.http")


def problem_answer(problem: Problem, scope: Mapping[str, Any]) -> Answer:
    """Render a problem as `application/problem+json` (RFC 9457) with the request's id and path."""
    state = scope.get("state", {})
    document: dict[str, Any] = {
        "type": f"{_base(state.get('settings'))}/problems/{problem.kind}",
        "title": title_of(problem.kind, problem.status),
        "status": problem.status,
        "detail": problem.detail,
    }
    path = quote(scope["path"], errors="replace")
    if len(path) <= LONGEST_INSTANCE:
        document["instance"] = path
    document["request_id"] = state.get("request_id")
    if problem.errors:
        document["errors"] = problem.errors
    document.update(problem.extra)
    return json_answer(
        msgspec.json.encode(document),
        status=problem.status,
        headers={**_usual_headers(problem.status), **problem.headers}.items(),
        media_type=PROBLEM_JSON,
    )


def _base(settings: Settings | None) -> str:
    public_url = settings.public_url if settings else None
    return public_url.rstrip("/") if public_url else ""


def _usual_headers(status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="dateline"'}
    if status in (429, 503):
        return {"Retry-After": "1"}
    return {}


@singledispatch
def failure_answer(error: Exception, scope: Mapping[str, Any]) -> Answer:
    """Turn any exception into an answer; one that is not foreseen is logged and says nothing of its cause."""
    _log.error("request failed", request_id=_request_id(scope), exc_info=error)
    detail = "The request failed here; the cause is logged under its request_id."
    return problem_answer(Problem(500, "internal-error", detail), scope)


@failure_answer.register
def _(error: Problem, scope: Mapping[str, Any]) -> Answer:
    return problem_answer(error, scope)


@failure_answer.register
def _(error: HTTPException, scope: Mapping[str, Any]) -> Answer:
    """Render what Litestar itself raises. Its own sentences repeat the client's input, so none is used."""
    if error.status_code == 404:
        return problem_answer(not_found(), scope)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("allow", "")
        detail = "The method is not allowed here; see the Allow header."
        problem = Problem(405, "method-not-allowed", detail, headers={"Allow": allowed})
        return problem_answer(problem, scope)
    if error.status_code == 413:
        return problem_answer(Problem(413, "content-too-large", "The body is too large."), scope)
    if error.status_code < 500:
        return problem_answer(Problem(400, "invalid-parameter", "The request could not be read."), scope)
    return failure_answer.dispatch(Exception)(error, scope)


@failure_answer.register
def _(_error: ClientDisconnectedError, _scope: Mapping[str, Any]) -> Answer:
    return Answer(CLIENT_CLOSED_REQUEST, [(b"content-length", b"0")], b"")


@failure_answer.register
def _(error: asyncpg.PostgresError, scope: Mapping[str, Any]) -> Answer:
    """Render what PostgreSQL refused, by the class of its SQLSTATE (PostgreSQL's appendix A).

    Constraints that a client can violate are mapped where the statement runs; what arrives here slipped
    through a check, or is the database's own trouble.
    """
    state = str(error.sqlstate or "")
    if state in PASSING or state[:2] in PASSING or isinstance(error, asyncpg.InvalidCachedStatementError):
        return _unavailable(error, scope)
    if state[:2] in ("22", "54") or state == "23514":
        _log.warning("the database refused a value", request_id=_request_id(scope), sqlstate=state)
        item = ErrorItem(pointer="#", code="not_storable", detail="A value cannot be stored.")
        return problem_answer(invalid([item]), scope)
    if state[:2] == "23":
        _log.warning("the database refused a write", request_id=_request_id(scope), sqlstate=state)
        detail = "The write contradicts what is stored: read the resource again."
        return problem_answer(Problem(409, "conflict", detail), scope)
    return failure_answer.dispatch(Exception)(error, scope)


@failure_answer.register(asyncpg.InterfaceError)
@failure_answer.register(asyncpg.InternalClientError)  # a query on a connection that is being lost
@failure_answer.register(OSError)  # a TimeoutError is one
def _unavailable(error: Exception, scope: Mapping[str, Any]) -> Answer:
    _log.warning("database unavailable", request_id=_request_id(scope), error=type(error).__name__)
    return problem_answer(unavailable("The database cannot answer now: try again."), scope)


def _request_id(scope: Mapping[str, Any]) -> str | None:
    return scope.get("state", {}).get("request_id")


def _handle(request: Request[Any, Any, Any], error: Exception) -> Any:
    return failure_answer(error, request.scope)


# For Litestar: one entry, so that nothing falls through to its own error format.
EXCEPTION_HANDLERS: dict[type[Exception] | int, Callable[[Request[Any, Any, Any], Any], Any]] = {
    Exception: _handle
}
