"""The query string as names and texts, percent-decoded strictly."""

import re
from collections.abc import Container, Iterator
from urllib.parse import unquote_to_bytes

from api.http.json_text import CONTROL
from api.http.problems import ErrorItem

BAD_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
# Names under which clients send a key by mistake. A URL ends in logs, so a key is never read from there.
KEY_NAMES = frozenset({"key", "api_key", "api-key", "apikey", "access_token", "token", "authorization"})


class ParameterError(ValueError):
    """What is wrong with one parameter: a stable code and a sentence without the client's text."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def parameter_error(name: str, code: str, detail: str) -> ErrorItem:
    """Build the error of one parameter; a name is repeated only as far as is needed to recognise it."""
    return ErrorItem(parameter=name[:100], code=code, detail=detail)


def pairs(query: bytes, known: Container[str], errors: list[ErrorItem]) -> Iterator[tuple[str, str]]:
    """Split a query string into the parameters that are `known`, and append an error for all else."""
    for part in query.split(b"&"):
        raw_name, _, raw_text = part.partition(b"=")
        name = raw_name.decode("ascii", "replace")
        try:
            name = _decoded(raw_name)
            _check_name(name, known)
            text = _decoded(raw_text)
        except ParameterError as error:
            errors.append(parameter_error(name, error.code, error.detail))
            continue
        if text:
            yield name, text
        else:
            errors.append(
                parameter_error(name, "empty", "The parameter has no value: leave it out or give one.")
            )


def _check_name(name: str, known: Container[str]) -> None:
    if name in known:
        return
    if name.lower() in KEY_NAMES:
        raise ParameterError(
            "key_in_query",
            "A key in a URL ends in logs: revoke it, and send keys as `Authorization: Bearer dl_…`.",
        )
    raise ParameterError("unknown_parameter", "The parameter is not known here.")


def _decoded(raw: bytes) -> str:
    if BAD_ESCAPE.search(raw):
        raise ParameterError(
            "malformed_encoding", "A percent sign must be followed by two hexadecimal digits."
        )
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise ParameterError("invalid_utf8", "The text is not valid UTF-8.") from None
    if CONTROL.search(text):
        raise ParameterError("control_character", "Control characters are not allowed.")
    return text
