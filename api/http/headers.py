"""Request headers, read from the ASGI scope as they came."""

from collections.abc import Mapping
from typing import Any


def header(scope: Mapping[str, Any], name: bytes) -> str | None:
    """Give a header's value, several fields of one name joined as RFC 9110 §5.3 says; None when absent.

    `name` is lower case. Litestar's own header map is not used: it is built whole for each request.
    """
    found = [value for key, value in scope["headers"] if key == name]
    if not found:
        return None
    return (found[0] if len(found) == 1 else b", ".join(found)).decode("latin-1")
