"""Which entity an inline one is: by its identifier, by a fuller name beside it, by its name; else a new one.

The order is that of design §3.1. Inline entities with one folded name, or with one identifier, are one
entity; what they say of it is put together.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from api.changes.queries import Event
from api.db.pool import Conn
from api.entities import queries
from api.entities.compose import compose, language_errors, references
from api.entities.queries import Stored
from api.entities.schemas import Entity, EntityInput, Resolution
from api.http.problems import MAX_ERRORS, ErrorItem, Problem, invalid
from api.http.reader import Reader
from api.names.fold import fold
from api.wire import EntityType, Ref, entity_ref, new_id


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An entity somewhere in a document: where, of which type, and how it is given."""

    pointer: str
    type: EntityType
    given: EntityInput


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a name that several entities have, and with one that none has."""

    ambiguous: Literal["reject", "create"] = "reject"
    unknown: Literal["reject", "create"] = "create"


class Group:
    """Inline entities that are one, and what is decided about them."""

    def __init__(self, wanted: Wanted) -> None:
        self.type: EntityType = wanted.type
        self.given = wanted.given
        self.pointers = [wanted.pointer]
        self.linked: Stored | None = None
        self.fuller: Group | None = None
        self.near: list[Stored] = []
        self.reason = "no entity has this name"
        self.id = new_id()

    @property
    def name(self) -> str:
        """The name under which it is given first."""
        return str(self.given.name)

    @property
    def folds(self) -> list[tuple[str, str]]:
        """The keys of its names, its own first."""
        names = [self.name, *(name.value for name in self.given.names)]
        return list(dict.fromkeys((self.type, fold(name)) for name in names))

    @property
    def identifiers(self) -> list[tuple[str, str, str]]:
        """Its identifiers, as (type, scheme, value)."""
        return [(self.type, i.scheme, i.value) for i in self.given.identifiers]

    @property
    def ref(self) -> Ref:
        """The Ref of what it is."""
        if self.fuller is not None:
            return self.fuller.ref
        if self.linked is not None:
            return entity_ref(self.type, self.linked.id, self.linked.name)
        return entity_ref(self.type, self.id, self.name)

    @property
    def is_new(self) -> bool:
        """Whether it becomes an entity of its own."""
        return self.linked is None and self.fuller is None

    def add(self, other: Wanted) -> None:
        """Put together what is said of one entity in two places; the first word on a member stands."""
        self.pointers.append(other.pointer)
        mine, theirs = msgspec.structs.asdict(self.given), msgspec.structs.asdict(other.given)
        joined: dict[str, Any] = {}
        for member, value in mine.items():
            more = theirs[member]
            if isinstance(value, list):
                joined[member] = [*value, *(item for item in more if item not in value)]
            else:
                joined[member] = more if value is None or value is UNSET else value
        self.given = type(self.given)(**joined)


class Resolved(msgspec.Struct, kw_only=True):
    """The outcome: a Ref for each pointer, the entities to insert, and what to tell the client.

    `hidden_ids` are entities that only held articles carried so far.
    """

    refs: dict[str, Ref]
    created: list[Entity]
    hidden_ids: list[str]
    resolution: list[Resolution]


async def resolve(
    tx: Conn, wanted: Sequence[Wanted], options: Options, reader: Reader, now: datetime
) -> Resolved:
    """Decide what each of `wanted` is. Nothing is written, but the names of new entities are held.

    422 `unknown_reference` for an id that is none or not visible, `ambiguous-entity` for a name that several
    entities have, `unknown-entity` when `options.unknown` is `reject`.
    """
    groups: list[Group] = []
    stored: list[tuple[Wanted, Stored]] = []
    registry: dict[tuple[str, ...], Group] = {}
    seen: set[tuple[str, str]] = set()
    pending = list(wanted)
    while pending:
        stored += await _find_references(tx, [w for w in pending if w.given.id is not UNSET], reader)
        fresh = _group([w for w in pending if w.given.id is UNSET], registry)
        groups += fresh
        _raise_if(e for g in fresh for e in language_errors(g.given, g.pointers[0]))
        _join_fuller(fresh, groups, [entity for _, entity in stored])
        await _decide(tx, [g for g in fresh if g.fuller is None], options, reader)
        pending = [w for g in groups if g.is_new for w in _nested(g, seen)]
    refs = {w.pointer: entity_ref(e.type, e.id, e.name) for w, e in stored}
    refs |= {pointer: group.ref for group in groups for pointer in group.pointers}
    linked = [*(e for _, e in stored), *(g.linked for g in groups if g.linked is not None)]
    return Resolved(
        refs=refs,
        created=[_compose(g, refs, now) for g in groups if g.is_new],
        hidden_ids=[e.id for e in linked if not e.public],
        resolution=[r for g in groups for r in _tell(g, reader)],
    )


async def _find_references(tx: Conn, wanted: Sequence[Wanted], reader: Reader) -> list[tuple[Wanted, Stored]]:
    """Find the entities that are given by id."""
    found = await queries.find_entities(tx, [str(w.given.id) for w in wanted]) if wanted else {}
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


def _group(wanted: Sequence[Wanted], registry: dict[tuple[str, ...], Group]) -> list[Group]:
    """Put inline entities together that are one: of one folded name, or with one identifier.

    Gives the groups that are new; `registry` knows all of the document under their names and identifiers.
    """
    fresh: list[Group] = []
    for w in wanted:
        candidate = Group(w)
        keys = [*candidate.identifiers, candidate.folds[0]]
        group = next((registry[key] for key in keys if key in registry), None)
        if group is None or _differ(group, candidate):
            fresh.append(candidate)
            group = candidate
        else:
            group.add(w)
        registry |= dict.fromkeys(keys, group)
    return fresh


def _differ(one: Group, other: Group) -> bool:
    """Tell whether two groups have different identifiers of one scheme: then they are not one entity."""
    schemes = {scheme: value for _, scheme, value in one.identifiers}
    return any(schemes.get(scheme, value) != value for _, scheme, value in other.identifiers)


def _join_fuller(fresh: Sequence[Group], groups: Sequence[Group], stored: Sequence[Stored]) -> None:
    """Let a name that is part of exactly one fuller name in the document mean that one (`Lavrov`)."""
    fuller: dict[str, Stored | Group] = {fold(e.name): e for e in stored if e.type == "person"}
    fuller |= {group.folds[0][1]: group for group in groups if group.type == "person"}
    for group in fresh:
        if group.type != "person" or group.identifiers or len(group.folds) > 1:
            continue
        words = set(group.folds[0][1].split())
        found = [other for name, other in fuller.items() if words < set(name.split())]
        if len(found) != 1:
            continue
        group.reason = "a fuller name in the same dispatch"
        if isinstance(found[0], Group):
            group.fuller = found[0]
        else:
            group.linked = found[0]


async def _decide(tx: Conn, groups: Sequence[Group], options: Options, reader: Reader) -> None:
    """Link what is known; hold the names of the rest and look again: another transaction may have come."""
    open_groups = [g for g in groups if g.linked is None]
    await _look_up(tx, open_groups, reader)
    new = [g for g in open_groups if g.linked is None and not g.near]
    if new:
        await queries.lock_names(tx, [":".join(key) for g in new for key in [*g.folds, *g.identifiers]])
        await _look_up(tx, new, reader)
    _raise_if(_ambiguous(g) for g in open_groups if g.near and options.ambiguous == "reject")
    _raise_if(_unknown(g) for g in open_groups if g.linked is None and options.unknown == "reject")


async def _look_up(tx: Conn, groups: Sequence[Group], reader: Reader) -> None:
    """Link each group to the one entity with its identifier or name; note several as `near`."""
    identifiers = [key for g in groups for key in g.identifiers]
    by_identifier = await queries.find_by_identifier(tx, identifiers) if identifiers else {}
    for group in groups:
        group.linked = next((by_identifier[key] for key in group.identifiers if key in by_identifier), None)
        group.reason = "the same identifier" if group.linked else group.reason
    unlinked = [g for g in groups if g.linked is None]
    by_name = await queries.find_by_name(tx, [k for g in unlinked for k in g.folds]) if unlinked else {}
    homonyms = [e.id for found in by_name.values() for e in found]
    known = await queries.identifiers_of(tx, homonyms) if homonyms and identifiers else {}
    for group in unlinked:
        _link_by_name(group, by_name, known, reader)


def _link_by_name(
    group: Group,
    by_name: dict[tuple[str, str], list[Stored]],
    known: dict[str, set[tuple[str, str]]],
    reader: Reader,
) -> None:
    """Link a group to the one entity that has its name, or else one of its other names."""
    own, *others = group.folds
    for keys in ([own], others):
        found = {e.id: e for key in keys for e in by_name.get(key, []) if not _other(group, known.get(e.id))}
        # What the reader may not see cannot make a name ambiguous for them: that would tell of it.
        visible = [e for e in found.values() if e.public or reader.sees_held] or list(found.values())
        if len(visible) == 1:
            group.linked, group.reason = visible[0], "the same name"
            return
        if visible:
            group.near = visible
            return


def _other(group: Group, identifiers: set[tuple[str, str]] | None) -> bool:
    """Tell whether an entity of the same name is another one by its identifiers."""
    schemes = {scheme: value for _, scheme, value in group.identifiers}
    return any(schemes.get(scheme, value) != value for scheme, value in identifiers or ())


def _nested(group: Group, seen: set[tuple[str, str]]) -> list[Wanted]:
    """List the organisations that a new entity refers to and that were not `seen` before."""
    found: list[Wanted] = []
    for inner, organisation in references(group.given):
        if (group.id, inner) not in seen:
            seen.add((group.id, inner))
            pointer = group.pointers[0] + inner
            found.append(Wanted(pointer=pointer, type="organisation", given=organisation))
    return found


def _compose(group: Group, refs: dict[str, Ref], now: datetime) -> Entity:
    """Build the new entity of a group."""
    pointer = group.pointers[0]
    own = {path.removeprefix(pointer): ref for path, ref in refs.items() if path.startswith(pointer + "/")}
    return compose(group.given, own, id=group.id, version=1, created_at=now, updated_at=now)


def _tell(group: Group, reader: Reader) -> list[Resolution]:
    """Say what became of a group, at each of its pointers.

    A link to an entity that the reader may not see is told as a creation: this article brings it to light.
    """
    target = group.fuller or group
    hidden = target.linked is not None and not (target.linked.public or reader.sees_held)
    created = target.is_new or hidden
    near = [{group.type: entity_ref(e.type, e.id, e.name), "score": 1.0} for e in group.near]
    return [
        Resolution(
            pointer=pointer,
            outcome="created" if created and group.fuller is None else "linked",
            id=group.ref.id,
            type=group.type,
            name=str(group.ref.name),
            score=1.0,
            reason="no entity has this name" if hidden else group.reason,
            near=near or UNSET,
        )
        for pointer in group.pointers
    ]


def _ambiguous(group: Group) -> ErrorItem:
    """Build the error for a name that several entities have."""
    return ErrorItem(
        code="ambiguous_entity",
        detail="Several entities have this name: give an id or an identifier, or ask for ?ambiguous=create.",
        pointer=group.pointers[0],
        candidates=[
            {group.type: entity_ref(e.type, e.id, e.name), "score": 1.0} for e in group.near[:MAX_ERRORS]
        ],
    )


def _unknown(group: Group) -> ErrorItem:
    """Build the error for a name that no entity has."""
    return ErrorItem(
        code="unknown_entity", detail=f"No {group.type} has this name.", pointer=group.pointers[0]
    )


def _raise_if(errors: Iterable[ErrorItem]) -> None:
    """Raise the 422 for `errors`, if there are any."""
    items = list(errors)
    if not items:
        return
    kind = items[0].code.replace("_", "-")
    if kind in ("ambiguous-entity", "unknown-entity"):
        raise Problem(422, kind, f"{len(items)} names cannot be resolved.", errors=items)
    raise invalid(items)


async def write(tx: Conn, resolved: Resolved, *, public: bool) -> list[Event]:
    """Insert the new entities; when `public`, bring to light what they refer to. Gives the events."""
    if resolved.created:
        await queries.insert_entities(tx, resolved.created, public=public)
    if not public:
        return []
    shown = await queries.publish_entities(tx, resolved.hidden_ids) if resolved.hidden_ids else []
    return created_events([*((e.id, e.type, e.version) for e in resolved.created), *shown])


def created_events(shown: Sequence[tuple[str, EntityType, int]]) -> list[Event]:
    """Give the events that tell of entities when they come to light."""
    return [
        Event(type=f"{type}.created", resource_type=type, resource_id=id, version=version, public=True)
        for id, type, version in shown
    ]
