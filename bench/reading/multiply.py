"""Makes a large corpus from a loaded one, inside the database: `python -m bench.reading multiply`.

Each article is copied with its quotes to other instants of the same years. So every word and value is as
frequent, relative to the corpus, as before, which is what growth is measured by; a word of a single article
has as many articles as there are copies. Copies have no rows in tables that no list reads.
"""

import time
from typing import Any, LiteralString

import asyncpg

from bench.reading.corpus import DAYS, START

MOST = 15  # copies: each one replaces the first hexadecimal digit of an id, which is 0 until the year 2527

TABLES = ("articles", "article_search", "quotes", "quote_search")

FUNCTIONS: LiteralString = """
    create function pg_temp.copied(id uuid, copy int) returns uuid language sql immutable
    return (to_hex(copy) || substr(id::text, 2))::uuid;

    create function pg_temp.moved(at timestamptz, copy int, start timestamptz, span bigint)
    returns timestamptz language sql immutable
    return start + make_interval(
        secs => mod(extract(epoch from at - start)::bigint + copy * 7919977::bigint, span)
    );

    create function pg_temp.renamed(document bytea, id uuid, copy int) returns bytea language sql immutable
    return convert_to(
        replace(convert_from(document, 'UTF8'), id::text, pg_temp.copied(id, copy)::text), 'UTF8'
    );

    create function pg_temp.places(at timestamptz) returns text[] language sql immutable
    return array[
        '=day:' || to_char(at at time zone 'UTC', 'YYYY-MM-DD'),
        '=month:' || to_char(at at time zone 'UTC', 'YYYY-MM'),
        '=year:' || to_char(at at time zone 'UTC', 'YYYY')
    ];
"""
# The parameters: the copy's number, the first instant, the seconds from it to the last one.
COPIES: tuple[LiteralString, ...] = (
    """
    insert into articles (
        id, version, pub_status, visibility, was_public, language, provider_id, published_at, sort_at,
        created_at, updated_at, document, summary
    )
    select pg_temp.copied(id, $1), version, pub_status, visibility, was_public, language, provider_id, moved,
        moved, moved, moved + (updated_at - sort_at), pg_temp.renamed(document, id, $1),
        pg_temp.renamed(summary, id, $1)
    from articles, pg_temp.moved(sort_at, $1, $2, $3) as moved
    where id < '10000000-0000-0000-0000-000000000000'
    """,
    """
    insert into article_search (
        article_id, visibility, sort_at, updated_at, language, genre, provider_id, subjects, people,
        organisations, speakers, lead, words
    )
    select pg_temp.copied(article_id, $1), visibility, moved, moved + (updated_at - sort_at), language, genre,
        provider_id, subjects, people, organisations, speakers, lead,
        array_to_tsvector(pg_temp.places(moved)) || ts_delete(words, pg_temp.places(sort_at))
    from article_search, pg_temp.moved(sort_at, $1, $2, $3) as moved
    where article_id < '10000000-0000-0000-0000-000000000000'
    """,
    """
    insert into quotes (
        article_id, id, ordinal, version, status, form, attribution, speaker_kind, first_hand, language,
        visibility, sort_at, created_at, updated_at, document
    )
    select pg_temp.copied(article_id, $1), pg_temp.copied(id, $1), ordinal, version, status, form,
        attribution, speaker_kind, first_hand, language, visibility, moved, moved, moved,
        pg_temp.renamed(document, id, $1)
    from quotes, pg_temp.moved(sort_at, $1, $2, $3) as moved
    where article_id < '10000000-0000-0000-0000-000000000000'
    """,
    """
    insert into quote_articles (id, article_id)
    select pg_temp.copied(id, $1), pg_temp.copied(article_id, $1) from quote_articles
    where id < '10000000-0000-0000-0000-000000000000' and $2::timestamptz + $3::bigint * interval '1 s' > $2
    """,
    """
    insert into quote_search (
        article_id, quote_id, visibility, sort_at, status, form, speaker_kind, language, said_first, said_last,
        speakers, relays, words
    )
    select pg_temp.copied(article_id, $1), pg_temp.copied(quote_id, $1), visibility, moved, status, form,
        speaker_kind, language, moved::date, moved::date, speakers, relays,
        array_to_tsvector(pg_temp.places(moved)) || ts_delete(words, pg_temp.places(sort_at))
    from quote_search, pg_temp.moved(sort_at, $1, $2, $3) as moved
    where article_id < '10000000-0000-0000-0000-000000000000'
    """,
)


async def multiply(dsn: str, times: int) -> None:
    """Make the corpus of a database `times` as large; it has not been made larger before."""
    if not 1 < times <= MOST + 1:
        raise SystemExit(f"between 2 and {MOST + 1} times")
    conn = await asyncpg.connect(
        dsn, server_settings={"synchronous_commit": "off", "maintenance_work_mem": "1GB", "timezone": "UTC"}
    )
    started = time.perf_counter()

    def say(what: str) -> None:
        print(f"{time.perf_counter() - started:6.0f} s  {what}", flush=True)

    # The rows are copies of rows that hold: foreign keys need no second look.
    await conn.execute("set session_replication_role = replica")
    await conn.execute(FUNCTIONS)
    definitions = await drop_indexes(conn)
    for copy in range(1, times):
        for statement in COPIES:
            await conn.execute(statement, copy, START, DAYS * 86_400, timeout=3600)
        say(f"copy {copy} of {times - 1}")
    for definition in definitions:
        await conn.execute(definition, timeout=3600)
        say(definition.partition(" USING ")[0])
    await conn.execute("vacuum analyze", timeout=3600)
    say("vacuumed")
    await conn.close()


async def drop_indexes(conn: Any) -> list[str]:
    """Drop the indexes of the copied tables that are no constraints, and give their definitions."""
    rows = await conn.fetch(
        """
        select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
        where indrelid = any($1::regclass[]) and not indisunique
        """,
        list(TABLES),
    )
    for row in rows:
        await conn.execute(f"drop index {row['name']}")
    return [row["definition"] for row in rows]
