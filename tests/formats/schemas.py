"""IPTC's schemas and documents, from the folder of test data; tests skip where it is absent."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from referencing import Registry, Resource

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT.parent / "shared" / "data" / "documents"
EXTENSION = ROOT / "docs" / "schemas" / "ninjs-dateline.json"
XSDS = DOCUMENTS / "newsmlg2" / "schemas"

needed = pytest.mark.skipif(
    not DOCUMENTS.exists(), reason=f"the standards' documents are not at ../shared/data/{DOCUMENTS.name}"
)


class _Local(etree.Resolver):
    """Finds what the schemas import beside them: nothing is fetched."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:
        name = system_url.rpartition("/")[2]
        return self.resolve_filename(str(XSDS / name), context)


@cache
def xsd(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(str(XSDS / name), parser))


def newsml_g2() -> etree.XMLSchema:
    return xsd("NewsML-G2_2.35-spec-All-Power.xsd")


def nitf() -> etree.XMLSchema:
    return xsd("nitf-3-6.xsd")


@cache
def registry() -> Registry[Any]:
    folder = DOCUMENTS / "ninjs" / "schemas"
    geojson = json.loads((folder / "GeoJSON-schema.json").read_bytes())
    ninjs = json.loads((folder / "ninjs-schema_3.1.json").read_bytes())
    pairs = [
        ("https://geojson.org/schema/GeoJSON.json", Resource.from_contents(geojson)),
        (ninjs["$id"].rstrip("#"), Resource.from_contents(ninjs)),
    ]
    return Registry().with_resources(pairs)


@cache
def ninjs_validator() -> Draft202012Validator:
    ninjs = json.loads((DOCUMENTS / "ninjs" / "schemas" / "ninjs-schema_3.1.json").read_bytes())
    return Draft202012Validator(
        ninjs, registry=registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


@cache
def extension_validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(EXTENSION.read_bytes()), registry=registry())


def files(kind: str) -> list[Path]:
    """List the documents of a kind, as the manifest names it."""
    if not DOCUMENTS.exists():
        return []
    with (DOCUMENTS / "manifest.csv").open(newline="", encoding="utf-8") as manifest:
        return [DOCUMENTS / row["file"] for row in csv.DictReader(manifest) if row["kind"] == kind]
