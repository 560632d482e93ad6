"""Marks of change: memory that all processes of a host share, where each sees that what it read has changed.

A write raises the marks of what it touched after its commit and before its answer; a reader notes them
before its statement. What was read is right as long as the marks are as they were noted. To raise a mark is
to put a random number there that it never had: nothing is counted, so no lock is needed, and when two writers
raise one mark at once, either's number is new to every reader.

Beside each mark stands a position in the primary's log: what has been changed under the mark was committed
before it, so a replica that has replayed it shows the change.
"""

import fcntl
import mmap
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from hashlib import blake2b
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

# Which mark is whose is known to all hosts of a database: they tell each other the numbers.
MARKS = 65_536
EVERYTHING, ARTICLES, ENTITIES, KEYS = range(4)  # quotes are part of the articles
FIRST_RESOURCE = 64
STAMPS = 4_096  # of the latest transactions whose marks have been raised
BYTES = 8 * (2 * MARKS + STAMPS)

_random = SystemRandom()


def mark_of(id: str) -> int:
    """Give the mark of a resource, which it shares with a few others; ValueError when `id` is no id."""
    return FIRST_RESOURCE + int(id[-8:], 16) % (MARKS - FIRST_RESOURCE)


def new_stamp() -> int:
    """Give a number that no other transaction has, and no mark had before."""
    return _random.getrandbits(63)


class Touched:
    """The marks of what one transaction touches; one that names none at all may have touched everything."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks: set[int] | None = None

    def add(self, marks: Iterable[int]) -> None:
        """Name what is touched; naming nothing says that nothing is."""
        self._marks = (self._marks or set()) | set(marks)

    @property
    def marks(self) -> list[int]:
        """The marks to raise."""
        return [EVERYTHING] if self._marks is None else sorted(self._marks)


_current: ContextVar[Touched | None] = ContextVar("touched", default=None)


def touch(*marks: int) -> None:
    """Name the marks of what the transaction of `Database.write` around the caller changes for readers.

    Without marks: nothing so far. A transaction that never calls this raises the mark of everything.
    """
    touched = _current.get()
    if touched is not None:
        touched.add(marks)


def touch_articles(ids: Iterable[str]) -> None:
    """Name articles, with their quotes and the lists that show them."""
    touch(ARTICLES, *map(mark_of, ids))


@contextmanager
def touching() -> "Generator[Touched]":
    """Collect for the length of the context what `touch` names."""
    touched = Touched()
    token = _current.set(touched)
    try:
        yield touched
    finally:
        _current.reset(token)


class Marks:
    """The marks of one database on this host.

    The file lies in memory and goes with the last process that uses it. Its name cannot be guessed, because
    whoever may write to it could keep what is stale in the caches.
    """

    def __init__(self, secret: bytes, folder: Path | None = None) -> None:
        # The number changes with what the file holds: releases that run side by side share none then.
        name = blake2b(b"marks 2" + secret, digest_size=16).hexdigest()
        folder = folder or _shared_folder()
        _forget_abandoned(folder)
        self._path = folder / f"{_prefix()}{name}"
        self._file = _opened(self._path)
        self._lock = os.open(
            _lock_of(self._path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        self._memory = mmap.mmap(self._file, BYTES)
        self._view = memoryview(self._memory)
        numbers = self._view.cast("q")
        self.numbers = numbers[:MARKS]
        """The marks themselves, read-only but for `raise_marks`."""
        self.positions = numbers[MARKS : 2 * MARKS]
        """The position beside each mark, read-only likewise."""
        self._stamps = numbers[2 * MARKS :]

    def raise_marks(self, marks: Sequence[int], stamp: int, position: int | None) -> None:
        """Raise marks, then note that those of the transaction with this stamp have been.

        Its position is noted first: who sees the new number must not take a replica for far enough that is
        not. When the position is not known, whoever follows finds the stamp missing and raises them again.

        Never to the stamp itself: whoever follows may raise them too, and a number that comes back would make
        what was read in between right again.
        """
        if position is not None:
            self._note_position(marks, position)
        for mark in marks:
            self.numbers[mark] = new_stamp()
        if position is not None:
            self._stamps[stamp % STAMPS] = stamp

    def _note_position(self, marks: Iterable[int], position: int) -> None:
        """Note a position beside marks where it is later; two writers at once must leave the later one."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            for mark in marks:
                self.positions[mark] = max(self.positions[mark], position)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def were_raised(self, stamp: int) -> bool:
        """Tell whether the marks of this transaction were raised; an old one may have been forgotten."""
        return self._stamps[stamp % STAMPS] == stamp

    def close(self) -> None:
        """Leave the memory; the last one takes the file away."""
        _take_away(self._path, self._file)
        fcntl.flock(self._file, fcntl.LOCK_UN)  # the memory keeps a file of its own open
        os.close(self._file)
        os.close(self._lock)


def _shared_folder() -> Path:
    """Give the folder that lies in memory, where there is one."""
    shared = Path("/dev/shm")  # noqa: S108 - the names in it cannot be guessed
    return shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())


def _prefix() -> str:
    """Give what the names of this user's files begin with."""
    return f"dateline-{os.geteuid()}-"


def _forget_abandoned(folder: Path) -> None:
    """Take away what killed processes have left of stores that nobody serves any more."""
    for path in folder.glob(f"{_prefix()}*[0-9a-f]"):
        with suppress(OSError):
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            _take_away(path, file)
            os.close(file)


def _take_away(path: Path, file: int) -> None:
    """Take a file and its lock away, unless it is in use."""
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another may have taken it away, and made a new one, before it was locked here.
        if path.stat().st_ino == os.fstat(file).st_ino:
            # First the lock: who opens one holds the file itself.
            _lock_of(path).unlink(missing_ok=True)
            path.unlink()


def _lock_of(path: Path) -> Path:
    """Give the file whose lock a writer holds for a moment: the marks' own is held by all who use them."""
    return path.with_suffix(".lock")


def _opened(path: Path) -> int:
    """Open the file that the other processes use or will use, and hold it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_SH)
        found = os.fstat(file)
        if found.st_uid != os.geteuid():
            os.close(file)
            raise PermissionError(f"{path} belongs to another user")
        # The last user may have taken it away between the two steps.
        with suppress(FileNotFoundError):
            if path.stat().st_ino == found.st_ino:
                os.ftruncate(file, BYTES)
                return file
        os.close(file)
