"""The application: the only place that knows every part, and the route table."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import ASGIApp

from api.articles import list_routes as article_lists
from api.articles import routes as articles
from api.articles import status_routes as statuses
from api.articles import version_routes as versions
from api.articles.measuring import measure_following
from api.articles.offices import follow_offices
from api.articles.writing import release_due
from api.background import running
from api.bulk.edge import Bulk
from api.changes import routes as changes
from api.changes.feed import Feed
from api.changes.measuring import measure_feed
from api.db.migrate import schema_state
from api.db.pool import Database
from api.entities import list_routes as entity_lists
from api.entities import match_routes as matching
from api.entities import merge_routes as merges
from api.entities import routes as entities
from api.entities.name_keys import reindex_names
from api.entities.renames import follow_renames
from api.entities.same import same_entities
from api.entities.spelling import spelled
from api.feeds import routes as feeds
from api.formats.registry import Registry
from api.http import metrics
from api.http.cache import ReadCache
from api.http.dispatch import Dispatch
from api.http.edge import Edge
from api.http.logs import configure_logging
from api.http.negotiation import check_acceptable
from api.http.rendering import EXCEPTION_HANDLERS
from api.http.routes import service_router
from api.idempotency import delete_expired
from api.keys import routes as keys
from api.keys.guard import Authenticator
from api.quotes import list_routes as quote_lists
from api.quotes import routes as quotes
from api.search import routes as search
from api.settings import Settings, SettingsError, load
from api.subjects import routes as subjects
from api.subjects.queries import load_shipped
from api.webhooks import routes as webhooks
from api.webhooks.delivering import Deliverer, forget_deliveries


async def fold_metrics(_: Database) -> bool:
    """Have what was counted in this process appear in the metrics that any of them answers."""
    metrics.fold()
    return False


JOBS = [
    follow_renames,
    follow_offices,
    reindex_names,
    release_due,
    delete_expired,
    forget_deliveries,
    fold_metrics,
]
RESOURCES = [
    *articles.HANDLERS,
    *statuses.HANDLERS,
    *article_lists.HANDLERS,
    *versions.HANDLERS,
    *quotes.HANDLERS,
    *quote_lists.HANDLERS,
    *entities.HANDLERS,
    *entity_lists.HANDLERS,
    *matching.HANDLERS,
    *merges.HANDLERS,
    *search.HANDLERS,
    *subjects.HANDLERS,
    *feeds.HANDLERS,
    *changes.HANDLERS,
    *webhooks.HANDLERS,
    *keys.HANDLERS,
]
DEFAULTS = Settings()


def create_routes(db: Database, settings: Settings = DEFAULTS) -> Litestar:
    """Build the routed application on `db`, which its lifespan opens and closes."""
    feed = Feed(db, settings, same_entities)
    deliverer = Deliverer(db, feed, settings)
    given = {"db": db, "feed": feed, "formats": Registry(), "spell": spelled}

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        await db.open()
        await load_shipped(db)
        _at_sigterm(feed.end)
        try:
            async with db.following(), feed.running(), deliverer.running(), running(db, JOBS):
                yield
        finally:
            await db.close()

    async def ready() -> None:
        async with db.read() as conn:
            state = await schema_state(conn)
        if state.condition != "current":
            raise RuntimeError(state.detail)

    app = Litestar(
        [Router("/v1", route_handlers=RESOURCES), feeds.news_sitemap, service_router],
        dependencies={name: _always(value) for name, value in given.items()},
        before_request=check_acceptable,
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
    app.state.given = given
    app.state.ready = ready
    app.state.measure = partial(_measure, db)
    return app


async def _measure(db: Database) -> None:
    """Measure what is behind."""
    await measure_feed(db)
    await measure_following(db)


def _always(value: Any) -> Provide:
    """Provide handlers with what is the same for every request."""

    def give() -> Any:
        return value

    return Provide(give, sync_to_thread=False)


def _at_sigterm(end: Callable[[], None]) -> None:
    """Have `end` called at SIGTERM, before the server waits for the requests under way: streams do not end.

    Both servers that Dateline runs under have put up their handlers before the lifespan begins, and treat
    SIGINT alike: it is passed on as that.
    """

    def leave() -> None:
        end()
        signal.raise_signal(signal.SIGINT)

    with suppress(RuntimeError, ValueError):  # only the main thread handles signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave)


def create_app(settings: Settings, db: Database) -> ASGIApp:
    """Build the whole application: the routes inside the ASGI edge."""
    authenticate = Authenticator(db, public_read=settings.public_read)
    cache = ReadCache(db.freshness, settings.cache_size) if settings.cache_size else None
    routes = Bulk(Dispatch(create_routes(db, settings)), db)
    return Edge(routes, settings, authenticate, authenticate.known, cache)


def create() -> ASGIApp:
    """Build the application of a server process from its environment."""
    settings = load(os.environ)
    if settings.database_url is None:
        raise SettingsError("DATELINE_DATABASE_URL is needed to serve without `dateline serve`")
    # A worker is a process of its own: untold, structlog shows local variables, secrets among them.
    configure_logging(settings.log_format)
    return create_app(settings, Database(settings.database_url, settings.pool_size, settings))
