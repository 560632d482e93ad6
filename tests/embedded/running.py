"""What the tests of the embedded PostgreSQL do with running ones: ask, look for processes, drive another."""

import asyncio
import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import asyncpg
import psutil
import pytest

from api.db import embedded
from api.db.embedded import leftovers

WRITE = "drop table if exists note; create table note (text text); insert into note values ('kept'); select 1"
READ = "select text from note"
ROOT = Path(__file__).parents[2]


async def ask(dsn: str, sql: str) -> object:
    """Run statements on a connection of their own and return the last one's first value."""
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        *before, last = sql.split(";")
        for statement in before:
            await connection.execute(statement)
        return await connection.fetchval(last)
    finally:
        await connection.close()


async def ask_patiently(dsn: str, sql: str, within: float = 15) -> object:
    """Ask again and again while PostgreSQL is away."""
    deadline = time.monotonic() + within
    while True:
        try:
            return await ask(dsn, sql)
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def eventually(condition: Callable[[], object], within: float = 10) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def run(program: str, dsn: str, *arguments: str | Path) -> str:
    """Run one of the wheel's client programs on the database and return what it prints."""
    command = [embedded.binary(program), f"--dbname={dsn}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def groups(process: psutil.Process) -> list[str]:
    """The process's supplementary groups."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(line for line in lines if line.startswith("Groups:")).split()[1:]


def processes(data_dir: Path) -> list[psutil.Process]:
    return list(leftovers.processes_in(data_dir.resolve() / "postgres"))


def kill(victims: Iterable[psutil.Process]) -> None:
    for process in victims:
        with suppress(psutil.NoSuchProcess):  # one's death may end another faster
            process.kill()


def postmaster(data_dir: Path) -> psutil.Process:
    """The one process that no other of them started."""
    found = processes(data_dir)
    pids = {process.pid for process in found}
    (one,) = (process for process in found if process.ppid() not in pids)
    return one


ENVIRONMENT = {
    **os.environ,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": sysconfig.get_path("purelib"),  # for a Python outside of the virtual environment
}


@cache
def runnable_python(user: str | None) -> str:
    """A Python that the user can run: ours may lie below a folder that only root can enter."""
    if user is None:
        return sys.executable
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        command = [program or "", "-c", "import asyncpg, msgspec, psutil"]
        with suppress(OSError):
            if subprocess.run(command, user=user, env=ENVIRONMENT, cwd=ROOT, check=False).returncode == 0:
                return command[0]
    pytest.skip(f"the user {user} cannot run Python here")


class Driver:
    """Another process that runs the embedded PostgreSQL; see `driver.py`."""

    def __init__(self, *arguments: str | Path, user: str | None = None) -> None:
        self.process = subprocess.Popen(
            [runnable_python(user), "-m", "tests.embedded.driver", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            user=user,
            group=user and pwd.getpwnam(user).pw_gid,
            extra_groups=[] if user else None,
            env=ENVIRONMENT,
        )

    def said(self) -> dict[str, object]:
        return json.loads(self.process.stdout.readline())

    def dsn(self) -> str:
        said = self.said()
        assert "dsn" in said, said
        return str(said["dsn"])

    def end(self) -> None:
        """Let it leave its context, and wait for that."""
        self.process.stdin.close()
        assert self.process.wait(15) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(5)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.stdout.close()


@contextmanager
def driving(*arguments: str | Path, user: str | None = None) -> Iterator[Driver]:
    driver = Driver(*arguments, user=user)
    try:
        yield driver
    finally:
        driver.close()
