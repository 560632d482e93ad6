"""Finding a page in an order, in rounds: each round may read only so much, and the last one always finds.

What is rare is found by the inverted index and sorted. What is common is asked of the index within a part of
the order that is long enough for a page, and eight times longer when it was not; or the order is walked and
each row looked at, where that is cheap. A planner that guesses wrong between the ways costs seconds, so the
statements leave it no choice, and its estimate only says where to begin.
"""

import json
from collections.abc import Awaitable
from typing import Any, Protocol

import msgspec

# Where a row stands in an order: the value that it is ordered by, and its id.
Key = tuple[Any, str]

GATHERED = 600  # matches that are simply all read and sorted, where the index can tell a part of the order
WALKED = 300  # rows that are looked at one by one
MARGIN = 2.5  # how much more than the estimate says is looked at
WIDER = 8
NEWEST = 10_000  # matches that are ranked, counted and counted by facets


class Estimate(msgspec.Struct, frozen=True):
    """What the planner expects: how many rows match, of how many in the range."""

    matches: int
    rows: int


class Order(Protocol):
    """One list under certain filters, in one order: the statements that rounds are made of.

    `filtered`: something is asked of a row beside its place in the order. `walkable`: looking at a row is
    cheap, as it is not when its words have to be fetched from beside the table. `told`: the index can tell a
    part of the order. `gathered`: so many matches are simply all read and sorted.
    """

    filtered: bool
    walkable: bool
    told: bool
    gathered: int

    async def walk(self, depth: int, limit: int) -> list[Key]:
        """Look at the next `depth` rows of the order, and give the first `limit` that match."""
        ...

    async def place(self, depth: int, rows: int) -> Any:
        """Give a place about `depth` rows on, of `rows` that there are; None when that is the end."""
        ...

    async def gather(self, until: Any, limit: int) -> list[Key]:
        """Find all matches up to the place `until` (None: everywhere), and give the first `limit`."""
        ...

    async def estimate(self) -> Estimate:
        """Ask the planner how many rows match."""
        ...


async def find(order: Order, limit: int) -> list[Key]:
    """Give the keys of the first `limit` matches in the order."""
    if not order.filtered:
        return await order.walk(limit, limit)
    estimate = await order.estimate()
    if estimate.matches > order.gathered:
        depth = _depth(estimate, limit)
        # What matches often stands together, and then mostly at the start, such as what was changed of late.
        if not order.told and depth > WALKED and len(keys := await order.walk(WALKED, limit)) >= limit:
            return keys
        while depth < estimate.rows:
            keys = await _within(order, depth, estimate.rows, limit)
            if len(keys) >= limit:
                return keys
            depth *= WIDER
    return await order.gather(None, limit)


async def _within(order: Order, depth: int, rows: int, limit: int) -> list[Key]:
    """Find what matches among about `depth` next rows."""
    if order.walkable and depth <= WALKED:
        return await order.walk(depth, limit)
    return await order.gather(await order.place(depth, rows), limit)


def _depth(estimate: Estimate, limit: int) -> int:
    return int(MARGIN * limit * estimate.rows / estimate.matches)


async def reach(order: Order, estimate: Estimate, limit: int) -> Any:
    """Give a place up to which there should be `limit` matches, None when that is likely everywhere."""
    if estimate.matches <= GATHERED + limit:
        return None
    depth = int(_depth(estimate, limit) / 2)
    return await order.place(depth, estimate.rows) if depth < estimate.rows else None


def fewer(estimate: Estimate, found: int, limit: int) -> Estimate:
    """Correct an estimate by which `reach` gave a place with only `found` matches, of `limit`."""
    expected = limit * MARGIN / 2
    return Estimate(matches=max(int(estimate.matches * found / expected), 1), rows=estimate.rows)


async def explained(explain: Awaitable[Any]) -> Estimate:
    """Read the estimate from the plan of `select <matches> union all select <range>`."""
    plan = await explain
    document = json.loads(plan) if isinstance(plan, str) else plan
    append, factor = document[0]["Plan"], 1.0
    # In a large store the planner may think of several processes, and gives the rows of one of them.
    while append["Node Type"] == "Gather":
        (inner,) = append["Plans"]
        append, factor = inner, factor * append["Plan Rows"] / max(inner["Plan Rows"], 1)
    matches, rows = (max(int(plan["Plan Rows"] * factor), 1) for plan in append["Plans"])
    return Estimate(matches=matches, rows=rows)
