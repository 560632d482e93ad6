"""One address for each resource: what is refused before routing."""

import re
from collections.abc import Mapping
from typing import Any

from api.http.problems import ErrorItem, Problem, not_found

LONGEST = 500  # characters of a path
HOST = re.compile(rb"(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")


def check_address(scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> None:
    """Refuse a second spelling of an address (404), and a missing, repeated or malformed Host (400).

    The router takes `/x`, `/x/`, `//x` and `/%78` for one address; caches, logs and clients do not. None of
    our paths has a character that needs an escape, and none is long: the router keeps the latest in memory.
    """
    path = scope["path"]
    is_spelled_otherwise = "//" in path or (path.endswith("/") and path != "/")
    if is_spelled_otherwise or b"%" in scope.get("raw_path", b"") or len(path) > LONGEST:
        raise not_found()
    host = headers.get(b"host")
    if not host and scope["http_version"] in ("1.0", "1"):  # as uvicorn writes it, and granian
        return
    if host is None:
        raise _bad_host("The Host header is missing.")
    if HOST.fullmatch(host) is None:
        raise _bad_host("The Host header is malformed.")
    if len(headers) != len(scope["headers"]) and sum(name == b"host" for name, _ in scope["headers"]) > 1:
        raise _bad_host("The Host header is given more than once.")


def _bad_host(detail: str) -> Problem:
    return Problem(
        400,
        "invalid-header",
        detail,
        errors=[ErrorItem(header="Host", code="invalid_header", detail=detail)],
    )
