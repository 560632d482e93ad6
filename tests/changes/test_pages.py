"""The change feed as pages: one walk, its cursors, filters and waiting."""

import asyncio
import base64
from typing import Any

import httpx
import pytest

from api.changes import feed, log
from api.db.pool import Database
from tests.changes.reading import change_often, now, page, told, walk
from tests.dispatches import kind, mention, patch, post, quote


async def test_a_dispatch_is_told_from_its_entities_to_its_quotes(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    since = await now(client)
    article = await post(writer, provider={"name": "Osta News"}, quotes=[quote()])
    items = await walk(client, since)
    assert [item["type"] for item in items] == [
        "organisation.created",
        "person.created",
        "article.created",
        "article.published",
        "quote.created",
    ]
    assert items[3]["resource"] == {
        "id": article["id"],
        "type": "article",
        "headline": "Ferry to run again",
        "href": article["href"],
        "version": 1,
    }
    assert items[4]["resource"]["text"] == "We are ready,"
    assert items[1]["resource"]["name"] == "Mara Venn"
    assert len({item["id"] for item in items}) == 5


async def test_pages_of_any_size_make_the_same_walk(writer: httpx.AsyncClient) -> None:
    for number in range(5):
        await post(writer, headline=f"Number {number}", quotes=[quote()])
    whole = await walk(writer)
    for limit in (1, 2, 7, 200):
        assert await walk(writer, limit=limit) == whole


async def test_a_page_says_whether_it_is_the_last_for_now(writer: httpx.AsyncClient) -> None:
    await post(writer)
    first = await page(writer, limit=1)
    rest = await page(writer, first["cursor"], limit=1)
    assert (first["caught_up"], rest["caught_up"]) == (False, True)
    assert await page(writer, rest["cursor"]) == {"items": [], "cursor": rest["cursor"], "caught_up": True}


async def test_now_is_behind_everything_that_was_committed(writer: httpx.AsyncClient) -> None:
    await post(writer)
    since = await now(writer)
    await post(writer, headline="The next one")
    resources = {item["resource"]["headline"] for item in await walk(writer, since)}
    assert resources == {"The next one"}


async def test_the_cursor_advances_over_what_is_filtered(
    writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "WINDOW", 3)
    monkeypatch.setattr(log, "WINDOWS", 2)
    for _ in range(5):
        await post(writer)
    article = await post(writer)
    await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
    first = await page(writer, types="article.killed")
    assert (first["items"], first["caught_up"]) == ([], False)
    assert await told(writer, types="article.killed") == ["article.killed"]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("article.*", ["article.created", "article.published", "article.updated"]),
        ("*.created", ["organisation.created", "person.created", "article.created", "quote.created"]),
        ("quote.*,person.created", ["person.created", "quote.created"]),
        ("*", 6),
        ("person.merged", []),
    ],
)
async def test_types_are_picked_with_wildcards(writer: httpx.AsyncClient, types: str, expected: Any) -> None:
    article = await post(writer, provider={"name": "Osta News"}, quotes=[quote()])
    await patch(writer, article["href"], {"headline": "Ferry runs"})
    found = await told(writer, types=types)
    assert (len(found) if isinstance(expected, int) else found) == expected


async def test_events_are_picked_by_provider_person_and_organisation(writer: httpx.AsyncClient) -> None:
    osta, elm = [await post(writer, "/v1/organisations", name=name) for name in ("Osta News", "Elm Wire")]
    mara, tam = [await post(writer, "/v1/people", name=name) for name in ("Mara Venn", "Tam Orrel")]
    since = await now(writer)
    await post(writer, provider={"id": osta["id"]}, quotes=[quote(speaker={"id": mara["id"]})])
    await post(writer, provider={"id": elm["id"]}, people=[mention({"id": tam["id"]})])
    by_osta = ["article.created", "article.published", "quote.created"]
    assert await told(writer, since, provider=osta["id"]) == by_osta
    assert await told(writer, since, provider=elm["id"]) == by_osta[:2]
    assert (
        await told(writer, since, provider=f"{osta['id']},{elm['id']}", types="article.created")
        == ["article.created"] * 2
    )
    assert await told(writer, since, person=mara["id"]) == by_osta
    assert await told(writer, since, person=mara["id"], provider=elm["id"]) == []
    assert await told(writer, since, organisation=elm["id"]) == by_osta[:2]
    await patch(writer, f"/v1/people/{tam['id']}", {"description": "A pilot"})
    assert (await told(writer, since, person=tam["id"]))[-1] == "person.updated"


