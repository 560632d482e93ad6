"""What resolving asks of the store: of the database, or of what a batch of dispatches has read at once."""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from api.db.pool import Conn
from api.entities import queries
from api.entities.grouping import Wanted, with_nested
from api.entities.queries import Stored
from api.entities.schemas import Entity
from api.names.fold import fold
from api.wire import EntityType

NameKey = tuple[str, str]  # type, folded name
IdentifierKey = tuple[str, str, str]  # type, scheme, value


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

    async def lock_names(self, keys: Sequence[str]) -> None:
        """Hold names until the transaction ends."""
        ...


class Direct:
    """The database itself, through one transaction."""

    def __init__(self, tx: Conn) -> None:
        self._tx = tx

    async def find_entities(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Find entities by id."""
        return await queries.find_entities(self._tx, ids)

    async def find_by_name(self, wanted: Sequence[NameKey]) -> dict[NameKey, list[Stored]]:
        """Find entities by folded name."""
        return await queries.find_by_name(self._tx, wanted)

    async def find_by_identifier(self, wanted: Sequence[IdentifierKey]) -> dict[IdentifierKey, Stored]:
        """Find entities by identifier."""
        return await queries.find_by_identifier(self._tx, wanted)

    async def identifiers_of(self, ids: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
        """Find the identifiers of entities."""
        return await queries.identifiers_of(self._tx, ids)

    async def lock_names(self, keys: Sequence[str]) -> None:
        """Hold names until the transaction ends."""
        await queries.lock_names(self._tx, keys)


class Batch:
    """What the dispatches of a batch name, read in a few statements, with what the batch has created since.

    Whatever one of them may create is held already, so what is read here stays true until the transaction
    ends, and each dispatch finds what it would find if those before it had been written.
    """

    def __init__(self) -> None:
        self._entities: dict[str, Stored] = {}
        self._names: dict[NameKey, list[Stored]] = {}
        self._identified: dict[IdentifierKey, Stored] = {}
        self._identifiers: dict[str, set[tuple[str, str]]] = {}

    @classmethod
    async def read(cls, tx: Conn, wanted: Iterable[Wanted]) -> "Batch":
        """Look up everything that is named; hold the names and identifiers of what is not all known."""
        batch, every = cls(), with_nested(wanted)
        ids = {str(w.given.id) for w in every if isinstance(w.given.id, str)}
        if ids:
            batch._entities = await queries.find_entities(tx, sorted(ids))
        keys = {_keys(w) for w in every if not isinstance(w.given.id, str)}
        await batch._look_up(tx, keys)
        new = {each for each in keys if not batch._knows(each)}
        if new:
            held = [":".join(key) for names, identifiers in new for key in (*names, *identifiers)]
            await queries.lock_names(tx, held)
            await batch._look_up(tx, new)
        return batch

    async def _look_up(self, tx: Conn, keys: Iterable["Keys"]) -> None:
        names = sorted({name for names, _ in keys for name in names})
        identifiers = sorted({each for _, identifiers in keys for each in identifiers})
        if identifiers:
            self._identified |= await queries.find_by_identifier(tx, identifiers)
        if names:
            self._names |= await queries.find_by_name(tx, names)
        homonyms = {stored.id for name in names for stored in self._names.get(name, ())}
        if homonyms:
            self._identifiers |= await queries.identifiers_of(tx, sorted(homonyms))

    def _knows(self, keys: "Keys") -> bool:
        names, identifiers = keys
        return all(name in self._names for name in names) and all(
            each in self._identified for each in identifiers
        )

    def add(self, entities: Iterable[Entity], *, public: bool) -> None:
        """Take in what a dispatch of the batch creates."""
        for entity in entities:
            stored = Stored(id=entity.id, type=entity.type, name=entity.name, public=public)
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

    async def lock_names(self, keys: Sequence[str]) -> None:
        """Do nothing: the names are held since the batch was read."""


Keys = tuple[tuple[NameKey, ...], tuple[IdentifierKey, ...]]


def _keys(wanted: Wanted) -> Keys:
    """Give the names and identifiers under which an inline entity may be known."""
    type: EntityType = wanted.type
    spelled = [str(wanted.given.name), *(name.value for name in wanted.given.names)]
    names = tuple(dict.fromkeys((type, fold(name)) for name in spelled))
    return names, tuple((type, each.scheme, each.value) for each in wanted.given.identifiers)
