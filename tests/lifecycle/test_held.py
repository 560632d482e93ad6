"""Held articles: invisible without scope `embargo`, published once, and held again."""

import asyncio
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from api.articles import writing
from api.articles.writing import release_due
from api.background import running
from api.db.pool import Database
from tests.lifecycle.dispatches import dispatch, get, patch, post, quote, status, told

SAID = "“The bridge is sold,” the keeper said."
FUTURE = "2999-01-01T00:00:00Z"


def sale(**members: Any) -> dict[str, Any]:
    return dispatch(SAID, headline="Osk sells its bridge", quotes=[quote("The bridge is sold,")], **members)


async def let_end(store: Database, *articles: dict[str, Any]) -> None:
    """Let the time of articles under embargo come now: waiting for a clock fails on a busy machine."""
    async with store.write() as tx:
        await tx.execute(
            "update articles set embargoed_until = clock_timestamp() where id = any($1::uuid[])",
            [article["id"] for article in articles],
        )


def count(events: list[tuple[str, str]], type: str, id: str) -> int:
    return events.count((type, id))


async def test_holding_an_article_needs_the_scope_and_a_refusal_writes_nothing(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient, store: Database
) -> None:
    people = [{"person": {"name": "Ilko Brandt"}}]
    for hold in ({"pub_status": "withheld"}, {"embargoed_until": FUTURE}):
        refused = await writer.post(
            "/v1/articles", json=sale(uri="tag:osk.example,2025:1", people=people, **hold)
        )
        assert refused.status_code == 403
    async with store.read() as conn:
        assert await conn.fetchval("select count(*) from entities") == 0
        assert await conn.fetchval("select count(*) from article_uris") == 0
    article = await post(writer, sale())
    for hold in ({"pub_status": "withheld"}, {"embargoed_until": FUTURE}):
        answer = await writer.patch(article["href"], json=hold, headers={"If-Match": "*"})
        assert answer.status_code == 403
    held = await patch(embargo, article, {"pub_status": "withheld"})
    for method, path, content in (
        ("PATCH", "", {"headline": "x"}),
        ("PUT", "", sale()),
        ("DELETE", "", None),
        ("POST", "/kill", {"note": "x"}),
        ("POST", "/release", {}),
    ):
        answer = await writer.request(
            method, held["href"] + path, json=content, headers={"If-Match": '"1.x"'}
        )
        assert answer.status_code == 404, path


async def test_a_held_article_has_no_publication_time_and_sorts_by_its_embargo(
    embargo: httpx.AsyncClient,
) -> None:
    later = await post(embargo, sale(embargoed_until="2998-01-01T00:00:00Z"))
    latest = await post(embargo, sale(embargoed_until=FUTURE))
    public = await post(embargo, sale())
    withheld = await post(embargo, sale(pub_status="withheld"))
    assert later["published_at"] is None
    order = [item["id"] for item in (await get(embargo, "/v1/articles"))["items"]]
    assert order == [latest["id"], later["id"], withheld["id"], public["id"]]
    for given in (
        {"published_at": FUTURE},
        {"published_at": "2020-01-01T00:00:00Z", "pub_status": "withheld"},
    ):
        refused = await embargo.post("/v1/articles", json=sale(**given))
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/published_at"


