"""Routes of API keys: made, listed and revoked with scope `admin`."""

from datetime import UTC, datetime

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath

from api.http.answers import Answer, json_answer, no_content
from api.http.bodies import read_json
from api.http.decoding import Body
from api.http.operations import PAGE, Operation, Page, operation
from api.http.paging import PageParams
from api.http.params import NoParams, read_params, resource_id
from api.http.problems import ErrorItem, invalid, not_found
from api.keys import queries
from api.keys.guard import require
from api.keys.schemas import Key, KeyCreate, NewKey
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of, refuse_idempotency_key

_CREATE: Body[KeyCreate] = Body(KeyCreate)
_LISTED = {
    "id": "019cb48f-d5b3-7196-a5f4-0a1b2c3d4e5f",
    "name": "desk",
    "prefix": "dl_4fJq",
    "scopes": ["read", "write"],
    "created_at": "2026-03-03T15:04:05Z",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
    "rate_limit": None,
}


@post(
    "/keys",
    **operation(
        Operation(
            summary="Make an API key",
            examples={"desk": {"name": "desk", "scopes": ["read", "write"]}},
            tag="Keys",
            body=KeyCreate,
            answer=NewKey,
            status=201,
            scopes=("admin",),
            headers=("Location",),
        )
    ),
)
async def create_key(request: AnyRequest, db: Db) -> Answer:
    """Make an API key; the answer shows the key this once."""
    require(reader_of(request), "admin")
    read_params(request, NoParams)
    refuse_idempotency_key(request)
    given = await read_json(request, _CREATE)
    if given.expires_at is not None and given.expires_at <= datetime.now(UTC):
        detail = "expires_at is in the past: the key would never be in force."
        raise invalid([ErrorItem(code="in_the_past", detail=detail, pointer="#/expires_at")])
    async with db.write() as tx:
        key, secret = await queries.create_key(
            tx, given.name, given.scopes, given.expires_at, given.rate_limit
        )
    made = NewKey(**msgspec.structs.asdict(key), key=secret)
    return json_answer(
        made, status=201, location=f"/v1/keys/{key.id}", headers=[("Cache-Control", "no-store")]
    )


@get(
    "/keys",
    **operation(
        Operation(
            summary="List API keys",
            answers={"page": {"items": [_LISTED], "next": None}},
            tag="Keys",
            params=PageParams,
            answer=Page[Key],
            scopes=("admin",),
            headers=PAGE,
            problems=("invalid-cursor",),
        )
    ),
)
async def list_keys(request: AnyRequest, db: Db) -> Answer:
    """List API keys, newest first, without their secrets."""
    require(reader_of(request), "admin")
    page = pager_of(request, db, read_params(request, PageParams))
    before = page.start(tuple[str])
    async with db.read() as conn:
        keys = await queries.list_keys(conn, before[0] if before else None, page.limit + 1)
    return page_answer(page, [(msgspec.json.encode(key), (key.id,)) for key in keys])


@delete(
    "/keys/{id:str}",
    **operation(
        Operation(summary="Revoke an API key", tag="Keys", status=204, scopes=("admin",), problems=(404,))
    ),
)
async def revoke_key(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Revoke an API key, at once."""
    require(reader_of(request), "admin")
    read_params(request, NoParams)
    async with db.write() as tx:
        if not await queries.revoke_key(tx, resource_id(id)):
            raise not_found()
    return no_content()


HANDLERS = [
    create_key,
    list_keys,
    revoke_key,
]
