"""PostgreSQL's postmaster as our own child process: its start, its readiness, why it failed, its end."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

import asyncpg

from api.db.embedded import leftovers
from api.db.embedded.directory import DataDirectory
from api.db.embedded.errors import EmbeddedError, disk_full, explained, tells_of_a_full_disk
from api.db.embedded.programs import clean_environment

READY_WITHIN = 120.0  # seconds: recovery after a crash replays up to max_wal_size
STOP_STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 0.5))
LOG_BYTES = 8 * 1024 * 1024
# a timeout is an OSError; the last is what asyncpg says of a connection that breaks at the wrong moment
NO_ANSWER = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_log = logging.getLogger(__name__)


class Postmaster:
    """At most one process at a time; it is a child of ours, so its PID cannot become another's unseen."""

    def __init__(self, place: DataDirectory, socket_folder: Path, command: Sequence[str]) -> None:
        self.dsn = place.dsn(socket_folder)
        self._place = place
        self._socket_folder = socket_folder
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._logged = 0

    def start(self) -> None:
        """Start the process, in a place cleared of what earlier ones left."""
        with explained(self._place.path):
            leftovers.clear(self._place, self._socket_folder)
            # appending, so that `bound_log` can empty the file under PostgreSQL
            log = os.open(self._place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._logged = os.fstat(log).st_size
                self._child = self._popen(log)
            finally:
                os.close(log)

    def _popen(self, log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program and arguments
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=clean_environment(),
            cwd="/",
            start_new_session=True,  # a terminal's Ctrl-C is for us, and we stop PostgreSQL last
        )

    def ended(self) -> bool:
        """Whether the process is not there (any more)."""
        return self._child is None or self._child.poll() is not None

    async def wait_until_ready(self, stopping: Event) -> None:
        """Return when the database answers; `EmbeddedError` when the process ends first or shall stop."""
        deadline = time.monotonic() + READY_WITHIN
        pause = 0.02
        while not await answers(self.dsn):
            if self.ended():
                raise EmbeddedError(self._why())
            if stopping.is_set():
                raise EmbeddedError("PostgreSQL was stopped while it started")
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL did not answer within {READY_WITHIN:.0f} s: see {self._place.log}"
                )
            await asyncio.sleep(pause)
            pause = min(1.2 * pause, 0.5)

    def _why(self) -> str:
        with explained(self._place.path), self._place.log.open("rb") as log:
            log.seek(self._logged)
            output = log.read(65_536).decode(errors="replace").strip()
        if tells_of_a_full_disk(output):
            return disk_full(self._place.path)
        last = "; ".join(output.splitlines()[-3:])
        return f"PostgreSQL did not start: {last} (all of it is in {self._place.log})"

    def bound_log(self) -> None:
        """Empty the log when it is long, after a copy if the disk has room for one."""
        log = self._place.log
        with suppress(OSError):
            if log.stat().st_size > LOG_BYTES:
                with suppress(OSError):
                    shutil.copyfile(log, log.with_suffix(".log.1"))
                os.truncate(log, 0)

    def stop(self) -> None:
        """End the process within eight seconds: fast shutdown, then at once, then by force."""
        child, self._child = self._child, None
        if child:
            _end(child)
        leftovers.end_processes(self._place.cluster)


def _end(child: subprocess.Popen[bytes]) -> None:
    for number, patience in STOP_STEPS:
        child.send_signal(number)  # does nothing when it has ended
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            _log.warning("PostgreSQL did not end within %s s of signal %d", patience, number)
        else:
            return


async def answers(dsn: str) -> bool:
    """Whether the database answers `select 1`; an `EmbeddedError` when it never will."""
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
        try:
            return await connection.fetchval("select 1", timeout=2) == 1
        finally:
            await connection.close(timeout=2)
    except asyncpg.InvalidPasswordError:
        raise EmbeddedError(
            "the embedded PostgreSQL refuses the password that the data directory holds:"
            " remove its file `password` and start again, which makes a new one"
        ) from None
    except asyncpg.InvalidCatalogNameError:
        raise EmbeddedError(
            "the embedded PostgreSQL has lost the database `dateline`: move the data directory away,"
            " and `dateline restore` a backup into a new one"
        ) from None
    except NO_ANSWER:
        return False
