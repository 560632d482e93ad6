"""Times look-ups on a real PostgreSQL table: `python -m bench.names.postgres postgresql://user:password@host/database`.

Makes the tables `bench_name_keys` and `bench_name_prefixes` in that database, and drops them afterwards.
"""

import asyncio
import sys
import time
from collections.abc import Sequence

import asyncpg

from api.names.fold import fold
from api.names.keys import keys, lookup, prefixes
from bench.names.people import load
from bench.names.queries import sample

CANDIDATES = """
    with asked as (
        select * from unnest($1::text[], $2::text[], $3::float8[]) as asked (key, part, weight)
    ), hits as (
        select part, entity,
               weight * ln(1 + $4::float8 / count(*) over (partition by asked.key, part)) as rarity
        from asked
        cross join lateral (select entity from bench_name_keys where key = asked.key limit 1000) found
    ), parts as (
        select entity, max(rarity) as rarity from hits group by part, entity
    )
    select entity from parts group by entity order by sum(rarity) desc, entity limit 240
"""
TYPED = """
    select entity from bench_name_prefixes where prefix >= $1 and prefix < $2 order by prefix limit 50
"""


async def fill(connection: asyncpg.Connection) -> tuple[int, list[str]]:
    """Store the keys of all people; give their number and the test part's names to ask for."""
    people = load()
    await connection.execute('create table bench_name_keys (key text collate "C", entity bigint)')
    await connection.execute('create table bench_name_prefixes (prefix text collate "C", entity bigint)')
    rows = [
        (key, n)
        for n, p in enumerate(people)
        for key in {k for x in p.names for k in keys(x.value, "person")}
    ]
    await connection.copy_records_to_table("bench_name_keys", records=rows)
    typed = [
        (key, n) for n, p in enumerate(people) for key in {k for x in p.names for k in prefixes(x.value)}
    ]
    await connection.copy_records_to_table("bench_name_prefixes", records=typed)
    await connection.execute("create index on bench_name_keys (key, entity)")
    await connection.execute("create index on bench_name_prefixes (prefix, entity)")
    await connection.execute("vacuum analyze bench_name_keys")
    await connection.execute("vacuum analyze bench_name_prefixes")
    size = await connection.fetchval("select pg_total_relation_size('bench_name_keys') / 1048576")
    print(f"{len(people)} people, {len(rows)} keys, {size} MB with index; {len(typed)} prefixes")
    return len(people), [query.name.value for query in sample([p for p in people if p.test], 600, 5)]


def report(what: str, seconds: Sequence[float]) -> None:
    """Print the median and the 95th percentile."""
    times = sorted(1000 * second for second in seconds)
    print(
        f"{what}: p50 {times[len(times) // 2]:.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms, "
        f"max {times[-1]:.1f} ms"
    )


async def ask(connection: asyncpg.Connection, people: int, names: Sequence[str]) -> None:
    """Time both statements, each name once for warmth and once for the clock."""
    spent, typing = list[float](), list[float]()
    for turn in range(2):
        for name in names:
            start = time.perf_counter()
            asked = lookup(name, "person")
            columns = [[key.key for key in asked], [key.part for key in asked], [key.weight for key in asked]]
            await connection.fetch(CANDIDATES, *columns, float(people))
            middle = time.perf_counter()
            begin = fold(name)[:3]
            await connection.fetch(TYPED, begin, begin + "\U0010ffff")
            if turn:
                spent.append(middle - start)
                typing.append(time.perf_counter() - middle)
    report("candidates", spent)
    report("typing ahead, three letters", typing)


async def main(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await ask(connection, *await fill(connection))
    finally:
        await connection.execute("drop table if exists bench_name_keys, bench_name_prefixes")
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
