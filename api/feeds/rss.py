"""RSS 2.0 feeds, with the content, the author and the time of the last change from other vocabularies."""

from email.utils import format_datetime

from lxml import etree

from api.feeds.atom import ATOM
from api.feeds.entries import TITLE, Entry, Page
from api.formats.elements import Element, add, document, stamp

CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA_TYPE = "application/rss+xml"


def render(page: Page) -> bytes:
    """Render a page of a feed."""
    rss = etree.Element("rss", nsmap={"atom": ATOM, "content": CONTENT, "dc": DC})
    rss.set("version", "2.0")
    channel = add(rss, "channel")
    add(channel, "title", TITLE)
    add(channel, "link", page.site + "/v1/articles")
    add(channel, "description", "Articles, latest first")
    add(channel, "lastBuildDate", format_datetime(page.updated))
    add(channel, f"{{{ATOM}}}link", rel="self", type=MEDIA_TYPE, href=page.address)
    if page.next:
        add(channel, f"{{{ATOM}}}link", rel="next", type=MEDIA_TYPE, href=page.next)
    for entry in page.entries:
        _item(add(channel, "item"), entry)
    return document(rss)


def _item(parent: Element, entry: Entry) -> None:
    add(parent, "title", entry.title)
    add(parent, "link", entry.address)
    add(parent, "guid", entry.id, isPermaLink="false")
    add(parent, "pubDate", format_datetime(entry.published))
    add(parent, f"{{{ATOM}}}updated", stamp(entry.updated))
    add(parent, f"{{{DC}}}language", entry.language)
    if entry.author:
        add(parent, f"{{{DC}}}creator", entry.author)
    for category in entry.categories:
        add(parent, "category", category)
    add(parent, "description", entry.summary)
    add(parent, f"{{{CONTENT}}}encoded", entry.content)
