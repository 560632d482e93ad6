"""Examples of the API description: a dispatch, as posted and as answered."""

from typing import Any

import msgspec

from api.articles.compose import compose, summary_of
from api.articles.schemas import ArticleInput, PostedArticle
from api.entities.compose import ref_of
from api.entities.examples import ORGANISATION, PERSON, WHEN
from api.entities.schemas import Resolution
from api.quotes.examples import ARTICLE_ID, BODY, HEADLINE, QUOTE, QUOTE_POSTED, RADIO
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
    "revision": {"kind": "correction", "note": "The first crossing is on Tuesday.", "public": True},
}
