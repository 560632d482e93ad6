"""JSON Feed 1.1."""

from typing import Any

import msgspec

from api.feeds.entries import TITLE, Entry, Page

MEDIA_TYPE = "application/feed+json"


def render(page: Page) -> bytes:
    """Render a page of a feed."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": page.site + "/v1/articles",
        "feed_url": page.address,
        "next_url": page.next,
        "items": [_item(entry) for entry in page.entries],
    }
    return msgspec.json.encode({name: value for name, value in feed.items() if value is not None})


def _item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.id,
        "url": entry.address,
        "title": entry.title,
        "content_html": entry.content,
        "summary": entry.summary,
        "image": entry.picture,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": [{"name": entry.author}] if entry.author else None,
        "tags": entry.categories or None,
        "language": entry.language,
    }
    return {name: value for name, value in item.items() if value is not None}
