"""Lines of dispatches over HTTP: a result for each, whatever is wrong with others, and safe to send again."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.bulk.lines import LINES, ndjson, post_lines
from tests.conftest import client_of
from tests.dispatches import counts, dispatch, errors, ids, kind, mention, patch, post, quote, read


async def test_each_line_has_its_result_in_order(writer: httpx.AsyncClient) -> None:
    good, bad = dispatch(headline="One"), dispatch(headline=None)
    answers = await post_lines(writer, [good, bad, dispatch(headline="Three")])
    assert [(a["line"], a["status"], a.get("outcome")) for a in answers] == [
        (1, 201, "created"),
        (2, 422, None),
        (3, 201, "created"),
    ]
    assert answers[1]["problem"]["errors"][0]["pointer"] == "#/headline"
    assert (await read(writer, f"/v1/articles/{answers[2]['id']}"))["headline"] == "Three"


async def test_blank_lines_count_and_line_ends_and_a_byte_order_mark_do_not_matter(
    writer: httpx.AsyncClient,
) -> None:
    line = json.dumps(dispatch()).encode()
    answers = await post_lines(
        writer, b"\xef\xbb\xbf" + line + b"\r\n\r\n \n" + line + b"\nnonsense\n" + line
    )
    assert [(a["line"], a["status"]) for a in answers] == [(1, 201), (4, 201), (5, 400), (6, 201)]


async def test_a_line_that_is_too_long_is_refused_alone(writer: httpx.AsyncClient) -> None:
    line = json.dumps(dispatch()).encode()

    async def body():
        yield line + b"\n"
        for _ in range(100):
            yield b"x" * 1024 * 1024
        yield b"\n" + line + b"\n"

    answer = await writer.post("/v1/articles", content=body(), headers=LINES)
    answers = [json.loads(each) for each in answer.text.splitlines()]
    assert [(a["line"], a["status"]) for a in answers] == [(1, 201), (2, 413), (3, 201)]


async def test_a_line_of_exactly_the_limit_is_taken(writer: httpx.AsyncClient) -> None:
    line = json.dumps(dispatch()).encode()
    padded = line + b" " * (1024 * 1024 - len(line))
    answers = await post_lines(writer, padded + b"\r\n" + padded + b" \n")
    assert [a["status"] for a in answers] == [201, 413]


async def test_a_uri_makes_a_line_safe_to_send_again(writer: httpx.AsyncClient, store: Database) -> None:
    lines = [
        dispatch(
            uri="tag:example.org,2026:1",
            provider={"name": "Port Wire"},
            people=[mention("Mara Venn", as_printed=["Venn"])],
            quotes=[quote(chain=[{"as_printed": "Port Radio", "organisation": {"name": "Port Radio"}}])],
            embargoed_until="2020-01-01T02:00:00+02:00",
        ),
        dispatch(uri="tag:example.org,2026:2", published_at="2026-01-01T10:00:00+01:00", body=["Text."]),
    ]
    first = await post_lines(writer, lines)
    before = await counts(store)
    again = await post_lines(writer, lines)
    assert [(a["status"], a["outcome"]) for a in again] == [(200, "unchanged")] * 2
    assert [a["id"] for a in again] == [a["id"] for a in first]
    assert await counts(store) == before


async def test_another_content_under_a_known_uri_is_a_conflict(writer: httpx.AsyncClient) -> None:
    line = dispatch(uri="tag:example.org,2026:1", quotes=[quote()])
    await post_lines(writer, [line])
    for changed in (
        line | {"headline": "Another"},
        line | {"quotes": []},
        line | {"quotes": [quote(speaker="Ivo Brandt")]},
        line | {"quotes": [quote(cue="told")]},
        line | {"published_at": "2026-01-01T10:00:00Z"},
        line | {"keywords": ["ferry"]},
    ):
        (answer,) = await post_lines(writer, [changed])
        assert answer["status"] == 409, changed
        assert answer["problem"]["existing"]["headline"] == "Ferry to run again"


async def test_an_article_that_was_edited_is_a_conflict(writer: httpx.AsyncClient) -> None:
    line = dispatch(uri="tag:example.org,2026:1")
    (answer,) = await post_lines(writer, [line])
    assert (await patch(writer, f"/v1/articles/{answer['id']}", {"urgency": 2})).status_code == 200
    assert [a["status"] for a in await post_lines(writer, [line])] == [409]


async def test_a_name_of_several_people_is_still_the_one_that_it_was(writer: httpx.AsyncClient) -> None:
    await post(writer, "/v1/people", name="Mara Venn")
    await post(writer, "/v1/people", name="Mara Venn")
    line = dispatch(uri="tag:example.org,2026:1", people=[mention("Mara Venn")])
    (first,) = await post_lines(writer, [line], ambiguous="create")
    (again,) = await post_lines(writer, [line], ambiguous="create")
    assert (first["outcome"], again["outcome"]) == ("created", "unchanged")


async def test_two_lines_with_one_uri_are_one_article(writer: httpx.AsyncClient) -> None:
    line = dispatch(uri="tag:example.org,2026:1")
    answers = await post_lines(writer, [line, line, line | {"headline": "Another"}])
    assert [(a["status"], a.get("outcome")) for a in answers] == [
        (201, "created"),
        (200, "unchanged"),
        (409, None),
    ]


async def test_a_refused_line_frees_its_uri(writer: httpx.AsyncClient) -> None:
    line = dispatch(uri="tag:example.org,2026:1", people=[mention("Nobody Known")])
    other = dispatch(uri="tag:example.org,2026:2")
    answers = await post_lines(writer, [line, other], unknown="reject")
    assert [a["status"] for a in answers] == [422, 201]
    assert [a["status"] for a in await post_lines(writer, [line])] == [201]


async def test_later_lines_know_whom_earlier_ones_have_named(writer: httpx.AsyncClient) -> None:
    lines = [dispatch(people=[mention("Mara Venn")], quotes=[quote()]) for _ in range(50)]
    answers = await post_lines(writer, lines)
    assert {a["status"] for a in answers} == {201}
    (person,) = await ids(writer, "/v1/people")
    assert len(await ids(writer, f"/v1/people/{person}/articles")) == 50


async def test_what_a_held_line_names_comes_to_light_with_a_public_one(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    lines = [
        dispatch(pub_status="withheld", people=[mention("Mara Venn")]),
        dispatch(people=[mention("Ivo Brandt")]),
        dispatch(people=[mention("Mara Venn")]),
        dispatch(people=[mention("Mara Venn")]),
    ]
    answers = await post_lines(embargo, lines)
    assert [a["status"] for a in answers] == [201] * 4
    people = (await read(client, "/v1/people"))["items"]
    assert {person["name"] for person in people} == {"Mara Venn", "Ivo Brandt"}


async def test_a_held_line_needs_scope_embargo(writer: httpx.AsyncClient) -> None:
    answers = await post_lines(writer, [dispatch(pub_status="withheld"), dispatch()])
    assert [a["status"] for a in answers] == [403, 201]


async def test_a_dry_run_writes_nothing(writer: httpx.AsyncClient, store: Database) -> None:
    before = await counts(store)
    answers = await post_lines(writer, [dispatch(quotes=[quote()]), {}], dry_run=True)
    assert [(a["status"], a.get("outcome")) for a in answers] == [(200, "created"), (422, None)]
    assert await counts(store) == before


async def test_what_is_wrong_with_the_request_is_refused_before_its_first_line(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    async def refused(by: httpx.AsyncClient, **headers: str) -> httpx.Response:
        return await by.post("/v1/articles", content=ndjson([dispatch()]), headers=LINES | headers)

    assert kind(await refused(client)) == (401, "unauthorized")
    assert kind(await refused(reader)) == (403, "forbidden")
    answer = await refused(writer, **{"Idempotency-Key": "again"})
    assert kind(answer) == (400, "invalid-header")
    assert errors(answer) == [("Idempotency-Key", "not_allowed")]
    assert kind(await refused(writer, **{"Content-Encoding": "gzip"})) == (415, "unsupported-media-type")
    answer = await writer.post("/v1/articles?nonsense=1", content=b"", headers=LINES)
    assert kind(answer) == (400, "invalid-parameter")


async def test_results_come_while_the_request_is_sent(app, writer: httpx.AsyncClient) -> None:
    """Driven as ASGI: the second line is sent when the first has its result."""
    sent: asyncio.Queue[bytes] = asyncio.Queue()
    lines = [ndjson([dispatch()]), ndjson([dispatch(headline="Two")])]
    started = [{"type": "http.request", "body": lines[0], "more_body": True}]

    async def receive():
        if started:
            return started.pop()
        await sent.get()
        return {"type": "http.request", "body": lines[1], "more_body": False}

    bodies: list[bytes] = []

    async def send(message):
        if message.get("body"):
            bodies.append(message["body"])
            sent.put_nowait(message["body"])

    headers = [
        (b"host", b"dateline"),
        (b"content-type", b"application/x-ndjson"),
        (b"authorization", writer.headers["authorization"].encode()),
    ]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/articles", "raw_path": b"/v1/articles",
        "query_string": b"", "headers": headers, "scheme": "http", "http_version": "1.1",
        "server": ("dateline", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    async with asyncio.timeout(5):
        await app(scope, receive, send)
    assert [json.loads(body)["line"] for body in bodies] == [1, 2]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_lines_are_the_same_in_whatever_pieces_they_come(size: int) -> None:
    from api.bulk.lines import Splitter

    text = b"\xef\xbb\xbfone\r\n\n  \ntwo two\n" + b"x" * 50 + b"\nlast"
    splitter = Splitter(20)
    found = [line for at in range(0, len(text), size) for line in splitter.feed(text[at : at + size])]
    found += splitter.finish()
    assert [(line.number, line.raw) for line in found] == [
        (1, b"one"),
        (4, b"two two"),
        (5, None),
        (6, b"last"),
    ]


async def test_an_answer_that_lacks_lines_does_not_end_like_a_whole_one(
    app: Any, writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("what nobody foresaw")

    sent: list[Any] = []

    async def recording(scope: Any, receive: Any, send: Any) -> None:
        async def record(message: Any) -> None:
            sent.append(message)
            await send(message)

        await app(scope, receive, record)

    async with client_of(recording) as client:
        client.headers["Authorization"] = writer.headers["Authorization"]
        await post_lines(client, [dispatch()])
        assert sent.pop() == {"type": "http.response.body", "body": b"", "more_body": False}
        sent.clear()
        monkeypatch.setattr("api.bulk.receiving.post_lines", fail)
        await client.post("/v1/articles", content=ndjson([dispatch()]), headers=LINES)
    assert [message["type"] for message in sent] == ["http.response.start"]
