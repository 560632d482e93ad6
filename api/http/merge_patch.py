"""Merge patch (RFC 7396)."""

from typing import Any, cast

from api.http.problems import Problem


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply `patch` to `target`, both as decoded JSON; `target` is not changed.

    A patch that is nested deeper than the interpreter follows is a 400.
    """
    try:
        return _merged(target, patch)
    except RecursionError:
        raise Problem(400, "malformed-json", "The patch is nested too deeply.") from None


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    members = cast("dict[str, Any]", patch)
    result: dict[str, Any] = dict(cast("dict[str, Any]", target)) if isinstance(target, dict) else {}
    for name, value in members.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
