"""Which entity an inline one is: by its identifier, by a fuller name beside it, by its name; else a new one.

The order is that of design §3.1. Which inline entities are one is decided first, in `grouping.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from api.changes.queries import Event
from api.db.pool import Conn
from api.entities import queries
from api.entities.candidates import sounds
from api.entities.compose import compose, inline_errors, references
from api.entities.contradicting import lower_contradicted
from api.entities.grouping import (
    SAME_NAME,
    UNKNOWN,
    Group,
    Wanted,
    circular,
    grouped,
    join_fuller,
    with_nested,
)
from api.entities.known import Stored
from api.entities.linking import link_alike
from api.entities.look_ups import Direct, LookUps
from api.entities.schemas import Entity, Resolution
from api.entities.spelled_twice import link_spelled_twice
from api.http.problems import MAX_ERRORS, ErrorItem, Problem, invalid
from api.http.reader import Reader
from api.wire import EntityType, Ref, entity_ref


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a name that several entities have, and with one that none has.

    A dry run never brings to light what the reader may not see: for it that does not exist.
    """

    ambiguous: Literal["reject", "create"] = "reject"
    unknown: Literal["reject", "create"] = "create"
    dry_run: bool = False


class Resolved(msgspec.Struct, kw_only=True):
    """The outcome: a Ref for each pointer, the entities to insert, and what to tell the client.

    `hidden_ids` are entities that only held articles carried so far.
    """

    refs: dict[str, Ref]
    created: list[Entity]
    hidden_ids: list[str]
    resolution: list[Resolution]


async def resolve(
    store: Conn | LookUps, wanted: Sequence[Wanted], options: Options, reader: Reader, now: datetime
) -> Resolved:
    """Decide what each of `wanted` is. Nothing is written, but the names of new entities are held.

    `store` is what is asked: a transaction, or what a batch of dispatches has read for all of them.

    422 `unknown_reference` for an id that is none or not visible, `ambiguous-entity` for a name that several
    entities have, `unknown-entity` when `options.unknown` is `reject`.
    """
    tx = store if isinstance(store, LookUps) else Direct(store)
    every = with_nested(wanted)
    stored = await _find_references(tx, [w for w in every if w.given.id is not UNSET], reader)
    inline = [w for w in every if w.given.id is UNSET]
    _raise_if(error for w in inline for error in inline_errors(w.given, w.pointer, w.type))
    # By identity: what is put together keeps the very entities that were given.
    groups = {id(w.given): g for w, g in zip(inline, grouped(inline), strict=True)}
    groups = {given: group.root for given, group in groups.items()}
    roots = list(dict.fromkeys(groups.values()))
    _raise_if(_too_long(group, member) for group in roots for member in group.too_long())
    join_fuller(roots, [entity for _, entity in stored])
    needed = await _decide(tx, roots, groups, options, reader, now)
    refs = {id(w.given): entity_ref(e.type, e.id, e.name) for w, e in stored}
    refs |= {given: group.ref for given, group in groups.items()}
    linked = [*(e for w, e in stored if _stands(w, groups)), *(g.linked for g in needed if g.linked)]
    return Resolved(
        refs={w.pointer: refs[id(w.given)] for w in wanted},
        created=[_compose(g, refs, now) for g in needed if g.is_new],
        hidden_ids=[e.id for e in linked if not e.public],
        resolution=[_tell(groups[id(w.given)], w.pointer, reader) for w in inline if _stands(w, groups)],
    )


def _stands(wanted: Wanted, groups: Mapping[int, Group]) -> bool:
    """Tell whether an entity is written: what stands inside one that the store knows is not."""
    within = groups[id(wanted.within)] if wanted.within else None
    return within is None or within.is_new or within.is_spelling


async def _find_references(
    tx: LookUps, wanted: Sequence[Wanted], reader: Reader
) -> list[tuple[Wanted, Stored]]:
    """Find the entities that are given by id."""
    found = await tx.find_entities([str(w.given.id) for w in wanted]) if wanted else {}
    pairs = [(w, found.get(str(w.given.id))) for w in wanted]
    known = [
        (w, e) for w, e in pairs if e is not None and e.type == w.type and (e.public or reader.sees_held)
    ]
    missing = {w.pointer for w in wanted} - {w.pointer for w, _ in known}
    _raise_if(
        ErrorItem(
            code="unknown_reference", detail=f"There is no {w.type} with this id.", pointer=f"{w.pointer}/id"
        )
        for w in wanted
        if w.pointer in missing
    )
    return known


