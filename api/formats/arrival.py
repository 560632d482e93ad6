"""What arrives in another format: the dispatch that it means, and what of it has no place here."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import msgspec

from api.http.pointers import ROOT, below
from api.http.problems import ErrorItem, Problem
from api.http.timestamps import overflows

Document = dict[str, Any]

MOST_IGNORED = 1_000


class Arrival(msgspec.Struct, kw_only=True):
    """One item as it was read: the dispatch as plain values, and what decides what becomes of it.

    `version` and `version_created` order the deliveries of one uri. `ignored` are pointers (JSON Pointers or
    XPaths) of what has no place in a dispatch, `assumed` pointers into the dispatch of what the item does not
    say. `origins` tell for members of the dispatch where they come from. `corrections` and `signals` are what
    an item tells of its history; they are no part of a dispatch. `of_revision` are pointers of what says what
    the version changes: it has no place in the first one that arrives.
    """

    dispatch: Document
    uri: str | None = None
    version: int | None = None
    version_created: datetime | None = None
    canceled: bool = False
    note: str | None = None
    signals: list[str] = []
    corrections: list[Document] = []
    ignored: list[str] = []
    of_revision: list[str] = []
    assumed: list[str] = []
    origins: dict[str, str] = {}

    def embargo(self, text: str | None, pointer: str) -> datetime | None:
        """Read the end of an embargo, of which a time without its offset from UTC is told as assumed.

        One that cannot be read is a 422: nothing is published by mistake.
        """
        if text is None:
            return None
        moment = moment_of(text)
        if moment is None:
            raise unsupported([(pointer, "The time of the embargo cannot be read: give a date-time.")])
        if not _has_zone(text):
            self.assumed.append("#/embargoed_until")
        return moment


class Node:
    """A value of a document that is read: remembers for the whole document what has been used."""

    __slots__ = ("pointer", "used", "value")

    def __init__(self, value: Any, pointer: str = ROOT, used: set[str] | None = None) -> None:
        self.value = value
        self.pointer = pointer
        self.used: set[str] = set() if used is None else used

    def child(self, name: str | int) -> "Node":
        """Give a member or an item; one that is not there has the value None."""
        value: Any = None
        if isinstance(self.value, dict):
            value = cast("Document", self.value).get(str(name))
        elif isinstance(self.value, list) and isinstance(name, int):
            value = cast("list[Any]", self.value)[name]
        return Node(value, below(self.pointer, name), self.used)

    def items(self, name: str | None = None) -> Iterator["Node"]:
        """Go through the items of an array, or the members of an object."""
        node = self if name is None else self.child(name)
        if isinstance(node.value, list):
            for index in range(len(cast("list[Any]", node.value))):
                yield node.child(index)
        elif isinstance(node.value, dict):
            for member in cast("Document", node.value):
                yield node.child(member)

    def take(self, name: str | None = None) -> Any:
        """Give a value and note that it has been used; None when there is none."""
        node = self if name is None else self.child(name)
        self.used.add(node.pointer)
        return node.value

    def text(self, name: str) -> str | None:
        """Take a string that says something; None when there is none."""
        node = self.child(name)
        if isinstance(node.value, str) and node.value.strip():
            return cast("str", node.take())
        if node.value in ("", None):
            node.take()
        return None

    def moment(self, name: str) -> datetime | None:
        """Take a date-time; a day stands for its start. One that is neither is left, and so ignored."""
        node = self.child(name)
        found = moment_of(node.value) if isinstance(node.value, str) else None
        if found is not None:
            node.take()
        return found

    def unused(self) -> list[str]:
        """List the pointers of what has not been used, a whole where nothing of it was."""
        return _unused(self.value, self.pointer, self.used)[0][:MOST_IGNORED]


def _unused(value: Any, pointer: str, used: set[str]) -> tuple[list[str], bool]:
    """List what is not used below a pointer, and tell whether anything is."""
    if pointer in used:
        return [], True
    children = list(Node(value, pointer, used).items())
    if not children:
        return [pointer], False
    found = [_unused(child.value, child.pointer, used) for child in children]
    if not any(some for _, some in found):
        return [pointer], False
    return [each for pointers, _ in found for each in pointers], True


def moment_of(text: str) -> datetime | None:
    """Read a date-time of ISO 8601; without an offset, or as a day alone, it is taken as UTC."""
    text = text.strip()
    for spelled in (text, text + "Z", text + "T00:00:00Z"):
        try:
            found: datetime = msgspec.convert(spelled, datetime)
        except msgspec.ValidationError:
            continue
        if found.tzinfo is not None and not overflows(found):
            return found
    return None


def _has_zone(text: str) -> bool:
    """Tell whether a date-time says its offset from UTC itself."""
    return re.search(r"(Z|[+-][0-9]{2}:?[0-9]{2})\s*$", text.partition("T")[2]) is not None


def with_dateline(blocks: list[Document], dateline: str | None) -> list[Document]:
    """Put a dateline that stands alone before the paragraph that it opens: alone it is no paragraph."""
    if dateline is None or len(blocks) < 2 or blocks[0]["text"].strip() != dateline.strip():
        return blocks
    return [blocks[1] | {"text": f"{dateline.strip()} {blocks[1]['text']}"}, *blocks[2:]]


def stripped(text: str | None) -> str | None:
    """Give a text without white space at its ends, None when nothing is left."""
    return (text.strip() or None) if text else None


def pruned(members: Document) -> Document:
    """Leave out the members that say nothing."""
    return {name: value for name, value in members.items() if value is not None and value != []}


def unsupported(needs: list[tuple[str, str]]) -> Problem:
    """Build the 422 for an item that is valid but is no article; `needs` are what one needs, and where."""
    errors = [
        ErrorItem(pointer=pointer, code="unsupported_content", detail=detail) for pointer, detail in needs
    ]
    detail = "The item is valid, but Dateline takes articles: " + " ".join(text for _, text in needs)
    return Problem(422, "unsupported-content", detail, errors=errors)
