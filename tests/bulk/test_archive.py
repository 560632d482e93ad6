"""An archive moves: what one store exports goes into another, empty one, and comes out of that the same."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_routes
from api.bulk.archive import SCHEME
from api.bulk.exporting import Export, What, export
from api.bulk.progress import Shown
from api.db.pool import Database
from api.settings import Settings
from tests.bulk.lines import LINES, ndjson
from tests.bulk.test_importing import run
from tests.dispatches import counts, dispatch, mention, patch, post, quote
from tests.test_examples import FILES, load

KINDS: tuple[What, ...] = ("organisations", "people", "articles")
# What every store makes for itself.
OWN = frozenset(
    {"id", "href", "version", "created_at", "updated_at", "article", "article_version", "corrections"}
)


async def exported(store: Database, what: What) -> list[dict[str, Any]]:
    out = io.BytesIO()
    asked = Export(what=what, filters=[], format="ndjson", out=out, folder=None)
    await export(store, lambda db: create_routes(db, Settings()), Settings(), asked, Shown("export", None))
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def archive(store: Database) -> dict[str, list[dict[str, Any]]]:
    return {what: await exported(store, what) for what in KINDS}


def told(value: Any) -> Any:
    """Give a value without what every store makes for itself, entities by their names."""
    if isinstance(value, list):
        return [told(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "href" in value and "name" in value and len(value) == 4:
        return value["name"]
    own = OWN if "created_at" in value else frozenset[str]()
    kept = {name: told(inner) for name, inner in value.items() if name not in own}
    if "identifiers" in kept:
        kept["identifiers"] = [each for each in kept["identifiers"] if each["scheme"] != SCHEME]
    return kept


async def moved(store: Database, emptying: str, tmp_path: Path, *kinds: What) -> dict[str, Any]:
    """Export everything, empty the store, import some of it; gives what there was, and the imports."""
    before = await archive(store)
    async with store.write() as tx:
        await tx.execute(";".join(each for each in emptying.split(";") if "keys" not in each))
    done = {}
    for what in kinds:
        path = tmp_path / f"{what}.ndjson"
        path.write_bytes(ndjson(before[what]))
        type = {"people": "person", "organisations": "organisation"}.get(what)
        done[what] = await run(store, path, type=type)
    return {"before": before, "done": done}


@pytest.fixture
async def filled(admin: httpx.AsyncClient) -> None:
    """The examples, held and corrected articles, and two people of one name."""
    for path in FILES:
        answer = await admin.post("/v1/articles", json=load(path))
        assert answer.status_code == 201, answer.text
    corrected = await post(admin, headline="To be corrected")
    revision = {"kind": "correction", "note": "The day.", "public": True}
    answer = await patch(admin, corrected["href"], {"headline": "Corrected", "revision": revision})
    assert answer.status_code == 200, answer.text
    await post(
        admin, headline="Withheld", pub_status="withheld", ed_note="Wait.", people=[mention("Ivo Brandt")]
    )
    await post(admin, headline="Later", embargoed_until="2100-01-01T00:00:00Z")
    for born in ("1950", "1980"):
        person = await post(admin, "/v1/people", name="Odo Fennimark", born=born)
        await post(admin, headline=f"Of {born}", people=[mention({"id": person["id"]})], quotes=[quote()])


@pytest.mark.usefixtures("filled")
async def test_an_archive_that_was_moved_is_the_same(store: Database, emptying: str, tmp_path: Path) -> None:
    found = await moved(store, emptying, tmp_path, *KINDS)
    before, after = found["before"], await archive(store)
    assert found["done"]["articles"].losses == {"/corrections": 1}
    for what in KINDS:
        # An organisation that another one or a person names comes with it, and is completed by its own line.
        outcomes = found["done"][what].counts
        assert set(outcomes) <= {"created", "updated", "unchanged"}, (what, outcomes)
        assert outcomes.total() == len(before[what]) > 2
        left, right = [sorted(json.dumps(told(each)) for each in side[what]) for side in (before, after)]
        assert left == right


@pytest.mark.usefixtures("filled")
async def test_articles_alone_bring_their_people_and_keep_those_of_one_name_apart(
    store: Database, emptying: str, tmp_path: Path
) -> None:
    found = await moved(store, emptying, tmp_path, "articles", "people")
    after = await archive(store)
    by_uri = {article["uri"]: told(article) for article in after["articles"]}
    # Offices are known only with the records of the people.
    for article in map(told, found["before"]["articles"]):
        other = by_uri[article["uri"]]
        for each in (article, other):
            for said in each["quotes"]:
                said["speaker"]["position"] = None
        assert other == article
    homonyms = [person for person in after["people"] if person["name"] == "Odo Fennimark"]
    assert sorted(person["born"] for person in homonyms) == ["1950", "1980"]
    assert found["done"]["people"].counts["updated"] > 2


@pytest.mark.usefixtures("filled")
async def test_an_archive_that_is_imported_again_changes_nothing(
    store: Database, admin: httpx.AsyncClient, emptying: str, tmp_path: Path
) -> None:
    found = await moved(store, emptying, tmp_path, *KINDS)
    before = await counts(store)
    for what in KINDS:
        path = tmp_path / f"{what}.ndjson"
        type = {"people": "person", "organisations": "organisation"}.get(what)
        done = await run(store, path, type=type)
        assert done.counts == {"unchanged": len(found["before"][what])}, what
    assert await counts(store) == before
    people = (await admin.get("/v1/people", params={"name": "Odo Fennimark"})).json()["items"]
    assert (await patch(admin, people[0]["href"], {"born": "1951"})).status_code == 200
    done = await run(store, tmp_path / "people.ndjson", type="person")
    assert done.counts["refused"] == 1


async def test_only_the_command_takes_what_a_store_has_made(
    writer: httpx.AsyncClient, store: Database
) -> None:
    article = await post(writer)
    answer = await writer.post("/v1/articles", content=ndjson([article]), headers=LINES)
    assert json.loads(answer.text)["status"] == 422


async def test_a_line_that_only_looks_exported_is_refused(store: Database, tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    looks = {"type": "article", "href": "/v1/articles/x", "id": "x"}
    odd = [{**looks, "quotes": [3]}, {**looks, "quotes": [{}]}, looks, {**looks, "id": 7, "body": None}]
    path.write_bytes(ndjson([*odd, dispatch(links=[{"rel": "related", "href": "/v1/articles/x"}])]))
    assert (await run(store, path)).counts == {"refused": 4, "created": 1}
