"""Writing articles: the next version of one, its release and its kill, in the transaction of the caller."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from api.articles import compose, drafts, queries
from api.articles.as_written import as_written
from api.articles.compose import is_held
from api.articles.drafts import Plan
from api.articles.events import Step, killing, of_step
from api.articles.queries import Row
from api.articles.schemas import Article, ArticleInput, Correction, Revision
from api.changes.queries import Event, insert_changes
from api.db.marks import touch
from api.db.pool import Conn, Database
from api.entities.queries import publish_entities
from api.entities.renames import brought_up_to_date
from api.entities.resolve import Options, created_events, resolve, write
from api.entities.schemas import Resolution
from api.http.conditional import Versions, etag, stale
from api.http.problems import ErrorItem, Problem, invalid
from api.http.reader import Reader
from api.keys.guard import require
from api.quotes import queries as quote_queries
from api.quotes.schemas import Quote
from api.quotes.states import public_quotes, write_states
from api.visibility import HELD, KILLED, PUBLIC, killed, listed, require_visible
from api.wire import Ref, href_of

_NO_REVISION = Revision()


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An article as it was written, and what became of its inline entities."""

    article: Article
    resolution: list[Resolution]


def article_ref(id: str, headline: str | UnsetType) -> Ref:
    """Give the Ref of an article; that of a killed one carries no headline."""
    return Ref(id=id, type="article", href=href_of("article", id), headline=headline)


def sort_at(article: Article) -> datetime:
    """Give the time by which lists order an article."""
    return article.published_at or article.embargoed_until or article.created_at


def uri_exists(owner: str, row: Row | None, reader: Reader) -> Problem:
    """Build the 409 for a uri that the article `owner` has."""
    extra: dict[str, Ref] = {}
    if row is not None and row.visibility <= listed(reader):
        extra["existing"] = article_ref(owner, msgspec.json.decode(row.document, type=Article).headline)
    detail = "An article with this uri exists: change that one, or post under another uri."
    item = ErrorItem(code="uri_exists", detail=detail, pointer="#/uri")
    return Problem(409, "uri-exists", detail, errors=[item], extra=extra)


async def hold_article(tx: Conn, id: str, reader: Reader, versions: Versions | None) -> tuple[Row, Article]:
    """Hold an article for a change: 404 or 410 when this reader sees none, 412 when it has changed.

    Gives it as it was written.
    """
    row = require_visible(await queries.lock_article(tx, id), reader)
    document = compose.with_ed_note(row.document, row.ed_note)
    if versions is not None and not versions.allow(row.version):
        raise stale(etag(row.version, document))
    own = compose.with_ed_note(row.written or row.document, row.ed_note)
    return row, msgspec.json.decode(await brought_up_to_date(tx, own), type=Article)


async def update_article(
    tx: Conn, held_row: tuple[Row, Article], given: ArticleInput, reader: Reader, options: Options
) -> Article:
    """Write the next version of an article that the transaction holds; the same content makes none."""
    row, current = held_row
    if row.visibility == KILLED:
        raise killed(row)
    now = await queries.clock(tx)
    held = is_held(given, now)
    if held:
        require(reader, "embargo")
    if row.written is not None:
        given = as_written(given, row.written, row.document)
    errors = compose.errors_of(given, msgspec.to_builtins(current), now)
    withdrawn = await quote_queries.select_withdrawn(tx, current.id)
    plan = (
        drafts.of_given(given, current, withdrawn, errors)
        if given.quotes is not UNSET
        else await drafts.re_anchored(given, current)
    )
    if errors:
        raise invalid(errors)
    resolved = await resolve(tx, compose.wanted(given), options, reader, now)
    events = await write(tx, resolved, public=not held)
    ref = article_ref(current.id, given.headline)
    article = compose.compose(
        given,
        resolved.refs,
        await drafts.quotes(tx, plan.drafts, resolved.refs, ref, given.language, now, current.version),
        id=current.id,
        uri=current.uri,
        version=current.version,
        created_at=current.created_at,
        updated_at=current.updated_at,
        published_at=_published_at(given, current, held=held, now=now),
        corrections=current.corrections,
    )
    if article == current and given.revision is UNSET:
        touch()
        return await queries.as_seen(tx, current)
    revision = _NO_REVISION if given.revision is UNSET else given.revision
    article = _next_version(article, revision, now)
    step = Step(
        row=row,
        before=current,
        after=article,
        visibility=HELD if held else PUBLIC,
        withdrawn=_withdrawn([*current.quotes, *withdrawn], plan, ref, now),
        told=await public_quotes(tx, current.id),
    )
    events += await _write_version(tx, step, revision, reader, plan.reasons)
    await insert_changes(tx, events)
    return await queries.as_seen(tx, article)


