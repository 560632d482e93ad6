"""Rounds of torture: writers and followers, kill -9 of a part of the service, and the check of everything."""

import asyncio
import random
import shutil
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from api.db import embedded
from api.db.pool import Conn, connect_pool
from tests.embedded.running import kill, postmaster, processes
from tests.programs import Service, environment, new_folder
from tests.torture.answers import check_answers, check_promises, due
from tests.torture.checker import check
from tests.torture.following import Follower, delivered, verify
from tests.torture.load import Client, Ledger, Target
from tests.webhooks.conftest import Endpoint, listening

CLIENTS = 4
KINDS = ("service", "worker", "postmaster", "postgresql", "backend", "everything")
SETTLES = 30.0  # seconds
DELIVERS = 3.0  # seconds

SETTLED = """
    select not exists (select from change_queue) and not exists (select from entity_renames)
        and not exists (select from office_changes)
        and not exists (select from articles where visibility = 1 and pub_status = 'usable')
        and not exists (
            select from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
        )
"""


class Torture:
    """A service on a data directory of its own, with those who write to it and follow it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.seed = seed
        self.target = Target()
        self.ledger = Ledger()
        self.followers = [Follower(self.target), Follower(self.target)]
        self.endpoint = Endpoint()
        self.secret = ""
        self.verified = 0
        self.starts = 0
        self.service: Service | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    async def start(self) -> None:
        """Start the service, for the first time or after a crash."""
        self.starts += 1
        place = self.folder / f"start-{self.starts}"
        place.mkdir()
        env = environment(self.data, DATELINE_WEBHOOK_ALLOW_PRIVATE="true")
        workers = str(self.random.choice((1, 2)))
        self.service = await asyncio.to_thread(Service, place, env, "--workers", workers)
        self.target.url = self.service.url
        self.target.key = self.service.key or self.target.key

    @asynccontextmanager
    async def followed(self) -> AsyncGenerator[None]:
        """Follow the feed by pages, by a stream and by a webhook for the length of the context."""
        async with listening() as self.endpoint, asyncio.TaskGroup() as group:
            async with self.target.client() as client:
                answer = await client.post("/v1/webhooks", json={"url": self.endpoint.url})
                self.secret = answer.raise_for_status().json()["secret"]
            tasks = [
                group.create_task(follower.run(f"{self.seed}/{number}", stream=bool(number)))
                for number, follower in enumerate(self.followers)
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    async def round(self, number: int, kind: str) -> None:
        """Write, kill in the middle of it, bring the service back, write on, and come to rest."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for client in range(CLIENTS):
                one = Client(self.target, self.ledger, f"{self.seed}/{number}/{client}")
                group.create_task(one.run(stop))
            await asyncio.sleep(self.random.uniform(0.2, 1.6))
            await self._delivering()
            await self._kill(kind)
            await self._ready()
            await asyncio.sleep(self.random.uniform(0.1, 0.5))
            stop.set()

    async def _delivering(self) -> None:
        """Wait a little for a delivery: after a crash there is none until the claim of the dead runs out."""
        count = len(self.endpoint.received)

        async def more() -> bool:
            return len(self.endpoint.received) > count

        await until(more, DELIVERS)

    async def _kill(self, kind: str) -> None:
        victims = {
            "service": lambda: [psutil.Process(self.service.process.pid)],
            "worker": lambda: [self.random.choice(self.service.workers())],
            "postmaster": lambda: [postmaster(self.data)],
            "postgresql": lambda: processes(self.data),
            "backend": lambda: [self.random.choice(self._backends())],
            "everything": lambda: [psutil.Process(self.service.process.pid), *processes(self.data)],
        }[kind]()
        kill(victims)
        if kind in ("service", "everything"):
            await asyncio.to_thread(self.service.process.wait)
            await self.start()

    def _backends(self) -> list[psutil.Process]:
        found = []
        for each in processes(self.data):
            with suppress(psutil.NoSuchProcess):  # a connection may have ended by now
                found += [each] if "dateline dateline" in " ".join(each.cmdline()) else []
        return found

    async def _ready(self) -> None:
        """Wait until the service answers twice in a row, as it does not at once after a crash."""
        deadline = time.monotonic() + SETTLES
        well = 0
        while well < 2:
            try:
                async with self.target.client() as client:
                    well = well + 1 if (await client.get("/readyz")).status_code == 200 else 0
            except httpx.TransportError:
                well = 0
            if time.monotonic() > deadline:
                self.ledger.faults.append("the service did not come back")
                return
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[Conn]:
        """A connection of our own, once nothing is under way any more."""
        with embedded.join(self.data) as dsn:
            pool = await connect_pool(dsn, 1)
            async with pool.acquire() as conn:
                if not await until(lambda: conn.fetchval(SETTLED)):
                    self.ledger.faults.append("the service does not come to rest")
                yield conn
            await pool.close()

    async def check(self, conn: Conn, since: int, *, complete: bool) -> list[str]:
        """Compare everything; the API's single articles only those acknowledged since, unless `complete`."""
        rows = await due(conn, public=False)
        wanted = [row["id"] for row in rows]

        async def caught_up() -> bool:
            return all(len(follower.seen) >= len(wanted) for follower in self.followers)

        await until(caught_up)
        touched = {id for id, _ in list(self.ledger.articles)[since:]}
        faults = [
            *await check(conn),
            *await check_promises(conn, self.ledger),
            *await check_answers(self.target, conn, None if complete else touched),
        ]
        # Last, because a webhook of a killed process waits until the claim of the dead runs out.
        hooked = await self._hooked(conn, rows)
        if complete:
            await until(lambda: self._all_delivered(len(hooked)), 120)
        verify(self.endpoint.received[self.verified :], self.secret)
        self.verified = len(self.endpoint.received)
        return [
            *self.ledger.faults,
            *(
                f"follower {n} saw other events"
                for n, each in enumerate(self.followers)
                if each.seen != wanted
            ),
            *delivered(self.endpoint.received, hooked, complete=complete),
            *faults,
        ]

    async def _hooked(self, conn: Conn, rows: list[Any]) -> list[Any]:
        """The events since the webhook was made."""
        made = await conn.fetchval("select created_at from webhooks")
        return [row for row in rows if row["occurred_at"] > made]

    async def _all_delivered(self, count: int) -> bool:
        return len({each.id for each in self.endpoint.received}) >= count

    async def stop(self) -> None:
        """End the service in order."""
        status, _ = await asyncio.to_thread(self.service.stop, signal.SIGTERM)
        if status or self.service.left():
            self.ledger.faults.append(f"the service ended with {status} and left {self.service.left()}")


