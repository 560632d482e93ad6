"""Who sees which event: those who may see its resource now and could have when it happened."""

from typing import Any

import httpx
import pytest

from tests.changes.reading import told, walk
from tests.dispatches import patch, post, quote

ABOUT = "article.*,quote.*"


@pytest.fixture
def readers(
    client: httpx.AsyncClient, embargo: httpx.AsyncClient, admin: httpx.AsyncClient
) -> list[httpx.AsyncClient]:
    """Readers of published content, of held content, and of killed content."""
    return [client, embargo, admin]


async def seen(readers: list[httpx.AsyncClient], **params: Any) -> list[list[str]]:
    return [await told(reader, **params) for reader in readers]


async def test_a_published_article_is_seen_by_everyone(readers: list[httpx.AsyncClient]) -> None:
    await post(readers[1], quotes=[quote()])
    everything = ["person.created", "article.created", "article.published", "quote.created"]
    assert await seen(readers) == [everything] * 3


async def test_what_is_held_leaves_no_trace_and_is_news_when_it_is_released(
    readers: list[httpx.AsyncClient],
) -> None:
    article = await post(readers[1], pub_status="withheld", quotes=[quote()])
    await patch(readers[1], article["href"], {"headline": "Ferry to run"})
    before = ["person.created", "article.created", "article.updated"]
    assert await seen(readers) == [[], before, before]
    await readers[1].post(f"{article['href']}/release", json={})
    published = ["article.published", "quote.created"]
    assert await seen(readers) == [
        ["person.created", *published],
        [*before, *published],
        [*before, *published],
    ]


async def test_of_a_killed_article_the_tombstones_stay_without_a_word_of_it(
    readers: list[httpx.AsyncClient],
) -> None:
    article = await post(readers[1], headline="The vault of Osk", quotes=[quote()])
    await readers[1].post(f"{article['href']}/kill", json={"note": "Not true."})
    end = ["article.killed", "quote.withdrawn"]
    assert await seen(readers, types=ABOUT) == [
        end,
        end,
        ["article.created", "article.published", "quote.created", *end],
    ]
    for reader in readers:
        items = await walk(reader, types=ABOUT)
        assert not {"headline", "text", "name"} & {name for item in items for name in item["resource"]}


async def test_an_article_that_was_never_public_is_killed_without_a_trace(
    readers: list[httpx.AsyncClient],
) -> None:
    article = await post(readers[1], pub_status="withheld", quotes=[quote()])
    await readers[1].post(f"{article['href']}/kill", json={"note": "Not true."})
    assert await seen(readers, types=ABOUT) == [
        [],
        ["article.killed"],
        ["article.created", "article.killed"],
    ]
    assert await told(readers[0]) == []


async def test_a_published_article_that_is_withheld_again_is_deleted_for_those_who_do_not_see_it(
    readers: list[httpx.AsyncClient],
) -> None:
    article = await post(readers[1], headline="The vault of Osk", quotes=[quote()])
    await patch(readers[1], article["href"], {"pub_status": "withheld"})
    public, held, _ = await seen(readers, types=ABOUT)
    assert public == ["quote.withdrawn", "article.deleted"]
    assert held == ["article.created", "article.published", "quote.created", "article.updated"]
    items = await walk(readers[0], types=ABOUT)
    assert not {"headline", "text"} & {name for item in items for name in item["resource"]}


async def test_a_quote_that_leaves_its_article_is_withdrawn(readers: list[httpx.AsyncClient]) -> None:
    article = await post(readers[1], quotes=[quote()])
    await patch(readers[1], article["href"], {"quotes": []})
    assert (await told(readers[0], types="quote.*")) == ["quote.created", "quote.withdrawn"]
    await readers[1].post(f"{article['href']}/kill", json={"note": "Not true."})
    assert (await told(readers[0], types="quote.*")) == ["quote.withdrawn"]


async def test_a_person_who_is_deleted_is_told_once_more_without_a_name(
    readers: list[httpx.AsyncClient],
) -> None:
    person = await post(readers[1], "/v1/people", name="Mara Venn")
    await readers[1].delete(f"/v1/people/{person['id']}", headers={"If-Match": "*"})
    assert await seen(readers) == [["person.deleted"]] * 3
    (item,) = await walk(readers[0])
    assert "name" not in item["resource"]


async def test_an_event_names_its_resource_as_it_is_called_now(writer: httpx.AsyncClient) -> None:
    person = await post(writer, "/v1/people", name="Mara Ven")
    await patch(writer, f"/v1/people/{person['id']}", {"name": "Mara Venn"})
    items = await walk(writer)
    assert [(item["resource"]["name"], item["resource"]["version"]) for item in items] == [
        ("Mara Venn", 1),
        ("Mara Venn", 2),
    ]


async def test_a_stranger_is_refused_where_reading_is_not_public(client: httpx.AsyncClient, app: Any) -> None:
    answer = await client.get("/v1/changes", headers={"Authorization": "Bearer dl_nonsense"})
    assert answer.status_code == 401
