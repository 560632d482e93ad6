"""Query parameters and ids in paths."""

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request
from msgspec import Meta

from api.http.params import NoParams, read_params, resource_id
from api.http.problems import Problem

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class Params(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    q: Annotated[str, Meta(max_length=10)] | None = None
    language: Annotated[list[Annotated[str, Meta(max_length=3)]], Meta(max_length=3)] | None = None
    person: list[UUID] = []
    first_hand: bool | None = None
    after: datetime | None = None
    at: date | None = None
    sort: Literal["new", "old"] = "new"
    score: float | None = None
    source: str | None = msgspec.field(default=None, name="from")

    def __post_init__(self) -> None:
        if self.q == "clash" and self.sort == "old":
            raise ValueError("q and sort clash")


class Needed(msgspec.Struct, frozen=True):
    name: str


def read(query: str | bytes, struct: Any = Params) -> Any:
    raw = query.encode() if isinstance(query, str) else query
    return read_params(cast("Request[Any, Any, Any]", SimpleNamespace(scope={"query_string": raw})), struct)


def refusal(query: str | bytes, struct: Any = Params) -> Problem:
    with pytest.raises(Problem) as caught:
        read(query, struct)
    problem = caught.value
    assert (problem.status, problem.kind) == (400, "invalid-parameter")
    return problem


def test_no_query_gives_the_defaults() -> None:
    assert read("") == Params()


@pytest.mark.parametrize(
    ("query", "member", "value"),
    [
        ("limit=200", "limit", 200),
        ("q=a+b%20c%2Bd", "q", "a b c+d"),
        ("q=%D0%B6", "q", "ж"),
        ("q=ж", "q", "ж"),
        ("q=null", "q", "null"),
        ("q=a=b", "q", "a=b"),
        ("language=en,be", "language", ["en", "be"]),
        ("language=en%2Cbe", "language", ["en", "be"]),
        ("language=en", "language", ["en"]),
        (f"person={ID}", "person", [UUID(ID)]),
        ("first_hand=true", "first_hand", True),
        ("first_hand=false", "first_hand", False),
        ("after=2023-12-15T10:00:00Z", "after", datetime(2023, 12, 15, 10, tzinfo=UTC)),
        (
            "after=2023-12-15T10:00:00%2B02:00",
            "after",
            datetime(2023, 12, 15, 10, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("at=2023-12-15", "at", date(2023, 12, 15)),
        ("sort=old", "sort", "old"),
        ("score=0.5", "score", 0.5),
        ("score=-3", "score", -3.0),
        ("from=x", "source", "x"),
    ],
)
def test_a_parameter_is_read_as_its_type(query: str, member: str, value: object) -> None:
    found = getattr(read(query), member)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=99999999999999999999", "limit", "wrong_type"),
        ("limit=5.0", "limit", "wrong_type"),
        ("limit=05", "limit", "wrong_type"),
        ("limit=%205", "limit", "wrong_type"),
        ("limit=%D9%A5", "limit", "wrong_type"),
        ("limit=1e1", "limit", "wrong_type"),
        ("limit=null", "limit", "wrong_type"),
        ("limit", "limit", "empty"),
        ("limit=", "limit", "empty"),
        ("limit=1&limit=1", "limit", "repeated"),
        ("language=en&language=be", "language", "repeated"),
        ("language=en,,be", "language", "empty"),
        ("language=,", "language", "empty"),
        ("language=a,b,c,d", "language", "too_long"),
        ("language=a,long", "language", "too_long"),
        (f"person={ID.upper()}", "person", "wrong_format"),
        (f"person={ID.replace('-', '')}", "person", "wrong_format"),
        ("person=" + ",".join([ID] * 101), "person", "too_long"),
        ("first_hand=True", "first_hand", "wrong_type"),
        ("first_hand=1", "first_hand", "wrong_type"),
        ("after=2023-12-15", "after", "wrong_format"),
        ("after=2023-12-15T10:00:00", "after", "no_time_zone"),
        ("after=2023-12-15T10:00:00+02:00", "after", "wrong_format"),
        ("after=9999-12-31T23:59:59-01:00", "after", "out_of_range"),
        ("at=2023-02-30", "at", "wrong_format"),
        ("sort=newest", "sort", "not_in_enum"),
        ("score=inf", "score", "wrong_type"),
        ("score=1e400", "score", "wrong_type"),
        ("q=far+too+long+a+text", "q", "too_long"),
        ("q=%00", "q", "control_character"),
        ("q=a%0Db", "q", "control_character"),
        ("q=%ED%A0%80", "q", "invalid_utf8"),
        ("q=%FF", "q", "invalid_utf8"),
        ("q=%C0%AF", "q", "invalid_utf8"),
        ("q=%zz", "q", "malformed_encoding"),
        ("q=%", "q", "malformed_encoding"),
        ("q=%2", "q", "malformed_encoding"),
        ("Limit=5", "Limit", "unknown_parameter"),
        ("source=x", "source", "unknown_parameter"),
        ("&", "", "unknown_parameter"),
        ("q=a&", "", "unknown_parameter"),
        ("q=clash&sort=old", "", "invalid"),
    ],
)
def test_a_wrong_parameter_is_told_with_its_name_and_code(query: str, parameter: str, code: str) -> None:
    error = refusal(query).errors[0]
    assert (error.parameter, error.code) == (parameter, code)


def test_all_wrong_parameters_are_told_at_once() -> None:
    errors = refusal("limit=0&q=%00&nope=1&sort=x&first_hand=maybe&limit=3").errors
    assert [error.parameter for error in errors] == ["limit", "q", "nope", "sort", "first_hand", "limit"]


def test_at_most_twenty_errors_are_told() -> None:
    assert len(refusal("&".join(f"x{n}=1" for n in range(500))).errors) == 20


@pytest.mark.parametrize(
    "name", ["key", "api_key", "apikey", "access_token", "token", "API_KEY", "api%5Fkey"]
)
def test_a_key_in_the_query_is_refused_with_where_it_belongs(name: str) -> None:
    (error,) = refusal(f"{name}=dl_secret").errors
    assert error.code == "key_in_query"
    assert "Authorization: Bearer" in error.detail
    assert "dl_secret" not in error.detail


def test_a_required_parameter_that_is_left_out_is_told() -> None:
    assert refusal("", Needed).errors[0].code == "missing"
    assert read("name=x", Needed) == Needed("x")


def test_an_operation_without_parameters_takes_none() -> None:
    assert read("", NoParams) == NoParams()
    assert refusal("x=1", NoParams).errors[0].code == "unknown_parameter"


@given(st.binary(max_size=60))
def test_any_query_string_is_read_or_refused(query: bytes) -> None:
    try:
        read(query)
    except Problem as problem:
        msgspec.json.encode(problem.errors)


def test_an_id_in_lower_case_with_dashes_is_one() -> None:
    assert resource_id(ID) == ID


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        ID.upper(),
        ID.replace("-", ""),
        f"urn:uuid:{ID}",
        f"{{{ID}}}",
        f"{ID}\n",
        f" {ID}",
        ID[:-1] + "ő",
    ],
)
def test_any_other_spelling_of_an_id_is_404(value: str) -> None:
    with pytest.raises(Problem) as caught:
        resource_id(value)
    assert caught.value.status == 404