async def until(condition: Callable[[], Any], within: float = SETTLES) -> bool:
    """Wait for a condition; tells whether it came true in time."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def torture(seed: int, kinds: list[str], seconds: float, say: Callable[[str], object]) -> list[str]:
    """Go through rounds of these kinds, as many as there is time for, and list all faults."""
    folder = new_folder()
    one = Torture(folder, seed)
    began = time.monotonic()
    try:
        await one.start()
        async with one.followed():
            for number, kind in enumerate(kinds, 1):
                since, last = len(one.ledger.articles), number == len(kinds)
                await one.round(number, kind)
                last = last or time.monotonic() - began > seconds
                async with one.database() as conn:
                    faults = await one.check(conn, since, complete=last)
                written, taken = len(one.ledger.articles) - since, time.monotonic() - began
                say(f"{taken:5.0f} s: round {number}, {kind}, {written} versions, {len(faults)} faults")
                if faults or last:
                    break
        await one.stop()
        say(told(one))
        return list(dict.fromkeys([*faults, *one.ledger.faults]))
    finally:
        if one.service and one.service.process.poll() is None:
            one.service.stop()
        shutil.rmtree(folder)


def told(one: Torture) -> str:
    """What was done to the service, in one line."""
    ledger, received = one.ledger, one.endpoint.received
    return (
        f"{ledger.writes()} writes acknowledged, {ledger.unanswered} requests without an answer, "
        f"{ledger.repeated} posts answered again; {len(one.followers[0].seen)} events, followers reconnected "
        f"{sum(each.reconnected for each in one.followers)} times; {len(received)} deliveries of "
        f"{len({each.id for each in received})} events; {one.starts} starts"
    )
