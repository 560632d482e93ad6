"""The visibility matrix: every route, for every reader, in every state of an article."""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest

from api.app import create_routes
from api.db.pool import Database
from api.http.openapi import document
from api.keys.queries import create_key, revoke_key
from api.settings import Settings
from tests.conftest import client_of
from tests.lifecycle.dispatches import patch, post
from tests.lifecycle.expected import OPEN, READERS, ROWS, STATES
from tests.lifecycle.scenes import NOTHING, Scene, dispatch_of, scene


@cache
def operations() -> dict[str, Any]:
    """The description of each operation, under its method and path."""
    described = document(create_routes(Database("", 1)), Settings())["paths"]
    return {
        f"{method.upper()} {path}": facts
        for path, methods in described.items()
        for method, facts in methods.items()
    }


@pytest.fixture
async def readers(app: Any, store: Database) -> AsyncGenerator[dict[str, httpx.AsyncClient]]:
    """A client of each kind of reader."""
    async with AsyncExitStack() as stack:
        found: dict[str, httpx.AsyncClient] = {}
        for reader in READERS:
            secret = None
            if reader != "anonymous":
                async with store.write() as tx:
                    scopes = ["write"] if reader == "revoked" else reader.split("+")
                    key, secret = await create_key(tx, reader, scopes, None)
                    if reader == "revoked":
                        await revoke_key(tx, key.id)
            found[reader] = await stack.enter_async_context(client_of(app, secret))
        yield found


def test_every_route_has_a_row_in_the_table_of_who_is_answered_what() -> None:
    assert set(ROWS) == set(operations()), "add a row to tests/lifecycle/expected.py, or take one out"


def address(operation: str, about: Scene) -> str:
    """Fill in the path of an operation."""
    path = operation.partition(" ")[2]
    id = about.ids.get(path.split("/")[2], NOTHING) if path.startswith("/v1/") else NOTHING
    return (
        path.replace("{id}", id).replace("{n}", "1").replace("{loser}", NOTHING).replace("{kind}", "killed")
    )


async def ask(client: httpx.AsyncClient, operation: str, about: Scene) -> httpx.Response:
    """Send the request of a row."""
    row, method = ROWS[operation], operation.partition(" ")[0]
    headers = {"If-Match": "*"} if method in ("PUT", "PATCH", "DELETE") else {}
    answer = await client.request(
        method,
        address(operation, about) + (f"?{row.query}" if row.query else ""),
        json=row.body(about) if row.body else None,
        headers=headers,
    )
    assert answer.status_code < 500, f"{operation}: {answer.text}"
    return answer


def leaks(reader: str, answer: httpx.Response, scenes: dict[str, Scene]) -> list[str]:
    """List what an answer gives away. `instance` only repeats the address that was asked for."""
    shown = answer.text
    if answer.headers.get("content-type") == "application/problem+json":
        shown = json.dumps({**answer.json(), "instance": None}, ensure_ascii=False)
    shown += "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return [
        f"{each.state}: {word}" for each in scenes.values() for word in each.secrets(reader) if word in shown
    ]


@pytest.mark.parametrize("state", STATES)
async def test_every_route_answers_every_reader_as_the_table_says(
    readers: dict[str, httpx.AsyncClient], state: str
) -> None:
    desk = readers["admin"]
    scenes = {each: await scene(desk, each) for each in STATES}
    found: dict[str, list[str]] = {}
    given_away: list[str] = []
    # What everyone is answered has no state: once is enough.
    rows = {each: row for each, row in ROWS.items() if row.expected is not OPEN or state == "usable"}
    for operation in rows:
        for reader, client in readers.items():
            answer = await ask(client, operation, scenes[state])
            found.setdefault(operation, []).append(str(answer.status_code))
            given_away += [f"{operation} as {reader}: {leak}" for leak in leaks(reader, answer, scenes)]
            if answer.is_success and not operation.startswith("GET"):
                scenes[state] = await scene(desk, state)
    assert given_away == []
    assert {operation: " ".join(row) for operation, row in found.items()} == {
        operation: row.expected[state] for operation, row in rows.items()
    }


def formats(operation: str) -> list[str]:
    """List the forms in which an operation answers, or takes a body, on request."""
    parameters = operations()[operation]["parameters"]
    of_format = (each["schema"] for each in parameters if each.get("name") == "format")
    return next((schema["enum"] for schema in of_format), [])


