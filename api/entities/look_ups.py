"""What resolving asks of the store: of the database, or of what a batch of dispatches has read at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from api.db.pool import Conn
from api.entities import candidates, known
from api.entities.candidates import Asked, Known, sounds
from api.entities.grouping import Wanted, with_nested
from api.entities.known import Stored
from api.entities.match import Scores, score
from api.entities.name_keys import Named, insert_keys, named
from api.entities.schemas import Entity
from api.names.fold import fold
from api.names.keys import keys
from api.names.score import Scored
from api.wire import EntityType

NameKey = tuple[str, str]  # type, folded name
IdentifierKey = tuple[str, str, str]  # type, scheme, value
TOGETHER = 100  # names that are looked up by one statement
MOST_AHEAD = 2_000  # names of a batch; of more, each dispatch looks up its own
MOST_NEAR = 5  # candidates that an editor is shown


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Whom names may mean: those who were found by id, and how well they fit each name."""

    known: Mapping[str, Known]
    scores: Scores


async def scored_alike(
    tx: Conn, asked: Sequence[Asked], created: Mapping[str, Known], *, sees_held: bool, patience: float
) -> Alike:
    """Find by search keys whom names may mean, and score them; those of `created` need not be read."""
    near = await candidates.find_alike(tx, asked, sees_held=sees_held)
    ids = {one.id for those in near for one in those}
    stored = ids - created.keys()
    records = await candidates.select_known(tx, stored) if stored else {}
    records |= {id: created[id] for id in ids & created.keys()}
    return Alike(known=records, scores=await score(asked, near, records, limit=MOST_NEAR, patience=patience))


@runtime_checkable
class LookUps(Protocol):
    """The look-ups of `api.entities.queries` that resolving makes, on some store."""

    async def find_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id."""
        ...

    async def find_by_name(self, wanted: Sequence[NameKey]) -> dict[NameKey, list[Stored]]:
        """Find entities by folded name."""
        ...

    async def find_by_identifier(self, wanted: Sequence[IdentifierKey]) -> dict[IdentifierKey, Stored]:
        """Find entities by identifier."""
        ...

    async def identifiers_of(self, ids: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
        """Find the identifiers of entities, as (scheme, value)."""
        ...

    async def lock_names(self, keys: Sequence[str], sounds: Iterable[str]) -> None:
        """Hold names, and what their spellings share, until the transaction ends."""
        ...

    async def score_alike(self, asked: Sequence[Asked], *, sees_held: bool, patience: float) -> Alike:
        """Find whom names may mean that no entity has exactly, and score them within `patience` seconds."""
        ...

    async def find_known(self, ids: Collection[str]) -> Mapping[str, Known]:
        """Find what is recorded of entities by id."""
        ...

    async def hold_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id, also those that are new, and hold them as they are."""
        ...


class Direct:
    """The database itself, through one transaction."""

    def __init__(self, tx: Conn) -> None:
        self._tx = tx

    async def find_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id."""
        return await known.find_entities(self._tx, ids)

    async def find_by_name(self, wanted: Sequence[NameKey]) -> dict[NameKey, list[Stored]]:
        """Find entities by folded name."""
        return await known.find_by_name(self._tx, wanted)

    async def find_by_identifier(self, wanted: Sequence[IdentifierKey]) -> dict[IdentifierKey, Stored]:
        """Find entities by identifier."""
        return await known.find_by_identifier(self._tx, wanted)

    async def identifiers_of(self, ids: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
        """Find the identifiers of entities."""
        return await known.identifiers_of(self._tx, ids)

    async def lock_names(self, keys: Sequence[str], sounds: Iterable[str]) -> None:
        """Hold names, and what their spellings share, until the transaction ends."""
        await known.lock_names(self._tx, keys, sounds)

    async def score_alike(self, asked: Sequence[Asked], *, sees_held: bool, patience: float) -> Alike:
        """Find whom names may mean that no entity has exactly, and score them."""
        return await scored_alike(self._tx, asked, {}, sees_held=sees_held, patience=patience)

    async def find_known(self, ids: Collection[str]) -> Mapping[str, Known]:
        """Find what is recorded of entities by id."""
        return await candidates.select_known(self._tx, ids)

    async def hold_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id, and hold them as they are."""
        return await known.find_entities(self._tx, ids)


