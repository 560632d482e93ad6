"""The matcher process: scores names for all processes of a host; `python -m api.names.matcher_process PATH`.

Scoring is tens of milliseconds of pure Python a name, which may not stop the event loop of a server. The
process knows no database and no secret. It ends when no process holds the lock at PATH.lock any more, so
none is left behind by a service that was killed.
"""

import asyncio
import fcntl
import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from api.names.matching import Message, answer, candidate

LOOK = 1.0  # seconds between looks whether anybody is there
BACKLOG = 512
# Containers made and not freed until cycles are looked for. The caches of words have none and grow by
# thousands a question: looking through them as often as usual took a fifth of the time.
UNTIL_COLLECTED = (50_000, 20, 100)
LENGTH = 4  # bytes in front of each message that tell how long it is

_decode = msgspec.msgpack.Decoder(Message).decode
_encode = msgspec.msgpack.Encoder().encode


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one message; between its questions others have their turn, and one whose asker left ends."""
    with suppress(OSError, asyncio.IncompleteReadError):
        size = int.from_bytes(await reader.readexactly(LENGTH), "big")
        message = _decode(await reader.readexactly(size))
        records = {id: candidate(id, documents) for id, documents in message.records.items()}
        answers: list[object] = []
        for question in message.questions:
            answers.append(answer(question, records))
            await asyncio.sleep(0)
            if reader.at_eof():
                return
        payload = _encode(answers)
        writer.write(len(payload).to_bytes(LENGTH, "big") + payload)
        await writer.drain()
    writer.close()


async def _serve(listening: socket.socket, lock: int) -> None:
    async with await asyncio.start_unix_server(_answer, sock=listening):
        while not _is_alone(lock):  # noqa: ASYNC110 - the kernel tells nobody that a lock is free
            await asyncio.sleep(LOOK)


def _is_alone(lock: int) -> bool:
    """Tell whether no process needs the matcher; then none can come before it has ended."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main(path: Path) -> None:
    """Listen, leave the process that started us, which then knows that we do, and serve."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    path.unlink(missing_ok=True)  # of one that was killed
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(BACKLOG)
    if os.fork():
        os._exit(0)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    listening.setblocking(False)
    gc.set_threshold(*UNTIL_COLLECTED)
    asyncio.run(_serve(listening, lock))
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
