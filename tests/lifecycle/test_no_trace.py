"""What is hidden answers as what does not exist, whatever else is wrong with a request."""

from itertools import product
from typing import Any

import httpx

from api.wire import new_id
from tests.dispatches import dispatch, mention, post, quote

BODIES: list[Any] = [
    None,
    [],
    {},
    {"headline": 5},
    {"note": ""},
    {"note": "Not true."},
    {"occasion": 5},
    {"name": ""},
    {"revision": {"kind": "x"}},
    {"pub_status": "canceled"},
    {"pub_status": "withheld"},
    dispatch(),
    dispatch(pub_status="withheld"),
    dispatch(quotes=[quote("It is nowhere.")]),
]
HEADERS = [{}, {"If-Match": '"9.x"'}, {"If-Match": "x"}, {"Idempotency-Key": "ferry 1"}]
WRONG = [*((body, {"If-Match": "*"}) for body in BODIES), *(({}, headers) for headers in HEADERS)]
QUERIES = ["", "?x=1", "?as_of=x", "?as_of=2999-01-01T00:00:00Z", "?from=1&to=9", "?limit=0", "?format=x"]
BELOW = {
    "articles": ["", "/kill", "/release", "/versions", "/versions/1", "/versions/x", "/diff", "/quotes"],
    "quotes": ["", "/history"],
    "people": ["", "/articles", "/quotes"],
    "organisations": ["", "/articles", "/quotes"],
}


async def answered(client: httpx.AsyncClient, id: str, method: str, path: str, **request: Any) -> Any:
    """An answer without what is its own: the id that was asked for, and its own one."""
    answer = await client.request(method, path.replace("ID", id), **request)
    head = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "etag")}
    own = answer.headers["x-request-id"]
    return answer.status_code, head, answer.text.replace(own, "").replace(id, "ID")


async def test_nothing_that_is_wrong_with_a_request_tells_of_what_is_hidden(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    held = await post(
        embargo,
        pub_status="withheld",
        quotes=[quote()],
        people=[mention("Tam Orrel")],
        provider={"name": "Osta News"},
    )
    ids = {
        "articles": held["id"],
        "quotes": held["quotes"][0]["id"],
        "people": held["people"][0]["person"]["id"],
        "organisations": held["provider"]["id"],
    }
    for plural, id in ids.items():
        asked = [("GET", f"/v1/{plural}/ID{sub}{query}", {}) for sub in BELOW[plural] for query in QUERIES]
        asked += [
            (method, f"/v1/{plural}/ID{sub}", {"json": body, "headers": headers})
            for sub, (body, headers) in product(BELOW[plural], WRONG)
            for method in ("PUT", "PATCH", "POST", "DELETE")
        ]
        unknown = new_id()
        for method, path, request in asked:
            hidden = await answered(writer, id, method, path, **request)
            assert hidden == await answered(writer, unknown, method, path, **request), (method, path, request)