def _next_version(article: Article, revision: Revision, now: datetime) -> Article:
    """Raise an article's version, which its quotes follow, and note a public revision."""
    version = article.version + 1
    noted = [Correction(version=version, kind=revision.kind, note=revision.note, at=now)]
    return msgspec.structs.replace(
        article,
        version=version,
        updated_at=now,
        corrections=article.corrections + (noted if revision.public else []),
        quotes=[msgspec.structs.replace(quote, article_version=version) for quote in article.quotes],
    )


def _withdrawn(quotes: Sequence[Quote], plan: Plan, ref: Ref, now: datetime) -> list[Quote]:
    """Withdraw the quotes that the new version does not carry; those withdrawn before follow its headline."""
    carried = {draft.old.id for draft in plan.drafts if draft.old is not None}
    return [
        msgspec.structs.replace(quote, article=ref)
        if quote.status == "withdrawn"
        else msgspec.structs.replace(
            quote, article=ref, status="withdrawn", version=quote.version + 1, updated_at=now
        )
        for quote in quotes
        if quote.id not in carried
    ]


async def _write_version(
    tx: Conn, step: Step, revision: Revision, reader: Reader, reasons: Mapping[str, str]
) -> list[Event]:
    """Write the next version of an article with its quotes; gives the events that tell of it."""
    article, place = step.after, (step.visibility, sort_at(step.after))
    await queries.update_article(tx, article, *place)
    await queries.insert_version(tx, article, reader.key_id, revision, public=step.is_public)
    await quote_queries.write_quotes(tx, article.id, [*article.quotes, *step.withdrawn], *place)
    # The words of a quote that was withdrawn from a held article have not been public with this version.
    for quotes, public in (
        (article.quotes, step.is_public),
        (step.left_out, step.is_public and step.was_public),
    ):
        await write_states(
            tx,
            article.id,
            quotes,
            article_version=article.version,
            key_id=reader.key_id,
            public=public,
            reasons=reasons,
        )
    await quote_queries.move_quotes(tx, article.id, *place)
    shown = step.is_public and not step.was_public
    entities = await publish_entities(tx, list(compose.entities_of(article))) if shown else []
    return [*created_events(entities, public_only=True), *of_step(step, revision)]


def _published_at(given: ArticleInput, current: Article, *, held: bool, now: datetime) -> datetime | None:
    """Give when an article was published: as given, as it stands, or now; a held one is not."""
    if held:
        return None
    if isinstance(given.published_at, datetime):
        return given.published_at
    return current.published_at or now


async def release_article(tx: Conn, id: str, reader: Reader) -> Article:
    """Publish a held article now; 409 `not-held` when nothing holds it back."""
    row, current = await hold_article(tx, id, reader, None)
    if row.visibility == KILLED:
        raise killed(row)
    if row.visibility == PUBLIC:
        raise Problem(409, "not-held", "The article is published: nothing holds it back.")
    now = await queries.clock(tx)
    freed = msgspec.structs.replace(current, pub_status="usable", embargoed_until=None)
    return await _publish(tx, row, current, freed, now, reader)


async def _publish(
    tx: Conn, row: Row, current: Article, freed: Article, now: datetime, reader: Reader
) -> Article:
    """Write the version with which a held article becomes public."""
    article = _next_version(msgspec.structs.replace(freed, published_at=now), _NO_REVISION, now)
    told = await public_quotes(tx, current.id)
    step = Step(row=row, before=current, after=article, visibility=PUBLIC, told=told)
    await insert_changes(tx, await _write_version(tx, step, _NO_REVISION, reader, {}))
    return await queries.as_seen(tx, article)


async def release_due(db: Database) -> bool:
    """Publish one article whose embargo has ended, by PostgreSQL's clock; tells whether there was one.

    Several servers may look: each skips what another one holds, and nothing is published twice.
    """
    async with db.write() as tx:
        touch()
        row = await queries.lock_due(tx)
        if row is None:
            return False
        own = compose.with_ed_note(row.written or row.document, row.ed_note)
        current = msgspec.json.decode(own, type=Article)
        now = await queries.clock(tx)
        await _publish(tx, row, current, current, now, Reader())
        return True


async def kill_article(
    tx: Conn, id: str, note: str, reader: Reader, versions: Versions | None = None
) -> Article:
    """Kill an article with a public note; killing it again changes nothing."""
    row, current = await hold_article(tx, id, reader, versions)
    if row.visibility == KILLED:
        touch()
        return await queries.as_seen(tx, current)
    now = await queries.clock(tx)
    revision = Revision(kind="retraction", note=note, public=True)
    article = _next_version(msgspec.structs.replace(current, pub_status="canceled"), revision, now)
    await queries.kill_article(tx, article, note)
    await queries.insert_version(tx, article, reader.key_id, revision, public=row.visibility == PUBLIC)
    await quote_queries.hide_quotes(tx, id)
    again = row.was_public and row.visibility == HELD
    shown = await queries.select_last_public(tx, id) if again else None
    await insert_changes(tx, killing(row, current, article, shown))
    return await queries.as_seen(tx, article)
