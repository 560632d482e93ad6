"""The versions of articles: their schemas, and how they are found in the database."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta

from api.articles.compose import with_ed_note
from api.articles.schemas import Revision
from api.db.pool import Conn
from api.http.problems import not_found
from api.http.reader import Reader
from api.keys.schemas import KeyRef, WrittenBy
from api.visibility import Standing, require_visible
from api.wire import Out, href_of


class ArticleVersion(Out, frozen=True, kw_only=True):
    """One version in the history of an article."""

    version: int
    at: datetime
    by: WrittenBy = UNSET
    revision: Annotated[
        Revision | None,
        Meta(description="What it was for; null without scope `write` when it is not public."),
    ]
    href: str


class Stored(Standing, kw_only=True):
    """A version of an article, and who may see the article now; without a number there is no such version."""

    version: int | None
    public: bool | None
    ed_note: str | None
    document: bytes | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A version that its reader may see, with its document as they see it."""

    version: int
    document: bytes


async def select_version(conn: Conn, id: str, version: int) -> Stored | None:
    """Find a version of an article, whoever may see it; None when there is no such article."""
    row = await conn.fetchrow(
        """
        select a.visibility, a.was_public, a.killed_at, a.kill_note,
            v.version, v.public, v.ed_note, v.document
        from articles a
        left join article_versions v on v.article_id = a.id and v.version = $2
        where a.id = $1
        """,
        id,
        version,
    )
    return None if row is None else Stored(**row)


async def select_version_at(conn: Conn, id: str, time: datetime) -> Stored | None:
    """Find the version of an article that was current at a time; None when there is no such article."""
    row = await conn.fetchrow(
        """
        select a.visibility, a.was_public, a.killed_at, a.kill_note,
            v.version, v.public, v.ed_note, v.document
        from articles a
        left join lateral (
            select version, public, ed_note, document from article_versions
            where article_id = a.id and at <= $2
            order by version desc
            limit 1
        ) as v on true
        where a.id = $1
        """,
        id,
        time,
    )
    return None if row is None else Stored(**row)


def as_seen(stored: Stored | None, reader: Reader) -> Found:
    """Give a version as its reader sees it, or raise the 404, or the 410 of a killed article.

    A version that was current only while its article was held may say what was never published: it exists for
    readers of held articles alone, also now that the article is public.
    """
    stored = require_visible(stored, reader)
    if stored.version is None or stored.document is None or not (stored.public or reader.sees_held):
        raise not_found()
    ed_note = stored.ed_note if reader.writes else None
    return Found(version=stored.version, document=with_ed_note(stored.document, ed_note))


async def select_versions(
    conn: Conn, id: str, reader: Reader, *, before: int | None, limit: int
) -> list[tuple[bytes, tuple[int]]]:
    """List the versions of an article that the reader may see, newest first, those below `before`."""
    rows = await conn.fetch(
        """
        select v.version, v.at, v.revision, k.id as key_id, k.name as key_name
        from article_versions v
        left join keys k on k.id = v.key_id
        where v.article_id = $1 and (v.public or $2) and ($3::int is null or v.version < $3)
        order by v.version desc
        limit $4
        """,
        id,
        reader.sees_held,
        before,
        limit,
    )
    found: list[tuple[bytes, tuple[int]]] = []
    for row in rows:
        revision = msgspec.convert(row["revision"], Revision)
        by = KeyRef(key=row["key_id"], name=row["key_name"]) if row["key_id"] else None
        item = ArticleVersion(
            version=row["version"],
            at=row["at"],
            by=by if reader.writes else UNSET,
            revision=revision if revision.public or reader.writes else None,
            href=f"{href_of('article', id)}/versions/{row['version']}",
        )
        found.append((msgspec.json.encode(item), (row["version"],)))
    return found
