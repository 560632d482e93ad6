"""Request documents: what is refused, with which code and pointer."""

import json
import time
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from api.http.decoding import Body
from api.http.problems import MAX_ERRORS, Problem

T = TypeVar("T")


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What all input is."""


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Ball(Strict, tag_field="shape", tag="ball"):
    radius: int


class Box(Strict, tag_field="shape", tag="box"):
    sides: Annotated[list[int], Meta(max_length=3)]


class OddError(ValueError):
    code = "odd"
    member = "even"


class Leaf(Strict):
    name: Annotated[str, Meta(min_length=1, max_length=5)]
    even: int = 0

    def __post_init__(self) -> None:
        if self.even % 2:
            raise OddError("the number must be even")
        if self.even < 0:
            raise ValueError("the number must not be negative")


class Wrapped(Strict, Generic[T]):
    value: T


class Document(Strict):
    count: Annotated[int, Meta(ge=1, le=9)] = 1
    code: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    text: Annotated[str, Meta(pattern=r"\S")] = "a"
    tags: (
        Annotated[list[Annotated[str, Meta(max_length=3)]], Meta(min_length=1, max_length=2)] | UnsetType
    ) = UNSET
    leaves: list[Leaf] = []
    named: dict[str, Leaf] = {}
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] | None = None
    at: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    thing: Ball | Box | None = None
    block: str | Leaf = ""
    wrapped: Wrapped[int] | None = None
    flag: bool = False
    ratio: float = 0.0
    anything: Any = None


BODY: Body[Document] = Body(Document)


def refusal(raw: bytes | str | dict[str, Any], body: Body[Any] = BODY) -> Problem:
    if isinstance(raw, dict):
        raw = json.dumps(raw)
    with pytest.raises(Problem) as caught:
        body(raw.encode() if isinstance(raw, str) else raw)
    return caught.value


def places(problem: Problem) -> list[tuple[Any, str]]:
    return [(error.pointer, error.code) for error in problem.errors]


def test_a_valid_document_is_decoded() -> None:
    document = BODY(b'{"count": 3, "leaves": [{"name": "x"}], "thing": {"shape": "ball", "radius": 1}}')
    assert document.count == 3
    assert document.leaves == [Leaf(name="x")]
    assert document.thing == Ball(radius=1)
    assert document.at is UNSET


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({"count": 0}, "#/count", "out_of_range"),
        ({"count": 10}, "#/count", "out_of_range"),
        ({"count": 2**70}, "#/count", "out_of_range"),
        ({"count": "5"}, "#/count", "wrong_type"),
        ({"count": 5.0}, "#/count", "wrong_type"),
        ({"count": True}, "#/count", "wrong_type"),
        ({"count": None}, "#/count", "wrong_type"),
        ({"flag": "true"}, "#/flag", "wrong_type"),
        ({"flag": 1}, "#/flag", "wrong_type"),
        ({"code": "A"}, "#/code", "wrong_pattern"),
        ({"text": " \n"}, "#/text", "blank"),
        ({"tags": []}, "#/tags", "too_short"),
        ({"tags": ["a", "b", "c"]}, "#/tags", "too_long"),
        ({"tags": ["a", "long"]}, "#/tags/1", "too_long"),
        ({"tags": "a"}, "#/tags", "wrong_type"),
        ({"leaves": [{"name": "x"}, {"name": ""}]}, "#/leaves/1/name", "too_short"),
        ({"leaves": [{"name": "x"}, {}]}, "#/leaves/1/name", "missing"),
        ({"leaves": [{"name": "x", "nam": 1}]}, "#/leaves/0/nam", "unknown_member"),
        ({"leaves": [{"name": "x", "even": -2}]}, "#/leaves/0", "invalid"),
        ({"leaves": [{"name": "x", "even": 3}]}, "#/leaves/0/even", "odd"),
        ({"named": {"a/b~c": {"name": 1}}}, "#/named/a~1b~0c/name", "wrong_type"),
        ({"named": {"ж": {"name": 1}}}, "#/named/%D0%B6/name", "wrong_type"),
        ({"colour": "green"}, "#/colour", "not_in_enum"),
        ({"kind": "c"}, "#/kind", "not_in_enum"),
        ({"at": "2023-12-15T10:00:00"}, "#/at", "no_time_zone"),
        ({"at": "yesterday"}, "#/at", "wrong_format"),
        ({"at": "2023-12-15T10:00:60Z"}, "#/at", "wrong_format"),
        ({"at": 5}, "#/at", "wrong_type"),
        ({"at": "9999-12-31T23:59:59-01:00"}, "#/at", "out_of_range"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "#/at", "out_of_range"),
        ({"thing": {"shape": "cone"}}, "#/thing/shape", "not_in_enum"),
        ({"thing": {"shape": 1}}, "#/thing/shape", "not_in_enum"),
        ({"thing": {"radius": 1}}, "#/thing/shape", "missing"),
        ({"thing": {"shape": "ball"}}, "#/thing/radius", "missing"),
        ({"thing": {"shape": "box", "sides": [1, "2"]}}, "#/thing/sides/1", "wrong_type"),
        ({"block": {"name": "much too long"}}, "#/block/name", "too_long"),
        ({"block": 1}, "#/block", "wrong_type"),
        ({"wrapped": {"value": "1"}}, "#/wrapped/value", "wrong_type"),
        ({"unknown": 1}, "#/unknown", "unknown_member"),
    ],
)
def test_an_error_has_its_pointer_and_code(document: dict[str, Any], pointer: str, code: str) -> None:
    problem = refusal(document)
    assert problem.status == 422
    assert places(problem) == [(pointer, code)]
    assert problem.errors[0].detail.endswith((".", "]+$"))


def test_all_errors_are_listed_at_once() -> None:
    problem = refusal(
        {
            "count": 99,
            "code": 1,
            "tags": ["long", "fine but too long"],
            "leaves": [{"name": "", "even": "x"}, 3],
            "thing": {"shape": "ball", "radius": None, "more": 1},
        }
    )
    assert set(places(problem)) == {
        ("#/count", "out_of_range"),
        ("#/code", "wrong_type"),
        ("#/tags/0", "too_long"),
        ("#/tags/1", "too_long"),
        ("#/leaves/0/name", "too_short"),
        ("#/leaves/0/even", "wrong_type"),
        ("#/leaves/1", "wrong_type"),
        ("#/thing/radius", "wrong_type"),
        ("#/thing/more", "unknown_member"),
    }
    assert problem.detail == "The document has 9 errors."


def test_at_most_twenty_errors_are_listed() -> None:
    assert len(refusal({"leaves": [1] * 500}).errors) == MAX_ERRORS
    assert len(refusal({f"unknown{n}": 1 for n in range(500)}).errors) == MAX_ERRORS


def test_details_do_not_repeat_what_was_sent() -> None:
    secret = "do-not-repeat"
    problem = refusal(
        {"colour": secret, "kind": secret, "code": secret.upper(), "at": secret, "thing": {"shape": secret}}
    )
    assert len(problem.errors) == 5
    assert secret not in (problem.detail + "".join(error.detail for error in problem.errors)).lower()


def test_enumerations_are_listed_in_the_detail() -> None:
    assert refusal({"colour": "x"}).detail == "Must be red or blue."
    assert refusal({"kind": "x"}).detail == "Must be a or b."


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"count": 1,}',
        b"{} {}",
        b'{"count": 01}',
        b"{'count': 1}",
        b'\xef\xbb\xbf{"count": 1}',
        '{"count": 1}'.encode("utf-16"),
        b'{"code": "\xff"}',
        b'{"\xc0\xaf": 1}',
        b'{"code": "\xed\xa0\x80"}',
        b'{"code": "a\x01b"}',
        b'{"code": "a\nb"}',
        b'{"ratio": NaN}',
        b'{"ratio": -Infinity}',
        b'{"ratio": 1e999}',
        b'{"anything": 1e999}',
        b'{"count": ' + b"9" * 5000 + b"}",
        b'{"anything": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"leaves":' * 100_000,
        b'{"anything":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    problem = refusal(raw)
    assert (problem.status, problem.kind) == (400, "malformed-json")


def test_malformed_json_behind_an_invalid_member_is_malformed() -> None:
    assert refusal('{"count": "x", "code": }').status == 400


def test_a_member_given_twice_is_refused_with_its_pointer() -> None:
    problem = refusal(
        '{"count": 1, "named": {"a": {"name": "x"}, "b": {"name": "x", "name": "y"}}, "count": 2}'
    )
    assert problem.status == 400
    assert places(problem) == [("#/count", "repeated_member"), ("#/named/b/name", "repeated_member")]


@pytest.mark.parametrize(
    "escape",
    [r"\u0000", r"\u0001", r"\u001f", r"\u001F", r"\b", r"\f", r"\r", r"\u000b", r"\u000D", r"\ud800"],
)
def test_a_control_character_or_lone_surrogate_is_refused_in_any_string(escape: str) -> None:
    raw = '{"code": "aX", "leaves": [{"name": "X"}], "anything": {"aX": ["X"]}}'.replace("X", escape)
    problem = refusal(raw)
    assert problem.status == 422
    found = [pointer for pointer, code in places(problem) if code == "control_character"]
    assert found[:2] == ["#/code", "#/leaves/0/name"]
    assert len(found) == 4
    assert found[3].endswith("/0")


@pytest.mark.parametrize("surrogates", [r"\udc00", r"\ud800\ud800", r"\ud800a", r"\udc00\ud800"])
def test_surrogates_that_are_no_pair_are_refused(surrogates: str) -> None:
    assert places(refusal(f'{{"block": "{surrogates}"}}')) == [("#/block", "control_character")]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"a\nb\tc", "a\nb\tc"),
        (r"a\u000ab\u0009c\u000A", "a\nb\tc\n"),
        (r"\\r\\u0000", "\\r\\u0000"),
        (r"\ud83d\ude00", "😀"),
        ("\x7f\u0085\u2028", "\x7f\u0085\u2028"),
        (r"\/\"", '/"'),
    ],
)
def test_text_that_only_looks_like_a_control_character_is_kept(written: str, text: str) -> None:
    assert BODY(f'{{"block": "{written}"}}'.encode()).block == text


def test_an_escaped_backslash_does_not_hide_a_control_character() -> None:
    assert places(refusal(r'{"block": "\\\r"}')) == [("#/block", "control_character")]


def test_control_characters_are_listed_beside_other_errors() -> None:
    problem = refusal(r'{"block": "\r", "count": 0}')
    assert set(places(problem)) == {("#/block", "control_character"), ("#/count", "out_of_range")}


def test_a_date_time_at_the_edge_of_what_can_be_stored_is_kept() -> None:
    document = BODY(b'{"at": "9999-12-31T23:59:59.999999Z"}')
    assert document.at == datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_the_slow_path_stays_short_on_large_documents() -> None:
    body: Body[Any] = Body(dict[str, list[Leaf]])
    many = b",".join([b'{"name":"x"}'] * 200_000)
    raw = b'{"a":[' + many + b',{"name":""}]}'
    started = time.perf_counter()
    problem = refusal(raw, body)
    assert problem.status == 422
    assert time.perf_counter() - started < 5


def test_an_error_beyond_what_the_walk_looks_at_is_still_told() -> None:
    body: Body[Any] = Body(list[Annotated[int, Meta(le=1)]])
    problem = refusal(json.dumps([1] * 30_000 + [2]), body)
    assert places(problem) == [("#", "out_of_range")]


def test_the_whole_document_can_be_of_the_wrong_type() -> None:
    assert places(refusal("[]")) == [("#", "wrong_type")]
    assert refusal("[]").detail == "Must be an object, not an array."


def test_plain_values_are_converted_with_the_same_checks() -> None:
    assert BODY.convert({"count": 2}).count == 2
    for document in ({"count": "2"}, {"unknown": 1}, {"at": "9999-12-31T23:59:59-01:00"}):
        with pytest.raises(Problem) as caught:
            BODY.convert(document)
        assert caught.value.status == 422


def test_a_long_member_name_is_shortened_in_its_pointer() -> None:
    (error,) = refusal({"n" * 5000: 1}).errors
    assert isinstance(error.pointer, str)
    assert len(error.pointer) < 150
