# ruff: noqa: RUF001 - other scripts are the subject here
"""Matching: names in, whom they may mean out, in whatever spelling and script."""

import asyncio
import signal
import time
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.entities.name_keys import Named, insert_keys
from api.names.fold import fold
from api.wire import new_id
from tests.dispatches import mention, post
from tests.names.test_matcher import folder, running

__all__ = ["folder"]

NOTHING = "0192f0c1-0000-7000-8000-000000000000"
SPELLINGS = ["Siarhiej Alejnik", "Sergei Aleinik", "Сергей Алейник", "Сяргей Алейнік"]


async def match(
    client: httpx.AsyncClient, *names: str, kind: str = "people", limit: int = 5, **context: Any
) -> list[Any]:
    queries = [{"name": name, "context": context} for name in names]
    answer = await client.post(f"/v1/{kind}/match", json={"queries": queries, "limit": limit})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [result["query"] for result in results] == list(range(len(names)))
    return results


async def first(client: httpx.AsyncClient, name: str, **context: Any) -> Any:
    (result,) = await match(client, name, **context)
    return result["candidates"][0]


@pytest.mark.parametrize("stored", SPELLINGS)
async def test_each_of_the_four_spellings_finds_the_person_stored_under_one(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, stored: str
):
    person = await post(writer, "/v1/people", name=stored)
    for name in ("Sergei Lavrov", "Sergei Alekhnovich"):
        await post(writer, "/v1/people", name=name)
    for result in await match(client, *SPELLINGS):
        assert not result["degraded"]
        best = result["candidates"][0]
        assert best["person"] == {
            "id": person["id"],
            "type": "person",
            "name": stored,
            "href": person["href"],
        }
        assert best["score"] > 0.8
        assert best["would_link"]
        assert best["reasons"]
        assert all(set(reason) == {"code", "detail"} for reason in best["reasons"])
        assert not any(other["would_link"] for other in result["candidates"][1:])


async def test_candidates_are_called_as_the_client_prefers(writer: httpx.AsyncClient):
    person = await post(
        writer, "/v1/people", name="Mara Venn", names=[{"value": "Мара Венн", "language": "ru"}]
    )
    asked = {"queries": [{"name": "Mara Venn"}]}
    answer = await writer.post("/v1/people/match?names=ru", json=asked)
    (best,) = answer.json()["results"][0]["candidates"]
    assert best["person"] == {**best["person"], "id": person["id"], "name": "Мара Венн"}
    refused = await writer.post("/v1/people/match?names=x", json=asked)
    assert refused.status_code == 400


async def test_the_very_name_would_be_linked_unless_others_have_it(writer: httpx.AsyncClient):
    person = await post(writer, "/v1/people", name="Mara Venn")
    best = await first(writer, "MARA VENN")
    assert best["person"]["id"] == person["id"]
    assert best["would_link"]
    assert best["reasons"][0]["code"] == "same_name"
    await post(writer, "/v1/people", name="Mara Venn")
    (result,) = await match(writer, "Mara Venn")
    assert [each["would_link"] for each in result["candidates"]] == [False, False]


@pytest.mark.parametrize(("asked", "stored"), [("Mara Vеnn", "Mara Venn"), ("Mara Venn", "Mara Vеnn")])
async def test_a_word_of_mixed_alphabets_is_shown_and_never_linked(
    writer: httpx.AsyncClient, asked: str, stored: str
):
    person = await post(writer, "/v1/people", name=stored)
    best = await first(writer, asked)
    assert (best["person"]["id"], best["would_link"]) == (person["id"], False)


async def test_an_identifier_tells_who_is_meant_whatever_the_name(writer: httpx.AsyncClient):
    await post(writer, "/v1/people", name="Mara Venn")
    person = await post(
        writer, "/v1/people", name="Ilko Tarn", identifiers=[{"scheme": "desk", "value": "7"}]
    )
    best = await first(writer, "Mara Venn", identifiers=[{"scheme": "desk", "value": "7"}])
    assert best["person"]["id"] == person["id"]
    assert best["would_link"]
    assert "same_identifier" in [reason["code"] for reason in best["reasons"]]


