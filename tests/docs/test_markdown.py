"""The checker of the documentation notices what is wrong, and reads commands as a shell and curl do."""

import pytest

from tests.docs import markdown

PAIR = '```sh\ncurl -i "$DATELINE/v1/people"\n```\n```http\nHTTP/1.1 200\n\n{}\n```\n'


def found(
    shown: str, status: int = 200, body: bytes = b"{}", known: dict[str, str] | None = None
) -> list[str]:
    return markdown.check(shown, status, {"etag": '"1.a"'}, body, {} if known is None else known)


def test_another_status_header_or_member_is_found() -> None:
    assert found("HTTP/1.1 201\n") == ["status 200"]
    assert found('HTTP/1.1 200\nETag: "2.a"\n')
    assert found('HTTP/1.1 200\n\n{"a": 1}') == ["/a: not there"]
    assert found('HTTP/1.1 200\n\n{"a": 1}', body=b'{"a": 2}')
    assert found('HTTP/1.1 200\n\n{"a": 1}', body=b'{"a": true}')
    assert found('HTTP/1.1 200\n\n{"a": "…"}', body=b'{"a": null}')
    assert not found('HTTP/1.1 200\nETag: "1.a"\n\n{"a": "…"}', body=b'{"a": 1, "b": 2}')


def test_an_array_has_the_elements_shown_unless_it_ends_open() -> None:
    assert found('HTTP/1.1 200\n\n{"a": [1]}', body=b'{"a": [1, 2]}')
    assert found('HTTP/1.1 200\n\n{"a": [1, 2]}', body=b'{"a": [1]}')
    assert not found('HTTP/1.1 200\n\n{"a": [1, "…"]}', body=b'{"a": [1, 2]}')


def test_a_variable_is_noted_once_and_then_compared() -> None:
    known: dict[str, str] = {}
    assert not found('HTTP/1.1 200\n\n{"href": "/v1/$ID"}', body=b'{"href": "/v1/a"}', known=known)
    assert known == {"ID": "a"}
    assert found('HTTP/1.1 200\n\n{"id": "$ID"}', body=b'{"id": "b"}', known=known)


def test_a_command_without_an_answer_is_an_error() -> None:
    assert len(markdown.exchanges(PAIR)) == 1
    with pytest.raises(AssertionError, match="without its answer"):
        markdown.exchanges(PAIR.partition("```http")[0])


def test_a_command_is_read_as_curl_reads_it() -> None:
    command = 'curl -i -X PUT "$DATELINE/v1/x" \\\n  -H "$AUTH" -d \'{"price": "$KEY"}\''
    request = markdown.parse(
        command, {"DATELINE": "http://d", "AUTH": "Authorization: Bearer k", "KEY": "no"}
    )
    assert (request.method, request.url, request.body) == ("PUT", "http://d/v1/x", b'{"price": "$KEY"}')
    assert request.headers == {
        "Authorization": "Bearer k",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with pytest.raises(AssertionError, match="not known"):
        markdown.parse("curl --proxy x http://d", {})
