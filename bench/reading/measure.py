"""Measures lists, filters and searches on a filled database: `python -m bench.reading measure`.

Each request is different, so that no cache answers it, and goes through the whole application in process.
"""

import time
from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

import asyncpg
import msgspec

from api.app import create_app
from api.db.pool import Database
from api.settings import Settings

Params = dict[str, Any]


class Case(NamedTuple):
    """Requests of one kind."""

    name: str
    path: str
    params: list[Params]


# How often a word or value occurs, of all documents.
CLASSES = {"very common": (0.2, 1.0), "common": (0.04, 0.12), "medium": (0.009, 0.02)}


async def measure(dsn: str, rounds: int) -> None:
    """Print p50 and p95 in milliseconds for each kind of request."""
    db = Database(dsn, 2)
    await db.open()
    app: Any = create_app(Settings(), db)
    plain = await asyncpg.connect(dsn)
    total = await plain.fetchval("select count(*) from article_search")
    print(
        f"{total:,} articles\n\n| Request | n | p50 ms | p95 ms | items |\n|---|---|---|---|---|", flush=True
    )
    for case in await cases(plain, rounds):
        times, items = [], 0
        for params in case.params:
            started = time.perf_counter()
            page = await get(app, case.path, params)
            times.append((time.perf_counter() - started) * 1000)
            items += len(page["items"])
        row = f"{len(times)} | {quantile(times, 0.5):.1f} | {quantile(times, 0.95):.1f}"
        print(f"| {case.name} | {row} | {items / len(times):.0f} |", flush=True)
    await plain.close()
    await db.close()


def quantile(times: list[float], part: float) -> float:
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] if times else 0.0


async def get(app: Any, path: str, params: Params) -> Any:
    """Send one GET to the application itself."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(params).encode(),
        "headers": [(b"host", b"dateline")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    if sent[0]["status"] != 200:
        raise RuntimeError(f"{path}?{urlencode(params)}: {body.decode()}")
    return msgspec.json.decode(body)


async def cases(conn: Any, rounds: int) -> list[Case]:
    """Draw the requests: words and values by how common they are, and places to start from."""
    random = Random(5)
    words = {name: await lexemes(conn, "article_search", *part) for name, part in CLASSES.items()}
    words["rare"] = await rare_words(conn)
    quoted = {name: await lexemes(conn, "quote_search", *part) for name, part in CLASSES.items()}
    times = [
        row["at"]
        for row in await conn.fetch("select sort_at as at from article_search tablesample system (5)")
    ]
    people = [row["id"] for row in await conn.fetch(PEOPLE)]
    step = max(len(people) // rounds, 1)
    ranks = {"very common": people[:20], "common": people[20:300], "rare": people[300::step]}

    def some(values: Iterable[Any]) -> list[Any]:
        pool = list(values)
        return random.sample(pool, min(rounds, len(pool)))

    before = {"published_before": None}
    starts = [{"published_before": at.isoformat()} for at in some(times)]
    found = [Case("articles, anywhere in the order", "/v1/articles", starts)]
    for name, pool in words.items():
        found += [
            Case(f"q, {name}", "/v1/articles", [{"q": word} for word in some(pool)]),
            Case(f"q, {name}, anywhere", "/v1/articles",
                 [{"q": word, **random.choice(starts)} for word in some(pool)]),
            Case(f"q, {name}, two words", "/v1/articles",
                 [{"q": f"{word} {random.choice(pool)}"} for word in some(pool)]),
            Case(f"q, {name}, oldest first", "/v1/articles",
                 [{"q": word, "sort": "published_at"} for word in some(pool)]),
            Case(f"relevance, {name}", "/v1/articles",
                 [{"q": word, "sort": "-relevance"} for word in some(pool)]),
            Case(f"count estimated, {name}", "/v1/articles",
                 [{"q": word, "count": "estimated", "limit": 1} for word in some(pool)]),
            Case(f"count exact, {name}", "/v1/articles",
                 [{"q": word, "count": "exact", "limit": 1} for word in some(pool)]),
            Case(f"facets, {name}", "/v1/articles",
                 [{"q": word, "facets": "person,provider,month,subject", "limit": 1} for word in some(pool)]),
        ]  # fmt: skip
    for name, pool in ranks.items():
        found += [
            Case(f"person, {name}", "/v1/articles", [{"person": id} for id in some(pool)]),
            Case(f"person, {name}, and a common word", "/v1/articles",
                 [{"person": id, "q": random.choice(words["common"])} for id in some(pool)]),
            Case(f"speaker, {name}", "/v1/quotes", [{"speaker": id} for id in some(pool)]),
        ]  # fmt: skip
    for name, pool in quoted.items():
        found.append(Case(f"quotes q, {name}", "/v1/quotes", [{"q": word} for word in some(pool)]))
    found += [
        Case(
            "language, rare", "/v1/articles", [{"language": each} for each in ("is", "nl", "zu", "sv", "cs")]
        ),
        Case("search over all, common", "/v1/search", [{"q": word} for word in some(words["common"])]),
        Case(
            "highlights, common",
            "/v1/articles",
            [{"q": w, "highlight": "true"} for w in some(words["common"])],
        ),
    ]
    return [case for case in found if case.params and before]


PEOPLE = """
    select entity_id as id from article_entities join entities on id = entity_id
    where type = 'person' group by entity_id order by count(*) desc
"""


async def lexemes(conn: Any, table: str, low: float, high: float) -> list[str]:
    """List words that so large a part of the documents has, as the statistics say."""
    rows = await conn.fetch(
        """
        select word from (
            select unnest(most_common_elems::text::text[]) as word,
                unnest(most_common_elem_freqs[1:array_length(most_common_elem_freqs, 1) - 3]) as part
            from pg_stats where tablename = $1 and attname = 'words'
        ) as stats
        where word ~ '^[[:alpha:]]{3,}$' and part between $2 and $3
        """,
        table,
        low,
        high,
    )
    return [row["word"] for row in rows]


async def rare_words(conn: Any) -> list[str]:
    """Draw words of which the statistics know nothing."""
    rows = await conn.fetch(
        """
        select distinct word from article_search tablesample system (0.3), unnest(tsvector_to_array(words)) word
        where word ~ '^[[:alpha:]]{4,}$' limit 3000
        """
    )
    common = set(await lexemes(conn, "article_search", 0.0, 1.0))
    return [row["word"] for row in rows if row["word"] not in common]
