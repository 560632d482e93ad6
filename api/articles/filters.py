"""The filters of the lists of articles, and the condition that they set."""

from typing import Annotated

from msgspec import Meta

from api.articles.schemas import PubStatus, Timestamp
from api.db.pool import Conn
from api.entities.same import same_entities
from api.http.paging import PageParams
from api.lists.filters import (
    MOST_VALUES,
    EntityIds,
    Ids,
    Languages,
    SchemedCodes,
    Words,
    check_interval,
    check_languages,
)
from api.lists.reading import Reading
from api.lists.terms import Query, all_of, folded_keyword, in_languages, one_of
from api.lists.web_query import check_words
from api.subjects.queries import with_narrower
from api.wire import Line, Uri, check_all

Lines = Annotated[list[Line], Meta(min_length=1, max_length=MOST_VALUES)]
Urgencies = Annotated[list[Annotated[int, Meta(ge=1, le=9)]], Meta(min_length=1, max_length=9)]
Statuses = Annotated[list[PubStatus], Meta(min_length=1, max_length=3)]


# The terms by which an article is of somebody whom a query names.
NAMED = ("person", "organisation")


class ArticleFilters(PageParams, frozen=True, kw_only=True):
    """What a list of articles can be narrowed to. A comma means or; several filters mean and."""

    q: Words | None = None
    id: Ids | None = None
    # One only: a tag URI has a comma in it.
    uri: Annotated[Uri | None, Meta(description="With this uri.", examples=["tag:example.org,2023:d-1"])] = (
        None
    )
    language: Languages | None = None
    provider: Annotated[EntityIds | None, Meta(description="Published by one of these organisations.")] = None
    source: Annotated[EntityIds | None, Meta(description="Resting on one of these as a source.")] = None
    person: Annotated[
        EntityIds | None, Meta(description="Naming, picturing or quoting one of these people.")
    ] = None
    organisation: Annotated[
        EntityIds | None,
        Meta(description="Naming, quoting or resting on one of these; being published by it is not it."),
    ] = None
    subject: Annotated[
        SchemedCodes | None, Meta(description="About one of these subjects, or about one below it.")
    ] = None
    keyword: Annotated[
        Lines | None,
        Meta(description="With one of these keywords, in any case.", examples=[["flood", "river"]]),
    ] = None
    genre: Annotated[Lines | None, Meta(description="Of one of these genres.", examples=[["interview"]])] = (
        None
    )
    urgency: Annotated[
        Urgencies | None, Meta(description="Of one of these urgencies.", examples=[[1, 2]])
    ] = None
    pub_status: Annotated[Statuses | None, Meta(description="With one of these statuses.")] = None
    published_after: Annotated[
        Timestamp | None, Meta(description="Published then or later.", examples=["2023-12-15T00:00:00Z"])
    ] = None
    published_before: Annotated[
        Timestamp | None, Meta(description="Published earlier than then.", examples=["2024-01-01T00:00:00Z"])
    ] = None
    updated_after: Annotated[
        Timestamp | None, Meta(description="Changed then or later.", examples=["2023-12-15T09:30:00Z"])
    ] = None
    has_quotes_by: Annotated[EntityIds | None, Meta(description="Quoting one of these.")] = None
    via: Annotated[EntityIds | None, Meta(description="With a quote that one of these relayed.")] = None

    def __post_init__(self) -> None:
        """Refuse a query without words, languages that are none, times that end before they start."""
        check_all(
            lambda: check_words(self.q),
            lambda: check_languages(self.language),
            lambda: check_interval("published", self.published_after, self.published_before),
        )


async def query_of(conn: Conn, filters: ArticleFilters, reading: Reading | None) -> Query | None:
    """Give the condition that the filters, and `q` as it was read, set on an article's terms and words."""
    return all_of(
        [
            reading and reading.condition(*NAMED),
            in_languages(filters.language),
            one_of("provider", await same_entities(conn, filters.provider)),
            one_of("source", await same_entities(conn, filters.source)),
            one_of("person", await same_entities(conn, filters.person)),
            one_of("organisation", await same_entities(conn, filters.organisation)),
            one_of("speaker", await same_entities(conn, filters.has_quotes_by)),
            one_of("via", await same_entities(conn, filters.via)),
            one_of("subject", await with_narrower(conn, filters.subject)),
            one_of("keyword", map(folded_keyword, filters.keyword) if filters.keyword else None),
            one_of("genre", map(folded_keyword, filters.genre) if filters.genre else None),
            one_of("urgency", map(str, filters.urgency) if filters.urgency else None),
            one_of("status", filters.pub_status),
        ]
    )
