"""Hidden entities leave no trace in what is answered to a writer who may not see them.

Who is answered what about articles in every state is in `tests/lifecycle`.
"""

from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.dispatches import counts, dispatch, ids, kind, mention, post, put, quote, read

SECRET = {
    "name": "Jane Orrel-Venn",
    "names": [{"value": "Jane Orrel"}],
    "identifiers": [{"scheme": "wikidata", "value": "Q7"}],
    "positions": [{"title": "Minister to be", "from": "2020"}],
}
DAY = {"value": "2021-01-01", "precision": "day"}


@pytest.fixture
async def hidden(embargo: httpx.AsyncClient) -> dict[str, Any]:
    """A person whom only a withheld article names."""
    held = await post(embargo, pub_status="withheld", people=[mention(SECRET)])
    return held["people"][0]["person"]


@pytest.mark.parametrize(
    "given", [{"name": "Jane Orrel"}, {"name": "Other", "identifiers": SECRET["identifiers"]}]
)
async def test_a_dry_run_tells_nothing_of_a_hidden_person(
    writer: httpx.AsyncClient, store: Database, hidden: dict[str, Any], given: dict[str, Any]
) -> None:
    before = await counts(store)
    body = dispatch(quotes=[quote(speaker=given, said_on=DAY)])
    answer = await writer.post("/v1/articles", params={"dry_run": "true"}, json=body)
    assert answer.status_code == 200, answer.text
    (entry,) = answer.json()["resolution"]
    assert (entry["outcome"], entry["name"]) == ("created", given["name"])
    for secret in (hidden["id"], "Orrel-Venn", "Minister"):
        assert secret not in answer.text
    assert await counts(store) == before
    assert (await writer.get(hidden["href"])).status_code == 404


async def test_a_hidden_person_is_unknown_to_who_asks_for_known_ones(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient, hidden: dict[str, Any]
) -> None:
    given = dispatch(people=[mention("Jane Orrel")])
    answer = await writer.post("/v1/articles", params={"unknown": "reject"}, json=given)
    assert kind(answer) == (422, "unknown-entity")
    assert hidden["id"] not in answer.text
    answer = await embargo.post("/v1/articles", params={"unknown": "reject"}, json=given)
    assert answer.status_code == 201


async def test_two_hidden_people_of_one_name_make_it_ambiguous_for_nobody_else(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient
) -> None:
    for value in ("1", "2"):
        await post(
            embargo,
            pub_status="withheld",
            people=[mention({"name": "Tam Orrel", "identifiers": [{"scheme": "x", "value": value}]})],
        )
    article = await post(writer, people=[mention("Tam Orrel")])
    (entry,) = article["resolution"]
    assert (entry["outcome"], "near" in entry) == ("created", False)
    answer = await embargo.post("/v1/articles", json=dispatch(people=[mention("Tam Orrel")]))
    assert kind(answer) == (422, "ambiguous-entity")


async def test_a_public_article_brings_a_hidden_person_to_light(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, hidden: dict[str, Any]
) -> None:
    assert await ids(client, "/v1/people") == []
    article = await post(writer, people=[mention("Jane Orrel")])
    assert article["people"][0]["person"]["id"] == hidden["id"]
    assert await read(client, hidden["href"])


async def test_an_identifier_of_a_hidden_person_is_refused_without_naming_them(
    writer: httpx.AsyncClient, hidden: dict[str, Any]
) -> None:
    answer = await writer.post("/v1/people", json={"name": "X", "identifiers": SECRET["identifiers"]})
    assert kind(answer) == (409, "duplicate-identifier")
    assert "existing" not in answer.json()
    assert hidden["id"] not in answer.text


async def test_an_article_that_comes_back_shows_whom_it_named_meanwhile(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(embargo)
    await put(embargo, article["href"], dispatch(pub_status="withheld", people=[mention("New Person")]))
    assert await ids(client, "/v1/people") == []
    assert (await embargo.post(f"{article['href']}/release", json={})).status_code == 200
    shown = await read(client, article["href"])
    assert await read(client, shown["people"][0]["person"]["href"])
