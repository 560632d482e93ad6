"""Idempotency-Key: a retry gets the answer that was given, and nothing is done twice."""

import asyncio
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.idempotency import delete_expired
from tests.conftest import client_of
from tests.dispatches import counts, dispatch, errors, ids, kind, post, put

KEY = {"Idempotency-Key": "a-1"}
POSTS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/articles", dispatch()),
    ("/v1/people", {"name": "Mara Venn"}),
    ("/v1/organisations", {"name": "Osta News"}),
]


@pytest.mark.parametrize(("path", "given"), POSTS)
async def test_a_retry_gets_the_same_answer_and_does_nothing(
    writer: httpx.AsyncClient, store: Database, path: str, given: dict[str, Any]
) -> None:
    first = await writer.post(path, json=given, headers=KEY)
    assert first.status_code == 201, first.text
    assert "idempotent-replayed" not in first.headers
    before = await counts(store)
    again = await writer.post(path, json=given, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    quoted = await writer.post(path, json=given, headers={"Idempotency-Key": '"a-1"'})
    assert quoted.headers["idempotent-replayed"] == "true"
    assert await counts(store) == before


@pytest.mark.parametrize(("path", "given"), POSTS)
async def test_a_key_belongs_to_one_request(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient, store: Database, path: str, given: dict[str, Any]
) -> None:
    assert (await writer.post(path, json=given, headers=KEY)).status_code == 201
    before = await counts(store)
    other = await writer.post(
        path, json=given | {"names": []} if path != "/v1/articles" else dispatch(urgency=1), headers=KEY
    )
    assert kind(other) == (422, "idempotency-mismatch")
    assert errors(other) == [("Idempotency-Key", "idempotency_mismatch")]
    elsewhere = await writer.post(
        "/v1/people" if path != "/v1/people" else "/v1/organisations", json={"name": "X"}, headers=KEY
    )
    assert kind(elsewhere) == (422, "idempotency-mismatch")
    assert await counts(store) == before
    # Another API key's is another.
    assert "idempotent-replayed" not in (await admin.post(path, json=given, headers=KEY)).headers


async def test_parameters_are_a_part_of_the_request(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/articles", json=dispatch(), headers=KEY)
    other = await writer.post("/v1/articles", params={"ambiguous": "create"}, json=dispatch(), headers=KEY)
    assert kind(other) == (422, "idempotency-mismatch")


async def test_what_was_refused_is_not_kept(writer: httpx.AsyncClient, store: Database) -> None:
    before = await counts(store)
    assert (await writer.post("/v1/articles", json=dispatch(version=1), headers=KEY)).status_code == 422
    assert await counts(store) == before
    assert (await writer.post("/v1/articles", json=dispatch(), headers=KEY)).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ä", "k" * 256, '""', "a\tb"])
async def test_a_key_that_is_none_is_refused(writer: httpx.AsyncClient, store: Database, key: str) -> None:
    before = await counts(store)
    answer = await writer.post(
        "/v1/articles", json=dispatch(), headers={"Idempotency-Key": key.encode("latin-1")}
    )
    assert kind(answer) == (400, "invalid-header")
    assert errors(answer) == [("Idempotency-Key", "invalid_header")]
    assert await counts(store) == before


async def test_fifty_at_once_make_one_article(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    given = dispatch(headline="Once")
    answers = await asyncio.gather(*(writer.post("/v1/articles", json=given, headers=KEY) for _ in range(50)))
    (id,) = await ids(client, "/v1/articles")
    for answer in answers:
        if answer.status_code == 409:
            assert kind(answer) == (409, "idempotency-in-flight")
            assert answer.headers["retry-after"] == "1"
        else:
            assert (answer.status_code, answer.json()["id"]) == (201, id)
    made = [a for a in answers if a.status_code == 201 and "idempotent-replayed" not in a.headers]
    assert len(made) == 1


async def test_an_answer_is_kept_for_a_day(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    await writer.post("/v1/articles", json=dispatch(), headers=KEY)
    async with store.write() as tx:
        await tx.execute("update idempotency set created_at = created_at - interval '23 hours 59 minutes'")
    assert not await delete_expired(store)
    assert "idempotent-replayed" in (await writer.post("/v1/articles", json=dispatch(), headers=KEY)).headers
    async with store.write() as tx:
        await tx.execute("update idempotency set created_at = created_at - interval '1 minute'")
    assert (
        "idempotent-replayed" not in (await writer.post("/v1/articles", json=dispatch(), headers=KEY)).headers
    )
    assert "idempotent-replayed" in (await writer.post("/v1/articles", json=dispatch(), headers=KEY)).headers
    async with store.write() as tx:
        await tx.execute("update idempotency set created_at = created_at - interval '24 hours'")
    await delete_expired(store)
    assert (await counts(store))["idempotency"] == 0
    assert len(await ids(client, "/v1/articles")) == 2


async def test_a_dry_run_takes_no_notice_of_it(writer: httpx.AsyncClient, store: Database) -> None:
    dry = await writer.post("/v1/articles", params={"dry_run": "true"}, json=dispatch(), headers=KEY)
    assert dry.status_code == 200
    assert (await counts(store))["idempotency"] == 0
    assert (await writer.post("/v1/articles", json=dispatch(), headers=KEY)).status_code == 201


async def test_a_retried_release_is_answered_again(embargo: httpx.AsyncClient) -> None:
    held = await post(embargo, pub_status="withheld")
    first = await embargo.post(f"{held['href']}/release", json={}, headers=KEY)
    again = await embargo.post(f"{held['href']}/release", json={}, headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_kept_answer_is_gone_with_what_it_tells_of(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient, app: Any, store: Database
) -> None:
    person = await writer.post("/v1/people", json={"name": "X"}, headers=KEY)
    await writer.delete(person.headers["location"], headers={"If-Match": "*"})
    assert (await writer.post("/v1/people", json={"name": "X"}, headers=KEY)).status_code == 404
    held = await embargo.post("/v1/articles", json=dispatch(pub_status="withheld"), headers=KEY)
    assert held.status_code == 201
    async with store.write() as tx:
        await tx.execute("update keys set scopes = '{write}' where name = 'write embargo'")
    again = await embargo.post("/v1/articles", json=dispatch(pub_status="withheld"), headers=KEY)
    assert kind(again) == (404, "not-found")


async def test_a_key_is_never_kept_so_a_retry_cannot_have_it(
    admin: httpx.AsyncClient, store: Database
) -> None:
    answer = await admin.post("/v1/keys", json={"name": "x", "scopes": ["read"]}, headers=KEY)
    assert kind(answer) == (400, "invalid-header")
    assert errors(answer) == [("Idempotency-Key", "invalid_header")]
    async with store.read() as conn:
        assert await conn.fetchval("select count(*) from keys where name = 'x'") == 0


async def test_one_of_fifty_changes_of_one_version_wins(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer)
    tag = (await writer.get(article["href"])).headers["etag"]

    async def one(number: int) -> httpx.Response:
        return await writer.patch(article["href"], json={"headline": f"H{number}"}, headers={"If-Match": tag})

    answers = await asyncio.gather(*(one(number) for number in range(50)))
    (won,) = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer is not won]
    assert {kind(answer) for answer in lost} == {(412, "precondition-failed")}
    now = await client.get(article["href"])
    assert now.json()["headline"] == won.json()["headline"]
    assert now.json()["version"] == 2
    assert {answer.headers["etag"] for answer in lost} == {now.headers["etag"]}


@pytest.mark.parametrize("path", ["/v1/people", "/v1/organisations", "/v1/articles"])
async def test_a_write_names_the_version_that_it_changes(
    writer: httpx.AsyncClient, store: Database, path: str
) -> None:
    made = await post(writer, path, **({"name": "N"} if path != "/v1/articles" else {}))
    now = (await writer.get(made["href"])).headers["etag"]
    before = await counts(store)
    body = dispatch(headline="X") if path == "/v1/articles" else {"name": "X"}
    for method, given in (("PUT", body), ("PATCH", {}), ("DELETE", None)):
        answer = await writer.request(method, made["href"], json=given)
        assert kind(answer) == (428, "precondition-required")
        for stale in ('"2.x"', f"W/{now}", '"x"', '"0.1"', '""', '"7.a", "8.b"'):
            answer = await writer.request(method, made["href"], json=given, headers={"If-Match": stale})
            assert kind(answer) == (412, "precondition-failed"), (method, stale)
            assert answer.headers["etag"] == now
        for malformed in ("1", "x", '"1', "*,", ""):
            answer = await writer.request(method, made["href"], json=given, headers={"If-Match": malformed})
            assert kind(answer)[0] == 400, (method, malformed)
    assert await counts(store) == before
    matching = f'"9.z", "1.other", {now}'
    assert (await writer.patch(made["href"], json={}, headers={"If-Match": matching})).status_code == 200
    assert (await put(writer, made["href"], body)).status_code == 200


async def test_a_reader_who_has_it_is_told_so(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    article = await post(writer)
    first = await client.get(article["href"])
    for match in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = await client.get(article["href"], headers={"If-None-Match": match})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    version = first.headers["etag"].split(".")[0]
    other = await client.get(article["href"], headers={"If-None-Match": f'{version}.other"'})
    assert other.status_code == 200


async def test_a_key_of_another_principal_replays_nothing(app: Any, writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/articles", json=dispatch(), headers=KEY)
    async with client_of(app) as anonymous:
        assert (await anonymous.post("/v1/articles", json=dispatch(), headers=KEY)).status_code == 401
