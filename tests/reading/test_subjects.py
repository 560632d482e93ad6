"""Subjects: the vocabulary as a list, and articles found by what stands above their subjects."""

import httpx
import msgspec
import pytest

from api.db.pool import Database
from api.subjects.queries import load_shipped, replace_vocabulary
from api.subjects.vocabulary import SHIPPED, Term, VocabularyError, compact
from api.subjects.vocabulary import read as read_file
from tests.dispatches import ids, post, read
from tests.reading.test_filters import walk

POLITICS, FOREIGN, DIPLOMACY = "medtop:11000000", "medtop:20000638", "medtop:20000639"


def subject(id: str) -> dict[str, str]:
    scheme, _, code = id.partition(":")
    return {"scheme": scheme, "code": code}


async def test_the_shipped_vocabulary_is_loaded_once_and_listed(
    store: Database, client: httpx.AsyncClient
) -> None:
    await load_shipped(store)
    await load_shipped(store)
    vocabulary = read_file(SHIPPED)
    assert "CC BY 4.0" in str(vocabulary.licence)
    found = await walk(client, "/v1/subjects", 200)
    assert found == [f"medtop:{term.code}" for term in vocabulary.terms]
    (politics,) = (await read(client, "/v1/subjects", id=POLITICS))["items"]
    assert politics["name"] == "politics"
    assert politics["labels"]["de"] == "Politik"
    assert politics["broader"] == []
    assert (politics["scheme"], politics["code"], politics["retired"]) == ("medtop", "11000000", False)
    below = await read(client, "/v1/subjects", broader=POLITICS, limit=200)
    assert below["items"]
    assert all(POLITICS in item["broader"] for item in below["items"])
    assert POLITICS in await ids(client, "/v1/subjects", q="POLITIK", limit=200)
    assert await ids(client, "/v1/subjects", scheme="other") == []


@pytest.mark.parametrize("params", [{"id": "medtop"}, {"broader": "x"}, {"q": " "}, {"scheme": ""}])
async def test_a_malformed_subject_is_refused(params: dict[str, str], client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/subjects", params=params)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == next(iter(params))


async def test_articles_are_found_by_a_subject_above_theirs(
    store: Database, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    async with store.write() as tx:
        await replace_vocabulary(tx, read_file(SHIPPED))
    children = await ids(client, "/v1/subjects", broader=POLITICS, limit=200)
    below = await ids(client, "/v1/subjects", broader=children[0], limit=200)
    article = await post(writer, subjects=[subject((below or children)[0])])
    top = await post(writer, subjects=[subject(POLITICS)])
    await post(writer, subjects=[subject("medtop:15000000"), subject("desk:11000000")])
    assert await ids(client, "/v1/articles", subject=POLITICS) == [top["id"], article["id"]]
    assert await ids(client, "/v1/articles", subject=children[0]) == [article["id"]]
    assert len(await ids(client, "/v1/articles", subject=f"{POLITICS},desk:11000000")) == 3


async def test_a_new_edition_counts_at_once(
    store: Database, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, subjects=[subject("medtop:2")])
    old = read_file(SHIPPED)
    edition = [Term("1", [], False, {"en": "above"}), Term("2", ["1"], False, {"sv": "nedan"})]
    async with store.write() as tx:
        await replace_vocabulary(tx, old)
    assert await ids(client, "/v1/articles", subject="medtop:1") == []
    async with store.write() as tx:
        await replace_vocabulary(tx, msgspec.structs.replace(old, terms=edition))
    assert await ids(client, "/v1/articles", subject="medtop:1") == [article["id"]]
    assert [(item["id"], item["name"]) for item in (await read(client, "/v1/subjects"))["items"]] == [
        ("medtop:1", "above"),
        ("medtop:2", "nedan"),
    ]


def test_a_vocabulary_is_read_in_iptcs_form_and_in_ours(tmp_path) -> None:
    concepts = [
        {"qcode": "medtop:1", "prefLabel": {"en": "one"}},
        {
            "qcode": "medtop:2",
            "broader": ["http://cv.iptc.org/newscodes/mediatopic/1"],
            "prefLabel": {"en": "two"},
            "retired": "2020-01-01",
        },
    ]
    path = tmp_path / "topics.json"
    path.write_bytes(msgspec.json.encode({"conceptSet": concepts, "released": "2021-01-01"}))
    vocabulary = read_file(path)
    assert vocabulary.terms == [Term("1", [], False, {"en": "one"}), Term("2", ["1"], True, {"en": "two"})]
    path.write_bytes(b"".join(compact(vocabulary)))
    assert read_file(path) == vocabulary
    for content in (b"{}", b"nothing", b'{"conceptSet": 1}'):
        path.write_bytes(content)
        with pytest.raises(VocabularyError):
            read_file(path)
