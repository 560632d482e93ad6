"""Every curl command of the documentation, run in order against the application, gives the answer shown."""

import json

import httpx
import pytest

from tests.docs import markdown

PATHS = [markdown.ROOT / "README.md", *sorted((markdown.ROOT / "docs").glob("*.md"))]
DOCUMENTS = {path.name: path.read_text(encoding="utf-8") for path in PATHS}
# Where `make serve` listens.
SERVED = "http://127.0.0.1:8000"
RUNNABLE = [name for name, document in DOCUMENTS.items() if markdown.exchanges(document)]


async def send(client: httpx.AsyncClient, request: markdown.Request) -> httpx.Response:
    return await client.request(
        request.method,
        request.url.removeprefix(SERVED),
        headers=request.headers,
        params=request.params or None,
        content=request.body,
    )


@pytest.mark.parametrize("name", RUNNABLE)
async def test_a_document_shows_what_the_service_answers(
    name: str, client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    for example in sorted((markdown.ROOT / "examples").glob("*.json")):
        answer = await admin.post("/v1/articles", json=json.loads(example.read_bytes()))
        assert answer.status_code == 201, answer.text
    document = DOCUMENTS[name]
    known = {"KEY": admin.headers["authorization"].removeprefix("Bearer "), "DATELINE": ""}
    for line in markdown.assignments(document):
        variable, _, value = line.partition("=")
        known.setdefault(variable, markdown.expand(value.strip("\"'"), known))
    for exchange in markdown.exchanges(document):
        answer = await send(client, markdown.parse(exchange.command, known))
        found = markdown.check(
            exchange.answer, answer.status_code, dict(answer.headers), answer.content, known
        )
        assert not found, f"{name}, line {exchange.line}: {found}\n{answer.text[:3000]}"
