"""Merge patch (RFC 7396), for which a reference is one value."""

from typing import Any, cast

from api.http.problems import Problem


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply `patch` to `target`, both as decoded JSON; `target` is not changed.

    A Ref is replaced, not merged into: it would keep its `id`, and another name beside that is ignored.
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
            old = result.get(name)
            result[name] = _merged(None if value and _is_ref(old) else old, value)
    return result


def _is_ref(value: Any) -> bool:
    return isinstance(value, dict) and "id" in value and "href" in value
