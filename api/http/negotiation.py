"""Content negotiation by `Accept` (RFC 9110 §12.5.1)."""

import re
from collections.abc import Sequence
from typing import Any

from litestar import Request

from api.http.headers import header
from api.http.problems import Problem

WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
RANGE = re.compile(r"[!#$&^_.+*a-z0-9-]+/[!#$&^_.+*a-z0-9-]+")
JSON = ("application/json",)


def best(accept: str | None, offered: Sequence[str]) -> str | None:
    """Choose the offered media type that the client likes best, the first of equals; None when none will do.

    No `Accept`, or one without a single well-formed range, means anything.
    """
    ranges = _ranges(accept or "")
    if not ranges:
        return offered[0]
    weight, _, media_type = max(
        (_weight(media_type, ranges), -place, media_type) for place, media_type in enumerate(offered)
    )
    return media_type if weight > 0 else None


async def check_acceptable(request: Request[Any, Any, Any]) -> None:
    """Refuse a request before its handler runs when no representation can satisfy its `Accept`: 406.

    For `before_request`. A handler's option `produces` lists its media types; JSON is the default.
    """
    accept = header(request.scope, b"accept")
    if accept in (None, "*/*", "application/json"):
        return
    offered: Sequence[str] = request.route_handler.opt.get("produces", JSON)
    if best(accept, offered) is None:
        detail = f"This can be answered as {', '.join(offered)}."
        raise Problem(406, "not-acceptable", detail)


def _ranges(accept: str) -> dict[str, float]:
    """Read the media ranges with their weights; other parameters are ignored, and so is what is malformed."""
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = [piece.strip() for piece in part.split(";")]
        weights = [text[2:].strip() for text in parameters if text.startswith("q=")]
        weight = weights[0] if weights else "1"
        if RANGE.fullmatch(name) and WEIGHT.fullmatch(weight):
            ranges[name] = max(float(weight), ranges.get(name, 0.0))
    return ranges


def _weight(media_type: str, ranges: dict[str, float]) -> float:
    """Give the weight of a media type: the most specific range that covers it counts."""
    kind = media_type.partition("/")[0]
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
