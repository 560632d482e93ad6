"""Cursors of the change feed: places in the log that clients can neither read nor make up."""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Mapping
from uuid import UUID

import msgspec

from api.changes.queries import Head
from api.http.problems import ErrorItem, Problem

_FORM = struct.Struct(">16sqq")
_MAC_LENGTH = 12
SINCE = {"parameter": "since"}  # where a cursor is given, as an error names it


class Place(msgspec.Struct, frozen=True):
    """Behind a position of the log.

    `floor` is the log's floor when a walk through all that is retained began below it: the walk is whole as
    long as the floor stays there.
    """

    position: int
    floor: int = 0


def spell(secret: bytes, epoch: str, place: Place) -> str:
    """Write a cursor."""
    payload = _FORM.pack(UUID(epoch).bytes, place.position, place.floor)
    return base64.urlsafe_b64encode(payload + _mac(secret, payload)).rstrip(b"=").decode()


def read(secret: bytes, text: str, head: Head, where: Mapping[str, str] = SINCE) -> Place:
    """Read a cursor; a malformed or made-up one is a 400, one that leads nowhere in this log a 410."""
    payload = _payload(text)
    if payload is None:
        raise _invalid(where)
    epoch, position, floor = _FORM.unpack(payload[: _FORM.size])
    begins = {UUID(id).bytes: at for id, at in head.epochs}
    # Another database has another secret too, so this comes before the signature.
    if epoch not in begins:
        raise expired("The cursor is of another database, or of one that a backup has replaced.", where)
    place = Place(position, floor)
    if text != spell(secret, str(UUID(bytes=epoch)), place):
        raise _invalid(where)
    later = list(begins)[list(begins).index(epoch) + 1 :]
    if position > min([head.last, *(begins[each] for each in later)]):
        raise expired("The cursor is ahead of the log: a backup was restored since.", where)
    check_retained(place, head, where)
    return place


def check_retained(place: Place, head: Head, where: Mapping[str, str] = SINCE) -> None:
    """Refuse a place behind which events have been forgotten: 410."""
    if place.position < head.floor != place.floor:
        raise expired("The cursor is older than the retained changes.", where)


def place_in(head: Head, position: int) -> Place:
    """Give the place behind a position that was reached in one walk."""
    return Place(position, head.floor if position < head.floor else 0)


def expired(detail: str, where: Mapping[str, str]) -> Problem:
    """Build the 410 for a cursor from which no complete walk leads on."""
    item = ErrorItem(code="cursor_expired", detail=detail, **where)
    return Problem(410, "cursor-expired", detail, errors=[item])


def _payload(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == _FORM.size + _MAC_LENGTH else None


def _mac(secret: bytes, payload: bytes) -> bytes:
    return hmac.digest(secret, b"changes\0" + payload, hashlib.sha256)[:_MAC_LENGTH]


def _invalid(where: Mapping[str, str]) -> Problem:
    detail = "The cursor is not one of the change feed."
    item = ErrorItem(code="invalid_cursor", detail=detail, **where)
    return Problem(400, "invalid-cursor", detail, errors=[item])
