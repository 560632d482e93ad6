"""Atom feeds (RFC 4287), paged as RFC 5005 says."""

from lxml import etree

from api.feeds.entries import TITLE, Entry, Page
from api.formats.elements import LANG, Element, add, document, stamp

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


def render(page: Page) -> bytes:
    """Render a page of a feed."""
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    add(feed, "id", page.site + "/v1/feeds/articles.atom")
    add(feed, "title", TITLE)
    add(feed, "updated", stamp(page.updated))
    add(add(feed, "author"), "name", TITLE)
    add(feed, "link", rel="self", type=MEDIA_TYPE, href=page.address)
    add(feed, "link", rel="alternate", type="application/json", href=page.site + "/v1/articles")
    if page.next:
        add(feed, "link", rel="next", type=MEDIA_TYPE, href=page.next)
    for entry in page.entries:
        _entry(add(feed, "entry"), entry)
    return document(feed)


def _entry(parent: Element, entry: Entry) -> None:
    parent.set(LANG, entry.language)
    add(parent, "id", entry.id)
    add(parent, "title", entry.title)
    add(parent, "published", stamp(entry.published))
    add(parent, "updated", stamp(entry.updated))
    if entry.author:
        add(add(parent, "author"), "name", entry.author)
    add(parent, "link", rel="alternate", type="text/html", href=entry.address)
    for category in entry.categories:
        add(parent, "category", term=category)
    add(parent, "summary", entry.summary)
    add(parent, "content", entry.content, type="html")