async def _decide(
    tx: LookUps,
    roots: Sequence[Group],
    groups: Mapping[int, Group],
    options: Options,
    reader: Reader,
    now: datetime,
) -> list[Group]:
    """Link what is known; hold the names of the rest and look again: another transaction may have come.

    Those whose names are still unknown then are compared with names like them.

    Gives the groups that are needed. The names are held all at once, else two dispatches could wait for each
    other.
    """
    await _look_up(tx, [g for g in roots if g.is_new], options, reader)
    new = [g for g in _needed(roots, groups) if g.is_new and not g.near]
    if new:
        await tx.lock_names(
            [":".join(key) for g in new for key in [*g.folds, *g.identifiers]],
            (sound for g in new for sound in sounds(g.names, g.type)),
        )
        await _look_up(tx, new, options, reader)
        unknown = [g for g in new if g.is_new and not (g.near or g.rivals or g.torn)]
        await link_alike(tx, unknown, reader, now)
        await link_spelled_twice([g for g in unknown if g.is_new], now)
    needed = _needed(roots, groups)
    await lower_contradicted(tx, needed, now)
    # Identifiers of several entities stay ambiguous: a new one could not have them.
    rejects = options.ambiguous == "reject"
    _raise_if(_ambiguous(g) for g in needed if g.torn or (rejects and g.is_new and (g.near or g.rivals)))
    if options.unknown == "reject":
        _raise_if(_unknown(g) for g in needed if g.is_new or not g.is_visible(reader))
    _raise_if(_circular(g) for g in circular(needed, groups))
    return needed


def _needed(roots: Sequence[Group], groups: Mapping[int, Group]) -> list[Group]:
    """List what the document itself names, and what new entities of it name in their turn."""
    needed = [g for g in roots if g.is_named]
    seen = set(needed)
    for group in needed:  # grows on the way
        for _, organisation in references(group.given) if group.is_new else ():
            inner = groups.get(id(organisation))
            if inner is not None and inner not in seen:
                seen.add(inner)
                needed.append(inner)
    return needed


async def _look_up(tx: LookUps, groups: Sequence[Group], options: Options, reader: Reader) -> None:
    """Link each group to the one entity with its identifier or name; note several as `near`."""
    identifiers = [key for g in groups for key in g.identifiers]
    by_identifier = await tx.find_by_identifier(identifiers) if identifiers else {}
    for group in groups:
        found = {e.id: e for key in group.identifiers if (e := by_identifier.get(key))}
        group.torn = len(found) > 1
        group.near = list(found.values()) if group.torn else group.near
        group.linked = next(iter(found.values())) if len(found) == 1 else None
        group.reason = "the same identifier" if group.linked else group.reason
    unlinked = [g for g in groups if g.linked is None and not g.torn]
    by_name = await tx.find_by_name([k for g in unlinked for k in g.folds]) if unlinked else {}
    homonyms = [e.id for found in by_name.values() for e in found]
    known = await tx.identifiers_of(homonyms) if homonyms and identifiers else {}
    for group in unlinked:
        _link_by_name(group, by_name, known, reader)
    for group in groups:
        if options.dry_run and not group.is_visible(reader):
            group.forget()


def _link_by_name(
    group: Group,
    by_name: dict[tuple[str, str], list[Stored]],
    known: dict[str, set[tuple[str, str]]],
    reader: Reader,
) -> None:
    """Link a group to the one entity that has its name, or else one of its other names.

    What the reader may not see cannot make a name ambiguous for them, because that would tell of it.
    """
    own, *others = group.folds
    for keys in ([own], others):
        found = {e.id: e for key in keys for e in by_name.get(key, []) if not _other(group, known.get(e.id))}
        visible = [e for e in found.values() if e.public or reader.sees_held]
        if len(visible) > 1:
            group.near = visible
            return
        if visible or len(found) == 1:
            group.linked, group.reason = next(iter(visible or found.values())), SAME_NAME
            return


