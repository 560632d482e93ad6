"""XML that arrives: parsed without trust, and read so that what is not used can be told."""

import re
from collections.abc import Iterator

from lxml import etree

from api.formats.arrival import MOST_IGNORED
from api.formats.elements import LANG, Element
from api.http.problems import Problem

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
# Attributes that only order or number what they stand on, or say how to read it.
NEUTRAL = frozenset({LANG, LANG.replace("lang", "space"), "id", "rank", "versioninfo", "separator", "dir"})


def parse(raw: bytes) -> Element:
    """Parse a document: a 400 when it is no XML, declares a DOCTYPE, or is deeper than 256 elements.

    Only bytes are parsed: text would be taken for the name of a file by some parsers. Nothing is fetched,
    no entity is resolved, and libxml2's bounds on depth and length stay on.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as failure:
        where = f"line {failure.position[0]}" if failure.position else "its start"
        raise _malformed(f"The XML cannot be read at {where}: it is malformed or too deep.") from None
    except ValueError:
        raise _malformed("The XML cannot be read: its encoding is not known.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _malformed("A DOCTYPE is not accepted: send the document without one.")
    return root


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed-xml", detail)


class Tree:
    """A document that is read: remembers which elements and attributes have been used."""

    def __init__(self, namespace: str | None) -> None:
        self._namespace = f"{{{namespace}}}" if namespace else ""
        self._used: set[tuple[Element, str]] = set()
        self._whole: set[Element] = set()

    def children(self, parent: Element | None, tag: str) -> Iterator[Element]:
        """Go through the children of one name."""
        if parent is not None:
            yield from parent.iterchildren(self._namespace + tag)

    def child(self, parent: Element | None, tag: str) -> Element | None:
        """Give the first child of a name."""
        return next(self.children(parent, tag), None)

    def attribute(self, element: Element, name: str) -> str | None:
        """Take an attribute."""
        value = element.get(name)
        if value is not None:
            self._used.add((element, name))
        return value

    def text(self, element: Element | None) -> str | None:
        """Take the text of an element; white space alone says nothing."""
        if element is None:
            return None
        self.use(element)
        text = "".join(str(part) for part in element.itertext())
        return text if text.strip() else None

    def line(self, element: Element | None) -> str | None:
        """Take the text of an element as one line."""
        text = self.text(element)
        return None if text is None else re.sub(r"\s*\n\s*", " ", text.strip())

    def use(self, element: Element) -> None:
        """Note that an element's own text has been used."""
        self._used.add((element, ""))

    def use_whole(self, element: Element) -> None:
        """Note that an element has been used with all that is in it."""
        self._whole.add(element)

    def unused(self, root: Element, path: str) -> list[str]:
        """List the XPaths of what has not been used, a whole where nothing of it was."""
        return self._unused(root, path)[0][:MOST_IGNORED]

    def _unused(self, element: Element, path: str) -> tuple[list[str], bool]:
        if element in self._whole:
            return [], True
        found = [
            f"{path}/@{etree.QName(str(name)).localname}"
            for name in element.attrib
            if (element, name) not in self._used and name not in NEUTRAL and not str(name).startswith(XSI)
        ]
        some = (element, "") in self._used or any((element, name) in self._used for name in element.attrib)
        for child, below in _steps(element, path):
            inner, used = self._unused(child, below)
            found += inner
            some = some or used
        return (found, True) if some else ([path], False)


def _steps(element: Element, path: str) -> Iterator[tuple[Element, str]]:
    """Go through the children with their XPaths; names stand without their prefix."""
    counts: dict[str, int] = {}
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        counts[name] = counts.get(name, 0) + 1
        yield child, f"{path}/{name}[{counts[name]}]"
