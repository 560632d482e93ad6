"""Documents of IPTC's suite and examples, changed at random: our verdict is that of the official schemas."""

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import validators
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from api.formats.ninjs_schema import generation_of
from api.http.problems import Problem
from tests.formats import schemas

Path = tuple[str | int, ...]
Document = dict[str, Any]

GEOJSON = ("http://geojson.org/schema/GeoJSON.json", "https://geojson.org/schema/GeoJSON.json")
VALUES = (
    None, True, 3, -1, 0, "x", "", [], {}, ["x"], [{}], {"a": 1}, "usable", "text",
    [{"name": "n"}], {"value": "v"}, [3],
)  # fmt: skip
# Of these the official schemas say different things in one generation, or look deeper than we do.
PARTED = {"associations", "urgency", "coordinates", "advices"}


@cache
def official() -> dict[str, Any]:
    folder = schemas.DOCUMENTS / "ninjs" / "schemas"
    found = {
        path.stem.partition("_")[2]: json.loads(path.read_bytes())
        for path in sorted(folder.glob("ninjs-schema_*.json"))
    }
    geojson = Resource.from_contents(json.loads((folder / "GeoJSON-schema.json").read_bytes()))
    pairs = [
        (str(schema.get("$id") or schema.get("id")).rstrip("#"), Resource.from_contents(schema, DRAFT4))
        for schema in found.values()
    ]
    registry: Registry[Any] = Registry().with_resources([*pairs, *((uri, geojson) for uri in GEOJSON)])
    return {
        version: validators.validator_for(schema)(schema, registry=registry)
        for version, schema in found.items()
    }


def documents() -> list[Document]:
    """Give the documents of the suite and the examples that some official schema accepts."""
    found: list[Document] = []
    for path in [*schemas.files("ninjs/should_pass"), *schemas.files("ninjs/example")]:
        try:
            content: Any = json.loads(path.read_bytes())
        except ValueError:
            continue
        items = content if isinstance(content, list) else [content]
        found += [each for each in items if isinstance(each, dict) and allowed(each)]
    return found


def allowed(document: Document) -> bool:
    return any(validator.is_valid(document) for validator in official().values())


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in children:
        yield from paths(inner, (*path, name))


def at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def changed(draw: random.Random, document: Document, names: list[str]) -> tuple[Document, Path]:
    """Change one thing: another value, a member less, or one that some generation knows."""
    document = copy.deepcopy(document)
    path = draw.choice(list(paths(document)))
    holder = at(document, path[:-1])
    match draw.randrange(3):
        case 0:
            holder[path[-1]] = draw.choice(VALUES)
        case 1 if isinstance(holder, dict):
            del holder[path[-1]]
        case _:
            if isinstance(holder, dict):
                path = (*path[:-1], draw.choice(names))
                holder[path[-1]] = draw.choice(VALUES)
    return document, path


@schemas.needed
@pytest.mark.parametrize("seed", range(3))
def test_a_changed_document_is_refused_when_no_official_schema_accepts_it(seed: int) -> None:
    draw = random.Random(seed)
    known = documents()
    names = sorted({str(part) for document in known for path in paths(document) for part in path} | {"odd"})
    refused = 0
    for _ in range(400):
        document, path = changed(draw, draw.choice(known), names)
        if PARTED & {str(part) for part in path}:
            continue
        try:
            generation_of(document)
            found = True
        except Problem:
            found = False
            refused += 1
        assert found == allowed(document), (path, json.dumps(document))
    assert refused > 100
