"""Whatever a ninjs document says is taken or told: changing it changes the dispatch, or it is listed."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from api.formats.arrival import Arrival
from api.formats.registry import READERS
from api.http.pointers import ROOT, below
from api.http.problems import Problem
from tests.formats import schemas

# What only says what the rest is, by patterns of pointers: roles of texts, media types, names of renditions.
STRUCTURE = re.compile(
    r"#/(\$?standard/.*"
    r"|(associations/[^/]+/)?(headlines|bodies|descriptions)/\d+/(role|content[tT]ype)"
    r"|associations/[^/]+/(name|renditions/[^/]+/name))"
)


def read(document: Any) -> Arrival | None:
    try:
        (found,) = READERS["ninjs"](json.dumps(document).encode(), "http://dateline")
    except Problem:
        return None
    return found if isinstance(found, Arrival) else None


def texts(value: Any, pointer: str = ROOT) -> Iterator[tuple[str, Any, Any]]:
    """Go through the texts of a document: the pointer, and the object or array with the key of each."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        if isinstance(inner, str):
            yield below(pointer, key), value, key
        else:
            yield from texts(inner, below(pointer, key))


@schemas.needed
def test_each_text_of_iptcs_examples_is_taken_or_told() -> None:
    examined = 0
    ninjs = schemas.DOCUMENTS / "ninjs"
    for path in sorted([*(ninjs / "doc_examples").rglob("*.json"), *(ninjs / "examples").rglob("*.json")]):
        document = json.loads(path.read_bytes())
        whole = read(document) if isinstance(document, dict) else None
        if whole is None:
            continue
        for pointer, parent, key in texts(copied := copy.deepcopy(document)):
            told = any(pointer == each or pointer.startswith(f"{each}/") for each in whole.ignored)
            if told or STRUCTURE.fullmatch(pointer):
                continue
            parent[key] += "x"
            changed = read(copied)
            parent[key] = parent[key][:-1]
            assert changed != whole, f"{path.name}: {pointer}"
            examined += 1
    assert examined > 300
