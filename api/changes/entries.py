"""Entries: the events of the log as they are read, with who may see them now and their wire bytes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from api.changes.cursors import place_in, spell
from api.changes.queries import Head
from api.changes.schemas import TOMBSTONES, Change, ChangedResource
from api.db.pool import Record
from api.http.reader import Reader
from api.visibility import HELD, KILLED, PUBLIC
from api.wire import href_of

_encode = msgspec.json.Encoder().encode
NOBODY = range(0)
EVERYONE = KILLED + 1


class Entry:
    """One event. `audience` are the ranks of the readers who see it, `item` is its JSON.

    `clusters` has all ids of the entities that were merged: who follows one of these follows all.

    There may be thousands in memory, and each is sent to many readers: what they are sent is made once.
    """

    __slots__ = (
        "_cursor",
        "_head",
        "_line",
        "_message",
        "_secret",
        "audience",
        "entity_ids",
        "id",
        "item",
        "occurred_at",
        "position",
        "provider_ids",
        "type",
    )

    def __init__(
        self, row: Record, secret: bytes, head: Head, clusters: Mapping[str, Collection[str]]
    ) -> None:
        self.position: int = row["pos"]
        self.id: str = row["id"]
        self.occurred_at: datetime = row["occurred_at"]
        self.type: str = row["type"]
        self.provider_ids = _all_ids([row["provider_id"], row["former_provider_id"]], clusters)
        self.entity_ids = _all_ids(row["entity_ids"], clusters)
        now = _now(row)
        self.audience = _audience(row, now)
        named = now is not None and now <= self.audience.start
        self.item = _encode(_change(row, named=named)) if self.audience else b""
        self._secret = secret
        self._head = head
        self._cursor = self._message = self._line = b""

    @property
    def cursor(self) -> bytes:
        """The cursor behind this event."""
        if not self._cursor:
            place = place_in(self._head, self.position)
            self._cursor = spell(self._secret, self._head.epochs[-1][0], place).encode()
        return self._cursor

    @property
    def message(self) -> bytes:
        """The event as a server-sent one."""
        if not self._message:
            self._message = b"id: " + self.cursor + b"\ndata: " + self.item + b"\n\n"
        return self._message

    @property
    def line(self) -> bytes:
        """The event as a line of JSON that also carries its cursor."""
        if not self._line:
            self._line = self.item[:-1] + b',"cursor":"' + self.cursor + b'"}\n'
        return self._line


def _all_ids(ids: Sequence[str | None], clusters: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Give ids with all others of the same entities."""
    return frozenset(each for id in ids if id is not None for each in (id, *clusters.get(id, ())))


def rank_of(reader: Reader) -> int:
    """Give the highest visibility of articles that this reader sees."""
    return KILLED if reader.sees_killed else HELD if reader.sees_held else PUBLIC


def _audience(row: Record, now: int | None) -> range:
    """Tell who sees an event: who may see its resource now, and could have when it happened (design §3.6).

    What tells of an end is shown to all who could see what has ended.
    """
    then = PUBLIC if row["public"] else HELD
    end = HELD if row["public_only"] else EVERYONE
    if row["type"] in TOMBSTONES:
        return range(then, end)
    return NOBODY if now is None else range(max(then, now), end)


def _now(row: Record) -> int | None:
    """Give the visibility of an event's resource as it is now, None when it is gone."""
    if row["article_id"] is not None:
        return row["visibility"]
    if row["entity_public"] is None:
        return None
    return PUBLIC if row["entity_public"] else HELD


class _Headline(msgspec.Struct, frozen=True):
    headline: str


class _Text(msgspec.Struct, frozen=True):
    text: str


_headline = msgspec.json.Decoder(_Headline).decode
_text = msgspec.json.Decoder(_Text).decode


def _change(row: Record, *, named: bool) -> Change:
    """Build an event's wire form; `named` is whether all who see it may know what its resource is called."""
    names: dict[str, str] = {}
    if not named:
        pass
    elif row["summary"] is not None:
        names["headline"] = _headline(row["summary"]).headline
    elif row["quote"] is not None:
        names["text"] = _text(row["quote"]).text
    elif row["name"] is not None:
        names["name"] = row["name"]
    resource = ChangedResource(
        id=row["resource_id"],
        type=row["resource_type"],
        href=href_of(row["resource_type"], row["resource_id"]),
        version=row["version"],
        **names,
    )
    return Change(id=row["id"], type=row["type"], occurred_at=row["occurred_at"], resource=resource)
