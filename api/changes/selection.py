"""What a reader of the feed wants: types with wildcards, a provider, people, organisations."""

from collections.abc import Awaitable, Callable, Sequence
from fnmatch import fnmatchcase
from typing import Annotated

import msgspec
from msgspec import Meta

from api.changes.entries import Entry
from api.changes.schemas import TYPES
from api.db.pool import Conn
from api.wire import Id, In

Ids = Annotated[list[Id], Meta(min_length=1, max_length=100)]
TypePattern = Annotated[
    str,
    Meta(
        max_length=30,
        pattern=r"^(\*|[a-z]+\.(\*|[a-z]+)|\*\.[a-z]+)$",
        description="A type of event; `*` stands for either of its parts.",
        examples=["article.*"],
    ),
]
Patterns = Annotated[list[TypePattern], Meta(min_length=1, max_length=40)]

# Gives all ids under which events may know these entities. It lies above this package, with what they are.
Same = Callable[[Conn, Sequence[str] | None], Awaitable[Sequence[str] | None]]


class Filters(In, frozen=True, kw_only=True, omit_defaults=True):
    """What events must have to do with: one id of each member that is given."""

    provider: Annotated[Ids, Meta(description="Of articles that one of these provides.")] | None = None
    person: Annotated[Ids, Meta(description="Of these people, and of what carries them.")] | None = None
    organisation: (
        Annotated[Ids, Meta(description="Of these organisations, and of what carries them.")] | None
    ) = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The events that a reader wants; None is all."""

    types: frozenset[str] | None = None
    providers: frozenset[str] | None = None
    people: frozenset[str] | None = None
    organisations: frozenset[str] | None = None

    def takes(self, entry: Entry) -> bool:
        """Tell whether an event is among them."""
        return (
            (self.types is None or entry.type in self.types)
            and (self.providers is None or not self.providers.isdisjoint(entry.provider_ids))
            and (self.people is None or not self.people.isdisjoint(entry.entity_ids))
            and (self.organisations is None or not self.organisations.isdisjoint(entry.entity_ids))
        )

    @property
    def names_entities(self) -> bool:
        """Whether a merger may change what is wanted."""
        return any(each is not None for each in (self.providers, self.people, self.organisations))

    async def widened(self, conn: Conn, same: Same) -> "Wanted":
        """Give the events that are wanted under all ids of the entities."""
        return Wanted(
            types=self.types,
            providers=_set(await same(conn, _list(self.providers))),
            people=_set(await same(conn, _list(self.people))),
            organisations=_set(await same(conn, _list(self.organisations))),
        )


def unknown_types(patterns: Sequence[str]) -> list[int]:
    """Give the indexes of the patterns that no type of event matches."""
    return [
        index
        for index, pattern in enumerate(patterns)
        if not any(fnmatchcase(type, pattern) for type in TYPES)
    ]


def wanted(patterns: Sequence[str] | None, filters: Filters) -> Wanted:
    """Build what a reader wants."""
    return Wanted(
        types=None
        if patterns is None
        else frozenset(type for type in TYPES if any(fnmatchcase(type, each) for each in patterns)),
        providers=_set(filters.provider),
        people=_set(filters.person),
        organisations=_set(filters.organisation),
    )


def _set(ids: Sequence[str] | None) -> frozenset[str] | None:
    return None if ids is None else frozenset(ids)


def _list(ids: frozenset[str] | None) -> list[str] | None:
    return None if ids is None else sorted(ids)
