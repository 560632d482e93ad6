"""What cannot be stored is refused with a clear problem, and leaves no trace in the database."""

import json
import time
import typing
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.articles.schemas import ArticleInput
from api.db.pool import Database
from api.entities.schemas import OrganisationCreate, PersonCreate
from api.http.validation import alternatives
from api.settings import LIMITS
from tests.dispatches import BODY, counts, dispatch, errors, kind, mention, patch, post, put, quote, read

JSON = {"Content-Type": "application/json"}
PATHS = {"/v1/articles": ArticleInput, "/v1/people": PersonCreate, "/v1/organisations": OrganisationCreate}
LEAST: dict[str, dict[str, Any]] = {
    "/v1/articles": {"headline": "H", "language": "en", "body": ["B"]},
    "/v1/people": {"name": "N"},
    "/v1/organisations": {"name": "N"},
}


@pytest.fixture
async def untouched(store: Database) -> AsyncIterator[None]:
    """Nothing in the database but keys is other than before."""
    before = await counts(store)
    yield
    assert await counts(store) == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"", 400, "malformed-json"),
        (b"{", 400, "malformed-json"),
        (b'{"headline": "\xff"}', 400, "malformed-json"),
        (b'\xef\xbb\xbf{"headline": "H"}', 400, "malformed-json"),
        (b'{"headline": "\xed\xa0\x80"}', 400, "malformed-json"),
        (b'{"name": 1e999}', 400, "malformed-json"),
        (b'{"name": NaN}', 400, "malformed-json"),
        (b'{"name": "a", "name": "b"}', 400, "malformed-json"),
        (b'{"name": "a"} x', 400, "malformed-json"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "malformed-json"),
        (b'{"parent":' * 100_000 + b"{}" + b"}" * 100_000, 400, "malformed-json"),
        (b'{"version": ' + b"9" * 5_000 + b"}", None, None),
        (b"null", 422, "validation-error"),
        (b"[]", 422, "validation-error"),
        (b'"x"', 422, "validation-error"),
    ],
)
async def test_a_body_that_is_no_document_is_refused(
    writer: httpx.AsyncClient, path: str, body: bytes, status: int | None, problem: str | None
) -> None:
    answer = await writer.post(path, content=body, headers=JSON)
    if status is None:
        assert answer.status_code in (400, 422)
    else:
        assert kind(answer) == (status, problem)


# Every text


def texts(tp: Any, within: tuple[Any, ...] = ()) -> Iterator[tuple[list[str | int], list[Any]]]:
    """List the places of texts in a type: the path, and the structs on the way to it."""
    for kind_, _ in alternatives(tp):
        if kind_ is str:
            yield [], []
        elif typing.get_origin(kind_) is typing.Literal:
            continue
        elif isinstance(kind_, type) and issubclass(kind_, msgspec.Struct):
            if kind_ in within:
                continue
            for field in msgspec.structs.fields(kind_):
                for path, needs in texts(field.type, (*within, kind_)):
                    yield [field.encode_name, *path], [kind_, *needs]
        else:
            for argument in typing.get_args(kind_):
                for path, needs in texts(argument, within):
                    yield [0, *path], [None, *needs]


REQUIRED: dict[str, Any] = {
    "headline": "H",
    "language": "en",
    "body": ["B"],
    "name": "N",
    "text": "B",
    "value": "2020",
    "precision": "year",
    "scheme": "s",
    "code": "c",
    "href": "https://example.org/",
    "rel": "source",
    "title": "T",
    "as_printed": "A",
    "form": "direct",
    "kind": "person",
    "fragments": [{"text": "B"}],
    "speaker": {"kind": "person", "as_printed": "A"},
    "person": {"name": "N"},
    "organisation": {"name": "N"},
}


