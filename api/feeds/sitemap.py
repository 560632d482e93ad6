"""The Google News sitemap: what was published in the last two days."""

from lxml import etree

from api.feeds.atom import stamp
from api.feeds.entries import TITLE, Entry, Page
from api.formats.markup import xml_text

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
MEDIA_TYPE = "application/xml"
# The sitemap protocol's news extension knows ISO 639 codes, and these two beside them.
CHINESE = {"zh-Hans": "zh-cn", "zh-Hant": "zh-tw", "zh-CN": "zh-cn", "zh-TW": "zh-tw", "zh": "zh-cn"}


def render(page: Page) -> bytes:
    """Render the sitemap."""
    urls = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={None: SITEMAP, "news": NEWS})
    for entry in page.entries:
        _url(etree.SubElement(urls, f"{{{SITEMAP}}}url"), entry)
    return etree.tostring(urls, xml_declaration=True, encoding="UTF-8")


def _url(url: etree._Element, entry: Entry) -> None:
    _add(url, SITEMAP, "loc", entry.address)
    _add(url, SITEMAP, "lastmod", stamp(entry.updated))
    news = _add(url, NEWS, "news")
    publication = _add(news, NEWS, "publication")
    _add(publication, NEWS, "name", entry.publisher or TITLE)
    language = CHINESE.get(entry.language) or entry.language.partition("-")[0]
    _add(publication, NEWS, "language", language)
    _add(news, NEWS, "publication_date", stamp(entry.published))
    _add(news, NEWS, "title", entry.title)


def _add(
    parent: etree._Element, namespace: str, tag: str, text: str | None = None
) -> etree._Element:
    child = etree.SubElement(parent, f"{{{namespace}}}{tag}")
    child.text = None if text is None else xml_text(text)
    return child
