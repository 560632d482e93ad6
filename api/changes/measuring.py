"""How far the change feed is behind what is committed, for the metrics."""

from prometheus_client import Gauge

from api.db.pool import Database

# Every process would measure the same: the one that is asked for the metrics does.
WAITING = Gauge(
    "dateline_changes_waiting_seconds",
    "Age of the oldest committed change that has no position in the feed yet, 0 when all have.",
    multiprocess_mode="mostrecent",
)


async def measure_feed(db: Database) -> None:
    """Measure the age of the oldest change that readers do not see yet."""
    async with db.read() as conn:
        seconds: float | None = await conn.fetchval(
            """
            select extract(epoch from clock_timestamp() - occurred_at)::float8
            from change_queue order by seq limit 1
            """
        )
    WAITING.set(seconds or 0)
