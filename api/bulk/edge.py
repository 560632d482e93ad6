"""Bulk over HTTP, in front of the routes: lines in by POST, lists out as lines."""

from litestar.types import ASGIApp, Receive, Scope, Send

from api.bulk.listing import LISTS, send_list
from api.bulk.receiving import receive_lines
from api.db.pool import Database
from api.db.sessions import read_from_primary
from api.http.bodies import media_type_of
from api.http.headers import header
from api.http.negotiation import best
from api.http.operations import LINES


class Bulk:
    """The routed application, with lines of JSON where a client asks for them.

    In front of the routes and not among them, because a list as lines is all pages that the routes answer:
    whatever they filter by and show is here too.
    """

    def __init__(self, app: ASGIApp, db: Database) -> None:
        self._app = app
        self._db = db

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for lines, and pass on any other."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == "/v1/articles" and scope["method"] == "POST" and _sends_lines(scope):
                scope["path_template"] = path
                await receive_lines(self._db, scope, receive, send)
                return
            if scope["method"] == "GET" and LISTS.fullmatch(path) and _wants_lines(scope):
                read_from_primary()  # what is behind the cursor of the changes must not be missing
                await send_list(self._app, scope, send)
                return
        await self._app(scope, receive, send)


def _sends_lines(scope: Scope) -> bool:
    return media_type_of(header(scope, b"content-type"))[0] == LINES


def _wants_lines(scope: Scope) -> bool:
    accept = header(scope, b"accept")
    return accept is not None and "x-ndjson" in accept and best(accept, ("application/json", LINES)) == LINES
