"""Migrations: numbered plain SQL files, forward only, each applied once and held to its checksum."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

import asyncpg

from api.db.pool import Conn

OLDEST_SERVER = 15
LOCK = 7_236_841_905  # names the advisory lock; any number that nothing else in the database uses
LOCK_PATIENCE = 60.0  # seconds to wait for another runner
NO_TRANSACTION = "-- no transaction"
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

SESSION = {
    "application_name": "dateline migrate",
    "client_min_messages": "warning",
    # A migration that waits for a lock queues everybody else behind itself: it gives up instead.
    "lock_timeout": "5s",
    "statement_timeout": "0",
    "timezone": "UTC",
}


class MigrationError(Exception):
    """The migrations cannot be applied, or do not fit the database; the message says what to do."""


class Migration(NamedTuple):
    """One file: its name, its SQL, and the SHA-256 of its bytes in hexadecimal."""

    name: str
    sql: str
    checksum: str


class SchemaState(NamedTuple):
    """How a database stands to the migrations of this version, with a sentence for people."""

    condition: Literal["current", "empty", "behind", "ahead", "foreign", "changed"]
    detail: str
    pending: Sequence[Migration] = ()


def shipped(folder: str) -> Path:
    """Find a folder that is shipped beside the code: inside an installed package, or in the checkout."""
    package = Path(__file__).parents[1]
    installed = package / folder
    return installed if installed.is_dir() else package.parent / folder


def read_migrations(folder: Path) -> list[Migration]:
    """Read the `.sql` files of `folder` in order; a wrong name, a gap or a number used twice is an error."""
    migrations: list[Migration] = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name} is not named like 0001_lower_case.sql")
        if int(match[1]) != number:
            raise MigrationError(f"{path.name}: the number {number:04} is due, without gap or double")
        content = path.read_bytes()
        migrations.append(Migration(path.name, content.decode(), sha256(content).hexdigest()))
    if not migrations:
        raise MigrationError(f"there are no migrations in {folder}")
    return migrations


@cache
def own_migrations() -> tuple[Migration, ...]:
    """Read the migrations of this version, once."""
    return tuple(read_migrations(shipped("migrations")))


def compare(applied: Sequence[tuple[str, str]], own: Sequence[Migration]) -> SchemaState:
    """Hold what the ledger says, as (name, checksum) in order, against the files."""
    for (name, checksum), migration in zip(applied, own, strict=False):
        if name != migration.name:
            detail = f"{name} was applied, but its file is missing; {migration.name} stands in its place"
            return SchemaState("changed", detail)
        if checksum != migration.checksum:
            return SchemaState(
                "changed", f"{name} was edited after it was applied; restore it and add a new one"
            )
    if len(applied) > len(own):
        return SchemaState(
            "ahead", f"a newer Dateline made this database ({applied[-1][0]}); update this one"
        )
    pending = own[len(applied) :]
    if not pending:
        return SchemaState("current", "the schema is up to date")
    names = ", ".join(migration.name for migration in pending)
    return SchemaState("behind", f"the schema lacks {names}; run: dateline migrate", pending)


async def schema_state(conn: Conn, own: Sequence[Migration] | None = None) -> SchemaState:
    """Tell how the database of `conn` stands to `own`, by default this version's migrations."""
    own = own_migrations() if own is None else own
    if await conn.fetchval("select to_regclass('dateline_migrations') is null"):
        if await _has_tables(conn):
            return SchemaState(
                "foreign", "the database holds other tables than Dateline's; name an empty one"
            )
        return SchemaState("empty", "the database is empty; run: dateline migrate", own)
    rows = await conn.fetch("select name, checksum from dateline_migrations order by name")
    return compare([(row["name"], row["checksum"]) for row in rows], own)