async def test_a_kill_reaches_those_who_filter_by_what_the_article_carried(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    osta = await post(writer, "/v1/organisations", name="Osta News")
    mara = await post(writer, "/v1/people", name="Mara Venn")
    article = await post(writer, provider={"id": osta["id"]}, quotes=[quote(speaker={"id": mara["id"]})])
    await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
    for filters in ({"provider": osta["id"]}, {"person": mara["id"]}):
        assert await told(client, types="article.*,quote.*", **filters) == [
            "article.killed",
            "quote.withdrawn",
        ]


async def test_who_follows_what_an_article_carried_learns_that_it_carries_it_no_more(
    writer: httpx.AsyncClient,
) -> None:
    osta, elm = [await post(writer, "/v1/organisations", name=name) for name in ("Osta News", "Elm Wire")]
    mara, tam = [await post(writer, "/v1/people", name=name) for name in ("Mara Venn", "Tam Orrel")]
    article = await post(
        writer,
        provider={"id": osta["id"]},
        people=[mention({"id": mara["id"]})],
        quotes=[quote(speaker={"id": mara["id"]})],
    )
    since = await now(writer)
    await patch(writer, article["quotes"][0]["href"], {"speaker": {"person": {"id": tam["id"]}}})
    for person in (mara, tam):
        assert await told(writer, since, person=person["id"]) == ["quote.updated"]
    since = await now(writer)
    await patch(writer, article["href"], {"provider": {"id": elm["id"]}, "people": []})
    for filters in ({"provider": osta["id"]}, {"provider": elm["id"]}, {"person": mara["id"]}):
        assert await told(writer, since, **filters) == ["article.updated"]
    since = await now(writer)
    await patch(writer, article["href"], {"headline": "Ferry runs"})
    for filters in ({"provider": osta["id"]}, {"person": mara["id"]}):
        assert await told(writer, since, **filters) == []


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"types": "article.vanished"}, "types"),
        ({"types": "article"}, "types"),
        ({"types": ""}, "types"),
        ({"types": "article.*,"}, "types"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"wait": "31"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"person": "Mara"}, "person"),
        ({"cursor": "x"}, "cursor"),
        ({"since": ""}, "since"),
        ({"since": "x"}, "since"),
        ({"since": "x" * 101}, "since"),
        ({"since": "not base64!"}, "since"),
        ({"since": ["now", "now"]}, "since"),
        ({"types": ["article.*", "quote.*"]}, "types"),
    ],
)
async def test_wrong_parameters_are_refused(
    client: httpx.AsyncClient, params: dict[str, Any], parameter: str
) -> None:
    answer = await client.get("/v1/changes", params=params)
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


async def test_a_cursor_that_was_changed_is_refused(writer: httpx.AsyncClient) -> None:
    await post(writer)
    cursor = (await page(writer))["cursor"]
    raw = base64.urlsafe_b64decode(cursor + "=")
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        spelled = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        answer = await writer.get("/v1/changes", params={"since": spelled})
        # The first 16 bytes name the database: of another one nothing more can be said.
        assert kind(answer) == ((410, "cursor-expired") if place < 16 else (400, "invalid-cursor"))
    longer = await writer.get("/v1/changes", params={"since": cursor[:-1] + chr(ord(cursor[-1]) + 1)})
    assert longer.status_code == 400


async def test_a_waiting_reader_is_answered_at_once_when_there_is_an_event(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK", 0.05)
    since = await now(writer)
    waiting = asyncio.create_task(page(writer, since, wait=20, types="article.published"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    article = await post(writer)
    found = await asyncio.wait_for(waiting, 2)
    assert [item["resource"]["id"] for item in found["items"]] == [article["id"]]
    assert await told(writer, found["cursor"]) == []


async def test_a_reader_waits_no_longer_than_it_asked_for(
    writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK", 0.05)
    since = await now(writer)
    waiting = asyncio.create_task(page(writer, since, wait=1, types="person.*"))
    await post(writer)
    found = await waiting
    assert (found["items"], found["caught_up"]) == ([], True)
    assert await told(writer, found["cursor"]) == []


async def test_many_events_of_one_transaction_are_all_there(
    writer: httpx.AsyncClient, store: Database
) -> None:
    since = await now(writer)
    person = await post(writer, "/v1/people", name="Mara Venn")
    await change_often(store, person["id"], 10_001)
    items = await walk(writer, since, limit=200)
    assert [item["resource"]["version"] for item in items] == list(range(1, 10_002))


async def test_head_and_a_reader_without_a_key(client: httpx.AsyncClient) -> None:
    answer = await client.head("/v1/changes")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
