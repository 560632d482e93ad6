"""Wire schemas of matching: names in, scored candidates out."""

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.entities.schemas import Identifiers
from api.settings import LIMITS
from api.wire import (
    CountryCode,
    Id,
    In,
    Line,
    NameValue,
    Out,
    PartialDate,
    Ref,
    check_all,
    check_country,
    check_day,
)

MOST_CANDIDATES = 50


class ContextOrganisation(In, frozen=True, kw_only=True):
    """An organisation beside a name: one that the store knows, by `id`, or its `name` as printed."""

    id: Id | UnsetType = UNSET
    name: NameValue | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Ask for one of the two."""
        if (self.id is UNSET) is (self.name is UNSET):
            raise ValueError("give an id or a name")


class Context(In, frozen=True, kw_only=True):
    """What is known beside a name; each part speaks for or against a candidate."""

    organisation: Annotated[
        ContextOrganisation | None,
        Meta(description="Where the person is, or what it is part of."),
    ] = None
    country: CountryCode | None = None
    position: Annotated[Line | None, Meta(description="The office, as printed.")] = None
    on: Annotated[PartialDate | None, Meta(description="When the name was printed or said so.")] = None
    identifiers: Identifiers = []

    def __post_init__(self) -> None:
        """Refuse unknown countries and dates that do not exist."""
        check_all(lambda: check_country(self.country), lambda: check_day("on", self.on))


_NO_CONTEXT = Context()


class MatchQuery(In, frozen=True, kw_only=True):
    """A name to look up."""

    name: NameValue
    context: Context = _NO_CONTEXT


class MatchInput(In, frozen=True, kw_only=True):
    """Names to look up, and how many candidates to give for each."""

    queries: Annotated[list[MatchQuery], Meta(min_length=1, max_length=LIMITS.match_names)]
    limit: Annotated[int, Meta(ge=1, le=MOST_CANDIDATES)] = 5


class MatchReason(Out, frozen=True, kw_only=True):
    """What speaks for or against a candidate."""

    code: str
    detail: str


class _Candidate(Out, frozen=True, kw_only=True):
    score: Annotated[float, Meta(description="How well name and context fit, 0 to 1.")]
    would_link: Annotated[
        bool, Meta(description="Whether a dispatch that prints this name would be linked to it.")
    ]
    reasons: list[MatchReason]


class PersonCandidate(_Candidate, frozen=True, kw_only=True):
    """A person who may be meant."""

    person: Ref


class OrganisationCandidate(_Candidate, frozen=True, kw_only=True):
    """An organisation that may be meant."""

    organisation: Ref


C = TypeVar("C")


class Matched(msgspec.Struct, Generic[C], frozen=True, kw_only=True):
    """What one query found, best first."""

    query: Annotated[int, Meta(description="The place of the query in the request, from 0.")]
    candidates: list[C]
    degraded: Annotated[
        bool, Meta(description="The names were compared by their search keys alone: ask again later.")
    ]


class Matches(msgspec.Struct, Generic[C], frozen=True, kw_only=True):
    """The answer to a match, a result for each query in order."""

    results: list[Matched[C]]
