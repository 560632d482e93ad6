"""The limit of writing: a bare transaction of asyncpg that adds the rows of one dispatch, one statement a table.

The rows are those that Dateline wrote for a dispatch of the corpus, under new ids: what is not measured is
checking quotes, resolving names, rendering the document and finding the words.
"""

import os
from typing import Any

import asyncpg

from api.wire import new_id
from bench.peers.limits import headers_of, keep, live

# Rows that lead with the article, and what stands for their other ids.
QUOTE_ID = "(left($1::uuid::text, 24) || right(md5({column}::text || $1::uuid::text), 12))::uuid"
CHILDREN = {
    "article_versions": {}, "article_entities": {}, "article_search": {},
    "quotes": {"id": "id"}, "quote_articles": {"id": "id"}, "quote_versions": {"quote_id": "quote_id"},
    "quote_entities": {"quote_id": "quote_id"}, "quote_search": {"quote_id": "quote_id"},
}  # fmt: skip
EVENTS = """
    insert into change_queue
        (id, type, resource_type, resource_id, version, public, public_only, article_id, provider_id, entity_ids)
    select gen_random_uuid(), type, resource_type, $1, version, public, public_only, $1, provider_id, entity_ids
    from changes where article_id = $2
"""
URI = """
    insert into article_uris (uri, article_id)
    select 'urn:uuid:' || $1::uuid, $1::uuid where $2::uuid is not null
"""
TOUCH = """
    insert into touches (stamp, marks)
    select ('x' || right($1::uuid::text, 12))::bit(48)::bigint, array[1, 64] where $2::uuid is not null
"""
state: dict[str, Any] = {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Write the rows again, and answer the article's document."""
    if scope["type"] != "http":
        await live(receive, send)
        return
    if not state:
        await _prepare()
    while (await receive()).get("more_body"):
        pass
    id = new_id()
    async with state["pool"].acquire() as conn, conn.transaction():
        for statement in state["statements"]:
            await conn.execute(statement, id, state["template"])
    body = state["body"]
    await send({"type": "http.response.start", "status": 201, "headers": headers_of(body)})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _prepare() -> None:
    pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=10, max_size=10, reset=keep)
    template = await pool.fetchrow("select id, document from articles order by id limit 1")
    statements = [
        URI,
        await _copy(pool, "articles", "id", {}),
        *[await _copy(pool, table, "article_id", ids) for table, ids in CHILDREN.items()],
        EVENTS,
        TOUCH,
    ]
    state.update(pool=pool, statements=statements, template=template["id"], body=template["document"])


async def _copy(pool: Any, table: str, owner: str, ids: dict[str, str]) -> str:
    """Write the statement that adds a table's rows of the template to a new article."""
    rows = await pool.fetch(
        "select column_name from information_schema.columns where table_name = $1 and table_schema = 'public' "
        "and is_generated = 'NEVER' and identity_generation is null",
        table,
    )
    columns = [row["column_name"] for row in rows]
    values = [
        "$1" if column == owner else QUOTE_ID.format(column=ids[column]) if column in ids else column
        for column in columns
    ]
    return f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} from {table} where {owner} = $2"
