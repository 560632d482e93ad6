"""Atom feeds (RFC 4287), paged as RFC 5005 says."""

from datetime import datetime

from lxml import etree

from api.feeds.entries import TITLE, Entry, Page
from api.formats.markup import xml_text

ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MEDIA_TYPE = "application/atom+xml"


def render(page: Page) -> bytes:
    """Render a page of a feed."""
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(feed, "id", page.site + "/v1/feeds/articles.atom")
    _add(feed, "title", TITLE)
    _add(feed, "updated", stamp(page.updated))
    _add(_add(feed, "author"), "name", TITLE)
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=page.address)
    _add(feed, "link", rel="alternate", type="application/json", href=page.site + "/v1/articles")
    if page.next:
        _add(feed, "link", rel="next", type=MEDIA_TYPE, href=page.next)
    for entry in page.entries:
        _entry(_add(feed, "entry"), entry)
    return etree.tostring(feed, xml_declaration=True, encoding="UTF-8")


def stamp(moment: datetime) -> str:
    """Write a time as RFC 3339 does."""
    return moment.isoformat().replace("+00:00", "Z")


def _add(
    parent: etree._Element, tag: str, text: str | None = None, /, **attributes: str
) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{tag}", {k: xml_text(v) for k, v in attributes.items()})
    if text is not None:
        child.text = xml_text(text)
    return child


def _entry(parent: etree._Element, entry: Entry) -> None:
    parent.set(LANG, entry.language)
    _add(parent, "id", entry.id)
    _add(parent, "title", entry.title)
    _add(parent, "published", stamp(entry.published))
    _add(parent, "updated", stamp(entry.updated))
    if entry.author:
        _add(_add(parent, "author"), "name", entry.author)
    _add(parent, "link", rel="alternate", type="text/html", href=entry.address)
    for category in entry.categories:
        _add(parent, "category", term=category)
    _add(parent, "summary", entry.summary)
    _add(parent, "content", entry.content, type="html")
