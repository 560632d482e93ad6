"""The read cache of one worker, in front of routing: complete answers as everyone sees what is published.

An answer is kept with the marks of what it shows (api/db/marks.py), noted before anything was read, and is
given again while they stand. Kept are only complete answers with status 200 to readers who see neither more
nor less than all do: those without a key, or with scope `read` alone.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from urllib.parse import unquote_to_bytes

from api.db.freshness import Freshness, Note
from api.db.marks import ARTICLES, ENTITIES, mark_of
from api.db.sessions import position_of
from api.http import metrics
from api.http.fields import Field, completed
from api.http.kept import Kept
from api.http.logs import place_of
from api.http.reader import Reader

PUBLISHED = frozenset({"read"})
# For what changes without a transaction of ours: by hand in the database, or with the time of day.
LONGEST_KEPT = 60.0
LARGEST_SHARE = 16  # an answer may take this part of the cache
ANYTHING = frozenset({b"*/*", b"application/json"})  # what accepts them gets the same as what says nothing
ALL_LISTS = (ARTICLES, ENTITIES)
LISTED = frozenset({"articles", "people", "organisations", "quotes", "search", "feeds"})
# An answer that says something of these has its own mind about who may keep it.
OWN_RULES = frozenset({b"cache-control", b"vary", b"set-cookie"})

Key = tuple[bytes, bytes, bytes | None, bytes, str]


class ReadCache:
    """Answers by what was asked, at most so many bytes; what was not asked for longest goes first."""

    def __init__(self, freshness: Freshness, size: int) -> None:
        self._freshness = freshness
        self._size = size
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._used = 0

    def key(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Key | None:
        """Give the key of a request; None for one that is never answered from here.

        It has all that a representation depends on; some formats name the service as it was asked for. What
        is refused before routing has no answer under its key, or none at all: a repeated header is refused.
        """
        path: bytes = scope.get("raw_path") or b""
        host = headers.get(b"host")
        if not host or not path.startswith(b"/v1/") or len(headers) != len(scope["headers"]):
            return None
        if b"dateline-position" in headers and not self._has_seen(headers[b"dateline-position"]):
            return None
        accept = headers.get(b"accept")
        return (
            path,
            scope["query_string"],
            None if accept in ANYTHING else accept,
            host,
            scope["scheme"],
        )

    def find(self, key: Key, now: float) -> Kept | None:
        """Give the answer to a request when it is still right; `now` is the monotonic clock's."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if now > kept.until or not self._freshness.holds(kept.note, now):
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def _has_seen(self, position: bytes) -> bool:
        """Tell whether what is kept has all that a client has seen of writes, on whichever host."""
        try:
            return self._freshness.has_seen(position_of(position.decode("latin-1")))
        except ValueError:
            return False

    def begin(self, key: Key, marks: Sequence[int]) -> "Filling | None":
        """Note what the answer to a request will show, before any of it is read; None when it is not kept."""
        note = self._freshness.note(marks)
        return None if note is None else Filling(self, key, note)

    def keep(self, key: Key, kept: Kept) -> None:
        """Keep an answer, and let others go for it."""
        # A client makes its request's target and fields as long as it likes.
        kept.size += sum(len(part) for part in key if part)
        if kept.size > self._size // LARGEST_SHARE:
            return
        self._drop(key)
        metrics.KEPT.inc()
        self._kept[key] = kept
        self._used += kept.size
        while self._used > self._size:
            _, oldest = self._kept.popitem(last=False)
            self._used -= oldest.size

    def _drop(self, key: Key) -> None:
        if kept := self._kept.pop(key, None):
            self._used -= kept.size


class Filling:
    """An answer under way that may be kept."""

    __slots__ = ("_cache", "_key", "_note", "_start", "_until")

    def __init__(self, cache: ReadCache, key: Key, note: Note) -> None:
        self._cache = cache
        self._key = key
        self._note = note
        self._until = monotonic() + LONGEST_KEPT
        self._start: Any = None

    def take(self, message: Any, scope: Mapping[str, Any], common: Sequence[Field]) -> None:
        """See a message as the handler sends it, and keep the answer when it is complete."""
        if message["type"] == "http.response.start":
            own = any(name in OWN_RULES for name, _ in message["headers"])
            self._start = message if message["status"] == 200 and not own else None
            return
        start, self._start = self._start, None
        reader: Reader | None = scope["state"].get("reader")
        if start is None or message.get("more_body", False) or reader is None or reader.scopes != PUBLISHED:
            return
        fields, place = completed(start["headers"], common), place_of(scope)
        self._cache.keep(self._key, Kept(fields, message["body"], place, self._note, self._until))


def marks_of(path: str, query: bytes = b"") -> Sequence[int] | None:
    """Give the marks of what an address answers; None for what is not kept.

    An article, with all that lies below it, has a mark of its own. All else follows every change of an
    article or quote, of an entity, or of both: they are few beside reads, and nothing has to be known of who
    refers to whom. An article follows also whom it calls otherwise by `names`, and by whom its quotes are
    filtered.
    """
    parts = path.split("/", 4)  # "", "v1", the kind, an id, the rest
    if len(parts) < 3 or parts[2] not in LISTED:
        return None
    kind = parts[2]
    if len(parts) == 3 or kind in ("quotes", "search", "feeds"):
        return ALL_LISTS
    if kind != "articles":
        return (ENTITIES,) if len(parts) == 4 else ALL_LISTS
    try:
        own = mark_of(parts[3])
    except ValueError:
        return None
    follows = parts[4:] == ["quotes"] or b"names" in unquote_to_bytes(query)
    return (own, ENTITIES) if follows else (own,)
