# ruff: noqa: RUF001 - other scripts are the subject
"""People and organisations through HTTP: written, found and deleted."""

import asyncio
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.dispatches import (
    counts,
    dispatch,
    errors,
    events,
    ids,
    kind,
    mention,
    organisation,
    patch,
    person,
    post,
    put,
    quote,
    read,
    ref,
)

PERSON: dict[str, Any] = {
    "name": "Mara Venn",
    "names": [
        {
            "value": "Мара Венн",
            "language": "ru",
            "kind": "transliteration",
            "from": "1990",
            "until": "2020-05",
        },
        {"value": "Mara Orrel", "kind": "birth"},
    ],
    "description": "A minister",
    "born": "1970-02",
    "died": None,
    "country": "BY",
    "identifiers": [{"scheme": "wikidata", "value": "Q1"}],
    "positions": [
        {
            "title": "Minister of Ports",
            "organisation": {"name": "Ministry of Ports"},
            "from": "2020",
            "until": "2024-06-30",
        },
        {"title": "Captain", "organisation": None, "from": None, "until": "2019"},
    ],
    "links": [{"rel": "canonical", "href": "https://example.org/venn", "title": None}],
}
ORGANISATION: dict[str, Any] = {
    "name": "Port Elm Authority",
    "names": [{"value": "PEA", "kind": "short"}],
    "description": None,
    "kind": "government",
    "parent": {"name": "Ministry of Ports"},
    "founded": "1901",
    "dissolved": "2020-01-01",
    "country": "BY",
    "identifiers": [{"scheme": "wikidata", "value": "Q2"}],
    "links": [],
}
PATHS = ["/v1/people", "/v1/organisations"]
GIVEN = {"/v1/people": PERSON, "/v1/organisations": ORGANISATION}


@pytest.mark.parametrize("path", PATHS)
async def test_every_member_comes_back_as_it_was_posted(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, path: str
) -> None:
    answer = await writer.post(path, json=GIVEN[path])
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (await read(client, answer.headers["location"])) == made
    assert answer.headers["etag"].startswith('"1.')
    office = ref((await read(client, "/v1/organisations", name="Ministry of Ports"))["items"][0])
    blank = {"language": None, "script": "Latn", "kind": "alias", "from": None, "until": None}
    expected = GIVEN[path] | {
        "type": made["type"],
        "version": 1,
        "names": [blank | {"value": made["name"], "kind": "primary"}]
        + [blank | {"script": "Cyrl" if "М" in n["value"] else "Latn"} | n for n in GIVEN[path]["names"]],
    }
    if path == "/v1/people":
        expected["positions"] = [PERSON["positions"][0] | {"organisation": office}, PERSON["positions"][1]]
    else:
        expected["parent"] = office
    owned = ("id", "href", "created_at", "updated_at")
    assert {name: value for name, value in made.items() if name not in owned} == expected
    assert made["href"] == f"{path}/{made['id']}"


@pytest.mark.parametrize("path", PATHS)
async def test_what_was_read_is_put_back_and_makes_no_new_version(
    writer: httpx.AsyncClient, store: Database, path: str
) -> None:
    made = await post(writer, path, **GIVEN[path])
    rows, happened = await counts(store), await events(store)
    answer = await put(writer, made["href"], made)
    assert (answer.status_code, answer.json()) == (200, made)
    assert (await patch(writer, made["href"], {"name": made["name"]})).json() == made
    assert (await counts(store), await events(store)) == (rows, happened)


@pytest.mark.parametrize("path", PATHS)
async def test_a_write_raises_the_version_and_null_takes_a_member_away(
    writer: httpx.AsyncClient, path: str
) -> None:
    made = await post(writer, path, **GIVEN[path])
    answer = await patch(writer, made["href"], {"country": None, "identifiers": None, "names": None})
    changed = answer.json()
    assert (changed["version"], changed["country"], changed["identifiers"]) == (2, None, [])
    assert [name["value"] for name in changed["names"]] == [made["name"]]
    assert await read(writer, made["href"]) == changed
    answer = await put(writer, made["href"], {"name": "Other"})
    assert (answer.json()["version"], answer.json()["links"]) == (3, [])


@pytest.mark.parametrize("path", PATHS)
async def test_what_the_server_owns_is_refused(writer: httpx.AsyncClient, path: str) -> None:
    owned = {
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "type": "quote",
        "version": 2,
        "href": "/x",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
    }
    answer = await writer.post(path, json={"name": "X"} | owned)
    assert errors(answer) == [(f"#/{member}", "read_only") for member in owned]
    made = await post(writer, path, name="X")
    for member, value in owned.items():
        for wrong in (value, None):
            expected = [(f"#/{member}", "read_only")]
            assert errors(await put(writer, made["href"], made | {member: wrong})) == expected
            assert errors(await patch(writer, made["href"], {member: wrong})) == expected


