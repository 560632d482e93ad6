"""What documents show for entities that were merged: the Ref of what they were merged into.

Documents are kept as they were written too, with the ids of that time, so that an undone merge leaves no
trace.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from api.clusters import select_roots
from api.db.pool import Conn
from api.wire import entity_ref

# A Ref is encoded in one way only, and its bytes cannot stand in a text, where JSON escapes quotation marks:
# replacing bytes is exact, and many times faster than decoding.
REF = re.compile(
    rb'\{"id":"([0-9a-f-]{36})","type":"(person|organisation)","name":"(?:[^"\\]|\\.)*","href":"[^"]*"\}'
)

# By the id of one that was merged, the Ref that is shown for it.
Shown = Mapping[bytes, bytes]


def ids_in(documents: Iterable[bytes]) -> list[str]:
    """List the ids of the people and organisations whose Refs stand in documents."""
    return sorted({match[1].decode() for document in documents for match in REF.finditer(document)})


async def shown_for(conn: Conn, ids: Sequence[str], *, lock: bool = False) -> Shown:
    """Find what is shown for those of these entities that were merged.

    With `lock` that keeps its name until the transaction ends. Whoever writes a reference to an entity holds
    that already, so what shows for it stays too.
    """
    roots = await select_roots(conn, ids) if ids else {}
    if not roots:
        return {}
    wanted = sorted(set(roots.values()))
    rows = (
        await conn.fetch(
            "select id, type, name from entities where id = any($1::uuid[]) order by id for key share", wanted
        )
        if lock
        else await conn.fetch("select id, type, name from entities where id = any($1::uuid[])", wanted)
    )
    refs = {row["id"]: entity_ref(row["type"], row["id"], row["name"]) for row in rows}
    return {id.encode(): msgspec.json.encode(refs[root]) for id, root in roots.items()}


def show(document: bytes, shown: Shown) -> bytes:
    """Give a document with what is shown for those that were merged."""
    return REF.sub(lambda match: shown.get(match[1], match[0]), document) if shown else document


async def as_shown(tx: Conn, documents: Sequence[bytes]) -> list[bytes]:
    """Give documents, as they are written, with what is shown for those that were merged."""
    shown = await shown_for(tx, ids_in(documents), lock=True)
    return [show(document, shown) for document in documents]


def written_ids(written: bytes, document: bytes) -> dict[str, list[str]]:
    """Give for the id of each Ref of a document under which ids it was written, as the two show by place."""
    found: dict[str, list[str]] = {}
    for own, seen in zip(REF.finditer(written), REF.finditer(document), strict=True):
        ids = found.setdefault(seen[1].decode(), [])
        if own[1].decode() not in ids:
            ids.append(own[1].decode())
    return found
