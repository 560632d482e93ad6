"""Signatures of deliveries, after Standard Webhooks 1.0 (symmetric, `v1`)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    """Make a secret of 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(keys: Iterable[str], id: str, timestamp: int, body: bytes) -> str:
    """Sign a delivery with each secret: the receiver needs to know only one of them."""
    signed = f"{id}.{timestamp}.".encode() + body
    macs = (hmac.digest(base64.b64decode(key.removeprefix(PREFIX)), signed, hashlib.sha256) for key in keys)
    return " ".join("v1," + base64.b64encode(mac).decode() for mac in macs)
