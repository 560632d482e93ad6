"""Configuration: one struct, read once from the environment variables `DATELINE_…`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class SettingsError(Exception):
    """A setting has a wrong value, or an unknown `DATELINE_…` variable is set."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on what one request may carry. Sizes are bytes of the body, lengths are code points."""

    json_body: int = 4 * 1024 * 1024
    ndjson_line: int = 1024 * 1024
    blocks: int = 2_000
    block_length: int = 100_000
    quotes: int = 1_000
    people: int = 1_000
    organisations: int = 1_000
    fragments: int = 50
    names: int = 500
    match_names: int = 100


LIMITS = Limits()

Port = Annotated[int, Meta(ge=0, le=65_535)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. The variable is the member's name in capitals after `DATELINE_`."""

    database_url: Annotated[
        str | None,
        Meta(description="PostgreSQL 15 to 18 to use; none means the embedded PostgreSQL 18."),
    ] = None
    data_dir: Annotated[
        Path | None,
        Meta(
            description="Where the embedded PostgreSQL keeps its data; none means the user's data directory."
        ),
    ] = None
    replica_urls: Annotated[
        str | None,
        Meta(description="Streaming replicas of it, separated by commas, that may answer reads."),
    ] = None
    pooler: Annotated[
        bool, Meta(description="Whether PgBouncer in transaction mode is in front of the database.")
    ] = False
    listen_url: Annotated[
        str | None,
        Meta(
            description="The database itself, to listen on, where a pooler is in front; none means to look."
        ),
    ] = None
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port to listen on.")] = 8000
    workers: Annotated[int, Meta(ge=1, le=64, description="Server processes.")] = 1
    pool_size: Annotated[
        int, Meta(ge=1, le=200, description="Database connections of each worker at most.")
    ] = 10
    cache_size: Annotated[
        int, Meta(ge=0, description="Bytes of answers that each worker may keep; 0 is no read cache.")
    ] = 128 * 1024 * 1024
    cache_dir: Annotated[
        Path | None,
        Meta(description="Where the processes of one host share what has changed; none means memory."),
    ] = None
    public_url: Annotated[
        str | None,
        Meta(description="Base address under which clients reach the service; none means as requested."),
    ] = None
    public_read: Annotated[bool, Meta(description="Whether published content is readable without a key.")] = (
        True
    )
    rate_limit_anonymous: (
        Annotated[
            int,
            Meta(ge=1, description="Requests a minute from one address without a key; none means no limit."),
        ]
        | None
    ) = None
    trusted_proxies: (
        Annotated[
            str,
            Meta(
                pattern=r"^[0-9A-Fa-f:.,/ ]+$",
                description="Addresses and networks, separated by commas, whose `X-Forwarded-For` counts.",
            ),
        ]
        | None
    ) = None
    changes_retention_days: Annotated[
        int, Meta(ge=1, le=36_500, description="Days for which the change feed can be read back.")
    ] = 30
    tombstones_retention_days: Annotated[
        int, Meta(ge=1, le=36_500, description="Days for which it keeps what tells of an end, like a kill.")
    ] = 365
    webhook_allow_private: Annotated[
        bool, Meta(description="Whether webhooks may go to private addresses, and without TLS.")
    ] = False
    log_format: Annotated[
        str, Meta(pattern="^(console|json)$", description="`json` for production, `console` for a terminal.")
    ] = "json"

    @property
    def replica_addresses(self) -> list[str]:
        """The addresses of the replicas."""
        return [part.strip() for part in (self.replica_urls or "").split(",") if part.strip()]


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ`; an unknown `DATELINE_…` name or wrong value is a `SettingsError`."""
    given = {
        name.removeprefix("DATELINE_").lower(): value
        for name, value in environ.items()
        if name.startswith("DATELINE_") and not name.startswith("DATELINE_TEST_") and value != ""
    }
    unknown = sorted(set(given) - set(Settings.__struct_fields__))
    if unknown:
        names = ", ".join(f"DATELINE_{name.upper()}" for name in unknown)
        message = f"unknown setting: {names}"
        raise SettingsError(message)
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        # The path of the error is the member's name: `$.port` is what people set as DATELINE_PORT.
        message = re.sub(r" - at `\$\.(\w+)`", lambda at: f" - in DATELINE_{at[1].upper()}", str(error))
        message = f"invalid setting: {message}"
        raise SettingsError(message) from None
