"""Writing new articles, one or many in one transaction, to the state that one after the other leaves."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import msgspec

from api.articles import compose, drafts, queries
from api.articles.drafts import Plan
from api.articles.events import article_event, publication
from api.articles.indexing import Entry
from api.articles.inserting import claim_uris, insert_articles, release_uris
from api.articles.schemas import Article, ArticleInput
from api.articles.writing import Written, article_ref, sort_at, uri_exists
from api.changes.queries import Event, insert_changes
from api.db.pool import Conn
from api.entities.grouping import Wanted, with_nested
from api.entities.linking import score_ahead
from api.entities.look_ups import Batch
from api.entities.queries import held_positions, insert_entities, publish_entities
from api.entities.resolve import Options, Resolved, created_events, resolve
from api.entities.schemas import Position
from api.entities.shown import Shown, shown_for
from api.http.problems import Problem, invalid
from api.http.reader import Reader
from api.keys.guard import require
from api.visibility import HELD, PUBLIC
from api.wire import new_id


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatch whose uri an article has already: nothing is written."""

    owner: str
    given: ArticleInput


Outcome = Written | Taken | Problem


class _Line(msgspec.Struct, kw_only=True):
    """One dispatch on its way: planned, then resolved."""

    given: ArticleInput
    held: bool
    plan: Plan
    id: str
    uri: str
    wanted: list[Wanted]
    resolved: Resolved | None = None


async def create_article(tx: Conn, given: ArticleInput, reader: Reader, options: Options) -> Written:
    """Write a new article: 403 for a held one without scope `embargo`, 409 for a known uri, 422."""
    (outcome,) = await create_articles(tx, [given], reader, options)
    if isinstance(outcome, Taken):
        raise uri_exists(outcome.owner, await queries.select_article(tx, outcome.owner), reader)
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


async def create_articles(
    tx: Conn, dispatches: Sequence[ArticleInput], reader: Reader, options: Options
) -> list[Outcome]:
    """Write new articles; gives the outcomes, in order, of as many as it can take: one at least.

    A dispatch that needs what those before it leave in the database begins the next batch: one whose uri is
    among them, or that brings to light what only held articles carried. What is wrong with a dispatch is its
    outcome and touches no other; only what the database itself refuses is raised.
    """
    now = await queries.clock(tx)
    lines = [_planned(given, reader, now) for given in _until_repeated(dispatches)]
    open_lines = {i: line for i, line in enumerate(lines) if isinstance(line, _Line)}
    owners = await claim_uris(tx, {line.uri: line.id for line in open_lines.values()}) if open_lines else {}
    new = {i: line for i, line in open_lines.items() if line.uri not in owners}
    outcomes: dict[int, Outcome] = {i: line for i, line in enumerate(lines) if isinstance(line, Problem)}
    outcomes |= {
        i: Taken(owner=owners[line.uri], given=line.given)
        for i, line in open_lines.items()
        if line.uri in owners
    }
    batch = await Batch.read(tx, (w for line in new.values() for w in line.wanted))
    until = await _resolve_all(batch, new, outcomes, reader, options, now)
    written = [(i, line) for i, line in new.items() if i < until and i not in outcomes]
    await release_uris(tx, [line.uri for i, line in new.items() if i >= until or i in outcomes])
    articles = await _write(tx, [line for _, line in written], batch.keyed, reader, now)
    for (i, line), article in zip(written, articles, strict=True):
        assert line.resolved is not None  # noqa: S101 - what is written has been resolved
        outcomes[i] = Written(article=article, resolution=line.resolved.resolution)
    return [outcomes[i] for i in range(min(until, len(lines)))]


def _until_repeated(dispatches: Sequence[ArticleInput]) -> Iterator[ArticleInput]:
    """Give the dispatches before the first that has the uri of another."""
    seen: set[str] = set()
    for given in dispatches:
        if isinstance(given.uri, str):
            if given.uri in seen:
                return
            seen.add(given.uri)
        yield given


def _planned(given: ArticleInput, reader: Reader, now: datetime) -> _Line | Problem:
    """Check a dispatch, and find where its quotes stand: all that needs no database."""
    held = compose.is_held(given, now)
    try:
        if held:
            require(reader, "embargo")
        errors = compose.errors_of(given, {}, now)
        plan = drafts.of_given(given, None, [], errors)
        if errors:
            raise invalid(errors)
    except Problem as problem:
        return problem
    id = new_id()
    uri = given.uri if isinstance(given.uri, str) else f"urn:uuid:{id}"
    return _Line(given=given, held=held, plan=plan, id=id, uri=uri, wanted=compose.wanted(given))


