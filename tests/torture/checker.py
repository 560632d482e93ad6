"""Compares everything that the database holds of articles and quotes with itself, and names what disagrees.

The rows are read in one transaction, when nothing is under way: events are numbered, renames are followed,
embargoes that have ended are released.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from api.articles.compose import document_of, entities_of, summary_of
from api.articles.schemas import Article, ArticleSummary
from api.db.pool import Conn
from api.quotes.compose import SEPARATOR, refs_of
from api.quotes.schemas import Quote
from api.visibility import HELD, PUBLIC
from tests.torture.held import Held, read_all
from tests.torture.searching import searchable

REF = {"id", "type", "href"}
NAMES = {"name", "headline", "text"}
# What a quote takes over from its article without a state of its own.
CARRIED = {"article", "article_version", "fragments"}

Faults = Iterator[str]


def without_names(value: Any) -> Any:
    """A decoded document with what Refs are called left out."""
    if isinstance(value, list):
        return [without_names(each) for each in value]
    if not isinstance(value, dict):
        return value
    left_out = NAMES if set(value) - NAMES == REF else set()
    return {name: without_names(each) for name, each in value.items() if name not in left_out}


def plain(document: bytes) -> Any:
    return without_names(msgspec.json.decode(document))


async def check(conn: Conn) -> list[str]:
    """List everything in the database that disagrees with something else in it."""
    async with conn.transaction(isolation="repeatable_read"):
        all_held = await read_all(conn)
        names = {row["id"]: row["name"] for row in await conn.fetch("select id, name from entities")}
        faults = [
            f"article {each.article.id}: {fault}"
            for each in all_held
            for part in (*PARTS, lambda held: _names(held, names))
            for fault in part(each)
        ]
        faults += [fault async for fault in _strays(conn)]
        last = await conn.fetchval("select last from change_log")
        faults += _log(await conn.fetch("select pos, id from changes order by pos"), last)
        faults += await _entity_events(conn)
    return faults + await searchable(conn, all_held)


def _columns(held: Held) -> Faults:
    row, article = held.row, held.article
    for name in ("version", "pub_status", "language", "published_at", "embargoed_until", "updated_at"):
        if row[name] != getattr(article, name):
            yield f"column {name} is {row[name]}, the document says {getattr(article, name)}"
    if held.uris != [article.uri]:
        yield f"its uris are {held.uris}, the document says {article.uri}"
    if not held.killed and row["provider_id"] != (article.provider and article.provider.id):
        yield "column provider_id is not the document's provider"
    if msgspec.json.decode(row["summary"], type=ArticleSummary) != _summary(article):
        yield "the summary is not the document's"
    if held.killed != (article.pub_status == "canceled"):
        yield "killed and canceled differ"
    if not held.killed and (row["visibility"] == PUBLIC) != (article.published_at is not None):
        yield f"visibility {row['visibility']}, published at {article.published_at}"
    if row["was_public"] != any(each["public"] for each in held.versions[: -1 if held.killed else None]):
        yield "was_public is not what its versions say"
    place = article.published_at or article.embargoed_until or article.created_at
    if row["sort_at"] != place:
        yield f"sort_at is {row['sort_at']}, the document says {place}"


def _summary(article: Article) -> ArticleSummary:
    return msgspec.json.decode(summary_of(article), type=ArticleSummary)


def _versions(held: Held) -> Faults:
    numbers = [each["version"] for each in held.versions]
    if numbers != list(range(1, held.article.version + 1)):
        yield f"versions {numbers} of {held.article.version}"
        return
    latest, now = plain(held.versions[-1]["document"]), plain(held.row["document"])
    # An attribution is corrected without a version of the article, so quotes are compared with their states.
    then, quotes = latest.pop("quotes"), now.pop("quotes")
    if latest != now:
        yield "the document is not that of its latest version"
    if [_words(each) for each in then] != [_words(each) for each in quotes]:
        yield "the quotes are not those of its latest version"
    if held.versions[-1]["ed_note"] != held.row["ed_note"]:
        yield "the note for editors is not that of its latest version"


def _words(quote: dict[str, Any]) -> Any:
    return {name: quote[name] for name in ("id", "form", "fragments", "text", "status", "article_version")}


def _verbatim(held: Held) -> Faults:
    """The rule of design §2.2, for what is carried and for what was withdrawn."""
    bodies = {each["version"]: msgspec.json.decode(each["document"])["body"] for each in held.versions}
    carried = {quote.id for quote in held.article.quotes}
    for row in held.quotes:
        quote = msgspec.json.decode(row["document"], type=Quote)
        if (quote.status == "withdrawn") == (quote.id in carried):
            yield f"quote {quote.id} is {quote.status}"
        if quote.status != "withdrawn" and not held.killed and quote.article_version != held.article.version:
            yield f"quote {quote.id} is of version {quote.article_version}"
        yield from _pinned(quote, bodies.get(quote.article_version, []))
    for quote in held.article.quotes:
        yield from _pinned(quote, bodies.get(held.article.version, []))


def _pinned(quote: Quote, body: list[dict[str, Any]]) -> Faults:
    for part in quote.fragments:
        block = body[part.block]["text"] if part.block < len(body) else ""
        if not part.text or block[part.start : part.end] != part.text:
            yield f"quote {quote.id} says {part.text!r} where the body has {block[part.start : part.end]!r}"
    if quote.text != SEPARATOR.join(part.text for part in quote.fragments):
        yield f"quote {quote.id}: its text is not its fragments"


def _quotes(held: Held) -> Faults:
    kept = [msgspec.json.decode(row["document"], type=Quote) for row in held.quotes]
    carried = [quote for quote in kept if quote.status != "withdrawn"]
    if {quote.id for quote in kept} != held.homes or set(held.states) != held.homes:
        yield "quotes, their homes and their states are not the same"
    if held.killed:
        # A kill raises the article's version for its quotes too, but leaves their own documents.
        if [quote.id for quote in carried] != [quote.id for quote in held.article.quotes]:
            yield "the killed quotes are not those of the document"
    elif carried != held.article.quotes:
        yield "the quotes are not those of the document"
    for row, quote in zip(held.quotes, kept, strict=True):
        yield from _quote_columns(row, quote)
        yield from _states(held, row, quote)


def _quote_columns(row: Any, quote: Quote) -> Faults:
    for name in ("id", "version", "status", "form", "attribution", "language", "updated_at"):
        if row[name] != getattr(quote, name):
            yield f"quote {quote.id}: column {name} is {row[name]}"
    if (row["speaker_kind"], row["first_hand"]) != (quote.speaker.kind, not quote.chain):
        yield f"quote {quote.id}: its columns are not its attribution"


def _states(held: Held, row: Any, quote: Quote) -> Faults:
    states = held.states.get(quote.id, [])
    if [state["version"] for state in states] != list(range(1, quote.version + 1)):
        yield f"quote {quote.id}: states {[state['version'] for state in states]} of {quote.version}"
        return
    then, now = plain(states[-1]["document"]), plain(row["document"])
    if {**then, **dict.fromkeys(CARRIED)} != {**now, **dict.fromkeys(CARRIED)}:
        yield f"quote {quote.id} is not its latest state"
    shown = held.row["visibility"] if states[-1]["public"] else max(held.row["visibility"], HELD)
    if (row["visibility"], row["sort_at"]) != (shown, held.row["sort_at"]):
        yield f"quote {quote.id} has another visibility or place than its article"


def _relations(held: Held) -> Faults:
    place = (held.row["visibility"], held.row["sort_at"])
    wanted = {} if held.killed else {id: sorted(rels) for id, rels in entities_of(held.article).items()}
    if {row["entity_id"]: row["rels"] for row in held.entities} != wanted:
        yield "article_entities are not the document's"
    if any((row["visibility"], row["sort_at"]) != place for row in held.entities):
        yield "article_entities have another visibility or place"
    quotes = [] if held.killed else [msgspec.json.decode(row["document"], type=Quote) for row in held.quotes]
    related = {(quote.id, ref.id, rel) for quote in quotes for ref, rel in refs_of(quote) if ref is not None}
    if {(row["quote_id"], row["entity_id"], row["rel"]) for row in held.quote_entities} != related:
        yield "quote_entities are not the quotes'"
    if any(row["sort_at"] != held.row["sort_at"] for row in held.quote_entities):
        yield "quote_entities have another place"


def _events(held: Held) -> Faults:
    """One `article.created`, one `article.published` when it was ever public, one event for each version."""
    own = [row for row in held.events if row["resource_type"] == "article" and not row["public_only"]]
    kinds = [row["type"] for row in own]
    for type, count in (
        ("article.created", 1),
        ("article.published", int(held.row["was_public"])),
        ("article.killed", int(held.killed)),
    ):
        if kinds.count(type) != count:
            yield f"{kinds.count(type)} events {type} where {count} is due"
    told = [row["version"] for row in own if row["type"] != "article.created"]
    first = [1] if held.versions and held.versions[0]["public"] else []
    if told != [*first, *range(2, held.article.version + 1)]:
        yield f"events {list(zip(kinds, (row['version'] for row in own), strict=True))}"
    for id, states in held.states.items():
        types = [row["type"] for row in held.events if row["resource_id"] == id]
        if types.count("quote.created") != int(any(state["public"] for state in states)):
            yield f"quote {id}: events {types}"


def _names(held: Held, names: dict[str, str]) -> Faults:
    """Documents follow renames, but for those of killed articles, which no entity knows any more."""
    for ref in [] if held.killed else _refs(msgspec.json.decode(document_of(held.article))):
        if ref["name"] != names.get(ref["id"]):
            yield f"{ref['id']} is called {ref['name']!r}, and is {names.get(ref['id'])!r}"
    for quote in held.article.quotes:
        if quote.article.headline != held.article.headline:
            yield f"quote {quote.id} has another headline"


def _refs(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _refs(each)
    elif isinstance(value, dict):
        if set(value) == {*REF, "name"}:
            yield value
        for each in value.values():
            yield from _refs(each)


PARTS: tuple[Callable[[Held], Faults], ...] = (
    *(_columns, _versions, _verbatim, _quotes, _relations, _events),
)


async def _strays(conn: Conn) -> Any:
    """Rows of articles and quotes that there are not."""
    for table in ("article_versions", "article_uris", "article_entities", "article_search", "quote_articles"):
        count = await conn.fetchval(
            f"select count(*) from {table} t left join articles a on a.id = t.article_id where a.id is null"
        )
        if count:
            yield f"{count} rows of {table} have no article"
    for table in ("change_queue", "entity_renames", "office_changes"):
        if count := await conn.fetchval(f"select count(*) from {table}"):
            yield f"{count} rows of {table} are waiting"


def _log(rows: list[Any], last: int) -> Faults:
    if [row["pos"] for row in rows] != list(range(last - len(rows) + 1, last + 1)):
        yield "the positions of the log have a gap"
    if len({row["id"] for row in rows}) != len(rows):
        yield "an event is twice in the log"


async def _entity_events(conn: Conn) -> list[str]:
    """Whom readers of the public can see was created for them once; each later version was told once."""
    rows = await conn.fetch(
        """
        select e.id, e.version, e.public,
            count(*) filter (where c.type like '%.created' and not public_only) as created,
            count(*) filter (where c.type like '%.created' and (c.public or public_only)) as shown,
            array_agg(c.version order by c.pos) filter (where c.type like '%.updated') as updated
        from entities e left join changes c on c.resource_id = e.id
        group by e.id
        """
    )
    return [
        f"entity {row['id']}: {dict(row)}"
        for row in rows
        if (row["created"], row["shown"]) != (1, int(row["public"]))
        or (row["updated"] or []) != list(range(2, row["version"] + 1))
    ]
