"""The parameters of every write that names entities inline, and those of one person."""

from typing import Annotated, Literal

from msgspec import Meta

from api.entities.filters import At
from api.entities.resolve import Options
from api.entities.spelling import SpellingParams
from api.lists.filters import check_day
from api.wire import In, check_all


class WriteParams(In, frozen=True, kw_only=True):
    """How a write resolves the entities that it names inline."""

    ambiguous: Annotated[
        Literal["reject", "create"], Meta(description="A name that several entities have.")
    ] = "reject"
    unknown: Annotated[Literal["reject", "create"], Meta(description="A name that no entity has.")] = "create"

    @property
    def options(self) -> Options:
        """These parameters as the resolver takes them."""
        return Options(ambiguous=self.ambiguous, unknown=self.unknown)


class PersonParams(SpellingParams, frozen=True, kw_only=True):
    """The parameters of one person."""

    at: At = None

    def __post_init__(self) -> None:
        """Refuse also a day that does not exist."""
        check_all(super().__post_init__, lambda: check_day("at", self.at))
