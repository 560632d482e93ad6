"""Measures the stream of the change feed: time from commit to delivery, memory, and the end at SIGTERM.

    python -m bench.feed.subscribers [SUBSCRIBERS] [ARTICLES]

Starts the service with a database of its own, on one worker. The time counts from the
answer to a posted article, which comes right after its commit, to the arrival of its last event.
"""

import asyncio
import json
import shutil
import signal
import statistics
import sys
import time
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.programs import Service, environment, new_folder, serving

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
        self.complete = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Note when the article's last event is there."""
        self.opened.set()
        self.got = (self.got + data)[-4096:]
        if not self.arrived and self.wanted in self.got and b"quote.created" in self.got:
            self.arrived = time.perf_counter()
            self.complete.set()

    def connection_lost(self, _: Exception | None) -> None:
        """Note the end."""
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
    """Open streams, one after the other."""
    loop = asyncio.get_running_loop()
    host, port = urlsplit(url).hostname, urlsplit(url).port
    request = (
        f"GET /v1/changes?since=now HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n\r\n"
    )
    subscribers = []
    for _ in range(count):
        _, subscriber = await loop.create_connection(lambda: Subscriber(request.encode()), host, port)
        subscribers.append(subscriber)
        await subscriber.opened.wait()
    return subscribers


async def delivered(service: Service, subscribers: list[Subscriber], articles: int) -> str:
    """Post articles one by one, and tell the milliseconds until each had reached each subscriber."""
    waits = []
    for number in range(articles):
        marker = f"marker-{number:06}"
        Subscriber.wanted = marker.encode()
        for each in subscribers:
            each.arrived = 0.0
            each.complete.clear()
        committed = await asyncio.to_thread(post, service.url, service.key, marker)
        async with asyncio.timeout(10):
            await asyncio.gather(*(each.complete.wait() for each in subscribers))
        waits += [1000 * (each.arrived - committed) for each in subscribers]
        await asyncio.sleep(PAUSE)
    p99 = sorted(waits)[int(len(waits) * 0.99)]
    return f"    p50 {statistics.median(waits):.1f} ms, p99 {p99:.1f} ms, max {max(waits):.1f} ms"


async def ended(service: Service, subscribers: list[Subscriber]) -> str:
    """Send SIGTERM, and tell how it went."""
    started = time.perf_counter()
    service.process.send_signal(signal.SIGTERM)
    await asyncio.gather(*(each.ended.wait() for each in subscribers))
    streams = time.perf_counter() - started
    retried = sum(b"retry: " in each.got[-200:] for each in subscribers)
    status = await asyncio.to_thread(service.process.wait, 20)
    server = time.perf_counter() - started
    streams_end = f"streams {streams:.1f} s, {retried} with retry"
    return f"    after SIGTERM: {streams_end}; server {server:.1f} s, status {status}"


async def measure(service: Service, count: int, articles: int) -> None:
    (worker,) = service.workers()
    print("one subscriber")
    one = await opened(service.url, 1)
    print(await delivered(service, one, articles))
    before = worker.memory_info().rss
    many = one + await opened(service.url, count - 1)
    print(
        f"{count} subscribers, each {(worker.memory_info().rss - before) / 1024 / count:.1f} kB when opened"
    )
    print(await delivered(service, many, articles))
    print(f"    each {(worker.memory_info().rss - before) / 1024 / count:.1f} kB after that")
    print(await ended(service, many))


def main(count: int = 1000, articles: int = 20) -> None:
    folder = new_folder()
    try:
        with serving(environment(folder / "data")) as service:
            asyncio.run(measure(service, count, articles))
    finally:
        shutil.rmtree(folder)


main(*(int(each) for each in sys.argv[1:]))
