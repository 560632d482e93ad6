"""The filters of the lists of people and organisations."""

from typing import Annotated

from msgspec import Meta

from api.entities.schemas import OrganisationKind
from api.http.paging import PageParams
from api.lists.filters import MOST_VALUES, EntityIds, FilterError, Ids, SchemedCodes, Words, check_day
from api.lists.web_query import check_words
from api.wire import COUNTRIES, CountryCode, Line, NameValue, PartialDate, check_all

Countries = Annotated[
    list[CountryCode],
    Meta(min_length=1, max_length=MOST_VALUES, description="Of one of these countries."),
]
Kinds = Annotated[
    list[OrganisationKind], Meta(min_length=1, max_length=8, description="Of one of these kinds.")
]


At = (
    Annotated[
        PartialDate,
        Meta(
            description="Offices held on that day, or in that month or year; or possibly so.",
            examples=["2023-12-15"],
        ),
    ]
    | None
)


class EntityFilters(PageParams, frozen=True, kw_only=True):
    """What the lists of people and of organisations can be narrowed to. A comma means or."""

    q: Words | None = None
    id: Ids | None = None
    name: (
        Annotated[
            NameValue,
            Meta(
                description="A name or the beginning of one, in any spelling and script. Best first.",
                examples=["Mara Venn"],
            ),
        ]
        | None
    ) = None
    identifier: (
        Annotated[SchemedCodes, Meta(description="With one of these identifiers.", examples=["wikidata:Q1"])]
        | None
    ) = None
    country: Countries | None = None

    def __post_init__(self) -> None:
        """Refuse a query without words, and countries that are none."""
        check_all(lambda: check_words(self.q), self._check_countries)

    def _check_countries(self) -> None:
        if self.country and not COUNTRIES.issuperset(self.country):
            raise FilterError("country", "unknown_country", "This is not an ISO 3166-1 alpha-2 code.")


class PersonFilters(EntityFilters, frozen=True, kw_only=True):
    """What the list of people can be narrowed to. `position`, `organisation` and `at` are of one office."""

    position: (
        Annotated[
            Line,
            Meta(
                pattern=r"\w",
                description="Holding an office whose title has all these words.",
                examples=["foreign minister"],
            ),
        ]
        | None
    ) = None
    organisation: Annotated[EntityIds, Meta(description="Holding an office at one of these.")] | None = None
    at: At = None

    def __post_init__(self) -> None:
        """Refuse also a day that does not exist."""
        check_all(super().__post_init__, lambda: check_day("at", self.at))


class OrganisationFilters(EntityFilters, frozen=True, kw_only=True):
    """What the list of organisations can be narrowed to."""

    organisation: Annotated[EntityIds, Meta(description="Being a part of one of these.")] | None = None
    kind: Kinds | None = None
