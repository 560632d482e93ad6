"""Measures import and export beside COPY of the same rows, in one run on one server."""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from corpus import write  # noqa: E402

from api.bulk.exporting import Export, export  # noqa: E402
from api.bulk.progress import Shown  # noqa: E402
from api.db.pool import Database  # noqa: E402
from api.settings import Settings  # noqa: E402

TABLES = [
    "entities", "entity_names", "entity_identifiers", "entity_positions", "entity_search", "articles",
    "article_uris", "article_versions", "article_entities", "article_search", "quotes", "quote_articles",
    "quote_entities", "quote_versions", "quote_search", "change_queue",
]  # fmt: skip


def dateline(dsn: str, *arguments: str) -> tuple[float, float]:
    """Run a command; gives its seconds and the largest memory of any command so far, in MB."""
    env = {**os.environ, "DATELINE_DATABASE_URL": dsn}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "api", *arguments], cwd=ROOT, env=env, check=False, stdout=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.returncode
    seconds = time.monotonic() - started
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


async def created(server: str, name: str) -> str:
    admin = await asyncpg.connect(server)
    await admin.execute(f"drop database if exists {name} with (force)")
    await admin.execute(f"create database {name} template template0")
    await admin.close()
    return urlsplit(server)._replace(path=f"/{name}").geturl()


async def dropped(server: str, *names: str) -> None:
    admin = await asyncpg.connect(server)
    for name in names:
        await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def copied(source: str, target: str, folder: Path) -> float:
    """Copy the rows of every table into the tables of another database; gives the seconds of copying in."""
    one, other = await asyncpg.connect(source), await asyncpg.connect(target)
    seconds = 0.0
    for table in TABLES:
        columns = [
            row["attname"]
            for row in await one.fetch(
                "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0"
                " and not attisdropped and attidentity = '' and attgenerated = '' order by attnum",
                table,
            )
        ]
        path = folder / table
        await one.copy_from_table(table, columns=columns, output=path, format="binary")
        started = time.monotonic()
        await other.copy_to_table(table, columns=columns, source=path, format="binary")
        seconds += time.monotonic() - started
        path.unlink()
    await one.close()
    await other.close()
    return seconds


async def copied_out(source: str, path: Path) -> float:
    conn = await asyncpg.connect(source)
    started = time.monotonic()
    query = "select convert_from(document, 'UTF8') from articles order by id"
    await conn.copy_from_query(query, output=path)
    await conn.close()
    return time.monotonic() - started


async def exported(source: str, path: Path) -> float:
    db = Database(source, 1)
    await db.open()
    started = time.monotonic()
    with path.open("wb") as out:
        asked = Export(what="articles", filters=[], format="ndjson", out=out, folder=None)
        await export(db, lambda _: None, Settings(), asked, Shown("export", None))
    seconds = time.monotonic() - started
    await db.close()
    return seconds


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--articles", type=int, default=100_000)
    given = parser.parse_args()
    number = given.articles
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "lines.ndjson", number)
        source, target = [await created(given.server, f"dateline_bulk_{n}") for n in ("a", "b")]
        for dsn in (source, target):
            dateline(dsn, "migrate")
        # What each command takes to start, on nothing.
        (folder / "none.ndjson").touch()
        idle = dateline(target, "import", str(folder / "none.ndjson"))[0]
        seconds, memory = dateline(source, "import", str(folder / "lines.ndjson"))
        raw = await copied(source, target, folder)
        rate, raw_rate = number / (seconds - idle), number / raw
        print(f"import {rate:,.0f}/s, COPY {raw_rate:,.0f}/s, ratio {rate / raw_rate:.2f}, {memory:.0f} MB")
        memory = dateline(source, "export", "-o", str(folder / "out.ndjson"))[1]
        # Inside this process, because a command takes longer to start than to export some thousands.
        seconds = await exported(source, folder / "again.ndjson")
        raw = await copied_out(source, folder / "raw")
        rate, raw_rate = number / seconds, number / raw
        print(f"export {rate:,.0f}/s, COPY {raw_rate:,.0f}/s, ratio {rate / raw_rate:.2f}, {memory:.0f} MB")
    await dropped(given.server, "dateline_bulk_a", "dateline_bulk_b")


asyncio.run(main())
