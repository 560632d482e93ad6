"""Many new articles in a few statements: the same rows as writing one after the other makes."""

from collections.abc import Sequence

from api.articles.compose import entities_of
from api.articles.indexing import Entry, index_articles
from api.articles.queries import Documents, seen, shown_document
from api.articles.schemas import Article, Revision
from api.db.pool import Conn, columns
from api.entities.shown import Shown
from api.lists.configurations import note_languages
from api.quotes.indexing import Placed
from api.quotes.inserting import insert_quotes


async def insert_articles(
    tx: Conn, entries: Sequence[Entry], shown: Shown, key_id: str | None
) -> list[Article]:
    """Insert articles, each in its first version, with quotes; the entities that they carry are there.

    `shown` is what shows for those of them that were merged. Gives the articles as their readers see them.
    """
    documents = [shown_document(entry.article, shown) for entry in entries]
    await _insert_rows(tx, entries, documents, key_id)
    await _insert_entities(tx, entries)
    for visibility in sorted({entry.visibility for entry in entries}):
        articles = [entry.article for entry in entries if entry.visibility == visibility]
        languages = [each.language for article in articles for each in (article, *article.quotes)]
        await note_languages(tx, languages, visibility)
    await index_articles(tx, entries)
    placed = [
        Placed(entry.article.id, entry.visibility, entry.sort_at, quote)
        for entry in entries
        for quote in entry.article.quotes
    ]
    await insert_quotes(tx, placed, shown, key_id)
    return [seen(entry.article, stored) for entry, stored in zip(entries, documents, strict=True)]


async def _insert_rows(
    tx: Conn, entries: Sequence[Entry], documents: Sequence[Documents], key_id: str | None
) -> None:
    """Insert the articles and their first versions: the document is sent once, and stored in both."""
    await tx.execute(
        """
        with given as (
            select * from unnest(
                $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::uuid[], $8::timestamptz[],
                $9::timestamptz[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::bytea[],
                $14::bytea[], $15::bytea[]
            ) as a (
                id, pub_status, visibility, language, provider_id, published_at, embargoed_until, sort_at,
                ed_note, at, document, summary, written
            )
        ),
        versions as (
            insert into article_versions
                (article_id, version, at, key_id, revision, public, document, ed_note)
            select id, 1, at, $1, $2, visibility = 0, coalesce(written, document), ed_note from given
        )
        insert into articles (
            id, version, pub_status, visibility, was_public, language, provider_id, published_at,
            embargoed_until, sort_at, ed_note, created_at, updated_at, document, summary, written
        )
        select id, 1, pub_status, visibility, visibility = 0, language, provider_id, published_at,
            embargoed_until, sort_at, ed_note, at, at, document, summary, written
        from given
        """,
        key_id,
        Revision(),
        *columns(
            (
                entry.article.id,
                entry.article.pub_status,
                entry.visibility,
                entry.article.language,
                entry.article.provider.id if entry.article.provider else None,
                entry.article.published_at,
                entry.article.embargoed_until,
                entry.sort_at,
                entry.article.ed_note,
                entry.article.created_at,
                stored.document,
                stored.summary,
                stored.written,
            )
            for entry, stored in zip(entries, documents, strict=True)
        ),
    )


async def _insert_entities(tx: Conn, entries: Sequence[Entry]) -> None:
    """Insert which entities the articles carry."""
    carried = [
        (entry.article.id, entity_id, " ".join(sorted(rels)), entry.visibility, entry.sort_at)
        for entry in entries
        for entity_id, rels in entities_of(entry.article).items()
    ]
    if not carried:
        return
    # Relations are joined to a text on the way: an array of arrays would need them to be equally many.
    await tx.execute(
        """
        insert into article_entities (article_id, entity_id, rels, visibility, sort_at)
        select article_id, entity_id, string_to_array(rels, ' '), visibility, sort_at
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::timestamptz[])
            as e (article_id, entity_id, rels, visibility, sort_at)
        """,
        *columns(carried),
    )


async def claim_uris(tx: Conn, claims: dict[str, str]) -> dict[str, str]:
    """Take uris, each for the id of an article; gives the articles that have some of them already.

    In sorted order, so that two batches cannot wait for each other.
    """
    uris = sorted(claims)
    taken = await tx.fetch(
        """
        insert into article_uris (uri, article_id)
        select uri, article_id from unnest($1::text[], $2::uuid[]) as claim (uri, article_id)
        order by uri
        on conflict on constraint article_uris_pkey do nothing
        returning uri
        """,
        uris,
        [claims[uri] for uri in uris],
    )
    if len(taken) == len(uris):
        return {}
    others = set(uris) - {row["uri"] for row in taken}
    rows = await tx.fetch("select uri, article_id from article_uris where uri = any($1)", sorted(others))
    return {row["uri"]: row["article_id"] for row in rows}


async def release_uris(tx: Conn, uris: Sequence[str]) -> None:
    """Give uris back that this transaction has taken."""
    if uris:
        await tx.execute("delete from article_uris where uri = any($1)", list(uris))
