"""Reading the log: pages of entries behind a place, for one reader or for all."""

import msgspec

from api.changes import queries
from api.changes.cursors import Place, check_retained, place_in
from api.changes.entries import Entry
from api.changes.queries import Head
from api.changes.selection import Wanted
from api.clusters import select_clusters, with_clusters
from api.db.pool import Conn, Database, Record

WINDOW = 10_000  # positions that one statement looks through
WINDOWS = 20  # statements for one page: where little is wanted, a page may come back empty and not caught up


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, the place that was reached, and whether that is the end for now."""

    entries: list[Entry]
    head: Head
    place: Place
    caught_up: bool


async def read_page(db: Database, place: Place, wanted: Wanted, rank: int | None, limit: int) -> Page:
    """Read at most `limit` entries behind a place that are wanted and that a rank sees; None sees all.

    410 when events behind the place have been forgotten, also in the middle.
    """
    entries: list[Entry] = []
    async with db.read() as conn:
        head = await queries.select_head(conn)
        check_retained(place, head)
        position = place.position
        for _ in range(WINDOWS):
            found, position = await _read_window(
                conn, db.secret, head, position, wanted, limit - len(entries)
            )
            entries += [each for each in found if rank is None or rank in each.audience]
            if len(entries) == limit or position >= head.last:
                break
        # What was forgotten between two statements is missing from what was read.
        check_retained(place, await queries.select_head(conn))
    return Page(entries=entries, head=head, place=place_in(head, position), caught_up=position >= head.last)


async def _read_window(
    conn: Conn, secret: bytes, head: Head, after: int, wanted: Wanted, limit: int
) -> tuple[list[Entry], int]:
    """Read wanted entries behind a position, whoever sees them, and tell the position that was reached."""
    until = max(after, min(after + WINDOW, head.last))  # a replica may be behind the cursor
    rows = await queries.select_changes(
        conn,
        after=after,
        until=until,
        types=_list(wanted.types),
        providers=await _same(conn, wanted.providers),
        people=await _same(conn, wanted.people),
        organisations=await _same(conn, wanted.organisations),
        limit=limit,
    )
    clusters = await select_clusters(conn, {id for row in rows for id in _ids(row)})
    entries = [Entry(row, secret, head, clusters) for row in rows]
    return entries, rows[-1]["pos"] if len(rows) == limit else until


def _ids(row: Record) -> list[str]:
    return [
        id for id in (*row["entity_ids"], row["provider_id"], row["former_provider_id"]) if id is not None
    ]


async def _same(conn: Conn, ids: frozenset[str] | None) -> list[str] | None:
    """Give all ids of the entities that a reader wants: events keep those of their time."""
    return None if ids is None else sorted(await with_clusters(conn, ids))


def _list(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)
