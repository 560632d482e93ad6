"""Reading the log: pages of entries behind a place, for one reader or for all."""

import msgspec

from api.changes import queries
from api.changes.cursors import Place, check_retained, place_in
from api.changes.entries import Entry
from api.changes.queries import Head
from api.changes.selection import Wanted
from api.db.pool import Conn, Database

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
        providers=_list(wanted.providers),
        people=_list(wanted.people),
        organisations=_list(wanted.organisations),
        limit=limit,
    )
    entries = [Entry(row, secret, head) for row in rows]
    return entries, rows[-1]["pos"] if len(rows) == limit else until


def _list(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)
