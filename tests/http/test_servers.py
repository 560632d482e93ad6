"""What only a real server shows, under both servers that Dateline runs under."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "granian": ["granian", "--interface", "asgi", "--http", "1", "--no-ws", "--log-level", "warning"],
    "uvicorn": ["uvicorn", "--log-level", "warning"],
}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module", params=COMMANDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[int, Path]]:
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", *COMMANDS[request.param], "--port", str(port), "tests.http.served:app"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(port, process, log)
            yield port, log
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(log.read_text())


async def exchange(port: int, *parts: bytes, until_closed: bool = True) -> bytes:
    """Send the parts one after another and read the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
        return await asyncio.wait_for(reader.read() if until_closed else reader.read(65536), 10)
    finally:
        writer.close()


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", *headers, "Connection: close", "", ""]).encode()


async def test_head_has_the_length_of_get_and_no_body(server: tuple[int, Path]) -> None:
    port, _ = server
    answer = await exchange(port, request("HEAD /v1/thing", "Host: test"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0]
    assert b"content-length: 8" in head.lower()
    assert body == b""


async def test_a_request_without_host_is_400(server: tuple[int, Path]) -> None:
    port, _ = server
    assert b" 400 " in (await exchange(port, request("GET /v1/thing"))).splitlines()[0]


async def test_a_request_of_http_1_0_needs_no_host(server: tuple[int, Path]) -> None:
    port, _ = server
    assert b" 200 " in (await exchange(port, b"GET /v1/thing HTTP/1.0\r\n\r\n")).splitlines()[0]


async def test_not_modified_has_no_body(server: tuple[int, Path]) -> None:
    port, _ = server
    answer = await exchange(port, request("GET /v1/thing", "Host: test", "If-None-Match: *"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 304 " in head.splitlines()[0]
    assert body == b""


async def test_a_declared_body_over_the_limit_is_413_before_it_is_sent(server: tuple[int, Path]) -> None:
    port, _ = server
    head = request(
        "POST /v1/thing", "Host: test", "Content-Type: application/json", "Content-Length: 100000000"
    )
    assert b" 413 " in (await exchange(port, head, until_closed=False)).splitlines()[0]


async def test_a_chunked_body_over_the_limit_is_413_while_it_is_sent(server: tuple[int, Path]) -> None:
    port, _ = server
    head = request(
        "POST /v1/thing", "Host: test", "Content-Type: application/json", "Transfer-Encoding: chunked"
    )
    chunk = b"ea60\r\n" + b" " * 60_000 + b"\r\n"
    answer = await exchange(port, head, chunk, chunk, until_closed=False)
    assert b" 413 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer


async def test_a_chunked_body_under_the_limit_is_accepted(server: tuple[int, Path]) -> None:
    port, _ = server
    head = request(
        "POST /v1/thing", "Host: test", "Content-Type: application/json", "Transfer-Encoding: chunked"
    )
    answer = await exchange(port, head, b'3\r\n{"a\r\n', b'4\r\n":1}\r\n', b"0\r\n\r\n")
    assert b" 201 " in answer.splitlines()[0]


async def test_a_client_that_leaves_while_it_sends_is_logged_as_such(server: tuple[int, Path]) -> None:
    port, log = server
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        request(
            "POST /v1/thing",
            *("Host: test", "Content-Type: application/json", "Content-Length: 1000"),
            "X-Request-Id: client-leaves",
        )
    )
    writer.write(b"{")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    line = await logged(log, "client-leaves")
    assert (line["status"], line["level"]) == (499, "info")
    assert "Traceback" not in text_of(log)


async def test_a_client_that_leaves_while_it_waits_is_no_error(server: tuple[int, Path]) -> None:
    port, log = server
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET /v1/slow", "Host: test", "X-Request-Id: client-gone"))
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    line = await logged(log, "client-gone")
    assert line["level"] == "info"
    assert "Traceback" not in text_of(log)


def text_of(log: Path) -> str:
    return log.read_text()


async def logged(log: Path, request_id: str) -> dict[str, object]:
    for _ in range(100):
        for line in text_of(log).splitlines():
            if request_id in line:
                return json.loads(line)
        await asyncio.sleep(0.05)
    pytest.fail(text_of(log))
