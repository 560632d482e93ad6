"""Merge patch (RFC 7396), for which a reference is one value."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from api.http.problems import Problem
from api.http.validation import alternatives, is_struct


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


def with_unknown(document: Any, patch: Mapping[str, Any], tp: Any) -> Any:
    """Put back a patch's nulls for members that a `tp` does not have.

    Merged, they are gone, and nobody would be told of a member that is misspelt.
    """
    structs = [kind for kind, _ in alternatives(tp) if is_struct(kind)]
    if not structs or not isinstance(document, dict):
        return document
    known = {field.encode_name: field.type for each in structs for field in msgspec.structs.fields(each)}
    known |= {config.tag_field: str for each in structs if (config := each.__struct_config__).tag_field}
    result = dict(cast("dict[str, Any]", document))
    for name, value in patch.items():
        if isinstance(value, dict) and name in known:
            result[name] = with_unknown(result.get(name), cast("dict[str, Any]", value), known[name])
        elif value is None and name not in known:
            result[name] = None
    return result
