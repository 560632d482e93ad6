"""Compares ways to put a change log in an order in which a reader misses nothing.

    DATABASE_URL=postgresql://… python bench/feed/ordering.py

Needs a role that may create databases. Each way is tried with the same writers (one document of 2 kB and five
events a transaction), first alone, then while a writing transaction stays open in another database of the
same server. Printed are transactions a second and, in milliseconds, the time from a writer's commit to the
reader that has its events.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import asyncpg

WRITERS, SECONDS, EVENTS = 8, 4.0, 5
TABLES = """
drop table if exists doc, log, queue, top;
create table doc (id bigint generated always as identity primary key, body text);
create table log (
    seq bigint generated always as identity primary key, xid xid8 not null default pg_current_xact_id(),
    pos bigint, writer int, n int
);
create index log_xid_seq on log (xid, seq);
create index log_pos on log (pos);
create table queue (seq bigint generated always as identity primary key, writer int, n int);
create table top (last bigint not null);
insert into top values (0);
"""
INTO_LOG = "insert into log (writer, n) select $1, $2 from generate_series(1, 5)"
INTO_QUEUE = "insert into queue (writer, n) select $1, $2 from generate_series(1, 5)"
NUMBER = """
select pg_advisory_xact_lock(7);
with moved as (delete from queue returning *),
counted as (update top set last = last + (select count(*) from moved) returning last),
numbered as (
    insert into log (pos, writer, n)
    select counted.last - count(*) over () + row_number() over (order by seq), writer, n from moved, counted
    returning 1
)
select pg_notify('log', '') from numbered limit 1
"""


@dataclass
class Run:
    """What one way has done: commits by (writer, n), and when the reader had them."""

    dsn: str
    committed: dict[tuple[int, int], float] = field(default_factory=dict)
    seen: dict[tuple[int, int], float] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    number: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False


async def write(run: Run, writer: int, statement: str, *, lock: bool, notify: bool) -> None:
    """Write transactions until time is over."""
    conn = await asyncpg.connect(run.dsn)
    end, n = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        n += 1
        async with conn.transaction():
            await conn.execute("insert into doc (body) values ($1)", "x" * 2000)
            if lock:
                await conn.execute("select pg_advisory_xact_lock(7)")
            await conn.execute(statement, writer, n)
            if notify:
                await conn.execute("select pg_notify('log', '')")
        run.committed[writer, n] = time.perf_counter()
        run.number.set()
    await conn.close()


async def number(run: Run) -> None:
    """Give positions to what is committed, after each commit or group of them."""
    conn = await asyncpg.connect(run.dsn)
    while not run.over:
        await run.number.wait()
        run.number.clear()
        await conn.execute(NUMBER)
    await conn.close()


async def read(run: Run, statement: str, start: tuple[Any, ...]) -> None:
    """Follow the log from each wake-up, at least once a second."""
    conn = await asyncpg.connect(run.dsn)
    listener = await asyncpg.connect(run.dsn)
    await listener.add_listener("log", lambda *_: run.wake.set())
    cursor = start
    while not run.over:
        rows = await conn.fetch(statement, *cursor)
        now = time.perf_counter()
        for row in rows:
            run.seen[row["writer"], row["n"]] = now
        if rows:
            cursor = tuple(rows[-1])[: len(start)]
            continue
        try:
            await asyncio.wait_for(run.wake.wait(), 0.1)
        except TimeoutError:
            continue
        run.wake.clear()
    await conn.close()
    await listener.close()


BY_SEQ = "select seq, writer, n from log where seq > $1 order by seq limit 1000"
BY_POS = "select pos, writer, n from log where pos > $1 order by pos limit 1000"
BY_XID = """
select xid::text as x, seq, writer, n from log e
where (e.xid, e.seq) > ($1::text::xid8, $2::bigint) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
order by e.xid, e.seq limit 1000
"""
Way = Callable[[Run], list[Awaitable[None]]]


def writers(run: Run, statement: str, *, lock: bool = False, notify: bool = True) -> list[Awaitable[None]]:
    return [write(run, each, statement, lock=lock, notify=notify) for each in range(WRITERS)]


WAYS: dict[str, tuple[Way, Way]] = {
    "none (loses events)": (lambda run: writers(run, INTO_LOG), lambda run: [read(run, BY_SEQ, (0,))]),
    "lock held to commit": (
        lambda run: writers(run, INTO_LOG, lock=True),
        lambda run: [read(run, BY_SEQ, (0,))],
    ),
    "xid8 watermark": (lambda run: writers(run, INTO_LOG), lambda run: [read(run, BY_XID, ("0", 0))]),
    "watermark, no notify": (
        lambda run: writers(run, INTO_LOG, notify=False),
        lambda run: [read(run, BY_XID, ("0", 0))],
    ),
    "numbered after commit": (
        lambda run: writers(run, INTO_QUEUE, notify=False),
        lambda run: [number(run), read(run, BY_POS, (0,))],
    ),
}


async def attempt(dsn: str, way: tuple[Way, Way]) -> Run:
    """Run one way for some seconds."""
    run = Run(dsn)
    followers = [asyncio.ensure_future(each) for each in way[1](run)]
    await asyncio.sleep(0.2)
    await asyncio.gather(*way[0](run))
    await asyncio.sleep(1)
    run.over = True
    run.number.set()
    await asyncio.gather(*followers)
    return run


def line(name: str, run: Run) -> str:
    arrived = [max(0.0, run.seen[key] - at) for key, at in run.committed.items() if key in run.seen]
    waits = sorted(1000 * seconds for seconds in arrived)
    missed = len(run.committed) - len(waits)
    rate = f"{name:24}{len(run.committed) / SECONDS:8.0f} tx/s"
    if not waits:
        return f"{rate}   nothing arrived"
    p50, p99 = statistics.median(waits), waits[int(len(waits) * 0.99)]
    return f"{rate}   p50 {p50:7.1f}   p99 {p99:7.1f}   missed {missed}"


async def main() -> None:
    dsn = os.environ["DATABASE_URL"]
    admin = await asyncpg.connect(dsn)
    bases = [dsn.replace(urlsplit(dsn).path, f"/bench_feed_{each}") for each in ("log", "other")]
    for base in bases:
        await admin.execute(f"create database {urlsplit(base).path[1:]}")
    try:
        for disturbed in (False, True):
            print("with a writing transaction open in another database" if disturbed else "alone")
            for name, way in WAYS.items():
                conn = await asyncpg.connect(bases[0])
                await conn.execute(TABLES)
                await conn.close()
                other = await asyncpg.connect(bases[1])
                transaction = other.transaction()
                await transaction.start()
                if disturbed:
                    await other.execute("create table open (n int)")
                print("  " + line(name, await attempt(bases[0], way)), flush=True)
                await transaction.rollback()
                await other.close()
    finally:
        for base in bases:
            await admin.execute(f"drop database {urlsplit(base).path[1:]}")
        await admin.close()


asyncio.run(main())
