"""Cross-origin reading (CORS, WHATWG Fetch): every page may read what is public, none with credentials.

`*` needs no `Vary: Origin`, and browsers never send cookies with it. A page that was given a key may send it:
it must name the header itself, so nothing is done in a user's name unasked. Writing is left out.
"""

EXPOSED = (
    "ETag, Link, Location, Retry-After, X-Request-Id, Content-Location, Idempotent-Replayed, "
    "RateLimit, RateLimit-Policy, Dateline-Changes-Cursor, Dateline-Position"
)
ALLOWED = (
    "Accept, Accept-Language, Authorization, Content-Type, Dateline-Position, If-None-Match, Last-Event-ID, "
    "X-Request-Id"
)
ON_ANSWERS: list[tuple[bytes, bytes]] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
]
ON_PREFLIGHT: list[tuple[bytes, bytes]] = [
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", ALLOWED.encode()),
    (b"access-control-max-age", b"86400"),
]


def is_preflight(method: str, headers: dict[bytes, bytes]) -> bool:
    """Tell a preflight from an OPTIONS request that wants to know the methods."""
    return method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers
