"""Those who follow the change feed through every crash: by pages, by a stream of events, and by a webhook."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx
from standardwebhooks import Webhook

from tests.torture.load import Target
from tests.webhooks.conftest import Received

AGAIN = 0.05  # seconds to the next try


@dataclass
class Follower:
    """What one reader has seen, in its order, and the cursor behind the last of it."""

    target: Target
    seen: list[str] = field(default_factory=list)
    cursor: str | None = None
    reconnected: int = 0

    async def run(self, seed: str, *, stream: bool) -> None:
        """Follow until cancelled; whatever breaks, go on behind the last event."""
        chosen = random.Random(seed)
        while True:
            try:
                async with self.target.client() as client:
                    while True:
                        await (self._stream(client) if stream else self._page(client, chosen))
            except (httpx.HTTPError, json.JSONDecodeError):
                self.reconnected += 1
                await asyncio.sleep(AGAIN)

    async def _page(self, client: httpx.AsyncClient, chosen: random.Random) -> None:
        since = {"since": self.cursor} if self.cursor else {}
        params = {"limit": chosen.randint(1, 200), "wait": 2, **since}
        answer = (await client.get("/v1/changes", params=params)).raise_for_status()
        page = answer.json()
        self.seen += [item["id"] for item in page["items"]]
        self.cursor = page["cursor"]

    async def _stream(self, client: httpx.AsyncClient) -> None:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": self.cursor} if self.cursor else {})
        async with client.stream("GET", "/v1/changes", headers=headers) as answer:
            answer.raise_for_status()
            cursor = self.cursor
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    cursor = line[4:]
                elif line.startswith("data: "):
                    self.seen.append(json.loads(line[6:])["id"])
                    self.cursor = cursor


def verify(received: list[Received], secret: str) -> None:
    """Verify the signatures of deliveries that have come in the last minutes: older ones are refused."""
    for each in received:
        Webhook(secret).verify(each.body, each.headers)


def delivered(received: list[Received], due: list[Any], *, complete: bool) -> list[str]:
    """List what is wrong with deliveries: those of `due` were to come, in this order, once or more."""
    faults = []
    ids: dict[str, bytes] = {}
    for each in received:
        said = json.loads(each.body)
        told = json.dumps(
            [said["type"], said["timestamp"], said["data"]["id"], said["data"]["resource"]["version"]]
        )
        if said["data"]["id"] != each.id or ids.setdefault(each.id, told.encode()) != told.encode():
            faults.append(f"delivery {each.id} tells of {told}")
    wanted = [row["id"] for row in due]
    if list(ids) != wanted[: len(ids)] or (complete and len(ids) < len(wanted)):
        faults.append(f"the webhook got {len(ids)} of {len(wanted)} events, or in another order")
    return faults
