"""Connections that are kept in hand between two who ask for one."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest

from api.db import lending
from api.db.lending import Lending
from api.db.pool import connect_pool
from api.db.replicas import UNWELL

SIZE = 3
PID = "select pg_backend_pid()"


@pytest.fixture
async def lent(server: str) -> AsyncGenerator[Lending]:
    found = await connect_pool(server, SIZE)
    yield found
    await found.close()


def idle(lent: Lending) -> int:
    """How many connections lie in asyncpg's own pool."""
    return lent._pool.get_idle_size()


async def pid(lent: Lending) -> int:
    async with lent.acquire() as conn:
        return await conn.fetchval(PID)


async def test_a_sound_connection_is_lent_again_and_asyncpg_is_not_asked(lent, monkeypatch):
    first = await pid(lent)
    monkeypatch.setattr(asyncpg.Pool, "acquire", None)
    monkeypatch.setattr(asyncpg.Pool, "release", None)
    assert [await pid(lent) for _ in range(3)] == [first] * 3


async def test_a_connection_goes_back_to_asyncpg_after_a_while(lent, monkeypatch):
    monkeypatch.setattr(lending, "IN_HAND", 0.05)
    before = idle(lent)
    await pid(lent)
    assert idle(lent) == before - 1
    async with asyncio.timeout(2):
        while idle(lent) < before:  # noqa: ASYNC110 - it has nobody to tell
            await asyncio.sleep(0.01)
    await pid(lent)


async def test_what_a_failure_leaves_behind_is_cleared_away(lent):
    async def fail() -> None:
        async with lent.acquire() as conn:
            await conn.execute("begin")
            await conn.execute("select 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail()
    async with lent.acquire() as conn:
        assert not conn.is_in_transaction()
        assert await conn.fetchval("select 1") == 1


async def test_a_transaction_that_is_left_open_ends(lent):
    async with lent.acquire() as conn:
        await conn.execute("begin")
    async with lent.acquire() as conn:
        assert not conn.is_in_transaction()


@pytest.mark.parametrize("notices", [True, False])
async def test_a_connection_that_the_server_has_cut_is_not_lent_again(server, lent, notices):
    first = await pid(lent)
    other = await asyncpg.connect(server)
    await other.execute("select pg_terminate_backend($1)", first)
    await other.close()
    if notices:
        async with asyncio.timeout(2):
            while lending._is_sound(lent._in_hand[0]):  # noqa: ASYNC110 - it has nobody to tell
                await asyncio.sleep(0.01)
        assert await pid(lent) != first
    else:
        try:
            await pid(lent)
        except UNWELL:
            assert await pid(lent) != first
    assert [type(await pid(lent)) for _ in range(SIZE)] == [int] * SIZE


async def test_whoever_is_cancelled_leaves_a_connection_that_can_be_used(lent):
    async def sleep() -> None:
        async with lent.acquire() as conn:
            await conn.fetchval("select pg_sleep(10)")

    tasks = [asyncio.create_task(sleep()) for _ in range(2 * SIZE)]  # half of them wait for a connection
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(pid(lent) for _ in range(2 * SIZE)))
    assert lent._free._value == SIZE


async def test_more_than_there_are_connections_for_are_served_in_their_order(lent):
    served: list[int] = []

    async def ask(number: int) -> None:
        async with lent.acquire() as conn:
            await conn.fetchval("select pg_sleep(0.01)")
            served.append(number)

    await asyncio.gather(*(ask(number) for number in range(10 * SIZE)))
    rounds = [set(served[at : at + SIZE]) for at in range(0, 10 * SIZE, SIZE)]
    assert [max(each) - min(each) < 2 * SIZE for each in rounds] == [True] * 10


async def test_whoever_waits_too_long_is_told_so_and_nothing_is_lost(lent):
    loans = [lent.acquire() for _ in range(SIZE)]
    for loan in loans:
        await loan.__aenter__()
    with pytest.raises(TimeoutError):
        async with lent.acquire(0.02):
            pass
    for loan in loans:
        await loan.__aexit__(None, None, None)
    assert await pid(lent)


async def test_closing_waits_for_what_is_lent(server):
    lent = await connect_pool(server, SIZE)
    await pid(lent)

    async def read() -> Any:
        async with lent.acquire() as conn:
            return await conn.fetchval("select pg_sleep(0.1)::text")

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    await lent.close()
    assert reading.done()
    assert reading.exception() is None
    with pytest.raises(asyncpg.InterfaceError):
        await pid(lent)
