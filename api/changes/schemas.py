"""Wire schemas of the change feed, and the types of event."""

from datetime import datetime
from typing import Literal, get_args

from api.wire import Id, Out, Ref

EventType = Literal[
    "article.created",
    "article.updated",
    "article.corrected",
    "article.published",
    "article.killed",
    "article.deleted",
    "person.created",
    "person.updated",
    "person.merged",
    "person.unmerged",
    "person.deleted",
    "organisation.created",
    "organisation.updated",
    "organisation.merged",
    "organisation.unmerged",
    "organisation.deleted",
    "quote.created",
    "quote.updated",
    "quote.changed",
    "quote.withdrawn",
]
TYPES: tuple[str, ...] = get_args(EventType)

# What tells of an end: it outlives its resource, and stays in the log for longer.
TOMBSTONES = frozenset(
    {
        "article.killed",
        "article.deleted",
        "person.merged",
        "person.deleted",
        "organisation.merged",
        "organisation.deleted",
        "quote.withdrawn",
    }
)

# What takes an article, with its quotes, from readers who could see it.
HIDING = frozenset({"article.killed", "article.deleted"})

# What changes which ids an entity is known by.
MERGERS = frozenset(
    {"person.merged", "person.unmerged", "organisation.merged", "organisation.unmerged"},
)


class ChangedResource(Ref, frozen=True, kw_only=True):
    """The resource of an event, by the name that it has now, and the version that the event made.

    Of a killed article there is neither headline nor text, of a deleted entity no name.
    """

    version: int


class Change(Out, frozen=True, kw_only=True):
    """One event."""

    id: Id
    type: EventType
    occurred_at: datetime
    resource: ChangedResource


class ChangeLine(Change, frozen=True, kw_only=True):
    """One event of a stream of lines; a line that is only a sign of life has the cursor alone."""

    cursor: str


class ChangePage(Out, frozen=True, kw_only=True):
    """Events in their order; `cursor` is where to go on, `caught_up` whether that is the end for now."""

    items: list[Change]
    cursor: str
    caught_up: bool
