"""How many documents have yet to follow names, merges and offices, for the metrics."""

from prometheus_client import Gauge

from api.db.pool import Database

# Every process would measure the same: the one that is asked for the metrics does.
WAITING = Gauge(
    "dateline_articles_waiting",
    "Articles that do not show yet what someone is called now, or in which office a speaker was.",
    multiprocess_mode="mostrecent",
)


async def measure_following(db: Database) -> None:
    """Count the articles that have yet to follow, each once for every entity that it follows."""
    async with db.read() as conn:
        count: int = await conn.fetchval(
            """
            select (
                select count(*) from entity_renames r
                join article_entities a on a.entity_id = r.entity_id and (
                    r.done_sort_at is null or (a.sort_at, a.article_id) < (r.done_sort_at, r.done_article_id)
                )
            ) + (
                select count(distinct (c.entity_id, q.article_id)) from office_changes c
                join quote_entities q on q.entity_id = c.entity_id and q.rel = 'speaker' and (
                    c.done_sort_at is null or (q.sort_at, q.article_id) < (c.done_sort_at, c.done_article_id)
                )
            )
            """
        )
    WAITING.set(count)
