"""One corpus for all contenders: invented dispatches, by Dateline's own code and as the peers' tables."""

import asyncio
import json
import random
from typing import Any

import asyncpg
import msgspec

from api.articles.creating import create_articles
from api.articles.schemas import ArticleInput
from api.db.migrate import migrate
from api.db.pool import Database
from api.entities.resolve import Options
from api.http.decoding import Body
from api.http.reader import reader_of
from api.keys.queries import create_key

PEOPLE = [f"{first} {last}" for first in ("Mara", "Ilva", "Tomo", "Resa") for last in (
    "Venn", "Terrant", "Ostrel", "Kavish", "Bellam", "Durnay", "Halvek", "Sorrin", "Pellan", "Quist",
)]  # fmt: skip
WORDS = (
    "the",
    "harbour",
    "council",
    "said",
    "that",
    "a",
    "new",
    "ferry",
    "line",
    "would",
    "open",
    "before",
    "winter",
)
WRITER = reader_of("01980000-0000-7000-8000-000000000001", "bench", ["write"])
WRITERS = 4
TOGETHER = 50


class Corpus(msgspec.Struct):
    """What the contenders are asked for."""

    articles: list[str]
    people: list[str]
    read_key: str
    write_key: str


def dispatch(chance: random.Random, number: int) -> dict[str, Any]:
    """Make a dispatch of about 3.6 kB as JSON, with five quotes of known people."""
    body, quotes = [], []
    for place in range(5):
        said = f"We counted {number} boats in harbour {place} and none of them is late today"
        name = chance.choice(PEOPLE)
        text = " ".join(chance.choices(WORDS, k=24))
        body.append(f"“{said},” {name} told reporters. {text.capitalize()}.")
        quotes.append(
            {
                "form": "direct",
                "fragments": [{"block": place, "text": said}],
                "speaker": {"kind": "person", "as_printed": name, "person": {"name": name}},
                "cue": "told",
            }
        )
    return {
        "headline": f"Harbour report {number}",
        "language": chance.choice(["en", "en", "de", "fr"]),
        "urgency": chance.randint(1, 9),
        "body": body,
        "quotes": quotes,
        "keywords": ["harbour"],
    }


async def load(dsn: str, size: int) -> Corpus:
    """Write the corpus; gives the ids in random order."""
    await migrate(dsn)
    db = Database(dsn, WRITERS)
    await db.open()
    body: Body[ArticleInput] = Body(ArticleInput)
    async with db.write() as tx:
        _, read_key = await create_key(tx, "reader", ["read"], None)
        _, write_key = await create_key(tx, "writer", ["write"], None)

    async def write(first: int, last: int) -> None:
        chance = random.Random(first)
        while first < last:
            numbers = range(first, min(first + TOGETHER, last))
            given = [body(json.dumps(dispatch(chance, number)).encode()) for number in numbers]
            async with db.write() as tx:
                first += len(await create_articles(tx, given, WRITER, Options()))

    await write(0, 20)  # the people, before several writers need them
    rest = size - 20
    await asyncio.gather(
        *(write(20 + each * rest // WRITERS, 20 + (each + 1) * rest // WRITERS) for each in range(WRITERS))
    )
    await db.close()
    conn = await asyncpg.connect(dsn)  # whose statements may take longer than those of a service
    await conn.execute(PEER_TABLES)
    articles = [str(row["id"]) for row in await conn.fetch("select id from articles order by random()")]
    people = [str(row["id"]) for row in await conn.fetch("select id from entities where type = 'person'")]
    await conn.execute("vacuum analyze")
    await conn.close()
    return Corpus(articles=articles, people=people, read_key=read_key, write_key=write_key)


# What a newsroom would make with an ORM: columns, and JSON only where no query looks.
PEER_TABLES = """
    create schema peer;
    create table peer.people (id uuid primary key, name text not null);
    create table peer.articles (
        id uuid primary key, version integer not null, uri text not null, headline text not null,
        slugline text, summary text, language text not null, byline text, urgency integer,
        published_at timestamptz not null, created_at timestamptz not null, updated_at timestamptz not null,
        keywords jsonb not null, body jsonb not null
    );
    create table peer.quotes (
        id uuid primary key, article_id uuid not null references peer.articles, position integer not null,
        form text not null, text text not null, cue text, status text not null, fragments jsonb not null,
        speaker_as_printed text, speaker_id uuid references peer.people
    );
    insert into peer.people select id, name from entities where type = 'person';
    insert into peer.articles
    select id, version, d ->> 'uri', d ->> 'headline', d ->> 'slugline', d ->> 'summary', language,
        d ->> 'byline', (d ->> 'urgency')::int, published_at, created_at, updated_at,
        d -> 'keywords', d -> 'body'
    from articles cross join lateral (select convert_from(document, 'UTF8')::jsonb) as j (d);
    insert into peer.quotes
    select id, article_id, ordinal, form, d ->> 'text', d ->> 'cue', status, d -> 'fragments',
        d #>> '{speaker,as_printed}', (d #>> '{speaker,person,id}')::uuid
    from quotes cross join lateral (select convert_from(document, 'UTF8')::jsonb) as j (d);
    create index on peer.articles (published_at desc, id desc);
    create index on peer.quotes (article_id, position);
    create index on peer.quotes (speaker_id);
"""
