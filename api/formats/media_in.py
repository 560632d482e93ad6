"""The media that go with an arriving ninjs item."""

import re
from typing import Any

from api.formats.arrival import Document, Node, pruned
from api.formats.blocks import html_blocks
from api.formats.ninjs_item import Item

KINDS = ("picture", "video", "audio", "graphic")
ADDRESS = re.compile(r"^https?://\S+$")
CAPTIONS = ("caption", "main", "text", "simple", "", "html", "xhtml")


def media_of(item: Item) -> Document | None:
    """Take an association as a medium; None for one that is none, such as another text."""
    node = item.node
    if node.value.get("type", "picture") not in KINDS:
        return None
    labels = item.labelled("descriptions", "description")
    people = [item.entity("person", each) for each in node.items(item.name("people"))]
    medium = pruned(
        {
            "href": _href(node),
            "caption": _described(labels, CAPTIONS),
            "credit": _described(labels, ("creditline", "credit")) or item.text("by"),
            "alt": _described(labels, ("alt", "alttext")),
            "people": [person for person in people if person is not None],
        }
    )
    if not medium:
        return None
    node.take("name")
    if node.value.get("uri") == medium.get("href") or "#media-" in str(node.value.get("uri")):
        node.take("uri")
    return {"kind": node.take("type") or "picture", **medium}


def _href(node: Node) -> str | None:
    """Take the address of the widest rendition, else the item's own."""
    renditions = [each for each in node.items("renditions") if ADDRESS.match(str(each.value.get("href")))]
    widest = max(renditions, key=_width, default=None)
    if widest is not None:
        widest.take("name")
        return str(widest.take("href"))
    uri: Any = node.value.get("uri")
    # Our own export gives a medium without an address one that is a part of the article's.
    return uri if ADDRESS.match(str(uri)) and "#media-" not in uri else None


def _width(node: Node) -> float:
    width: Any = node.value.get("width")
    return float(width) if isinstance(width, (int, float)) else 0.0


def _described(labels: list[tuple[str, str, Node]], roles: tuple[str, ...]) -> str | None:
    """Take the description that has one of the roles, the first of them first."""
    for role in roles:
        for found, _, node in labels:
            if found == role and isinstance(node.value, str) and node.value.strip():
                text = str(node.take())
                if re.search(r"</?\w", text):
                    return "\n".join(block["text"] for block in html_blocks(text, node.pointer).blocks)
                return text
    return None
