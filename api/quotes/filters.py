"""The filters of the lists of quotes, and the condition that they set."""

from typing import Annotated

from msgspec import Meta

from api.db.pool import Conn
from api.entities.same import same_entities
from api.http.paging import PageParams
from api.lists.filters import (
    MOST_VALUES,
    EntityIds,
    Ids,
    Languages,
    Words,
    check_days,
    check_languages,
)
from api.lists.reading import Reading
from api.lists.terms import Query, all_of, in_languages, one_of
from api.lists.web_query import check_words
from api.quotes.schemas import Attribution, Form, QuoteStatus, SpeakerKind
from api.wire import Id, PartialDate, check_all

Articles = Annotated[list[Id], Meta(min_length=1, max_length=MOST_VALUES)]
Kinds = Annotated[list[SpeakerKind], Meta(min_length=1, max_length=5)]
Forms = Annotated[list[Form], Meta(min_length=1, max_length=3)]
Attributions = Annotated[list[Attribution], Meta(min_length=1, max_length=3)]
Statuses = Annotated[
    list[QuoteStatus],
    Meta(
        min_length=1,
        max_length=3,
        description="With one of these statuses; without it those that articles carry, `current,changed`.",
    ),
]


# The term by which a quote is of somebody whom a query names.
NAMED = ("speaker",)


class QuoteFilters(PageParams, frozen=True, kw_only=True):
    """What a list of quotes can be narrowed to. A comma means or; several filters mean and."""

    q: Words | None = None
    id: Ids | None = None
    speaker: Annotated[EntityIds | None, Meta(description="Said by one of these.")] = None
    speaker_kind: Annotated[Kinds | None, Meta(description="By speakers of one of these kinds.")] = None
    organisation: Annotated[
        EntityIds | None, Meta(description="Said by or in the name of one of these organisations.")
    ] = None
    via: Annotated[EntityIds | None, Meta(description="Relayed by one of these.")] = None
    form: Annotated[Forms | None, Meta(description="Of one of these forms.")] = None
    attribution: Annotated[Attributions | None, Meta(description="Attributed in one of these ways.")] = None
    article: Annotated[Articles | None, Meta(description="In one of these articles.")] = None
    said_after: Annotated[
        PartialDate | None, Meta(description="May have been said on that day or later.")
    ] = None
    said_before: Annotated[PartialDate | None, Meta(description="May have been said before that day.")] = None
    language: Languages | None = None
    status: Statuses | None = None
    first_hand: Annotated[bool | None, Meta(description="`true`: without a relay; `false`: through one.")] = (
        None
    )

    def __post_init__(self) -> None:
        """Refuse a query without words, languages that are none, days that end before they start."""
        check_all(
            lambda: check_words(self.q),
            lambda: check_languages(self.language),
            lambda: check_days("said", self.said_after, self.said_before),
        )


async def query_of(conn: Conn, filters: QuoteFilters, reading: Reading | None) -> Query | None:
    """Give the condition that the filters, and `q` as it was read, set on a quote's terms and words."""
    hand = None if filters.first_hand is None else ["first" if filters.first_hand else "second"]
    return all_of(
        [
            reading and reading.condition(*NAMED),
            one_of("speaker", await same_entities(conn, filters.speaker)),
            one_of("organisation", await same_entities(conn, filters.organisation)),
            one_of("via", await same_entities(conn, filters.via)),
            one_of("kind", filters.speaker_kind),
            one_of("form", filters.form),
            one_of("attribution", filters.attribution),
            one_of("status", filters.status),
            one_of("hand", hand),
            in_languages(filters.language),
        ]
    )
