"""What a person is told when the embedded PostgreSQL cannot run, and what to do about it."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run; the message says why and what to do, and holds no secret."""


@contextmanager
def explained(folder: Path) -> Generator[None]:
    """Turn an `OSError` of the work in `folder` into an `EmbeddedError` with a remedy."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(_explanation(folder, error)) from error


def _explanation(folder: Path, error: OSError) -> str:
    where = error.filename or folder
    if error.errno in FULL:
        return disk_full(folder)
    if error.errno in FORBIDDEN:
        return (
            f"{where} is not writable or readable for this user ({error.strerror}): run as the user who owns"
            f" {folder}, or name a directory of yours in DATELINE_DATA_DIR"
        )
    return f"the data directory {folder} cannot be used: {error.strerror} ({where})"


def tells_of_a_full_disk(output: str) -> bool:
    """Whether a program's output says that the disk is full (of shared memory it says nearly the same)."""
    lines = (line for line in output.splitlines() if "No space left on device" in line)
    return any("shared memory" not in line for line in lines)


def disk_full(folder: Path) -> str:
    """Say that the disk of `folder` has no space left."""
    return (
        f"the disk that holds {folder} is full: free some space (an empty database needs about 100 MB)"
        " and start again; nothing that was acknowledged is lost"
    )
