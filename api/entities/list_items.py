"""The items of a page as they are asked for: `fields`, and `expand`, which is one statement a page."""

import re
from collections.abc import Collection, Mapping, Sequence

from api.db.pool import Conn
from api.entities.lists import select_documents
from api.entities.shown import REF
from api.lists.members import only
from api.wire import PLURALS


async def as_asked(
    conn: Conn,
    documents: Mapping[str, bytes],
    fields: Collection[str] | None,
    expand: Collection[str] | None,
    *,
    sees_held: bool,
) -> dict[str, bytes]:
    """Give wire documents by id with these members alone, and these kinds in place of the Refs to them."""
    shown = [only(document, fields) if fields else document for document in documents.values()]
    if expand:
        shown = await _expanded(conn, shown, expand, sees_held=sees_held)
    return dict(zip(documents, shown, strict=True))


async def _expanded(
    conn: Conn, items: Sequence[bytes], kinds: Collection[str], *, sees_held: bool
) -> list[bytes]:
    """Replace the Refs to these kinds (`people`, `organisations`) in wire documents by what they name.

    One level deep: the Refs of what is put in stay. What the reader does not see stays a Ref.
    """
    types = [type.encode() for type in ("person", "organisation") if PLURALS[type] in kinds]
    ids = {match[1].decode() for item in items for match in REF.finditer(item) if match[2] in types}
    documents = await select_documents(conn, sorted(ids), sees_held=sees_held) if ids else {}

    def resource(match: re.Match[bytes]) -> bytes:
        return documents.get(match[1].decode(), match[0]) if match[2] in types else match[0]

    return [REF.sub(resource, item) for item in items]
