"""Correcting the attribution of a quote, without a new version of the article that carries it."""

from typing import Any

import msgspec
from msgspec import UNSET

from api.articles import queries
from api.articles.as_written import as_written
from api.articles.events import quote_event
from api.articles.writing import hold_article, sort_at
from api.changes.queries import Event, insert_changes
from api.db.pool import Conn
from api.entities.queries import held_positions
from api.entities.resolve import Options, resolve, write
from api.entities.shown import as_shown
from api.http.conditional import Versions, etag, stale
from api.http.decoding import Body
from api.http.merge_patch import merge_patch
from api.http.problems import invalid
from api.http.read_only import read_only, read_only_errors, with_nulls
from api.http.reader import Reader
from api.quotes import compose
from api.quotes import queries as quote_queries
from api.quotes.queries import Row
from api.quotes.schemas import AttributionInput, Quote, QuotePut
from api.quotes.states import write_states
from api.visibility import KILLED, PUBLIC, killed, require_visible
from api.wire import first_day, last_day

_PUT: Body[QuotePut] = Body(QuotePut)
_READ_ONLY = ("id", *compose.SERVER_OWNED, "form", "fragments")


async def patch_quote(
    tx: Conn, id: str, patch: dict[str, Any], reader: Reader, versions: Versions, options: Options
) -> Quote:
    """Apply a merge patch to a quote's attribution; its version rises, the article's stays.

    404 or 410 when this reader sees none, 412 when it has changed, 422 `read_only` for what is written
    through the article.
    """
    row = require_visible(await quote_queries.lock_quote(tx, id), reader)
    if not versions.allow(row.version):
        raise stale(etag(row.version, row.document))
    if row.visibility == KILLED:
        raise killed(row)
    current: dict[str, Any] = msgspec.json.decode(row.document)
    given = _PUT.patched(with_nulls(merge_patch(current, patch), patch, _READ_ONLY), patch)
    errors = read_only_errors(given, current, "#", _READ_ONLY)
    errors += compose.language_error(given, "#")
    if given.speaker.position not in (UNSET, current["speaker"]["position"]):
        errors.append(read_only("#/speaker/position"))
    if errors:
        raise invalid(errors)
    old = msgspec.json.decode(row.written or row.document, type=Quote)
    if row.written is not None:
        given = as_written(given, row.written, row.document)
    public = row.visibility == PUBLIC
    quote, events = await _attribute(tx, given, old, reader, options, public=public)
    if quote.version != old.version:
        await _write(tx, row, quote, reader)
        own = [quote_event("quote.updated", quote, before=old)] if public else []
        await insert_changes(tx, [*events, *own])
    [seen] = await as_shown(tx, [msgspec.json.encode(quote)])
    return msgspec.json.decode(seen, type=Quote)


async def _attribute(
    tx: Conn, given: AttributionInput, old: Quote, reader: Reader, options: Options, *, public: bool
) -> tuple[Quote, list[Event]]:
    """Build the quote with its new attribution, after the entities that it names."""
    now = await queries.clock(tx)
    resolved = await resolve(tx, compose.wanted(given, "#"), options, reader, now)
    events = await write(tx, resolved, public=public)
    speaker, said_on = resolved.refs.get("#/speaker/person"), given.said_on
    wanted = (
        [("#", speaker.id, first_day(said_on.value), last_day(said_on.value))] if speaker and said_on else []
    )
    positions = await held_positions(tx, wanted)
    members = compose.attribution(given, "#", resolved.refs, positions, old.language or "und")
    return compose.revised(old, old.article, old.article_version, now, members), events


async def _write(tx: Conn, row: Row, quote: Quote, reader: Reader) -> None:
    """Write a quote, and into the document of the article when that still carries it."""
    _, article = await hold_article(tx, quote.article.id, reader, None)
    place = (row.visibility, sort_at(article))
    if quote.status == "withdrawn":
        await quote_queries.write_quotes(tx, article.id, [quote], *place)
    else:
        quotes = [quote if each.id == quote.id else each for each in article.quotes]
        await queries.update_article(tx, msgspec.structs.replace(article, quotes=quotes), *place)
        await quote_queries.write_quotes(tx, article.id, quotes, *place)
    await write_states(
        tx,
        article.id,
        [quote],
        article_version=article.version,
        key_id=reader.key_id,
        public=row.visibility == PUBLIC,
        reasons={},
    )
