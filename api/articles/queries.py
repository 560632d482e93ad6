"""Articles in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from api.articles.compose import document_of, entities_of, summary_of
from api.articles.indexing import forget_article, index_article
from api.articles.schemas import SUMMARY_MEMBERS, Article, Revision
from api.db.pool import Conn
from api.entities.shown import Shown, as_shown, ids_in, show, shown_for
from api.lists.members import only
from api.quotes.schemas import Quote
from api.visibility import Standing


class Row(Standing, kw_only=True):
    """An article with its document, as it is stored."""

    version: int
    ed_note: str | None
    document: bytes
    written: bytes | None


async def clock(conn: Conn) -> datetime:
    """Read the database's clock: the one by which articles are published."""
    return await conn.fetchval("select clock_timestamp()")


async def select_article(conn: Conn, id: str) -> Row | None:
    """Find one article, whoever may see it."""
    row = await conn.fetchrow(
        """
        select version, visibility, was_public, killed_at, kill_note, ed_note, document, written
        from articles where id = $1
        """,
        id,
    )
    return None if row is None else Row(**row)


async def lock_article(tx: Conn, id: str) -> Row | None:
    """Find one article, whoever may see it, and hold it for a change."""
    row = await tx.fetchrow(
        """
        select version, visibility, was_public, killed_at, kill_note, ed_note, document, written
        from articles where id = $1 for update
        """,
        id,
    )
    return None if row is None else Row(**row)


