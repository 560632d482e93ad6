"""Wire schemas of webhooks and of their deliveries."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.changes.selection import Filters, Patterns
from api.wire import Id, In, Out

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        description="Where changes are posted: https, to a public address.",
        examples=["https://cms.example.org/hooks/dateline"],
    ),
]
Status = Literal["active", "paused", "disabled"]


class WebhookCreate(In, frozen=True, kw_only=True):
    """A webhook to be made. `types` and `filters` are those of the change feed."""

    url: Url
    types: Patterns = msgspec.field(default_factory=lambda: ["*"])
    filters: Filters = Filters()


class WebhookWrite(WebhookCreate, frozen=True, kw_only=True):
    """A webhook as it may be changed: `active` also brings a disabled one back."""

    status: Literal["active", "paused"]


class Webhook(Out, frozen=True, kw_only=True):
    """A webhook, without its secret.

    `disabled_reason`: `gone` (the endpoint answered 410), `failing` (every attempt failed for days),
    `key_revoked` (the key that made it is no longer in force).
    """

    id: Id
    url: str
    types: list[str]
    filters: Filters
    status: Status
    created_at: datetime
    disabled_reason: Literal["gone", "failing", "key_revoked"] | None


class NewWebhook(Webhook, frozen=True, kw_only=True):
    """A webhook with a secret just made, which is shown this once."""

    secret: str


class Rotate(In, frozen=True, kw_only=True):
    """How long deliveries are signed with the old secret too."""

    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24


class Test(In, frozen=True, kw_only=True):
    """Nothing is to be said about a test."""


class Redeliver(In, frozen=True, kw_only=True):
    """What to deliver again: one delivery now, or in their order all changes since a cursor (`now`: none)."""

    delivery: Id | None = None
    since: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class Delivery(Out, frozen=True, kw_only=True):
    """One attempt: `event` is the id that all attempts for an event have in common, the `webhook-id`."""

    id: Id
    event: Id
    type: str
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    response_excerpt: str | None
    next_attempt_at: datetime | None


class Redelivered(Out, frozen=True, kw_only=True):
    """The webhook, and what came of the delivery that was asked for; null when changes are to follow."""

    webhook: Webhook
    delivery: Delivery | None
