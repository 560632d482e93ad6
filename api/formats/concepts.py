"""People, organisations and subjects of other formats as a dispatch gives them."""

from typing import Any

from api.formats.addresses import QCODE, identifier_in, identifier_of, own_id
from api.wire import PLURALS, EntityType

Document = dict[str, Any]


def entity(type: EntityType, name: str | None, uri: str | None, site: str) -> Document | None:
    """Give an inline entity, None when nothing names it.

    One of our own addresses means the entity itself; any other URI is an identifier that finds it again.
    """
    if uri is not None and (id := own_id(uri, site, PLURALS[type])) is not None:
        return {"id": id, **({"name": name} if name else {})}
    if name is None:
        return None
    return {"name": name[:500], **identified(identifier_of(uri) if uri else None)}


def coded(scheme: str | None, code: str | None) -> tuple[str, str] | None:
    """Split what ninjs 1.x says of a concept; a code may be a URI, or a QCode, and needs no scheme then."""
    if not code:
        return None
    if "://" in code:
        return identifier_of(code)
    return identifier_in(scheme, code) if scheme else qcode(code)


def identified(identifier: tuple[str, str] | None) -> Document:
    """Give the identifiers of an entity; one that is too long, or has spaces, is none."""
    if identifier is None or not all(_is_code(part) for part in identifier):
        return {}
    return {"identifiers": [{"scheme": identifier[0], "value": identifier[1]}]}


def subject(name: str | None, identifier: tuple[str, str] | None) -> Document | None:
    """Give a subject; without a code it is none, but may be a keyword."""
    if identifier is None or not all(_is_code(part) for part in identifier):
        return None
    return {"scheme": identifier[0], "code": identifier[1], **({"name": name} if name else {})}


def qcode(text: str) -> tuple[str, str] | None:
    """Split a QCode into its alias and code."""
    found = QCODE.match(text)
    return (found[1], found[2]) if found else None


def _is_code(text: str) -> bool:
    return 0 < len(text) <= 250 and not any(character.isspace() for character in text)
