"""Parameters of lists that are wrong in every way: 400 with the parameter named, never a failure."""

from typing import Any
from urllib.parse import quote as escaped

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_routes
from api.db.pool import Database
from api.http.openapi import document
from api.settings import Settings
from tests.dispatches import post, quote
from tests.http.asgi import request
from tests.reading.test_description import example

PATHS = ("/v1/articles", "/v1/quotes", "/v1/people", "/v1/organisations", "/v1/search", "/v1/subjects")
AFTER, BEFORE = "published_after=2024-01-01T00:00:00Z", "published_before=2023-01-01T00:00:00Z"
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
# What means something to SQL, to tsquery and its text form, to JSON, to LIKE.
SPECIAL = st.sampled_from(
    [
        "'",
        "''",
        '"',
        "\\",
        ";",
        "--",
        "/*",
        "%",
        "_",
        "$1",
        "$$",
        "&",
        "|",
        "!",
        "<->",
        "<2>",
        ":*",
        ":A",
        "(",
        ")",
        "=x:",
        "=language:en",
        "\u2028",
        "\u200b",
        "\U0001f32c",
        "日",
        "ß",
        "İ",
        "or",
        "-",
        "“",
        "{}",
        "null",
    ]
)
TEXTS = st.lists(SPECIAL | st.text(max_size=8) | st.sampled_from(["ferry", "minister"]), max_size=12).map(
    " ".join
)


async def ask(client: httpx.AsyncClient, path: str, query: str) -> httpx.Response:
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert all(error.get("parameter") for error in answer.json()["errors"])
    return answer


@pytest.mark.parametrize("path", PATHS)
@given(text=TEXTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_is_a_query_or_refused(path: str, text: str, client: httpx.AsyncClient) -> None:
    await ask(client, path, f"q={escaped(text)}&limit=3")


EVERYWHERE = "id count fields expand cursor limit"
NAMES = {
    "/v1/articles": "uri language provider source person subject keyword genre urgency pub_status sort "
    f"published_after published_before updated_after has_quotes_by via highlight facets {EVERYWHERE}",
    "/v1/quotes": "speaker speaker_kind organisation via form attribution article said_after said_before "
    f"language status first_hand highlight facets {EVERYWHERE}",
    "/v1/people": f"name identifier position organisation country at {EVERYWHERE}",
    "/v1/subjects": "id scheme broader cursor limit",
}


@pytest.mark.parametrize("path", NAMES)
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_value_of_any_parameter_is_read_or_refused(
    path: str, data: st.DataObject, client: httpx.AsyncClient
) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES[path].split()), min_size=1, max_size=3))
    pairs = [f"{name}={escaped(data.draw(TEXTS))}" for name in names]
    await ask(client, path, "&".join(pairs))


async def test_every_parameter_that_is_wrong_is_named(client: httpx.AsyncClient) -> None:
    wrong = {
        "/v1/articles": f"q=!&language=e!&{AFTER}&{BEFORE}&fields=no&sort=-relevance",
        "/v1/quotes": "q=!&language=e!&said_after=2024-13&said_before=2024-02-30&fields=no",
        "/v1/people": "q=!&country=XX&at=2024-02-30&fields=no",
        "/v1/organisations": "q=!&country=XX&fields=no",
        "/v1/search": "q=!&language=e!",
    }
    for path, query in wrong.items():
        answer = await client.get(f"{path}?{query}")
        named = [error["parameter"] for error in answer.json()["errors"]]
        given = [part.partition("=")[0] for part in query.split("&")]
        expected = [name for name in given if name not in ("published_after", "sort")]
        assert (answer.status_code, named) == (400, expected), path


async def test_a_malformed_parameter_hides_no_other_error(client: httpx.AsyncClient) -> None:
    for path, query, expected in (
        ("/v1/articles", f"limit=0&{AFTER}&{BEFORE}&fields=no", ["limit", "published_before", "fields"]),
        ("/v1/articles", "no=1&language=e!&names=e!", ["no", "language", "names"]),
        (
            "/v1/quotes",
            "first_hand=1&said_after=2024-13&highlight=true",
            ["first_hand", "said_after", "highlight"],
        ),
        ("/v1/people", "id=1&country=XX&at=2024-02-30", ["id", "country", "at"]),
        # That `q` is missing is not said when it was given wrongly.
        ("/v1/articles", "q=&highlight=true&sort=-relevance", ["q"]),
        ("/v1/search", "limit=0&q=!", ["limit", "q"]),
        ("/v1/changes", "limit=0&types=article.no&names=e!", ["limit", "types", "names"]),
        ("/v1/search", "language=e!", ["q"]),
    ):
        answer = await client.get(f"{path}?{query}")
        named = [error["parameter"] for error in answer.json()["errors"]]
        assert (answer.status_code, named) == (400, expected), query


