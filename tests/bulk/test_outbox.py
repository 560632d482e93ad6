"""Results wait for a client that does not read them, up to a bound: then nothing more is read from it."""

import asyncio
import tracemalloc
from typing import Any

import pytest

from api.bulk import outbox
from api.bulk.outbox import Outbox

PIECE = b"x" * 1023 + b"\n"


async def test_what_is_put_is_sent_in_order_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PIECE", 7)
    box, sent = Outbox(), bytearray()
    bodies: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        bodies.append(message)
        sent.extend(message["body"])
        await asyncio.sleep(0)

    sending = asyncio.create_task(box.send_all(send))
    for n in range(100):
        await box.put(f"{n}\n".encode())
        if n % 10 == 0:
            await asyncio.sleep(0)
    box.end()
    await sending
    box.close()
    assert sent == b"".join(f"{n}\n".encode() for n in range(100))
    assert [message["more_body"] for message in bodies] == [True] * (len(bodies) - 1) + [False]


async def test_a_writer_waits_for_a_client_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST", 100 * len(PIECE))
    box, written, taking = Outbox(), 0, asyncio.Event()

    async def write() -> None:
        nonlocal written
        for _ in range(1_000):
            await box.put(PIECE)
            written += 1
        box.end()

    received = 0

    async def send(message: Any) -> None:
        nonlocal received
        await taking.wait()
        received += len(message["body"])

    writing, sending = asyncio.create_task(write()), asyncio.create_task(box.send_all(send))
    for _ in range(50):
        await asyncio.sleep(0)
    assert written == 100
    taking.set()
    await asyncio.gather(writing, sending)
    box.close()
    assert received == 1_000 * len(PIECE)


async def test_what_waits_is_not_in_memory() -> None:
    box = Outbox()
    tracemalloc.start()
    for _ in range(32 * 1024):
        await box.put(PIECE)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    box.close()
    assert held < 2 * outbox.IN_MEMORY


async def test_a_client_that_takes_nothing_for_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "STALLED", 0.01)
    box = Outbox()
    await box.put(PIECE)

    async def send(_message: Any) -> None:
        await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        await box.send_all(send)
    box.close()
