"""A kept answer: its bytes and fields in every coding in which it was asked for, as they are sent again."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from api.db.freshness import Note
from api.http.compression import compressed, encoded, is_worth_it, tagged, with_tag
from api.http.conditional import matches
from api.http.fields import PRIVATE, PUBLIC, Field, without_content
from api.http.logs import Place

OVERHEAD = 3_000  # bytes of an entry beside its body, roughly
EMPTY: Any = {"type": "http.response.body", "body": b"", "more_body": False}


class Coded(NamedTuple):
    """An answer in one content coding: its fields, and those of a 304 in its place, and its one message."""

    fields: list[Field]
    unmodified: list[Field]
    tag: bytes | None
    message: Any

    @classmethod
    def of(cls, fields: list[Field], body: bytes) -> "Coded":
        """Prepare an answer."""
        message = {"type": "http.response.body", "body": body, "more_body": False}
        return cls(fields, without_content(fields), dict(fields).get(b"etag"), message)


class Kept:
    """One answer with status 200, and what was asked for. It is right while `note` holds, till `until`."""

    __slots__ = ("codings", "note", "place", "size", "until")

    def __init__(self, fields: list[Field], body: bytes, place: Place, note: Note, until: float) -> None:
        self.place = place
        self.note = note
        self.until = until
        # All codings together are about as long as the text itself.
        self.size = 2 * len(body) + OVERHEAD
        self.codings: dict[str | None, Coded] = {None: Coded.of(fields, body)}

    async def encode(self, coding: str | None) -> Coded:
        """Give the answer in a coding, and keep it so."""
        if coding is not None:
            self.codings[coding] = await self._in(coding)
        return self.codings[coding]

    async def _in(self, coding: str) -> Coded:
        fields, _, tag, message = self.codings[None]
        body: bytes = message["body"]
        if tag is not None:
            fields = with_tag(fields, tagged(tag, coding))
        if is_worth_it(dict(fields)):
            body = await compressed(body, coding)
            fields = encoded(fields, coding, len(body))
        return Coded.of(fields, body)


def messages(
    coded: Coded, method: str, wanted: bytes | None, *, keyed: bool, further: Sequence[Field]
) -> tuple[Any, Any]:
    """Give the two messages that send an answer, or a 304 when it has the entity tag that is `wanted`.

    `keyed` is whether a key asked; `further` are the fields of this answer alone.
    """
    control = PRIVATE if keyed else PUBLIC
    if wanted is not None and coded.tag is not None and matches(wanted, coded.tag):
        fields, status, message = coded.unmodified, 304, EMPTY
    else:
        fields, status, message = coded.fields, 200, EMPTY if method == "HEAD" else coded.message
    return {"type": "http.response.start", "status": status, "headers": [*fields, control, *further]}, message
