"""What a search finds of each type, best first."""

from datetime import UTC, datetime
from typing import Any

from api.articles import lists as articles
from api.articles.filters import NAMED as NAMED_IN_ARTICLES
from api.articles.filters import ArticleFilters
from api.db.pool import Conn
from api.entities import lists as entities
from api.entities.filters import EntityFilters
from api.http.reader import Reader
from api.lists.newest import ranked
from api.lists.reading import Reading
from api.lists.statements import Listing, ScoredKey
from api.lists.terms import Query
from api.quotes import lists as quotes
from api.quotes.filters import NAMED as NAMED_IN_QUOTES
from api.quotes.filters import QuoteFilters
from api.search.schemas import SearchParams
from api.visibility import listed
from api.wire import EntityType, ResourceType

# A query that is somebody's name most likely means them. Powers of two, so that no score is rounded.
WEIGHTS: dict[ResourceType, float] = {"person": 4.0, "organisation": 4.0, "article": 1.0, "quote": 1.0}
ORDER: tuple[ResourceType, ...] = ("person", "organisation", "article", "quote")

# Of articles and quotes, so many of the latest matches are ranked; four times as many of people and
# organisations, who are few beside them, and whose age says little.
RANKED = 2_500

# Where a hit stands: its weighted score, the place of its type in `ORDER`, and its key within the type.
Place = tuple[float, int, Any, str]
# Before and behind every key of a type: lists of entities are ordered by id, the others by time.
_LOWEST_ID, _HIGHEST_ID = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
_FIRST_TIME, _LAST_TIME = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class Search:
    """One search, as one reader sees it. `readings` are how its words were read for each type."""

    def __init__(self, conn: Conn, params: SearchParams, reader: Reader) -> None:
        self._conn = conn
        self._params = params
        self._reader = reader
        self.readings: dict[ResourceType, Reading] = {}

    async def find(self, start: Place | None, limit: int) -> list[Place]:
        """Give the places of the first `limit` hits behind `start`, best first."""
        found: list[Place] = []
        for number, type in enumerate(ORDER):
            if type in (self._params.types or ORDER):
                found += await self._find(number, type, start, limit)
        return sorted(found, key=lambda place: (-place[0], place[1]))[:limit]

    async def _find(self, number: int, type: ResourceType, start: Place | None, limit: int) -> list[Place]:
        if type == "article":
            listing, reading = await self._articles()
            wanted = reading.wanted(*NAMED_IN_ARTICLES)
        elif type == "quote":
            listing, reading = await self._quotes()
            wanted = reading.wanted(*NAMED_IN_QUOTES)
        else:
            listing, reading, wanted = await self._entities(type)
        self.readings[type] = reading
        most = RANKED if type in ("article", "quote") else 4 * RANKED
        keys = await ranked(listing, wanted, _start(start, number, type), limit, most)
        return [(score * WEIGHTS[type], number, at, id) for score, at, id in keys]

    async def _articles(self) -> tuple[Listing, Reading]:
        filters = ArticleFilters(q=self._params.q, language=self._params.language)
        found = await articles.conditions_of(self._conn, filters, listed(self._reader))
        return articles.listing(self._conn, found), _read(found.reading)

    async def _quotes(self) -> tuple[Listing, Reading]:
        filters = QuoteFilters(q=self._params.q, language=self._params.language)
        found = await quotes.conditions_of(self._conn, filters, listed(self._reader))
        return quotes.listing(self._conn, found), _read(found.reading)

    async def _entities(self, type: EntityType) -> tuple[Listing, Reading, Query]:
        filters = EntityFilters(q=self._params.q)
        found = await entities.conditions_of(self._conn, type, filters, sees_held=self._reader.sees_held)
        return entities.listing(self._conn, found), _read(found.reading), found.wanted


def _read(reading: Reading | None) -> Reading:
    assert reading is not None  # noqa: S101 - `q` was given
    return reading


def _start(start: Place | None, number: int, type: ResourceType) -> ScoredKey | None:
    """Give the key behind which the hits of a type follow those before `start`."""
    if start is None:
        return None
    score, of_type, at, id = start
    score /= WEIGHTS[type]
    by_id = type in ("person", "organisation")
    if number == of_type:
        return score, at, id
    if number < of_type:
        return score, _LOWEST_ID if by_id else _FIRST_TIME, _LOWEST_ID
    return score, _HIGHEST_ID if by_id else _LAST_TIME, _HIGHEST_ID