class Batch:
    """What the dispatches of a batch name, read in a few statements, with what the batch has created since.

    Whatever one of them may create is held already, so what is read here stays true until the transaction
    ends, and each dispatch finds what it would find if those before it had been written.
    """

    def __init__(self, tx: Conn) -> None:
        self._tx = tx
        self._entities: dict[str, Stored] = {}
        self._names: dict[NameKey, list[Stored]] = {}
        self._identified: dict[IdentifierKey, Stored] = {}
        self._identifiers: dict[str, set[tuple[str, str]]] = {}
        self._are_marked = (
            False  # whether any name has an identifier, by which others of the name are told apart
        )
        self._created: dict[str, tuple[Known, Stored]] = {}
        self._unwritten: list[Named] = []
        self.keyed: set[str] = set()
        """The ids of those of what it has created whose search keys are written."""
        self._scored: dict[Asked, list[Scored]] = {}
        self._known: dict[str, Known] = {}
        self._unread: list[Named] = []  # whose keys are not in `_new_keys` yet: nobody may ask for them
        self._new_keys: set[str] = set()

    @classmethod
    async def read(cls, tx: Conn, wanted: Iterable[Wanted]) -> "Batch":
        """Look up everything that is named; hold the names and identifiers of what is not all known."""
        batch, every = cls(tx), with_nested(wanted)
        ids = {str(w.given.id) for w in every if isinstance(w.given.id, str)}
        if ids:
            batch._entities = await known.find_entities(tx, sorted(ids))
        keyed = [(w, _keys(w)) for w in every if not isinstance(w.given.id, str)]
        keys = {each for _, each in keyed}
        await batch._look_up(tx, keys)
        new = {each for each in keys if not batch._knows(each)}
        if new:
            held = [":".join(key) for names, identifiers in new for key in (*names, *identifiers)]
            unknown = [w for w, each in keyed if each in new]
            await known.lock_names(tx, held, (s for w in unknown for s in sounds(_spelled(w), w.type)))
            await batch._look_up(tx, new)
        beside_roles = {name for w, (names, _) in keyed if w.printed.role for name in names}
        bearers = (batch._names.get(name, ()) for name in beside_roles)
        await batch.find_known({each.id for those in bearers if len(those) == 1 for each in those})
        return batch

    async def _look_up(self, tx: Conn, keys: Iterable["Keys"]) -> None:
        names = sorted({name for names, _ in keys for name in names})
        identifiers = sorted({each for _, identifiers in keys for each in identifiers})
        if identifiers:
            self._identified |= await known.find_by_identifier(tx, identifiers)
        if names:
            self._names |= await known.find_by_name(tx, names)
        homonyms = {stored.id for name in names for stored in self._names.get(name, ())}
        self._are_marked = self._are_marked or bool(identifiers)
        if homonyms and self._are_marked:
            self._identifiers |= await known.identifiers_of(tx, sorted(homonyms))

    def _knows(self, keys: "Keys") -> bool:
        names, identifiers = keys
        return all(name in self._names for name in names) and all(
            each in self._identified for each in identifiers
        )

    def add(self, entities: Iterable[Entity], *, public: bool) -> None:
        """Take in what a dispatch of the batch creates."""
        for entity in entities:
            stored = Stored(id=entity.id, type=entity.type, name=entity.name, public=public)
            record = Known(
                id=entity.id,
                type=entity.type,
                name=entity.name,
                public=public,
                documents=[msgspec.json.encode(entity)],
            )
            self._created[entity.id] = record, stored
            self._unwritten.append(named(entity, public=public))
            self._unread.append(self._unwritten[-1])
            for folded in dict.fromkeys(fold(name.value) for name in entity.names):
                self._names.setdefault((entity.type, folded), []).append(stored)
            for each in entity.identifiers:
                self._identified[entity.type, each.scheme, each.value] = stored
            self._identifiers[entity.id] = {(each.scheme, each.value) for each in entity.identifiers}

    async def find_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id."""
        return {id: self._entities[id] for id in ids if id in self._entities}

    async def find_by_name(self, wanted: Sequence[NameKey]) -> dict[NameKey, list[Stored]]:
        """Find entities by folded name."""
        return {key: self._names[key] for key in wanted if key in self._names}

    async def find_by_identifier(self, wanted: Sequence[IdentifierKey]) -> dict[IdentifierKey, Stored]:
        """Find entities by identifier."""
        return {key: self._identified[key] for key in wanted if key in self._identified}

    async def identifiers_of(self, ids: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
        """Find the identifiers of entities."""
        return {id: self._identifiers[id] for id in ids if self._identifiers.get(id)}

    async def lock_names(self, keys: Sequence[str], sounds: Iterable[str]) -> None:
        """Do nothing: the names are held since the batch was read."""

    async def score_ahead(self, asked: Sequence[Asked], *, sees_held: bool, patience: float) -> None:
        """Find and score, by few statements and messages, whom the new names of all dispatches may mean."""
        for start in range(0, min(len(asked), MOST_AHEAD), TOGETHER):
            part = asked[start : start + TOGETHER]
            alike = await scored_alike(self._tx, part, {}, sees_held=sees_held, patience=patience)
            if alike.scores.degraded:
                return  # each dispatch asks by itself: it also says so
            self._scored |= dict(zip(part, alike.scores.of, strict=True))
            self._known |= alike.known

    async def score_alike(self, asked: Sequence[Asked], *, sees_held: bool, patience: float) -> Alike:
        """Find whom names may mean that no entity has exactly, and score them.

        What was found before the batch stands as long as nothing that it creates shares a key with the name;
        else the keys of that are written now, so that the database counts and orders as it would.
        """
        if all(self._stands(each) for each in asked):
            of = [self._scored[each] for each in asked]
            return Alike(known=self._known, scores=Scores(of=of, degraded=False))
        if self._unwritten:
            await insert_keys(self._tx, self._unwritten)
            self.keyed.update(each.id for each in self._unwritten)
            self._unwritten = []
        created = {id: record for id, (record, _) in self._created.items()}
        return await scored_alike(self._tx, asked, created, sees_held=sees_held, patience=patience)

    async def find_known(self, ids: Collection[str]) -> Mapping[str, Known]:
        """Find what is recorded of entities by id: of each it is read once."""
        unread = {*ids} - self._known.keys() - self._created.keys()
        if unread:
            self._known |= await candidates.select_known(self._tx, unread)
        created = {id: self._created[id][0] for id in ids if id in self._created}
        return {id: self._known[id] for id in ids if id in self._known} | created

    def is_new(self, type: EntityType, names: Iterable[str], identifiers: Iterable[IdentifierKey]) -> bool:
        """Tell whether no entity so far has one of these names, folded, or identifiers."""
        return not (
            any((type, name) in self._names for name in names)
            or any(each in self._identified for each in identifiers)
        )

    def _stands(self, asked: Asked) -> bool:
        if asked not in self._scored:
            return False
        for each in self._unread:
            self._new_keys.update(key for name in each.names for key in keys(name, each.type))
        self._unread = []
        return self._new_keys.isdisjoint(key.key for key in candidates.telling(asked.query.name, asked.type))

    async def hold_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id, also those that the batch creates, and hold them as they are."""
        stored = [id for id in ids if id not in self._created]
        held = await known.find_entities(self._tx, stored) if stored else {}
        return held | {id: self._created[id][1] for id in ids if id in self._created}


Keys = tuple[tuple[NameKey, ...], tuple[IdentifierKey, ...]]


def _keys(wanted: Wanted) -> Keys:
    """Give the names and identifiers under which an inline entity may be known."""
    type: EntityType = wanted.type
    names = tuple(dict.fromkeys((type, fold(name)) for name in _spelled(wanted)))
    return names, tuple((type, each.scheme, each.value) for each in wanted.given.identifiers)


def _spelled(wanted: Wanted) -> list[str]:
    return [str(wanted.given.name), *(name.value for name in wanted.given.names)]
