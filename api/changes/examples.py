"""Examples of the API description: events, as a page of the feed has them."""

from datetime import UTC, datetime
from uuid import UUID

from api.changes.cursors import Place, spell
from api.changes.schemas import Change, ChangedResource, ChangePage
from api.wire import href_of

WHEN = datetime(2026, 3, 3, 16, 4, 5, tzinfo=UTC)
_ARTICLE = "019cb48f-d5b3-7e63-b2c1-7d8e9f0a1b2c"

CHANGE = Change(
    id="019cb4c6-c473-71a2-8b3c-4d5e6f708192",
    type="article.corrected",
    occurred_at=WHEN,
    resource=ChangedResource(
        id=_ARTICLE,
        type="article",
        headline="Night ferry to run again from Tuesday",
        href=href_of("article", _ARTICLE),
        version=2,
    ),
)
CURSOR = spell(bytes(32), str(UUID(int=0x019CB48F_D5B3_72B3_9C4D_5E6F708192A3)), Place(812))
PAGE = ChangePage(items=[CHANGE], cursor=CURSOR, caught_up=True)
