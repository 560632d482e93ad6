"""Elements of XML documents: their type, and adding one with text that XML can hold."""

import re
from datetime import datetime
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - it has no other name

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 cannot hold although JSON can; control characters never come in.
NOT_XML = re.compile("[\ufffe\uffff]")


def xml_text(text: str) -> str:
    """Give text as XML can hold it."""
    return NOT_XML.sub("\ufffd", text)


def add(parent: Element, tag: str, text: str | None = None, /, **attributes: str) -> Element:
    """Add a child in its parent's namespace, unless the tag has its own; `_` in an attribute is a hyphen."""
    namespace = etree.QName(parent).namespace
    name = tag if tag.startswith("{") or namespace is None else f"{{{namespace}}}{tag}"
    given = {name.replace("_", "-"): xml_text(value) for name, value in attributes.items()}
    child = etree.SubElement(parent, name, given)
    if text is not None:
        child.text = xml_text(text)
    return child


def add_if(parent: Element, tag: str, text: str | None, /, **attributes: str) -> None:
    """Add a child when there is a text for it."""
    if text is not None:
        add(parent, tag, text, **attributes)


def document(root: Element) -> bytes:
    """Give a document as it is sent."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def stamp(moment: datetime) -> str:
    """Write a time as RFC 3339 and XML Schema do."""
    return moment.isoformat().replace("+00:00", "Z")
