"""What is said of all that a list finds: its count, its facets, and which of it fits a query best.

That costs in proportion to what is found, so beyond 10,000 it is said of the newest 10,000, and told so.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from msgspec import UNSET, Meta, UnsetType

from api.lists.rounds import NEWEST, Estimate, fewer, reach
from api.lists.statements import FacetRow, Listing, ScoredKey
from api.lists.terms import folded_keyword
from api.wire import Out, Ref

T = TypeVar("T")
Refs = Callable[[Sequence[str]], Awaitable[Mapping[str, Ref]]]  # finds Refs by their ids

MOST_BUCKETS = 50
MOST_MONTHS = 120
ANY_CASE = frozenset(
    {"genre"}
)  # facets whose values are one in any case of letters, as their filter takes them
PROBED = 1_000  # matches that are looked for before an estimate is believed


class Count(Out, frozen=True, kw_only=True):
    """How many items a list has; estimated when not `exact`."""

    value: int
    exact: bool


class InnerBucket(Out, frozen=True, kw_only=True):
    """A value of the second facet of two, and how many items have both values."""

    value: str
    count: int


class Bucket(Out, frozen=True, kw_only=True):
    """A value of a facet, and how many items have it; `ref` where the value is an id."""

    value: str
    ref: Ref | UnsetType = UNSET
    count: int
    buckets: list[InnerBucket] | UnsetType = UNSET


class Facet(Out, frozen=True, kw_only=True):
    """The values of a facet, most frequent first, months latest first."""

    buckets: list[Bucket]
    more: Annotated[bool, Meta(description="Whether there are further values.")]
    exact: Annotated[bool, Meta(description="False: counted over the newest 10,000 items.")]


async def count(listing: Listing, how: Literal["exact", "estimated"]) -> Count:
    """Count what a list finds: to the last one, or beyond 10,000 as the planner estimates."""
    if how == "exact":
        return Count(value=await listing.count(), exact=True)
    estimate = await listing.estimate()
    if await _holds(listing, estimate):
        return Count(value=estimate.matches, exact=False)

    async def counted(until: Any) -> tuple[None, int]:
        return None, await listing.count_newest(until, NEWEST + 1)

    _, found = await _of_newest(listing, estimate, counted, NEWEST + 1)
    if found <= NEWEST:
        return Count(value=found, exact=True)
    return Count(value=max(estimate.matches, found), exact=False)


async def _holds(listing: Listing, estimate: Estimate) -> bool:
    """Tell whether there are more than are counted, by a small part, which has about its share of them.

    The planner multiplies how common each word is, and so does not know of words that shun each other.
    """
    until = await reach(listing, estimate, PROBED)
    if until is None or estimate.matches <= NEWEST:
        return False
    found = await listing.count_newest(until, 2 * PROBED)
    return fewer(estimate, found, PROBED).matches > NEWEST


async def ranked(
    listing: Listing, wanted: str, start: ScoredKey | None, limit: int, most: int = NEWEST
) -> list[ScoredKey]:
    """Give the score and key of what fits `wanted` best among the newest `most`, from behind `start`."""

    async def best(until: Any) -> tuple[list[ScoredKey], int]:
        return await listing.rank(until, most, wanted, start, limit)

    return (await _of_newest(listing, await listing.estimate(), best, most))[0]


async def _of_newest(
    listing: Listing, estimate: Estimate, run: Callable[[Any], Awaitable[tuple[T, int]]], enough: int
) -> tuple[T, int]:
    """Run a statement up to a place where there should be enough matches, and further while there are not.

    How many there were says better than the estimate how far that is.
    """
    while True:
        until = await reach(listing, estimate, enough)
        result, found = await run(until)
        if until is None or found >= enough:
            return result, found
        estimate = fewer(estimate, found, enough)


async def about_all(
    listing: Listing,
    counting: Literal["exact", "estimated"] | None,
    names: Sequence[str] | None,
    refs: Refs,
    ids: frozenset[str],
) -> dict[str, Any]:
    """Give the members of a page that tell of all that its list finds: those that were asked for."""
    told: dict[str, Any] = {}
    if counting:
        told["count"] = await count(listing, counting)
    if names:
        told["facets"] = await facets(listing, names, refs, ids)
    return told


async def facets(listing: Listing, names: Sequence[str], refs: Refs, ids: frozenset[str]) -> dict[str, Facet]:
    """Count what a list finds by the values of facets; `ids` are the facets whose values are ids."""

    async def counted(until: Any) -> tuple[list[FacetRow], int]:
        return await listing.facets(until, NEWEST, names)

    rows, found = await _of_newest(listing, await listing.estimate(), counted, NEWEST)
    known = await refs([value for name, value, _, _ in rows if name in ids])
    of = {name: [row for row in rows if row[0] == name] for name in names}
    of |= {name: _in_one_spelling(of[name]) for name in ANY_CASE & of.keys()}
    return {name: _facet(each, known, exact=found < NEWEST) for name, each in of.items()}


def _in_one_spelling(rows: Sequence[FacetRow]) -> list[FacetRow]:
    """Count together what differs in case alone, under the most frequent spelling.

    Not in SQL: PostgreSQL's folding depends on the database's locale.
    """
    spelled: dict[str, list[FacetRow]] = {}
    for row in rows:
        spelled.setdefault(folded_keyword(row[1]), []).append(row)
    together = [(*each[0][:3], sum(row[3] for row in each)) for each in spelled.values()]
    return sorted(together, key=lambda row: row[3], reverse=True)


def _facet(rows: Sequence[FacetRow], refs: Mapping[str, Ref], *, exact: bool) -> Facet:
    most = MOST_MONTHS if rows and rows[0][0].startswith("month") else MOST_BUCKETS
    values: dict[str, list[FacetRow]] = {}
    for row in rows:
        values.setdefault(row[1], []).append(row)
    buckets = [
        Bucket(
            value=value,
            ref=refs.get(value, UNSET),
            count=sum(row[3] for row in each),
            buckets=[InnerBucket(value=row[2], count=row[3]) for row in each if row[2] is not None] or UNSET,
        )
        for value, each in values.items()
    ]
    return Facet(buckets=buckets[:most], more=len(buckets) > most, exact=exact)
