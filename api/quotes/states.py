"""The states of quotes in the database: what each said, in which words, and why it was withdrawn."""

from collections.abc import Mapping, Sequence

import msgspec

from api.db.pool import Conn, columns
from api.quotes.schemas import Quote


async def write_states(
    tx: Conn,
    article_id: str,
    quotes: Sequence[Quote],
    *,
    article_version: int,
    key_id: str | None,
    public: bool,
    reasons: Mapping[str, str],
) -> None:
    """Keep the states of quotes that are new with this version of their article.

    When `public`, states that are known already become public too: those of an article that was held.
    """
    if not quotes:
        return
    await tx.execute(
        """
        insert into quote_versions (
            article_id, article_version, key_id, public, quote_id, version, at, reason, document
        )
        select $1, $2, $3, $4, *
        from unnest($5::uuid[], $6::int[], $7::timestamptz[], $8::text[], $9::bytea[])
        on conflict on constraint quote_versions_pkey do update set public = true
        where excluded.public and not quote_versions.public
        """,
        article_id,
        article_version,
        key_id,
        public,
        *columns(
            (quote.id, quote.version, quote.updated_at, reasons.get(quote.id), msgspec.json.encode(quote))
            for quote in quotes
        ),
    )


async def public_quotes(tx: Conn, article_id: str) -> set[str]:
    """List the quotes of an article that have been public."""
    rows = await tx.fetch(
        "select distinct quote_id from quote_versions where article_id = $1 and public", article_id
    )
    return {row["quote_id"] for row in rows}


async def select_states(
    conn: Conn, article_id: str, id: str, *, sees_held: bool, with_key: bool, before: int | None, limit: int
) -> list[tuple[bytes, tuple[int]]]:
    """List the states of a quote, newest first, those below the version `before`, as they are answered."""
    rows = await conn.fetch(
        """
        select v.version, v.at, v.article_version, v.reason, v.document, k.id as key_id, k.name as key_name
        from quote_versions v
        left join keys k on k.id = v.key_id
        where v.article_id = $1 and v.quote_id = $2 and (v.public or $3)
            and ($4::int is null or v.version < $4)
        order by v.version desc
        limit $5
        """,
        article_id,
        id,
        sees_held,
        before,
        limit,
    )
    states: list[tuple[bytes, tuple[int]]] = []
    for row in rows:
        by = {"key": row["key_id"], "name": row["key_name"]} if row["key_id"] else None
        state = {
            "version": row["version"],
            "at": row["at"],
            **({"by": by} if with_key else {}),
            "article_version": row["article_version"],
            "reason": row["reason"],
            "quote": msgspec.Raw(row["document"]),
        }
        states.append((msgspec.json.encode(state), (row["version"],)))
    return states
