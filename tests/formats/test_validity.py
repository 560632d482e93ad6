"""Every export is valid under the standard's own schema, or for a processor of it."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree
from pyld import jsonld

from api.articles.schemas import Article
from api.formats.registry import FORMATS
from tests.formats import schemas
from tests.formats.articles import SITE, article, full

CORPUS = schemas.ROOT.parent / "shared" / "data" / "articles-small.ndjson.gz"
ODD = article(
    ["  two  spaces\tand a tab ", "line\nline", "<b>&amp;</b> ]]> \"'", "\U0001f680 שלום \ufffe e\u0301"],
    uri="no-scheme & <uri>",
    headline="A\nheadline ]]> <b>",
    links=[{"rel": "related", "href": "/relative?a=1&b=2", "title": None}],
)
ARTICLES = {"full": full(), "odd": ODD, "plain": article(["Text."]), "withheld": full(pub_status="withheld")}


def errors_of(schema: etree.XMLSchema, raw: bytes) -> list[str]:
    schema.validate(etree.fromstring(raw))
    return [f"{entry.line}: {entry.message}" for entry in schema.error_log]


@schemas.needed
@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_is_valid_in_each_standard(name: str) -> None:
    exported = {each: form.render(ARTICLES[name], SITE) for each, form in FORMATS.items()}
    assert errors_of(schemas.newsml_g2(), exported["newsml-g2"]) == []
    assert errors_of(schemas.nitf(), exported["nitf"]) == []
    plain, extended = json.loads(exported["ninjs"]), json.loads(exported["ninjs-dateline"])
    assert [each.message for each in schemas.ninjs_validator().iter_errors(plain)] == []
    assert [each.message for each in schemas.extension_validator().iter_errors(extended)] == []


@schemas.needed
def test_the_extension_is_no_plain_ninjs_and_refuses_what_neither_knows() -> None:
    document = json.loads(FORMATS["ninjs-dateline"].render(full(), SITE))
    assert not schemas.ninjs_validator().is_valid(document)
    validator = schemas.extension_validator()
    assert validator.is_valid(document)
    assert not validator.is_valid(document | {"quotez": []})
    assert not validator.is_valid(document | {"pubStatus": "cancelled"})
    document["quotes"][0]["fragments"][0]["start"] = -1
    assert not validator.is_valid(document)


def corpus() -> Iterator[Article]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            record: dict[str, Any] = json.loads(line)
            headline = record["headline"] or record["body"][0][:120]
            yield article(
                record["body"],
                headline=headline,
                language=record["language"],
                byline=", ".join(record["authors"]) or None,
                dateline={"text": record["dateline"]} if record.get("dateline") else None,
            )


def no_network(url: str, _options: Any) -> Any:
    raise AssertionError(f"the context must be in the document, not at {url}")


def expanded(each: Article) -> dict[str, Any]:
    document = json.loads(FORMATS["jsonld"].render(each, SITE))
    (found,) = jsonld.expand(document, {"documentLoader": no_network})
    return found


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not at ../shared/data")
def test_two_thousand_real_articles_are_valid_in_each_standard_and_lose_nothing_of_their_text() -> None:
    count = 0
    for each in corpus():
        raw = FORMATS["newsml-g2"].render(each, SITE)
        assert errors_of(schemas.newsml_g2(), raw) == []
        assert errors_of(schemas.nitf(), FORMATS["nitf"].render(each, SITE)) == []
        assert schemas.ninjs_validator().is_valid(json.loads(FORMATS["ninjs"].render(each, SITE)))
        assert schemas.extension_validator().is_valid(
            json.loads(FORMATS["ninjs-dateline"].render(each, SITE))
        )
        assert expanded(each)["@type"] == ["http://schema.org/NewsArticle"]
        assert FORMATS["newsml-g2"].losses(each, SITE) == []
        assert FORMATS["ninjs-dateline"].losses(each, SITE) == []
        count += 1
    assert count == 2000


@pytest.mark.parametrize("name", ARTICLES)
def test_a_json_ld_processor_reads_a_news_article_without_fetching_anything(name: str) -> None:
    found = expanded(ARTICLES[name])
    assert found["@type"] == ["http://schema.org/NewsArticle"]
    assert found["@id"] == SITE + ARTICLES[name].href
    assert found["http://schema.org/headline"] == [{"@value": ARTICLES[name].headline}]
    assert jsonld.normalize(found, {"algorithm": "URDNA2015", "format": "application/n-quads"})


def test_each_quote_is_a_quotation_with_its_speaker_and_its_citations() -> None:
    (listed,) = expanded(full())["http://schema.org/hasPart"]
    first, second = listed["@list"]
    assert first["@type"] == ["http://schema.org/Quotation"]
    (speaker,) = first["http://schema.org/spokenByCharacter"]
    assert speaker["@type"] == ["http://schema.org/Person"]
    assert speaker["@id"] == SITE + full().people[0].person.href
    assert speaker["http://schema.org/jobTitle"] == [{"@value": "role of the speaker"}]
    carried, relay = first["http://schema.org/citation"]
    assert carried["@id"] == SITE + full().href
    (publisher,) = relay["http://schema.org/publisher"]
    assert publisher["http://schema.org/name"] == [{"@value": "Radio-Marker"}]
    (group,) = second["http://schema.org/spokenByCharacter"]
    assert "@id" not in group
    assert group["http://schema.org/name"] == [{"@value": "officials of it"}]
