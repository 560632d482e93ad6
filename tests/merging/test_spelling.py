# ruff: noqa: RUF001 - other scripts are the subject
"""`names`: people and organisations in the language or script that a client prefers."""

from typing import Any

import httpx
import pytest

from api.db.marks import ENTITIES
from api.db.pool import Database
from api.http.cache import marks_of
from tests.dispatches import errors, mention, patch, post, quote, read
from tests.merging.test_merges import follow, make, merged

NAMES = [
    {"value": "Мара Вен", "language": "ru"},
    {"value": "Мара Вэн", "language": "be"},
    {"value": "Mara Ven", "language": "be-Latn", "kind": "transliteration"},
    {"value": "Марочка", "language": "ru", "kind": "short"},
    {"value": "Мара Оррель", "language": "ru", "kind": "birth"},
    {"value": "マラ・ヴェン", "kind": "alias"},
]


async def scene(writer: httpx.AsyncClient) -> dict[str, Any]:
    port = await make(writer, "Port Elm", "organisations", names=[{"value": "Порт «Эльм»", "language": "ru"}])
    venn = await make(
        writer,
        "Mara Venn",
        names=NAMES,
        positions=[{"title": "Head", "organisation": {"id": port["id"]}, "from": "2020"}],
    )
    article = await post(
        writer,
        provider={"id": port["id"]},
        people=[mention({"id": venn["id"]}, as_printed=["Mara Venn"])],
        quotes=[quote(speaker={"id": venn["id"]}, said_on={"value": "2021", "precision": "year"})],
    )
    return {"venn": venn, "port": port, "article": article}


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("ru", "Мара Вен"),
        ("RU", "Мара Вен"),
        ("ru-RU", "Мара Вен"),
        ("ru-Cyrl", "Мара Вен"),
        ("be", "Мара Вэн"),
        ("be-Latn", "Mara Ven"),
        ("be-Cyrl", "Мара Вэн"),
        ("ru-Latn", "Mara Venn"),
        ("und-Latn", "Mara Venn"),
        ("und-Cyrl", "Мара Вен"),
        ("und-Kana", "マラ・ヴェン"),
        ("fr", "Mara Venn"),
    ],
)
async def test_a_person_is_called_as_the_language_or_script_has_it_else_by_the_house_spelling(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, tag: str, name: str
) -> None:
    venn = (await scene(writer))["venn"]
    seen = await read(client, venn["href"], names=tag)
    assert seen["name"] == name
    assert seen["names"] == venn["names"]
    assert seen["positions"][0]["organisation"]["name"] == (
        "Порт «Эльм»"
        if (tag.lower().startswith("ru") and "Latn" not in tag) or tag == "und-Cyrl"
        else "Port Elm"
    )


