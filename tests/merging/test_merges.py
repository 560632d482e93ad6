"""Merging people and organisations, and undoing it, through HTTP."""

import json
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.entities.renames import follow_renames
from tests.dispatches import counts, errors, events, ids, kind, mention, patch, post, put, quote, read

KINDS = ("people", "organisations")


async def make(client: httpx.AsyncClient, name: str, path: str = "people", **members: Any) -> dict[str, Any]:
    return await post(client, f"/v1/{path}", name=name, **members)


async def merge(
    client: httpx.AsyncClient, winner: Any, loser: Any, resolve: Any = None, **headers: str
) -> httpx.Response:
    body = {"id": loser["id"]} | ({"resolve": resolve} if resolve else {})
    return await client.post(f"{winner['href']}/merge", json=body, headers=headers)


async def unmerge(client: httpx.AsyncClient, winner: Any, loser: Any, **headers: str) -> httpx.Response:
    return await client.delete(f"{winner['href']}/merge/{loser['id']}", headers=headers)


async def merged(client: httpx.AsyncClient, winner: Any, loser: Any, resolve: Any = None) -> dict[str, Any]:
    answer = await merge(client, winner, loser, resolve)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def restored(client: httpx.AsyncClient, winner: Any, loser: Any) -> dict[str, Any]:
    answer = await unmerge(client, winner, loser)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def follow(store: Database) -> None:
    """Let all documents follow."""
    while await follow_renames(store):
        pass


def ref(entity: Any) -> dict[str, Any]:
    return {name: entity[name] for name in ("id", "type", "name", "href")}


async def two(client: httpx.AsyncClient, path: str = "people") -> tuple[dict[str, Any], dict[str, Any]]:
    """Two records of one."""
    one = await make(client, "Mara Venn", path, identifiers=[{"scheme": "wikidata", "value": "Q1"}])
    other = await make(
        client,
        "M. Venn",
        path,
        names=[{"value": "Mara Orrel", "kind": "alias"}],
        identifiers=[{"scheme": "viaf", "value": "9"}],
        country="BY",
    )
    return one, other


@pytest.mark.parametrize("path", KINDS)
async def test_the_winner_shows_what_is_known_of_both_and_an_undone_merge_leaves_no_trace(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, path: str
) -> None:
    one, other = await two(writer, path)
    answer = await merge(writer, one, other)
    assert answer.status_code == 200, answer.text
    winner = answer.json()
    assert (winner["id"], winner["name"], winner["version"]) == (one["id"], "Mara Venn", 2)
    assert [(n["value"], n["kind"]) for n in winner["names"]] == [
        ("Mara Venn", "primary"),
        ("M. Venn", "alias"),
        ("Mara Orrel", "alias"),
    ]
    assert [each["scheme"] for each in winner["identifiers"]] == ["wikidata", "viaf"]
    assert winner["country"] == "BY"
    fetched = await client.get(one["href"])
    assert (fetched.json(), fetched.headers["etag"]) == (winner, answer.headers["etag"])
    assert await restored(writer, one, other) == other
    assert await read(client, other["href"]) == other
    now = await read(client, one["href"])
    assert now | {"version": 1, "updated_at": one["updated_at"]} == one
    assert now["version"] == 3


@pytest.mark.parametrize("path", KINDS)
async def test_the_losers_address_leads_to_the_winner_and_is_asked_anew_each_time(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, path: str
) -> None:
    one, other = await two(writer, path)
    await merged(writer, one, other)
    for below in ("", "/articles", "/quotes", "/quotes?limit=3&form=direct"):
        for method in ("GET", "HEAD"):
            answer = await client.request(method, other["href"] + below)
            assert answer.status_code == 308
            assert answer.headers["location"] == one["href"] + below
            assert answer.headers["cache-control"] == "no-cache"
    answer = await client.get(other["href"], follow_redirects=True)
    assert answer.json()["id"] == one["id"]
    await restored(writer, one, other)
    assert (await client.get(other["href"])).status_code == 200


