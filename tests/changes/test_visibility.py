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


async def test_whoever_comes_to_light_is_told_once_to_each_reader(readers: list[httpx.AsyncClient]) -> None:
    """By a release, and by being written directly."""
    client, embargo, _ = readers
    article = await post(embargo, pub_status="withheld", quotes=[quote()], provider={"name": "Osta News"})
    person, organisation = article["quotes"][0]["speaker"]["person"], article["provider"]
    assert await seen(readers, types="*.created") == [
        [],
        *[["organisation.created", "person.created", "article.created"]] * 2,
    ]
    await patch(embargo, organisation["href"], {"country": "BY"})
    assert await told(client, types="organisation.*") == ["organisation.created"]
    assert await told(embargo, types="organisation.*") == ["organisation.created", "organisation.updated"]
    await embargo.post(f"{article['href']}/release", json={})
    assert await seen(readers, types="person.*", person=person["id"]) == [["person.created"]] * 3


async def test_a_deletion_is_told_to_those_who_saw_who_is_gone(
    readers: list[httpx.AsyncClient], writer: httpx.AsyncClient
) -> None:
    client, embargo, _ = readers
    held = await post(embargo, pub_status="withheld", quotes=[quote()])
    speaker = held["quotes"][0]["speaker"]["person"]
    known = await post(writer, "/v1/people", name="Tam Orrel")
    await post(embargo, pub_status="withheld", people=[{"person": {"id": known["id"]}}])
    any_version = {"If-Match": "*"}
    assert (await writer.delete(known["href"], headers=any_version)).status_code == 204
    assert await told(client, person=known["id"], types="person.*") == ["person.deleted"]
    assert await told(embargo, person=known["id"], types="person.*") == ["person.created"]
    await embargo.post(f"{held['href']}/kill", json={"note": "Not true."})
    assert (await embargo.delete(speaker["href"], headers=any_version)).status_code == 204
    assert await seen(readers, person=speaker["id"], types="person.*") == [
        [],
        ["person.deleted"],
        ["person.deleted"],
    ]


async def test_filters_tell_nothing_of_what_only_a_held_version_carried(
    readers: list[httpx.AsyncClient],
) -> None:
    client, embargo, _ = readers
    osta, elm = [await post(embargo, "/v1/organisations", name=name) for name in ("Osta News", "Elm Wire")]
    mara, tam = [await post(embargo, "/v1/people", name=name) for name in ("Mara Venn", "Tam Orrel")]
    article = await post(embargo, provider={"id": osta["id"]}, people=[{"person": {"id": mara["id"]}}])
    draft = {"provider": {"id": elm["id"]}, "people": [{"person": {"id": tam["id"]}}]}
    await patch(embargo, article["href"], {**draft, "pub_status": "withheld"})
    await embargo.post(f"{article['href']}/kill", json={"note": "Not true."})
    for shown in ({"provider": osta["id"]}, {"person": mara["id"]}):
        assert await told(client, types=ABOUT, **shown) == ["article.deleted", "article.killed"]
    for hidden in ({"provider": elm["id"]}, {"organisation": elm["id"]}, {"person": tam["id"]}):
        assert await told(client, types=ABOUT, **hidden) == []
        assert await told(embargo, types=ABOUT, **hidden) == ["article.killed"]
    assert await told(embargo, types="article.killed") == ["article.killed"]
