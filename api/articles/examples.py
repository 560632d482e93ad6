"""Examples of the API description: a dispatch, as posted and as answered."""

from typing import Any

import msgspec

from api.articles.comparing import compare
from api.articles.compose import compose, summary_of
from api.articles.schemas import ArticleInput, Correction, PostedArticle, Revision
from api.articles.versions import ArticleVersion
from api.entities.compose import ref_of
from api.entities.examples import ORGANISATION, PERSON, WHEN
from api.entities.schemas import Resolution
from api.keys.schemas import KeyRef
from api.quotes.compose import revised
from api.quotes.examples import ARTICLE_ID, BODY, HEADLINE, LATER, QUOTE, QUOTE_POSTED, RADIO
from api.wire import Ref

DISPATCH: dict[str, Any] = {
    "headline": HEADLINE,
    "language": "en",
    "body": BODY,
    "dateline": {
        "text": "LOWHAVEN, March 3 (Osta)",
        "date": {"value": "2026-03-03", "precision": "day", "basis": "printed day, year of filing"},
        "place": "Lowhaven",
        "agency": "Osta",
    },
    "provider": {"name": "Osta", "kind": "agency"},
    "people": [
        {
            "person": {"name": "Mara Venn"},
            "as_printed": ["Mara Venn"],
            "role": "transport secretary",
            "rel": "about",
        }
    ],
    "quotes": [QUOTE_POSTED],
}
_REFS = {"#/provider": ref_of(ORGANISATION), "#/people/0/person": ref_of(PERSON)}
ARTICLE = compose(
    msgspec.convert(DISPATCH, ArticleInput),
    _REFS,
    [QUOTE],
    id=ARTICLE_ID,
    uri=f"urn:uuid:{ARTICLE_ID}",
    version=1,
    created_at=WHEN,
    updated_at=WHEN,
    published_at=WHEN,
    corrections=[],
)


def _resolution(pointer: str, ref: Ref, *, linked: bool) -> Resolution:
    return Resolution(
        pointer=pointer,
        outcome="linked" if linked else "created",
        id=ref.id,
        type="person" if ref.type == "person" else "organisation",
        name=str(ref.name),
        score=1.0,
        reason="the same name" if linked else "no entity has this name",
    )


POSTED = PostedArticle(
    **msgspec.structs.asdict(ARTICLE),
    resolution=[
        _resolution("#/people/0/person", ref_of(PERSON), linked=True),
        _resolution("#/provider", ref_of(ORGANISATION), linked=True),
        _resolution("#/quotes/0/speaker/person", ref_of(PERSON), linked=True),
        _resolution("#/quotes/0/chain/0/organisation", RADIO, linked=False),
    ],
)
SUMMARY = msgspec.json.decode(summary_of(ARTICLE))
CORRECTION: dict[str, Any] = {
    "headline": "Night ferry to run again from Tuesday",
    "body": [BODY[0].replace("Monday", "Tuesday"), BODY[1]],
    "revision": {"kind": "correction", "note": "The first crossing is on Tuesday.", "public": True},
}
_REVISION = msgspec.convert(CORRECTION["revision"], Revision)
_REF = msgspec.structs.replace(QUOTE.article, headline=CORRECTION["headline"])
CORRECTED = compose(
    msgspec.convert({**DISPATCH, **CORRECTION}, ArticleInput),
    _REFS,
    [revised(QUOTE, _REF, 2, LATER, {})],
    id=ARTICLE_ID,
    uri=ARTICLE.uri,
    version=2,
    created_at=WHEN,
    updated_at=LATER,
    published_at=WHEN,
    corrections=[Correction(version=2, kind=_REVISION.kind, note=_REVISION.note, at=LATER)],
)
VERSIONS = [
    ArticleVersion(
        version=article.version,
        at=article.updated_at,
        by=KeyRef(key="019cb48f-d5b3-7196-a5f4-0a1b2c3d4e5f", name="desk"),
        revision=revision,
        href=f"{article.href}/versions/{article.version}",
    )
    for article, revision in ((CORRECTED, _REVISION), (ARTICLE, Revision()))
]
DIFFERENCE = compare(ARTICLE, CORRECTED)
