"""Whether a dispatch under a known uri says what the stored article says, so that it may be sent again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from api.articles import compose, drafts
from api.articles.as_written import as_written
from api.articles.drafts import Draft
from api.articles.queries import Row
from api.articles.schemas import Article, ArticleInput
from api.articles.writing import article_ref
from api.clusters import select_roots
from api.db.pool import Conn
from api.entities.grouping import Wanted
from api.entities.known import identifiers_of, names_of
from api.entities.renames import brought_up_to_date
from api.entities.resolve import Options, resolve
from api.http.problems import ErrorItem, Problem
from api.http.reader import Reader
from api.names.fold import fold
from api.quotes.schemas import Quote
from api.visibility import listed
from api.wire import Ref

Refs = Mapping[str, Ref]


async def is_resent(tx: Conn, row: Row, given: ArticleInput, reader: Reader) -> bool:
    """Tell whether a dispatch equals a stored article that its reader sees: writing it would change nothing.

    Members that are left out have their defaults, and `published_at` the value that the server gave. A
    fragment equals the one at its place, however little of that it tells. An entity that is given inline
    equals the stored one at its place when that has its name or one of its identifiers, or is what it
    resolves to now.
    """
    if row.visibility > listed(reader):
        return False
    own = compose.with_ed_note(row.written or row.document, row.ed_note)
    current = msgspec.json.decode(await brought_up_to_date(tx, own), type=Article)
    if row.written is not None:
        given = as_written(given, row.written, row.document)
    errors: list[ErrorItem] = []
    plan = drafts.of_given(given, current, [], errors)
    olds = [draft.old for draft in plan.drafts if draft.old is not None]
    if errors or len(olds) != len(plan.drafts) or len(olds) != len(current.quotes):
        return False
    refs = await _refs(tx, compose.wanted(given), dict(_refs_of(current, olds)), reader, current.updated_at)
    return refs is not None and _rewritten(given, current, plan.drafts, refs) == current


def _rewritten(given: ArticleInput, current: Article, planned: Sequence[Draft], refs: Refs) -> Article:
    """Build the article that the dispatch would make of the stored one; offices held are left as they are."""
    positions = {d.pointer: d.old.speaker.position for d in planned if d.old and d.old.speaker.position}
    ref = article_ref(current.id, given.headline)
    quotes = drafts.built(planned, refs, positions, ref, given.language, current.updated_at, current.version)
    return compose.compose(
        given,
        refs,
        quotes,
        id=current.id,
        uri=current.uri,
        version=current.version,
        created_at=current.created_at,
        updated_at=current.updated_at,
        published_at=given.published_at if isinstance(given.published_at, datetime) else current.published_at,
        corrections=current.corrections,
    )


def _refs_of(article: Article, olds: Sequence[Quote]) -> Iterator[tuple[str, Ref]]:
    """List the Refs of a stored article by the pointers at which a dispatch would name them."""
    found = [
        ("#/provider", article.provider),
        *((f"#/people/{i}/person", mention.person) for i, mention in enumerate(article.people)),
        *((f"#/organisations/{i}/organisation", m.organisation) for i, m in enumerate(article.organisations)),
        *((f"#/sources/{i}/organisation", source.organisation) for i, source in enumerate(article.sources)),
    ]
    for i, medium in enumerate(article.media):
        found += ((f"#/media/{i}/people/{j}", person) for j, person in enumerate(medium.people))
    for i, quote in enumerate(olds):
        found.append((f"#/quotes/{i}/speaker/person", quote.speaker.person))
        found.append((f"#/quotes/{i}/speaker/organisation", quote.speaker.organisation))
        for j, relay in enumerate(quote.chain):
            found.append((f"#/quotes/{i}/chain/{j}/person", relay.person))
            found.append((f"#/quotes/{i}/chain/{j}/organisation", relay.organisation))
    return ((pointer, ref) for pointer, ref in found if ref is not None)


async def _refs(
    tx: Conn, wanted: Sequence[Wanted], stored: Refs, reader: Reader, now: datetime
) -> Refs | None:
    """Give the stored Ref at each pointer when the entity given there means it; None when one does not."""
    if {w.pointer for w in wanted} != set(stored):
        return None
    ids = sorted({ref.id for ref in stored.values()})
    names, identifiers = await names_of(tx, ids), await identifiers_of(tx, ids)
    doubtful = [w for w in wanted if not _means(w, stored[w.pointer], names, identifiers)]
    if doubtful:
        try:
            resolved = await resolve(tx, wanted, Options(ambiguous="create"), reader, now)
        except Problem:
            return None
        roots = await select_roots(tx, ids)
        shown = {w.pointer: roots.get(stored[w.pointer].id, stored[w.pointer].id) for w in doubtful}
        if any(resolved.refs[w.pointer].id != shown[w.pointer] for w in doubtful):
            return None
    return stored


def _means(
    wanted: Wanted,
    ref: Ref,
    names: Mapping[str, set[str]],
    identifiers: Mapping[str, set[tuple[str, str]]],
) -> bool:
    """Tell whether an entity as it is given is the stored one, by its id, an identifier or its name."""
    given = wanted.given
    if wanted.type != ref.type:
        return False
    if isinstance(given.id, str):
        return given.id == ref.id
    if any((each.scheme, each.value) in identifiers.get(ref.id, ()) for each in given.identifiers):
        return True
    return fold(str(given.name)) in names.get(ref.id, ())
