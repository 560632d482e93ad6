"""Answers to a request that still arrives, kept for a client that reads only when it has sent all."""

import asyncio
import tempfile

from litestar.types import Send

IN_MEMORY = 1024 * 1024  # bytes; more is in a file
MOST = 128 * 1024 * 1024  # bytes of a client that does not read: the results of about a million lines
PIECE = 64 * 1024
STALLED = 60.0  # seconds in which a client takes a piece


class Outbox:
    """Pieces of an answer between who writes and who sends them, in order; `put` waits while it is full.

    A client of HTTP/1.1 may send its whole request before it reads: without this, both sides would wait for
    each other as soon as the buffers between them are full.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._written = self._read = 0
        self._changed = asyncio.Event()
        self._ended = False

    async def put(self, piece: bytes) -> None:
        """Add a piece; waits until all is sent when as much is kept as may be."""
        while self._written >= MOST and not self._ended:
            await self._change()
        self._file.seek(self._written)
        self._file.write(piece)
        self._written += len(piece)
        self._changed.set()

    def end(self) -> None:
        """Say that nothing more comes."""
        self._ended = True
        self._changed.set()

    async def send_all(self, send: Send) -> None:
        """Send pieces until the end; a client that takes none for a minute is a TimeoutError."""
        while True:
            piece = self._take()
            if piece:
                await _send(send, piece, more=True)
            elif self._ended:
                break
            else:
                await self._change()
        await _send(send, b"", more=False)

    def close(self) -> None:
        """Drop what is kept."""
        self._file.close()

    def _take(self) -> bytes:
        self._file.seek(self._read)
        piece = self._file.read(min(PIECE, self._written - self._read))
        self._read += len(piece)
        if piece and self._read == self._written:
            self._read = self._written = 0
            self._changed.set()
        return piece

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


async def _send(send: Send, body: bytes, *, more: bool) -> None:
    async with asyncio.timeout(STALLED):
        await send({"type": "http.response.body", "body": body, "more_body": more})
