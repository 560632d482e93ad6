"""Runs PostgreSQL's postmaster as our own child: starts it, starts it again when it dies, stops it."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from api.db.embedded import leftovers
from api.db.embedded.directory import DataDirectory
from api.db.embedded.errors import DISK_FULL, EmbeddedError, disk_full, explained
from api.db.embedded.programs import clean_environment

READY_WITHIN = 120.0  # seconds: recovery after a crash replays up to max_wal_size
STOP_STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 1.0))
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
TICK = 0.2
LOG_BYTES = 8 * 1024 * 1024

_log = logging.getLogger(__name__)


@contextmanager
def supervised(place: DataDirectory, socket_folder: Path, command: Sequence[str]) -> Generator[str]:
    """Run PostgreSQL for the length of the context and yield the database's address."""
    supervisor = _Supervisor(place, socket_folder, command)
    supervisor.start()
    try:
        supervisor.ready.result()
        yield supervisor.dsn
    finally:
        supervisor.stopping.set()
        supervisor.join()


async def answers(dsn: str) -> bool:
    """Whether the database answers `select 1`; an `EmbeddedError` when it never will."""
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
        try:
            return await connection.fetchval("select 1", timeout=2) == 1
        finally:
            await connection.close(timeout=2)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError) as error:
        raise EmbeddedError(
            f"the embedded database refuses its own client ({error}): the data directory is not as it was"
            " made; put back its file `password`, or move it away and `dateline restore` a backup"
        ) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # a timeout is an OSError
        return False


class _Supervisor(threading.Thread):
    """The thread that is PostgreSQL's parent; Linux ends it together with this thread, not the process."""

    def __init__(self, place: DataDirectory, socket_folder: Path, command: Sequence[str]) -> None:
        super().__init__(name="postgres-supervisor", daemon=True)
        self.ready: Future[None] = Future()
        self.stopping = threading.Event()
        self.dsn = place.dsn(socket_folder)
        self._place = place
        self._socket_folder = socket_folder
        self._command = command

    def run(self) -> None:
        try:
            child = self._first_start()
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits
            self.ready.set_exception(error)
            return
        self.ready.set_result(None)
        try:
            while not self.stopping.wait(TICK):
                if child.poll() is not None:
                    child = self._restart(child)
                self._bound_log()
        finally:
            self._end(child)

    def _first_start(self) -> subprocess.Popen[bytes]:
        with explained(self._place.path):
            written = self._place.log.stat().st_size if self._place.log.exists() else 0
            child = self._launch()
            try:
                asyncio.run(self._wait_until_ready(child, written))
            except BaseException:
                self._end(child)
                raise
        return child

    def _launch(self) -> subprocess.Popen[bytes]:
        leftovers.clear(self._place, self._socket_folder)
        with self._place.log.open("ab") as log:  # appending: `_bound_log` may empty it under PostgreSQL
            return subprocess.Popen(  # noqa: S603 - our own program and arguments
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                cwd="/",
                start_new_session=True,  # a terminal's Ctrl-C is for us, and we stop it last
            )

    async def _wait_until_ready(self, child: subprocess.Popen[bytes], written: int) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not await answers(self.dsn):
            if child.poll() is not None:
                raise EmbeddedError(self._why(written))
            if self.stopping.is_set():
                raise EmbeddedError("PostgreSQL was stopped while it started")
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL did not answer within {READY_WITHIN:.0f} s; see {self._place.log}"
                )
            await asyncio.sleep(0.02)

    def _why(self, written: int) -> str:
        with self._place.log.open("rb") as log:
            log.seek(written)
            lines = log.read(65_536).decode(errors="replace").strip().splitlines()
        if any(DISK_FULL in line for line in lines):
            return disk_full(self._place.path)
        return f"PostgreSQL did not start: {'; '.join(lines[-3:])} (all of it is in {self._place.log})"

    def _restart(self, child: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """Start it again until it stays up for a tick, with growing pauses; clients connect again themselves."""
        pause = FIRST_PAUSE
        while child.poll() is not None:
            _log.warning("PostgreSQL ended (status %s), starting it again", child.returncode)
            if self.stopping.wait(pause):
                break
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                child = self._launch()
            except (OSError, EmbeddedError):
                _log.exception("PostgreSQL could not be started again")
            self.stopping.wait(TICK)
        return child

    def _bound_log(self) -> None:
        log = self._place.log
        if log.exists() and log.stat().st_size > LOG_BYTES:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        for number, patience in STOP_STEPS:
            child.send_signal(number)  # does nothing when it has ended
            try:
                child.wait(patience)
                break
            except subprocess.TimeoutExpired:
                _log.warning("PostgreSQL did not end within %.0f s of signal %d", patience, number)
        leftovers.end_processes(self._place.cluster)
