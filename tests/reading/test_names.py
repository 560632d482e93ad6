# ruff: noqa: RUF001 - other scripts are the subject here
"""`name` on the lists of people and organisations: any spelling, any script, and while it is being typed."""

import httpx
import pytest

from tests.dispatches import ids, mention, post, read

SPELLINGS = ["Siarhiej Alejnik", "Sergei Aleinik", "Сергей Алейник", "Сяргей Алейнік"]


async def people(writer: httpx.AsyncClient, *names: str) -> dict[str, str]:
    return {name: (await post(writer, "/v1/people", name=name))["id"] for name in names}


@pytest.mark.parametrize("stored", SPELLINGS)
async def test_each_of_four_spellings_finds_the_one_that_is_stored(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, stored: str
):
    made = await people(writer, stored, "Sergei Lavrov", "Ilva Terrant")
    for asked in SPELLINGS:
        assert await ids(client, "/v1/people", name=asked) == [made[stored]], asked


async def test_the_very_name_comes_first_then_its_beginnings_then_other_spellings(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
):
    made = await people(
        writer, "Sergei Aleinik", "Сергей Алейник", "Sergei Aleinikov", "Sergei Lavrov", "Sergei Aleinik"
    )
    found = await ids(client, "/v1/people", name="sergei aleinik")
    first = (await ids(client, "/v1/people", name="Sergei Aleinik", limit="1"))[0]
    assert first == made["Sergei Aleinik"]
    assert found[2] == made["Sergei Aleinikov"]
    assert made["Сергей Алейник"] in found[3:]
    assert made["Sergei Lavrov"] not in found


async def test_pages_by_name_skip_and_repeat_nothing(client: httpx.AsyncClient, writer: httpx.AsyncClient):
    made = await people(writer, *(f"Mara Venn{letter}" for letter in "abcdefg"), "Mara Venn", "Мара Венн")
    whole = await ids(client, "/v1/people", name="mara venn")
    assert set(whole) == set(made.values())
    found: list[str] = []
    page = await read(client, "/v1/people", name="mara venn", limit=2)
    while True:
        found += [item["id"] for item in page["items"]]
        if not page["next"]:
            break
        page = await read(client, "/v1/people", name="mara venn", limit=2, cursor=page["next"])
    assert found == whole


@pytest.mark.parametrize("typed", ["ale", "ALE", "але", "siarhiej al", "alejnik s", "Siarhiej  Alejni"])
async def test_a_name_is_found_while_it_is_being_typed(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, typed: str
):
    made = await people(writer, "Siarhiej Alejnik", "Ilva Terrant")
    assert await ids(client, "/v1/people", name=typed) == [made["Siarhiej Alejnik"]]


async def test_a_surname_alone_is_found_in_another_spelling(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
):
    made = await people(writer, "Siarhiej Alejnik", "Ilva Terrant")
    assert await ids(client, "/v1/people", name="Aleinik") == [made["Siarhiej Alejnik"]]


async def test_a_name_is_one_filter_beside_others_and_is_counted(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
):
    await post(writer, "/v1/people", name="Mara Venn", country="BY")
    other = await post(writer, "/v1/people", name="Мара Венн", country="GB")
    page = await read(client, "/v1/people", name="Mara Venn", country="GB", count="exact")
    assert [item["id"] for item in page["items"]] == [other["id"]]
    assert page["count"] == {"value": 1, "exact": True}


async def test_an_organisation_is_found_in_another_language(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
):
    made = await post(writer, "/v1/organisations", name="Ministry of Foreign Affairs of Russia")
    assert await ids(client, "/v1/organisations", name="МИД России") == [made["id"]]
    assert await ids(client, "/v1/organisations", name="foreign aff") == [made["id"]]


async def test_the_hidden_are_not_found_by_a_name_like_theirs(
    client: httpx.AsyncClient, embargo: httpx.AsyncClient
):
    await post(embargo, pub_status="withheld", people=[mention("Mara Venn")])
    for asked in ("Mara Venn", "mar", "Мара Венн"):
        assert await ids(client, "/v1/people", name=asked) == []
        assert len(await ids(embargo, "/v1/people", name=asked)) == 1


@pytest.mark.parametrize("name", ["x", "😀", "123", "%", "_", "\\", "\u202ea", "'", "Аleйник", "a" * 500])
async def test_strange_names_are_asked_for_without_harm(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, name: str
):
    await people(writer, "Mara Venn")
    assert await ids(client, "/v1/people", name=name) == []


async def test_words_find_whoever_is_known_by_another_spelling_of_them(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
):
    article = await post(writer, headline="Talks", people=[mention("Siarhiej Alejnik")])
    person = article["people"][0]["person"]["id"]
    await post(writer, headline="Other talks", people=[mention("Sergei Lavrov")])
    for words in ("Sergei Aleinik", "Сергей Алейник", "сергей алейник talks"):
        assert await ids(client, "/v1/articles", q=words) == [article["id"]], words
    for words in ("Sergei Aleinik", "Сергей Алейник"):
        assert await ids(client, "/v1/people", q=words) == [person], words
        found = (await read(client, "/v1/search", q=words))["items"]
        assert {hit["resource"]["id"] for hit in found} == {person, article["id"]}
    assert await ids(client, "/v1/people", q="Sergei -Aleinik") != [person]


async def test_words_do_not_find_the_hidden_by_another_spelling(
    client: httpx.AsyncClient, embargo: httpx.AsyncClient
):
    await post(embargo, pub_status="withheld", people=[mention("Siarhiej Alejnik")])
    for path in ("/v1/people", "/v1/articles", "/v1/search"):
        assert (await read(client, path, q="Sergei Aleinik"))["items"] == []
        assert (await read(embargo, path, q="Sergei Aleinik"))["items"]
