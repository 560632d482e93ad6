"""Killed processes and what they leave behind: no acknowledged row is lost, and the next start is quick."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from api.db import embedded
from api.db.embedded import leftovers
from api.db.embedded import postmaster as postmaster_module
from api.db.embedded.account import account_of
from api.db.embedded.programs import server_programs
from tests.embedded.running import (
    READ,
    WRITE,
    ask,
    ask_patiently,
    driving,
    eventually,
    kill,
    postmaster,
    processes,
)


async def read_after_a_new_start(data_dir: Path) -> object:
    begun = time.monotonic()
    with embedded.serve(data_dir, durable=False) as dsn:
        assert time.monotonic() - begun < 8
        return await ask(dsn, READ)


async def test_a_killed_supervisor_loses_nothing(data_dir: Path):
    with driving("serve", data_dir, "--durable") as driver:
        await ask(driver.dsn(), WRITE)
        driver.kill()
        assert await read_after_a_new_start(data_dir) == "kept"


async def test_postgresql_ends_with_its_killed_supervisor(data_dir: Path):
    with driving("serve", data_dir) as driver:
        driver.dsn()
        driver.kill()
        await eventually(lambda: not processes(data_dir))


async def test_a_killed_postmaster_is_started_again_at_the_same_address(data_dir: Path):
    with embedded.serve(data_dir) as dsn:
        await ask(dsn, WRITE)
        for _ in range(2):
            postmaster(data_dir).kill()
            assert await ask_patiently(dsn, READ) == "kept"


async def test_a_postmaster_killed_with_all_its_children_is_started_again(data_dir: Path):
    with embedded.serve(data_dir) as dsn:
        await ask(dsn, WRITE)
        kill(processes(data_dir))
        assert await ask_patiently(dsn, READ) == "kept"


async def test_a_killed_backend_costs_its_connection_only(data_dir: Path):
    with embedded.serve(data_dir) as dsn:
        await ask(dsn, WRITE)
        before = postmaster(data_dir)
        connection = await asyncpg.connect(dsn)
        os.kill(await connection.fetchval("select pg_backend_pid()"), signal.SIGKILL)
        assert await ask_patiently(dsn, READ) == "kept"
        assert postmaster(data_dir) == before
        connection.terminate()


async def test_supervisor_and_postgresql_killed_together_lose_nothing(data_dir: Path):
    with driving("serve", data_dir, "--durable") as driver:
        await ask(driver.dsn(), WRITE)
        kill([psutil.Process(driver.process.pid), *processes(data_dir)])
        assert await read_after_a_new_start(data_dir) == "kept"


async def test_a_killed_command_leaves_the_directory_to_the_next(data_dir: Path):
    with driving("join", data_dir) as driver:
        await ask(driver.dsn(), WRITE)
        driver.kill()
        with embedded.join(data_dir) as dsn:
            assert await ask(dsn, READ) == "kept"


@contextmanager
def orphan(data_dir: Path) -> Iterator[str]:
    """A PostgreSQL with no supervisor and no death signal, as one is left on systems that have none."""
    account = account_of(data_dir / "postgres")
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.other else {}
    program = server_programs(account, 18) / "postgres"
    sockets = data_dir / "run"
    arguments = [
        program,
        "-D",
        data_dir / "postgres",
        f"--unix_socket_directories={sockets}",
        "--listen_addresses=",
    ]
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True, **user)
    try:
        yield f"postgresql://dateline:{(data_dir / 'password').read_text()}@/dateline?host={sockets}"
    finally:
        process.kill()
        process.wait(5)


async def test_an_orphaned_postgresql_with_a_busy_session_is_stopped_and_loses_nothing(data_dir: Path):
    with orphan(data_dir) as dsn:
        await ask_patiently(dsn, WRITE)
        busy = await asyncpg.connect(dsn)
        await busy.execute("begin; lock table note")
        assert await read_after_a_new_start(data_dir) == "kept"
        busy.terminate()


def hurried(steps: Iterable[tuple[signal.Signals, float]]) -> list[tuple[signal.Signals, float]]:
    return [(number, patience / 10) for number, patience in steps]


async def test_a_backend_that_outlives_its_postmaster_is_ended_before_a_new_start(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leftovers, "STEPS", hurried(leftovers.STEPS))
    with orphan(data_dir) as dsn:
        await ask_patiently(dsn, WRITE)
        connection = await asyncpg.connect(dsn)
        backend = await connection.fetchval("select pg_backend_pid()")
        os.kill(backend, signal.SIGSTOP)  # it cannot notice that its postmaster is gone
        postmaster(data_dir).kill()
        assert await read_after_a_new_start(data_dir) == "kept"
        connection.terminate()


@contextmanager
def another_program(data_dir: Path, name: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the database's own user: for PostgreSQL alone its PID would be a living postmaster's."""
    account = account_of(data_dir / "postgres")
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.other else {}
    program = folder / name
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "60"], cwd="/", **user)
    try:
        yield process
        assert process.poll() is None, "it was signalled"
    finally:
        process.kill()
        process.wait(5)


