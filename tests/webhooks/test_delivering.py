"""Deliveries: signed, in order, tried again, and each endpoint on its own."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from api.db.pool import Database
from api.webhooks import schedule, sending
from api.webhooks.delivering import Deliverer
from tests.dispatches import patch, post, quote
from tests.webhooks.conftest import Endpoint, Received, Writer, answered, becomes, hook, log, process


def verified(secret: str, received: Received) -> Any:
    """What the independent implementation of Standard Webhooks makes of a delivery; it raises when forged."""
    return Webhook(secret).verify(received.body, received.headers)


def types(received: list[Received]) -> list[str]:
    return [json.loads(each.body)["type"] for each in received]


async def test_a_change_arrives_signed_as_the_feed_shows_it(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.published"])
    now = (await writer.get("/v1/changes", params={"since": "now"})).json()["cursor"]
    await post(writer)
    (received,) = await endpoint.got(1)
    shown = (await writer.get("/v1/changes", params={"since": now, "types": "article.published"})).json()
    (change,) = shown["items"]
    assert verified(made["secret"], received) == {
        "type": "article.published",
        "timestamp": change["occurred_at"],
        "data": change,
    }
    assert received.id == change["id"]
    assert received.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        verified(made["secret"], Received(received.headers, received.body + b" "))


async def test_changes_arrive_in_their_order_over_one_connection(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    now = (await writer.get("/v1/changes", params={"since": "now"})).json()["cursor"]
    await hook(writer, endpoint)
    for number in range(4):
        await post(writer, headline=f"Number {number}", quotes=[quote()])
    shown = (await writer.get("/v1/changes", params={"since": now})).json()["items"]
    received = await endpoint.got(len(shown))
    assert [each.id for each in received] == [change["id"] for change in shown]
    assert len(endpoint.connections) == 1


async def test_a_failed_delivery_is_repeated_under_its_id_before_the_next_one(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.*"])
    endpoint.answers += [answered(500, b"down\x00"), answered(302, Location=endpoint.url)]
    await post(writer)
    received = await endpoint.got(4)
    assert types(received) == ["article.created"] * 3 + ["article.published"]
    assert len({each.id for each in received[:3]}) == 1
    assert received[0].headers["webhook-timestamp"] <= received[2].headers["webhook-timestamp"]
    attempts = await log(writer, made, 4)
    assert [(each["attempt"], each["status"]) for each in reversed(attempts)] == [
        (1, 500),
        (2, 302),
        (3, 204),
        (1, 204),
    ]
    assert attempts[3]["response_excerpt"] == "down\ufffd"
    assert attempts[3]["next_attempt_at"] is not None
    assert attempts[1]["next_attempt_at"] is None


async def test_a_dead_endpoint_delays_nobody(
    writer: httpx.AsyncClient, endpoint: Endpoint, another: Endpoint, deliveries: Deliverer
) -> None:
    async def silent(_: Writer) -> None:
        await asyncio.sleep(30)

    endpoint.answers = [silent]
    await hook(writer, endpoint)
    await hook(writer, another)
    await post(writer)
    await post(writer)
    assert len(await another.got(4, within=2)) == 4
    assert len(endpoint.received) == 1


async def test_an_endpoint_that_is_gone_gets_nothing_more_until_it_is_brought_back(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.published"])
    endpoint.answers = [answered(410)]
    await post(writer)
    assert (await becomes(writer, made, "disabled"))["disabled_reason"] == "gone"
    await post(writer)
    await asyncio.sleep(0.1)
    assert len(endpoint.received) == 1
    back = await writer.patch(f"/v1/webhooks/{made['id']}", json={"status": "active"})
    assert back.json()["disabled_reason"] is None
    received = await endpoint.got(3)
    assert received[0].id == received[1].id != received[2].id


@pytest.mark.parametrize("status", [410, 500])
async def test_what_a_former_address_answers_is_not_held_against_the_next(
    writer: httpx.AsyncClient, endpoint: Endpoint, another: Endpoint, deliveries: Deliverer, status: int
) -> None:
    made = await hook(writer, endpoint)

    async def moved_meanwhile(answer: Writer) -> None:
        await writer.patch(f"/v1/webhooks/{made['id']}", json={"url": another.url})
        answer.write(answered(status, Retry_After="600"))

    endpoint.answers = [moved_meanwhile]
    await post(writer, "/v1/people", name="Mara Venn")
    await another.got(1)
    assert (await log(writer, made, 2))[1]["next_attempt_at"] is None
    assert (await writer.get(f"/v1/webhooks/{made['id']}")).json()["status"] == "active"


async def test_what_fails_for_days_is_disabled(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    endpoint.answers = [answered(500)] * 100
    made = await hook(writer, endpoint)
    await post(writer)
    assert (await becomes(writer, made, "disabled"))["disabled_reason"] == "failing"
    assert [each["attempt"] for each in await log(writer, made)] == [4, 3, 2, 1]


def test_the_schedule_is_that_of_standard_webhooks_with_jitter() -> None:
    waits = [schedule.delay(failures, schedule.LONGEST * 0) for failures in range(1, 11)]
    assert waits[9] is None
    planned = zip(schedule.DELAYS, waits[:9], strict=True)
    assert all(least <= wait <= least * (1 + schedule.JITTER) for least, wait in planned if wait)
    assert 75 <= sum(schedule.DELAYS, start=schedule.LONGEST * 0).total_seconds() / 3600 < 76


def test_an_endpoint_may_ask_for_more_time_up_to_a_day() -> None:
    hour = schedule.LONGEST / 24
    assert schedule.delay(1, hour) == hour
    assert schedule.delay(1, hour * 100) == schedule.LONGEST


async def test_retry_after_is_heeded(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer, store: Database
) -> None:
    made = await hook(writer, endpoint)
    endpoint.answers = [answered(429, Retry_After="7200")]
    await post(writer)
    await log(writer, made, 1)
    async with store.read() as conn:
        hours = await conn.fetchval(
            "select extract(epoch from next_at - clock_timestamp()) / 3600 from webhooks"
        )
    assert 1.9 < hours <= 2


async def test_of_an_endless_answer_only_the_beginning_is_read(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    sent = 0

    async def endless(writer: Writer) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    endpoint.answers = [endless]
    made = await hook(writer, endpoint, types=["article.published"])
    await post(writer)
    attempts = await log(writer, made, 1)
    assert (attempts[0]["status"], len(attempts[0]["response_excerpt"])) == (200, sending.EXCERPT)
    assert sent < 10_000_000


async def test_a_status_counts_although_the_rest_of_the_answer_drips(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dripping(writer: Writer) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n":
            writer.write(bytes([byte]))
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    monkeypatch.setattr(sending, "TIMEOUT", 0.3)
    endpoint.answers = [dripping]
    made = await hook(writer, endpoint, types=["article.published"])
    await post(writer)
    await post(writer)
    assert len({each.id for each in await endpoint.got(2)}) == 2
    assert [each["status"] for each in await log(writer, made)][-1] == 200


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"HTTP/1.1 2", "No answer within 0 seconds."),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "The connection broke, or the answer was not HTTP."),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000, "The connection broke, or the answer was not HTTP."),
    ],
)
async def test_what_is_no_answer_is_a_failure(
    writer: httpx.AsyncClient,
    endpoint: Endpoint,
    deliveries: Deliverer,
    monkeypatch: pytest.MonkeyPatch,
    said: bytes,
    error: str,
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", 0.2)
    endpoint.answers = [said]
    made = await hook(writer, endpoint, types=["article.published"])
    await post(writer)
    await endpoint.got(2)
    attempts = await log(writer, made)
    assert (attempts[-1]["status"], attempts[-1]["error"]) == (None, error)


async def test_a_paused_webhook_goes_on_where_it_was(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.published"])
    first = await post(writer)
    await endpoint.got(1)
    await writer.patch(f"/v1/webhooks/{made['id']}", json={"status": "paused"})
    second = await post(writer)
    await asyncio.sleep(0.2)
    assert len(endpoint.received) == 1
    await writer.patch(f"/v1/webhooks/{made['id']}", json={"status": "active"})
    received = await endpoint.got(2)
    assert [each.resource for each in received] == [first["id"], second["id"]]


async def test_after_a_rotation_both_secrets_verify_until_the_overlap_ends(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.published"])
    path = f"/v1/webhooks/{made['id']}/rotate"
    rotated = (await writer.post(path, json={})).json()
    await post(writer)
    (received,) = await endpoint.got(1)
    assert verified(made["secret"], received) == verified(rotated["secret"], received)
    at_once = (await writer.post(path, json={"overlap_hours": 0})).json()
    await post(writer)
    received = (await endpoint.got(2))[1]
    assert verified(at_once["secret"], received)
    with pytest.raises(WebhookVerificationError):
        verified(rotated["secret"], received)


async def test_a_webhook_ends_with_the_key_that_made_it(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint)
    keys = (await admin.get("/v1/keys")).json()["items"]
    (key,) = [each["id"] for each in keys if each["scopes"] == ["write"]]
    await admin.delete(f"/v1/keys/{key}")
    await post(admin)
    assert (await becomes(admin, made, "disabled"))["disabled_reason"] == "key_revoked"
    assert endpoint.received == []


async def test_a_webhook_shows_what_its_key_may_see(
    writer: httpx.AsyncClient,
    embargo: httpx.AsyncClient,
    endpoint: Endpoint,
    another: Endpoint,
    deliveries: Deliverer,
) -> None:
    await hook(writer, endpoint, types=["article.*"])
    await hook(embargo, another, types=["article.*"])
    article = await post(embargo, pub_status="withheld", headline="Under wraps")
    await another.got(1)
    await embargo.post(f"{article['href']}/release", json={})
    await endpoint.got(1)
    assert types(await another.got(2)) == ["article.created", "article.published"]
    assert types(endpoint.received) == ["article.published"]


async def test_a_killed_article_is_delivered_without_its_headline(
    writer: httpx.AsyncClient, endpoint: Endpoint, quick: None, store: Database
) -> None:
    await hook(writer, endpoint)
    article = await post(writer, headline="The vault of Osk", quotes=[quote()])
    await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
    async with process(store):
        await endpoint.got(3)
        await asyncio.sleep(0.05)
    assert types(endpoint.received) == ["person.created", "article.killed", "quote.withdrawn"]
    assert not any(b"vault" in each.body or b"We are ready" in each.body for each in endpoint.received)


async def test_filters_are_those_of_the_feed(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    osta = await post(writer, "/v1/organisations", name="Osta News")
    await hook(writer, endpoint, types=["article.*", "quote.*"], filters={"provider": [osta["id"]]})
    await post(writer, provider={"name": "Elm Wire"})
    article = await post(writer, provider={"id": osta["id"]}, quotes=[quote()])
    await patch(writer, article["href"], {"headline": "Ferry runs"})
    received = await endpoint.got(4)
    assert types(received) == ["article.created", "article.published", "quote.created", "article.updated"]


async def test_two_processes_deliver_each_change_once(
    writer: httpx.AsyncClient, endpoint: Endpoint, another: Endpoint, deliveries: Deliverer, store: Database
) -> None:
    async with process(store):
        hooks = [await hook(writer, each, types=["article.published"]) for each in (endpoint, another)]
        for _ in range(5):
            await post(writer)
        for each in (endpoint, another):
            await each.got(5)
        await asyncio.sleep(0.1)
        assert [len(await log(writer, each)) for each in hooks] == [5, 5]
    assert len({each.id for each in endpoint.received}) == len(endpoint.received) == 5


async def test_what_was_sent_but_not_written_down_is_sent_again_by_another_process(
    writer: httpx.AsyncClient, endpoint: Endpoint, quick: None, store: Database
) -> None:
    async def never(_: Writer) -> None:
        await asyncio.sleep(30)

    made = await hook(writer, endpoint, types=["article.published"])
    endpoint.answers = [never]
    async with process(store) as killed:
        await post(writer)
        await endpoint.got(1)
        # As after kill -9: nothing is released, and the claim runs out.
        killed._db = None  # type: ignore[assignment]
        async with store.write() as tx:
            await tx.execute("update webhooks set claimed_until = clock_timestamp()")
        async with process(store):
            received = await endpoint.got(2)
            assert len(await log(writer, made, 1)) == 1
            killed._db = store
    assert received[0].id == received[1].id
