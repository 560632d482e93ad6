"""Faults of the database: every request is done whole or not at all, is answered, and the next one works."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from api.app import create_app
from api.db import embedded, lending
from api.db.migrate import migrate
from api.db.pool import Database
from api.keys.queries import create_key
from api.settings import Settings
from tests.conftest import EXTERNAL, client_of
from tests.dispatches import counts, dispatch, kind, mention, patch, post, quote, read

WHOLE = dispatch(
    uri="tag:example.org,2026:fault",
    provider={"name": "Osta"},
    people=[
        mention({"name": "Mara Venn", "identifiers": [{"scheme": "w", "value": "1"}]}),
        mention("Tam Orrel"),
    ],
    quotes=[
        quote(
            speaker={
                "name": "Mara Venn",
                "positions": [{"title": "Minister", "organisation": {"name": "Ministry"}, "from": "2020"}],
            },
            said_on={"value": "2021", "precision": "year"},
            chain=[{"as_printed": "Osta", "organisation": {"name": "Osta"}}],
        )
    ],
)


async def waiting(conn: Any) -> list[int]:
    """Wait until some of the others wait for a lock; gives their process ids."""
    async with asyncio.timeout(5):
        while True:
            await conn.execute("select pg_stat_clear_snapshot()")  # a transaction sees one state of it else
            rows = await conn.fetch("select pid from pg_stat_activity where wait_event_type = 'Lock'")
            if rows:
                return [row["pid"] for row in rows]
            await asyncio.sleep(0.01)


class Breaking:
    """A connection that is lost before one of its statements; counts them."""

    def __init__(self, conn: Any, last: int | None) -> None:
        self._conn = conn
        self._left = last
        self.statements: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._conn, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
            return found

        async def run(statement: str, *values: Any) -> Any:
            self.statements.append(" ".join(statement.split()))
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    raise asyncpg.ConnectionDoesNotExistError("the connection was lost")
            return await found(statement, *values)

        return run


class Unreliable(Database):
    """The database, whose transactions break off after so many statements, or not at all."""

    last: int | None = None
    seen: Breaking | None = None

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Any]:
        async with super().write() as conn:
            self.seen = Breaking(conn, self.last)
            yield self.seen


@pytest.fixture
async def unreliable(server: str, store: Database) -> AsyncGenerator[Unreliable]:
    database = Unreliable(server, 3)
    await database.open()
    yield database
    await database.close()


@asynccontextmanager
async def writing(database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A writer of an application on this database."""
    async with database.write() as tx:
        _, secret = await create_key(tx, "writer", ["write"], None)
    async with client_of(create_app(Settings(), database), secret) as client:
        await read(client, "/v1/articles")
        yield client


@pytest.mark.parametrize("what", ["post", "put", "quote", "person", "kill"])
async def test_whatever_statement_fails_nothing_is_left_and_the_retry_works(
    unreliable: Unreliable, what: str
) -> None:
    async with writing(unreliable) as writer:
        made = await post(writer, **(WHOLE | {"uri": "tag:example.org,2026:first"}))
        person = made["people"][0]["person"]["href"]
        headers = {"Idempotency-Key": "k", "If-Match": "*"}
        requests: dict[str, tuple[str, str, Any]] = {
            "post": ("POST", "/v1/articles", WHOLE),
            "put": ("PUT", made["href"], WHOLE | {"uri": made["uri"], "body": ["New.", *WHOLE["body"]]}),
            "quote": ("PATCH", made["quotes"][0]["href"], {"speaker": {"person": {"name": "New One"}}}),
            "person": ("PATCH", person, {"name": "Renamed", "identifiers": [{"scheme": "w", "value": "2"}]}),
            "kill": ("POST", f"{made['href']}/kill", {"note": "No."}),
        }
        method, path, given = requests[what]
        before = await counts(unreliable)
        article, venn = await read(writer, made["href"]), await read(writer, person)
        for last in range(60):
            unreliable.last = last
            answer = await writer.request(method, path, json=given, headers=headers)
            if answer.status_code < 300:
                break
            assert kind(answer) == (503, "unavailable")
            assert answer.headers["retry-after"] == "1"
            unreliable.last = None
            assert await counts(unreliable) == before
            assert (await read(writer, made["href"]), await read(writer, person)) == (article, venn)
        assert answer.status_code < 300
        assert last > 4


