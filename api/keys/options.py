"""What the command line takes and tells of keys."""

from datetime import UTC, datetime

import click
import msgspec

from api.keys.schemas import Key, KeyCreate
from api.wire import Id


def asked_key(name: str, scopes: str, expires: str | None) -> KeyCreate:
    """Hold the options to what the API itself asks of a new key."""
    given = {
        "name": name,
        "scopes": [part.strip() for part in scopes.split(",")],
        "expires_at": _future(expires),
    }
    try:
        return msgspec.convert(given, KeyCreate)
    except msgspec.ValidationError as error:
        if "$.name" in str(error):
            advice = "a name has 1 to 200 characters, not only spaces"
            raise click.BadParameter(advice, param_hint="--name") from None
        advice = "name one or more of read, write, embargo, admin"
        raise click.BadParameter(advice, param_hint="--scopes") from None


def _future(text: str | None) -> datetime | None:
    """Read a date, which is its first moment in UTC, or a time with an offset; it must lie ahead."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write 2030-01-31 or 2030-01-31T12:00:00Z", param_hint="--expires") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    if when <= datetime.now(UTC):
        raise click.BadParameter("that moment has passed", param_hint="--expires")
    return when


def is_id(text: str) -> bool:
    """Tell whether a text is an id as the API writes them."""
    try:
        msgspec.convert(text, Id)
    except msgspec.ValidationError:
        return False
    return True


def key_state(key: Key) -> str:
    """Say in words whether a key is in force."""
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "valid"
    word = "valid until" if key.expires_at > datetime.now(UTC) else "expired"
    return f"{word} {key.expires_at:%Y-%m-%d %H:%M}"
