"""Wire schemas of API keys."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, UnsetType

from api.http.reader import Scope
from api.wire import Id, In, Out

Scopes = Annotated[list[Scope], Meta(min_length=1, max_length=4)]
KeyName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class KeyCreate(In, frozen=True, kw_only=True):
    """A key to be made."""

    name: KeyName
    scopes: Scopes
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    rate_limit: Annotated[int, Meta(ge=1, le=1_000_000, description="Requests a minute.")] | None = None


class Key(Out, frozen=True, kw_only=True):
    """A key as it is listed: everything but the secret."""

    id: Id
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    rate_limit: int | None


class KeyRef(Out, frozen=True, kw_only=True):
    """The key that wrote something: its id and name."""

    key: Id
    name: str


WrittenBy = Annotated[
    KeyRef | UnsetType | None,
    Meta(description="The key that wrote it, null for the service itself; only with scope `write`."),
]


class NewKey(Key, frozen=True, kw_only=True):
    """A key just made, with its secret, which is shown this once."""

    key: str
