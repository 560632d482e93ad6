"""A killed server process: what it was delivering arrives, once more at most, under the same id."""

import asyncio
import os
import signal

import asyncpg
import httpx

from tests.changes.conftest import keyed as keyed  # noqa: PLC0414 - a fixture
from tests.dispatches import dispatch
from tests.programs import environment, serving
from tests.webhooks.conftest import Endpoint, Writer, answered, hook


async def test_after_kill_9_every_change_arrives_in_order_and_none_under_two_ids(
    keyed: tuple[str, str], endpoint: Endpoint
) -> None:
    dsn, key = keyed
    env = environment(database_url=dsn, DATELINE_WEBHOOK_ALLOW_PRIVATE="true")

    async def late(writer: Writer) -> None:
        await asyncio.sleep(1)
        writer.write(answered(204))

    endpoint.answers = [answered(204), late]
    with serving(env) as service:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=service.url, headers=headers) as client:
            await hook(client, endpoint, types=["article.published"])
            posted = [
                (await client.post("/v1/articles", json=dispatch(headline=f"Number {n}"))).json()["id"]
                for n in range(4)
            ]
        await endpoint.got(2)
        os.kill(service.workers()[0].pid, signal.SIGKILL)
        conn = await asyncpg.connect(dsn)
        await conn.execute("update webhooks set claimed_until = clock_timestamp()")  # spares the wait
        await conn.close()
        await endpoint.got(5, within=20)
    arrived = [each.resource for each in endpoint.received]
    assert list(dict.fromkeys(arrived)) == posted
    assert len({each.id for each in endpoint.received}) == 4
