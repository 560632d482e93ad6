"""The Google News sitemap: what was published in the last two days."""

from lxml import etree

from api.feeds.entries import TITLE, Entry, Page
from api.formats.elements import Element, add, document, stamp

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
MEDIA_TYPE = "application/xml"
# The sitemap protocol's news extension knows ISO 639 codes, and these two beside them.
CHINESE = {"zh-Hans": "zh-cn", "zh-Hant": "zh-tw", "zh-CN": "zh-cn", "zh-TW": "zh-tw", "zh": "zh-cn"}


def render(page: Page) -> bytes:
    """Render the sitemap."""
    urls = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={None: SITEMAP, "news": NEWS})
    for entry in page.entries:
        _url(add(urls, "url"), entry)
    return document(urls)


def _url(url: Element, entry: Entry) -> None:
    add(url, "loc", entry.address)
    add(url, "lastmod", stamp(entry.updated))
    news = add(url, f"{{{NEWS}}}news")
    publication = add(news, "publication")
    add(publication, "name", entry.publisher or TITLE)
    language = CHINESE.get(entry.language) or entry.language.partition("-")[0]
    add(publication, "language", language)
    add(news, "publication_date", stamp(entry.published))
    add(news, "title", entry.title)
