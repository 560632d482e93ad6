"""Webhooks through HTTP: made, changed, tested, delivered again, and by whom."""

from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.webhooks import routes
from api.webhooks.delivering import Deliverer
from tests.conftest import client_of
from tests.dispatches import kind, post, quote
from tests.webhooks.conftest import Endpoint, answered, hook, log

HOOK = "https://cms.example.org/hooks/dateline"
OF_ANOTHER = "A" * 59  # a cursor of another database


async def test_a_webhook_shows_its_secret_once(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("/v1/webhooks", json={"url": HOOK, "types": ["article.*"]})
    made = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert made.pop("secret").startswith("whsec_")
    assert made == {
        "id": made["id"],
        "url": HOOK,
        "types": ["article.*"],
        "filters": {},
        "status": "active",
        "created_at": made["created_at"],
        "disabled_reason": None,
    }
    assert answer.headers["location"] == f"/v1/webhooks/{made['id']}"
    assert (await writer.get(answer.headers["location"])).json() == made
    assert (await writer.get("/v1/webhooks")).json()["items"] == [made]


async def test_types_and_filters_are_optional_and_may_be_changed(writer: httpx.AsyncClient) -> None:
    made = (await writer.post("/v1/webhooks", json={"url": HOOK})).json()
    assert (made["types"], made["filters"]) == (["*"], {})
    path = f"/v1/webhooks/{made['id']}"
    person = (await post(writer, "/v1/people", name="Mara Venn"))["id"]
    change = {"types": ["quote.*", "*.deleted"], "filters": {"person": [person]}, "url": f"{HOOK}/2"}
    changed = (await writer.patch(path, json=change)).json()
    assert {name: changed[name] for name in change} == change
    cleared = (await writer.patch(path, json={"filters": {"person": None}})).json()
    assert cleared["filters"] == {}
    assert (await writer.delete(path)).status_code == 204
    assert (await writer.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({}, "#/url", "missing"),
        ({"url": "cms.example.org"}, "#/url", "wrong_format"),
        ({"url": "https://"}, "#/url", "wrong_format"),
        ({"url": "https://пример.example/"}, "#/url", "wrong_format"),
        ({"url": "https://a.example:99999/"}, "#/url", "wrong_format"),
        ({"url": "ftp://cms.example.org/"}, "#/url", "https_required"),
        ({"url": "https://ana:secret@cms.example.org/"}, "#/url", "user_information"),
        ({"url": "https://cms.example.org/#top"}, "#/url", "fragment"),
        ({"url": HOOK, "types": ["article.vanished"]}, "#/types/0", "unknown_type"),
        ({"url": HOOK, "types": []}, "#/types", "too_short"),
        ({"url": HOOK, "filters": {"person": ["x"]}}, "#/filters/person/0", "wrong_pattern"),
        ({"url": HOOK, "filters": {"colour": []}}, "#/filters/colour", "unknown_member"),
        ({"url": HOOK, "secret": "whsec_mine"}, "#/secret", "unknown_member"),
    ],
)
async def test_a_wrong_webhook_is_refused(
    writer: httpx.AsyncClient, given: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await writer.post("/v1/webhooks", json=given)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]


async def test_only_active_and_paused_can_be_asked_for(writer: httpx.AsyncClient) -> None:
    made = (await writer.post("/v1/webhooks", json={"url": HOOK})).json()
    path = f"/v1/webhooks/{made['id']}"
    assert (await writer.patch(path, json={"status": "disabled"})).status_code == 422
    assert (await writer.patch(path, json={"id": made["id"]})).status_code == 422
    assert (await writer.patch(path, json={"status": "paused"})).json()["status"] == "paused"


