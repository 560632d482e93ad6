"""Keeps PostgreSQL running: starts it, starts it again when it dies, stops it; in a thread of its own."""

import asyncio
import logging
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event

from api.db.embedded.postmaster import Postmaster

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before PostgreSQL is started again
STEADY = 30.0  # seconds after which a death is no sequel of the one before
TICK = 0.2  # seconds

_log = logging.getLogger(__name__)


@contextmanager
def supervised(postmaster: Postmaster) -> Generator[str]:
    """Keep PostgreSQL running for the length of the context and yield the database's address."""
    supervisor = _Supervisor(postmaster)
    # Linux's death signal follows the thread that started PostgreSQL: this one lives as long as the context
    thread = threading.Thread(target=supervisor.run, name="postgres-supervisor", daemon=True)
    thread.start()
    try:
        supervisor.ready.result()
        yield postmaster.dsn
    finally:
        supervisor.stopping.set()
        thread.join()


class _Supervisor:
    def __init__(self, postmaster: Postmaster) -> None:
        self.ready: Future[None] = Future()
        self.stopping = Event()
        self._postmaster = postmaster
        self._started = 0.0
        self._pause = FIRST_PAUSE

    def run(self) -> None:
        """Start it, watch it, stop it; the first start's failure goes to whoever waits for `ready`."""
        try:
            self._start()
            asyncio.run(self._postmaster.wait_until_ready(self.stopping))
            self.ready.set_result(None)
            while not self.stopping.wait(TICK):
                self._look_after()
        except BaseException as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)
        finally:
            self._postmaster.stop()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._postmaster.start()

    def _look_after(self) -> None:
        """Start it again when it ended: at first soon, then with growing pauses. Clients connect again."""
        self._postmaster.bound_log()
        if not self._postmaster.ended():
            return
        steady = time.monotonic() - self._started > STEADY
        self._pause = FIRST_PAUSE if steady else min(2 * self._pause, LONGEST_PAUSE)
        _log.warning("PostgreSQL ended unexpectedly and is started again in %.1f s", self._pause)
        if not self.stopping.wait(self._pause):
            try:
                self._start()
            except Exception:  # noqa: BLE001 - whatever it is, the next tick tries again
                _log.exception("PostgreSQL could not be started again")
