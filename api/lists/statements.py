"""The statements that find a page of a list: static texts, put together once from what it is read from."""

from collections.abc import Sequence
from typing import Any, LiteralString

import msgspec

from api.db.pool import Conn
from api.lists.rounds import Estimate, explained

# The range is cut off first, so that nothing but its order can be used to read it.
_WALK: LiteralString = """
    select {at} as at, {id} as id
    from (select * from {source} where {within} order by {at} {way}, {id} {way} limit {first}) as near
    where {match}
    order by {at} {way}, {id} {way}
    limit {second}
"""
_PLACE: LiteralString = """
    select {at} from {source} where {within} order by {at} {way}, {id} {way} offset {place} limit 1
"""
# Materialised, so that the wish for the first rows cannot lead the planner to walk the order.
_GATHER: LiteralString = """
    with found as materialized (
        select {at} as at, {id} as id from {source}
        where {within} and {match} and ({first}::{type} is null or {at} {until} {first})
    )
    select at, id from found order by at {way}, id {way} limit {second}
"""
_EXPLAIN: LiteralString = """
    explain (format json)
    select from {source} where {within} and {match}
    union all
    select from {source} where {within}
"""
_COUNT: LiteralString = "select count(*) from {source} where {within} and {match}"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is read from.

    `within` bounds the range of the order, with the parameters from $1 on and `{at} {after}` where it starts;
    `match` is what else is asked of a row, with the parameters after those. `place` is the number after the
    range's last parameter, `first` and `second` the two after the match's, each with its dollar sign.
    """

    source: LiteralString
    id: LiteralString
    within: LiteralString
    match: LiteralString
    place: LiteralString
    first: LiteralString
    second: LiteralString


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of one list in one order."""

    walk: LiteralString
    place: LiteralString
    gather: LiteralString
    explain: LiteralString
    count: LiteralString


def statements(
    of: Source, at: LiteralString, way: LiteralString, type: LiteralString = "timestamptz"
) -> Statements:
    """Write the statements of a list ordered by the column `at` of a type, `way` being `asc` or `desc`."""
    after, until = ("<", ">=") if way == "desc" else (">", "<=")
    within = of.within.format(at=at, after=after)

    def text(template: LiteralString) -> LiteralString:
        return template.format(
            source=of.source,
            id=of.id,
            at=at,
            way=way,
            type=type,
            until=until,
            within=within,
            match=of.match,
            place=of.place,
            first=of.first,
            second=of.second,
        )

    return Statements(
        walk=text(_WALK),
        place=text(_PLACE),
        gather=text(_GATHER),
        explain=text(_EXPLAIN),
        count=text(_COUNT),
    )


class Listing:
    """What some filters find in one order, from a place on: the order that `api.lists.rounds.find` reads."""

    def __init__(
        self, conn: Conn, sql: Statements, within: Sequence[Any], match: Sequence[Any], *, filtered: bool
    ) -> None:
        self._conn = conn
        self._sql = sql
        self._within = within
        self._match = match
        self.filtered = filtered

    async def walk(self, depth: int, limit: int) -> list[tuple[Any, str]]:
        """Look at the next `depth` rows, and give the keys of the first `limit` that match."""
        return await self._keys(self._sql.walk, depth, limit)

    async def place(self, depth: int) -> Any:
        """Give the place of the row `depth` rows on, None when there are fewer."""
        return await self._conn.fetchval(self._sql.place, *self._within, depth)

    async def gather(self, until: Any, limit: int) -> list[tuple[Any, str]]:
        """Find all that match up to a place, and give the keys of the first `limit`."""
        return await self._keys(self._sql.gather, until, limit)

    async def estimate(self) -> Estimate:
        """Ask the planner how many rows match."""
        return await explained(self._conn.fetchval(self._sql.explain, *self._within, *self._match))

    async def count(self) -> int:
        """Count all rows that match."""
        return await self._conn.fetchval(self._sql.count, *self._within, *self._match)

    async def _keys(self, sql: LiteralString, *rest: Any) -> list[tuple[Any, str]]:
        rows = await self._conn.fetch(sql, *self._within, *self._match, *rest)
        return [(row["at"], row["id"]) for row in rows]
