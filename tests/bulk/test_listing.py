"""Lists as lines: all of a list, with its filters, and a cursor from which to follow it."""

import httpx

from tests.bulk.lines import export, post_lines
from tests.dispatches import dispatch, errors, kind, mention, quote, read

ACCEPT = {"Accept": "application/x-ndjson"}


async def test_each_list_streams_all_of_it_with_its_filters(writer: httpx.AsyncClient) -> None:
    lines = [
        dispatch(headline=f"No. {n}", urgency=1 + n % 2, people=[mention("Mara Venn")], quotes=[quote()])
        for n in range(450)
    ]
    await post_lines(writer, lines)
    found = await export(writer, "/v1/articles")
    assert len({each["id"] for each in found}) == 450
    page = await read(writer, "/v1/articles", limit=200)
    assert found[:200] == page["items"]
    assert len(await export(writer, "/v1/articles", urgency=2)) == 225
    assert len(await export(writer, "/v1/quotes")) == 450
    (person,) = await export(writer, "/v1/people")
    assert len(await export(writer, f"/v1/people/{person['id']}/quotes")) == 450
    assert await export(writer, "/v1/organisations") == []


async def test_the_changes_that_follow_an_export_are_those_after_its_cursor(
    writer: httpx.AsyncClient,
) -> None:
    await post_lines(writer, [dispatch(headline="Before")])
    answer = await writer.get("/v1/articles", headers=ACCEPT)
    cursor = answer.headers["dateline-changes-cursor"]
    (after,) = await post_lines(writer, [dispatch(headline="After")])
    changes = await read(writer, "/v1/changes", since=cursor)
    assert {item["resource"]["id"] for item in changes["items"]} == {after["id"]}


async def test_held_articles_are_in_nobodys_export_but_of_those_who_see_them(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await post_lines(embargo, [dispatch(pub_status="withheld"), dispatch()])
    assert len(await export(client, "/v1/articles")) == 1
    assert len(await export(embargo, "/v1/articles")) == 2


async def test_a_list_as_lines_is_not_paged(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/articles?limit=2&cursor=x", headers=ACCEPT)
    assert kind(answer) == (400, "invalid-parameter")
    assert errors(answer) == [("limit", "not_allowed"), ("cursor", "not_allowed")]


async def test_what_a_list_refuses_is_refused_as_lines_too(client: httpx.AsyncClient) -> None:
    assert kind(await client.get("/v1/quotes?speaker=x", headers=ACCEPT)) == (400, "invalid-parameter")
    path = "/v1/people/01890a5d-ac96-774b-bcce-b302099a8057/articles"
    assert kind(await client.get(path, headers=ACCEPT)) == (404, "not-found")


async def test_a_head_request_has_the_headers_only(client: httpx.AsyncClient) -> None:
    answer = await client.head("/v1/articles", headers=ACCEPT)
    assert answer.status_code == 200
    assert answer.headers["dateline-changes-cursor"]
    assert answer.content == b""


async def test_json_is_answered_where_lines_are_not_preferred(client: httpx.AsyncClient) -> None:
    accept = {"Accept": "application/x-ndjson;q=0.5, application/json"}
    assert (await client.get("/v1/articles", headers=accept)).headers["content-type"] == "application/json"
