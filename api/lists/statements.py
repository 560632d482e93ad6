"""The statements that find a page of a list: static texts, put together once from what it is read from."""

from collections.abc import Sequence
from typing import Any, LiteralString

import msgspec

from api.db.pool import Conn
from api.lists.rounds import GATHERED, NEWEST, Estimate, Key, explained
from api.lists.terms import Query, all_of, between

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
_ENDS: LiteralString = "select min({at}), max({at}) from {source} where {within}"
# Materialised, so that the wish for the first rows cannot lead the planner to walk the order.
_FOUND: LiteralString = """
    with found as materialized (
        select {at} as at, {id} as found_id {columns} from {source}
        where {within} and {match} and ({first}::{type} is null or {at} {until} {first})
    ), newest as materialized (
        select * from found order by at {way}, found_id {way} limit {second}
    )
"""
_GATHER: LiteralString = "{found} select at, found_id as id from newest order by at {way}, found_id {way}"
_COUNT_NEWEST: LiteralString = "{found} select count(*) from newest"
_SCORE: LiteralString = ", ts_rank({ranked}, {third}::text::tsquery)::float8 as score"
_RANK: LiteralString = """
    {found}
    select score, at, found_id as id, found from (select count(*) as found from newest) as counted
    left join lateral (
        select score, at, found_id from newest
        where {fourth}::float8 is null or (score, at, found_id) < ({fourth}, {fifth}::{type}, {sixth}::uuid)
        order by score desc, at desc, found_id desc
        limit {seventh}
    ) as best on true
    order by score desc, at desc, found_id desc
"""
# `clusters` are all ids of the entities that were merged, few beside the rows: an entity is counted once.
_FACETS: LiteralString = """
    {found}, clusters as materialized (
        select id, root_id from entities where root_id is not null
        union
        select root_id, root_id from entities where root_id is not null
    )
    {facets} union all select '', null, null, count(*) from newest
"""
# What was merged is told apart before it is joined, because the planner expects it to be much.
_BY_ENTITY: LiteralString = """
        (
            select '{facet}', who::text, null, times from (
                select who, count(*) as times
                from (select unnest({ids}) as who from newest where '{facet}' = any({third})) as each
                where who not in (select id from clusters)
                group by who
                union all
                select root_id, count(distinct found_id)
                from (
                    select found_id, unnest({ids}) as who from newest where '{facet}' = any({third})
                ) as each
                join clusters on id = who
                where (who in (select id from clusters)) is true
                group by root_id
            ) as counted
            order by times desc, who limit 51
        )
"""
_EXPLAIN: LiteralString = """
    explain (format json)
    select from {source} where {within} and {match}
    union all
    select from {source} where {within}
"""
_COUNT: LiteralString = "select count(*) from {source} where {within} and {match}"
# What the templates call the parameters that follow those of the conditions.
_FREE = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is read from.

    `within` bounds the range of the order, with the parameters from $1 on and `{at} {after}`, of a `{type}`,
    where it starts;
    `match` is what else is asked of a row, with the parameters after those. `place` is the parameter after
    the range's last one, `free` are seven after the match's last one. `facets` is a select of (facet, value,
    inner, count) from `newest`, the rows found, which have `at`, `found_id` and the further `columns`, and
    from `clusters`, the entities that were merged by `id`, with the `root_id` that shows for them; the
    parameter `{third}` has the names of the facets. `ranked` is the column by which rows are ranked.
    `inline`: the words of nearly all rows are short enough to stand in the row itself.
    """

    source: LiteralString
    id: LiteralString
    within: LiteralString
    match: LiteralString
    place: LiteralString
    free: tuple[LiteralString, ...]
    ranked: LiteralString = "words"
    inline: bool = False
    columns: LiteralString = ""
    facets: LiteralString = "select ''::text, null::text, null::text, 0::bigint where {third}::text[] is null"


def by_entity(facet: LiteralString, ids: LiteralString) -> LiteralString:
    """Write the select of a facet whose values are entities: those of a column of ids, each once a row."""
    return _BY_ENTITY.replace("{facet}", facet).replace("{ids}", ids)


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of one list in one order."""

    at: LiteralString
    way: LiteralString
    walk: LiteralString
    place: LiteralString
    ends: LiteralString
    gather: LiteralString
    explain: LiteralString
    count: LiteralString
    count_newest: LiteralString
    rank: LiteralString
    facets: LiteralString
    inline: bool


def statements(
    of: Source, at: LiteralString, way: LiteralString, type: LiteralString = "timestamptz"
) -> Statements:
    """Write the statements of a list ordered by the column `at` of a type, `way` being `asc` or `desc`."""
    after, until = ("<", ">=") if way == "desc" else (">", "<=")
    within = of.within.format(at=at, after=after, type=type)
    free = dict(zip(_FREE, of.free, strict=True))

    def text(template: LiteralString, columns: LiteralString = "") -> LiteralString:
        found = _FOUND.replace("{columns}", columns)
        return template.replace("{found}", found).format(
            source=of.source,
            id=of.id,
            at=at,
            way=way,
            type=type,
            until=until,
            within=within,
            match=of.match,
            place=of.place,
            ranked=of.ranked,
            **free,
        )

    return Statements(
        at=at,
        way=way,
        walk=text(_WALK),
        place=text(_PLACE),
        ends=text(_ENDS),
        gather=text(_GATHER),
        explain=text(_EXPLAIN),
        count=text(_COUNT),
        count_newest=text(_COUNT_NEWEST),
        rank=text(_RANK, _SCORE),
        facets=text(_FACETS.replace("{facets}", of.facets), of.columns),
        inline=of.inline,
    )