async def test_what_is_written_to_the_loser_is_refused_with_the_winner(writer: httpx.AsyncClient) -> None:
    one, other = await two(writer)
    third = await make(writer, "Third")
    await merged(writer, one, other)
    for answer in (
        await put(writer, other["href"], {"name": "X"}),
        await patch(writer, other["href"], {"description": "X"}),
        await writer.delete(other["href"], headers={"If-Match": "*"}),
        await merge(writer, other, third),
        await merge(writer, third, other),
        await merge(writer, other, one),
    ):
        assert kind(answer) == (409, "merged")
        assert answer.json()["merged_into"] == ref(one)


async def test_lists_find_the_winner_once_by_whatever_either_is_called(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    one, other = await two(writer)
    await merged(writer, one, other)
    for params in (
        {},
        {"name": "M. Venn"},
        {"name": "Mara Venn"},
        {"identifier": "viaf:9"},
        {"identifier": "viaf:9,wikidata:Q1"},
        {"id": other["id"]},
        {"q": "Orrel"},
        {"country": "BY"},
    ):
        assert await ids(client, "/v1/people", **params) == [one["id"]], params
    found = await read(client, "/v1/search", q="Orrel")
    assert [(hit["resource"]["id"], hit["resource"]["type"]) for hit in found["items"]] == [
        (one["id"], "person")
    ]
    await restored(writer, one, other)
    assert await ids(client, "/v1/people", name="M. Venn") == [other["id"], one["id"]]


async def test_articles_and_quotes_of_both_are_the_winners_and_are_counted_once(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, other = await two(writer)
    first = await post(writer, people=[mention({"id": one["id"]})], quotes=[quote(speaker={"id": one["id"]})])
    second = await post(writer, quotes=[quote(speaker={"id": other["id"]})])
    both = await post(writer, people=[mention({"id": one["id"]}), mention({"id": other["id"]})])
    before = {each["id"]: await read(client, each["href"]) for each in (first, second, both)}
    await merged(writer, one, other)
    for id in (one["id"], other["id"]):
        assert len(await ids(client, "/v1/articles", person=id)) == 3
        assert len(await ids(client, "/v1/quotes", speaker=id)) == 2
    assert len(await ids(client, f"{one['href']}/articles")) == 3
    assert len(await ids(client, f"{one['href']}/quotes")) == 2
    facets = (await read(client, "/v1/articles", facets="person,speaker"))["facets"]
    assert facets["person"]["buckets"] == [{"value": one["id"], "ref": ref(one), "count": 3}]
    assert facets["speaker"]["buckets"] == [{"value": one["id"], "ref": ref(one), "count": 2}]
    facets = (await read(client, "/v1/quotes", facets="speaker"))["facets"]
    assert facets["speaker"]["buckets"] == [{"value": one["id"], "ref": ref(one), "count": 2}]
    assert len(await ids(client, "/v1/articles", q='"M. Venn"')) == 3
    [expanded] = [
        item
        for item in (await read(client, "/v1/quotes", expand="people"))["items"]
        if item["article"]["id"] == second["id"]
    ]
    assert expanded["speaker"]["person"]["names"][1]["value"] == "M. Venn"
    await follow(store)
    for each in (first, second, both):
        article = await client.get(each["href"])
        assert other["id"] not in article.text
        assert one["id"] in article.text
        assert article.json()["version"] == each["version"]
        for path in ("/v1/articles", "/v1/quotes"):
            assert other["id"] not in (await client.get(path)).text
    answer = await writer.delete(one["href"], headers={"If-Match": "*"})
    assert answer.json()["uses"] == {"articles": 3, "quotes": 2, "merged": 1}
    await restored(writer, one, other)
    await follow(store)
    for each in (first, second, both):
        assert await read(client, each["href"]) == before[each["id"]]
    assert await ids(client, "/v1/quotes", speaker=other["id"]) == [second["quotes"][0]["id"]]
    assert "written" not in (await client.get("/v1/articles")).text


async def test_a_document_shows_the_winner_and_after_it_is_undone_the_very_bytes_of_before(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    ministry, port = (
        await make(writer, "Ministry", "organisations"),
        await make(writer, "Port", "organisations"),
    )
    child = await make(writer, "Pier", "organisations", parent={"id": port["id"]})
    venn = await make(
        writer, "Mara Venn", positions=[{"title": "Head", "organisation": {"id": port["id"]}, "from": "2020"}]
    )
    said = {"value": "2021", "precision": "year"}
    article = await post(
        writer,
        provider={"id": port["id"]},
        quotes=[
            quote(
                speaker={"id": venn["id"]},
                said_on=said,
                chain=[{"as_printed": "Port", "organisation": {"id": port["id"]}}],
            )
        ],
    )
    paths = [article["href"], article["quotes"][0]["href"], child["href"], venn["href"]]
    paths += [f"{article['href']}/quotes", "/v1/articles", "/v1/quotes", "/v1/people"]
    before = {path: await client.get(path) for path in paths}
    await merged(writer, ministry, port)
    await follow(store)
    for path in paths:
        answer = await client.get(path)
        assert answer.text == before[path].text.replace(
            f'{{"id":"{port["id"]}","type":"organisation","name":"Port","href":"{port["href"]}"}}',
            f'{{"id":"{ministry["id"]}","type":"organisation","name":"Ministry","href":"{ministry["href"]}"}}',
        )
        assert answer.headers["etag"] != before[path].headers["etag"]
    assert await ids(client, "/v1/people", organisation=ministry["id"]) == [venn["id"]]
    assert await ids(client, "/v1/organisations", organisation=ministry["id"]) == [child["id"]]
    await restored(writer, ministry, port)
    await follow(store)
    for path in paths:
        answer = await client.get(path)
        assert (answer.text, answer.headers["etag"]) == (before[path].text, before[path].headers["etag"])


async def test_a_dispatch_that_comes_later_links_to_the_winner_by_anything_of_the_loser(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    one, other = await two(writer)
    await merged(writer, one, other)
    for given in (
        {"name": "M. Venn"},
        {"name": "Somebody", "identifiers": [{"scheme": "viaf", "value": "9"}]},
        {"id": other["id"]},
        {"id": one["id"]},
    ):
        article = await post(writer, people=[mention(given)], quotes=[quote(speaker=given)])
        assert article["people"][0]["person"] == ref(one)
        assert article["quotes"][0]["speaker"]["person"] == ref(one)
        assert await read(client, article["href"]) == {
            name: value for name, value in article.items() if name != "resolution"
        }
    line = {"headline": "A", "language": "en", "body": ["B"], "people": [{"person": {"id": other["id"]}}]}
    answer = await writer.post(
        "/v1/articles", content=json.dumps(line), headers={"Content-Type": "application/x-ndjson"}
    )
    bulk = await read(client, f"/v1/articles/{answer.json()['id']}")
    assert bulk["people"][0]["person"] == ref(one)
    await restored(writer, one, other)
    # What was written to the winner stays there, what was written under the loser's id is the loser's.
    assert len(await ids(client, "/v1/articles", person=one["id"])) == 3
    assert len(await ids(client, "/v1/articles", person=other["id"])) == 2


async def test_who_changes_an_article_moves_nothing_from_the_loser_to_the_winner(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, other = await two(writer)
    office = await make(writer, "Port", "organisations")
    port = await make(writer, "Harbour", "organisations")
    await patch(writer, other["href"], {"positions": [{"title": "Head", "organisation": {"id": port["id"]}}]})
    given = {
        "people": [mention({"id": other["id"]}, role="minister"), mention({"id": one["id"]}, rel="about")],
        "quotes": [
            quote(speaker={"id": other["id"]}, said_on={"value": "2021-05", "precision": "month"}),
            quote("The crew is on board.", speaker={"id": one["id"]}),
        ],
    }
    article = await post(writer, "/v1/articles", **given)
    before = await read(client, article["href"])
    assert before["quotes"][0]["speaker"]["position"]["organisation"] == ref(port)
    await merged(writer, one, other)
    await merged(writer, office, port)
    await follow(store)
    seen = await read(client, article["href"])
    assert seen["quotes"][0]["speaker"]["position"]["organisation"] == ref(office)
    same = await put(writer, article["href"], seen)
    assert (same.status_code, same.json()) == (200, seen)
    changed = await put(writer, article["href"], seen | {"headline": "New"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert other["id"] not in changed.text
    changed = await patch(writer, article["href"], {"people": seen["people"], "urgency": 3})
    assert (changed.status_code, changed.json()["version"]) == (200, 3)
    answer = await patch(writer, seen["quotes"][0]["href"], {"occasion": "Here"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["speaker"]["person"] == ref(one)
    assert answer.json() == await read(client, seen["quotes"][0]["href"])
    await restored(writer, one, other)
    await restored(writer, office, port)
    await follow(store)
    after = await read(client, article["href"])
    assert [each["person"] for each in after["people"]] == [each["person"] for each in before["people"]]
    assert [each["speaker"] for each in after["quotes"]] == [each["speaker"] for each in before["quotes"]]
    assert after["quotes"][0]["occasion"] == "Here"


@pytest.mark.parametrize("path", KINDS)
async def test_the_winner_sent_back_takes_nothing_of_the_loser_along(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, path: str
) -> None:
    one, other = await two(writer, path)
    if path == "people":
        held = [{"title": "Head", "organisation": {"name": "Port"}, "from": "2020", "until": None}]
        assert (await patch(writer, other["href"], {"positions": held})).status_code == 200
    other = await read(client, other["href"])
    winner = await merged(writer, one, other)
    same = await put(writer, one["href"], winner)
    assert (same.status_code, same.json()) == (200, winner)
    added = winner | {"description": "A minister", "names": [*winner["names"], {"value": "Maja Venn"}]}
    answer = await put(writer, one["href"], added)
    assert answer.status_code == 200, answer.text
    assert {n["value"] for n in answer.json()["names"]} == {"Mara Venn", "M. Venn", "Mara Orrel", "Maja Venn"}
    await patch(writer, one["href"], {"name": "Mara V."})
    assert await restored(writer, one, other) == other
    now = await read(client, one["href"])
    assert [n["value"] for n in now["names"]] == ["Mara V.", "Mara Venn", "Maja Venn"]
    assert (now["description"], now["country"], now["identifiers"]) == (
        "A minister",
        None,
        one["identifiers"],
    )
    if path == "people":
        assert now["positions"] == []


async def test_contradictions_are_told_all_at_once_and_settled_in_resolve(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one = await make(
        writer,
        "Mara Venn",
        born="1970-02",
        died="2020",
        country="BY",
        identifiers=[{"scheme": "wikidata", "value": "Q1"}, {"scheme": "desk", "value": "1"}],
    )
    other = await make(
        writer,
        "M. Venn",
        born="1971",
        died="2020-05-01",
        country="LT",
        identifiers=[{"scheme": "wikidata", "value": "Q2"}, {"scheme": "desk", "value": "2"}],
    )
    rows, happened = await counts(store), await events(store)
    answer = await merge(writer, one, other)
    assert kind(answer) == (409, "merge-conflict")
    assert errors(answer) == [("#/resolve/born", "conflict"), ("#/resolve/identifiers/wikidata", "conflict")]
    assert answer.json()["errors"][0]["candidates"] == [{"winner": "1970-02"}, {"loser": "1971"}]
    half = await merge(writer, one, other, {"born": "loser"})
    assert errors(half) == [("#/resolve/identifiers/wikidata", "conflict")]
    assert (await counts(store), await events(store)) == (rows, happened)
    settled = {"born": "loser", "identifiers": {"wikidata": "winner"}}
    winner = await merged(writer, one, other, settled)
    assert (winner["born"], winner["died"], winner["country"]) == ("1971", "2020-05-01", "BY")
    assert [each["value"] for each in winner["identifiers"]] == ["Q1", "1", "2"]
    # Also the one that does not show finds its bearer.
    assert await ids(client, "/v1/people", identifier="wikidata:Q2") == [one["id"]]
    same = await put(writer, one["href"], winner)
    assert same.json() == winner
    await restored(writer, one, other)
    winner = await merged(writer, one, other, {"born": "winner", "identifiers": {"wikidata": "both"}})
    assert (winner["born"], len(winner["identifiers"])) == ("1970-02", 4)
    assert (await restored(writer, one, other)) == other


async def test_an_organisation_is_never_its_own_parent_by_a_merge(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    top = await make(writer, "Top", "organisations")
    middle = await make(writer, "Middle", "organisations", parent={"id": top["id"]})
    low = await make(writer, "Low", "organisations", parent={"id": middle["id"]})
    answer = await merge(writer, low, top)
    assert kind(answer) == (409, "merge-conflict")
    assert errors(answer) == [("#/id", "circular")]
    winner = await merged(writer, low, middle)
    assert winner["parent"] == ref(top)
    assert errors(await patch(writer, top["href"], {"parent": {"id": middle["id"]}})) == [
        ("#/parent", "circular")
    ]
    assert (await merged(writer, top, low))["parent"] is None
    await restored(writer, top, low)
    await restored(writer, low, middle)
    await follow(store)
    assert (await read(client, low["href"]))["parent"] == ref(middle)
    assert (await read(client, middle["href"]))["parent"] == ref(top)


async def test_a_merge_into_itself_of_nobody_and_of_another_type_is_refused(
    writer: httpx.AsyncClient, store: Database
) -> None:
    one, other = await two(writer)
    port = await make(writer, "Port", "organisations")
    nobody = {
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "href": "/v1/people/01890a5d-ac96-774b-bcce-b302099a8057",
    }
    rows, happened = await counts(store), await events(store)
    assert errors(await merge(writer, one, one)) == [("#/id", "circular")]
    assert errors(await merge(writer, one, port)) == [("#/id", "unknown_reference")]
    assert errors(await merge(writer, one, nobody)) == [("#/id", "unknown_reference")]
    assert kind(await merge(writer, nobody, one)) == (404, "not-found")
    assert kind(await merge(writer, port | {"href": f"/v1/people/{port['id']}"}, one)) == (404, "not-found")
    for body, pointer in (
        ({}, "#/id"),
        ({"id": "X"}, "#/id"),
        ({"id": other["id"], "resolve": {"born": "both"}}, "#/resolve/born"),
        ({"id": other["id"], "resolve": {"founded": "winner"}}, "#/resolve/founded"),
        ({"id": other["id"], "resolve": {"identifiers": {"x": "y"}}}, "#/resolve/identifiers/x"),
        ({"id": other["id"], "more": 1}, "#/more"),
    ):
        answer = await writer.post(f"{one['href']}/merge", json=body)
        assert answer.status_code == 422, answer.text
        assert [place for place, _ in errors(answer)] == [pointer]
    for pair in ((one, other), (other, one), (one, one), (one, port), (nobody, one), (one, nobody)):
        assert kind(await unmerge(writer, *pair)) == (404, "not-found")
    assert (await counts(store), await events(store)) == (rows, happened)


async def test_a_merge_needs_scope_write_and_honours_if_match_of_the_winner(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    one, other = await two(writer)
    assert (await merge(client, one, other)).status_code == 401
    assert (await merge(reader, one, other)).status_code == 403
    assert (await unmerge(reader, one, other)).status_code == 403
    assert kind(await merge(writer, one, other, **{"If-Match": '"7.x"'})) == (412, "precondition-failed")
    assert (await merge(writer, one, other, **{"If-Match": '"1.x"'})).status_code == 200
    assert kind(await unmerge(writer, one, other, **{"If-Match": '"1.x"'})) == (412, "precondition-failed")
    assert (await unmerge(writer, one, other, **{"If-Match": "*"})).status_code == 200


async def test_a_merge_that_is_sent_again_changes_nothing(writer: httpx.AsyncClient, store: Database) -> None:
    one, other = await two(writer)
    answer = await merge(writer, one, other, **{"Idempotency-Key": "k"})
    happened = await events(store)
    again = await merge(writer, one, other, **{"Idempotency-Key": "k"})
    assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
    assert (await merge(writer, one, other)).content == answer.content
    assert await events(store) == happened


@pytest.mark.parametrize("path", KINDS)
async def test_events_tell_of_a_merge_under_the_loser_to_followers_of_either(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, path: str
) -> None:
    one, other = await two(writer, path)
    filter = "person" if path == "people" else "organisation"
    start = (await read(client, "/v1/changes", since="now"))["cursor"]
    await merged(writer, one, other)
    article = await post(writer, "/v1/articles", **{path: [{filter: {"id": other["id"]}}]})
    await restored(writer, one, other)
    expected = [
        (f"{filter}.merged", other["id"], 1),
        (f"{filter}.updated", one["id"], 2),
        ("article.created", article["id"], 1),
        ("article.published", article["id"], 1),
        (f"{filter}.unmerged", other["id"], 1),
        (f"{filter}.updated", one["id"], 3),
    ]
    found = await read(client, "/v1/changes", since=start)
    assert [
        (each["type"], each["resource"]["id"], each["resource"]["version"]) for each in found["items"]
    ] == expected
    # After the undoing an article of the loser's is no more the winner's.
    mine = await read(client, "/v1/changes", since=start, **{filter: one["id"]})
    assert [each["type"].partition(".")[0] for each in mine["items"]] == [filter] * 4
    await merged(writer, one, other)
    mine = await read(client, "/v1/changes", since=start, **{filter: one["id"]})
    assert article["id"] in [each["resource"]["id"] for each in mine["items"]]


async def test_a_merge_of_what_only_held_articles_carry_brings_it_to_light_as_any_direct_write(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    one = await make(writer, "Mara Venn")
    held = await post(embargo, pub_status="withheld", people=[mention("Secret Venn")])
    secret = held["people"][0]["person"]
    for answer in (await merge(writer, one, secret), await merge(writer, secret, one)):
        assert answer.status_code in (404, 422)
        assert "Secret" not in answer.text
    start = (await read(client, "/v1/changes", since="now"))["cursor"]
    await merged(embargo, one, secret)
    assert (await client.get(secret["href"])).status_code == 308
    found = await read(client, "/v1/changes", since=start)
    assert [each["type"] for each in found["items"]] == ["person.created", "person.merged", "person.updated"]
    assert await ids(client, "/v1/articles", person=one["id"]) == []
    assert await ids(embargo, "/v1/articles", person=one["id"]) == [held["id"]]


async def test_a_renamed_winner_is_renamed_where_the_loser_was_written(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, other = await two(writer)
    article = await post(writer, people=[mention({"id": other["id"]})])
    await merged(writer, one, other)
    await patch(writer, one["href"], {"name": "Mara V."})
    await follow(store)
    assert (await read(client, article["href"]))["people"][0]["person"]["name"] == "Mara V."
    await restored(writer, one, other)
    await follow(store)
    assert (await read(client, article["href"]))["people"][0]["person"] == ref(other)


async def test_old_versions_keep_the_ids_under_which_they_were_written(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    one, other = await two(writer)
    article = await post(writer, people=[mention({"id": other["id"]})])
    before = (await client.get(f"{article['href']}/versions/1")).content
    await merged(writer, one, other)
    await patch(writer, article["href"], {"urgency": 2})
    assert (await client.get(f"{article['href']}/versions/1")).content == before
    second = await read(client, f"{article['href']}/versions/2")
    assert second["people"][0]["person"] == ref(other)
    assert (await read(client, f"{article['href']}/diff", **{"from": 1, "to": 2}))["members"] == ["urgency"]


async def test_an_article_that_is_released_or_killed_while_merged_shows_the_winner(
    embargo: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    one, other = await two(embargo)
    article = await post(embargo, pub_status="withheld", people=[mention({"id": other["id"]})])
    await merged(embargo, one, other)
    released = await embargo.post(f"{article['href']}/release", json={})
    assert released.json()["people"][0]["person"] == ref(one)
    again = await embargo.patch(
        article["href"],
        json={"urgency": 4},
        headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert again.json()["people"][0]["person"] == ref(one)
    killed = await admin.post(f"{article['href']}/kill", json={"note": "No."})
    assert killed.json()["people"][0]["person"] == ref(one)


async def test_a_walk_that_began_before_a_merge_goes_on_after_it(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    one, other = await two(writer)
    for _ in range(3):
        await post(writer, people=[mention({"id": other["id"]})])
    page = await read(client, f"{other['href']}/articles", limit=1)
    await merged(writer, one, other)
    rest = await read(client, f"{other['href']}/articles", limit=5, cursor=page["next"])
    assert len(rest["items"]) == 2


async def test_a_name_of_either_matches_the_winner_once(writer: httpx.AsyncClient) -> None:
    one, other = await two(writer)
    await merged(writer, one, other)
    for name in ("Mara Venn", "M. Venn", "Mara Orrel"):
        answer = await writer.post("/v1/people/match", json={"queries": [{"name": name}]})
        [candidate] = answer.json()["results"][0]["candidates"]
        assert candidate["person"] == ref(one)
