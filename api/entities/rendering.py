"""Writing the documents of entities: their own, with what was merged into them and what shows for others."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from api.db.pool import Conn, columns
from api.entities.combining import Parts, combined
from api.entities.indexing import forget_entity, index_entities
from api.entities.schemas import Entity, Identifier, Organisation, Person
from api.entities.shown import as_shown
from api.wire import EntityType

STRUCTS: dict[EntityType, type[Person] | type[Organisation]] = {
    "person": Person,
    "organisation": Organisation,
}


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a cluster as it was written, and how it was merged."""

    id: str
    type: EntityType
    merged_into: str | None
    settled: dict[str, Any] | None
    document: bytes

    @property
    def entity(self) -> Entity:
        """The record itself."""
        return msgspec.json.decode(self.document, type=STRUCTS[self.type])


async def select_members(tx: Conn, root: str) -> list[Member]:
    """List the records of an entity, its own first, the others in the order in which they were merged."""
    rows = await tx.fetch(
        """
        select id, type, merged_into, settled, coalesce(written, document) as document
        from entities where id = $1
        union all
        (
            select id, type, merged_into, settled, coalesce(written, document)
            from entities where root_id = $1
            order by merged_at, id
        )
        """,
        root,
    )
    return [msgspec.convert(dict(row), Member) for row in rows]


def whole(members: Sequence[Member], top: str) -> Entity:
    """Put together the record `top` and all that were merged into it, as they were written.

    An organisation that has become part of its own parent is not its own parent.
    """
    ids = {member.id for member in members}
    below: dict[str | None, list[Member]] = {}
    for member in members:
        below.setdefault(member.merged_into, []).append(member)

    def of(member: Member) -> Entity:
        entity = member.entity
        if isinstance(entity, Organisation) and entity.parent is not None and entity.parent.id in ids:
            entity = msgspec.structs.replace(entity, parent=None)
        for each in below.get(member.id, ()):
            entity = combined(entity, of(each), each.settled or {})
        return entity

    return of(next(member for member in members if member.id == top))


async def shown_entity(tx: Conn, entity: Entity) -> Entity:
    """Give an entity, as it was written, as it is answered."""
    written = msgspec.json.encode(entity)
    [document] = await as_shown(tx, [written])
    return entity if document == written else msgspec.json.decode(document, type=STRUCTS[entity.type])


async def render(tx: Conn, root: str) -> Entity:
    """Write anew what an entity shows, after a change of it or of what was merged into it, and give that."""
    members = await select_members(tx, root)
    entity = whole(members, root)
    written = members[0].document
    [document] = await as_shown(tx, [msgspec.json.encode(entity)])
    await tx.execute(
        "update entities set document = $2, written = $3 where id = $1",
        root,
        document,
        # Kept while there is anything merged into it: its next write may make the two differ.
        None if document == written and len(members) == 1 else written,
    )
    await forget_entity(tx, root)
    await index_entities(tx, [entity])
    return msgspec.json.decode(document, type=STRUCTS[members[0].type])


async def write_documents(tx: Conn, written: Mapping[str, bytes]) -> None:
    """Write the documents of entities anew, given as they are written; clusters are put together."""
    ids = list(written)
    shown = await as_shown(tx, list(written.values()))
    await tx.execute(
        """
        update entities set document = changed.document, written = nullif(changed.written, changed.document)
        from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as changed (id, document, written)
        where entities.id = changed.id
        """,
        *(columns(zip(ids, shown, written.values(), strict=True)) or [[]] * 3),
    )
    rows = await tx.fetch(
        """
        select distinct coalesce(e.root_id, e.id) as root from entities e
        where e.id = any($1::uuid[])
            and (e.root_id is not null or exists (select from entities m where m.root_id = e.id))
        order by root
        """,
        ids,
    )
    for row in rows:
        await render(tx, row["root"])


async def parts_of(tx: Conn, shown: Entity, written: bytes) -> Parts:
    """Tell what of an entity that shows more than was written of it is its own."""
    struct = STRUCTS[shown.type]
    [own] = await as_shown(tx, [written])
    rows = await tx.fetch(
        """
        select i.scheme, i.value from entity_identifiers i
        join entities e on e.id = i.entity_id
        where e.root_id = $1
        """,
        shown.id,
    )
    return Parts(
        shown=shown,
        written=msgspec.json.decode(written, type=struct),
        own=msgspec.json.decode(own, type=struct),
        of_others={Identifier(scheme=row["scheme"], value=row["value"]) for row in rows},
    )
