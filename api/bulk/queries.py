"""Bulk in the database: how far imports have come, and articles in the order of their ids."""

from collections.abc import Sequence

from api.db.pool import Conn, Record


async def select_progress(conn: Conn, file: str) -> int:
    """Give the last line of a file that is done; 0 when none is."""
    return await conn.fetchval("select line from imports where file = $1", file) or 0


async def note_progress(tx: Conn, file: str, line: int) -> None:
    """Note the last line that is done with this transaction."""
    await tx.execute(
        """
        insert into imports (file, line) values ($1, $2)
        on conflict on constraint imports_pkey do update set line = excluded.line, at = clock_timestamp()
        """,
        file,
        line,
    )


async def forget_progress(tx: Conn, file: str) -> None:
    """Forget a file that is done, or begun anew."""
    await tx.execute("delete from imports where file = $1", file)


async def select_batch(conn: Conn, *, listed: int, after: str | None, limit: int) -> list[Record]:
    """Read the next articles in the order of their ids: id, document, ed_note."""
    return await conn.fetch(
        """
        select id, document, ed_note from articles
        where visibility <= $1 and ($2::uuid is null or id > $2)
        order by id
        limit $3
        """,
        listed,
        after,
        limit,
    )


async def select_these(conn: Conn, ids: Sequence[str], *, listed: int) -> list[Record]:
    """Read articles by id, in the order of the ids."""
    return await conn.fetch(
        """
        select a.id, a.document, a.ed_note
        from unnest($1::uuid[]) with ordinality as wanted (id, ordinal)
        join articles a on a.id = wanted.id
        where a.visibility <= $2
        order by ordinal
        """,
        list(ids),
        listed,
    )