@pytest.mark.parametrize("path", PATHS)
async def test_the_primary_name_is_always_among_the_names(writer: httpx.AsyncClient, path: str) -> None:
    made = await post(
        writer,
        path,
        name="Anna",
        names=[
            {"value": "Hanna", "kind": "primary"},
            {"value": "Anna", "kind": "alias", "language": "en-us"},
        ],
    )
    assert [(n["value"], n["kind"], n["language"]) for n in made["names"]] == [
        ("Anna", "primary", "en-US"),
        ("Hanna", "alias", None),
    ]


@pytest.mark.parametrize("path", PATHS)
async def test_a_rename_keeps_the_old_spelling_findable(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, path: str
) -> None:
    made = await post(writer, path, name="Łukasz Żurek")
    for change in ({"name": "Lukas Zurek"}, {"name": "Third Name"}):
        assert (await patch(writer, made["href"], change)).status_code == 200
    for spelling in ("LUKASZ zurek", "Лукас Зурек", "third-name"):
        assert await ids(client, path, name=spelling) == [made["id"]], spelling
    assert await ids(client, path, name="Nobody") == []


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Siarhiej Alejnik", "SIARHIEJ   ALEJNIK"),
        ("Müller-Lüdenscheidt", "muller ludenscheidt"),
        ("Сергей Лавров", "Sergey Lavrov"),
        ("O’Neill", "ONeill"),
        ("Ｗｉｄｅ", "wide"),
        ("Jose\u0301", "José"),
    ],
)
async def test_a_person_is_found_by_folded_name_across_scripts(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, stored: str, asked: str
) -> None:
    made = await person(writer, stored)
    await person(writer, "Another")
    assert await ids(client, "/v1/people", name=asked) == [made["id"]]
    assert await ids(client, "/v1/organisations", name=asked) == []


async def test_the_longest_name_that_folds_longest_is_stored_and_found(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    # One ligature folds to eighteen letters, and an index row of a B-tree holds 2,704 bytes.
    name = "".join(chr(0xFDFA if i % 3 else 0x16800 + i) for i in range(500))
    made = await person(writer, name)
    assert await ids(client, "/v1/people", name=name) == [made["id"]]


@pytest.mark.parametrize("path", PATHS)
async def test_an_identifier_belongs_to_one_entity_of_a_type(
    writer: httpx.AsyncClient, store: Database, path: str
) -> None:
    made = await post(writer, path, **GIVEN[path])
    other = await post(writer, path, name="Other")
    rows = await counts(store)
    same = {"identifiers": [{"scheme": "x", "value": "1"}, *GIVEN[path]["identifiers"]]}
    for answer in (
        await writer.post(path, json={"name": "New"} | same),
        await put(writer, other["href"], {"name": "Other"} | same),
        await patch(writer, other["href"], same),
    ):
        assert kind(answer) == (409, "duplicate-identifier")
        assert errors(answer) == [("#/identifiers/1", "duplicate_identifier")]
        assert answer.json()["existing"] == ref(made)
    assert await counts(store) == rows


async def test_of_many_at_once_one_gets_an_identifier(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    same = {"identifiers": [{"scheme": "x", "value": "1"}]}

    async def one(number: int) -> httpx.Response:
        given = {"name": f"N{number}"} | same
        if number % 2:
            return await writer.post("/v1/people", json=given)
        return await writer.post("/v1/articles", json=dispatch(people=[mention(given)]))

    answers = await asyncio.gather(*(one(number) for number in range(20)))
    # A dispatch that comes later is linked by the identifier; an entity that is written directly is refused.
    assert len(await ids(client, "/v1/people")) == 1
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {kind(answer) for answer in refused} <= {(409, "duplicate-identifier")}


async def test_a_person_and_an_organisation_may_have_one_identifier(writer: httpx.AsyncClient) -> None:
    same = [{"scheme": "x", "value": "1"}]
    await person(writer, identifiers=same)
    await organisation(writer, identifiers=same)


async def test_an_entity_in_use_is_not_deleted_and_says_what_uses_it(writer: httpx.AsyncClient) -> None:
    ministry = await organisation(writer, "Ministry")
    port = await organisation(writer, "Port", parent={"id": ministry["id"]})
    venn = await person(writer, positions=[{"title": "Minister", "organisation": {"id": ministry["id"]}}])
    article = await post(writer, quotes=[quote(speaker={"id": venn["id"]})], provider={"id": port["id"]})
    for entity, uses in (
        (ministry, {"positions": 1, "children": 1}),
        (port, {"articles": 1}),
        (venn, {"articles": 1, "quotes": 1}),
    ):
        answer = await writer.delete(entity["href"], headers={"If-Match": "*"})
        assert kind(answer) == (409, "entity-in-use")
        assert answer.json()["uses"] == uses
    assert (await writer.post(f"{article['href']}/kill", json={"note": "No."})).status_code == 200
    for entity in (port, venn, ministry):
        answer = await writer.delete(entity["href"], headers={"If-Match": '"1.x"'})
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await writer.get(entity["href"])).status_code == 404
        assert (await writer.delete(entity["href"], headers={"If-Match": "*"})).status_code == 404


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        (
            "/v1/people",
            {"positions": [{"title": "A", "from": "2021", "until": "2020"}]},
            "#/positions/0/until",
        ),
        ("/v1/people", {"names": [{"value": "A", "from": "2020-02", "until": "2020-01"}]}, "#/names/0/until"),
        ("/v1/people", {"born": "1990-01-02", "died": "1990-01-01"}, "#/died"),
        ("/v1/people", {"born": "1990-02-30"}, "#/born"),
        ("/v1/people", {"country": "XX"}, "#/country"),
        ("/v1/people", {"country": "by"}, "#/country"),
        ("/v1/people", {"names": [{"value": "A", "language": "no-such-tag-x"}]}, "#/names/0/language"),
        ("/v1/people", {"name": "\u200b\u2060"}, "#/name"),
        ("/v1/people", {"names": [{"value": "\u200d"}]}, "#/names/0/value"),
        ("/v1/people", {"name": " \n"}, "#/name"),
        ("/v1/people", {"founded": "1990"}, "#/founded"),
        ("/v1/organisations", {"founded": "1990", "dissolved": "1989"}, "#/dissolved"),
        ("/v1/organisations", {"positions": []}, "#/positions"),
        ("/v1/organisations", {"kind": "club"}, "#/kind"),
    ],
)
async def test_what_cannot_be_is_refused(
    writer: httpx.AsyncClient, store: Database, path: str, given: dict[str, Any], expected: str
) -> None:
    rows = await counts(store)
    answer = await writer.post(path, json={"name": "X"} | given)
    assert kind(answer)[0] == 422
    assert [pointer for pointer, _ in errors(answer)] == [expected]
    assert await counts(store) == rows


