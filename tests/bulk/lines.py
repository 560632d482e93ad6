"""Sending lines and reading the lines that come back."""

import json
from collections.abc import Iterable
from typing import Any

import httpx

LINES = {"Content-Type": "application/x-ndjson"}


def ndjson(documents: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


async def post_lines(client: httpx.AsyncClient, content: Any, **params: Any) -> list[dict[str, Any]]:
    """Post lines, which is a 200, and give the result lines."""
    body = content if isinstance(content, bytes) else ndjson(content)
    answer = await client.post("/v1/articles", content=body, headers=LINES, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def export(client: httpx.AsyncClient, path: str, **params: Any) -> list[dict[str, Any]]:
    """Read a list as lines."""
    answer = await client.get(path, params=params, headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]