async def lock_due(tx: Conn) -> Row | None:
    """Find an article whose embargo has ended and that nobody holds, and hold it."""
    row = await tx.fetchrow(
        """
        select version, visibility, was_public, killed_at, kill_note, ed_note, document, written
        from articles
        where visibility = 1 and pub_status = 'usable' and embargoed_until <= clock_timestamp()
        order by embargoed_until
        limit 1
        for update skip locked
        """
    )
    return None if row is None else Row(**row)


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of an article: as readers see it, and as it was written when that differs."""

    document: bytes
    summary: bytes
    written: bytes | None


async def documents_of(tx: Conn, articles: Sequence[Article]) -> list[Documents]:
    """Give the documents of articles, given as they are written: the merged show as what they are now."""
    written = [document_of(article) for article in articles]
    shown = await shown_for(tx, ids_in(written), lock=True)
    return [_documents(*each, shown) for each in zip(articles, written, strict=True)]


def shown_document(article: Article, shown: Shown) -> Documents:
    """Give the documents of an article with what is shown for those that were merged."""
    return _documents(article, document_of(article), shown)


def _documents(article: Article, written: bytes, shown: Shown) -> Documents:
    document = show(written, shown)
    if document == written:
        return Documents(document=document, summary=summary_of(article), written=None)
    seen = msgspec.json.decode(document, type=Article)
    return Documents(document=document, summary=summary_of(seen), written=written)


def seen(article: Article, documents: Documents) -> Article:
    """Give an article as readers see it, with its note for editors."""
    if documents.written is None:
        return article
    shown = msgspec.json.decode(documents.document, type=Article)
    return msgspec.structs.replace(shown, ed_note=article.ed_note)


async def as_seen(tx: Conn, article: Article) -> Article:
    """Give an article, as it is written, as readers see it."""
    [documents] = await documents_of(tx, [article])
    return seen(article, documents)


async def update_article(tx: Conn, article: Article, visibility: int, sort_at: datetime) -> None:
    """Write an article that the transaction holds."""
    [documents] = await documents_of(tx, [article])
    await tx.execute(
        """
        update articles
        set version = $2, pub_status = $3, visibility = $4::smallint,
            was_public = was_public or $4::smallint = 0, language = $5,
            provider_id = $6, published_at = $7, embargoed_until = $8, sort_at = $9, ed_note = $10,
            updated_at = $11, document = $12, summary = $13, written = $14
        where id = $1
        """,
        article.id,
        article.version,
        article.pub_status,
        visibility,
        article.language,
        article.provider.id if article.provider else None,
        article.published_at,
        article.embargoed_until,
        sort_at,
        article.ed_note,
        article.updated_at,
        documents.document,
        documents.summary,
        documents.written,
    )
    await tx.execute("delete from article_entities where article_id = $1", article.id)
    await insert_entities(tx, article, visibility, sort_at)
    await index_article(tx, article, visibility, sort_at)


async def hold_articles(tx: Conn, ids: Sequence[str]) -> list[str]:
    """Hold those of these articles that have not been killed for a change; gives their ids."""
    rows = await tx.fetch(
        "select id from articles where id = any($1::uuid[]) and visibility < 2 order by id for update", ids
    )
    return [row["id"] for row in rows]


async def rewrite_quotes(tx: Conn, quotes: Sequence[Quote]) -> None:
    """Write quotes, given as they are written, into the documents that carry them; versions stay."""
    by_id = {quote.id: quote for quote in quotes}
    rows = await tx.fetch(
        "select id, coalesce(written, document) as document from articles where id = any($1::uuid[])",
        list({quote.article.id for quote in quotes}),
    )
    written = [_with_quotes(row["document"], by_id) for row in rows]
    documents = await as_shown(tx, written)
    await tx.execute(
        """
        update articles set document = changed.document, summary = changed.summary,
            written = nullif(changed.written, changed.document)
        from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[])
            as changed (id, document, summary, written)
        where articles.id = changed.id
        """,
        [row["id"] for row in rows],
        documents,
        [only(document, SUMMARY_MEMBERS) for document in documents],
        written,
    )


def _with_quotes(document: bytes, changed: Mapping[str, Quote]) -> bytes:
    """Give an article with those of its quotes that have changed; the rest is not looked at."""
    members = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    quotes = msgspec.json.decode(members["quotes"], type=list[Quote])
    members["quotes"] = msgspec.Raw(msgspec.json.encode([changed.get(quote.id, quote) for quote in quotes]))
    return msgspec.json.encode(members)


async def insert_entities(tx: Conn, article: Article, visibility: int, sort_at: datetime) -> None:
    """Insert which entities an article carries."""
    entities = entities_of(article)
    if not entities:
        return
    # Relations are joined to a text on the way: an array of arrays would need them to be equally many.
    await tx.execute(
        """
        insert into article_entities (article_id, entity_id, rels, visibility, sort_at)
        select $1, entity_id, string_to_array(rels, ' '), $4, $5
        from unnest($2::uuid[], $3::text[]) as e (entity_id, rels)
        """,
        article.id,
        list(entities),
        [" ".join(sorted(rels)) for rels in entities.values()],
        visibility,
        sort_at,
    )


async def insert_version(
    tx: Conn, article: Article, key_id: str | None, revision: Revision, *, public: bool
) -> None:
    """Keep the version of an article that is written, and whether it is public while it is current."""
    await tx.execute(
        """
        insert into article_versions (article_id, version, at, key_id, revision, public, document, ed_note)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        article.id,
        article.version,
        article.updated_at,
        key_id,
        revision,
        public,
        document_of(article),
        article.ed_note,
    )


async def select_last_public(tx: Conn, id: str) -> Article:
    """Read the last version with which an article was public; there is one when it ever was."""
    document: bytes = await tx.fetchval(
        """
        select document from article_versions where article_id = $1 and public order by version desc limit 1
        """,
        id,
    )
    return msgspec.json.decode(document, type=Article)


async def kill_article(tx: Conn, article: Article, note: str) -> None:
    """Make a killed article of one that the transaction holds; no list knows it from here on."""
    [documents] = await documents_of(tx, [article])
    await tx.execute(
        """
        update articles
        set version = $2, pub_status = 'canceled', visibility = 2, killed_at = $3, kill_note = $4,
            provider_id = null, updated_at = $3, document = $5, summary = $6, written = $7
        where id = $1
        """,
        article.id,
        article.version,
        article.updated_at,
        note,
        documents.document,
        documents.summary,
        documents.written,
    )
    await tx.execute("delete from article_entities where article_id = $1", article.id)
    await forget_article(tx, article.id)
