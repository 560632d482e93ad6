"""Request ids: the client's own where it is harmless, else a random one."""

import re
from random import getrandbits

FORM = re.compile(rb"[A-Za-z0-9._-]{8,128}")


def request_id(sent: bytes | None) -> bytes:
    """Give the id of a request, from its `X-Request-Id` header when that can go into a log line as it is."""
    if sent is not None and FORM.fullmatch(sent):
        return sent
    return getrandbits(96).to_bytes(12).hex().encode()  # it tells requests apart, and is no secret
