"""The form of an API key: `dl_<prefix>_<secret><checksum>`, so that a mistyped one needs no look-up."""

import hashlib
import re
import secrets
import zlib

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"dl_[0-9A-Za-z]{4}_[0-9A-Za-z]{46}")
PREFIX_LENGTH = 7


def _base62(number: int, length: int) -> str:
    """Write `number` in base 62 with leading zeros."""
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _ALPHABET[digit] + digits
    return digits


def _checksum(payload: str) -> str:
    """Give the CRC-32 of `payload` in six base-62 digits."""
    return _base62(zlib.crc32(payload.encode()), 6)


def new_secret() -> str:
    """Make a key with 238 random bits."""
    characters = "".join(secrets.choice(_ALPHABET) for _ in range(44))
    payload = f"dl_{characters[:4]}_{characters[4:]}"
    return payload + _checksum(payload)


def is_well_formed(key: str) -> bool:
    """Tell whether `key` has the form and the checksum of one of ours."""
    return _FORM.fullmatch(key) is not None and _checksum(key[:-6]) == key[-6:]


def digest(key: str) -> bytes:
    """Give the SHA-256 under which a key is stored: random keys need no slow hash."""
    return hashlib.sha256(key.encode()).digest()