async def test_the_office_on_the_day_speaks_for_a_candidate_or_against(writer: httpx.AsyncClient):
    ministry = await post(writer, "/v1/organisations", name="Ministry of Transport", country="GB")
    office = {
        "title": "Secretary of Transport",
        "organisation": {"id": ministry["id"]},
        "from": "2020-01-01",
        "until": "2022-12-31",
    }
    await post(writer, "/v1/people", name="Mara Venn", positions=[office])
    scores = {}
    for year in (2021, 2024):
        best = await first(writer, "Mara Wenn", position="Secretary of Transport", on=f"{year}-05-01")
        scores[year] = best["score"]
        code = "position_held" if year == 2021 else "position_not_held"
        assert code in [reason["code"] for reason in best["reasons"]]
    assert scores[2024] < scores[2021]
    for organisation in ({"id": ministry["id"]}, {"name": "Transport Ministry"}):
        best = await first(writer, "Mara Wenn", organisation=organisation)
        assert "organisation_same" in [reason["code"] for reason in best["reasons"]]


async def test_an_organisation_is_found_in_another_language(writer: httpx.AsyncClient):
    ministry = await post(writer, "/v1/organisations", name="Ministry of Foreign Affairs of Russia")
    results = await match(writer, "Russian Foreign Ministry", "МИД России", kind="organisations")
    for result in results:
        assert result["candidates"][0]["organisation"]["id"] == ministry["id"]
        assert result["candidates"][0]["would_link"]


async def test_a_hidden_person_is_matched_for_those_who_see_it_and_changes_nothing_for_others(
    client: httpx.AsyncClient, embargo: httpx.AsyncClient
):
    await post(embargo, "/v1/people", name="Mara Venn")
    before = await match(client, "Mara Venn", "Mara Wenn", limit=50)
    await post(embargo, pub_status="withheld", people=[mention("Mara Wenn"), mention("Maria Venn")])
    assert await match(client, "Mara Venn", "Mara Wenn", limit=50) == before
    (result,) = await match(embargo, "Mara Wenn")
    assert result["candidates"][0]["person"]["name"] == "Mara Wenn"


def beside(**context: Any) -> dict[str, Any]:
    return {"queries": [{"name": "A", "context": context}]}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/queries", "missing"),
        ({"queries": []}, "#/queries", "too_short"),
        ({"queries": [{"name": "A B"}] * 101}, "#/queries", "too_long"),
        ({"queries": [{"name": ""}]}, "#/queries/0/name", "too_short"),
        ({"queries": [{"name": " "}]}, "#/queries/0/name", None),
        ({"queries": [{"name": "a" * 10_000}]}, "#/queries/0/name", "too_long"),
        ({"queries": [{"name": "A"}], "limit": 0}, "#/limit", "out_of_range"),
        (beside(country="XX"), "#/queries/0/context/country", None),
        (beside(country="Belarus"), "#/queries/0/context/country", "wrong_pattern"),
        (beside(on="2023-02-30"), "#/queries/0/context/on", None),
        (beside(organisation={}), "#/queries/0/context/organisation", None),
        (beside(organisation="UN"), "#/queries/0/context/organisation", None),
        (beside(organisation={"id": NOTHING}), "#/queries/0/context/organisation/id", "unknown_reference"),
        (beside(nation="BY"), "#/queries/0/context/nation", None),
    ],
)  # fmt: skip
async def test_what_is_no_match_is_refused_with_its_place(
    reader: httpx.AsyncClient, body: Any, pointer: str, code: str | None
):
    answer = await reader.post("/v1/people/match", json=body)
    assert answer.status_code == 422, answer.text
    errors = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert pointer in errors
    assert code in (None, errors[pointer])


@pytest.mark.parametrize("country", ["Belarus", "by", "B", ""])
async def test_a_country_that_is_no_code_is_refused_with_one_clear_reason(
    reader: httpx.AsyncClient, country: str
):
    answer = await reader.post("/v1/people/match", json=beside(country=country))
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "#/queries/0/context/country"
    assert error["detail"] == "Must be an ISO 3166-1 alpha-2 code in capitals, such as BY."


