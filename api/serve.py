"""The server process: the database, granian's workers, and an end that leaves no process behind."""

import asyncio
import ctypes
import errno
import gc
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from api.db import embedded
from api.db.migrate import migrate, require_schema
from api.http.logs import configure_logging
from api.settings import Settings
from api.welcome import is_first_start, welcome

if TYPE_CHECKING:
    from litestar.types import ASGIApp

# Seconds that a worker has to end its requests; then PostgreSQL stops, all of it in less than ten seconds.
WORKERS_KILL_TIMEOUT = 6
BACKLOG = 2048
PR_SET_PDEATHSIG = 1

# granian's own handlers write to standard output, which is for people: its log joins ours.
LOGGING: dict[str, Any] = {
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}}
}


class ServeError(Exception):
    """The server cannot start; the message says why and what to do."""


def serve(settings: Settings) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; answers when everything that it started has ended."""
    # A forked worker would inherit the locks and threads of this process; a spawned one starts clean.
    multiprocessing.set_start_method("spawn", force=True)
    configure_logging(settings.log_format)
    address = claim(settings.host, settings.port)
    with _ended_by_signals(), _shared_metrics(settings.workers), _database(settings) as dsn:
        first = settings.database_url is None and asyncio.run(is_first_start(dsn))
        # The workers read their settings from the environment, where the address may hold a password.
        os.environ["DATELINE_DATABASE_URL"] = dsn
        os.environ["DATELINE_HOST"], os.environ["DATELINE_PORT"] = address[0], str(address[1])
        threading.Thread(target=welcome, args=(settings, address, dsn, first), daemon=True).start()
        _run_workers(settings, address)


def claim(host: str, port: int) -> tuple[str, int]:
    """Find the address to listen on, port 0 being any free one, before anything is started for it.

    granian's workers share a port (SO_REUSEPORT), so they would also share it with a stranger's server.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen()
            return host, trial.getsockname()[1]
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServeError(f"port {port} of {host} is in use; choose another with --port") from None
        raise ServeError(f"cannot listen on port {port} of {host}: {error.strerror}") from None


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """Turn SIGTERM and SIGHUP into an orderly exit while no server handles them yet."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, leave)
    yield


@contextmanager
def _shared_metrics(workers: int) -> Generator[None]:
    """Give several workers a folder to keep their metrics in, so that each can answer for all."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="dateline-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


@contextmanager
def _database(settings: Settings) -> Generator[str]:
    """Provide a database with this version's schema: our own is migrated, another only checked."""
    if settings.database_url is not None:
        asyncio.run(require_schema(settings.database_url, make=False))
        yield settings.database_url
        return
    with embedded.serve(embedded.data_directory(settings)) as dsn:
        asyncio.run(migrate(dsn))
        yield dsn


def _run_workers(settings: Settings, address: tuple[str, int]) -> None:
    from granian import Granian  # noqa: PLC0415 - the other commands do without it
    from granian.constants import HTTPModes, Interfaces, Loops  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    server = Granian(
        "api.app:create",
        address=address[0],
        port=address[1],
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        loop=Loops.uvloop,
        workers=settings.workers,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        # An open stream would keep a worker for ever, and with it the database.
        workers_kill_timeout=WORKERS_KILL_TIMEOUT,
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
    )
    hang_up = signal.getsignal(signal.SIGHUP)

    @server.on_startup
    def _() -> None:
        # granian starts new workers on SIGHUP; a terminal that closes means the end, except under nohup.
        if hang_up != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))

    server.serve(target_loader=application, wrap_loader=False)


def application() -> "ASGIApp":
    """Build the application in a worker, which from then on ends with the server process."""
    end_with_parent()
    from api.app import create  # noqa: PLC0415 - the server process does without it

    app = create()
    # What was made so far stays: the collector need not look through it again at every full collection.
    gc.collect()
    gc.freeze()
    return app


def end_with_parent() -> None:
    """Have this worker killed when the server process dies: it would keep the port, and lost its database."""
    server = multiprocessing.parent_process()
    if server is None or server.pid is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(server.pid,), daemon=True).start()
    if os.getppid() != server.pid:  # it died before we had asked
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