@pytest.mark.parametrize("name", ["innocent", "postgres"])
@pytest.mark.parametrize("lines", ["{pid}\n{data}\n1700000000\n5432\n{run}\n\n  1  1\nready   \n", "{pid}"])
async def test_a_pid_file_with_another_programs_pid_does_it_no_harm(
    data_dir: Path, folder: Path, name: str, lines: str
):
    with another_program(data_dir, name, folder) as process:
        text = lines.format(pid=process.pid, data=data_dir / "postgres", run=data_dir / "run")
        (data_dir / "postgres" / "postmaster.pid").write_text(text)
        (data_dir / "run").mkdir(exist_ok=True)
        (data_dir / "run" / ".s.PGSQL.5432.lock").write_text(text)
        with embedded.serve(data_dir, durable=False) as dsn:
            assert await ask(dsn, "select 1") == 1
            assert process.poll() is None


@pytest.mark.parametrize(
    "text", ["", "12", "4194303\n/somewhere", "not a number\n", "\0" * 40, "-1\n", "1\n"]
)
async def test_a_pid_file_that_is_stale_or_half_written_is_no_obstacle(data_dir: Path, text: str):
    (data_dir / "postgres" / "postmaster.pid").write_text(text)
    with embedded.serve(data_dir, durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1


async def test_a_hanging_postgresql_is_ended_by_force(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    assert sum(patience for _, patience in postmaster_module.STOP_STEPS) < 8
    monkeypatch.setattr(postmaster_module, "STOP_STEPS", hurried(postmaster_module.STOP_STEPS))
    monkeypatch.setattr(leftovers, "STEPS", hurried(leftovers.STEPS))
    with embedded.serve(data_dir, durable=False):
        for process in processes(data_dir):
            process.suspend()
    assert processes(data_dir) == []


async def test_a_start_that_fails_says_what_postgresql_said(new_data_dir: Path):
    (new_data_dir / "postgres" / "global" / "pg_control").unlink()
    with (
        pytest.raises(embedded.EmbeddedError, match=r"pg_control.*postgres\.log"),
        embedded.serve(new_data_dir),
    ):
        pass
    assert processes(new_data_dir) == []


async def test_a_postgresql_that_cannot_start_is_tried_again_ever_later_until_it_can(
    new_data_dir: Path, caplog: pytest.LogCaptureFixture
):
    needed = new_data_dir / "postgres" / "global" / "pg_control"
    with embedded.serve(new_data_dir) as dsn:
        await ask(dsn, WRITE)
        needed.rename(new_data_dir / "kept_elsewhere")
        postmaster(new_data_dir).kill()
        await eventually(lambda: len(caplog.messages) >= 3)
        (new_data_dir / "kept_elsewhere").rename(needed)
        assert await ask_patiently(dsn, READ) == "kept"
    assert [message.split()[-2] for message in caplog.messages][:3] == ["0.2", "0.4", "0.8"]
