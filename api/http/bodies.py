"""Reading a request's body: its content type, its size, and the client that leaves in the middle."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from litestar import Request

from api.http.decoding import Body
from api.http.headers import header
from api.http.problems import ErrorItem, Problem, invalid
from api.settings import LIMITS

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]

JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", "application/json")
PATCH: Body[Any] = Body(Any)


class ClientDisconnectedError(Exception):
    """The client closed the connection before its request was complete."""


async def read_json(request: AnyRequest, body: Body[T], *, limit: int = LIMITS.json_body) -> T:
    """Read and decode a JSON body: 415, 413, 400 or 422 (see `Body`) when that fails."""
    return body(await read_document(request, body, limit=limit))


async def read_document(request: AnyRequest, body: Body[Any], *, limit: int = LIMITS.json_body) -> bytes:
    """Read a JSON body as it was sent: 415 or 413 when that fails; one that may be left out can be empty."""
    if not body.may_be_left_out:
        check_content_type(request, JSON)
        return await read_body(request, limit)
    raw = await read_body(request, limit)
    if not raw:
        return b"{}"
    check_content_type(request, JSON)
    return raw


async def read_merge_patch(request: AnyRequest) -> dict[str, Any]:
    """Read a merge patch (RFC 7396) as plain values; a patch that is no object is a 422."""
    check_content_type(request, MERGE_PATCH)
    patch = PATCH(await read_body(request, LIMITS.json_body))
    if not isinstance(patch, dict):
        raise invalid([ErrorItem(pointer="#", code="wrong_type", detail="The patch must be an object.")])
    return cast("dict[str, Any]", patch)


def check_content_type(request: AnyRequest, accepted: Sequence[str]) -> str:
    """Give the media type when it is one of `accepted` and UTF-8, else raise a 415 that lists them."""
    if header(request.scope, b"content-encoding") not in (None, "identity"):
        raise Problem(
            415,
            "unsupported-media-type",
            "The body must not be compressed.",
            headers={"Accept-Encoding": "identity"},
        )
    media_type, parameters = media_type_of(header(request.scope, b"content-type"))
    if media_type not in accepted or parameters.get("charset", "utf-8") != "utf-8":
        name = "Accept-Patch" if request.scope["method"] == "PATCH" else "Accept"
        listed = ", ".join(accepted)
        detail = f"The body must be {listed} in UTF-8, and Content-Type must say so."
        raise Problem(415, "unsupported-media-type", detail, headers={name: listed})
    return media_type


def media_type_of(value: str | None) -> tuple[str, dict[str, str]]:
    """Split a Content-Type into its media type and its parameters, both in lower case."""
    media_type, *parameters = (value or "").lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return media_type.strip(), {name.strip(): text.strip().strip('"') for name, _, text in pairs}


async def read_body(request: AnyRequest, limit: int) -> bytes:
    """Read the whole body, at most `limit` bytes; a larger one is a 413 as soon as that is known."""
    declared = header(request.scope, b"content-length")
    if declared is not None and declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        chunk = cast("bytes", message.get("body", b""))
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> Problem:
    return Problem(
        413, "content-too-large", f"The body must have at most {limit} bytes.", extra={"limit": limit}
    )