@pytest.mark.parametrize("state", STATES)
async def test_no_format_shows_what_json_does_not(readers: dict[str, httpx.AsyncClient], state: str) -> None:
    scenes = {each: await scene(readers["admin"], each) for each in STATES}
    found: dict[str, str] = {}
    given_away: list[str] = []
    written = [(each, format) for each in ROWS if each.startswith("GET") for format in formats(each)]
    for operation, format in written:
        statuses: list[str] = []
        for reader, client in readers.items():
            query = "&".join(filter(None, [ROWS[operation].query, f"format={format}"]))
            answer = await client.get(f"{address(operation, scenes[state])}?{query}")
            statuses.append(str(answer.status_code))
            given_away += [f"{operation} as {format}: {leak}" for leak in leaks(reader, answer, scenes)]
        found[f"{operation} {format}"] = " ".join(statuses)
    assert given_away == []
    assert found == {f"{each} {format}": ROWS[each].expected[state] for each, format in written}
    assert len(found) >= 9


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("usable", "old")])
@pytest.mark.parametrize("pubstatus", ["usable", "canceled"])
async def test_an_item_that_arrives_changes_and_tells_nothing_of_what_its_sender_cannot_see(
    readers: dict[str, httpx.AsyncClient], state: str, pubstatus: str
) -> None:
    scenes = {state: await scene(readers["admin"], state)}
    about = scenes[state]
    before = await readers["admin"].get(f"/v1/articles/{about.ids['articles']}")
    item = {"uri": about.uri, "version": "9", "pubstatus": pubstatus, "language": "en"}
    item |= {"headlines": [{"value": "New"}], "bodies": [{"contenttype": "text/plain", "value": "New."}]}
    for kind in ("ninjs", "ninjs-dateline"):
        answer = await readers["write"].post("/v1/articles", params={"format": kind}, json=item)
        assert answer.status_code in (404, 409, 410, 422), answer.text
        assert leaks("write", answer, scenes) == []
    after = await readers["admin"].get(f"/v1/articles/{about.ids['articles']}")
    assert after.text == before.text


def filters(operation: str, about: Scene) -> list[tuple[str, str, str]]:
    """List the filters of an operation that a hidden thing could be found by: name, value, one of nothing."""
    collection = operation.rpartition("/")[2]
    parameters = operations()[operation]["parameters"]
    named = {parameter["name"] for parameter in parameters if parameter.get("in") == "query"}
    if collection == "subjects":
        return []  # a vocabulary, in which nothing is hidden
    if collection == "changes" and about.state in ("again", "killed"):
        return []  # tombstones are found
    return [(name, *values) for name, values in about.probes(collection).items() if name in named]


def bare(answer: httpx.Response, asked: str) -> tuple[int, str]:
    """Give an answer without what differs between any two, and without what was asked for."""
    if "json" in answer.headers["content-type"]:
        own = dict.fromkeys(("request_id", "instance", "cursor"))
        text = json.dumps(answer.json() | own, ensure_ascii=False)
    else:
        text = answer.text
    return answer.status_code, unquote_plus(text).replace(asked, "")


@pytest.mark.parametrize("state", [state for state in STATES if state != "usable"])
async def test_no_filter_tells_what_is_hidden_from_what_does_not_exist(
    readers: dict[str, httpx.AsyncClient], state: str
) -> None:
    await scene(readers["admin"], "usable")
    about = await scene(readers["admin"], state)
    tried: set[str] = set()
    for operation in operations():
        if not operation.startswith("GET"):
            continue
        for name, value, nothing in filters(operation, about):
            path = address(operation, about)
            for reader in ("anonymous", "write"):
                more = extras(operation)
                hidden = await readers[reader].get(path, params=more | {name: value})
                none = await readers[reader].get(path, params=more | {name: nothing})
                assert bare(hidden, value) == bare(none, nothing), f"{operation} as {reader}, {name}={value}"
                assert hidden.status_code in (200, 404, 410), hidden.text
            tried.add(name)
    assert tried


def extras(operation: str) -> dict[str, str]:
    """Ask for all that a list can tell: counts, facets, every status."""
    asked = {"count": "exact", "limit": "200"}
    for parameter in operations()[operation]["parameters"]:
        values = parameter.get("schema", {}).get("items", {}).get("enum")
        if parameter.get("name") in ("facets", "status", "expand") and values:
            asked[parameter["name"]] = ",".join(values)
    parameters = operations()[operation]["parameters"]
    named = {parameter["name"] for parameter in parameters if parameter.get("in") == "query"}
    return {name: value for name, value in asked.items() if name in named}