async def test_every_read_takes_it_and_what_was_printed_stays(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    found = await scene(writer)
    article, venn, port = found["article"], found["venn"], found["port"]
    single = article["quotes"][0]["href"]
    for path, params in (
        (article["href"], {}),
        (f"{article['href']}/quotes", {}),
        (f"{article['href']}/versions/1", {}),
        (article["href"], {"as_of": "2999-01-01T00:00:00Z"}),
        (single, {}),
        (f"{single}/history", {}),
        (venn["href"], {}),
        (venn["href"], {"at": "2021"}),
        (port["href"], {}),
        ("/v1/articles", {}),
        ("/v1/articles", {"fields": "people,provider,quotes"}),
        ("/v1/articles", {"expand": "people,organisations"}),
        ("/v1/articles", {"facets": "person,organisation,provider,speaker"}),
        ("/v1/quotes", {"expand": "people,organisations,articles", "facets": "speaker"}),
        ("/v1/people", {"fields": "name"}),
        ("/v1/people", {"expand": "organisations"}),
        ("/v1/organisations", {}),
        (f"{venn['href']}/articles", {}),
        (f"{venn['href']}/quotes", {}),
        ("/v1/search", {"q": "Venn"}),
        ("/v1/feeds/articles.json", {}),
        (article["href"], {"format": "jsonld"}),
        (article["href"], {"format": "newsml-g2"}),
    ):
        plain = await client.get(path, params=params)
        other = await client.get(path, params=params | {"names": "ru"})
        assert plain.status_code == other.status_code == 200, other.text
        assert "Мара Вен" in other.text or "Порт «Эльм»" in other.text or "Порт \\" in other.text, path
        assert '"name":"Mara Venn"' not in other.text
        assert '"name":"Port Elm"' not in other.text
        assert plain.headers["etag"] != other.headers["etag"]
        assert plain.headers["etag"].split(".")[0] == other.headers["etag"].split(".")[0]
        again = await client.get(
            path, params=params | {"names": "ru"}, headers={"If-None-Match": other.headers["etag"]}
        )
        assert again.status_code == 304
    seen = await read(client, article["href"], names="ru")
    assert seen["people"][0]["as_printed"] == ["Mara Venn"]
    assert seen["body"] == article["body"]


@pytest.mark.parametrize("tag", ["", "-", "Russian language", "e", "Latn", "ru,be", "ru\u0000"])
async def test_what_is_no_language_tag_is_refused(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, tag: str
) -> None:
    found = await scene(writer)
    for path in (
        found["venn"]["href"],
        found["port"]["href"],
        found["article"]["href"],
        "/v1/quotes",
        "/v1/people",
    ):
        answer = await client.get(path, params={"names": tag})
        assert (answer.status_code, [place for place, _ in errors(answer)]) == (400, ["names"]), tag


async def test_a_page_takes_one_statement_more_however_many_it_names(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, statements: list[str]
) -> None:
    for number in range(30):
        await make(writer, f"Person {number}", names=[{"value": f"Лицо {number}", "language": "ru"}])
    statements.clear()
    await read(client, "/v1/people", limit=10)
    plain = len(statements)
    statements.clear()
    page = await read(client, "/v1/people", names="ru", limit=10)
    assert len(statements) == plain + 1
    assert [item["name"] for item in page["items"]] == [f"Лицо {number}" for number in range(29, 19, -1)]
    following = await read(client, "/v1/people", names="ru", limit=10, cursor=page["next"])
    assert following["items"][0]["name"] == "Лицо 19"


async def test_a_changed_name_is_seen_at_once_and_so_is_that_of_a_merged_record(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, article = await make(writer, "Mara Venn"), None
    other = await make(writer, "M. Venn", names=NAMES)
    article = await post(writer, people=[mention({"id": one["id"]})])
    named = {"names": "ru"}
    assert (await read(client, article["href"], **named))["people"][0]["person"]["name"] == "Mara Venn"
    await merged(writer, one, other)
    assert (await read(client, article["href"], **named))["people"][0]["person"]["name"] == "Мара Вен"
    await patch(writer, one["href"], {"names": [{"value": "Мария Вен", "language": "ru"}]})
    assert (await read(client, article["href"], **named))["people"][0]["person"]["name"] == "Мария Вен"
    await follow(store)


def test_what_is_kept_of_an_article_under_other_names_follows_the_people_it_names() -> None:
    path = "/v1/articles/01890a5d-ac96-774b-bcce-b302099a8057"
    assert ENTITIES not in (marks_of(path) or ())
    for query in (b"names=ru", b"format=json&names=ru", b"%6eames=ru", b"n%61m%65s=ru"):
        assert ENTITIES in (marks_of(path, query) or ())
    assert ENTITIES in (marks_of(f"{path}/quotes") or ())  # which may be filtered by whom they are of


async def test_a_page_of_changes_calls_people_and_organisations_as_the_client_prefers(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    since = (await read(client, "/v1/changes", since="now"))["cursor"]
    await scene(writer)
    page = await read(client, "/v1/changes", since=since, names="ru")
    plain = await read(client, "/v1/changes", since=since)
    named = {item["resource"]["type"]: item["resource"].get("name") for item in page["items"]}
    assert (named["person"], named["organisation"]) == ("Мара Вен", "Порт «Эльм»")
    for item, other in zip(page["items"], plain["items"], strict=True):
        assert item | {"resource": other["resource"]} == other
        assert {**item["resource"], "name": None} == {**other["resource"], "name": None}
    refused = await client.get("/v1/changes", params={"names": "xx-yy-zz-0"})
    assert (refused.status_code, errors(refused)) == (400, [("names", "unknown_language")])
