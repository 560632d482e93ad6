"""What documents have to follow: noted by who changes an entity, for the jobs that write them anew."""

from collections.abc import Sequence

from api.clusters import select_below
from api.db.pool import Conn


async def note_rename(tx: Conn, id: str) -> None:
    """Note that an entity has a new name, for the documents that carry its Ref."""
    await note_changes(tx, [id, *await select_below(tx, id)])


async def note_changes(tx: Conn, ids: Sequence[str]) -> None:
    """Note that something else shows for entities, for the documents that refer to them."""
    await tx.execute(
        """
        insert into entity_renames (entity_id) select unnest($1::uuid[]) order by 1
        on conflict on constraint entity_renames_pkey do update
        set at = clock_timestamp(), done_sort_at = null, done_article_id = null
        """,
        ids,
    )


async def note_offices(tx: Conn, root: str) -> None:
    """Note that the offices of a person changed, for the quotes that say which of them was held."""
    await tx.execute(
        """
        insert into office_changes (entity_id) select unnest($1::uuid[]) order by 1
        on conflict on constraint office_changes_pkey do update
        set at = clock_timestamp(), done_sort_at = null, done_article_id = null
        """,
        [root, *await select_below(tx, root)],
    )


async def begin_anew(tx: Conn, article_id: str) -> None:
    """Let the quotes of an article that got another place in the order not be passed over.

    Whoever they name, and whose articles follow in that order, begins again.
    """
    await tx.execute(
        """
        with named as (select entity_id from quote_entities where article_id = $1), renames as (
            update entity_renames set at = clock_timestamp(), done_sort_at = null, done_article_id = null
            where done_sort_at is not null and entity_id in (select entity_id from named)
        )
        update office_changes set at = clock_timestamp(), done_sort_at = null, done_article_id = null
        where done_sort_at is not null and entity_id in (select entity_id from named)
        """,
        article_id,
    )
