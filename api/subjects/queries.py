"""Subjects in the database."""

from collections.abc import Sequence

import msgspec

from api.db.pool import Conn, Database, columns
from api.lists.text import normal
from api.subjects.schemas import SubjectTerm
from api.subjects.vocabulary import SHIPPED, Term, Vocabulary, read


async def with_narrower(conn: Conn, ids: Sequence[str] | None) -> list[str] | None:
    """Give subjects, as `scheme:code`, with all that are below them; those of no vocabulary stay alone."""
    if ids is None:
        return None
    rows = await conn.fetch(
        """
        with recursive below (id) as (
            select unnest($1::text[]) collate "C"
            union
            select n.subject_id from below join subject_broader n on n.broader_id = below.id
        )
        select id from below
        """,
        ids,
    )
    return [row["id"] for row in rows]


async def select_subjects(
    conn: Conn,
    *,
    ids: Sequence[str] | None,
    scheme: str | None,
    broader: str | None,
    text: str | None,
    after: str | None,
    limit: int,
) -> list[tuple[bytes, tuple[str]]]:
    """List subjects in the order of their ids, those after `after`."""
    rows = await conn.fetch(
        """
        select id, document from subjects s
        where ($1::text[] is null or id = any($1))
            and ($2::text is null or scheme = $2)
            and ($3::text is null or exists (
                select from subject_broader n where n.subject_id = s.id and n.broader_id = $3
            ))
            and ($4::text is null or position($4 in labels) > 0)
            and ($5::text is null or id > $5)
        order by id
        limit $6
        """,
        ids,
        scheme,
        broader,
        None if text is None else normal(text.strip()),
        after,
        limit,
    )
    return [(row["document"], (row["id"],)) for row in rows]


async def replace_vocabulary(tx: Conn, vocabulary: Vocabulary) -> None:
    """Write the terms of a vocabulary in place of those that its scheme had."""
    scheme = vocabulary.scheme
    # One writer at a time: several servers may start at once.
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('subjects', 0))")
    await tx.execute("delete from subjects where scheme = $1", scheme)
    terms = [_subject(scheme, term) for term in vocabulary.terms]
    await tx.execute(
        """
        insert into subjects (scheme, id, labels, document)
        select $1, * from unnest($2::text[], $3::text[], $4::bytea[])
        """,
        scheme,
        *columns(
            (term.id, normal("\n".join(term.labels.values())), msgspec.json.encode(term)) for term in terms
        ),
    )
    above = [(term.id, broader) for term in terms for broader in term.broader]
    await tx.execute(
        "insert into subject_broader (subject_id, broader_id) select * from unnest($1::text[], $2::text[])",
        [id for id, _ in above],
        [broader for _, broader in above],
    )


def _subject(scheme: str, term: Term) -> SubjectTerm:
    return SubjectTerm(
        id=f"{scheme}:{term.code}",
        scheme=scheme,
        code=term.code,
        name=term.labels.get("en") or next(iter(term.labels.values()), term.code),
        labels=term.labels,
        broader=[f"{scheme}:{code}" for code in term.broader],
        retired=term.retired,
    )


async def load_shipped(db: Database) -> None:
    """Load the vocabulary that is shipped into a store that has none."""
    async with db.read() as conn:
        if await conn.fetchval("select exists (select from subjects)"):
            return
    async with db.write() as tx:
        await replace_vocabulary(tx, read(SHIPPED))