def document(path: list[str | int], needs: list[Any], value: Any) -> Any:
    """Build a document that is right but for the value at a path."""
    if not path:
        return value
    if path[0] == 0:
        return [document(path[1:], needs[1:], value)]
    fields = msgspec.structs.fields(needs[0])
    beside = {field.encode_name: REQUIRED[field.encode_name] for field in fields if field.required}
    if "id" in {field.encode_name for field in fields} and "name" in {field.encode_name for field in fields}:
        beside["name"] = "N"
    if needs[0].__name__ == "SpeakerInput":
        beside["as_printed"] = "A"
    return beside | {str(path[0]): document(path[1:], needs[1:], value)}


PLACES = [
    pytest.param(path, place, needs, id=f"{path.rpartition('/')[2]}:{'/'.join(map(str, place))}")
    for path, struct in PATHS.items()
    for place, needs in texts(struct)
]


def test_the_texts_of_the_schemas_are_found() -> None:
    found = {"/".join(map(str, place.values[1])) for place in PLACES}  # type: ignore[arg-type]
    assert len(PLACES) > 120
    assert {
        "headline",
        "body/0/text",
        "keywords/0",
        "dateline/date/basis",
        "quotes/0/chain/0/organisation/names/0/value",
        "media/0/people/0/positions/0/organisation/identifiers/0/scheme",
    } <= found


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("path", "place", "needs"), PLACES)
async def test_no_text_takes_a_control_character_or_a_lone_surrogate(
    writer: httpx.AsyncClient, path: str, place: list[str | int], needs: list[Any]
) -> None:
    pointer = "#/" + "/".join(map(str, place))
    for escape in (r"a\u0000b", r"a\u001fb", r"\b", r"a\ud800b", r"\udfff\ud800"):
        whole = json.dumps(document(place, needs, "@@")).replace("@@", escape)
        answer = await writer.post(path, content=whole, headers=JSON)
        assert answer.status_code == 422, (escape, answer.text)
        assert (pointer, "control_character") in errors(answer), escape
        assert "\\u0000" not in answer.text


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("path", PATHS)
async def test_no_member_name_takes_one_either(writer: httpx.AsyncClient, path: str) -> None:
    for escape in (r"\u0000", r"\ud800"):
        whole = json.dumps(LEAST[path])[:-1] + f', "{escape}": 1}}'
        answer = await writer.post(path, content=whole, headers=JSON)
        assert answer.status_code == 422
        assert "control_character" in {code for _, code in errors(answer)}


async def test_no_patch_takes_one(writer: httpx.AsyncClient, store: Database) -> None:
    article = await post(writer, quotes=[quote()], people=[mention("Mara Venn")])
    before = await counts(store)
    for path, member in (
        (article["href"], "headline"),
        (article["quotes"][0]["href"], "cue"),
        (article["people"][0]["person"]["href"], "description"),
    ):
        for escape in (r"\u0000", r"\udc00"):
            change = f'{{"{member}": "a{escape}"}}'
            answer = await writer.patch(path, content=change, headers=JSON | {"If-Match": "*"})
            assert (answer.status_code, errors(answer)) == (422, [(f"#/{member}", "control_character")])
    assert await counts(store) == before


