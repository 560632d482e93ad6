"""Keyset paging: cursors that clients can neither read, change nor use with other filters; the envelope."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Meta

from api.http.problems import ErrorItem, Problem
from api.wire import In

K = TypeVar("K")

_MAC_LENGTH = 12
_encoder = msgspec.msgpack.Encoder()

# A row of a page: the item's wire bytes, and the sort key that a cursor behind it holds. What was found and
# has gone since has no bytes: it leaves the page, but not the order.
Row = tuple[bytes | None, tuple[Any, ...]]


class PageParams(In, frozen=True, kw_only=True):
    """The parameters of every list."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Items a page.")] = 50
    cursor: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1000,
                description="`next` of the page before.",
                examples=["zmVYoSRGguRSj3oxktb_aD2vqtkkMDFhMjBkNTUt"],
            ),
        ]
        | None
    ) = None


class Pager(msgspec.Struct, frozen=True, kw_only=True):
    """One request for a page: the list's path and filters, and the deployment's secret that signs cursors."""

    secret: bytes
    path: str
    filters: list[tuple[str, str]]
    limit: int
    cursor: str | None

    def start(self, key_type: type[K]) -> K | None:
        """Give the sort key after which the page starts, None on the first; a foreign cursor is a 400."""
        if self.cursor is None:
            return None
        try:
            raw = base64.b64decode(self.cursor + "=" * (-len(self.cursor) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _invalid_cursor() from None
        mac, payload = raw[:_MAC_LENGTH], raw[_MAC_LENGTH:]
        # A last character can carry bits that decoding drops: only the spelling that we gave out counts.
        if not hmac.compare_digest(mac, self._mac(payload)) or self._spell(payload) != self.cursor:
            raise _invalid_cursor()
        return msgspec.msgpack.decode(payload, type=key_type)

    def body(self, rows: Sequence[Row], beside: Mapping[str, Any] | None = None) -> tuple[bytes, str | None]:
        """Give the page's bytes and its `Link` header; a row more than `limit` tells that there is a next.

        `beside` are further members of the page.
        """
        items = b",".join(item for item, _ in rows[: self.limit] if item is not None)
        rest = b"".join(
            b',"' + name.encode() + b'":' + msgspec.json.encode(value)
            for name, value in (beside or {}).items()
        )
        cursor = self.next_cursor([key for _, key in rows])
        if cursor is None:
            return b'{"items":[' + items + b'],"next":null' + rest + b"}", None
        link = f'<{self.address(cursor)}>; rel="next"'
        return b'{"items":[' + items + b'],"next":"' + cursor.encode() + b'"' + rest + b"}", link

    def next_cursor(self, keys: Sequence[tuple[Any, ...]]) -> str | None:
        """Give the cursor behind a page, None when there is not a key more than `limit`."""
        return self._spell(_encoder.encode(keys[self.limit - 1])) if len(keys) > self.limit else None

    def address(self, cursor: str) -> str:
        """Give the path and query of the page at a cursor."""
        query = urlencode([*self.filters, ("limit", str(self.limit)), ("cursor", cursor)])
        return f"{self.path}?{query}"

    def _spell(self, payload: bytes) -> str:
        """Write a cursor."""
        return base64.urlsafe_b64encode(self._mac(payload) + payload).rstrip(b"=").decode()

    def _mac(self, payload: bytes) -> bytes:
        """Sign a cursor's payload together with the list and the filters that it belongs to."""
        scope = msgspec.json.encode([self.path, sorted(self.filters)])
        return hmac.digest(self.secret, scope + b"\0" + payload, hashlib.sha256)[:_MAC_LENGTH]


def pager(secret: bytes, path: str, query_string: bytes, params: PageParams) -> Pager:
    """Build the pager of a request whose query string was decoded into `params`."""
    pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True)
    filters = [pair for pair in pairs if pair[0] not in ("cursor", "limit")]
    return Pager(secret=secret, path=path, filters=filters, limit=params.limit, cursor=params.cursor)


def _invalid_cursor() -> Problem:
    """Build the 400 for a cursor that is not ours, or is another list's."""
    detail = "The cursor is not one of this list with these filters: start again without it."
    item = ErrorItem(code="invalid_cursor", detail=detail, parameter="cursor")
    return Problem(400, "invalid-cursor", detail, errors=[item])
