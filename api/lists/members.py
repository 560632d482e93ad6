"""`fields`: an item with only the members that are asked for."""

from collections.abc import Collection, Mapping

import msgspec

from api.lists.filters import FilterError

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def only(document: bytes, members: Collection[str]) -> bytes:
    """Give a wire document with its id and these members alone, in their usual order."""
    return _encode(
        {name: value for name, value in _decode(document).items() if name == "id" or name in members}
    )


def with_members(document: bytes, members: dict[str, object]) -> bytes:
    """Give a wire document with further members at its end."""
    rest = b"".join(b',"' + name.encode() + b'":' + _encode(value) for name, value in members.items())
    return document[:-1] + rest + b"}"


def all_with_members(
    documents: Mapping[str, bytes], members: Mapping[str, dict[str, object]]
) -> dict[str, bytes]:
    """Give wire documents by id likewise, each with the members that there are for its id."""
    return {
        id: with_members(document, members[id]) if id in members else document
        for id, document in documents.items()
    }


def check_members(names: Collection[str] | None, struct: type[msgspec.Struct]) -> None:
    """Refuse names in `fields` that are no members of a struct."""
    if names and not {field.encode_name for field in msgspec.structs.fields(struct)}.issuperset(names):
        raise FilterError("fields", "unknown_member", "An item has no member of this name.")