# Values


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"urgency": 2**63}, [("#/urgency", "out_of_range")]),
        ({"urgency": 10**30}, None),
        ({"urgency": 0}, [("#/urgency", "out_of_range")]),
        ({"urgency": 10}, [("#/urgency", "out_of_range")]),
        ({"urgency": "5"}, [("#/urgency", "wrong_type")]),
        ({"urgency": 5.5}, [("#/urgency", "wrong_type")]),
        ({"urgency": True}, [("#/urgency", "wrong_type")]),
        ({"embargoed_until": "9999-12-31T23:59:59-01:00"}, [("#/embargoed_until", "out_of_range")]),
        ({"published_at": "0001-01-01T00:00:00+01:00"}, [("#/published_at", "out_of_range")]),
        ({"published_at": "2023-12-15T10:00:00"}, None),
        ({"published_at": "2023-12-15"}, None),
        ({"published_at": "2023-02-30T10:00:00Z"}, None),
        ({"published_at": 1700000000}, None),
        ({"published_at": "2999-01-01T00:00:00Z"}, [("#/published_at", "in_the_future")]),
        ({"unknown": 1}, [("#/unknown", "unknown_member")]),
        ({"language": "english language"}, [("#/language", "unknown_language")]),
        ({"language": "xx-yy-zz-qq"}, [("#/language", "unknown_language")]),
        ({"language": ""}, None),
        ({"body": []}, None),
        ({"body": [" \n\t"]}, None),
        ({"body": [{"kind": "chapter", "text": "x"}]}, None),
        ({"body": [5]}, None),
        ({"keywords": None}, [("#/keywords", "wrong_type")]),
        ({"quotes": None}, [("#/quotes", "wrong_type")]),
        ({"uri": "has space"}, None),
        ({"uri": "u" * 501}, None),
        ({"uri": "urn:example:1\n"}, [("#/uri", "wrong_pattern")]),
        (
            {"links": [{"rel": "source", "href": "https://example.com/\n"}]},
            [("#/links/0/href", "wrong_pattern")],
        ),
        (
            {"dateline": {"text": "x", "date": {"value": "2023\n", "precision": "year"}}},
            [("#/dateline/date/value", "wrong_pattern")],
        ),
        ({"links": [{"rel": "source", "href": "javascript:alert(1)"}]}, None),
        (
            {"dateline": {"text": "x", "date": {"value": "2023-13-01", "precision": "day"}}},
            [("#/dateline/date/value", "invalid")],
        ),
        (
            {"dateline": {"text": "x", "date": {"value": "2023", "precision": "day"}}},
            [("#/dateline/date/precision", "invalid")],
        ),
        ({"dateline": {"text": "x", "date": {"value": "2023-12-15", "precision": "hour"}}}, None),
        (
            {
                "people": [
                    {"person": {"name": "x", "positions": [{"title": "t", "organisation": {"name": 5}}]}}
                ]
            },
            [("#/people/0/person/positions/0/organisation/name", "wrong_type")],
        ),
        (
            {"quotes": [quote(chain=[{"as_printed": "x", "organisation": {"name": "y", "kind": []}}])]},
            [("#/quotes/0/chain/0/organisation/kind", "wrong_type")],
        ),
        (
            {"quotes": [quote(asserted_by={"confidence": 1.5})]},
            [("#/quotes/0/asserted_by/confidence", "out_of_range")],
        ),
        ({"quotes": [quote(fragments=[{"block": 0, "start": 2**31, "end": 2**31 + 1}])]}, None),
    ],
)
async def test_a_value_that_cannot_be_is_refused_where_it_stands(
    writer: httpx.AsyncClient, members: dict[str, Any], expected: Any
) -> None:
    answer = await writer.post("/v1/articles", json=LEAST["/v1/articles"] | members)
    assert answer.status_code == 422, answer.text
    found = errors(answer)
    if expected is None:
        assert all(pointer.startswith(f"#/{next(iter(members))}") for pointer, _ in found)
        assert found
    else:
        assert found == expected


