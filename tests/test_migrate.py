"""The migrations runner, on databases of its own."""

import asyncio

import asyncpg
import pytest
from asyncpg.types import ServerVersion

from api.db import migrate as runner
from api.db.migrate import MigrationError, migrate, own_migrations, refuse_old_server, schema_state

FIRST = "create table birds (id integer constraint birds_pkey primary key);"
SECOND = "alter table birds add column song text;"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "0001_birds.sql").write_text(FIRST)
    (tmp_path / "0002_songs.sql").write_text(SECOND)
    return tmp_path


@pytest.fixture
async def conn(empty_database):
    conn = await asyncpg.connect(empty_database)
    yield conn
    await conn.close()


async def test_each_file_is_applied_once_in_order(empty_database, folder, conn):
    assert await migrate(empty_database, folder) == ["0001_birds.sql", "0002_songs.sql"]
    assert await migrate(empty_database, folder) == []
    rows = await conn.fetch("select name, length(checksum) as length from dateline_migrations order by name")
    assert [tuple(row) for row in rows] == [("0001_birds.sql", 64), ("0002_songs.sql", 64)]
    assert await conn.fetch("select id, song from birds") == []


async def test_only_what_is_new_is_applied(empty_database, folder):
    await migrate(empty_database, folder)
    (folder / "0003_nests.sql").write_text("create table nests (bird integer);")
    assert await migrate(empty_database, folder) == ["0003_nests.sql"]


async def test_the_migrations_of_this_version_apply_and_are_then_current(empty_database, conn):
    assert (await schema_state(conn)).condition == "empty"
    assert await migrate(empty_database) == [migration.name for migration in own_migrations()]
    assert (await schema_state(conn)).condition == "current"


async def test_a_failing_file_leaves_nothing_and_names_itself(empty_database, folder, conn):
    (folder / "0003_nests.sql").write_text("create table nests (bird integer); select 1 / 0;")
    with pytest.raises(MigrationError, match=r"0003_nests\.sql: division by zero"):
        await migrate(empty_database, folder)
    assert await conn.fetchval("select to_regclass('nests')") is None
    assert (await schema_state(conn, runner.read_migrations(folder))).condition == "behind"


async def test_an_edited_file_is_refused(empty_database, folder, conn):
    await migrate(empty_database, folder)
    (folder / "0001_birds.sql").write_text(FIRST + " -- and bats")
    with pytest.raises(MigrationError, match=r"0001_birds\.sql was edited after it was applied"):
        await migrate(empty_database, folder)
    assert (await schema_state(conn, runner.read_migrations(folder))).condition == "changed"


async def test_an_applied_file_that_is_missing_is_refused(empty_database, folder):
    await migrate(empty_database, folder)
    (folder / "0001_birds.sql").rename(folder / "0001_fowl.sql")
    with pytest.raises(MigrationError, match=r"0001_birds\.sql was applied, but its file is missing"):
        await migrate(empty_database, folder)


async def test_a_database_of_a_newer_version_is_refused(empty_database, folder, conn):
    await migrate(empty_database, folder)
    (folder / "0002_songs.sql").unlink()
    assert (await schema_state(conn, runner.read_migrations(folder))).condition == "ahead"
    with pytest.raises(MigrationError, match=r"newer Dateline made this database \(0002_songs\.sql\)"):
        await migrate(empty_database, folder)


async def test_a_database_with_other_tables_is_refused(empty_database, folder, conn):
    await conn.execute("create table invoices (id integer)")
    assert (await schema_state(conn)).condition == "foreign"
    with pytest.raises(MigrationError, match="other tables than Dateline's"):
        await migrate(empty_database, folder)


async def test_a_schema_that_lags_names_what_it_lacks(empty_database, folder, conn):
    await migrate(empty_database, folder)
    (folder / "0003_nests.sql").write_text("create table nests (bird integer);")
    state = await schema_state(conn, runner.read_migrations(folder))
    assert state.condition == "behind"
    assert state.detail == "the schema lacks 0003_nests.sql; run: dateline migrate"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0004_gap.sql", r"0004_gap\.sql: the number 0003 is due"),
        ("0002_wings.sql", r"0002_wings\.sql: the number 0003 is due"),
        ("3_short.sql", r"3_short\.sql is not named like"),
        ("0003_Nests.sql", r"0003_Nests\.sql is not named like"),
    ],
)
def test_a_gap_a_double_and_a_wrong_name_are_refused(folder, name, message):
    (folder / name).write_text("select 1;")
    with pytest.raises(MigrationError, match=message):
        runner.read_migrations(folder)


def test_a_folder_without_migrations_is_refused(tmp_path):
    with pytest.raises(MigrationError, match="no migrations"):
        runner.read_migrations(tmp_path)


async def test_a_file_may_ask_to_run_outside_a_transaction(empty_database, folder, conn):
    (folder / "0003_song_index.sql").write_text(
        "-- no transaction\ndrop index concurrently if exists birds_song_idx;\n"
        "create index concurrently birds_song_idx on birds (song);\n-- done\n"
    )
    await migrate(empty_database, folder)
    assert await conn.fetchval(
        "select indisvalid from pg_index where indexrelid = 'birds_song_idx'::regclass"
    )


async def test_two_runners_at_once_apply_each_file_once(empty_database, folder):
    (folder / "0003_song_index.sql").write_text(
        "-- no transaction\ncreate index concurrently birds_song_idx on birds (song);\n"
    )
    answers = await asyncio.gather(*(migrate(empty_database, folder) for _ in range(4)))
    assert sorted(map(len, answers)) == [0, 0, 0, 3]


async def test_a_runner_that_waits_too_long_for_another_says_so(empty_database, folder, conn, monkeypatch):
    monkeypatch.setattr(runner, "LOCK_PATIENCE", 0.2)
    await conn.execute("select pg_advisory_lock($1)", runner.LOCK)
    with pytest.raises(MigrationError, match="another migration of this database is running"):
        await migrate(empty_database, folder)


async def test_a_migration_gives_up_waiting_for_a_lock(empty_database, folder, conn, monkeypatch):
    (folder / "0002_songs.sql").rename(folder.parent / "later.sql")
    await migrate(empty_database, folder)
    (folder.parent / "later.sql").rename(folder / "0002_songs.sql")
    monkeypatch.setitem(runner.SESSION, "lock_timeout", "100ms")
    async with conn.transaction():
        await conn.execute("select from birds")
        with pytest.raises(MigrationError, match=r"0002_songs\.sql: waited .* for a lock"):
            await migrate(empty_database, folder)
    assert await migrate(empty_database, folder) == ["0002_songs.sql"]


def test_a_server_that_is_too_old_is_refused():
    refuse_old_server(ServerVersion(15, 0, 0, "final", 0))
    with pytest.raises(MigrationError, match=r"needs PostgreSQL 15 or newer; this is 14\.11"):
        refuse_old_server(ServerVersion(14, 11, 0, "final", 0))
