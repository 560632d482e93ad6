"""What the metrics tell of the feed and of deliveries: how far they are behind."""

import asyncio

import httpx

from api.db.pool import Database
from api.webhooks.delivering import Deliverer
from tests.changes.reading import change_often, now
from tests.dispatches import post
from tests.webhooks.conftest import Endpoint, answered, hook


async def measured(client: httpx.AsyncClient, name: str) -> float:
    text = (await client.get("/metrics")).text
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))


async def becomes(client: httpx.AsyncClient, name: str, value: float) -> None:
    async with asyncio.timeout(5):
        while await measured(client, name) != value:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)


async def test_the_age_of_what_waits_for_its_place_in_the_feed_is_measured(
    writer: httpx.AsyncClient, store: Database
) -> None:
    await now(writer)
    assert await measured(writer, "dateline_changes_waiting_seconds") == 0
    person = await post(writer, "/v1/people", name="Mara Venn")
    await change_often(store, person["id"], 2)
    await asyncio.sleep(0.05)
    assert await measured(writer, "dateline_changes_waiting_seconds") >= 0.05


async def test_changes_that_wait_for_an_endpoint_are_counted(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    endpoint.answers = [answered(503, Retry_After="2")]
    await hook(writer, endpoint)
    await post(writer)
    await endpoint.got(1)
    await becomes(writer, "dateline_webhook_changes_waiting", 2)
    await endpoint.got(3)
    await becomes(writer, "dateline_webhook_changes_waiting", 0)
