"""Routes of webhooks: a key manages those that it made, `admin` all of them."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath

from api.changes import cursors
from api.changes.examples import CURSOR
from api.changes.routes import SharedFeed
from api.changes.selection import unknown_types
from api.db.pool import Conn, Database
from api.http.answers import Answer, json_answer, no_content
from api.http.bodies import MERGE_PATCH, read_json, read_merge_patch
from api.http.decoding import Body
from api.http.merge_patch import merge_patch
from api.http.operations import PAGE, Operation, Page, operation
from api.http.paging import PageParams
from api.http.params import NoParams, read_params, resource_id
from api.http.problems import ErrorItem, Problem, invalid, not_found
from api.http.reader import Reader
from api.keys.guard import require
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of, refuse_idempotency_key
from api.webhooks import examples, queries
from api.webhooks.addresses import url_errors
from api.webhooks.delivering import deliver_now, find_change, message_of
from api.webhooks.queries import Hook
from api.webhooks.schemas import (
    Delivery,
    NewWebhook,
    Redeliver,
    Redelivered,
    Rotate,
    Test,
    Webhook,
    WebhookCreate,
    WebhookWrite,
)
from api.webhooks.sending import Message
from api.webhooks.signing import new_secret
from api.wire import new_id

MOST = 100  # webhooks of one key
NO_STORE = ("Cache-Control", "no-store")

_CREATE: Body[WebhookCreate] = Body(WebhookCreate)
_WRITE: Body[WebhookWrite] = Body(WebhookWrite)
_ROTATE: Body[Rotate] = Body(Rotate)
_TEST: Body[Test] = Body(Test)
_REDELIVER: Body[Redeliver] = Body(Redeliver)


def _facts(summary: str, answer: Any, **more: Any) -> dict[str, Any]:
    return operation(Operation(summary=summary, tag="Webhooks", answer=answer, scopes=("write",), **more))


def _owner(reader: Reader) -> str | None:
    """Give whose webhooks a reader manages, None for all: a webhook shows what the key that made it sees."""
    return None if "admin" in reader.scopes else reader.key_id


def _check(request: AnyRequest, given: WebhookCreate) -> None:
    """Refuse an address that webhooks may not go to, and types that there are not."""
    allow_private: bool = request.scope["state"]["settings"].webhook_allow_private
    errors = url_errors(given.url, allow_private=allow_private)
    detail = "There is no such type of event."
    errors += [
        ErrorItem(code="unknown_type", detail=detail, pointer=f"#/types/{index}")
        for index in unknown_types(given.types)
    ]
    if errors:
        raise invalid(errors)


async def _hold(tx: Conn, request: AnyRequest, id: str) -> Webhook:
    webhook = await queries.lock_webhook(tx, resource_id(id), key_id=_owner(reader_of(request)))
    if webhook is None:
        raise not_found()
    return webhook


async def _find(db: Database, request: AnyRequest, id: str) -> Webhook:
    async with db.read() as conn:
        webhook = await queries.select_webhook(conn, resource_id(id), key_id=_owner(reader_of(request)))
    if webhook is None:
        raise not_found()
    return webhook


def _with_secret(webhook: Webhook, secret: str) -> NewWebhook:
    members = {name: getattr(webhook, name) for name in Webhook.__struct_fields__}
    return NewWebhook(**members, secret=secret)


@post(
    "/webhooks",
    **_facts(
        "Make a webhook",
        NewWebhook,
        body=WebhookCreate,
        examples={"webhook": examples.MADE},
        answers={"made": examples.NEW},
        status=201,
        headers=("Location",),
        problems=("conflict",),
    ),
)
async def create_webhook(request: AnyRequest, db: Db, feed: SharedFeed) -> Answer:
    """Have changes posted to an address of yours, from now on, signed after Standard Webhooks 1.0.

    It is sent what the key that makes it may see. The answer shows the secret this once.
    """
    reader = reader_of(request)
    require(reader, "write")
    read_params(request, NoParams)
    refuse_idempotency_key(request)
    given = await read_json(request, _CREATE)
    _check(request, given)
    key_id, secret = reader.key_id or "", new_secret()
    head = await feed.current()
    async with db.write() as tx:
        if await queries.count_webhooks(tx, key_id) >= MOST:
            raise Problem(409, "conflict", f"A key has at most {MOST} webhooks: delete one first.")
        webhook = await queries.insert_webhook(tx, key_id, given, secret, head.last)
    location = f"/v1/webhooks/{webhook.id}"
    return json_answer(_with_secret(webhook, secret), status=201, location=location, headers=[NO_STORE])


@get(
    "/webhooks",
    **_facts(
        "List webhooks",
        Page[Webhook],
        answers={"page": {"items": [examples.WEBHOOK], "next": None}},
        params=PageParams,
        headers=PAGE,
        problems=("invalid-cursor",),
    ),
)
async def list_webhooks(request: AnyRequest, db: Db) -> Answer:
    """List the webhooks that the key made, newest first; with `admin` all of them."""
    reader = reader_of(request)
    require(reader, "write")
    page = pager_of(request, db, read_params(request, PageParams))
    before = page.start(tuple[str])
    async with db.read() as conn:
        found = await queries.select_webhooks(
            conn, key_id=_owner(reader), before=before[0] if before else None, limit=page.limit + 1
        )
    return page_answer(page, [(msgspec.json.encode(each), (each.id,)) for each in found])


@get(
    "/webhooks/{id:str}",
    **_facts("Fetch a webhook", Webhook, answers={"webhook": examples.WEBHOOK}, problems=(404,)),
)
async def get_webhook(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Fetch a webhook, without its secret."""
    require(reader_of(request), "write")
    read_params(request, NoParams)
    return json_answer(await _find(db, request, id))


