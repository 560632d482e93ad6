# ruff: noqa: RUF001 - other scripts are part of the subject
"""People and organisations in the forms of other data sets: what goes in comes out, or is told."""

import gzip
import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from api.bulk.entity_forms import WRITERS, read
from api.bulk.records import Read
from api.db.pool import Database
from api.entities.compose import compose, references
from api.entities.schemas import Organisation, OrganisationCreate, Person, PersonCreate
from api.wire import EntityType, entity_ref
from tests.bulk.lines import ndjson
from tests.bulk.test_importing import run
from tests.dispatches import post
from tests.dispatches import read as fetch

CREATE: dict[EntityType, Any] = {"person": PersonCreate, "organisation": OrganisationCreate}
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
AT = datetime(2026, 1, 1, tzinfo=UTC)
DATA = Path(__file__).parents[2].parent / "shared" / "data"
MINISTER: dict[str, Any] = {
    "name": "Mara Venn",
    "names": [
        {"value": "Мара Венн", "language": "ru", "kind": "transliteration"},
        {"value": "Mara Tarn", "kind": "former", "until": "2001"},
    ],
    "description": "Harbour minister",
    "born": "1970-02-01",
    "country": "BY",
    "identifiers": [{"scheme": "wikidata", "value": "Q0"}, {"scheme": "desk", "value": "7"}],
    "positions": [{"title": "Minister", "organisation": {"name": "Harbour Ministry"}, "from": "2020"}],
    "links": [{"rel": "related", "href": "https://example.org/venn", "title": "Page"}],
}


@pytest.mark.parametrize("form", ["popolo", "ftm"])
async def test_what_comes_out_goes_in_again_but_for_what_is_told(
    form: str, writer: httpx.AsyncClient, store: Database, tmp_path: Path
) -> None:
    first = await post(writer, "/v1/people", **MINISTER)
    document, losses = WRITERS[form](msgspec.convert(first, Person))
    assert (await writer.delete(first["href"], headers={"If-Match": "*"})).status_code == 204
    path = tmp_path / "people.ndjson"
    path.write_bytes(ndjson([document]))
    done = await run(store, path, type="person")
    assert done.counts == {"created": 1}
    (second,) = (await fetch(writer, "/v1/people"))["items"]
    differing = {
        name for name in first
        if first[name] != second[name] and name not in ("id", "href", "created_at", "updated_at")
    }  # fmt: skip
    assert differing <= {pointer.split("/")[1] for pointer in losses}
    assert ("/country" in losses) == (form == "popolo")


async def test_our_own_lines_go_in_with_their_references_by_name(
    writer: httpx.AsyncClient, store: Database, tmp_path: Path
) -> None:
    first = await post(writer, "/v1/people", **MINISTER)
    await writer.delete(first["href"], headers={"If-Match": "*"})
    path = tmp_path / "people.ndjson"
    path.write_bytes(ndjson([first]))
    assert (await run(store, path, type="person")).counts == {"created": 1}
    (second,) = (await fetch(writer, "/v1/people"))["items"]
    assert second["positions"] == first["positions"]
    assert second["names"] == first["names"]


def test_what_has_no_place_is_told() -> None:
    record = {
        "schema": "Person",
        "id": "x",
        "properties": {
            "name": ["Mara Venn", "M. Venn"],
            "nationality": ["by"],
            "birthDate": ["1970", "1971"],
        },
    }
    found = read(record, "person")
    assert found.members["born"] == "1970"
    assert sorted(found.losses) == ["/id", "/properties/birthDate/1", "/properties/nationality"]
    popolo = {
        "name": "Mara Venn",
        "gender": "female",
        "memberships": [{"organization_id": "x"}],
        "summary": "s",
    }
    assert sorted(read(popolo, "person").losses) == ["/gender", "/memberships/0"]


