"""SIGTERM: streams end and send their readers on, writes finish, and the service is gone in seconds."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.changes.reading import EVENTS, streaming
from tests.dispatches import dispatch
from tests.programs import ROOT, environment, get, serving

STREAMS = 500


class Opened(asyncio.Protocol):
    """One connection that sends a request and keeps what comes."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.got = b""
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.got += data
        self.begun.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


async def opened(url: str, request: str) -> Opened:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(
        lambda: Opened(request.encode()), urlsplit(url).hostname, urlsplit(url).port
    )
    return protocol


def posting(key: str) -> str:
    body = json.dumps(dispatch(headline="In the last minute"))
    head = f"POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"


@asynccontextmanager
async def holding(dsn: str) -> AsyncGenerator[None]:
    """Hold a lock for which every dispatch has to wait."""
    conn = await asyncpg.connect(dsn)
    async with conn.transaction():
        await conn.execute("lock table article_uris in exclusive mode")
        yield
    await conn.close()


async def test_at_sigterm_streams_end_writes_finish_and_nothing_hangs(keyed: tuple[str, str]) -> None:
    dsn, key = keyed
    stream = "GET /v1/changes?since=now HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
    with serving(environment(database_url=dsn)) as service:
        streams = [await opened(service.url, stream) for _ in range(STREAMS)]
        await asyncio.gather(*(each.begun.wait() for each in streams))
        async with holding(dsn):
            write = await opened(service.url, posting(key))
            await asyncio.sleep(0.3)
            started = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                await asyncio.gather(*(each.ended.wait() for each in streams))
            assert write.got == b""
        async with asyncio.timeout(5):
            await write.begun.wait()
        assert write.got.startswith(b"HTTP/1.1 201"), write.got[:200]
        assert await asyncio.to_thread(service.process.wait, 10) == 0
        assert time.monotonic() - started < 10
        assert service.left() == []
    waits = {int(re.findall(rb"retry: (\d+)\r?\n", each.got)[-1]) for each in streams}
    assert all(b"\r\n0\r\n\r\n" in each.got for each in streams)
    assert len(waits) > STREAMS / 4
    assert all(1_000 <= wait <= 5_000 for wait in waits)


async def test_at_sigterm_those_who_wait_are_answered_at_once(keyed: tuple[str, str]) -> None:
    dsn, _ = keyed
    waiting = "GET /v1/changes?since=now&wait=30 HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving(environment(database_url=dsn)) as service:
        polls = [await opened(service.url, waiting) for _ in range(STREAMS)]
        await asyncio.sleep(2)
        assert not any(each.begun.is_set() for each in polls)
        started = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            await asyncio.gather(*(each.ended.wait() for each in polls))
        assert await asyncio.to_thread(service.process.wait, 10) == 0
        assert time.monotonic() - started < 10
    # Who had not begun to wait is told to come back.
    statuses = [each.got.split(b" ", 2)[1] for each in polls]
    assert set(statuses) <= {b"200", b"503"}
    assert statuses.count(b"200") > STREAMS / 2
    assert all(b'"items":[],"cursor":"' in each.got for each in polls if b" 200 " in each.got[:20])


async def test_a_reader_of_one_process_hears_of_what_another_has_written(keyed: tuple[str, str]) -> None:
    dsn, key = keyed
    with serving(environment(database_url=dsn), "--workers", "2") as service:
        async with (
            streaming(service.url, EVENTS, "now") as one,
            streaming(service.url, EVENTS, "now") as another,
        ):
            for _ in range(8):
                started = time.monotonic()
                write = await opened(service.url, posting(key))
                await write.begun.wait()
                for each in (one, another):
                    await each.take(2, within=2)
                assert time.monotonic() - started < 0.9  # not only by the look once a second


async def test_what_another_program_writes_is_found_within_a_second(keyed: tuple[str, str]) -> None:
    dsn, _ = keyed
    with serving(environment(database_url=dsn)) as service:
        async with streaming(service.url, EVENTS, "now") as stream:
            conn = await asyncpg.connect(dsn)
            await conn.execute(
                """
                insert into change_queue (
                    id, type, resource_type, resource_id, version, entity_ids, public, public_only
                )
                select gen_random_uuid(), 'person.deleted', 'person', gen_random_uuid(), 2, '{}', true, false
                """
            )
            await conn.close()
            (item,) = await stream.take(1, within=3)
    assert item["type"] == "person.deleted"


@contextmanager
def serving_with_uvicorn(dsn: str, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the application under uvicorn for the length of the context."""
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create", "--port", "0"]
    with log.open("w") as errors:
        server = subprocess.Popen(command, cwd=ROOT, env=environment(database_url=dsn), stderr=errors)
    try:
        deadline = time.monotonic() + 20
        while not (found := re.search(r"running on (\S+)", log.read_text())):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield server, found[1]
    finally:
        server.kill()
        server.wait()


async def test_uvicorn_ends_its_streams_too(keyed: tuple[str, str], tmp_path: Path) -> None:
    with serving_with_uvicorn(keyed[0], tmp_path / "log") as (server, url):
        async with streaming(url, EVENTS, "now") as stream:
            assert (await asyncio.to_thread(get, f"{url}/livez"))[0] == 200
            server.send_signal(signal.SIGTERM)
            assert await stream.take(1) == []
            assert len(stream.retry) == 2
        assert await asyncio.to_thread(server.wait, 5) in (0, -signal.SIGTERM, -signal.SIGINT)
