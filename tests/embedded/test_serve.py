"""Starting, stopping and what is made: the embedded PostgreSQL when nothing goes wrong."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from api.db import embedded
from api.db.embedded import postmaster
from api.settings import Settings
from tests.embedded.running import READ, WRITE, ask, eventually, processes, run


async def test_a_second_start_finds_the_data_of_the_first(folder: Path):
    with embedded.serve(folder / "data", durable=False) as dsn:
        await ask(dsn, WRITE)
    with embedded.serve(folder / "data", durable=False) as dsn:
        assert await ask(dsn, READ) == "kept"


async def test_leaving_the_context_leaves_no_process_and_no_socket(data_dir: Path):
    with embedded.serve(data_dir, durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1
        assert processes(data_dir)
    assert processes(data_dir) == []
    assert list((data_dir / "run").iterdir()) == []


def test_a_terminals_interrupt_does_not_reach_postgresql(data_dir: Path):
    with embedded.serve(data_dir, durable=False):
        assert {os.getsid(process.pid) for process in processes(data_dir)} & {os.getsid(0)} == set()


async def test_an_error_in_the_context_stops_postgresql_too(data_dir: Path):
    with pytest.raises(ZeroDivisionError), embedded.serve(data_dir, durable=False):
        raise ZeroDivisionError
    assert processes(data_dir) == []


AS_DECIDED = {
    "select current_database() || ' ' || current_user": "dateline dateline",
    "select rolsuper from pg_roles where rolname = current_user": False,
    "select rolcreatedb from pg_roles where rolname = current_user": True,
    "select datlocprovider::text || datlocale from pg_database where datname = 'dateline'": "bC.UTF-8",
    "show server_encoding": "UTF8",
    "show data_checksums": "on",
    "show listen_addresses": "",
    "show timezone": "UTC",
    "show fsync": "on",
    "show synchronous_commit": "on",
    "show full_page_writes": "on",
    "show wal_level": "replica",
    "show max_connections": "100",
}


async def test_the_database_is_made_and_set_as_decided(data_dir: Path):
    with embedded.serve(data_dir) as dsn:
        assert {sql: await ask(dsn, sql) for sql in AS_DECIDED} == AS_DECIDED


async def test_the_socket_asks_for_the_password(data_dir: Path):
    with embedded.serve(data_dir, durable=False) as dsn:
        password = urlsplit(dsn).password or ""
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(dsn.replace(password, "guessed"), "select 1")


def test_password_log_database_and_socket_are_closed_to_others(data_dir: Path):
    with embedded.serve(data_dir, durable=False):
        open_to_others = {path.name for path in data_dir.iterdir() if path.stat().st_mode & 0o077}
    assert open_to_others == set()


async def test_postgresql_16_runs_as_well(folder: Path):
    with embedded.serve(folder / "data", major=16, durable=False) as dsn:
        assert str(await ask(dsn, "show server_version")).startswith("16.")
        assert await ask(dsn, "show data_checksums") == "on"


async def test_postgresql_variables_of_the_caller_lead_nowhere(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, value in {
        "PGPORT": "1",
        "PGDATA": "/nowhere",
        "PGHOST": "192.0.2.1",
        "PGSSLMODE": "require",
    }.items():
        monkeypatch.setenv(name, value)
    with embedded.serve(data_dir, durable=False) as dsn:
        assert await ask(dsn, "select 7") == 7


async def test_a_dump_restores_with_the_wheels_programs(data_dir: Path, folder: Path):
    with embedded.serve(data_dir, durable=False) as dsn:
        await ask(dsn, WRITE)
        await ask(dsn, "create database other; select 1")
        run("pg_dump", dsn, "-Fc", "-f", folder / "dump")
        other = dsn.replace("@/dateline", "@/other")
        run("pg_restore", other, folder / "dump")
        assert await ask(other, READ) == "kept"
        await ask(dsn, "drop database other; select 1")


async def test_a_long_log_is_emptied_while_postgresql_writes_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postmaster, "LOG_BYTES", 3_000)
    log = data_dir / "postgres.log"
    with embedded.serve(data_dir, durable=False) as dsn:
        for number in range(40):
            with pytest.raises(asyncpg.UndefinedColumnError):
                await ask(dsn, f"select long_enough_to_fill_the_log_{number}")
        await eventually((data_dir / "postgres.log.1").exists)
        await eventually(lambda: log.stat().st_size < 3_000)
        with pytest.raises(asyncpg.UndefinedColumnError):
            await ask(dsn, "select after_that")
        assert b"after_that" in log.read_bytes()
        assert b"\0" not in log.read_bytes()


def test_the_data_directory_is_the_setting_else_the_users(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ana/data")
    assert embedded.data_directory(Settings(data_dir=Path("/srv/news"))) == Path("/srv/news")
    assert embedded.data_directory(Settings()) == Path("/home/ana/data/dateline")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert embedded.data_directory(Settings()) == Path("/var/lib/dateline")
