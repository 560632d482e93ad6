"""Who may run PostgreSQL on a data directory: one process at a time, with the others as its guests."""

import fcntl
import json
import logging
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from api.db.embedded.directory import DataDirectory
from api.db.embedded.errors import EmbeddedError, explained

_log = logging.getLogger(__name__)

Role = Literal["serve", "command"]

DYING = 1.0  # seconds that a process which was just told to end may still need

_locked: set[int] = set()


def _close_in_child() -> None:
    """Close the locks' files in a forked child: one that outlives its parent would go on holding them."""
    while _locked:
        os.close(_locked.pop())


os.register_at_fork(after_in_child=_close_in_child)


class InUseError(EmbeddedError):
    """Another process holds the data directory."""


@dataclass(frozen=True)
class Holder:
    """Who runs PostgreSQL on a data directory; `socket_folder` is empty until it starts up."""

    pid: int
    role: Role
    socket_folder: str = ""


class Hold:
    """The lock of the process that runs PostgreSQL."""

    def __init__(self, file: int, role: Role) -> None:
        self._file = file
        self._role: Role = role
        self.announce("")

    def announce(self, socket_folder: Path | str) -> None:
        """Let other processes read who we are and where they can connect."""
        self._write(json.dumps(asdict(Holder(os.getpid(), self._role, str(socket_folder)))))

    def retire(self) -> None:
        """Say that nobody holds the directory."""
        self._write("")

    def _write(self, text: str) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)


@contextmanager
def held(place: DataDirectory, role: Role, patience: float = 0) -> Generator[Hold]:
    """Hold the data directory for this process alone; `InUseError` names the other one.

    Waits `patience` seconds for a command to end, and one at most for a `serve`. The kernel drops the lock
    when its process ends, in whatever way. The file stays: a lock on a removed file would exclude nobody.
    """
    with _opened(place.holder) as file:
        begun, waiting = time.monotonic(), False
        while not _lock(file, fcntl.LOCK_EX):
            holder = _named_holder(place)
            limit = min(patience, DYING) if holder and holder.role == "serve" else patience
            if time.monotonic() - begun >= limit:
                raise InUseError(_in_use(place, holder))
            if not waiting and limit > DYING:
                _log.warning("waiting for a command to end: %s", _in_use(place, holder))
            waiting = True
            time.sleep(0.1)
        with explained(place.path):
            hold = Hold(file, role)
        try:
            yield hold
        finally:
            hold.retire()


@contextmanager
def guest(place: DataDirectory) -> Generator[bool]:
    """Keep a command that runs PostgreSQL from ending it; yields False when that is just happening."""
    with _opened(place.guests) as file:
        yield _lock(file, fcntl.LOCK_SH)


@contextmanager
def no_guests(place: DataDirectory) -> Generator[None]:
    """Wait until no other process uses our PostgreSQL, and let none begin."""
    with _opened(place.guests) as file:
        if not _lock(file, fcntl.LOCK_EX):
            _log.warning("waiting for the commands that use the PostgreSQL of this one")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def holder_of(place: DataDirectory) -> Holder | None:
    """Return who last wrote that it holds the directory; it may have been killed since."""
    with suppress(OSError, ValueError, TypeError):
        members: Any = json.loads(place.holder.read_text())
        return Holder(**members)
    return None


def _named_holder(place: DataDirectory) -> Holder | None:
    for _ in range(5):  # between its lock and its line a holder needs a moment
        if holder := holder_of(place):
            return holder
        time.sleep(0.02)
    return None


def _in_use(place: DataDirectory, holder: Holder | None) -> str:
    what = "`dateline serve`" if holder and holder.role == "serve" else "a dateline command"
    who = f"{what} (process {holder.pid})" if holder else "another process"
    return (
        f"the data directory {place.path} is in use by {who}: stop it or wait for its end,"
        " or name another directory in DATELINE_DATA_DIR"
    )


@contextmanager
def _opened(path: Path) -> Generator[int]:
    with explained(path.parent):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    _locked.add(file)
    try:
        yield file
    finally:
        if file in _locked:
            _locked.remove(file)
            os.close(file)


def _lock(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise EmbeddedError(
            f"the data directory's file system cannot lock files ({error.strerror}):"
            " name a directory on a local disk in DATELINE_DATA_DIR"
        ) from error
    return True
