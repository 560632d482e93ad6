"""Merging people and organisations that are one, and taking that back, in the transaction of the caller.

A merge is a pointer: nothing that was written moves. Whoever merges holds the winner against changes, then
the loser and all that were merged into it against references too; so a dispatch that refers to them is
written either before, and follows in the background, or after, with what shows then.
"""

from typing import Any, Literal

import msgspec

from api.changes.queries import Event, insert_changes
from api.clusters import select_below
from api.db.pool import Conn
from api.entities import following, queries
from api.entities import merge_queries as merges
from api.entities.combining import combined, conflicts, too_long
from api.entities.queries import Row
from api.entities.rendering import STRUCTS, render, select_members, whole
from api.entities.resolve import created_events
from api.entities.schemas import Entity, Organisation, Person
from api.http.conditional import Versions, etag, stale
from api.http.problems import ErrorItem, Problem, invalid, not_found
from api.http.reader import Reader
from api.wire import EntityType


async def merge(
    tx: Conn,
    type: EntityType,
    winner: str,
    loser: str,
    settled: dict[str, Any],
    reader: Reader,
    versions: Versions | None,
) -> Entity:
    """Merge `loser` into `winner`, and give the winner; what is merged into it already stays so.

    404 and 412 for the winner, 422 for a loser that is none, 409 `merged` for either that was merged into
    something else, 409 `merge-conflict` for what contradicts itself and is not settled.
    """
    await merges.lock_merges(tx)
    row = await _hold(tx, type, winner, reader)
    if versions is not None and not versions.allow(row.version):
        raise stale(etag(row.version, row.document))
    if row.root_id is not None:
        raise await merges.merged(tx, row.root_id)
    other = await _loser(tx, type, winner, loser, reader)
    if other.root_id == winner:
        return msgspec.json.decode(row.document, type=STRUCTS[type])
    if other.root_id is not None:
        raise await merges.merged(tx, other.root_id)
    await _check(tx, winner, loser, settled)
    shown = await queries.publish_entities(tx, [winner, loser])
    await merges.point(tx, loser, winner, settled)
    await following.note_changes(tx, [loser, *await select_below(tx, loser)])
    entity = await _next_version(tx, winner)
    if isinstance(entity, Person) and entity.positions:
        await following.note_offices(tx, winner)
    if (
        isinstance(entity, Organisation)
        and entity.parent
        and await queries.is_below(tx, entity.parent.id, winner)
    ):
        raise _circular()
    events = created_events(shown, public_only=True)
    told = [
        _event("merged", type, loser, other.version, winner),
        _event("updated", type, winner, entity.version),
    ]
    await insert_changes(tx, [*events, *told])
    return entity


async def _hold(tx: Conn, type: EntityType, id: str, reader: Reader) -> Row:
    """Hold an entity against changes, not against references; 404 when this reader sees none."""
    row = await merges.hold_against_changes(tx, type, id, sees_held=reader.sees_held)
    if row is None:
        raise not_found()
    return row


async def _loser(tx: Conn, type: EntityType, winner: str, loser: str, reader: Reader) -> Row:
    """Hold what is merged, and all that was merged into it: 422 when it is the winner or cannot be seen."""
    if loser == winner:
        detail = "An entity cannot be merged into itself."
        raise invalid([ErrorItem(code="circular", detail=detail, pointer="#/id")])
    await merges.lock_cluster(tx, loser)
    row = await queries.select_entity(tx, type, loser, sees_held=reader.sees_held)
    if row is None:
        detail = f"There is no {type} with this id."
        raise invalid([ErrorItem(code="unknown_reference", detail=detail, pointer="#/id")])
    return row


async def _check(tx: Conn, winner: str, loser: str, settled: dict[str, Any]) -> None:
    """Refuse what contradicts itself and is not settled, and what is together more than may be."""
    ours = whole(await select_members(tx, winner), winner)
    theirs = whole(await select_members(tx, loser), loser)
    if errors := conflicts(ours, theirs, settled):
        raise Problem(
            409, "merge-conflict", f"The two contradict each other in {len(errors)} places.", errors=errors
        )
    if members := too_long(combined(ours, theirs, settled)):
        detail = f"Together the two have more than may be of: {', '.join(members)}."
        raise invalid([ErrorItem(code="too_long", detail=detail, pointer="#/id")])


def _circular() -> Problem:
    detail = "Merged, the organisation would be its own parent, through others."
    item = ErrorItem(code="circular", detail=detail, pointer="#/id")
    return Problem(409, "merge-conflict", detail, errors=[item])


async def unmerge(
    tx: Conn, type: EntityType, winner: str, loser: str, reader: Reader, versions: Versions | None
) -> Entity:
    """Take a merge back, and give the restored loser; with what was merged into it before.

    404 when the loser was not merged into the winner, itself or through others.
    """
    await merges.lock_merges(tx)
    row = await queries.select_entity(tx, type, loser, sees_held=reader.sees_held)
    if row is None or row.root_id is None or not await merges.is_merged_into(tx, loser, winner):
        raise not_found()
    held = await _hold(tx, type, row.root_id, reader)
    ours = held if row.root_id == winner else await _hold(tx, type, winner, reader)
    if versions is not None and not versions.allow(ours.version):
        raise stale(etag(ours.version, ours.document))
    await merges.lock_cluster(tx, loser)
    await merges.take_back(tx, loser)
    await following.note_changes(tx, [loser, *await select_below(tx, loser)])
    restored = await render(tx, loser)
    entity = await _next_version(tx, row.root_id)
    for one in (restored, entity):
        if isinstance(one, Person):
            await following.note_offices(tx, one.id)
    told = [
        _event("unmerged", type, loser, restored.version, row.root_id),
        _event("updated", type, row.root_id, entity.version),
    ]
    await insert_changes(tx, told)
    return restored


async def _next_version(tx: Conn, id: str) -> Entity:
    """Raise the version of an entity that shows more now, or less."""
    [own, *_] = await select_members(tx, id)
    now = await tx.fetchval("select clock_timestamp()")
    entity = msgspec.structs.replace(own.entity, version=own.entity.version + 1, updated_at=now)
    await merges.raise_version(tx, entity)
    return await render(tx, id)


def _event(
    what: Literal["merged", "unmerged", "updated"], type: EntityType, id: str, version: int, *also: str
) -> Event:
    """Build an event of an entity, told also to those who follow another one."""
    return Event(
        type=f"{type}.{what}",
        resource_type=type,
        resource_id=id,
        version=version,
        public=True,
        entity_ids=(id, *also),
    )
