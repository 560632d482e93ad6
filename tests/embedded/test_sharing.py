"""Several processes and one data directory: one runs PostgreSQL, commands join it, nobody is surprised."""

import asyncio
from pathlib import Path

import pytest

from api.db import embedded
from api.db.embedded import lock
from tests.embedded.running import ask, driving, eventually, postmaster, processes


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lock, "DYING", 0.1)


async def test_a_second_start_on_one_data_directory_says_that_it_is_in_use(data_dir: Path):
    with driving("serve", data_dir) as first:
        dsn = first.dsn()
        expected = rf"in use by `dateline serve` \(process {first.process.pid}\)"
        with pytest.raises(embedded.EmbeddedError, match=expected), embedded.serve(data_dir):
            pass
        assert await ask(dsn, "select 1") == 1
        first.end()


async def test_a_second_start_in_the_same_process_is_refused_as_well(data_dir: Path):
    with (
        embedded.serve(data_dir, durable=False) as dsn,
        pytest.raises(embedded.EmbeddedError, match="in use"),
        embedded.serve(data_dir),
    ):
        pass
    with embedded.serve(data_dir, durable=False) as again:
        assert again == dsn


async def test_a_command_joins_the_one_that_serves(data_dir: Path):
    with driving("serve", data_dir) as server:
        dsn = server.dsn()
        before = postmaster(data_dir)
        with embedded.join(data_dir) as joined:
            assert joined == dsn
            assert await ask(joined, "select 1") == 1
        assert postmaster(data_dir) == before
        server.end()


async def test_a_command_waits_for_a_server_that_is_just_making_its_database(folder: Path):
    with driving("serve", folder / "data") as server:
        await eventually((folder / "data" / "holder").exists)
        with embedded.join(folder / "data") as joined:
            assert joined == server.dsn()
            assert await ask(joined, "select 1") == 1
        server.end()


async def test_a_command_alone_runs_postgresql_for_its_own_time(folder: Path):
    with embedded.join(folder / "data") as dsn:
        assert await ask(dsn, "show fsync") == "on"
    assert processes(folder / "data") == []


async def test_a_command_that_began_ends_after_the_one_that_joined_it(data_dir: Path):
    with driving("join", data_dir) as first:
        first.dsn()
        with embedded.join(data_dir) as joined:
            first.process.stdin.close()
            await asyncio.sleep(0.3)
            assert first.process.poll() is None
            assert await ask(joined, "select 1") == 1
        first.end()
    assert processes(data_dir) == []


async def test_many_commands_at_once_all_get_an_answer(data_dir: Path):
    def one() -> object:
        with embedded.join(data_dir) as dsn:
            return asyncio.run(ask(dsn, "select 1"))

    assert await asyncio.gather(*(asyncio.to_thread(one) for _ in range(6))) == [1] * 6
    assert processes(data_dir) == []


async def test_a_server_takes_over_when_a_command_ends(data_dir: Path):
    with driving("join", data_dir) as command:
        command.dsn()
        with driving("serve", data_dir) as server:
            await asyncio.sleep(0.5)
            command.end()
            assert await ask(server.dsn(), "select 1") == 1
            server.end()


async def test_a_server_gives_up_on_a_long_command_and_names_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(embedded, "SERVE_WAITS", 0.3)
    with driving("join", data_dir) as command:
        command.dsn()
        expected = rf"in use by a dateline command \(process {command.process.pid}\)"
        with pytest.raises(embedded.EmbeddedError, match=expected), embedded.serve(data_dir):
            pass
        command.end()


async def test_a_forked_child_that_outlives_the_server_holds_nothing(data_dir: Path):
    with driving("serve", data_dir, "--fork") as server:
        assert server.said()["child"] != -1
        server.kill()
        with embedded.serve(data_dir, durable=False) as dsn:  # the child ends with its input, later
            assert await ask(dsn, "select 1") == 1
