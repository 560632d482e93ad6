"""Wire schemas of the search over all four types."""

from typing import Annotated

from msgspec import Meta

from api.entities.spelling import Spelling, check_spelling
from api.http.paging import PageParams
from api.lists.filters import Languages, Words, check_languages
from api.lists.highlights import Highlight
from api.lists.web_query import check_words
from api.wire import Out, Ref, ResourceType, check_all

Types = Annotated[
    list[ResourceType],
    Meta(min_length=1, max_length=4, description="Only resources of these types."),
]


class SearchParams(PageParams, frozen=True, kw_only=True):
    """The parameters of the search."""

    q: Words
    types: Types | None = None
    language: Languages | None = None
    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse a query without words, and languages that are none."""
        check_all(
            lambda: check_words(self.q),
            lambda: check_languages(self.language),
            lambda: check_spelling(self.names),
        )


class Hit(Out, frozen=True, kw_only=True):
    """A resource that was found: how well it fits, and the words found in a part of its text."""

    resource: Ref
    score: Annotated[float, Meta(description="Comparable within one answer only.")]
    snippet: str
    highlights: list[Highlight]


class SearchPage(Out, frozen=True, kw_only=True):
    """A page of what was found, best first."""

    items: list[Hit]
    next: str | None
    ranked_within: Annotated[int, Meta(description="Of each type, so many of the latest matches are ranked.")]
