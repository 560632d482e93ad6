"""What each handler says about itself for the API description, beside its route."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from api.http.params import NoParams

T = TypeVar("T")
JSON = ("application/json",)
LINES = "application/x-ndjson"
PAGE = ("ETag", "Link")  # headers of a page
LIST = (*PAGE, "Dateline-Changes-Cursor")  # of a list that can also be had as lines, whole
IDEMPOTENT = ("idempotency-in-flight", "idempotency-mismatch")  # kinds of problem of a POST with a key


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[T]
    next: str | None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one operation. Its id is the handler's name, its description the handler's docstring.

    `answer` and `body` are types with a schema, or None for no content. `problems` lists statuses, or kinds
    of the catalogue where a status has several; those that follow from the rest (a body, If-Match, …) need
    not be listed. `scopes` are those that a key needs; none means public reading. `open` is for what no key
    changes. `forms` gives the types of those media types that answer something else. `examples` are request
    bodies by name, `answers` examples of answers. `path` gives the types of path parameters that are no ids.
    """

    summary: str
    tag: str
    params: type[msgspec.Struct] = NoParams
    path: Mapping[str, Any] = {}
    body: Any = None
    body_types: tuple[str, ...] = JSON
    answer: Any = None
    status: int = 200
    produces: tuple[str, ...] = JSON
    forms: Mapping[str, Any] = {}
    problems: tuple[int | str, ...] = ()
    scopes: tuple[str, ...] = ()
    open: bool = False
    headers: tuple[str, ...] = ()
    request_headers: tuple[str, ...] = ()
    examples: Mapping[str, Any] = {}
    answers: Mapping[str, Any] = {}

    def __deepcopy__(self, memo: object) -> "Operation":
        """Stay the same: Litestar copies a router's handlers, and annotated types cannot be copied."""
        return self


def operation(facts: Operation) -> dict[str, Any]:
    """Give the keyword arguments of a Litestar handler decorator that carry an operation's facts.

    Used as `@get("/v1/articles/{id:str}", **operation(Operation(summary=…)))`. The status for Litestar is
    always 200: answers bring their own, and it would refuse a handler of a 204 that returns one.
    """
    return {"opt": {"operation": facts, "produces": facts.produces}, "status_code": 200}