async def test_the_last_times_that_there_are_can_be_stored_or_are_refused(
    embargo: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    answer = await embargo.post("/v1/articles", json=dispatch(embargoed_until="9999-12-30T23:59:59Z"))
    assert (answer.status_code, answer.json()["embargoed_until"]) == (201, "9999-12-30T23:59:59Z")
    answer = await embargo.post("/v1/articles", json=dispatch(embargoed_until="9999-12-31T00:00:00Z"))
    assert (answer.status_code, errors(answer)) == (422, [("#/embargoed_until", "out_of_range")])
    article = await post(writer, published_at="0001-01-01T00:00:00Z")
    assert article["published_at"] == "0001-01-01T00:00:00Z"
    first = await read(writer, "/v1/articles", limit=1)
    assert first["items"][0]["id"] == article["id"]


# Limits


def people(number: int) -> list[Any]:
    return [mention(f"Person {index}") for index in range(number)]


def fragments(number: int) -> dict[str, Any]:
    """A body of so many words, and a quote of each of them."""
    return {
        "body": ["x " * number],
        "quotes": [quote(fragments=[{"block": 0, "start": 2 * i, "end": 2 * i + 1} for i in range(number)])],
    }


AT_LIMITS = [
    ("body", LIMITS.blocks, lambda n: {"body": ["x"] * n}),
    ("body/0", LIMITS.block_length, lambda n: {"body": ["😀" * n]}),
    (
        "quotes",
        LIMITS.quotes,
        lambda n: {"quotes": [quote(fragments=[{"block": 0, "start": 0, "end": 3}])] * n},
    ),
    ("people", LIMITS.people, lambda n: {"people": people(n)}),
    (
        "organisations",
        LIMITS.organisations,
        lambda n: {"organisations": [{"organisation": {"name": f"O{i}"}} for i in range(n)]},
    ),
    ("quotes/0/fragments", LIMITS.fragments, fragments),
    (
        "people/0/person/names",
        LIMITS.names,
        lambda n: {"people": [mention({"name": "N0", "names": [{"value": f"N{i}"} for i in range(n)]})]},
    ),
]


@pytest.mark.parametrize(("pointer", "limit", "build"), AT_LIMITS, ids=[place for place, _, _ in AT_LIMITS])
async def test_a_limit_is_kept_to_the_last_one(
    writer: httpx.AsyncClient, store: Database, pointer: str, limit: int, build: Any
) -> None:
    before = await counts(store)
    answer = await writer.post("/v1/articles", json=dispatch(**build(limit + 1)))
    assert answer.status_code == 422
    assert errors(answer) == [(f"#/{pointer}", "too_long")]
    assert await counts(store) == before
    answer = await writer.post("/v1/articles", json=dispatch(**build(limit)))
    assert answer.status_code == 201, answer.text
    back = await read(writer, answer.headers["location"])
    assert (await put(writer, back["href"], back)).json() == back


async def test_names_are_counted_with_the_primary_and_the_former_one(
    writer: httpx.AsyncClient, store: Database
) -> None:
    many = [{"value": f"N{i}"} for i in range(LIMITS.names)]
    before = await counts(store)
    answer = await writer.post("/v1/people", json={"name": "Other", "names": many})
    assert (answer.status_code, errors(answer)) == (422, [("#/names", "too_long")])
    assert await counts(store) == before
    made = await post(writer, "/v1/people", name="N0", names=many)
    answer = await patch(writer, made["href"], {"name": "Renamed"})
    assert (answer.status_code, errors(answer)) == (422, [("#/names", "too_long")])


def sized(size: int) -> bytes:
    """A dispatch of exactly so many bytes."""
    blocks = [{"kind": "paragraph", "text": "x" * 99_000}] * 42
    least = len(json.dumps(dispatch(body=blocks, keywords=[])).encode())
    whole = json.dumps(dispatch(body=blocks, keywords=[])).encode()
    return whole + b" " * (size - least)


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_is_taken_up_to_its_limit_in_bytes(
    writer: httpx.AsyncClient, store: Database, declared: bool
) -> None:
    async def chunks(whole: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(whole), 1 << 20):
            yield whole[start : start + (1 << 20)]

    at, above = sized(LIMITS.json_body), sized(LIMITS.json_body + 1)
    before = await counts(store)
    answer = await writer.post("/v1/articles", content=above if declared else chunks(above), headers=JSON)
    assert kind(answer) == (413, "content-too-large")
    assert answer.json()["limit"] == LIMITS.json_body
    assert await counts(store) == before
    answer = await writer.post("/v1/articles", content=at if declared else chunks(at), headers=JSON)
    assert answer.status_code == 201, answer.text


# Time


def searching() -> dict[str, Any]:
    """Fifty thousand fragments to look for in three megabytes."""
    body = ["a" * 99_000 + "b" for _ in range(15)]
    each = quote(fragments=[{"text": "a" * 20 + "b"}] * 50)
    return dispatch(body=body, quotes=[each] * 600)


def alike(number: int) -> dict[str, Any]:
    """Names of two words of which many share one."""
    return dispatch(
        media=[{"people": [{"name": f"w{i} v{j}"} for j in range(100)]} for i in range(number // 100)]
    )


def names_of_one(number: int) -> dict[str, Any]:
    """One person named over and over, each time with many other names."""
    return dispatch(
        media=[
            {
                "people": [
                    {"name": "N", "names": [{"value": f"{i} {j} {k}"} for k in range(20)]} for j in range(50)
                ]
            }
            for i in range(number // 1000)
        ]
    )


def nested(depth: int) -> str:
    """An organisation with so many above it."""
    above = "".join(f'{{"name": "O{level}", "parent": ' for level in range(depth))
    top = above + '{"name": "top"}' + "}" * depth
    return json.dumps(dispatch(organisations=[{"organisation": "@"}])).replace('"@"', top)


@pytest.mark.parametrize(
    ("build", "statuses"),
    [
        (searching, {422}),
        (lambda: alike(5_000), {201}),
        (lambda: names_of_one(100_000), {422}),
        (lambda: nested(150), {201, 400, 422}),
        (lambda: nested(3_000), {400, 422}),
        (lambda: dispatch(quotes=[quote("x")] * 1_000), {422}),
        (lambda: dispatch(body=["x"], unknown=[0] * 1_000_000), {422}),
        (lambda: dispatch(keywords=[5] * 1_000_000), {422}),
    ],
    ids=["searching", "alike", "names", "nested", "nested deep", "wrong quotes", "unknown", "wrong keywords"],
)
async def test_the_dearest_documents_are_answered_in_time(
    writer: httpx.AsyncClient, build: Any, statuses: set[int]
) -> None:
    built = build()
    whole = (built if isinstance(built, str) else json.dumps(built, ensure_ascii=False)).encode()
    assert len(whole) <= LIMITS.json_body
    started = time.perf_counter()
    answer = await writer.post("/v1/articles", content=whole, headers=JSON)
    assert answer.status_code in statuses, answer.text[:500]
    assert time.perf_counter() - started < 5


# Whatever else


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = [field.encode_name for field in msgspec.structs.fields(ArticleInput)]


@given(members=st.dictionaries(st.sampled_from(MEMBERS), JUNK, min_size=1, max_size=3))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_no_document_is_answered_with_a_fault_of_the_server(
    writer: httpx.AsyncClient, members: dict[str, Any]
) -> None:
    whole = json.dumps(dispatch(**members)).encode()
    answer = await writer.post("/v1/articles", content=whole, headers=JSON)
    assert answer.status_code in (201, 400, 403, 409, 422), answer.text


@given(text=st.text(min_size=1, max_size=40))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_text_is_kept_or_refused_as_a_name_a_tag_and_a_filter(
    writer: httpx.AsyncClient, text: str
) -> None:
    answer = await writer.post("/v1/people", json={"name": text})
    assert answer.status_code in (201, 422), answer.text
    if answer.status_code == 201:
        assert answer.json()["name"] == text
    assert (await writer.post("/v1/articles", json=dispatch(language=text, body=BODY))).status_code in (
        201,
        422,
    )
    found = await writer.get("/v1/people", params={"name": text})
    assert found.status_code in (200, 400)
    if answer.status_code == 201 and found.status_code == 200:
        assert (
            answer.json()["id"] in [item["id"] for item in found.json()["items"]]
            or len(found.json()["items"]) == 50
        )
