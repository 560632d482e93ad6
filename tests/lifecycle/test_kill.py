"""Kills: gone for all but `admin`, at once, everywhere."""

from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.lifecycle.dispatches import dispatch, get, patch, post, quote, status, told

SAID = "“The vault is empty,” the keeper said."
KEEPER = {"kind": "person", "as_printed": "Ilko Brandt", "person": {"name": "Ilko Brandt"}}


def scandal(**members: Any) -> dict[str, Any]:
    given = {**quote("The vault is empty,"), "speaker": KEEPER}
    return dispatch(
        SAID,
        uri="tag:osk.example,2025:vault",
        headline="The vault of Osk",
        provider={"name": "Osk News"},
        media=[{"caption": "The vault door", "credit": "Ada Lund"}],
        quotes=[given],
        **members,
    )


async def kill(client: httpx.AsyncClient, article: dict[str, Any], note: str = "Not true.") -> httpx.Response:
    return await client.post(f"{article['href']}/kill", json={"note": note})


def places(article: dict[str, Any]) -> list[str]:
    """Every address at which an article or a part of it can be read."""
    own, quoted = article["href"], article["quotes"][0]["href"]
    return [
        own,
        f"{own}?as_of=2999-01-01T00:00:00Z",
        f"{own}/quotes",
        f"{own}/versions",
        f"{own}/versions/1",
        f"{own}/versions/2",
        f"{own}/diff?from=1&to=2",
        quoted,
        f"{quoted}/history",
    ]


async def test_a_killed_article_is_gone_with_all_that_was_its_own(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, admin: httpx.AsyncClient, embargo: httpx.AsyncClient
) -> None:
    first = await post(writer, scandal())
    article = await patch(writer, first, {"headline": "The empty vault of Osk"})
    answer = await kill(writer, article)
    assert (answer.status_code, answer.json()["pub_status"]) == (200, "canceled")
    for reader in (client, writer, embargo):
        for path in places(article):
            gone = await reader.get(path)
            assert (gone.status_code, gone.json()["note"]) == (410, "Not true."), path
            assert "killed_at" in gone.json()
            assert "vault" not in gone.text
            assert gone.headers["cache-control"] == "no-store"
    for path in places(article):
        assert await status(admin, path) == 200
    assert (await get(admin, article["href"]))["headline"] == "The empty vault of Osk"
    person = first["quotes"][0]["speaker"]["person"]["href"]
    for path in ("/v1/articles", "/v1/quotes", f"{person}/quotes", f"{person}/articles"):
        for reader in (client, writer, embargo, admin):
            assert (await get(reader, path))["items"] == [], path


async def test_a_copy_at_hand_does_not_outlive_a_kill(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, scandal())
    tags = {path: (await client.get(path)).headers["etag"] for path in (article["href"], places(article)[4])}
    await kill(writer, article)
    for path, tag in tags.items():
        assert (await client.get(path, headers={"If-None-Match": tag})).status_code == 410


