"""Problems: every failure that a client sees, as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

MAX_ERRORS = 20


class ErrorItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One error of a document or request: where it is, a stable code, and what to do about it."""

    code: str
    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET
    header: str | UnsetType = UNSET
    suggestion: Any = UNSET
    candidates: Any = UNSET


class Problem(Exception):  # noqa: N818 - the field's word for it
    """A failure with its status, raised anywhere and rendered in one place.

    `kind` is the last part of the problem's `type` URI (`/problems/<kind>`); `title` is the same for every
    occurrence of a kind; `extra` are members beside the standard ones.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Sequence[ErrorItem] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)[:MAX_ERRORS]
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


TITLES = {
    "malformed-json": "The body is not JSON",
    "malformed-xml": "The body is not XML that is accepted here",
    "invalid-parameter": "A parameter is not valid",
    "invalid-header": "A header is not valid",
    "invalid-cursor": "The cursor is not valid",
    "cursor-expired": "The cursor leads nowhere any more",
    "unauthorized": "A valid API key is needed",
    "forbidden": "The API key lacks a scope",
    "not-found": "There is no such resource",
    "method-not-allowed": "The method is not allowed here",
    "not-acceptable": "No acceptable representation",
    "conflict": "The request conflicts with what is stored",
    "uri-exists": "An article with this uri exists",
    "duplicate-identifier": "Another entity has this identifier",
    "entity-in-use": "The entity is in use",
    "merged": "The entity was merged into another one",
    "merge-conflict": "The two contradict each other",
    "idempotency-in-flight": "A request with this idempotency key is running",
    "idempotency-mismatch": "The idempotency key was used for another request",
    "killed": "The article was killed",
    "precondition-failed": "The resource has changed",
    "precondition-required": "If-Match is needed",
    "request-timeout": "The request took too long to arrive",
    "content-too-large": "The body is too large",
    "too-many-requests": "Too many requests",
    "unsupported-media-type": "The content type is not supported",
    "validation-error": "The document is not valid",
    "unsupported-content": "The item is no article",
    "verbatim-mismatch": "A quote does not match the article",
    "ambiguous-fragment": "A quoted text occurs more than once",
    "ambiguous-entity": "A name matches several entities",
    "unknown-entity": "A name matches no entity",
    "not-held": "The article is not held",
    "unavailable": "The service cannot answer now",
    "internal-error": "Internal error",
}


def title_of(kind: str, status: int) -> str:
    """Give the title of a kind of problem, else the status phrase."""
    return TITLES.get(kind) or HTTPStatus(status).phrase


def invalid(errors: Sequence[ErrorItem]) -> Problem:
    """Build the 422 for a document with these errors; when all are of one kind that has a title, of it."""
    kinds = {error.code.replace("_", "-") for error in errors}
    kind = kinds.pop() if len(kinds) == 1 else "validation-error"
    detail = errors[0].detail if len(errors) == 1 else f"The document has {len(errors)} errors."
    return Problem(422, kind if kind in TITLES else "validation-error", detail, errors=errors)


def not_found() -> Problem:
    """Build the 404 that says nothing about what may be hidden."""
    return Problem(404, "not-found", "There is no such resource, or it is not visible to you.")


def unavailable(detail: str) -> Problem:
    """Build the 503; the renderer adds `Retry-After`."""
    return Problem(503, "unavailable", detail)
