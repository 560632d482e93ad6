"""Who asks: from the bearer token of a request to a reader with scopes."""

from collections.abc import Awaitable, Callable

from api.db.pool import Database
from api.http.problems import Problem
from api.http.reader import Reader, Scope, reader_of
from api.keys.queries import find_key, note_use
from api.keys.secret import is_well_formed

Authenticate = Callable[[str | None], Awaitable[Reader]]

REALM = 'Bearer realm="dateline"'
ANONYMOUS = Reader(scopes=frozenset({"read"}))
STRANGER = Reader()


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    """Build the 401 with its challenge (RFC 6750)."""
    challenge = REALM if error is None else f'{REALM}, error="{error}"'
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})


def authenticator(db: Database, *, public_read: bool) -> Authenticate:
    """Make the function that the ASGI edge calls with each request's bearer token."""

    async def authenticate(token: str | None) -> Reader:
        if token is None:
            return ANONYMOUS if public_read else STRANGER
        # The checksum refuses a mistyped or made-up key without asking the database.
        if not is_well_formed(token):
            raise _unauthorized("The API key is malformed: it was cut or mistyped.", "invalid_token")
        async with db.read() as conn:
            found = await find_key(conn, token)
        if found is None:
            raise _unauthorized("The API key is unknown, expired or revoked.", "invalid_token")
        key, stale = found
        if stale:
            async with db.transaction() as tx:
                await note_use(tx, key.id)
        return reader_of(key.id, key.name, list(key.scopes))

    return authenticate


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
