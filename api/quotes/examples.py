"""Examples of the API description: a quote, as posted inside its article and as answered."""

from datetime import timedelta
from typing import Any

import msgspec

from api.entities.compose import ref_of
from api.entities.examples import PERSON, WHEN
from api.quotes import compose
from api.quotes.schemas import QuoteInput, QuoteState
from api.wire import Ref, entity_ref, href_of

BODY = [
    "The night ferry to Sorrel Island will run again from Monday, transport secretary Mara Venn said.",
    "“The boats are sound and the crews are back,” she told Harbour Radio.",
]
HEADLINE = "Night ferry to run again from Monday"
ARTICLE_ID = "019cb48f-d5b3-7e63-b2c1-7d8e9f0a1b2c"
RADIO = entity_ref("organisation", "019cb48f-d5b3-7f74-83d2-8e9f0a1b2c3d", "Harbour Radio")

QUOTE_POSTED: dict[str, Any] = {
    "form": "direct",
    "fragments": [{"text": "The boats are sound and the crews are back,"}],
    "speaker": {"kind": "person", "as_printed": "she", "person": {"name": "Mara Venn"}},
    "chain": [{"as_printed": "Harbour Radio", "organisation": {"name": "Harbour Radio"}, "cue": "told"}],
    "cue": "told",
    "said_on": {"value": "2026-03-03", "precision": "day"},
}
_GIVEN = msgspec.convert(QUOTE_POSTED, QuoteInput)
_FRAGMENTS = compose.fragments(_GIVEN, BODY, "#", [])
QUOTE = compose.new_quote(
    "019cb48f-d5b3-7085-94e3-9f0a1b2c3d4e",
    Ref(id=ARTICLE_ID, type="article", headline=HEADLINE, href=href_of("article", ARTICLE_ID)),
    1,
    WHEN,
    {
        "form": _GIVEN.form,
        "fragments": _FRAGMENTS,
        "text": compose.text_of(_FRAGMENTS),
        **compose.attribution(
            _GIVEN,
            "#",
            {"#/speaker/person": ref_of(PERSON), "#/chain/0/organisation": RADIO},
            {},
            "en",
        ),
    },
)
CORRECTED: dict[str, Any] = {"cue": "said", "occasion": "in an interview with Harbour Radio"}
LATER = WHEN + timedelta(hours=1)
_NOW = compose.revised(QUOTE, QUOTE.article, 1, LATER, CORRECTED)
STATES = [
    QuoteState(version=_NOW.version, at=LATER, article_version=1, reason=None, quote=_NOW),
    QuoteState(version=QUOTE.version, at=WHEN, article_version=1, reason=None, quote=QUOTE),
]
