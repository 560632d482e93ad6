"""Fills a database of its own with generated articles, by COPY: `python -m bench.reading load`."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import asyncpg
import msgspec

from api.articles.compose import document_of, entities_of, summary_of
from api.articles.indexing import Entry, index_articles
from api.db.migrate import migrate
from api.db.pool import Database
from api.entities.queries import insert_entities
from api.lists.configurations import note_languages
from api.quotes.compose import refs_of
from api.quotes.indexing import index_quotes
from bench.reading.corpus import Made, Maker

BATCH = 500
T = TypeVar("T")
# Built again at the end: an index that is there slows each row down.
INDEXES = ("article_search_words_idx", "quote_search_words_idx")


async def load(dsn: str, articles: int) -> None:
    """Make the schema and fill it; the database must be empty."""
    await migrate(dsn)
    maker = Maker()
    db = Database(dsn, 2)
    await db.open()
    # A plain connection: COPY is binary, and the application's has ids as text.
    plain = await asyncpg.connect(dsn, server_settings={"synchronous_commit": "off"})
    definitions = [await plain.fetchval("select pg_get_indexdef($1::regclass)", name) for name in INDEXES]
    for name in INDEXES:
        await plain.execute(f"drop index {name}")
    for entities in (maker.organisations, maker.people):
        async with db.write() as tx:
            for batch in batches(entities, BATCH):
                await insert_entities(tx, batch, public=True)
    started, done = time.perf_counter(), 0
    for batch in batches(maker.articles(articles), BATCH):
        await copy(plain, batch)
        async with db.write() as tx:
            await index(tx, batch)
        done += len(batch)
        if done % 10_000 == 0:
            print(f"{done:,} articles, {done / (time.perf_counter() - started):.0f}/s", flush=True)
    for definition in definitions:
        await plain.execute(definition)
    await plain.execute("vacuum analyze", timeout=3600)
    size = await plain.fetchval("select pg_size_pretty(pg_database_size(current_database()))")
    print(f"{done:,} articles in {time.perf_counter() - started:.0f} s, database {size}")
    await plain.close()
    await db.close()


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


async def copy(conn: Any, batch: list[Made]) -> None:
    """Copy articles and quotes, with what refers to entities."""
    rows = [
        (a.id, 1, "usable", 0, True, a.language, a.provider and a.provider.id, a.published_at, None, at, None,
         None, None, a.created_at, a.updated_at, document_of(a), summary_of(a))
        for a, at in batch
    ]  # fmt: skip
    await conn.copy_records_to_table(
        "articles",
        records=rows,
        columns=[
            "id",
            "version",
            "pub_status",
            "visibility",
            "was_public",
            "language",
            "provider_id",
            "published_at",
            "embargoed_until",
            "sort_at",
            "killed_at",
            "kill_note",
            "ed_note",
            "created_at",
            "updated_at",
            "document",
            "summary",
        ],
    )
    await conn.copy_records_to_table("article_uris", records=[(a.uri, a.id) for a, _ in batch])
    await conn.copy_records_to_table(
        "article_entities",
        records=[(a.id, id, sorted(rels), 0, at) for a, at in batch for id, rels in entities_of(a).items()],
    )
    await copy_quotes(conn, batch)


async def copy_quotes(conn: Any, batch: list[Made]) -> None:
    """Copy the quotes of articles."""
    quotes = [(q, number, at) for a, at in batch for number, q in enumerate(a.quotes)]
    await conn.copy_records_to_table(
        "quotes",
        records=[
            (q.article.id, q.id, number, 1, q.status, q.form, q.attribution, q.speaker.kind, not q.chain,
             q.language, 0, at, at, at, msgspec.json.encode(q))
            for q, number, at in quotes
        ],
        columns=["article_id", "id", "ordinal", "version", "status", "form", "attribution", "speaker_kind", "first_hand", "language", "visibility", "sort_at", "created_at", "updated_at", "document"],
    )  # fmt: skip
    await conn.copy_records_to_table("quote_articles", records=[(q.id, q.article.id) for q, _, _ in quotes])
    found = {(q.article.id, q.id, ref.id, rel, at) for q, _, at in quotes for ref, rel in refs_of(q) if ref}
    await conn.copy_records_to_table("quote_entities", records=sorted(found))


async def index(tx: Any, batch: list[Made]) -> None:
    """Write what lists and searches read, as the application does."""
    await note_languages(tx, {article.language for article, _ in batch}, 0)
    await index_articles(tx, [Entry(article=article, visibility=0, sort_at=at) for article, at in batch])
    for article, at in batch:
        if article.quotes:
            await index_quotes(tx, article.id, article.quotes, 0, at)
