"""RSS 2.0 feeds, with the content, the author and the time of the last change from other vocabularies."""

from email.utils import format_datetime

from lxml import etree

from api.feeds.atom import ATOM, stamp
from api.feeds.entries import TITLE, Entry, Page
from api.formats.markup import xml_text

CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA_TYPE = "application/rss+xml"


def render(page: Page) -> bytes:
    """Render a page of a feed."""
    rss = etree.Element("rss", nsmap={"atom": ATOM, "content": CONTENT, "dc": DC})
    rss.set("version", "2.0")
    channel = _add(rss, "channel")
    _add(channel, "title", TITLE)
    _add(channel, "link", page.site + "/v1/articles")
    _add(channel, "description", "Articles, latest first")
    _add(channel, "lastBuildDate", format_datetime(page.updated))
    _add(channel, f"{{{ATOM}}}link", rel="self", type=MEDIA_TYPE, href=page.address)
    if page.next:
        _add(channel, f"{{{ATOM}}}link", rel="next", type=MEDIA_TYPE, href=page.next)
    for entry in page.entries:
        _item(_add(channel, "item"), entry)
    return etree.tostring(rss, xml_declaration=True, encoding="UTF-8")


def _add(
    parent: etree._Element, tag: str, text: str | None = None, /, **attributes: str
) -> etree._Element:
    child = etree.SubElement(parent, tag, {k: xml_text(v) for k, v in attributes.items()})
    if text is not None:
        child.text = xml_text(text)
    return child


def _item(parent: etree._Element, entry: Entry) -> None:
    _add(parent, "title", entry.title)
    _add(parent, "link", entry.address)
    _add(parent, "guid", entry.id, isPermaLink="false")
    _add(parent, "pubDate", format_datetime(entry.published))
    _add(parent, f"{{{ATOM}}}updated", stamp(entry.updated))
    _add(parent, f"{{{DC}}}language", entry.language)
    if entry.author:
        _add(parent, f"{{{DC}}}creator", entry.author)
    for category in entry.categories:
        _add(parent, "category", category)
    _add(parent, "description", entry.summary)
    _add(parent, f"{{{CONTENT}}}encoded", entry.content)
