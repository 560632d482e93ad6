"""The change feed as a stream: server-sent events and lines, resumed, kept alive, and ended."""

import asyncio
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from api.changes import feed, streams
from api.changes.cursors import Place
from api.changes.selection import Wanted
from api.db.pool import Database
from api.entities.same import same_entities
from api.settings import Settings
from api.visibility import PUBLIC
from tests.changes.reading import EVENTS, LINES, change_often, listeners, now, streaming, walk
from tests.dispatches import patch, post, quote

FACES = [EVENTS, LINES]


@pytest.mark.parametrize("face", FACES)
async def test_a_stream_gives_what_the_pages_give_before_and_after_it_was_opened(
    served: str, writer: httpx.AsyncClient, face: dict[str, str]
) -> None:
    await post(writer, quotes=[quote()])
    async with streaming(served, face) as stream:
        assert await stream.take(4) == await walk(writer)
        since = stream.cursor
        await post(writer, headline="The next one")
        assert await stream.take(2) == await walk(writer, since)


@pytest.mark.parametrize("face", FACES)
async def test_a_broken_stream_goes_on_behind_the_last_event(
    served: str, writer: httpx.AsyncClient, face: dict[str, str]
) -> None:
    since = await now(writer)
    for number in range(4):
        await post(writer, headline=f"Number {number}", quotes=[quote()])
    whole = await walk(writer, since)
    found, cursor = [], since
    for count in (1, 5, 2):
        async with streaming(served, face, cursor) as stream:
            found += await stream.take(count)
            cursor = stream.cursor
    assert found == whole[:8]


async def test_a_browser_that_comes_back_repeats_its_address_and_names_the_last_event(
    served: str, writer: httpx.AsyncClient
) -> None:
    await post(writer)
    async with streaming(served, EVENTS) as stream:
        first = await stream.take(1)
    async with streaming(served, {**EVENTS, "Last-Event-ID": stream.cursor}, "now") as stream:
        assert first + await stream.take(1) == await walk(writer)


@pytest.mark.parametrize("face", FACES)
async def test_a_quiet_stream_gives_signs_of_life_that_carry_the_cursor_on(
    served: str, writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, face: dict[str, str]
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.05)
    since = await now(writer)
    async with streaming(served, face, since, types="person.merged") as stream:
        await post(writer)
        with pytest.raises(TimeoutError):
            await stream.take(1, within=0.5)
    assert stream.comments > 2
    assert await walk(writer, stream.cursor) == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("change", [{"note": "Not true."}, {"pub_status": "withheld"}])
async def test_a_stream_tells_nothing_of_what_was_hidden_before_it_was_opened(
    served: str, embargo: httpx.AsyncClient, face: dict[str, str], change: dict[str, str]
) -> None:
    since = await now(embargo)
    async with streaming(served, face, since) as other:
        article = await post(embargo, headline="The vault of Osk", quotes=[quote()])
        await other.take(4)
        if "note" in change:
            await embargo.post(f"{article['href']}/kill", json=change)
        else:
            await patch(embargo, article["href"], change)
        async with streaming(served, face, since, types="article.*,quote.*") as stream:
            items = await stream.take(2)
    assert {item["type"] for item in items} <= {"article.killed", "article.deleted", "quote.withdrawn"}
    assert not {"headline", "text"} & {name for item in items for name in item["resource"]}


async def test_a_reader_who_lags_behind_is_told_nothing_of_what_was_hidden_meanwhile(
    store: Database, writer: httpx.AsyncClient
) -> None:
    shared = feed.Feed(store, Settings(), same_entities)
    async with shared.running():
        start = Place((await shared.current()).last), Wanted(), PUBLIC
        async with shared.subscribed(*start) as quick, shared.subscribed(*start) as lagging:
            article = await post(writer, headline="The vault of Osk")
            assert len(await quick.next(5)) == 2
            await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
            assert [each.type for each in await quick.next(5)] == ["article.killed"]
            assert [each.type for each in await lagging.next(5)] == ["article.killed"]


async def test_filters_and_visibility_hold_for_streams(
    served: str, writer: httpx.AsyncClient, embargo: httpx.AsyncClient
) -> None:
    key = embargo.headers["authorization"]
    async with (
        streaming(served, EVENTS, "now", types="article.*") as public,
        streaming(served, EVENTS, "now", key, types="article.*") as privileged,
    ):
        await post(embargo, pub_status="withheld", headline="Under wraps")
        await post(writer, headline="For all", quotes=[quote()])
        assert [item["resource"]["headline"] for item in await public.take(2)] == ["For all"] * 2
        headlines = [item["resource"]["headline"] for item in await privileged.take(3)]
        assert headlines == ["Under wraps", "For all", "For all"]


