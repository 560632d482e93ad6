"""Reads on streaming replicas: what they may answer, how far behind they may be, and one that fails."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from api.articles.writing import release_due
from api.db.marks import ARTICLES, ENTITIES, mark_of
from api.db.replicas import UNKNOWN
from tests.cache.conftest import key
from tests.dispatches import ids, post, quote, read
from tests.scaling.conftest import answers, until

MATCH = {"If-Match": "*"}
LISTS = (ARTICLES, ENTITIES)


def replicas(worker):
    return worker.db._replicas._replicas


def caught_up(worker):
    """Tell whether every replica has replayed what the host knows of."""
    needed = worker.db.freshness.position_of(LISTS)
    return needed is not None and all(each.position >= needed for each in replicas(worker))


@pytest.fixture
async def paused(cluster):
    """The close standby replays nothing."""
    await cluster.close.ask("select pg_wal_replay_pause()")
    while await cluster.close.ask("select pg_get_wal_replay_pause_state()") != "paused":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield
    await cluster.close.ask("select pg_wal_replay_resume()")


async def test_a_replica_answers_what_readers_are_shown_and_nothing_else(writer, one):
    href = (await post(writer))["href"]
    await until(lambda: caught_up(one))
    assert await answers(one.db, mark_of(href)) == "a replica"
    assert await answers(one.db, *LISTS) == "a replica"
    async with one.db.read() as conn:
        assert not await conn.fetchval("select pg_is_in_recovery()")
    async with one.db.write() as tx:
        assert not await tx.fetchval("select pg_is_in_recovery()")


async def test_what_was_just_written_is_read_from_the_primary_until_the_replica_has_it(
    writer, one, cluster, paused
):
    article = await post(writer, quotes=[quote()])
    assert await answers(one.db, mark_of(article["id"])) == "the primary"
    assert await answers(one.db, *LISTS) == "the primary"
    client = await one.client()
    assert (await read(client, article["href"]))["id"] == article["id"]
    assert await ids(client, "/v1/articles") == [article["id"]]
    assert len((await read(client, "/v1/search", q="ferry"))["items"]) == 1
    await cluster.close.ask("select pg_wal_replay_resume()")
    await until(lambda: caught_up(one))
    assert await answers(one.db, mark_of(article["id"])) == "a replica"


async def test_what_has_not_changed_is_answered_by_a_replica_that_is_behind(writer, one, cluster):
    old = await post(writer)
    await until(lambda: caught_up(one))
    await cluster.close.ask("select pg_wal_replay_pause()")
    try:
        new = await post(writer)
        assert await answers(one.db, mark_of(new["id"])) == "the primary"
        assert await answers(one.db, mark_of(old["id"])) == "a replica"
    finally:
        await cluster.close.ask("select pg_wal_replay_resume()")


async def test_a_killed_article_never_comes_back_from_a_replica(writer, one, host, cluster):
    late = await host(cluster.late, cache_size=0)
    here = await one.client()
    for _ in range(3):
        article = await post(writer, quotes=[quote()])
        there = await late.client()
        await until(lambda: caught_up(one))
        assert (await here.get(article["href"])).status_code == 200
        killed = await writer.post(article["href"] + "/kill", json={"note": "wrong"})
        position = {"Dateline-Position": killed.headers["dateline-position"]}
        said, speaker = article["quotes"][0]["href"], article["quotes"][0]["speaker"]["person"]["href"]
        for client, headers in ((here, {}), (there, position)):
            for path in (article["href"], said, article["href"] + "/versions"):
                assert (await client.get(path, headers=headers)).status_code == 410
            for path in ("/v1/articles", "/v1/quotes", f"{speaker}/quotes", "/v1/search?q=ferry"):
                assert (await client.get(path, headers=headers)).json()["items"] == []


async def test_an_embargo_ends_at_its_instant_on_replicas_too(writer, one, paused):
    client = await one.client()
    instant = datetime.now(UTC) + timedelta(seconds=0.3)
    href = (await post(writer, embargoed_until=instant.isoformat()))["href"]
    while datetime.now(UTC) < instant:
        assert (await client.get(href)).status_code == 404
        assert await ids(client, "/v1/articles") == []
    while not await release_due(one.db):  # noqa: ASYNC110 - the database's clock tells
        await asyncio.sleep(0.01)
    assert (await client.get(href)).status_code == 200
    assert len(await ids(client, "/v1/articles")) == 1


async def test_the_cache_is_never_filled_with_what_a_replica_does_not_know_yet(writer, host, cluster):
    late = await host(cluster.late)
    desk, client = await late.client(await key(late, "admin")), await late.client()
    href = (await post(desk))["href"]
    for number in range(12):
        answer = await desk.patch(href, json={"headline": f"Number {number}"}, headers=MATCH)
        assert answer.status_code == 200
        for _ in range(2):
            assert (await read(client, href))["headline"] == f"Number {number}"
            assert (await read(client, "/v1/articles"))["items"][0]["headline"] == f"Number {number}"
        await asyncio.sleep(0.05 * (number % 4))


async def test_an_answer_to_a_write_carries_the_position_that_shows_it(writer):
    answers = [
        await writer.post("/v1/articles", json={"headline": "A", "language": "en", "body": ["A."]}),
        await writer.post("/v1/people", json={"name": "Mara Venn"}),
    ]
    answers.append(await writer.patch(answers[0].json()["href"], json={"slugline": "x"}, headers=MATCH))
    answers.append(await writer.post(answers[0].json()["href"] + "/kill", json={"note": "wrong"}))
    for answer in answers:
        assert answer.is_success
        assert re.fullmatch(r"[0-9A-F]+/[0-9A-F]+", answer.headers["dateline-position"])
    assert "dateline-position" not in (await writer.get("/v1/articles")).headers
    refused = await writer.post("/v1/articles", json={})
    assert (refused.status_code, "dateline-position" in refused.headers) == (422, False)


async def test_who_sends_back_the_position_reads_their_own_write_on_every_host(writer, host, cluster):
    other = await host(cluster.late)
    client = await other.client()
    href = (await post(writer))["href"]
    for number in range(8):
        answer = await writer.patch(href, json={"headline": f"Number {number}"}, headers=MATCH)
        seen = {"Dateline-Position": answer.headers["dateline-position"]}
        assert (await client.get(href, headers=seen)).json()["headline"] == f"Number {number}"
        listed = await client.get("/v1/articles", headers=seen)
        assert listed.json()["items"][0]["headline"] == f"Number {number}"


async def test_a_position_that_no_replica_has_reached_is_answered_by_the_primary(writer, one):
    href = (await post(writer))["href"]
    await until(lambda: caught_up(one))
    assert await answers(one.db, mark_of(href), sees=1 << 60) == "the primary"
    client = await one.client()
    assert (await client.get(href, headers={"Dateline-Position": "FFFFFFFF/0"})).status_code == 200


@pytest.mark.parametrize("position", ["", "1", "0/", "x/1", "0/123456789", "0/1, 0/2"])
async def test_a_position_that_is_none_is_refused(writer, one, position):
    href = (await post(writer))["href"]
    client = await one.client()
    for _ in range(2):
        answer = await client.get(href, headers={"Dateline-Position": position})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["header"] == "Dateline-Position"
        assert (await client.get(href)).status_code == 200


async def test_another_host_shows_a_change_within_a_second_although_its_replica_is_late(
    writer, host, cluster
):
    client = await (await host(cluster.late)).client()
    href = (await post(writer))["href"]
    for number in range(3):
        await writer.patch(href, json={"headline": f"Number {number}"}, headers=MATCH)
        async with asyncio.timeout(1):
            while (await client.get(href)).json().get("headline") != f"Number {number}":  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_no_answer_is_older_than_the_last_acknowledged_write_of_the_host(host, cluster):
    worker = await host(cluster.close, cluster.late)
    desk, client = await worker.client(await key(worker, "admin")), await worker.client()
    href = (await post(desk, headline="Number 0"))["href"]
    acknowledged, done, shown = 0, False, 0

    async def write():
        nonlocal acknowledged, done
        for number in range(1, 60):
            answer = await desk.patch(href, json={"headline": f"Number {number}"}, headers=MATCH)
            assert answer.status_code == 200
            acknowledged = number
            await asyncio.sleep(0.1 * (number % 3 == 0))
        done = True

    async def check():
        nonlocal shown
        while not done:
            oldest = acknowledged
            for path in (href, "/v1/articles"):
                found = re.search(r"Number (\d+)", (await client.get(path)).text)
                assert int(found[1]) >= oldest
                shown += 1
                await asyncio.sleep(0)  # a kept answer waits for nothing, and so lets nobody else run

    await asyncio.gather(write(), *(check() for _ in range(3)))
    assert shown > 100


async def test_a_killed_replica_is_left_out_and_comes_back(writer, one, host, cluster):
    both = await host(cluster.close, cluster.late, cache_size=0)
    article = await post(writer)
    client = await both.client()
    await until(lambda: both.db.freshness.position_of(LISTS) >= one.db.freshness.position_of(LISTS))
    await until(lambda: caught_up(both))
    cluster.close.kill()
    try:
        for _ in range(20):
            assert (await client.get(article["href"])).status_code in (200, 503)
        await until(lambda: replicas(both)[0].position == UNKNOWN)
        for _ in range(20):
            assert (await client.get(article["href"])).status_code == 200
        assert replicas(both)[1].position != UNKNOWN
    finally:
        cluster.close.start()
    await until(lambda: replicas(both)[0].position != UNKNOWN)
    await until(lambda: caught_up(both))
    assert await answers(both.db, mark_of(article["id"])) == "a replica"


async def test_a_host_starts_while_a_replica_is_away(host, cluster):
    cluster.late.kill()
    try:
        worker = await host(cluster.late)
        assert (await (await worker.client()).get("/v1/articles")).status_code == 200
        assert await answers(worker.db, *LISTS) == "the primary"
    finally:
        cluster.late.start()
    await until(lambda: caught_up(worker))
    assert await answers(worker.db, *LISTS) == "a replica"


async def test_while_the_primary_cannot_be_followed_replicas_answer_nothing(one, monkeypatch):
    async def hangs(*_):
        await asyncio.sleep(60)

    await until(lambda: caught_up(one))
    monkeypatch.setattr(one.db.freshness, "_raise_new", hangs)
    await until(lambda: not one.db.freshness.is_confirmed)
    assert await answers(one.db, *LISTS) == "the primary"


async def test_a_server_that_is_no_standby_of_this_primary_is_not_read_from(cluster, host, server):
    worker = await host(cluster.close)
    replica = replicas(worker)[0]
    await until(lambda: replica.position != UNKNOWN)
    worker.db.freshness.incarnation = "another/1"
    await until(lambda: replica.position == UNKNOWN)
    assert await answers(worker.db, *LISTS) == "the primary"


async def test_a_promoted_replica_is_left_out(cluster, host):
    """The last test here: there is no way back."""
    worker = await host(cluster.late)
    await until(lambda: replicas(worker)[0].position != UNKNOWN)
    await cluster.late.ask("select pg_promote(false)")
    await until(lambda: replicas(worker)[0].position == UNKNOWN)
    assert await answers(worker.db, *LISTS) == "the primary"
