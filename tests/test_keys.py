"""API keys: made, shown once, listed, revoked; and what is asked of a request that brings one."""

import datetime as dt
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.db.pool import Database
from api.keys.queries import create_key
from api.keys.secret import is_well_formed
from api.settings import Settings
from tests.conftest import client_of
from tests.dispatches import dispatch, errors, kind, post, read


async def make(admin: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    answer = await admin.post("/v1/keys", json={"name": "desk", "scopes": ["read"]} | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_is_shown_once_and_kept_as_a_digest(
    admin: httpx.AsyncClient, app: Any, store: Database
) -> None:
    answer = await admin.post("/v1/keys", json={"name": "desk", "scopes": ["write", "read", "write"]})
    made = answer.json()
    secret = made.pop("key")
    assert answer.headers["cache-control"] == "no-store"
    assert is_well_formed(secret)
    assert made == {
        "id": made["id"],
        "name": "desk",
        "prefix": secret[:7],
        "scopes": ["read", "write"],
        "created_at": made["created_at"],
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": None,
        "rate_limit": None,
    }
    listed = await admin.get("/v1/keys")
    assert made in listed.json()["items"]
    async with store.read() as conn:
        kept = [
            str(row)
            for table in ("keys", "idempotency")
            for row in await conn.fetch(f"select * from {table}")
        ]
    for text in (listed.text, *kept):
        assert secret not in text
        assert secret[8:] not in text
    async with client_of(app, secret) as client:
        assert (await client.post("/v1/people", json={"name": "X"})).status_code == 201


async def test_the_use_of_a_key_is_noted(admin: httpx.AsyncClient, app: Any, store: Database) -> None:
    made = await make(admin)
    async with client_of(app, made["key"]) as client:
        await read(client, "/v1/articles")
    (listed,) = [k for k in (await read(admin, "/v1/keys"))["items"] if k["id"] == made["id"]]
    assert listed["last_used_at"] > made["created_at"]
    async with client_of(app, made["key"]) as client:
        await read(client, "/v1/articles")
    (again,) = [k for k in (await read(admin, "/v1/keys"))["items"] if k["id"] == made["id"]]
    assert again["last_used_at"] == listed["last_used_at"]  # once a minute


async def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(
    admin: httpx.AsyncClient, app: Any, store: Database
) -> None:
    made = await make(admin)
    async with client_of(app, made["key"]) as client:
        await read(client, "/v1/articles")
        for _ in range(2):
            assert (await admin.delete(f"/v1/keys/{made['id']}")).status_code == 204
        refused = await client.get("/v1/articles")
    assert kind(refused) == (401, "unauthorized")
    assert refused.headers["www-authenticate"].startswith('Bearer realm="dateline", error="invalid_token"')
    (listed,) = [k for k in (await read(admin, "/v1/keys"))["items"] if k["id"] == made["id"]]
    assert listed["revoked_at"]
    unknown = await admin.delete("/v1/keys/01890a5d-ac96-774b-bcce-b302099a8057")
    assert kind(unknown) == (404, "not-found")


async def test_a_key_ends_when_it_says(admin: httpx.AsyncClient, app: Any, store: Database) -> None:
    soon = dt.datetime.now(dt.timezone(dt.timedelta(hours=2))) + dt.timedelta(hours=1)
    made = await make(admin, expires_at=soon.isoformat())
    assert made["expires_at"] == soon.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    async with client_of(app, made["key"]) as client:
        assert (await client.get("/v1/articles")).status_code == 200
        async with store.write() as tx:
            await tx.execute("update keys set expires_at = clock_timestamp() where id = $1", made["id"])
        assert kind(await client.get("/v1/articles")) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({}, ["#/name", "#/scopes"]),
        ({"name": " ", "scopes": ["read"]}, ["#/name"]),
        ({"name": "x", "scopes": []}, ["#/scopes"]),
        ({"name": "x", "scopes": ["root"]}, ["#/scopes/0"]),
        ({"name": "x", "scopes": ["read"], "key": "dl_x"}, ["#/key"]),
        ({"name": "x", "scopes": ["read"], "expires_at": "2030-01-01T00:00:00"}, ["#/expires_at"]),
        ({"name": "x", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59-01:00"}, ["#/expires_at"]),
        ({"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, ["#/expires_at"]),
    ],
)
async def test_a_key_that_cannot_be_is_refused(
    admin: httpx.AsyncClient, given: dict[str, Any], pointers: list[str]
) -> None:
    answer = await admin.post("/v1/keys", json=given)
    assert answer.status_code == 422
    assert [pointer for pointer, _ in errors(answer)] == pointers


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic dXNlcjpwYXNz",
        "Bearer",
        "Bearer ",
        "dl_abcd_x",
        "Bearer dl_abcd_x",
        "Bearer " + "x" * 5_000,
        "Bearer dl_AAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA000000",
        "Bearer d\xe9",
    ],
)
async def test_a_malformed_key_is_refused_even_where_none_is_needed(
    client: httpx.AsyncClient, authorization: str
) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}
    answer = await client.get("/v1/articles", headers=headers)
    assert kind(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["cache-control"] == "no-store"
    for open_to_all in ("/livez", "/openapi.json"):
        assert (await client.get(open_to_all, headers=headers)).status_code == 200


async def test_a_key_that_was_mistyped_is_told_apart_without_the_database(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    key = writer.headers["authorization"]
    for place in (9, 20, len(key) - 1):
        wrong = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]
        answer = await client.get("/v1/articles", headers={"Authorization": wrong})
        assert "cut or mistyped" in answer.json()["detail"]


async def test_a_missing_key_and_a_missing_scope_are_told_apart(
    client: httpx.AsyncClient, reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    missing = await client.post("/v1/articles", json=dispatch())
    assert kind(missing) == (401, "unauthorized")
    assert missing.headers["www-authenticate"] == 'Bearer realm="dateline"'
    scopeless = await reader.post("/v1/articles", json=dispatch())
    assert kind(scopeless) == (403, "forbidden")
    assert 'error="insufficient_scope", scope="write"' in scopeless.headers["www-authenticate"]
    assert kind(await writer.get("/v1/keys")) == (403, "forbidden")
    # Who may not write learns nothing of what is wrong with what was sent.
    assert kind(await reader.post("/v1/articles", content=b"{")) == (403, "forbidden")


@pytest.mark.parametrize("name", ["key", "api_key", "api-key", "access_token", "token"])
async def test_a_key_in_the_address_is_refused_and_not_repeated(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, name: str
) -> None:
    secret = writer.headers["authorization"].removeprefix("Bearer ")
    answer = await client.get("/v1/articles", params={name: secret})
    assert kind(answer) == (400, "invalid-parameter")
    assert errors(answer) == [(name, "key_in_query")]
    assert secret not in answer.text


async def test_without_public_reading_everyone_needs_a_key(
    database: Database, store: Database, writer: httpx.AsyncClient
) -> None:
    article = await post(writer)
    closed = create_app(Settings(public_read=False), database)
    async with client_of(closed) as anonymous:
        for path in (article["href"], "/v1/quotes?unknown=1", "/v1/articles?unknown=1", "/v1/people"):
            answer = await anonymous.get(path)
            assert kind(answer) == (401, "unauthorized"), path
        assert (await anonymous.get("/livez")).status_code == 200
    async with store.write() as tx:
        _, secret = await create_key(tx, "reader", ["read"], None)
    async with client_of(closed, secret) as reader:
        assert await read(reader, article["href"])


async def test_keys_are_listed_in_pages(admin: httpx.AsyncClient) -> None:
    made = [(await make(admin, name=f"k{number}"))["id"] for number in range(4)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await read(admin, "/v1/keys", limit=2, **cursor)
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen[:4] == made[::-1]
    assert len(set(seen)) == len(seen)
