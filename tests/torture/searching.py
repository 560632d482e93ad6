"""Compares the rows that searches read with what documents make of themselves when indexed anew."""

from typing import Any

import msgspec

from api.articles.indexing import Entry, index_articles
from api.db.pool import Conn
from api.quotes.indexing import Placed, index_placed
from api.quotes.schemas import Quote
from tests.torture.held import Held


async def searchable(conn: Conn, all_held: list[Held]) -> list[str]:
    """Index all documents anew, compare with the rows that there are, and leave those."""
    shown = [held for held in all_held if not held.killed]
    transaction = conn.transaction()
    await transaction.start()
    try:
        before = [await _search_rows(conn, table) for table in SEARCH]
        for table in SEARCH:
            await conn.execute(f"delete from {table}")
        await index_articles(conn, [_entry(held) for held in shown])
        await index_placed(conn, [each for held in shown for each in _placed(held)])
        after = [await _search_rows(conn, table) for table in SEARCH]
    finally:
        await transaction.rollback()
    return [
        f"{table}: the row of {id} is {name}"
        for table, old, new in zip(SEARCH, before, after, strict=True)
        for id in sorted(old.keys() | new.keys())
        for name in [_difference(old.get(id), new.get(id))]
        if name
    ]


SEARCH = {"article_search": "article_id", "quote_search": "quote_id"}


async def _search_rows(conn: Conn, table: str) -> dict[str, dict[str, Any]]:
    rows = await conn.fetch(f"select * from {table}")
    return {row[SEARCH[table]]: dict(row) for row in rows}


def _difference(old: dict[str, Any] | None, new: dict[str, Any] | None) -> str | None:
    if old is None or new is None:
        return "missing" if old is None else "too many"
    differing = [name for name in new if old[name] != new[name]]
    return f"old in {', '.join(differing)}" if differing else None


def _place(row: Any) -> tuple[int, Any]:
    return row["visibility"], row["sort_at"]


def _entry(held: Held) -> Entry:
    visibility, sort_at = _place(held.row)
    return Entry(article=held.article, visibility=visibility, sort_at=sort_at)


def _placed(held: Held) -> list[Placed]:
    return [
        Placed(held.article.id, *_place(row), msgspec.json.decode(row["document"], type=Quote))
        for row in held.quotes
    ]
