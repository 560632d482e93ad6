"""`expand`: Refs in a page's items replaced by the resources that they name, one statement a page."""

import re
from collections.abc import Collection, Sequence

from api.db.pool import Conn
from api.entities.lists import select_documents
from api.entities.shown import REF
from api.wire import PLURALS


async def expanded(
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