@patch(
    "/webhooks/{id:str}",
    **_facts(
        "Change a webhook",
        Webhook,
        body=WebhookWrite,
        body_types=MERGE_PATCH,
        examples={"pause": {"status": "paused"}},
        answers={"paused": msgspec.structs.replace(examples.WEBHOOK, status="paused")},
        problems=(404,),
    ),
)
async def patch_webhook(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Change address, types or filters, or pause a webhook; `active` brings it back where it was."""
    require(reader_of(request), "write")
    read_params(request, NoParams)
    change = await read_merge_patch(request)
    async with db.write() as tx:
        webhook = await _hold(tx, request, id)
        stands: dict[str, Any] = msgspec.to_builtins(webhook)
        members = {name: stands[name] for name in WebhookWrite.__struct_fields__}
        given = _WRITE.patched(merge_patch(members, change), change)
        _check(request, given)
        webhook = await queries.update_webhook(tx, webhook.id, given)
    return json_answer(webhook)


@delete("/webhooks/{id:str}", **_facts("Delete a webhook", None, status=204, problems=(404,)))
async def delete_webhook(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Delete a webhook with the log of its deliveries."""
    require(reader_of(request), "write")
    read_params(request, NoParams)
    async with db.write() as tx:
        await queries.delete_webhook(tx, (await _hold(tx, request, id)).id)
    return no_content()


@post(
    "/webhooks/{id:str}/rotate",
    **_facts(
        "Rotate the secret of a webhook",
        NewWebhook,
        body=Rotate,
        examples={"a day's overlap": {"overlap_hours": 24}},
        answers={"rotated": examples.NEW},
        problems=(404,),
    ),
)
async def rotate_webhook(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Make a new secret, shown this once. Deliveries carry a signature by the old one too for a while."""
    require(reader_of(request), "write")
    read_params(request, NoParams)
    refuse_idempotency_key(request)
    given, secret = await read_json(request, _ROTATE), new_secret()
    async with db.write() as tx:
        webhook = await _hold(tx, request, id)
        await queries.update_secret(tx, webhook.id, secret, timedelta(hours=given.overlap_hours))
    return json_answer(_with_secret(webhook, secret), headers=[NO_STORE])


@post(
    "/webhooks/{id:str}/test",
    **_facts(
        "Test a webhook",
        Delivery,
        body=Test,
        examples={"test": {}},
        answers={"refused": examples.TESTED},
        problems=(404,),
    ),
)
async def test_webhook(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Deliver a `webhook.test` now, also to a paused webhook, and tell what came of it."""
    require(reader_of(request), "write")
    read_params(request, NoParams)
    await read_json(request, _TEST)
    webhook = await _find(db, request, id)
    event = new_id()
    async with db.read() as conn:
        now = await conn.fetchval("select clock_timestamp()")
    body = {"type": "webhook.test", "timestamp": now, "data": {"id": event, "webhook": webhook.id}}
    message = Message(id=event, type="webhook.test", body=msgspec.json.encode(body))
    delivery = await _deliver(request, db, await _hook(db, webhook.id), message, 1)
    return json_answer(delivery, headers=[NO_STORE])


@post(
    "/webhooks/{id:str}/redeliver",
    **_facts(
        "Deliver again",
        Redelivered,
        body=Redeliver,
        examples={"one": {"delivery": examples.DELIVERY.id}, "all": {"since": CURSOR}},
        answers={"one": examples.REDELIVERED, "all": examples.ALL_AGAIN},
        problems=(404, "conflict", "invalid-cursor", "cursor-expired"),
    ),
)
async def redeliver(request: AnyRequest, db: Db, feed: SharedFeed, id: FromPath[str]) -> Answer:
    """Deliver again: one `delivery` now, telling what came of it, or in order all changes `since` a cursor.

    Everything after the cursor follows, as if nothing of it had been delivered; `now` skips what waits.
    """
    require(reader_of(request), "write")
    read_params(request, NoParams)
    given = await read_json(request, _REDELIVER)
    if (given.delivery is None) == (given.since is None):
        raise invalid([ErrorItem(code="invalid", detail="Give either delivery or since.", pointer="#")])
    webhook = await _find(db, request, id)
    if given.delivery is not None:
        return await _redeliver_one(request, db, webhook, given.delivery)
    head = await feed.current()
    position = (
        head.last
        if given.since == "now"
        else cursors.read(db.secret, given.since or "", head, {"pointer": "#/since"}).position
    )
    async with db.write() as tx:
        webhook = await _hold(tx, request, webhook.id)
        await queries.move_webhook(tx, webhook.id, position)
    return json_answer(Redelivered(webhook=webhook, delivery=None))


async def _redeliver_one(request: AnyRequest, db: Database, webhook: Webhook, delivery: str) -> Answer:
    """Answer what came of delivering a change once more."""
    async with db.read() as conn:
        found = await queries.find_delivered(conn, webhook.id, delivery)
    if found is None:
        raise not_found()
    position, attempts = found
    hook = await _hook(db, webhook.id)
    entry = None if position is None else await find_change(db, hook, position)
    if entry is None:
        detail = "It was a test, or the change is not retained, or the webhook's key may not see it any more."
        raise Problem(409, "conflict", detail)
    again = await _deliver(request, db, hook, message_of(entry), attempts + 1)
    return json_answer(Redelivered(webhook=webhook, delivery=again), headers=[NO_STORE])


async def _hook(db: Database, id: str) -> Hook:
    """Read what a delivery needs; 409 when the key that made the webhook is not in force any more."""
    async with db.read() as conn:
        hook = await queries.select_hook(conn, id, None)
    if hook is None:
        raise not_found()
    if not hook.in_force:
        raise Problem(409, "conflict", "The key that made this webhook is no longer in force.")
    return hook


async def _deliver(request: AnyRequest, db: Database, hook: Hook, message: Message, attempt: int) -> Delivery:
    allow_private: bool = request.scope["state"]["settings"].webhook_allow_private
    delivery = await deliver_now(db, hook, message, attempt, allow_private=allow_private)
    if delivery is None:
        raise not_found()
    return delivery


@get(
    "/webhooks/{id:str}/deliveries",
    **_facts(
        "List the deliveries of a webhook",
        Page[Delivery],
        answers={"page": {"items": [examples.DELIVERY], "next": None}},
        params=PageParams,
        headers=PAGE,
        problems=(404, "invalid-cursor"),
    ),
)
async def list_deliveries(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the attempts of the last 30 days, latest first, each with the beginning of the answer."""
    require(reader_of(request), "write")
    page = pager_of(request, db, read_params(request, PageParams))
    before = page.start(tuple[str])
    webhook = await _find(db, request, id)
    async with db.read() as conn:
        found = await queries.select_deliveries(
            conn, webhook.id, before=before[0] if before else None, limit=page.limit + 1
        )
    return page_answer(page, [(msgspec.json.encode(each), (each.id,)) for each in found])


HANDLERS = [
    create_webhook,
    list_webhooks,
    get_webhook,
    patch_webhook,
    delete_webhook,
    rotate_webhook,
    test_webhook,
    redeliver,
    list_deliveries,
]