async def test_a_dispatch_takes_few_statements(unreliable: Unreliable) -> None:
    async with writing(unreliable) as writer:
        least, whole, again = dispatch(), WHOLE, WHOLE | {"uri": "tag:example.org,2026:again"}
        taken: list[list[str]] = []
        for given in (least, whole, again):
            await post(writer, **given)
            assert unreliable.seen is not None
            taken.append(unreliable.seen.statements)
        for statements, most in zip(taken, (6, 20, 15), strict=True):
            assert len(statements) <= most, "\n".join(each[:90] for each in statements)


async def test_a_connection_that_is_cut_in_the_middle_is_a_503_and_the_next_request_works(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    article = await post(writer)
    for statement, ask in (
        ("lock table articles in access exclusive mode", lambda: client.get(article["href"])),
        ("lock table quotes in access exclusive mode", lambda: writer.post("/v1/articles", json=WHOLE)),
        (
            "lock table article_versions in access exclusive mode",
            lambda: patch(writer, article["href"], {"headline": "X"}),
        ),
        ("lock table keys in access exclusive mode", lambda: writer.get(article["href"])),
    ):
        before = await counts(store)
        async with store.write() as tx:
            await tx.execute(statement)
            asking = asyncio.create_task(ask())
            for pid in await waiting(tx):
                await tx.execute("select pg_terminate_backend($1)", pid)
            answer = await asking
        assert kind(answer) == (503, "unavailable"), statement
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["cache-control"] == "no-store"
        assert await counts(store) == before
        assert (await client.get(article["href"])).status_code == 200
    assert (await writer.post("/v1/articles", json=WHOLE)).status_code == 201


async def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    before = await counts(store)
    async with store.write() as tx:
        await tx.execute("lock table quotes in access exclusive mode")
        asking = [
            asyncio.create_task(writer.post("/v1/articles", json=WHOLE | {"uri": f"t:{i}"})) for i in range(5)
        ]
        await waiting(tx)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert await counts(store) == before
    async with store.read() as conn:
        idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
        assert await conn.fetchval(idle) == 0
    assert (await writer.post("/v1/articles", json=WHOLE)).status_code == 201


async def test_when_every_connection_is_taken_a_request_is_told_to_come_again(
    server: str, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(server, 1)
    await database.open()
    try:
        async with writing(database) as writer:
            monkeypatch.setattr(lending, "ACQUIRE_TIMEOUT", 0.05)
            async with database.read():
                answer = await writer.get("/v1/articles")
                assert kind(answer) == (503, "unavailable")
                assert answer.headers["retry-after"] == "1"
            assert (await writer.get("/v1/articles")).status_code == 200
    finally:
        await database.close()


@pytest.mark.skipif(bool(EXTERNAL), reason="stops a PostgreSQL of its own, which an external one is not")
async def test_a_stopped_server_is_a_503_until_it_is_back_and_no_restart_is_needed() -> None:
    folder = Path(tempfile.mkdtemp(prefix="dl-"))  # short, for the socket to stay at its address
    folder.chmod(0o711)  # noqa: ASYNC240 - nothing else runs meanwhile
    first = embedded.serve(folder / "d", durable=False)
    dsn = first.__enter__()
    await migrate(dsn)
    database = Database(dsn, 4)
    await database.open()
    async with writing(database) as writer:
        article = await post(writer)
        blocker = await asyncpg.connect(dsn)
        await blocker.execute("begin; lock table quotes in access exclusive mode")
        asking = asyncio.create_task(writer.post("/v1/articles", json=WHOLE))
        await waiting(blocker)
        await asyncio.to_thread(first.__exit__, None, None, None)
        assert kind(await asking) == (503, "unavailable")
        for path in (article["href"], "/v1/articles", "/readyz"):
            answer = await writer.get(path)
            assert (kind(answer), answer.headers["retry-after"]) == ((503, "unavailable"), "1")
        assert (await writer.get("/livez")).status_code == 200
        with embedded.serve(folder / "d", durable=False) as again:
            assert again == dsn
            assert await read(writer, article["href"])
            assert await read(writer, "/v1/articles")
            assert (await writer.post("/v1/articles", json=WHOLE)).status_code == 201
            await database.close()
    shutil.rmtree(folder)
