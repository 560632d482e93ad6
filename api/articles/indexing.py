"""What lists, searches and facets know of an article: its row in `article_search`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from api.articles.compose import references_of
from api.articles.schemas import Article
from api.db.pool import Conn, columns
from api.lists.configurations import note_languages
from api.lists.terms import folded_keyword, language_terms, place_terms, term
from api.lists.text import configuration, searchable


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An article with its place in lists."""

    article: Article
    visibility: int
    sort_at: datetime


async def index_articles(tx: Conn, entries: Iterable[Entry]) -> None:
    """Write the rows of articles that lists show, new or anew.

    A configuration that this PostgreSQL lacks is `simple`, under which everything is indexed besides.
    """
    await tx.execute(
        """
        insert into article_search (
            article_id, visibility, sort_at, updated_at, language, genre, provider_id, subjects, people,
            organisations, speakers, lead, words
        )
        select id, visibility, sort_at, updated_at, language, genre, provider_id,
            string_to_array(subjects, ' '), string_to_array(people, ' ')::uuid[],
            string_to_array(organisations, ' ')::uuid[], string_to_array(speakers, ' ')::uuid[],
            title || setweight(
                to_tsvector(own, left(lead, 500)) || to_tsvector('simple', left(lead, 500)), 'B'
            ),
            title || setweight(to_tsvector(own, lead) || to_tsvector('simple', lead), 'B')
                || setweight(to_tsvector(own, body) || to_tsvector('simple', body), 'C')
                || array_to_tsvector(string_to_array(terms, chr(1)) || ('=config:' || own))
        from unnest(
            $1::uuid[], $2::smallint[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
            $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
            $14::text[], $15::text[], $16::text[]
        ) as row (
            id, visibility, sort_at, updated_at, language, genre, provider_id, subjects, people,
            organisations, speakers, terms, configuration, headline, lead, body
        )
        cross join lateral (
            select coalesce(
                (select oid from pg_ts_config
                where cfgname = configuration and cfgnamespace = 'pg_catalog'::regnamespace),
                'pg_catalog.simple'::regconfig
            )::regconfig as own
        ) as chosen
        cross join lateral (
            select setweight(to_tsvector(own, headline) || to_tsvector('simple', headline), 'A') as title
        ) as headed
        on conflict on constraint article_search_pkey do update
        set visibility = excluded.visibility, sort_at = excluded.sort_at, updated_at = excluded.updated_at,
            language = excluded.language, genre = excluded.genre, provider_id = excluded.provider_id,
            subjects = excluded.subjects, people = excluded.people, organisations = excluded.organisations,
            speakers = excluded.speakers, lead = excluded.lead, words = excluded.words
        """,
        *columns(map(_row, entries)),
    )


async def index_article(tx: Conn, article: Article, visibility: int, sort_at: datetime) -> None:
    """Write the row of one article, new or anew."""
    await note_languages(tx, [article.language], visibility)
    await index_articles(tx, [Entry(article=article, visibility=visibility, sort_at=sort_at)])


async def forget_article(tx: Conn, id: str) -> None:
    """Take an article out of every list."""
    await tx.execute("delete from article_search where article_id = $1", id)


def _row(entry: Entry) -> tuple[Any, ...]:
    """Give the columns of an article's row, in the order of the insert."""
    article = entry.article
    found = references_of(article)
    blocks = [block.text for block in article.body]
    return (
        article.id,
        entry.visibility,
        entry.sort_at,
        article.updated_at,
        article.language,
        article.genre,
        article.provider.id if article.provider else None,
        " ".join(_unique(f"{subject.scheme}:{subject.code}" for subject in article.subjects)),
        " ".join(_unique(ref.id for ref, _ in found if ref.type == "person")),
        " ".join(_unique(ref.id for ref, rel in found if ref.type != "person" and rel != "provider")),
        " ".join(_unique(ref.id for ref, rel in found if rel == "speaker")),
        "\x01".join(_unique([*terms_of(article), *place_terms(entry.sort_at)])),
        configuration(article.language),
        searchable(article.headline),
        searchable("\n".join([article.summary or "", *blocks[:1]])),
        searchable("\n".join([*article.keywords, *blocks[1:]])),
    )


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def terms_of(article: Article) -> list[str]:
    """List what an article can be filtered by."""
    # `person` and `organisation` are everyone it names, but for its provider; `via` is who relays a quote.
    kinds = {"provider": "provider", "source": "source", "speaker": "speaker", "relay": "via"}
    found = references_of(article)
    return [
        *language_terms(article.language),
        *(term(ref.type, ref.id) for ref, rel in found if rel != "provider"),
        *(term(kinds[rel], ref.id) for ref, rel in found if rel in kinds),
        *(term("subject", f"{subject.scheme}:{subject.code}") for subject in article.subjects),
        *(term("keyword", folded_keyword(keyword)) for keyword in article.keywords),
        *([term("urgency", str(article.urgency))] if article.urgency else []),
        *([term("genre", folded_keyword(article.genre))] if article.genre else []),
        term("status", article.pub_status),
    ]
