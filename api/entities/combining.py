"""Several records of one person or organisation put together: what shows, what contradicts, what is whose."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, Literal, TypeVar

import msgspec

from api.entities.schemas import Entity, Identifier, Name, Person
from api.http.pointers import ROOT, below
from api.http.problems import ErrorItem
from api.settings import LIMITS

T = TypeVar("T")
Side = Literal["winner", "loser"]
# Which value stands: by member, for identifiers by scheme.
Settled = Mapping[str, Any]

# Registers that give one thing one identifier: two of them contradict each other. What a house's own system
# or a network calls somebody may be several.
REGISTERS = frozenset(
    {
        *("wikidata", "viaf", "isni", "orcid", "gnd", "lcnaf", "lccn", "bnf", "ulan", "imdb", "freebase"),
        *("lei", "ror", "grid", "ringgold", "duns", "permid", "bic", "isil", "mic"),
    }
)
DATES = ("born", "died", "founded", "dissolved")
SINGLE = ("description", "country", "kind", "parent", *DATES)


def combined(winner: Entity, loser: Entity, settled: Settled) -> Entity:
    """Give the winner with what is known of the loser besides.

    The winner's value of a single member stands, unless it has none, the loser's is a more precise date, or
    it was settled otherwise. The loser's names become aliases.
    """
    members = {
        name: _one(name, getattr(winner, name), getattr(loser, name), settled.get(name))
        for name in SINGLE
        if hasattr(winner, name)
    }
    members["names"] = _names(winner.names, loser.names)
    members["identifiers"] = _identifiers(
        winner.identifiers, loser.identifiers, settled.get("identifiers", {})
    )
    members["links"] = _union(winner.links, loser.links)
    if isinstance(winner, Person) and isinstance(loser, Person):
        members["positions"] = _union(winner.positions, loser.positions)
    return msgspec.structs.replace(winner, **members)


def _one(name: str, winner: Any, loser: Any, side: Side | None) -> Any:
    if winner is None or loser is None:
        return loser if winner is None else winner
    if name in DATES and loser.startswith(winner):
        return loser
    return loser if side == "loser" else winner


def _names(winner: Sequence[Name], loser: Sequence[Name]) -> list[Name]:
    known = {(name.value, name.language) for name in winner} | {(name.value, None) for name in winner}
    return [*winner, *(_alias(name) for name in loser if (name.value, name.language) not in known)]


def _alias(name: Name) -> Name:
    return msgspec.structs.replace(name, kind="alias") if name.kind == "primary" else name


def _identifiers(
    winner: Sequence[Identifier], loser: Sequence[Identifier], settled: Mapping[str, str]
) -> list[Identifier]:
    """Put identifiers together, without those of a scheme for which the other side's stand."""
    return [
        *(each for each in winner if settled.get(each.scheme) != "loser"),
        *(each for each in loser if settled.get(each.scheme) != "winner" and each not in winner),
    ]


def _union(winner: Sequence[T], loser: Sequence[T]) -> list[T]:
    return [*winner, *(each for each in loser if each not in winner)]


def conflicts(winner: Entity, loser: Entity, settled: Settled) -> list[ErrorItem]:
    """List what contradicts itself in two records and is not settled, by the place where it can be."""
    found = [
        _conflict(name, ("resolve", name), getattr(winner, name), getattr(loser, name))
        for name in DATES
        if hasattr(winner, name) and _differ(getattr(winner, name), getattr(loser, name))
        if settled.get(name) is None
    ]
    theirs = _by_scheme(loser.identifiers)
    return found + [
        _conflict(f"{scheme} identifiers", ("resolve", "identifiers", scheme), values, theirs[scheme])
        for scheme, values in _by_scheme(winner.identifiers).items()
        if scheme in REGISTERS and scheme in theirs and scheme not in settled.get("identifiers", {})
    ]


def _differ(one: str | None, other: str | None) -> bool:
    """Tell whether two dates cannot be one that is known more and less precisely."""
    return bool(one and other) and not (str(one).startswith(str(other)) or str(other).startswith(str(one)))


def _by_scheme(identifiers: Iterable[Identifier]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in identifiers:
        found.setdefault(each.scheme, []).append(each.value)
    return found


def _conflict(what: str, path: Sequence[str], winner: Any, loser: Any) -> ErrorItem:
    return ErrorItem(
        code="conflict",
        detail=f"The two differ in {what}: say in `resolve` which stands.",
        pointer=reduce(below, path, ROOT),
        candidates=[{"winner": winner}, {"loser": loser}],
    )


def too_long(entity: Entity) -> list[str]:
    """List the members that are longer than an entity may have them."""
    most = {"names": LIMITS.names, "identifiers": 100, "links": 100, "positions": 200}
    return [name for name, length in most.items() if len(getattr(entity, name, ())) > length]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an entity shows, and what of it is its own.

    `shown` is the entity as it is answered, `written` as it was written, `own` that with the Refs that are
    shown now; `of_others` are the identifiers of what was merged into it.
    """

    shown: Entity
    written: Entity
    own: Entity
    of_others: Collection[Identifier]


def without_inherited(entity: Entity, parts: Parts) -> Entity:
    """Give an entity as it is to be written: what was read of others and is sent back stays theirs.

    What was read of its own keeps the ids under which it was written.
    """
    written, shown = parts.written, parts.shown
    members: dict[str, Any] = {
        name: getattr(written, name)
        for name in SINGLE
        if hasattr(entity, name) and getattr(entity, name) == getattr(shown, name)
    }
    for name in ("names", "links", "positions"):
        if hasattr(entity, name):
            own = list(zip(getattr(parts.own, name), getattr(written, name), strict=True))
            members[name] = _own(getattr(entity, name), own, getattr(shown, name))
    members["identifiers"] = [each for each in entity.identifiers if each not in parts.of_others]
    return msgspec.structs.replace(entity, **members)


def _own(items: Sequence[T], own: Sequence[tuple[T, T]], shown: Sequence[T]) -> list[T]:
    """Give items without those that show of others, its own ones as they were written."""
    found: list[T] = []
    for item in items:
        as_written = next((written for seen, written in own if seen == item), None)
        if as_written is not None or item not in shown:
            found.append(item if as_written is None else as_written)
    return found
