"""What one request asks of the databases that may answer it: the state it must see, and what it wrote.

States are positions in the primary's write-ahead log, in bytes. A replica that has replayed a position shows
whatever was committed before the primary had reached it.
"""

import re
from collections.abc import Sequence
from contextvars import ContextVar

# As PostgreSQL writes them (pg_lsn).
FORM = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


class Session:
    """One request: the marks of what it shows, None when only the primary may say, and positions.

    `sees` is the position that it has to see, `written` that of its own last commit.
    """

    __slots__ = ("marks", "sees", "written")

    def __init__(self, marks: Sequence[int] | None, sees: int = 0) -> None:
        self.marks = marks
        self.sees = sees
        self.written: int | None = None


current: ContextVar[Session | None] = ContextVar("session", default=None)
"""The session of whatever is read and written."""


def read_from_primary() -> None:
    """Read whatever follows in this request from the primary."""
    session = current.get()
    if session is not None:
        session.marks = None


def spelled(position: int) -> str:
    """Write a position as PostgreSQL does."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def position_of(text: str) -> int:
    """Read a position; ValueError when it is none."""
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(match[1], 16) << 32 | int(match[2], 16)