# How well a row fits a query, and its key.
ScoredKey = tuple[float, Any, str]
# A facet, a value of it, a value inside that one for a facet of two, and how many rows have it.
FacetRow = tuple[str, str, str | None, int]


class Listing:
    """What some filters find in one order, from a place on: the order that `api.lists.rounds.find` reads.

    `within` and `match` are the parameters of the two conditions; the first of `match` is the tsquery.
    """

    def __init__(
        self, conn: Conn, sql: Statements, within: Sequence[Any], match: Sequence[Any], *, filtered: bool
    ) -> None:
        self._conn = conn
        self._sql = sql
        self._within = within
        self._match = match
        self._ends: tuple[Any, Any] | None = None
        self.filtered = filtered
        self.told = match[0] is not None and sql.at == "sort_at"
        self.walkable = sql.inline or not self.told
        # In orders that the index cannot tell, a part is read with the words of all its rows.
        untold = match[0] is not None and sql.at not in ("sort_at", "id")
        self.gathered = NEWEST if untold else GATHERED

    async def walk(self, depth: int, limit: int) -> list[Key]:
        """Look at the next `depth` rows, and give the keys of the first `limit` that match."""
        rows = await self._conn.fetch(self._sql.walk, *self._within, *self._match, depth, limit)
        return [(row["at"], row["id"]) for row in rows]

    async def place(self, depth: int, rows: int) -> Any:
        """Give a place about `depth` rows on, of `rows` that there are; None when that is the end.

        In time that is where it would be if rows stood evenly: counting them would cost more than it saves.
        """
        if self._sql.at == "id":
            return await self._conn.fetchval(self._sql.place, *self._within, depth)
        first, last = await self._find_ends()
        if first is None:
            return None
        span = (last - first) * (depth / rows)
        return last - span if self._sql.way == "desc" else first + span

    async def gather(self, until: Any, limit: int) -> list[Key]:
        """Find all that match up to a place, and give the keys of the first `limit`."""
        rows = await self._upto(self._sql.gather, until, limit)
        return [(row["at"], row["id"]) for row in rows]

    async def estimate(self) -> Estimate:
        """Ask the planner how many rows match."""
        return await explained(self._conn.fetchval(self._sql.explain, *self._within, *self._match))

    async def count(self) -> int:
        """Count all rows that match."""
        return await self._conn.fetchval(self._sql.count, *self._within, *self._match)

    async def count_newest(self, until: Any, most: int) -> int:
        """Count the rows that match up to a place, at most so many."""
        ((found,),) = await self._upto(self._sql.count_newest, until, most)
        return found

    async def rank(
        self, until: Any, most: int, wanted: str, start: ScoredKey | None, limit: int
    ) -> tuple[list[ScoredKey], int]:
        """Rank the newest `most` matches: the score and key of the best ones behind `start`, best first.

        Tells also how many were ranked.
        """
        rows = await self._upto(self._sql.rank, until, most, wanted, *(start or (None, None, None)), limit)
        best = [(row["score"], row["at"], row["id"]) for row in rows if row["score"] is not None]
        return best, rows[0]["found"]

    async def facets(self, until: Any, most: int, names: Sequence[str]) -> tuple[list[FacetRow], int]:
        """Count the newest `most` matches by the values of facets, most frequent first, and all of them."""
        rows = [tuple(row) for row in await self._upto(self._sql.facets, until, most, list(names))]
        return [row for row in rows if row[0]], next(row[3] for row in rows if not row[0])

    async def _upto(self, sql: LiteralString, until: Any, *rest: Any) -> list[Any]:
        """Run a statement on what matches up to a place.

        Told as days, months or years in the tsquery, the range leaves nothing but the inverted index to find
        rows by. Bounds of the order would invite the planner, which does not know what reading words costs,
        to read those of every row in between.
        """
        query, *others = self._match
        if query is not None and self._sql.at == "sort_at":
            query, until = all_of([query, await self._part(until)]), None
        return await self._conn.fetch(sql, *self._within, query, *others, until, *rest)

    async def _part(self, until: Any) -> Query | None:
        """Give the condition of standing within the range, and up to a place of it."""
        if until is None and all(each is None or isinstance(each, (bool, int)) for each in self._within):
            return None
        first, last = await self._find_ends()
        if first is None:
            return None
        if until is None:
            return between(first, last)
        return between(until, last) if self._sql.way == "desc" else between(first, until)

    async def _find_ends(self) -> tuple[Any, Any]:
        """Find the first and last place of the range, once."""
        if self._ends is None:
            row = await self._conn.fetchrow(self._sql.ends, *self._within)
            self._ends = tuple(row) if row else (None, None)
        return self._ends