async def test_nothing_is_written_to_a_killed_article(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    article = await post(writer, scandal())
    await kill(writer, article)
    any_version = {"If-Match": "*"}
    for client in (writer, admin):
        for method, path, content in (
            ("PATCH", article["href"], {"headline": "Back"}),
            ("PUT", article["href"], dispatch("Back.")),
            ("PATCH", article["quotes"][0]["href"], {"place": "Osk"}),
            ("POST", f"{article['href']}/release", {}),
        ):
            answer = await client.request(method, path, json=content, headers=any_version)
            assert (answer.status_code, answer.json()["type"]) == (410, "/problems/killed"), path


async def test_a_kill_is_done_once(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient, store: Database
) -> None:
    """A retry meets what it wanted: the 410 with the note of the first kill; `admin` is shown the article."""
    article = await post(writer, scandal())
    first = await kill(writer, article)
    again = await kill(writer, article, "Another note.")
    assert (again.status_code, again.json()["note"]) == (410, "Not true.")
    shown = await kill(admin, article, "A third note.")
    assert (shown.status_code, shown.headers["etag"]) == (200, first.headers["etag"])
    assert [type for type, id in await told(store) if id == article["id"]].count("article.killed") == 1
    assert len((await get(admin, f"{article['href']}/versions"))["items"]) == 2
    newest = (await get(admin, f"{article['href']}/versions"))["items"][0]
    assert newest["revision"] == {"kind": "retraction", "note": "Not true.", "public": True}


@pytest.mark.parametrize(
    "body", [{}, {"note": ""}, {"note": "  "}, {"note": None}, {"note": "x", "kind": "y"}]
)
async def test_a_kill_needs_a_note(writer: httpx.AsyncClient, body: dict[str, Any]) -> None:
    article = await post(writer, scandal())
    answer = await writer.post(f"{article['href']}/kill", json=body)
    assert answer.status_code == 422
    assert await status(writer, article["href"]) == 200


async def test_deleting_an_article_is_a_kill(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    article = await post(writer, scandal())
    assert (await writer.delete(article["href"])).status_code == 428
    assert (await writer.delete(article["href"], headers={"If-Match": '"2.x"'})).status_code == 412
    assert (await writer.delete(article["href"], headers={"If-Match": '"1.x"'})).status_code == 204
    assert (await client.get(article["href"])).json()["note"] == "deleted"


async def test_a_kill_is_told_with_a_tombstone_for_the_article_and_each_quote(
    writer: httpx.AsyncClient, store: Database
) -> None:
    article = await post(writer, scandal())
    await kill(writer, article)
    assert (await told(store))[-2:] == [
        ("article.killed", article["id"]),
        ("quote.withdrawn", article["quotes"][0]["id"]),
    ]


async def test_an_article_killed_before_it_was_public_never_was_there(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient, writer: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    article = await patch(embargo, await post(embargo, scandal(pub_status="withheld")), {"slugline": "osk"})
    assert (await kill(writer, article)).status_code == 404
    assert (await kill(embargo, article)).status_code == 200
    for path in places(article):
        assert [await status(reader, path) for reader in (client, writer)] == [404, 404], path
        assert [await status(reader, path) for reader in (embargo, admin)] == [410, 200], path
    for reader, there in ((client, 0), (writer, 0), (embargo, 1), (admin, 1)):
        assert len((await get(reader, "/v1/people", name="Ilko Brandt"))["items"]) == there


async def test_the_uri_of_a_killed_article_stays_taken_and_names_nobody(
    writer: httpx.AsyncClient,
) -> None:
    article = await post(writer, scandal())
    await kill(writer, article)
    answer = await writer.post("/v1/articles", json=scandal())
    assert answer.status_code == 409
    assert "existing" not in answer.json()


async def test_the_answer_that_is_kept_for_a_retry_does_not_outlive_a_kill(writer: httpx.AsyncClient) -> None:
    retry = {"Idempotency-Key": "vault-1"}
    posted = await writer.post("/v1/articles", json=scandal(), headers=retry)
    assert posted.status_code == 201
    await kill(writer, posted.json())
    replayed = await writer.post("/v1/articles", json=scandal(), headers=retry)
    assert (replayed.status_code, replayed.json()["note"]) == (410, "Not true.")
    assert "vault" not in replayed.text


async def test_people_whom_only_a_killed_article_named_can_be_deleted(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, scandal())
    person = article["quotes"][0]["speaker"]["person"]["href"]
    used = await writer.delete(person, headers={"If-Match": "*"})
    assert (used.status_code, used.json()["uses"]) == (409, {"articles": 1, "quotes": 1})
    await kill(writer, article)
    assert await status(client, person) == 200
    assert (await writer.delete(person, headers={"If-Match": "*"})).status_code == 204
    assert await status(client, person) == 404
