"""The reader: who asks, as far as visibility is concerned."""

from typing import Literal

import msgspec

Scope = Literal["read", "write", "embargo", "admin"]

# What a scope allows beside itself; `admin` allows everything (design §4).
IMPLIED: dict[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"write", "read"}),
    "embargo": frozenset({"embargo", "read"}),
    "admin": frozenset({"admin", "write", "embargo", "read"}),
}


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: the key's id and name, and every scope that it has or that follows from one it has."""

    key_id: str | None = None
    name: str | None = None
    scopes: frozenset[str] = frozenset()
    rate_limit: int | None = None
    """Requests a minute, when the key has a limit of its own."""

    @property
    def sees_held(self) -> bool:
        """Whether articles that are withheld or under embargo exist for this reader."""
        return "embargo" in self.scopes

    @property
    def sees_killed(self) -> bool:
        """Whether the content of killed articles exists for this reader."""
        return "admin" in self.scopes

    @property
    def writes(self) -> bool:
        """Whether this reader may write resources and see notes for editors."""
        return "write" in self.scopes


def reader_of(key_id: str, name: str, scopes: list[str], rate_limit: int | None = None) -> Reader:
    """Build the reader for a key with these scopes."""
    implied = frozenset[str]().union(*(IMPLIED[scope] for scope in scopes))
    return Reader(key_id=key_id, name=name, scopes=implied, rate_limit=rate_limit)
