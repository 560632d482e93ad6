"""Dispatches of the lifecycle tests, and what the tests do with them over and over."""

from typing import Any

import httpx

from api.db.pool import Database

SPEAKER = {"kind": "unnamed", "as_printed": "the keeper"}


def quote(*texts: str, **members: Any) -> dict[str, Any]:
    return {"form": "direct", "fragments": [{"text": text} for text in texts], "speaker": SPEAKER, **members}


def dispatch(*body: str, **members: Any) -> dict[str, Any]:
    return {"headline": "The lamp of Osk", "language": "en", "body": list(body), **members}


async def post(client: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/articles", json=document)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patch(client: httpx.AsyncClient, article: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    answer = await client.patch(
        article["href"], json=change, headers={"If-Match": f'"{article["version"]}.x"'}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def get(client: httpx.AsyncClient, path: str, **params: Any) -> dict[str, Any]:
    answer = await client.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def status(client: httpx.AsyncClient, path: str, **params: Any) -> int:
    return (await client.get(path, params=params or None)).status_code


async def told(store: Database) -> list[tuple[str, str]]:
    """The events of the change log in their order, as (type, id of the resource)."""
    async with store.read() as conn:
        numbered = await conn.fetch("select type, resource_id from changes order by pos")
        queued = await conn.fetch("select type, resource_id from change_queue order by seq")
    return [(row["type"], row["resource_id"]) for row in [*numbered, *queued]]