@pytest.mark.parametrize("face", FACES)
async def test_the_stream_of_a_revoked_key_ends(
    served: str,
    writer: httpx.AsyncClient,
    store: Database,
    monkeypatch: pytest.MonkeyPatch,
    face: dict[str, str],
) -> None:
    monkeypatch.setattr(feed, "KEY_CHECKED_FOR", 0)
    monkeypatch.setattr(streams, "HEARTBEAT", 0.05)
    async with streaming(served, face, "now", writer.headers["authorization"]) as stream:
        async with store.write() as tx:
            await tx.execute("update keys set revoked_at = clock_timestamp()")
        assert await stream.take(1) == []


@pytest.mark.parametrize(("name", "value"), [("limit", "5"), ("wait", "5"), ("names", "ru")])
@pytest.mark.parametrize("face", FACES)
async def test_a_stream_has_neither_limit_nor_wait_nor_names(
    client: httpx.AsyncClient, face: dict[str, str], name: str, value: str
) -> None:
    answer = await client.get("/v1/changes", headers=face, params={name: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == name


@pytest.mark.parametrize("face", FACES)
async def test_a_stream_with_a_bad_cursor_is_a_problem(
    client: httpx.AsyncClient, face: dict[str, str]
) -> None:
    answer = await client.get("/v1/changes", headers=face, params={"since": "x"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_a_bad_last_event_id_is_told_as_what_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/changes", headers={**EVENTS, "Last-Event-ID": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (400, "Last-Event-ID")


@pytest.mark.parametrize("face", FACES)
async def test_head_of_a_stream_ends_at_once(client: httpx.AsyncClient, face: dict[str, str]) -> None:
    answer = await client.head("/v1/changes", headers=face)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == face["Accept"]


async def test_another_representation_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/changes", headers={"Accept": "text/html"})).status_code == 406


async def test_ten_thousand_changes_of_one_transaction_reach_every_stream_in_order(
    served: str, writer: httpx.AsyncClient, store: Database
) -> None:
    person = await post(writer, "/v1/people", name="Mara Venn")
    async with streaming(served, EVENTS, "now") as one, streaming(served, LINES, "now") as another:
        await change_often(store, person["id"], 10_001)
        taken = await asyncio.gather(one.take(10_000, within=15), another.take(10_000, within=15))
    for items in taken:
        assert [item["resource"]["version"] for item in items] == list(range(2, 10_002))


async def test_a_reader_who_fell_behind_what_is_in_memory_reads_on_from_the_database(
    served: str, writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "KEPT", 2)
    monkeypatch.setattr(feed, "CHUNK", 3)
    since = await now(writer)
    async with streaming(served, EVENTS, since) as slow, streaming(served, EVENTS, since) as quick:
        for number in range(6):
            await post(writer, headline=f"Number {number}")
            assert len(await quick.take(2)) == 2
        assert await slow.take(12) == await walk(writer, since)


async def test_a_subscriber_that_stops_reading_is_let_go_and_delays_nobody(
    served: str, writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STALLED", 0.3)
    person = await post(writer, "/v1/people", name="M" * 450)
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((urlsplit(served).hostname, urlsplit(served).port))
        stalled.send(b"GET /v1/changes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        async with streaming(served, EVENTS, "now") as stream:
            await change_often(store, person["id"], 10_001)
            assert len(await stream.take(10_000, within=10)) == 10_000
            await asyncio.sleep(0.5)
            stalled.setblocking(False)
            received = b""
            async with asyncio.timeout(5):
                while part := await asyncio.get_running_loop().sock_recv(stalled, 1 << 20):
                    received += part
        assert b"data: " in received
        assert received.count(b"data: ") < 10_000


async def test_a_lost_listening_connection_is_made_anew(
    served: str, writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.changes.listening.AFTER_LOSS", 0.05)
    async with streaming(served, EVENTS, "now") as stream:
        await post(writer)
        await stream.take(2)
        (lost,) = await listeners(store, 5, some=True)
        async with store.read() as conn:
            await conn.execute("select pg_terminate_backend($1)", lost)
        await post(writer)
        await stream.take(2)
        assert await listeners(store, 5, some=True) != [lost]


async def test_nobody_listens_when_nobody_waits(
    served: str, writer: httpx.AsyncClient, store: Database
) -> None:
    async with streaming(served, EVENTS, "now") as stream:
        await post(writer)
        await stream.take(2)
    assert await listeners(store, 5, some=False) == []
