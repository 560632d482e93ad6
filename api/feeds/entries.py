"""The entries of feeds: what every form of a feed says of an article."""

import re
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import msgspec

from api.articles.schemas import Article
from api.formats.addresses import canonical
from api.formats.elements import xml_text
from api.formats.markup import body_markup

TITLE = "Dateline"
IRI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$")
# What a feed without entries was last changed at.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One article in a feed; `content` is HTML."""

    id: str
    address: str
    title: str
    summary: str
    content: str
    published: datetime
    updated: datetime
    language: str
    author: str | None
    publisher: str | None
    categories: list[str]
    picture: str | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a feed: its own address, that of the next page, and where the entries are read."""

    site: str
    address: str
    next: str | None
    entries: list[Entry]

    @property
    def updated(self) -> datetime:
        """When an entry of the page was last changed."""
        return max((entry.updated for entry in self.entries), default=NEVER)


def entry_of(article: Article, site: str) -> Entry:
    """Give the entry of a published article. Its id stays when the article is corrected."""
    provider = str(article.provider.name) if article.provider else None
    pictures = (each.href for each in article.media if each.kind == "picture" and each.href)
    return Entry(
        id=article.uri if IRI.match(article.uri) else f"urn:uuid:{article.id}",
        address=canonical(article, f"{site}{article.href}?format=html"),
        title=" ".join(article.headline.split()),
        summary=article.summary or article.body[0].text,
        content=_corrections(article) + body_markup(article),
        published=article.published_at or article.created_at,
        updated=article.updated_at,
        language=article.language,
        author=article.byline or provider,
        publisher=provider,
        categories=_categories(article),
        picture=next(pictures, None),
    )


def _corrections(article: Article) -> str:
    """Tell first what has been corrected: readers of feeds see only what is in the entry."""
    return "".join(
        f"<p><strong>{each.kind.title()}:</strong> {escape(xml_text(each.note or ''))}</p>"
        for each in article.corrections
    )


def _categories(article: Article) -> list[str]:
    subjects = [subject.name for subject in article.subjects if subject.name]
    return list(dict.fromkeys([*subjects, *article.keywords]))
