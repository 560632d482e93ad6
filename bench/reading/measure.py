"""Measures lists, filters and searches on a filled database: `python -m bench.reading measure`.

Each request is different, so that no cache answers it, and goes through the whole application in process.
"""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import asyncpg
import msgspec

from api.app import create_app
from api.db.pool import Database
from api.http.paging import PageParams, pager
from api.settings import Settings
from bench.reading.cases import Case, Params, cases, deep_cases


class Measured(NamedTuple):
    """What requests of one kind took: how many they were, milliseconds, items a page, blocks of 8 kB each."""

    name: str
    requests: int
    p50: float
    p95: float
    items: float
    blocks: float
    goal: str


async def measure(dsn: str, rounds: int, only: str = "") -> dict[str, Any]:
    """Print p50 and p95 in milliseconds for each kind of request, and give them as JSON."""
    db = Database(dsn, 2)
    await db.open()
    # Without the read cache: a question that is asked again is meant to be answered again.
    app: Any = create_app(Settings(cache_size=0), db)
    plain = await asyncpg.connect(dsn)
    total = await plain.fetchval("select count(*) from article_search")
    print(
        f"{total:,} articles\n\n| Request | n | p50 ms | p95 ms | items | blocks |\n|---|---|---|---|---|---|",
        flush=True,
    )
    kept: list[Measured] = []
    drawn = await cases(plain, rounds)
    for case in [*drawn, *(each for pair in await deep_cases(db, plain) for each in pair)]:
        if case.params and re.search(only, case.name):
            kept.append(await measured(app, db, plain, case))
            each = kept[-1]
            row = f"{each.requests} | {each.p50:.1f} | {each.p95:.1f} | {each.items:.0f} | {each.blocks:.0f}"
            print(f"| {each.name} | {row} |", flush=True)
    await plain.close()
    await db.close()
    return {"articles": total, "cases": kept}


async def blocks(conn: Any) -> int:
    """Count the blocks that this database has looked at; who has looked tells of it within a second."""
    await asyncio.sleep(1.2)
    query = "select blks_hit + blks_read from pg_stat_database where datname = current_database()"
    return await conn.fetchval(query)


async def measured(app: Any, db: Database, plain: Any, case: Case) -> Measured:
    """Send the requests of a case, the first one twice: it may wait for a plan or a catalogue."""
    times, items = list[float](), 0
    before = await blocks(plain)
    for number, params in enumerate([case.params[0], *case.params]):
        query = query_of(db, case.path, params)
        started = time.perf_counter()
        page = await get(app, case.path, query)
        if number:
            times.append((time.perf_counter() - started) * 1000)
            items += len(page["items"])
    n = len(times)
    looked = (await blocks(plain) - before) / (n + 1)
    return Measured(case.name, n, quantile(times, 0.5), quantile(times, 0.95), items / n, looked, case.goal)


def query_of(db: Database, path: str, params: Params) -> bytes:
    """Write a query string; a `cursor` is given as the filters and the key that it stands for."""
    if "cursor" not in params:
        return urlencode(params).encode()
    _, key = params["cursor"]
    rest = urlencode({name: value for name, value in params.items() if name != "cursor"}).encode()
    page = pager(db.secret, path, rest, PageParams(limit=1))
    return rest + b"&" + urlencode({"cursor": page.next_cursor([key, key])}).encode()


def quantile(times: list[float], part: float) -> float:
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] if times else 0.0


async def get(app: Any, path: str, query: bytes) -> Any:
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
        "query_string": query,
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
        raise RuntimeError(f"{path}?{query.decode()}: {body.decode()}")
    return msgspec.json.decode(body)


def compare(small: Path, large: Path) -> None:
    """Print what was measured on two sizes side by side, with the ratio and what is asked of it."""
    one, two = (json.loads(path.read_text()) for path in (small, large))
    before = {row[0]: Measured(*row) for row in one["cases"]}
    sizes = f"{one['articles']:,}: p50 | p95 | blocks | {two['articles']:,}: p50 | p95 | blocks"
    print(f"| Request | {sizes} | p95 grows | blocks grow | goal |")
    print("|---|" + "---|" * 9)
    first = 0.0
    for row in two["cases"]:
        large_one = Measured(*row)
        small_one = before.get(large_one.name)
        if small_one is None:
            continue
        growth = large_one.p95 / small_one.p95
        if large_one.name.endswith("page 1"):
            first = large_one.p95
        goal = {
            "growth": "≤ 1.5" if growth <= 1.5 else "**≤ 1.5**",
            "100 ms": "≤ 100 ms" if large_one.p95 <= 100 else "**≤ 100 ms**",
            "1.2 of page 1": f"{large_one.p95 / first:.2f} of page 1" if first else "",
        }.get(large_one.goal, "none")
        values = (f"{each.p50:.1f} | {each.p95:.1f} | {each.blocks:.0f}" for each in (small_one, large_one))
        more = large_one.blocks / max(small_one.blocks, 1)
        print(f"| {large_one.name} | {' | '.join(values)} | {growth:.2f} | {more:.2f} | {goal} |")
