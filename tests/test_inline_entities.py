# ruff: noqa: RUF001 - other scripts are the subject
"""People and organisations named inline in dispatches: linked, created, refused."""

import asyncio
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.entities import mentions
from tests.dispatches import (
    counts,
    dispatch,
    errors,
    ids,
    kind,
    mention,
    organisation,
    outcomes,
    patch,
    person,
    post,
    put,
    quote,
    read,
    ref,
)


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
    of_one = [mention({"id": bearers[0]["id"]})]
    unprinted = await post(writer, headline="Minister resigns", body=["She resigns."], people=of_one)
    printed = await post(writer, headline="Mara Venn resigns")
    assert set(await ids(writer, "/v1/articles", q="Mara Venn")) == {unprinted["id"], printed["id"]}
    for most in ("MOST_NAMESAKES", "MOST_NAMED"):
        monkeypatch.setattr(mentions, most, 2)
    assert await ids(writer, "/v1/articles", q="Mara Venn") == [printed["id"]]
    assert len(await ids(writer, "/v1/people", q="Mara Venn")) == 3