async def test_refused_records_say_why(store: Database, tmp_path: Path) -> None:
    path, errors = tmp_path / "people.ndjson", tmp_path / "errors"
    period = {"memberships": [{"role": "Minister", "start_date": "2020", "end_date": "2019"}]}
    named = {"name": "Mara Venn", "identifiers": [{"scheme": "desk", "identifier": "7"}], "gender": "f"}
    path.write_bytes(ndjson([named, named, {"name": "Ivo Brandt", **period}, ["no record"]]))
    assert (await run(store, path, errors=errors, type="person")).counts == {"created": 1, "refused": 3}
    told = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [(each["line"], each["status"]) for each in told] == [(2, 409), (3, 422), (4, 422)]
    assert told[0]["problem"]["errors"][0]["code"] == "duplicate_identifier"


PERSON = {"id": "p1", "name": "Mara Venn", "family_name": "Venn", "birth_date": "1970-02"}


@pytest.mark.parametrize(
    ("document", "created", "lost"),
    [
        (PERSON, 1, ["/family_name", "/id"]),
        (
            [PERSON, {"name": "Ivo Brandt", "links": [{"url": "https://a.example"}]}],
            2,
            ["/family_name", "/id"],
        ),
        (
            {"persons": [PERSON], "organizations": [{"name": "Tessel"}], "events": [{"name": "Vote"}]},
            1,
            ["/events", "/family_name", "/id", "/organizations"],
        ),
        ({"schema": "Person", "properties": {"name": ["Mara Venn"]}}, 1, []),
    ],
)
async def test_a_json_document_holds_one_record_or_many(
    store: Database, tmp_path: Path, document: Any, created: int, lost: list[str]
) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps(document, indent=2))
    done = await run(store, path, type="person")
    assert (done.counts, sorted(done.losses)) == ({"created": created}, lost)


async def test_a_document_that_is_no_json_is_refused(store: Database, tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text("{")
    (tmp_path / "people.xml").write_text("<people/>")
    assert (await run(store, tmp_path, type="person")).counts == {"refused": 2}


def posted(found: Read) -> Person | Organisation:
    """Give the entity that a record makes, with the organisations that it names under an id."""
    given = msgspec.convert(found.members, CREATE[found.type])
    refs = {pointer: entity_ref("organisation", ID, str(each.name)) for pointer, each in references(given)}
    return compose(given, refs, id=ID, version=1, created_at=AT, updated_at=AT)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", ["people-small", "organisations"])
def test_what_differs_of_public_figures_after_there_and_back_is_what_was_told(name: str, form: str) -> None:
    source = DATA / f"{name}.ndjson.gz"
    if not source.exists():
        pytest.skip("the shared data is not here")
    type: EntityType = "organisation" if name == "organisations" else "person"
    compared = 0
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 600):
            try:
                first = posted(read(json.loads(line), type))
            except msgspec.ValidationError:
                continue
            document, losses = WRITERS[form](first)
            second = posted(read(json.loads(msgspec.json.encode(document)), type))
            differing = {
                member
                for member in first.__struct_fields__
                if getattr(first, member) != getattr(second, member)
            }
            assert differing == {pointer.split("/")[1] for pointer in losses}
            compared += 1
    assert compared > 200


async def test_public_figures_go_in_and_come_out_equal(
    store: Database, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    source = DATA / "people-small.ndjson.gz"
    if not source.exists():
        pytest.skip("the shared data is not here")
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        records = [json.loads(next(lines)) for _ in range(60)]
    path = tmp_path / "people.ndjson"
    path.write_bytes(ndjson(records))
    done = await run(store, path, type="person")
    assert done.counts.total() == 60
    assert done.counts["created"] > 50
    people = {each["name"]: each for each in (await fetch(client, "/v1/people", limit=200))["items"]}
    compared = 0
    for record in records:
        person = people.get(record["names"][0]["name"])
        if person is None or sum(r["names"][0] == record["names"][0] for r in records) > 1:
            continue
        compared += 1
        assert {n["value"] for n in person["names"]} == {n["name"] for n in record["names"]}
        assert person["born"] == record.get("birth_date")
        roles = [each["role"] for each in record["memberships"] if each["role"]]
        assert [each["title"] for each in person["positions"]] == roles
    assert compared > 50