async def test_a_key_manages_only_its_own_webhooks_and_admin_all(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    made = (await embargo.post("/v1/webhooks", json={"url": HOOK})).json()
    path = f"/v1/webhooks/{made['id']}"
    assert (await writer.get("/v1/webhooks")).json()["items"] == []
    for request in (
        writer.get(path),
        writer.get(f"{path}/deliveries"),
        writer.patch(path, json={"url": "https://elsewhere.example/"}),
        writer.delete(path),
        writer.post(f"{path}/rotate", json={}),
        writer.post(f"{path}/test", json={}),
        writer.post(f"{path}/redeliver", json={"since": "now"}),
    ):
        assert (await request).status_code == 404
    assert (await admin.get(path)).status_code == 200
    assert (await admin.post(f"{path}/rotate", json={})).json()["secret"].startswith("whsec_")
    assert len((await admin.get("/v1/webhooks")).json()["items"]) == 1


async def test_webhooks_need_the_scope_write(client: httpx.AsyncClient, reader: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/webhooks")).status_code == 401
    assert (await reader.post("/v1/webhooks", json={"url": HOOK})).status_code == 403


async def test_a_key_has_only_so_many_webhooks(
    writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST", 1)
    assert (await writer.post("/v1/webhooks", json={"url": HOOK})).status_code == 201
    assert (await writer.post("/v1/webhooks", json={"url": HOOK})).status_code == 409


async def test_lists_of_webhooks_and_deliveries_have_pages(
    writer: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    hooks = [await hook(writer, endpoint) for _ in range(3)]
    page = (await writer.get("/v1/webhooks", params={"limit": 2})).json()
    rest = (await writer.get("/v1/webhooks", params={"limit": 2, "cursor": page["next"]})).json()
    assert [each["id"] for each in [*page["items"], *rest["items"]]] == [each["id"] for each in hooks[::-1]]
    path = f"/v1/webhooks/{hooks[0]['id']}"
    for _ in range(3):
        await writer.post(f"{path}/test", json={})
    page = (await writer.get(f"{path}/deliveries", params={"limit": 2})).json()
    rest = (await writer.get(f"{path}/deliveries", params={"limit": 2, "cursor": page["next"]})).json()
    assert len({each["id"] for each in [*page["items"], *rest["items"]]}) == 3
    assert rest["next"] is None


async def test_a_test_tells_what_came_of_it(writer: httpx.AsyncClient, endpoint: Endpoint) -> None:
    made = await hook(writer, endpoint)
    endpoint.answers = [answered(403, b"who are you?")]
    told = (await writer.post(f"/v1/webhooks/{made['id']}/test", json={})).json()
    assert (told["status"], told["response_excerpt"], told["type"]) == (403, "who are you?", "webhook.test")
    assert told["next_attempt_at"] is None
    assert endpoint.received[0].id == told["event"]
    assert await log(writer, made) == [told]
    again = await writer.post(f"/v1/webhooks/{made['id']}/redeliver", json={"delivery": told["id"]})
    assert kind(again) == (409, "conflict")


async def test_one_delivery_is_repeated_under_its_id(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.published"])
    article = await post(writer)
    await endpoint.got(1)
    items = await log(writer, made, 1)
    path = f"/v1/webhooks/{made['id']}/redeliver"
    again = (await writer.post(path, json={"delivery": items[0]["id"]})).json()["delivery"]
    assert (again["event"], again["attempt"], again["status"]) == (items[0]["event"], 2, 204)
    assert endpoint.received[0].id == endpoint.received[1].id
    assert endpoint.received[0].body == endpoint.received[1].body
    await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
    gone = await writer.post(path, json={"delivery": items[0]["id"]})
    assert kind(gone) == (409, "conflict")
    assert (await writer.post(path, json={"delivery": article["id"]})).status_code == 404


async def test_all_changes_since_a_cursor_are_delivered_again(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    cursor = (await writer.get("/v1/changes", params={"since": "now"})).json()["cursor"]
    made = await hook(writer, endpoint)
    await post(writer, quotes=[quote()])
    first = [each.id for each in await endpoint.got(4)]
    path = f"/v1/webhooks/{made['id']}/redeliver"
    told = (await writer.post(path, json={"since": cursor})).json()
    assert (told["webhook"]["id"], told["delivery"]) == (made["id"], None)
    assert [each.id for each in await endpoint.got(8)] == first * 2


async def test_now_skips_what_an_endpoint_cannot_digest(
    writer: httpx.AsyncClient, endpoint: Endpoint, deliveries: Deliverer
) -> None:
    made = await hook(writer, endpoint, types=["article.published"])
    endpoint.answers = [answered(422)] * 2
    await post(writer)
    await endpoint.got(1)
    await writer.post(f"/v1/webhooks/{made['id']}/redeliver", json={"since": "now"})
    second = await post(writer)
    while second["id"].encode() not in endpoint.received[-1].body:
        await endpoint.got(len(endpoint.received) + 1)


@pytest.mark.parametrize(
    ("given", "status", "pointer"),
    [
        ({}, 422, "#"),
        ({"since": "x"}, 400, "#/since"),
        ({"since": OF_ANOTHER}, 410, "#/since"),
        ({"delivery": None, "since": None}, 422, "#"),
        ({"delivery": "x"}, 422, "#/delivery"),
    ],
)
async def test_a_wrong_redelivery_is_refused(
    writer: httpx.AsyncClient, endpoint: Endpoint, given: dict[str, Any], status: int, pointer: str
) -> None:
    made = await hook(writer, endpoint)
    answer = await writer.post(f"/v1/webhooks/{made['id']}/redeliver", json=given)
    assert answer.status_code == status
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


async def test_nothing_is_sent_for_a_key_that_is_no_longer_in_force(
    app: Any, writer: httpx.AsyncClient, admin: httpx.AsyncClient, endpoint: Endpoint, store: Database
) -> None:
    made = await hook(writer, endpoint)
    async with store.write() as tx:
        await tx.execute("update keys set revoked_at = clock_timestamp() where scopes = '{write}'")
    async with client_of(app, writer.headers["authorization"].removeprefix("Bearer ")) as revoked:
        assert (await revoked.get("/v1/webhooks")).status_code == 401
    answer = await admin.post(f"/v1/webhooks/{made['id']}/test", json={})
    assert kind(answer) == (409, "conflict")
    assert endpoint.received == []


async def test_secrets_are_in_no_log(writer: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]) -> None:
    made = (await writer.post("/v1/webhooks", json={"url": f"{HOOK}?token=abc"})).json()
    await writer.get(f"/v1/webhooks/{made['id']}")
    written = capfd.readouterr()
    assert made["secret"] not in written.err + written.out
    assert "token=abc" not in written.err + written.out