@pytest.mark.parametrize("day", ["0001", "0001-01-01", "9999", "9999-12", "9999-12-31"])
async def test_the_first_and_last_days_are_days(
    day: str, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    precision = {4: "year", 7: "month", 10: "day"}[len(day)]
    said = quote("It was said.", said_on={"value": day, "precision": precision})
    await post(writer, body=["It was said."], quotes=[said])
    for path, query in (("people", "at"), ("quotes", "said_after"), ("quotes", "said_before")):
        assert (await ask(client, f"/v1/{path}", f"{query}={day}")).status_code == 200


REFUSED = [
    ("/v1/articles", "limit=201", "limit"),
    ("/v1/articles", "limit=0", "limit"),
    ("/v1/articles", "limit=1&limit=2", "limit"),
    ("/v1/articles", "person=", "person"),
    ("/v1/articles", f"person={ID},", "person"),
    ("/v1/articles", "person=" + ",".join([ID] * 41), "person"),
    ("/v1/articles", "id=" + ",".join([ID] * 101), "id"),
    ("/v1/articles", f"id={ID.upper()}", "id"),
    ("/v1/articles", "person=Mara", "person"),
    ("/v1/articles", "language=en,e!", "language"),
    ("/v1/articles", "subject=20000587", "subject"),
    ("/v1/articles", "urgency=10", "urgency"),
    ("/v1/articles", "urgency=1.0", "urgency"),
    ("/v1/articles", "published_after=2023-12-15", "published_after"),
    ("/v1/articles", "published_after=2023-12-15T00:00:00", "published_after"),
    ("/v1/articles", f"{AFTER}&{BEFORE}", "published_before"),
    ("/v1/articles", "q=" + "+".join(f"w{n}" for n in range(200)), "q"),
    ("/v1/articles", "fields=" + ",".join(["body"] * 51), "fields"),
    ("/v1/articles", "expand=quotes", "expand"),
    ("/v1/articles", "facets=colour", "facets"),
    ("/v1/articles", "speaker=x", "speaker"),
    ("/v1/articles", "cursor=AAAA", "cursor"),
    ("/v1/quotes", "said_after=2023-02-30", "said_after"),
    ("/v1/quotes", "said_after=2024&said_before=2023-12-31", "said_before"),
    ("/v1/quotes", "said_after=yesterday", "said_after"),
    ("/v1/quotes", "first_hand=1", "first_hand"),
    ("/v1/quotes", "expand=organisation", "expand"),
    ("/v1/people", "at=2023-02-30", "at"),
    ("/v1/people", "country=XX", "country"),
    ("/v1/people", "identifier=Q1", "identifier"),
    ("/v1/people", "position=!!", "position"),
    ("/v1/people", "kind=media", "kind"),
    ("/v1/organisations", "at=2020-01-01", "at"),
]


@pytest.mark.parametrize(("path", "query", "parameter"), REFUSED)
async def test_what_cannot_be_is_refused(
    path: str, query: str, parameter: str, client: httpx.AsyncClient
) -> None:
    answer = await ask(client, path, query)
    assert answer.status_code == 400, answer.text
    assert parameter in [error["parameter"] for error in answer.json()["errors"]]
    assert len(answer.content) < 5_000


DESCRIBED = document(create_routes(Database("", 1)), Settings())["paths"]
# Every operation that reads below /v1 and takes parameters, with an id where its path has one.
TAKING = {
    path: [each["name"] for each in methods["get"]["parameters"] if each.get("in") == "query"]
    for path, methods in DESCRIBED.items()
    if "get" in methods and path.startswith(("/v1/", "/sitemap"))
}
CASES = [(path, name) for path, names in TAKING.items() for name in names]


def wrong(name: str) -> dict[str, bytes]:
    """Give the ways in which any parameter is wrong, whatever its type."""
    given = name.encode()
    return {
        "empty": given + b"=",
        "without a value": given,
        "repeated": given + b"=1&" + given + b"=1",
        "100 kB": given + b"=" + b"x" * 100_000,
        "100 kB of a list": given + b"=" + b"x," * 50_000 + b"x",
        "a zero byte": given + b"=a%00b",
        "no UTF-8": given + b"=%ff%fe",
        "half an escape": given + b"=%4",
    }


@pytest.mark.parametrize(("path", "name"), CASES)
async def test_what_is_wrong_for_every_parameter_is_refused_with_its_name(
    path: str, name: str, app: Any, admin: httpx.AsyncClient
) -> None:
    key = admin.headers["authorization"].encode()
    headers = [(b"host", b"dateline"), (b"authorization", key)]
    for what, query in wrong(name).items():
        reply = await request(app, path.replace("{id}", ID).replace("{n}", "1"), query=query, headers=headers)
        assert reply.status == 400, (what, reply.body)
        named = [error["parameter"] for error in msgspec.json.decode(reply.body)["errors"]]
        assert name in named, what
        assert len(reply.body) < 20_000, what


@pytest.mark.parametrize("path", TAKING)
async def test_fifty_parameters_that_there_are_not_are_told_as_far_as_twenty(
    path: str, admin: httpx.AsyncClient
) -> None:
    query = "&".join(f"filter{number}=1" for number in range(50))
    answer = await admin.get(path.replace("{id}", ID).replace("{n}", "1"), params=query)
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert len(errors) == 20
    assert {(error["code"], error["parameter"][:6]) for error in errors} == {("unknown_parameter", "filter")}


def written(value: Any) -> str:
    """Write a value as in a query string."""
    return (
        ",".join(map(written, value))
        if isinstance(value, list)
        else str(value).replace("True", "true").replace("False", "false")
    )


async def test_all_filters_at_once_are_one_list(client: httpx.AsyncClient) -> None:
    for path in PATHS[:4]:
        given = {
            each["name"]: written(example(each["schema"]))
            for each in DESCRIBED[path]["get"]["parameters"]
            if each.get("in") == "query" and each["name"] not in ("cursor", "sort", "expand", "facets")
        }
        answer = await client.get(path, params=given)
        assert answer.status_code == 200, answer.text
        assert answer.json()["items"] == []


@pytest.mark.parametrize(
    "words",
    ["'; drop table articles; --", "ferry' | '=status:withheld", "=status:withheld", "\\'ferry", "!(ferry)"],
)
async def test_a_query_is_words_and_nothing_else(
    words: str, embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    held: dict[str, Any] = {"pub_status": "withheld", "headline": "Ferry", "quotes": [quote()]}
    await post(embargo, **held)
    for path in PATHS[:5]:
        answer = await client.get(path, params={"q": words})
        assert answer.json()["items"] == []
