"""Request documents: one strict pass into a struct, or every error at once with its JSON Pointer."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec

from api.http import json_text
from api.http.merge_patch import with_unknown
from api.http.pointers import ROOT
from api.http.problems import MAX_ERRORS, ErrorItem, Problem, invalid
from api.http.reasons import reason
from api.http.timestamps import may_hold_datetime, overflow_errors
from api.http.validation import errors_of

T = TypeVar("T")


class Body(Generic[T]):
    r"""What an operation accepts: `Body[ArticleInput](ArticleInput)`, made once, called with each body.

    Decoding is strict (`"5"` is not 5) and follows I-JSON (RFC 7493): no member twice, no lone surrogates.
    Control characters other than `\n` and `\t` are refused in every string and member name.
    """

    def __init__(self, tp: Any) -> None:
        self.type = tp
        self.may_be_left_out = may_be_left_out(tp)
        self._dated = may_hold_datetime(tp)
        self._decode = msgspec.json.Decoder[T](tp, strict=True).decode

    def __call__(self, raw: bytes) -> T:
        """Decode a document; a 400 when it is no JSON, a 422 with up to 20 errors when it is no `T`."""
        try:
            value = self._decode(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            document = json_text.parse(raw)
            controls = json_text.control_characters(document)
            raise self._refusal(document, error, controls) from None
        json_text.check_members(raw)
        if json_text.has_control_escape(raw):
            controls = json_text.control_characters(json_text.parse(raw))
            raise invalid(controls or [json_text.control_character(ROOT)])
        return self._storable(value)

    def convert(self, document: Any) -> T:
        """Convert plain values, such as a resource after a merge patch, with the same checks and errors."""
        try:
            value: T = msgspec.convert(document, self.type, strict=True)
        except (msgspec.ValidationError, RecursionError) as error:
            raise self._refusal(document, error, []) from None
        return self._storable(value)

    def patched(self, document: Any, patch: Mapping[str, Any]) -> T:
        """Convert a resource after a merge patch; a null for a member that it has not is an error."""
        return self.convert(with_unknown(document, patch, self.type))

    def _refusal(self, document: Any, error: Exception, errors: list[ErrorItem]) -> Problem:
        try:
            found = [*errors, *errors_of(document, self.type)]
        except RecursionError:
            return json_text.malformed("The body is nested too deeply.")
        return invalid(found[:MAX_ERRORS] or [_whole(error)])

    def _storable(self, value: T) -> T:
        errors = list(islice(overflow_errors(value, ROOT), MAX_ERRORS)) if self._dated else []
        if errors:
            raise invalid(errors)
        return value


def may_be_left_out(tp: Any) -> bool:
    """Tell whether a document of this type needs no member: without a body it is `{}`."""
    try:
        msgspec.json.decode(b"{}", type=tp, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def _whole(error: Exception) -> ErrorItem:
    """Report the decoder's own error for a document too large to find where it is."""
    code, detail = reason(str(error), None)
    return ErrorItem(pointer=ROOT, code=code, detail=detail)
