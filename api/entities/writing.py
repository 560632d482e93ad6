"""Writing people and organisations directly, in the transaction of the caller."""

from datetime import datetime
from typing import Any

import msgspec

from api.changes.queries import Event, insert_changes
from api.db.marks import touch
from api.db.pool import Conn
from api.entities import following, known, queries
from api.entities.combining import without_inherited
from api.entities.compose import SERVER_OWNED, compose, errors_of, references
from api.entities.grouping import Wanted
from api.entities.merge_queries import merged
from api.entities.queries import Row
from api.entities.rendering import STRUCTS, parts_of, render, shown_entity
from api.entities.resolve import Options, Resolved, resolve, write
from api.entities.schemas import Entity, EntityCreate, Organisation
from api.http.conditional import Versions, etag, stale
from api.http.problems import ErrorItem, Problem, invalid, not_found
from api.http.read_only import read_only_errors
from api.http.reader import Reader
from api.wire import EntityType, Ref, entity_ref, new_id


async def create_entity(
    tx: Conn, type: EntityType, given: EntityCreate, reader: Reader, options: Options
) -> Entity:
    """Write a new entity, with the organisations that it names inline; 409 for an identifier of another."""
    now = await tx.fetchval("select clock_timestamp()")
    resolved = await _resolve(tx, given, {}, reader, options, now)
    entity = compose(given, _relative(resolved), id=new_id(), version=1, created_at=now, updated_at=now)
    await _check_identifiers(tx, type, entity)
    events = await write(tx, resolved, public=True)
    await queries.insert_entities(tx, [entity], public=True)
    await insert_changes(tx, [*events, _event("created", entity)])
    return await shown_entity(tx, entity)


async def hold_entity(
    tx: Conn, type: EntityType, id: str, reader: Reader, versions: Versions
) -> tuple[Row, Entity]:
    """Hold an entity for a change: 404 when this reader sees none, 409 `merged`, 412 when it has changed."""
    row = await queries.lock_entity(tx, type, id, sees_held=reader.sees_held)
    if row is None:
        raise not_found()
    if row.root_id is not None:
        raise await merged(tx, row.root_id)
    if not versions.allow(row.version):
        raise stale(etag(row.version, row.document))
    return row, msgspec.json.decode(row.document, type=STRUCTS[type])


async def update_entity(
    tx: Conn, held: tuple[Row, Entity], given: EntityCreate, reader: Reader, options: Options
) -> Entity:
    """Write the next version of an entity that the transaction holds; the same content makes none."""
    row, current = held
    now = await tx.fetchval("select clock_timestamp()")
    resolved = await _resolve(tx, given, msgspec.to_builtins(current), reader, options, now)
    refs = _relative(resolved)
    entity = compose(
        _with_former_name(given, current),
        refs,
        id=current.id,
        version=current.version,
        created_at=current.created_at,
        updated_at=current.updated_at,
    )
    written = current
    if row.written is not None:
        parts = await parts_of(tx, current, row.written)
        entity, written = without_inherited(entity, parts), parts.written
    if entity == written:
        touch()
        return current
    await _check_parent(tx, entity)
    await _check_identifiers(tx, current.type, entity)
    entity = msgspec.structs.replace(entity, version=current.version + 1, updated_at=now)
    events = await write(tx, resolved, public=True)
    await queries.update_entity(tx, entity)
    if entity.name != current.name:
        await following.note_rename(tx, entity.id)
    if getattr(entity, "positions", None) != getattr(written, "positions", None):
        await following.note_offices(tx, entity.id)
    if row.public:
        events.append(_event("updated", entity))
    else:  # it comes to light: news to those who could not see it, a change for the others
        events += [_event("created", entity, public_only=True), _event("updated", entity, public=False)]
    await insert_changes(tx, events)
    return await (shown_entity(tx, entity) if row.written is None else render(tx, entity.id))


async def delete_entity(tx: Conn, held: tuple[Row, Entity], reader: Reader) -> None:
    """Delete an entity that nothing refers to; 409 `entity-in-use` with the counts of what does.

    One to which only things refer that the reader may not see is hidden with them instead: that it cannot be
    deleted would tell of them.
    """
    row, entity = held
    uses = await queries.count_uses(tx, entity.id, sees_held=reader.sees_held)
    if uses:
        detail = "It is in use: " + ", ".join(f"{count} {name}" for name, count in uses.items()) + "."
        raise Problem(409, "entity-in-use", detail, extra={"uses": uses})
    hidden = bool(await queries.count_uses(tx, entity.id, sees_held=True))
    await (queries.hide_entity if hidden else queries.delete_entity)(tx, entity.id)
    await insert_changes(tx, [_event("deleted", entity, public=row.public, public_only=hidden)])


async def _resolve(
    tx: Conn,
    given: EntityCreate,
    current: dict[str, Any],
    reader: Reader,
    options: Options,
    now: datetime,
) -> Resolved:
    """Check an entity and resolve the organisations that it refers to."""
    errors = [*read_only_errors(given, current, "#", SERVER_OWNED), *errors_of(given, "#")]
    if errors:
        raise invalid(errors)
    wanted = [
        Wanted(pointer="#" + inner, type="organisation", given=organisation)
        for inner, organisation in references(given)
    ]
    return await resolve(tx, wanted, options, reader, now)


def _relative(resolved: Resolved) -> dict[str, Ref]:
    """Give the Refs under pointers relative to the entity."""
    return {pointer.removeprefix("#"): ref for pointer, ref in resolved.refs.items()}


def _with_former_name(given: EntityCreate, current: Entity) -> EntityCreate:
    """Keep the old house spelling findable when `name` changes and `names` do not carry it."""
    if given.name == current.name or any(name.value == current.name for name in given.names):
        return given
    kept = [name for name in current.names if name.value == current.name]
    return msgspec.structs.replace(given, names=[*given.names, *kept])


async def _check_parent(tx: Conn, entity: Entity) -> None:
    """Refuse an organisation that is its own parent, itself or through others."""
    parent = entity.parent if isinstance(entity, Organisation) else None
    if parent is not None and await queries.is_below(tx, parent.id, entity.id):
        detail = "An organisation cannot be its own parent."
        raise invalid([ErrorItem(code="circular", detail=detail, pointer="#/parent")])


async def _check_identifiers(tx: Conn, type: EntityType, entity: Entity) -> None:
    """Refuse identifiers that another entity has, with its Ref when it is public."""
    keys = [(type, identifier.scheme, identifier.value) for identifier in entity.identifiers]
    if not keys:
        return
    await known.lock_names(tx, [":".join(key) for key in keys])
    found = await known.find_by_identifier(tx, keys)
    taken = [(key, stored) for key in keys if (stored := found.get(key)) and stored.id != entity.id]
    if not taken:
        return
    errors = [
        ErrorItem(
            code="duplicate_identifier",
            detail="Another entity has this identifier.",
            pointer=f"#/identifiers/{keys.index(key)}",
        )
        for key, _ in taken
    ]
    stored = taken[0][1]
    existing = {"existing": entity_ref(type, stored.id, stored.name)}
    raise Problem(
        409,
        "duplicate-identifier",
        errors[0].detail,
        errors=errors,
        extra=existing if stored.public else {},
    )


def _event(what: str, entity: Entity, *, public: bool = True, public_only: bool = False) -> Event:
    """Build an event of an entity."""
    return Event(
        type=f"{entity.type}.{what}",
        resource_type=entity.type,
        resource_id=entity.id,
        version=entity.version,
        public=public,
        public_only=public_only,
    )