async def test_all_that_is_wrong_with_one_entity_is_told_at_once(writer: httpx.AsyncClient) -> None:
    given = {
        "name": "X",
        "born": "1990-02-30",
        "died": "1990-13",
        "country": "XX",
        "names": [{"value": "Y", "from": "2021-02-29", "until": "2021-04-31"}],
    }
    answer = await writer.post("/v1/people", json=given)
    named = ["#/born", "#/died", "#/country"]
    inside = ["#/names/0/from", "#/names/0/until"]
    assert [pointer for pointer, _ in errors(answer)] == [*inside, *named]
    answer = await writer.post("/v1/people", json=given | {"names": []})
    assert [pointer for pointer, _ in errors(answer)] == named
    # What is asked of the whole is not asked when a part of it is wrong.
    speaker = {"kind": "person", "as_printed": "", "person": {"name": "", "country": "XX"}}
    answer = await writer.post("/v1/articles", json=dispatch(quotes=[quote() | {"speaker": speaker}]))
    at = "#/quotes/0/speaker"
    told = [pointer for pointer, _ in errors(answer)]
    assert told == [f"{at}/as_printed", f"{at}/person/name", f"{at}/person/country"]


async def test_an_organisation_is_not_its_own_parent_however_far_up(
    writer: httpx.AsyncClient, store: Database
) -> None:
    top = await organisation(writer, "Top")
    middle = await organisation(writer, "Middle", parent={"id": top["id"]})
    low = await organisation(writer, "Low", parent={"name": "Middle"})
    for parent in (top, middle, low):
        answer = await patch(writer, top["href"], {"parent": {"id": parent["id"]}})
        assert (answer.status_code, errors(answer)) == (422, [("#/parent", "circular")])
    rows = await counts(store)
    answer = await writer.post(
        "/v1/articles",
        json=dispatch(
            organisations=[
                {"organisation": {"name": "A", "parent": {"name": "B"}}},
                {"organisation": {"name": "B", "parent": {"name": "A"}}},
            ]
        ),
    )
    assert (answer.status_code, errors(answer)[0][1]) == (422, "circular")
    assert await counts(store) == rows
