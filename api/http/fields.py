"""Header fields that the edge gives to answers."""

from collections.abc import Sequence

Field = tuple[bytes, bytes]

# Everything that an answer can depend on is in every answer's `Vary`, so that no cache needs to see two of
# them to know. A cached copy is at most half a minute old when an article is killed (design §4).
VARY: Field = (b"vary", b"Accept, Accept-Encoding, Authorization")
PUBLIC: Field = (b"cache-control", b"public, max-age=30")
PRIVATE: Field = (b"cache-control", b"private, no-cache")
NO_STORE: Field = (b"cache-control", b"no-store")
POLICY: Field = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
SECURITY: list[Field] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
# Members of an answer with a body that mean nothing on a 304 (RFC 9110 §15.4.5).
OF_CONTENT = frozenset({b"content-length", b"content-type", b"content-encoding"})


def completed(fields: Sequence[Field], common: Sequence[Field]) -> list[Field]:
    """Give the fields of an answer with those that every answer has; it may have its own policy."""
    given = dict(fields)
    usual = [field for field in (POLICY, VARY) if field[0] not in given]
    return [*fields, *usual, *common]


def without_content(fields: Sequence[Field]) -> list[Field]:
    """Give the fields of an answer that has no content after all."""
    return [field for field in fields if field[0] not in OF_CONTENT]
