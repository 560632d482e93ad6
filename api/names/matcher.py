"""Asking this host's matcher process, which is started when it is first needed and shared by all."""

import asyncio
import fcntl
import os
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from time import monotonic

import msgspec
import structlog

from api.names.matcher_process import LENGTH
from api.names.matching import Message
from api.names.score import Scored

START_TIMEOUT = 15.0  # seconds; it takes 0.3 on an idle machine
AFTER_FAILURE = 2.0  # seconds for which a matcher that could not be started is not tried again

_log = structlog.get_logger("dateline.names")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[Scored]]).decode
_package = Path(__file__).parent


class _NoMatcherError(Exception):
    """There is no matcher, and none can be started."""


async def ask(message: Message, patience: float) -> list[list[Scored]] | None:
    """Have names scored: for each question the candidates, best first.

    None when the matcher does not answer within `patience` seconds, dies meanwhile or cannot be started: the
    caller then goes by the keys alone, and the next one to ask starts it anew.
    """
    try:
        async with asyncio.timeout(patience):
            reader, writer = await _connected()
            try:
                payload = _encode(message)
                writer.write(len(payload).to_bytes(LENGTH, "big") + payload)
                size = int.from_bytes(await reader.readexactly(LENGTH), "big")
                return _decode(await reader.readexactly(size))
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, asyncio.IncompleteReadError, TimeoutError, _NoMatcherError) as error:
        _log.warning("names are matched by their keys alone", error=type(error).__name__)
        return None


async def _connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, to a matcher that is started when there is none."""
    path = _here().path
    try:
        return await asyncio.open_unix_connection(path)
    except (FileNotFoundError, ConnectionRefusedError):
        await asyncio.to_thread(_here().start)
        return await asyncio.open_unix_connection(path)


class _Here:
    """The place of this version's matcher on this host, and that this process may need it.

    The folder belongs to this user alone: whoever could listen in it would decide who is whom. The lock that
    is held, shared, as long as this process lives keeps the matcher alive; it goes with the process, however
    that ends.
    """

    def __init__(self) -> None:
        folder = Path(tempfile.gettempdir()) / f"dateline-matcher-{os.geteuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{folder} is not this user's alone")
        self.path = folder / f"{_version()}.socket"
        self._failed_at = -AFTER_FAILURE
        held = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(held, fcntl.LOCK_SH)

    def start(self) -> None:
        """Start the matcher unless another process has meanwhile; it listens when this returns."""
        if monotonic() < self._failed_at + AFTER_FAILURE:
            raise _NoMatcherError
        starting = os.open(self.path.with_suffix(".start"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not _listens(self.path) and not _launched(self.path):
                _launch(self.path)  # once more, for the first was killed
        except (OSError, subprocess.SubprocessError):
            self._failed_at = monotonic()
            raise _NoMatcherError from None
        finally:
            os.close(starting)


_here = cache(_Here)


def _version() -> str:
    """Name the rules and tables of this version, so that no process asks a matcher of another one."""
    digest = blake2b(str(_package).encode(), digest_size=8)
    for file in sorted(_package.iterdir()):
        if file.is_file():
            found = file.stat()
            digest.update(f"{file.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as trial, suppress(OSError):
        trial.connect(str(path))
        return True
    return False


def _launched(path: Path) -> bool:
    """Start the process; tells whether it came to listen or was killed before."""
    try:
        _launch(path)
    except subprocess.CalledProcessError as error:
        if error.returncode >= 0:
            raise
        return False
    return True


def _launch(path: Path) -> None:
    """Start the process. It gets no environment of ours, which may hold secrets."""
    environment = {"PYTHONPATH": str(_package.parent.parent), "TMPDIR": tempfile.gettempdir()}
    subprocess.run(  # noqa: S603 - our own module, by our own interpreter
        [sys.executable, "-m", "api.names.matcher_process", str(path)],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=START_TIMEOUT,
        check=True,
    )
