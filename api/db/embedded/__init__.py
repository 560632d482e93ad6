"""The embedded PostgreSQL: run by this process (`serve`), or by whoever needs it for a moment (`join`).

Everything is synchronous and may be called from any thread; supervision runs in a thread of its own.
A process that forks while it runs must not leave the context in the child.
"""

import asyncio
import os
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from api.db.embedded import cluster
from api.db.embedded.account import account_of
from api.db.embedded.directory import DataDirectory, prepared
from api.db.embedded.errors import EmbeddedError, explained
from api.db.embedded.lock import Hold, InUseError, guest, held, holder_of, no_guests
from api.db.embedded.postmaster import READY_WITHIN, Postmaster, answers
from api.db.embedded.programs import binary, server_programs
from api.db.embedded.supervisor import supervised
from api.settings import Settings

__all__ = ["EmbeddedError", "binary", "data_directory", "join", "serve"]

SERVE_WAITS = 10.0  # seconds


def data_directory(settings: Settings) -> Path:
    """Return the data directory: as set, else for root /var/lib/dateline, else the user's data directory."""
    if settings.data_dir is not None:
        return settings.data_dir
    if os.geteuid() == 0:
        return Path("/var/lib/dateline")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "dateline"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "dateline"


@contextmanager
def serve(data_dir: Path, *, major: int = 18, durable: bool = True) -> Generator[str]:
    """Run PostgreSQL on `data_dir` for the length of the context and yield its address.

    The database is made on first use. Another `serve` on the directory is an `EmbeddedError` within a second;
    a command that runs PostgreSQL there is given ten seconds to end. `durable=False` is for tests: a crash
    of the machine may then lose everything.
    """
    place = prepared(data_dir)
    with held(place, "serve", SERVE_WAITS) as hold, _running(place, hold, major, durable=durable) as dsn:
        yield dsn


@contextmanager
def join(data_dir: Path) -> Generator[str]:
    """Yield the address of the PostgreSQL that runs on `data_dir`, or run it for the length of the context.

    Waits for one that is just starting up. A command that runs it for itself ends last: on leaving it waits
    for the commands that joined it. A `serve` does not wait for its guests.
    """
    place = prepared(data_dir)
    deadline = time.monotonic() + READY_WITHIN
    while True:
        with ExitStack() as stack:
            try:
                hold = stack.enter_context(held(place, "command"))
            except InUseError:
                dsn = _visit(place, stack)
            else:
                dsn = stack.enter_context(_hosting(place, hold))
            if dsn:
                yield dsn
                return
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the PostgreSQL of {place.path} does not answer: see {place.log}")
        time.sleep(0.1)


def _visit(place: DataDirectory, stack: ExitStack) -> str | None:
    """Return the address of another process's PostgreSQL if it answers, with our guest's lock in `stack`."""
    holder = holder_of(place)
    if holder is None or not holder.socket_folder or not stack.enter_context(guest(place)):
        return None
    dsn = place.dsn(holder.socket_folder)
    with ThreadPoolExecutor(1) as thread:  # the caller's thread may run an event loop of its own
        return dsn if thread.submit(lambda: asyncio.run(answers(dsn))).result() else None


@contextmanager
def _hosting(place: DataDirectory, hold: Hold) -> Generator[str]:
    with ExitStack() as afterwards, _running(place, hold, 18, durable=True) as dsn:
        try:
            yield dsn
        finally:
            afterwards.enter_context(no_guests(place))


@contextmanager
def _running(place: DataDirectory, hold: Hold, major: int, *, durable: bool) -> Generator[str]:
    with explained(place.path):
        account = account_of(place.cluster)
        programs = server_programs(account, major)
        cluster.ensure(place, account, programs, major=major, durable=durable)
        socket_folder = place.make_socket_folder(account)
        hold.announce(socket_folder)
    settings = cluster.settings(socket_folder, durable=durable)
    command = account.command(programs / "postgres", "-D", place.cluster, *settings)
    try:
        with supervised(Postmaster(place, socket_folder, command)) as dsn:
            yield dsn
    finally:
        place.forget_socket_folders()
