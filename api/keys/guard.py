"""Who asks: from the bearer token of a request to a reader with scopes."""

from time import monotonic

from api.db.freshness import Note
from api.db.marks import KEYS
from api.db.pool import Database
from api.http.problems import Problem
from api.http.reader import Reader, Scope, reader_of
from api.keys.queries import find_key, note_use
from api.keys.secret import digest, is_well_formed

KEPT_FOR = 60.0  # seconds; then its use is noted again
MOST_KEPT = 10_000

REALM = 'Bearer realm="dateline"'
ANONYMOUS = Reader(scopes=frozenset({"read"}))
STRANGER = Reader()


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    """Build the 401 with its challenge (RFC 6750)."""
    challenge = REALM if error is None else f'{REALM}, error="{error}"'
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})


class Authenticator:
    """Tells who asks by the bearer token, for the ASGI edge.

    Keys that were found in force are kept for a minute at most, by their digests, and only while a revocation
    is noticed at once.
    """

    def __init__(self, db: Database, *, public_read: bool) -> None:
        self._db = db
        self._unnamed = ANONYMOUS if public_read else STRANGER
        self._known: dict[bytes, tuple[Reader, Note, float]] = {}

    def known(self, token: str | None) -> Reader | None:
        """Give the reader when that needs no question to the database."""
        if token is None:
            return self._unnamed
        found = self._known.get(digest(token))
        if found is None:
            return None
        (reader, note, until), now = found, monotonic()
        return reader if now < until and self._db.freshness.holds(note, now) else None

    async def __call__(self, token: str | None) -> Reader:
        """Give the reader; a token that is no key in force is a Problem 401."""
        if reader := self.known(token):
            return reader
        # The checksum refuses a mistyped or made-up key without asking the database.
        if token is None or not is_well_formed(token):
            raise _unauthorized("The API key is malformed: it was cut or mistyped.", "invalid_token")
        note, began = self._db.freshness.note((KEYS,)), monotonic()
        async with self._db.read() as conn:
            found = await find_key(conn, token)
        if found is None:
            raise _unauthorized("The API key is unknown, expired or revoked.", "invalid_token")
        key, stale, lasts = found
        if stale:
            async with self._db.transaction() as tx:
                await note_use(tx, key.id)
        reader = reader_of(key.id, key.name, list(key.scopes), key.rate_limit)
        if note is not None:
            self._keep(token, reader, note, began + min(KEPT_FOR, KEPT_FOR if lasts is None else lasts))
        return reader

    def _keep(self, token: str, reader: Reader, note: Note, until: float) -> None:
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[digest(token)] = reader, note, until


def require(reader: Reader, *scopes: Scope) -> None:
    """Refuse a reader who lacks one of `scopes`: 401 without a key, 403 with one."""
    missing = [scope for scope in scopes if scope not in reader.scopes]
    if not missing:
        return
    if reader.key_id is None:
        raise _unauthorized("This needs an API key: Authorization: Bearer dl_…")
    needed = " ".join(missing)
    raise Problem(
        403,
        "forbidden",
        f"The API key lacks the scope {needed}.",
        headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{needed}"'},
    )
