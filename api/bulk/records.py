"""A record of a person or organisation from elsewhere: what is posted of it, and what has no place here."""

from typing import Any, NamedTuple

from api.wire import EntityType

Members = dict[str, Any]


class Read(NamedTuple):
    """An entity as it is posted, and the JSON Pointers of what of its record has no place there.

    `origin` is the id that it had in another store, for one that was exported there.
    """

    type: EntityType
    members: Members
    losses: list[str]
    origin: str | None = None


def given(members: Members) -> Members:
    """Leave out what is not said."""
    return {name: value for name, value in members.items() if value not in (None, [], "")}
