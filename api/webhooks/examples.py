"""Examples of the API description: a webhook as it is made, changed and delivered to."""

import base64
from typing import Any

import msgspec

from api.changes.examples import CHANGE, WHEN
from api.webhooks.schemas import Delivery, NewWebhook, Redelivered, Webhook, WebhookCreate
from api.webhooks.signing import PREFIX

MADE: dict[str, Any] = {
    "url": "https://cms.example.org/hooks/dateline",
    "types": ["article.*", "quote.withdrawn"],
}
_GIVEN = msgspec.convert(MADE, WebhookCreate)
WEBHOOK = Webhook(
    id="019cb4c6-c473-72b3-9c4d-5e6f708192a3",
    url=_GIVEN.url,
    types=_GIVEN.types,
    filters=_GIVEN.filters,
    status="active",
    created_at=WHEN,
    disabled_reason=None,
)
# No secret of anybody's: the bytes from 0 to 31.
NEW = NewWebhook(
    **{name: getattr(WEBHOOK, name) for name in Webhook.__struct_fields__},
    secret=PREFIX + base64.b64encode(bytes(range(32))).decode(),
)
DELIVERY = Delivery(
    id="019cb4c6-c473-73c4-8d5e-6f708192a3b4",
    event=CHANGE.id,
    type=CHANGE.type,
    attempt=1,
    at=WHEN,
    status=204,
    error=None,
    response_excerpt=None,
    next_attempt_at=None,
)
TESTED = msgspec.structs.replace(
    DELIVERY, type="webhook.test", status=403, response_excerpt="Signature not accepted."
)
REDELIVERED = Redelivered(webhook=WEBHOOK, delivery=msgspec.structs.replace(DELIVERY, attempt=2))
ALL_AGAIN = Redelivered(webhook=WEBHOOK, delivery=None)