async def test_an_embargo_ends_once_however_many_workers_look(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    held = [await post(embargo, sale(embargoed_until=FUTURE)) for _ in range(12)]
    other = await post(embargo, sale(embargoed_until=FUTURE, pub_status="withheld"))
    assert not await release_due(store)
    await let_end(store, *held, other)
    # Its time has come, but it is public when somebody has made it so, and told of it.
    assert await status(client, held[0]["href"]) == 404

    async def worker() -> None:
        while await release_due(store):
            pass

    await asyncio.gather(*(worker() for _ in range(6)))
    events = await told(store)
    for article in held:
        read = await get(client, article["href"])
        assert (read["version"], read["published_at"]) == (2, read["updated_at"])
        assert count(events, "article.published", article["id"]) == 1
        assert count(events, "quote.created", article["quotes"][0]["id"]) == 1
        assert (await get(embargo, f"{article['href']}/versions"))["items"][0]["by"] is None
    assert await status(client, other["href"]) == 404
    assert len((await get(client, "/v1/articles"))["items"]) == 12


async def test_a_release_that_breaks_off_is_done_again_as_a_whole(
    embargo: httpx.AsyncClient,
    client: httpx.AsyncClient,
    store: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    article = await post(embargo, sale(embargoed_until=FUTURE))
    await let_end(store, article)
    before = await told(store)

    async def cut(tx: Any, events: Any) -> None:
        await tx.execute("select pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "insert_changes", cut)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
            await release_due(store)
    assert await status(client, article["href"]) == 404
    assert await told(store) == before
    assert await release_due(store)
    assert await status(client, article["href"]) == 200
    assert count(await told(store), "article.published", article["id"]) == 1


async def test_what_was_due_while_the_service_was_down_is_released_at_the_start(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    async with store.read() as conn:
        until: datetime = await conn.fetchval("select clock_timestamp() + interval '1 second'")
    article = await post(embargo, sale(embargoed_until=until.isoformat()))
    assert await status(client, article["href"]) == 404
    await asyncio.sleep(1)
    async with running(store, [release_due]), asyncio.timeout(10):
        while await status(client, article["href"]) != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    read = await get(client, article["href"])
    assert read["published_at"] >= read["embargoed_until"]


async def test_of_a_release_by_hand_and_one_by_time_one_is_done(
    embargo: httpx.AsyncClient, store: Database
) -> None:
    for _ in range(5):
        article = await post(embargo, sale(embargoed_until=FUTURE))
        await let_end(store, article)
        answer, due = await asyncio.gather(
            embargo.post(f"{article['href']}/release", json={}), release_due(store)
        )
        assert (answer.status_code, due) in ((200, False), (409, True))
        assert count(await told(store), "article.published", article["id"]) == 1


async def test_a_change_after_the_instant_publishes(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    """As the embargo of the document ends: it is made to end in the document, too."""
    article = await post(embargo, sale(embargoed_until=FUTURE))
    await let_end(store, article)
    await patch(embargo, article, {"slugline": "bridge", "embargoed_until": article["created_at"]})
    assert (await get(client, article["href"]))["slugline"] == "bridge"
    assert not await release_due(store)
    assert count(await told(store), "article.published", article["id"]) == 1


async def test_a_release_publishes_what_is_held_and_nothing_else(
    embargo: httpx.AsyncClient,
    client: httpx.AsyncClient,
    reader: httpx.AsyncClient,
    writer: httpx.AsyncClient,
    store: Database,
) -> None:
    article = await post(embargo, sale(pub_status="withheld", embargoed_until=FUTURE))
    path = f"{article['href']}/release"
    for who, expected in ((client, 401), (reader, 403), (writer, 404)):
        assert (await who.post(path, json={})).status_code == expected
    answer = await embargo.post(path)  # without a body, as with an empty one
    assert answer.status_code == 200
    freed = answer.json()
    assert (freed["pub_status"], freed["embargoed_until"], freed["version"]) == ("usable", None, 2)
    again = await embargo.post(path, json={})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/not-held")
    assert (await writer.post(path, json={})).status_code == 409
    assert (
        await embargo.post(f"/v1/articles/{article['quotes'][0]['id']}/release", json={})
    ).status_code == 404
    assert [type for type, id in await told(store) if id == article["id"]] == [
        "article.created",
        "article.published",
    ]


async def test_a_public_article_that_is_withheld_is_gone_for_its_readers(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, writer: httpx.AsyncClient, store: Database
) -> None:
    article = await post(embargo, sale(people=[{"person": {"name": "Ilko Brandt"}}]))
    quoted, person = article["quotes"][0]["href"], article["people"][0]["person"]["href"]
    held = await patch(embargo, article, {"pub_status": "withheld"})
    assert held["published_at"] is None
    gone = [
        article["href"],
        f"{article['href']}?as_of={article['updated_at'].replace('+', '%2B')}",
        f"{article['href']}/versions",
        f"{article['href']}/versions/1",
        f"{article['href']}/quotes",
        quoted,
        f"{quoted}/history",
    ]
    for path in gone:
        assert [await status(who, path) for who in (client, writer, embargo)] == [404, 404, 200], path
    for path in ("/v1/articles", "/v1/quotes", f"{person}/articles"):
        assert (await get(client, path))["items"] == []
    # Who has a copy is told to drop it: a tombstone, after which the address is not found.
    mine = [type for type, id in await told(store) if id in (article["id"], article["quotes"][0]["id"])]
    assert mine[-3:] == ["quote.withdrawn", "article.deleted", "article.updated"]


async def test_an_article_that_comes_back_is_updated_and_not_published_again(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    article = await post(embargo, sale())
    held = await patch(embargo, article, {"pub_status": "withheld"})
    body = [SAID, "“I know nothing,” Ilko Brandt said."]
    new = quote("I know nothing,")
    new["speaker"] = {"kind": "person", "person": {"name": "Ilko Brandt"}}
    held = await patch(embargo, held, {"body": body, "quotes": [*given(held), new]})
    before = len(await told(store))
    back = (await embargo.post(f"{article['href']}/release", json={})).json()
    events = (await told(store))[before:]
    speaker = back["quotes"][1]["speaker"]["person"]
    assert [(type, id) for type, id in events if not type.startswith("person")] == [
        ("article.updated", article["id"]),
        ("quote.updated", back["quotes"][0]["id"]),
        ("quote.created", back["quotes"][1]["id"]),
    ]
    assert ("person.created", speaker["id"]) in events
    assert await status(client, speaker["href"]) == 200
    assert (await get(client, article["href"]))["published_at"] > article["published_at"]
    shown = (await get(client, f"{article['href']}/versions"))["items"]
    assert [item["version"] for item in shown] == [4, 1]
    assert await status(client, article["href"], as_of=held["updated_at"]) == 404
    assert (await get(client, article["href"], as_of=article["updated_at"]))["version"] == 1
    assert count(await told(store), "article.published", article["id"]) == 1


def given(article: dict[str, Any]) -> list[dict[str, Any]]:
    """The quotes of an article as they are sent back."""
    return [
        {member: each[member] for member in ("id", "form", "fragments", "speaker")}
        for each in article["quotes"]
    ]


async def test_an_article_killed_while_it_was_withheld_again_leaves_a_tombstone(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    article = await patch(embargo, await post(embargo, sale()), {"pub_status": "withheld"})
    assert (await embargo.post(f"{article['href']}/kill", json={"note": "Not sold."})).status_code == 200
    assert (await client.get(article["href"])).json()["note"] == "Not sold."
    events = await told(store)
    assert events[-1] == ("article.killed", article["id"])
    assert count(events, "quote.withdrawn", article["quotes"][0]["id"]) == 1


async def test_a_uri_that_a_held_article_has_tells_nothing_of_it(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    held = await post(embargo, sale(uri="tag:osk.example,2025:1", pub_status="withheld"))
    other = dispatch("Something else.", uri="tag:osk.example,2025:1")
    refused = await writer.post("/v1/articles", json=other)
    assert (refused.status_code, "existing" in refused.json()) == (409, False)
    assert held["id"] not in refused.text
    shown = await embargo.post("/v1/articles", json=other)
    assert shown.json()["existing"]["id"] == held["id"]


async def test_a_kept_answer_is_not_replayed_when_its_article_is_held(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    retry = {"Idempotency-Key": "bridge-1"}
    posted = (await writer.post("/v1/articles", json=sale(), headers=retry)).json()
    held = await patch(embargo, posted, {"pub_status": "withheld"})
    assert (await writer.post("/v1/articles", json=sale(), headers=retry)).status_code == 404
    await embargo.post(f"{held['href']}/release", json={})
    replayed = await writer.post("/v1/articles", json=sale(), headers=retry)
    assert (replayed.status_code, replayed.headers["idempotent-replayed"]) == (201, "true")


async def test_people_whom_only_a_held_article_names_are_hidden_with_it(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    secret = {
        "name": "Ilko Brandt",
        "positions": [{"title": "agent", "organisation": {"name": "The Office"}}],
    }
    held = await post(embargo, sale(pub_status="withheld", people=[{"person": secret}]))
    person = held["people"][0]["person"]
    for who in (client, writer):
        for path in (person["href"], f"{person['href']}/articles", f"{person['href']}/quotes"):
            assert await status(who, path) == 404
        assert (await get(who, "/v1/people"))["items"] == []
        assert (await get(who, "/v1/organisations"))["items"] == []
    refused = await writer.post("/v1/articles", json=sale(people=[{"person": {"id": person["id"]}}]))
    assert refused.json()["errors"][0]["code"] == "unknown_reference"
    assert "Brandt" not in refused.text
    await embargo.post(f"{held['href']}/release", json={})
    assert await status(client, person["href"]) == 200
    assert len((await get(client, "/v1/organisations"))["items"]) == 1
    assert count(await told(store), "person.created", person["id"]) >= 1


async def test_a_name_that_only_hidden_people_have_is_told_as_new(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    for number in range(2):
        given = {"name": "Ilko Brandt", "identifiers": [{"scheme": "desk", "value": str(number)}]}
        await post(embargo, sale(pub_status="withheld", people=[{"person": given}]))
    answer = await writer.post("/v1/articles", json=sale(people=[{"person": {"name": "Ilko Brandt"}}]))
    assert answer.status_code == 201, answer.text
    (resolution,) = answer.json()["resolution"]
    assert (resolution["outcome"], "near" in resolution) == ("created", False)


async def test_a_deletion_tells_nothing_of_a_held_article(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    """It is gone for who deleted it, and comes to light again with the article that needs it."""
    person = (await writer.post("/v1/people", json={"name": "Ilko Brandt"})).json()
    held = await post(embargo, sale(pub_status="withheld", people=[{"person": {"id": person["id"]}}]))
    any_version = {"If-Match": "*"}
    refused = await embargo.delete(person["href"], headers=any_version)
    assert (refused.status_code, refused.json()["uses"]) == (409, {"articles": 1})
    assert (await writer.delete(person["href"], headers=any_version)).status_code == 204
    assert [await status(who, person["href"]) for who in (writer, client, embargo)] == [404, 404, 200]
    await embargo.post(f"{held['href']}/release", json={})
    assert (await get(client, person["href"]))["name"] == "Ilko Brandt"
    own = [type for type, id in await told(store) if id == person["id"]]
    assert own == ["person.created", "person.deleted", "person.created"]


async def test_the_feed_shows_no_words_that_a_quote_had_only_while_its_article_was_held(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(embargo, sale())
    held = await patch(embargo, article, {"pub_status": "withheld"})
    edited = "“The bridge is sold to Ilko,” the keeper said."
    held = await patch(
        embargo,
        held,
        {
            "body": [edited],
            "quotes": [{**given(held)[0], "fragments": [{"text": "The bridge is sold to Ilko,"}]}],
        },
    )
    await patch(embargo, held, {"pub_status": "usable", "body": ["A bridge is sold."]})
    changes = await client.get("/v1/changes")
    assert "Ilko" not in changes.text
    told = [(item["type"], item["resource"].get("text")) for item in changes.json()["items"]]
    assert [each for each in told if each[0].startswith("quote")] == [("quote.withdrawn", None)]
    assert await status(client, article["quotes"][0]["href"]) == 404


async def test_the_feed_begins_with_the_publication_for_who_could_not_see_what_was_before(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    held = await post(embargo, sale(pub_status="withheld"))
    await patch(embargo, held, {"slugline": "bridge"})
    await embargo.post(f"{held['href']}/release", json={})
    mine = ["article.published", "quote.created"]
    assert [item["type"] for item in (await get(client, "/v1/changes"))["items"]] == mine
    assert [item["type"] for item in (await get(embargo, "/v1/changes"))["items"]] == [
        "article.created",
        "article.updated",
        *mine,
    ]
