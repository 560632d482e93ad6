"""Every curl command of the documentation, run in order against the application, gives the answer shown."""

import json

import httpx

from api.db.pool import Database
from api.subjects.queries import load_shipped
from tests.docs import markdown

PATHS = [
    markdown.ROOT / "README.md",
    markdown.ROOT / "examples" / "README.md",
    *sorted((markdown.ROOT / "docs").glob("*.md")),
]
DOCUMENTS = {str(path.relative_to(markdown.ROOT)): path.read_text(encoding="utf-8") for path in PATHS}
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


async def test_the_documents_show_what_the_service_answers(
    client: httpx.AsyncClient, admin: httpx.AsyncClient, store: Database
) -> None:
    await load_shipped(store)
    for example in sorted((markdown.ROOT / "examples").glob("*.json")):
        answer = await admin.post("/v1/articles", json=json.loads(example.read_bytes()))
        assert answer.status_code == 201, answer.text
    key = admin.headers["authorization"].removeprefix("Bearer ")
    # One after the other on one store, as a reader goes through them.
    for name in RUNNABLE:
        known = {"KEY": key, "DATELINE": ""}
        for line in markdown.assignments(DOCUMENTS[name]):
            variable, _, value = line.partition("=")
            known.setdefault(variable, markdown.expand(value.strip("\"'"), known))
        for exchange in markdown.exchanges(DOCUMENTS[name]):
            answer = await send(client, markdown.parse(exchange.command, known))
            found = markdown.check(
                exchange.answer, answer.status_code, dict(answer.headers), answer.content, known
            )
            assert not found, f"{name}, line {exchange.line}: {found}\n{answer.text[:3000]}"