async def seen(client: httpx.AsyncClient, about: Scene) -> dict[str, tuple[int, str]]:
    """Read everything that can be read, as a reader sees it."""
    found: dict[str, tuple[int, str]] = {}
    for operation, row in ROWS.items():
        if operation.startswith("GET") and operation not in ("GET /metrics", "GET /readyz"):
            asked = dict(pair.split("=") for pair in row.query.split("&") if pair)
            answer = await client.get(address(operation, about), params=extras(operation) | asked)
            status, text = bare(answer, NOTHING)
            found[operation] = status, text + answer.headers.get("etag", "")
    return found


async def test_what_is_held_changes_nothing_that_others_see(readers: dict[str, httpx.AsyncClient]) -> None:
    """Articles that name people who are public already: their pages, lists and the feed stay as they were."""
    desk = readers["admin"]
    about = await scene(desk, "usable")
    before = {reader: await seen(readers[reader], about) for reader in ("anonymous", "read", "write")}
    for number, hold in enumerate(
        ({"pub_status": "withheld"}, {"embargoed_until": "2999-01-01T00:00:00Z"}, {"pub_status": "withheld"})
    ):
        word = about.identifier["value"]
        given = dispatch_of(word) | {"uri": f"tag:osk.example,2025:{number}"} | hold
        article = await post(desk, given)
        assert {each["outcome"] for each in article["resolution"]} == {"linked"}
        article = await patch(desk, article, {"slugline": "second"})
    assert (await desk.post(f"{article['href']}/kill", json={"note": "No."})).status_code == 200
    for reader, was in before.items():
        now = await seen(readers[reader], about)
        assert {operation: now[operation] for operation in now if now[operation] != was[operation]} == {}
    assert await seen(desk, about) != before["write"]


async def ran(
    client: httpx.AsyncClient, statements: list[str], path: str, params: dict[str, str]
) -> list[str]:
    """List the statements that a request takes, but for those about its key."""
    statements.clear()
    await client.get(path, params=params)
    return [statement for statement in statements if "keys" not in statement]


Asked = tuple[str, dict[str, str]]


def pairs(operation: str, about: Scene) -> Iterator[tuple[Asked, Asked]]:
    """Give requests for what is hidden, each with the same one for what does not exist."""
    path, more = address(operation, about), extras(operation)
    for name, value, nothing in filters(operation, about):
        yield (path, more | {name: value}), (path, more | {name: nothing})
    hidden = about.ids.get(path.split("/")[2], "")
    row = ROWS[operation]
    if "{id}" in operation and hidden in path and row.expected[about.state].startswith("404 404 404"):
        query = dict(pair.split("=") for pair in row.query.split("&") if pair)
        yield (path, query), (path.replace(hidden, NOTHING), query)


@pytest.mark.parametrize("state", [state for state in STATES if state != "usable"])
async def test_the_statements_tell_nothing_hidden_from_nothing_at_all(
    readers: dict[str, httpx.AsyncClient], statements: list[str], state: str
) -> None:
    await scene(readers["admin"], "usable")
    about = await scene(readers["admin"], state)
    await readers["admin"].get("/v1/changes")  # what waits for its place in the log is moved there once
    compared = 0
    for operation in [each for each in operations() if each.startswith("GET /v1/")]:
        for of_hidden, of_nothing in pairs(operation, about):
            for reader in ("anonymous", "write"):
                taken = await ran(readers[reader], statements, *of_hidden)
                assert taken == await ran(readers[reader], statements, *of_nothing), of_hidden
                compared += 1
    assert compared > 10


# Not the changes, whose stream never ends (tests/changes/test_visibility.py).
STREAMED = [
    operation
    for operation in ROWS
    if operation.startswith("GET")
    and operation.split("/")[-1] in ("articles", "people", "organisations", "quotes")
]


@pytest.mark.parametrize("state", STATES)
async def test_no_stream_shows_what_a_page_does_not(
    readers: dict[str, httpx.AsyncClient], state: str
) -> None:
    scenes = {each: await scene(readers["admin"], each) for each in STATES}
    lines = {"Accept": "application/x-ndjson"}
    assert len(STREAMED) == 9
    for operation in STREAMED:
        path = address(operation, scenes[state])
        query = (
            ROWS[operation].query.replace("count=exact&", "").partition("&limit")[0].replace("limit=200", "")
        )
        for reader, client in readers.items():
            page = await client.get(f"{path}?{query}")
            stream = await client.get(f"{path}?{query}", headers=lines)
            assert stream.status_code == page.status_code, operation
            assert leaks(reader, stream, scenes) == [], operation
            if page.is_success:
                items = [json.loads(line) for line in stream.text.splitlines()]
                assert items == page.json()["items"], operation
