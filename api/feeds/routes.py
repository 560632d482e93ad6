"""Routes of feeds: the list of articles as Atom, RSS, JSON Feed and as a news sitemap."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import get
from msgspec import Meta

from api.articles.filters import ArticleFilters
from api.articles.lists import Key, find_articles, select_documents
from api.articles.queries import clock
from api.articles.representations import site_of
from api.articles.schemas import Article
from api.db.pool import Conn
from api.entities.spelling import Spelling, check_spelling, spelled_all
from api.feeds import atom, json_feed, rss, sitemap
from api.feeds.entries import Page, entry_of
from api.http.answers import Answer, json_answer
from api.http.operations import Operation, operation
from api.http.params import read_params
from api.keys.guard import require
from api.requests import AnyRequest, Db, pager_of, reader_of
from api.visibility import PUBLIC
from api.wire import check_all

# Google reads at most this many addresses, of articles at most this old.
MOST_IN_SITEMAP = 1_000
AGE_IN_SITEMAP = timedelta(days=2)


class FeedParams(ArticleFilters, frozen=True, kw_only=True):
    """The parameters of feeds: the filters of the list of articles."""

    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse also what is no language tag."""
        check_all(super().__post_init__, lambda: check_spelling(self.names))


class SitemapParams(ArticleFilters, frozen=True, kw_only=True):
    """The parameters of the sitemap: the filters of the list of articles. It has one page."""

    limit: Annotated[int, Meta(ge=1, le=MOST_IN_SITEMAP)] = MOST_IN_SITEMAP
    cursor: None = None


JSON = ("application/json",)
XML = ("application/xml", "text/xml")


def _facts(summary: str, media_type: str, params: type[ArticleFilters] = FeedParams) -> dict[str, Any]:
    types = (media_type, *(JSON if "json" in media_type else XML))
    return operation(
        Operation(
            summary=summary,
            tag="Feeds",
            params=params,
            answer=str,
            produces=tuple(dict.fromkeys(types)),
            headers=("ETag",),
            problems=("invalid-cursor",),
        )
    )


@get("/feeds/articles.atom", **_facts("Articles as an Atom feed", atom.MEDIA_TYPE))
async def atom_feed(request: AnyRequest, db: Db) -> Answer:
    """Follow published articles as Atom, latest first, with every filter of the list."""
    return await _feed(request, db, atom.render, atom.MEDIA_TYPE)


@get("/feeds/articles.rss", **_facts("Articles as an RSS feed", rss.MEDIA_TYPE))
async def rss_feed(request: AnyRequest, db: Db) -> Answer:
    """Follow published articles as RSS 2.0, latest first, with every filter of the list."""
    return await _feed(request, db, rss.render, rss.MEDIA_TYPE)


@get("/feeds/articles.json", **_facts("Articles as a JSON feed", json_feed.MEDIA_TYPE))
async def json_feed_(request: AnyRequest, db: Db) -> Answer:
    """Follow published articles as JSON Feed 1.1, latest first, with every filter of the list."""
    return await _feed(request, db, json_feed.render, json_feed.MEDIA_TYPE)


@get("/sitemap-news.xml", **_facts("Articles as a news sitemap", sitemap.MEDIA_TYPE, SitemapParams))
async def news_sitemap(request: AnyRequest, db: Db) -> Answer:
    """List what was published in the last two days for search engines, with every filter of the list."""
    require(reader_of(request), "read")
    params = read_params(request, SitemapParams)
    async with db.read() as conn:
        since = await clock(conn) - AGE_IN_SITEMAP
        if params.published_after is not None:
            since = max(since, params.published_after)
        params = msgspec.structs.replace(params, published_after=since)
        _, articles = await _articles(conn, params, params.limit, None)
    page = _page(request, articles, None)
    return json_answer(sitemap.render(page), version=1, media_type=sitemap.MEDIA_TYPE.encode())


async def _feed(request: AnyRequest, db: Db, render: Callable[[Page], bytes], media_type: str) -> Answer:
    """Answer a page of a feed.

    There is no `Last-Modified`: a kill takes an entry away, which no time of the rest would show.
    """
    require(reader_of(request), "read")
    params = read_params(request, FeedParams)
    pager = pager_of(request, db, params)
    async with db.read() as conn:
        keys, articles = await _articles(conn, params, pager.limit + 1, pager.start(Key))
    cursor = pager.next_cursor(keys)
    next = site_of(request) + pager.address(cursor) if cursor else None
    page = _page(request, articles[: pager.limit], next)
    return json_answer(render(page), version=1, media_type=media_type.encode())


async def _articles(
    conn: Conn, params: ArticleFilters, limit: int, start: Key | None
) -> tuple[list[Key], list[Article | None]]:
    """Find the published articles of a page. What is held is in no feed, whatever the key."""
    keys = await find_articles(conn, params, listed=PUBLIC, limit=limit, start=start)
    documents = await select_documents(conn, keys, listed=PUBLIC, whole=True)
    if isinstance(params, FeedParams) and params.names:
        documents = await spelled_all(conn, documents, params.names)
    found = [documents.get(id) for _, id in keys]
    return keys, [None if each is None else msgspec.json.decode(each, type=Article) for each in found]


def _page(request: AnyRequest, articles: Sequence[Article | None], next: str | None) -> Page:
    site, query = site_of(request), request.scope["query_string"].decode("latin-1")
    address = site + request.scope["path"] + (f"?{query}" if query else "")
    entries = [entry_of(article, site) for article in articles if article is not None]
    return Page(site=site, address=address, next=next, entries=entries)


HANDLERS = [atom_feed, rss_feed, json_feed_]