async def test_a_match_is_not_kept_by_anyone_and_reads_alone(client: httpx.AsyncClient):
    answer = await client.post(
        "/v1/people/match",
        json={"queries": [{"name": "Mara Venn"}]},
        headers={"Idempotency-Key": "a"},
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert "Idempotent-Replayed" not in answer.headers
    assert answer.json() == {"results": [{"query": 0, "candidates": [], "degraded": False}]}


STRANGE = [
    "x", "😀", "😀😀😀", "12345", "Серgей Аleйник", "\u202eSergei\u202c Aleinik", "\u200b", "-", "''",
    "a " * 250,
    "\u0301" * 500, "ﷺ" * 20, "Ann-" * 125, "王" * 500, "🇧🇾 Siarhiej", "%_\\' OR 1=1 --",
]  # fmt: skip


async def test_strange_names_are_matched_in_little_time_and_never_linked(writer: httpx.AsyncClient):
    for name in ("Sergei Aleinik", "😀", "Bob " * 100, "X"):
        await post(writer, "/v1/people", name=name)
    started = time.monotonic()
    for kind in ("people", "organisations"):
        for name, result in zip(STRANGE, await match(writer, *STRANGE, kind=kind), strict=True):
            linked = [
                each
                for each in result["candidates"]
                if each["would_link"] and fold(each["person"]["name"]) != fold(name)
            ]
            assert linked == []
    assert time.monotonic() - started < 20


async def test_a_hundred_equal_names_give_a_hundred_equal_results(writer: httpx.AsyncClient):
    await post(writer, "/v1/people", name="Mara Venn")
    results = await match(writer, *["Mara Wenn"] * 100)
    assert all(each["candidates"] == results[0]["candidates"] for each in results)
    assert results[0]["candidates"][0]["person"]["name"] == "Mara Venn"


async def namesakes(store: Database, name: str, count: int) -> None:
    """Put people of one name into the store."""
    ids = [new_id() for _ in range(count)]
    document = '{"id":"%s","type":"person","name":"%s","names":[{"value":"%s"}]}'
    async with store.write() as tx:
        await tx.execute(
            """
            insert into entities (
                id, type, version, name, public, created_at, updated_at, document, keys_version
            )
            select id, 'person', 1, $2, true, now(), now(), convert_to(document, 'UTF8'), 1000
            from unnest($1::uuid[], $3::text[]) as row (id, document)
            """,
            ids,
            name,
            [document % (id, name, name) for id in ids],
        )
        await tx.execute(
            """
            insert into entity_names (entity_id, ordinal, type, value, fold)
            select unnest($1::uuid[]), 0, 'person', $2, $3
            """,
            ids,
            name,
            fold(name),
        )
        await insert_keys(tx, [Named(id=id, type="person", public=True, names=[name]) for id in ids])


async def test_a_name_that_five_thousand_people_bear_takes_bounded_time(
    store: Database, writer: httpx.AsyncClient
):
    await namesakes(store, "Mara Venn", 5_000)
    await match(writer, "Mara Venn")
    started = time.monotonic()
    same, spelled = await match(writer, "Mara Venn", "Mara Wenn")
    assert time.monotonic() - started < 5
    for result in (same, spelled):
        assert len(result["candidates"]) == 5
        assert not any(each["would_link"] for each in result["candidates"])


async def test_with_the_matcher_killed_in_mid_request_the_keys_alone_answer_and_the_next_has_it_back(
    writer: httpx.AsyncClient, folder: Any
):
    person = await post(writer, "/v1/people", name="Siarhiej Alejnik")
    await match(writer, "Sergei Aleinik")
    (process,) = running(folder)
    process.send_signal(signal.SIGSTOP)
    asking = asyncio.create_task(match(writer, "Sergei Aleinik", "Siarhiej Alejnik"))
    await asyncio.sleep(0.3)
    assert not asking.done()
    process.kill()
    spelled, same = await asking
    for result in (spelled, same):
        assert result["degraded"]
        assert result["candidates"][0]["person"]["id"] == person["id"]
        assert result["candidates"][0]["reasons"]
    assert not spelled["candidates"][0]["would_link"]
    assert same["candidates"][0]["would_link"]
    (result,) = await match(writer, "Sergei Aleinik")
    assert not result["degraded"]
