# ruff: noqa: RUF001 - other scripts are the subject
"""People and organisations through HTTP: written directly, and named inline in dispatches."""

import asyncio
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.entities import mentions
from api.entities.renames import follow_renames
from tests.dispatches import (
    counts,
    dispatch,
    errors,
    events,
    ids,
    kind,
    mention,
    patch,
    post,
    put,
    quote,
    read,
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


def ref(entity: dict[str, Any]) -> dict[str, Any]:
    return {name: entity[name] for name in ("id", "type", "name", "href")}


async def person(client: httpx.AsyncClient, name: str = "Mara Venn", **members: Any) -> dict[str, Any]:
    return await post(client, "/v1/people", name=name, **members)


async def organisation(client: httpx.AsyncClient, name: str = "Osta News", **members: Any) -> dict[str, Any]:
    return await post(client, "/v1/organisations", name=name, **members)


def outcomes(article: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(entry["pointer"], entry["outcome"], entry["name"]) for entry in article["resolution"]]


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


# Inline entities


async def test_an_identifier_says_who_it_is_whatever_the_name(writer: httpx.AsyncClient) -> None:
    venn = await person(writer, identifiers=[{"scheme": "wikidata", "value": "Q1"}])
    await person(writer, "M. V.")
    inline = {
        "name": "M. V.",
        "identifiers": [{"scheme": "x", "value": "9"}, {"scheme": "wikidata", "value": "Q1"}],
    }
    article = await post(writer, people=[mention(inline)])
    assert article["people"][0]["person"] == ref(venn)
    (entry,) = article["resolution"]
    assert (entry["outcome"], entry["id"], entry["reason"]) == ("linked", venn["id"], "the same identifier")


async def test_a_name_with_another_identifier_is_another_person(writer: httpx.AsyncClient) -> None:
    await person(writer, identifiers=[{"scheme": "wikidata", "value": "Q1"}])
    inline = {"name": "Mara Venn", "identifiers": [{"scheme": "wikidata", "value": "Q2"}]}
    article = await post(writer, people=[mention(inline)])
    assert article["resolution"][0]["outcome"] == "created"


@pytest.mark.parametrize("name", ["mara  VENN", "Мара Венн", "Mara Orrel", "Māra Vénn"])
async def test_a_known_name_in_any_script_or_an_alias_is_linked(writer: httpx.AsyncClient, name: str) -> None:
    venn = await person(writer, names=[{"value": "Mara Orrel"}])
    article = await post(writer, people=[mention(name)])
    assert article["people"][0]["person"] == ref(venn)
    assert outcomes(article) == [("#/people/0/person", "linked", "Mara Venn")]


async def test_an_inline_alias_links_too(writer: httpx.AsyncClient) -> None:
    venn = await person(writer)
    article = await post(
        writer, people=[mention({"name": "M. Venn-Orrel", "names": [{"value": "Mara Venn"}]})]
    )
    assert article["people"][0]["person"] == ref(venn)


async def test_the_same_name_in_every_position_is_one_entity(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(
        writer,
        provider={"name": "Osta"},
        people=[mention("Mara Venn"), mention("MARA VENN")],
        media=[{"people": [{"name": "Мара Венн"}]}],
        organisations=[{"organisation": {"name": "osta"}}],
        sources=[{"as_printed": "Osta", "organisation": {"name": "OSTA"}}],
        quotes=[
            quote(
                speaker={
                    "name": "Mara Venn",
                    "positions": [{"title": "Head", "organisation": {"name": "Osta"}}],
                },
                chain=[
                    {"as_printed": "x", "organisation": {"name": "Osta"}, "person": {"name": "Mara Venn"}}
                ],
            )
        ],
    )
    (venn,) = (await read(client, "/v1/people"))["items"]
    (osta,) = (await read(client, "/v1/organisations"))["items"]
    assert venn["positions"][0]["organisation"] == ref(osta)
    assert {entry["id"] for entry in article["resolution"]} == {venn["id"], osta["id"]}
    assert len(article["resolution"]) == 10


async def test_a_part_of_a_fuller_name_in_the_dispatch_means_that_one(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await person(writer, "Venn")
    article = await post(
        writer,
        people=[mention("Mara Venn"), mention("Mara Anna Venn"), mention("Orrel")],
        quotes=[quote(speaker="Venn")],
    )
    assert len(await ids(client, "/v1/people")) == 3
    assert article["quotes"][0]["speaker"]["person"]["name"] == "Mara Anna Venn"


async def test_a_part_of_two_fuller_names_means_neither(writer: httpx.AsyncClient) -> None:
    article = await post(writer, people=[mention("Mara Venn"), mention("Tam Venn"), mention("Venn")])
    assert [outcome for _, outcome, _ in outcomes(article)] == ["created"] * 3


async def test_a_name_that_the_dispatch_gives_by_id_means_that_one(writer: httpx.AsyncClient) -> None:
    venn, _ = await person(writer), await person(writer)
    article = await post(
        writer,
        people=[mention({"id": venn["id"]})],
        quotes=[quote(speaker="Mara Venn"), quote("The crew", "Venn")],
    )
    assert {each["speaker"]["person"]["id"] for each in article["quotes"]} == {venn["id"]}


async def test_an_alias_in_the_dispatch_is_the_same_person(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await post(
        writer,
        people=[mention("V. Orrelova"), mention({"name": "Mara Venn", "names": [{"value": "V. Orrelova"}]})],
    )
    assert len(await ids(client, "/v1/people")) == 1


async def test_two_people_of_one_name_are_told_apart_by_identifiers_and_a_bare_name_is_refused(
    writer: httpx.AsyncClient, store: Database
) -> None:
    two = [
        mention({"name": "Tam Orrel", "identifiers": [{"scheme": "wikidata", "value": value}]})
        for value in ("Q1", "Q2")
    ]
    rows = await counts(store)
    answer = await writer.post("/v1/articles", json=dispatch(people=[mention("Tam Orrel"), *two]))
    assert kind(answer) == (422, "ambiguous-entity")
    assert errors(answer) == [("#/people/0/person", "ambiguous_entity")]
    assert await counts(store) == rows
    article = await post(writer, people=two)
    assert len({entry["id"] for entry in article["resolution"]}) == 2


async def test_what_is_said_of_one_person_in_two_places_is_put_together(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await post(
        writer,
        people=[
            mention({"name": "Mara Venn", "country": "BY", "identifiers": [{"scheme": "a", "value": "1"}]}),
            mention(
                {
                    "name": "Venn, Mara",
                    "country": "UA",
                    "born": "1970",
                    "identifiers": [{"scheme": "a", "value": "1"}, {"scheme": "b", "value": "2"}],
                }
            ),
            mention({"name": "Third", "identifiers": [{"scheme": "b", "value": "2"}]}),
        ],
    )
    (venn,) = (await read(client, "/v1/people"))["items"]
    assert (venn["name"], venn["country"], venn["born"]) == ("Mara Venn", "BY", "1970")
    assert [i["value"] for i in venn["identifiers"]] == ["1", "2"]


async def test_nested_organisations_are_shared_with_those_beside(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    known = await organisation(writer, "Ministry of Ports", identifiers=[{"scheme": "w", "value": "Q9"}])
    article = await post(
        writer,
        organisations=[{"organisation": {"name": "The Ministry"}}],
        people=[
            mention(
                {
                    "name": "Mara Venn",
                    "positions": [
                        {
                            "title": "Minister",
                            "organisation": {"name": "The Ministry", "identifiers": known["identifiers"]},
                        },
                        {"title": "Clerk", "organisation": {"name": "Port", "parent": {"name": "Holding"}}},
                    ],
                }
            )
        ],
    )
    assert article["organisations"][0]["organisation"] == ref(known)
    venn = await read(client, article["people"][0]["person"]["href"])
    assert venn["positions"][0]["organisation"] == ref(known)
    port = await read(client, venn["positions"][1]["organisation"]["href"])
    assert port["parent"]["name"] == "Holding"
    assert [pointer for pointer, _, _ in outcomes(article)] == [
        "#/people/0/person",
        "#/organisations/0/organisation",
        "#/people/0/person/positions/0/organisation",
        "#/people/0/person/positions/1/organisation",
        "#/people/0/person/positions/1/organisation/parent",
    ]


async def test_what_stands_inside_a_known_person_is_not_written(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await person(writer)
    inline = {"name": "Mara Venn", "positions": [{"title": "Head", "organisation": {"name": "Unheard Of"}}]}
    article = await post(writer, people=[mention(inline)])
    assert outcomes(article) == [("#/people/0/person", "linked", "Mara Venn")]
    assert await ids(client, "/v1/organisations") == []


async def test_a_name_that_two_people_have_is_refused_with_both(
    writer: httpx.AsyncClient, store: Database
) -> None:
    two = [await person(writer), await person(writer)]
    rows = await counts(store)
    answer = await writer.post(
        "/v1/articles", json=dispatch(people=[mention("New One")], quotes=[quote(speaker="Mara Venn")])
    )
    assert kind(answer) == (422, "ambiguous-entity")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "#/quotes/0/speaker/person"
    assert [candidate["person"] for candidate in error["candidates"]] == [ref(each) for each in two]
    assert await counts(store) == rows


async def test_an_ambiguous_name_makes_a_new_person_when_that_is_asked_for(writer: httpx.AsyncClient) -> None:
    two = [await person(writer), await person(writer)]
    answer = await writer.post(
        "/v1/articles", params={"ambiguous": "create"}, json=dispatch(people=[mention("Mara Venn")])
    )
    (entry,) = answer.json()["resolution"]
    assert entry["outcome"] == "created"
    assert [near["person"] for near in entry["near"]] == [ref(each) for each in two]


async def test_an_unknown_name_is_refused_when_that_is_asked_for(
    writer: httpx.AsyncClient, store: Database
) -> None:
    await person(writer)
    rows = await counts(store)
    given = dispatch(
        people=[mention("Mara Venn"), mention("Unknown")],
        organisations=[{"organisation": {"name": "Unheard Of"}}],
    )
    answer = await writer.post("/v1/articles", params={"unknown": "reject"}, json=given)
    assert kind(answer) == (422, "unknown-entity")
    assert errors(answer) == [
        ("#/people/1/person", "unknown_entity"),
        ("#/organisations/0/organisation", "unknown_entity"),
    ]
    assert await counts(store) == rows


async def test_an_inline_entity_has_nothing_that_only_the_server_gives(writer: httpx.AsyncClient) -> None:
    inline = {"name": "X", "type": "organisation", "version": 1, "href": "/x", "created_at": "x"}
    answer = await writer.post("/v1/articles", json=dispatch(people=[mention(inline)]))
    assert errors(answer) == [
        (f"#/people/0/person/{member}", "read_only") for member in ("type", "version", "href", "created_at")
    ]


async def test_beside_an_id_everything_else_is_ignored(writer: httpx.AsyncClient) -> None:
    venn = await person(writer)
    whole = await read(writer, venn["href"])
    article = await post(writer, people=[mention(whole | {"name": "Other", "names": []})])
    assert article["people"][0]["person"] == ref(venn)
    assert article["resolution"] == []


UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


def everywhere(person: Any, organisation: Any) -> dict[str, Any]:
    """A dispatch with these in every position of a reference."""
    office = {"name": "Nested", "positions": [{"title": "Head", "organisation": organisation}]}
    return dispatch(
        provider=organisation,
        people=[mention(person), mention(office)],
        media=[{"people": [person]}],
        organisations=[
            {"organisation": organisation},
            {"organisation": {"name": "Child", "parent": organisation}},
        ],
        sources=[{"as_printed": "x", "organisation": organisation}],
        quotes=[
            quote(
                speaker={"kind": "person", "as_printed": "x", "person": person, "organisation": organisation}
                and person,
                chain=[{"as_printed": "x", "organisation": organisation, "person": person}],
            )
            | {"speaker": {"kind": "person", "person": person, "organisation": organisation}}
        ],
    )


POSITIONS = {
    "#/provider/id",
    "#/people/0/person/id",
    "#/people/1/person/positions/0/organisation/id",
    "#/media/0/people/0/id",
    "#/organisations/0/organisation/id",
    "#/organisations/1/organisation/parent/id",
    "#/sources/0/organisation/id",
    "#/quotes/0/speaker/person/id",
    "#/quotes/0/speaker/organisation/id",
    "#/quotes/0/chain/0/organisation/id",
    "#/quotes/0/chain/0/person/id",
}


@pytest.mark.parametrize("what", ["unknown", "wrong type", "hidden"])
async def test_a_reference_to_what_is_not_there_is_refused_in_every_position(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient, store: Database, what: str
) -> None:
    if what == "hidden":
        held = await post(
            embargo,
            pub_status="withheld",
            people=[mention("H")],
            organisations=[{"organisation": {"name": "H"}}],
        )
        mine, theirs = held["people"][0]["person"]["id"], held["organisations"][0]["organisation"]["id"]
    elif what == "wrong type":
        mine, theirs = (await organisation(writer))["id"], (await person(writer))["id"]
    else:
        mine = theirs = UNKNOWN
    rows = await counts(store)
    answer = await writer.post("/v1/articles", json=everywhere({"id": mine}, {"id": theirs}))
    assert kind(answer)[0] == 422
    assert set(errors(answer)) == {(pointer, "unknown_reference") for pointer in POSITIONS}
    assert await counts(store) == rows
    for path, given in (
        ("/v1/people", {"positions": [{"title": "x", "organisation": {"id": theirs}}]}),
        ("/v1/organisations", {"parent": {"id": theirs}}),
    ):
        made = await post(writer, path, name="Writes")
        for answer in (
            await writer.post(path, json={"name": "X"} | given),
            await put(writer, made["href"], {"name": "X"} | given),
            await patch(writer, made["href"], given),
        ):
            assert [code for _, code in errors(answer)] == ["unknown_reference"]


async def test_a_dry_run_answers_the_same_and_writes_nothing(
    writer: httpx.AsyncClient, store: Database
) -> None:
    known = await person(writer)
    given = dispatch(
        uri="tag:example.org,2026:dry", people=[mention("Mara Venn"), mention("New")], quotes=[quote()]
    )
    rows = await counts(store)
    dry = await writer.post(
        "/v1/articles", params={"dry_run": "true"}, json=given, headers={"Idempotency-Key": "k"}
    )
    assert dry.status_code == 200, dry.text
    assert "location" not in dry.headers
    assert await counts(store) == rows
    real = await writer.post("/v1/articles", json=given)
    assert real.status_code == 201
    assert shape(dry.json()) == shape(real.json())
    assert dry.json()["people"][0]["person"] == ref(known)
    again = await writer.post("/v1/articles", params={"dry_run": "true"}, json=given)
    assert kind(again) == (409, "uri-exists")


def shape(document: Any) -> Any:
    """A document without what differs from write to write: ids and times."""
    if isinstance(document, dict):
        varying = ("id", "href", "created_at", "updated_at", "published_at")
        return {name: shape(value) for name, value in document.items() if name not in varying}
    return [shape(item) for item in document] if isinstance(document, list) else document


async def test_fifty_dispatches_at_once_that_name_one_unknown_person_make_one(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    async def one(number: int) -> dict[str, Any]:
        people = [mention("Mara Venn"), mention("Tam Orrel")][:: 1 if number % 2 else -1]
        nested = {
            "name": f"P{number}",
            "positions": [{"title": "x", "organisation": {"name": f"O{number % 3}"}}],
        }
        return await post(writer, headline=f"H{number}", people=[*people, mention(nested)])

    articles = await asyncio.gather(*(one(number) for number in range(50)))
    assert len({a["id"] for a in articles}) == 50
    for name in ("Mara Venn", "Tam Orrel"):
        (id,) = await ids(client, "/v1/people", name=name)
        assert len(await ids(client, f"/v1/people/{id}/articles", limit=200)) == 50
    assert len(await ids(client, "/v1/organisations")) == 3


# The office held


@pytest.mark.parametrize(
    ("said_on", "title"),
    [
        ("2021-05-05", "Minister"),
        ("2021", "Minister"),
        ("2020", None),  # either
        ("2020-06-30", "Deputy"),
        ("2020-07-01", "Minister"),
        ("1999", None),
        (None, None),
    ],
)
async def test_a_quote_tells_the_office_that_its_speaker_held_when_it_was_said(
    writer: httpx.AsyncClient, said_on: str | None, title: str | None
) -> None:
    ministry = await organisation(writer, "Ministry")
    venn = await person(
        writer,
        positions=[
            {"title": "Deputy", "from": "2019-03", "until": "2020-06-30"},
            {"title": "Minister", "organisation": {"id": ministry["id"]}, "from": "2020-07", "until": None},
        ],
    )
    precision = {4: "year", 10: "day"}
    date = {"value": said_on, "precision": precision[len(said_on)]} if said_on else None
    article = await post(writer, quotes=[quote(speaker={"id": venn["id"]}, said_on=date)])
    position = article["quotes"][0]["speaker"]["position"]
    assert (position and position["title"]) == title
    if title == "Minister":
        assert position == {"title": title, "organisation": ref(ministry), "from": "2020-07", "until": None}
    assert (
        await put(writer, article["href"], {k: v for k, v in article.items() if k != "resolution"})
    ).json()["version"] == 1


# Renames


async def test_a_rename_reaches_every_document_without_a_new_version(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    ministry = await organisation(writer, 'Min "A" \\ {"name":"x"}')
    port = await organisation(writer, "Port", parent={"id": ministry["id"]})
    venn = await person(
        writer, positions=[{"title": "Minister", "organisation": {"id": ministry["id"]}, "from": "2020"}]
    )
    day = {"value": "2021-01-01", "precision": "day"}
    article = await post(
        writer,
        organisations=[{"organisation": {"id": ministry["id"]}}],
        quotes=[quote(speaker={"id": venn["id"]}, said_on=day)],
    )
    # Carries the ministry only as its speaker's office.
    other = await post(writer, quotes=[quote(speaker={"id": venn["id"]}, said_on=day)])
    paths = [
        article["href"],
        article["quotes"][0]["href"],
        other["href"],
        other["quotes"][0]["href"],
        port["href"],
        venn["href"],
    ]
    before = {path: await client.get(path) for path in paths}
    listed = await client.get("/v1/articles")
    await patch(writer, ministry["href"], {"name": "Ministry B"})
    await patch(writer, venn["href"], {"name": "Mara V."})
    while await follow_renames(store):
        pass
    for path in paths:
        after = await client.get(path)
        expected = before[path].text.replace('Min \\"A\\" \\\\ {\\"name\\":\\"x\\"}', "Ministry B")
        if path != venn["href"]:
            expected = expected.replace('Mara Venn","href', 'Mara V.","href')
            assert after.text == expected
            assert after.headers["etag"] != before[path].headers["etag"]
            assert after.headers["etag"].split(".")[0] == before[path].headers["etag"].split(".")[0]
    assert "Ministry B" in (await client.get(venn["href"])).text
    assert "Ministry B" in (await client.get("/v1/articles")).text
    assert "Ministry B" not in listed.text


async def test_an_unchanged_article_makes_no_version_while_a_rename_is_on_its_way(
    writer: httpx.AsyncClient, store: Database
) -> None:
    venn = await person(writer)
    article = await post(
        writer, people=[mention({"id": venn["id"]})], quotes=[quote(speaker={"id": venn["id"]})]
    )
    await patch(writer, venn["href"], {"name": "Mara V."})
    answer = await put(writer, article["href"], await read(writer, article["href"]))
    assert (answer.json()["version"], answer.json()["quotes"][0]["version"]) == (1, 1)


async def test_a_small_rename_does_not_wait_behind_a_large_one(
    writer: httpx.AsyncClient, store: Database
) -> None:
    large, small = await person(writer, "Large"), await person(writer, "Small")
    for _ in range(3):
        await post(writer, people=[mention({"id": large["id"]})])
    article = await post(writer, people=[mention({"id": small["id"]})])
    for entity in (large, small):
        await patch(writer, entity["href"], {"name": entity["name"] + " B"})
    for _ in range(2):
        await follow_renames(store)
    assert (await read(writer, article["href"]))["people"][0]["person"]["name"] == "Small B"


async def test_a_dispatch_that_is_under_way_waits_for_a_rename_and_takes_the_new_name(
    writer: httpx.AsyncClient, store: Database
) -> None:
    venn = await person(writer)
    async with store.write() as tx:
        await tx.fetchrow("select from entities where id = $1 for update", venn["id"])
        posting = [
            asyncio.create_task(post(writer, people=[mention(given)]))
            for given in ("Mara Venn", {"id": venn["id"]})
        ]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in posting)
        await tx.execute("update entities set name = 'Mara V.' where id = $1", venn["id"])
    for task in posting:
        assert (await task)["people"][0]["person"]["name"] == "Mara V."


async def test_identifiers_of_two_people_are_ambiguous_and_never_a_new_one(writer: httpx.AsyncClient) -> None:
    for name, value in (("Ann Orrin", "m1"), ("Bo Tallis", "m2")):
        made = await writer.post(
            "/v1/people", json={"name": name, "identifiers": [{"scheme": "zz", "value": value}]}
        )
        assert made.status_code == 201
    identifiers = [{"scheme": "zz", "value": "m1"}, {"scheme": "zz", "value": "m2"}]
    both = {"name": "Cy Vance", "identifiers": identifiers}
    given = dispatch(people=[{"person": both}])
    for query in ("", "?ambiguous=create"):
        answer = await writer.post("/v1/articles" + query, json=given)
        assert answer.status_code == 422
        candidates = answer.json()["errors"][0]["candidates"]
        assert [each["person"]["name"] for each in candidates] == ["Ann Orrin", "Bo Tallis"]


async def test_a_name_that_very_many_bear_is_searched_for_as_words_alone(
    writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearers = [await person(writer) for _ in range(3)]
    unprinted = await post(writer, headline="Minister resigns", people=[mention({"id": bearers[0]["id"]})])
    printed = await post(writer, headline="Mara Venn resigns")
    assert set(await ids(writer, "/v1/articles", q="Mara Venn")) == {unprinted["id"], printed["id"]}
    for most in ("MOST_NAMESAKES", "MOST_NAMED"):
        monkeypatch.setattr(mentions, most, 2)
    assert await ids(writer, "/v1/articles", q="Mara Venn") == [printed["id"]]
    assert len(await ids(writer, "/v1/people", q="Mara Venn")) == 3