async def _resolve_all(
    batch: Batch,
    lines: dict[int, _Line],
    outcomes: dict[int, Outcome],
    reader: Reader,
    options: Options,
    now: datetime,
) -> int:
    """Resolve the entities of each dispatch in turn; gives where the next batch begins."""
    if len(lines) > 1:
        await score_ahead(batch, (line.wanted for line in lines.values()), reader, now)
    before = False
    for i, line in lines.items():
        try:
            resolved = await resolve(batch, line.wanted, options, reader, now)
        except Problem as problem:
            outcomes[i] = problem
            continue
        shows = bool(resolved.hidden_ids) and not line.held
        if shows and before:
            return i
        line.resolved = resolved
        batch.add(resolved.created, public=not line.held)
        if shows:
            return i + 1
        before = True
    return 1 << 62


async def _write(
    tx: Conn, lines: Sequence[_Line], keyed: Collection[str], reader: Reader, now: datetime
) -> list[Article]:
    """Write what has been resolved: entities, articles, quotes, and the events that tell of them.

    Gives the articles as their readers see them.
    """
    shown = await shown_for(tx, _given_ids(lines), lock=True)
    events = [await _write_entities(tx, lines, shown, keyed)] if lines else []
    entries: list[Entry] = []
    told: list[Event] = []
    positions = await _positions(tx, lines)
    for i, line in enumerate(lines):
        article = _article(line, positions.get(i, {}), now)
        visibility = HELD if line.held else PUBLIC
        entries.append(Entry(article=article, visibility=visibility, sort_at=sort_at(article)))
        told += events[0][i]
        told.append(article_event("article.created", article, public=not line.held))
        told += [] if line.held else publication(article)
    seen = await insert_articles(tx, entries, shown, reader.key_id) if entries else []
    await insert_changes(tx, told)
    return seen


def _given_ids(lines: Sequence[_Line]) -> list[str]:
    """List what is referred to by id: nothing else of what is found is one that was merged."""
    every = (w.given.id for line in lines for w in with_nested(line.wanted))
    return sorted({id for id in every if isinstance(id, str)})


async def _write_entities(
    tx: Conn, lines: Sequence[_Line], shown: Shown, keyed: Collection[str]
) -> list[list[Event]]:
    """Insert the new entities of all lines; gives the events of each line's."""
    # What a public article creates never refers to what a held one does: that would end the batch.
    for public in (True, False):
        created = [e for line in lines if line.held is not public for e in _resolved(line).created]
        if created:
            await insert_entities(tx, created, public=public, shown=shown, keyed=keyed)
    events: list[list[Event]] = []
    for line in lines:
        resolved = _resolved(line)
        own = created_events([(e.id, e.type, e.version) for e in resolved.created], public=not line.held)
        if resolved.hidden_ids and not line.held:
            own += created_events(await publish_entities(tx, resolved.hidden_ids), public_only=True)
        events.append(own)
    return events


def _resolved(line: _Line) -> Resolved:
    assert line.resolved is not None  # noqa: S101 - what is written has been resolved
    return line.resolved


async def _positions(tx: Conn, lines: Sequence[_Line]) -> dict[int, dict[str, Position]]:
    """Find the offices that speakers held, by line and pointer."""
    wanted = [
        (f"{i}{pointer}", *rest)
        for i, line in enumerate(lines)
        for pointer, *rest in drafts.positions_wanted(line.plan.drafts, _resolved(line).refs)
    ]
    found: dict[int, dict[str, Position]] = {}
    for key, position in (await held_positions(tx, wanted)).items():  # pyright: ignore[reportArgumentType]
        number, _, pointer = key.partition("#")
        found.setdefault(int(number), {})[f"#{pointer}"] = position
    return found


def _article(line: _Line, positions: dict[str, Position], now: datetime) -> Article:
    """Build the article of a line."""
    given, refs = line.given, _resolved(line).refs
    ref = article_ref(line.id, given.headline)
    published_at = given.published_at if isinstance(given.published_at, datetime) else now
    return compose.compose(
        given,
        refs,
        drafts.built(line.plan.drafts, refs, positions, ref, given.language, now),
        id=line.id,
        uri=line.uri,
        version=1,
        created_at=now,
        updated_at=now,
        published_at=None if line.held else published_at,
        corrections=[],
    )