def _other(group: Group, identifiers: set[tuple[str, str]] | None) -> bool:
    """Tell whether an entity of the same name is another one by its identifiers."""
    schemes = {scheme: value for _, scheme, value in group.identifiers}
    return any(schemes.get(scheme, value) != value for scheme, value in identifiers or ())


def _compose(group: Group, refs: Mapping[int, Ref], now: datetime) -> Entity:
    """Build the new entity of a group."""
    own = {inner: refs[id(organisation)] for inner, organisation in references(group.given)}
    return compose(group.given, own, id=group.id, version=1, created_at=now, updated_at=now)


def _tell(group: Group, pointer: str, reader: Reader) -> Resolution:
    """Say what became of an inline entity.

    A link to an entity that the reader may not see is told as a creation: this article brings it to light.
    """
    hidden = not group.is_visible(reader)
    return Resolution(
        pointer=pointer,
        outcome="created" if group.is_new or hidden else "linked",
        id=group.ref.id,
        type=group.type,
        name=str(group.ref.name),
        score=1.0 if hidden else group.score,
        reason=UNKNOWN if hidden else group.reason,
        near=[*_candidates(group), *_beside(group)][:MAX_ERRORS] or UNSET,
    )


def _beside(group: Group) -> list[dict[str, Any]]:
    """List the entities of the same document that a name may mean: they are not stored yet."""
    return [{group.type: each.ref, "score": level} for each, level in group.beside]


def _candidates(group: Group) -> list[dict[str, Any]]:
    """List the stored entities that a name may mean."""
    found = [*((each, 1.0) for each in group.near), *group.alike]
    return [{group.type: entity_ref(e.type, e.id, e.name), "score": level} for e, level in found[:MAX_ERRORS]]


def _ambiguous(group: Group) -> ErrorItem:
    """Build the error for a name that several entities have."""
    return ErrorItem(
        code="ambiguous_entity",
        detail="Several entities have this name: give an id or an identifier, or ask for ?ambiguous=create.",
        pointer=group.pointer,
        candidates=_candidates(group),
    )


def _unknown(group: Group) -> ErrorItem:
    """Build the error for a name that no entity has."""
    return ErrorItem(
        code="unknown_entity",
        detail=f"No {group.type} has this name.",
        pointer=group.pointer,
        candidates=_candidates(group) or UNSET,
    )


def _too_long(group: Group, member: str) -> ErrorItem:
    """Build the error for an entity of which too much is said, in all places together."""
    detail = "What is said of this entity in several places is together more than it may have."
    return ErrorItem(code="too_long", detail=detail, pointer=f"{group.pointer}/{member}")


def _circular(group: Group) -> ErrorItem:
    """Build the error for an organisation that is its own parent, itself or through others."""
    detail = "An organisation cannot be its own parent."
    return ErrorItem(code="circular", detail=detail, pointer=f"{group.pointer}/parent")


def _raise_if(errors: Iterable[ErrorItem]) -> None:
    """Raise the 422 for `errors`, if there are any."""
    items = list(errors)
    if not items:
        return
    kind = items[0].code.replace("_", "-")
    if kind in ("ambiguous-entity", "unknown-entity"):
        detail = items[0].detail if len(items) == 1 else f"{len(items)} names cannot be resolved."
        raise Problem(422, kind, detail, errors=items)
    raise invalid(items)


async def write(tx: Conn, resolved: Resolved, *, public: bool) -> list[Event]:
    """Insert the new entities; when `public`, bring to light what they refer to. Gives the events."""
    if resolved.created:
        await queries.insert_entities(tx, resolved.created, public=public)
    created = created_events([(e.id, e.type, e.version) for e in resolved.created], public=public)
    if not (public and resolved.hidden_ids):
        return created
    shown = await queries.publish_entities(tx, resolved.hidden_ids)
    return [*created, *created_events(shown, public_only=True)]


def created_events(
    entities: Sequence[tuple[str, EntityType, int]], *, public: bool = True, public_only: bool = False
) -> list[Event]:
    """Give the events that tell of new entities, `public_only` when they only come to light."""
    return [
        Event(
            type=f"{type}.created",
            resource_type=type,
            resource_id=id,
            version=version,
            public=public,
            public_only=public_only,
        )
        for id, type, version in entities
    ]
