"""Measures the stream of the change feed: time from commit to delivery, memory, and the end at SIGTERM.

    python bench/feed/subscribers.py [SUBSCRIBERS] [ARTICLES]

Starts the service with a database of its own in a temporary folder, on one worker. The time counts from the
answer to a posted article, which comes right after its commit, to the arrival of its last event.
"""

import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psutil

ROOT = Path(__file__).parents[2]
PAUSE = 0.15


class Subscriber(asyncio.Protocol):
    """One open stream: when it received the article that is being waited for, and whether it has ended."""

    wanted = b"-"

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.arrived = 0.0
        self.got = b""
        self.ended = asyncio.Event()
        self.opened = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.opened.set()
        self.got = (self.got + data)[-4096:]
        if not self.arrived and self.wanted in self.got and b"quote.created" in self.got:
            self.arrived = time.perf_counter()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


def post(url: str, key: str, marker: str) -> float:
    words = "The bench is open,"
    speaker = {"kind": "unnamed", "as_printed": "a carpenter"}
    document = {
        "headline": marker,
        "language": "en",
        "body": [f"“{words}” a carpenter said."],
        "quotes": [{"form": "direct", "fragments": [{"text": words}], "speaker": speaker}],
    }
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    with urlopen(Request(f"{url}/v1/articles", json.dumps(document).encode(), headers), timeout=10) as answer:
        answer.read()
    return time.perf_counter()


async def opened(url: str, count: int) -> list[Subscriber]:
    loop = asyncio.get_running_loop()
    host, port = urlsplit(url).hostname, urlsplit(url).port
    request = (
        f"GET /v1/changes?since=now HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()
    subscribers = []
    for _ in range(count):
        _, subscriber = await loop.create_connection(lambda: Subscriber(request), host, port)
        subscribers.append(subscriber)
        await subscriber.opened.wait()
    return subscribers


async def delivered(url: str, key: str, subscribers: list[Subscriber], articles: int) -> list[float]:
    """Post articles one by one; gives the milliseconds until each had reached each subscriber."""
    waits = []
    for number in range(articles):
        marker = f"marker-{number:06}"
        Subscriber.wanted = marker.encode()
        for each in subscribers:
            each.arrived = 0.0
        committed = await asyncio.to_thread(post, url, key, marker)
        deadline = time.perf_counter() + 5
        while not all(each.arrived for each in subscribers) and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        waits += [1000 * (each.arrived - committed) for each in subscribers if each.arrived]
        await asyncio.sleep(PAUSE)
    print(f"    {len(waits)} of {articles * len(subscribers)} arrived")
    return sorted(waits)


def shown(waits: list[float]) -> str:
    return f"p50 {statistics.median(waits):.1f} ms, p99 {waits[int(len(waits) * 0.99)]:.1f} ms, max {waits[-1]:.1f} ms"


async def main(count: int, articles: int) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        output = Path(folder) / "output"
        env = {**os.environ, "DATELINE_DATA_DIR": f"{folder}/data", "DATELINE_PORT": "0"}
        with output.open("w") as out, (Path(folder) / "log").open("w") as log:
            server = subprocess.Popen([sys.executable, "-m", "api", "serve"], cwd=ROOT, env=env, stdout=out, stderr=log)
        try:
            while "Ctrl-C stops it." not in output.read_text():
                await asyncio.sleep(0.1)
            url = re.search(r"answers at\s+(\S+)", output.read_text())[1]
            key = re.search(r"Admin key\s+(\S+)", output.read_text())[1]
            worker = next(p for p in psutil.Process(server.pid).children() if "spawn_main" in " ".join(p.cmdline()))
            print("one subscriber")
            one = await opened(url, 1)
            print("   ", shown(await delivered(url, key, one, articles)))
            before = worker.memory_info().rss
            started = time.perf_counter()
            many = one + await opened(url, count - 1)
            print(f"{count} subscribers, opened in {time.perf_counter() - started:.1f} s")
            used = worker.memory_info().rss - before
            print(f"    {used / 1024 / count:.1f} kB each when opened")
            print("   ", shown(await delivered(url, key, many, articles)))
            used = worker.memory_info().rss - before
            print(f"    {used / 1024 / count:.1f} kB each after that, worker has {worker.memory_info().rss >> 20} MiB")
            started = time.perf_counter()
            server.send_signal(signal.SIGTERM)
            await asyncio.gather(*(each.ended.wait() for each in many))
            retried = sum(b"retry: " in each.got[-200:] for each in many)
            print(f"    after SIGTERM all streams ended in {time.perf_counter() - started:.1f} s, {retried} with retry")
            await asyncio.to_thread(server.wait, 20)
            print(f"    the server in {time.perf_counter() - started:.1f} s, status {server.returncode}")
            print((Path(folder) / "log").read_text()[-600:] if server.returncode else "")
        finally:
            if server.poll() is None:
                server.terminate()
                server.wait(20)


arguments = [int(each) for each in sys.argv[1:]] + [1000, 20][len(sys.argv) - 1 :]
asyncio.run(main(arguments[0], arguments[1]))