async def require_schema(dsn: str, *, make: bool) -> None:
    """Refuse a database whose schema is not this version's; with `make`, an empty database gets it."""
    conn = await asyncpg.connect(dsn, timeout=10, statement_cache_size=0)  # a pooler may be in between
    try:
        state = await schema_state(conn)
    finally:
        await conn.close(timeout=5)
    if make and state.condition == "empty":
        await migrate(dsn)
    elif state.condition != "current":
        raise MigrationError(state.detail)


async def _has_tables(conn: Conn) -> bool:
    """Tell whether the schema holds tables that no extension brought."""
    return await conn.fetchval(
        """
        select exists (
            select from pg_class
            where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')
                and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
        )
        """
    )


async def migrate(dsn: str, folder: Path | None = None) -> list[str]:
    """Apply what is pending in `folder`, by default this version's; answers the names of what was applied."""
    own = own_migrations() if folder is None else read_migrations(folder)
    conn = await asyncpg.connect(dsn, timeout=10, server_settings=SESSION)
    try:
        refuse_old_server(conn.get_server_version())
        async with _alone(conn):
            state = await schema_state(conn, own)
            if state.condition in ("ahead", "foreign", "changed"):
                raise MigrationError(state.detail)
            if state.condition == "empty":
                await _create_ledger(conn)
            for migration in state.pending:
                await _apply(conn, migration)
            return [migration.name for migration in state.pending]
    finally:
        await conn.close(timeout=5)


def refuse_old_server(version: asyncpg.types.ServerVersion) -> None:
    """Refuse a server that lacks what the SQL uses."""
    if version.major < OLDEST_SERVER:
        raise MigrationError(
            f"Dateline needs PostgreSQL {OLDEST_SERVER} or newer; this is {version.major}.{version.minor}"
        )


@asynccontextmanager
async def _alone(conn: Conn) -> AsyncGenerator[None]:
    """Hold the advisory lock that keeps two runners apart.

    It is polled for: a session that waits for it inside a statement would hold a snapshot, and `create index
    concurrently` waits for every snapshot, so the two would deadlock.
    """
    try:
        async with asyncio.timeout(LOCK_PATIENCE):
            while not await conn.fetchval("select pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise MigrationError("another migration of this database is running; try again later") from None
    try:
        yield
    finally:
        if not conn.is_closed():
            await conn.execute("select pg_advisory_unlock($1)", LOCK)


async def _create_ledger(conn: Conn) -> None:
    await conn.execute(
        """
        create table dateline_migrations (
            name text collate "C" not null,
            checksum text collate "C" not null,
            applied_at timestamptz not null default clock_timestamp(),
            constraint dateline_migrations_pkey primary key (name)
        )
        """
    )


async def _apply(conn: Conn, migration: Migration) -> None:
    """Run one migration and record it; without its own transaction when its first line asks for that."""
    try:
        if migration.sql.startswith(NO_TRANSACTION):
            await _apply_by_statement(conn, migration)
        else:
            async with conn.transaction():
                await conn.execute(migration.sql)
                await _record(conn, migration)
    except asyncpg.LockNotAvailableError:
        detail = "waited five seconds for a lock; run it again when the other transaction is over"
        raise MigrationError(f"{migration.name}: {detail}") from None
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}") from error


async def _apply_by_statement(conn: Conn, migration: Migration) -> None:
    """Run each statement by itself; one ends where a line ends with a semicolon.

    Several statements sent at once are a transaction, which `create index concurrently` refuses. It waits for
    other transactions by design and blocks nobody meanwhile, so it may wait for as long as it takes.
    """
    await conn.execute("set lock_timeout = 0")
    for statement in re.split(r";[ \t]*$", migration.sql, flags=re.MULTILINE):
        if re.sub(r"^\s*--.*", "", statement, flags=re.MULTILINE).strip():
            await conn.execute(statement)
    await conn.execute("set lock_timeout = '5s'")
    await _record(conn, migration)


async def _record(conn: Conn, migration: Migration) -> None:
    await conn.execute(
        "insert into dateline_migrations (name, checksum) values ($1, $2)", migration.name, migration.checksum
    )
