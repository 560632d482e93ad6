"""Where what was merged is found now."""

from api.entities.queries import Row
from api.http.problems import Problem
from api.requests import AnyRequest


def require_root(request: AnyRequest, row: Row) -> None:
    """Send who asks for what was merged to the same address below what shows for it, with a 308.

    It is asked for anew each time (`no-cache`), because a merge may be undone.
    """
    if row.root_id is None:
        return
    scope = request.scope
    own: str = scope["path_params"]["id"]
    query: bytes = scope["query_string"]
    place = scope["path"].replace(own, row.root_id, 1) + (f"?{query.decode('latin-1')}" if query else "")
    headers = {"Location": place, "Cache-Control": "no-cache"}
    raise Problem(308, "merged", "It was merged into another entity: see `Location`.", headers=headers)
