"""Finding a page of people or organisations: the statements behind their lists and the search."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg
import msgspec

from api.db.pool import Conn
from api.entities.filters import EntityFilters, OrganisationFilters, PersonFilters
from api.entities.indexing import title_words
from api.entities.known import names_of
from api.entities.mentions import LONGEST_SPELLED, spelled_otherwise
from api.entities.named import find_named
from api.entities.positions import days
from api.entities.same import same_entities
from api.lists.reading import NOTHING, Reading, read_plainly
from api.lists.rounds import find
from api.lists.statements import Listing, Source, statements
from api.lists.terms import Query, all_of, any_of, one_of, quoted, term
from api.names.fold import fold
from api.wire import EntityType, Ref, entity_ref

MOST_NAMES = 50  # of those of whose names a query is another spelling
_NEWEST_FIRST = statements(
    Source(
        source="entities join entity_search on entity_id = id",
        id="id",
        # Of both tables: the planner does not see that what bounds one bounds the other.
        within="""
            type = $1 and (public or $2::boolean) and root_id is null
            and ($3::uuid is null or (id {after} $3 and entity_id {after} $3))
        """,
        match="""
            ($4::text is null or words @@ $4::text::tsquery)
            and ($5::uuid[] is null or id = any($5))
            and (not $6::boolean or exists (
                select from (select id as person_id) as listed
                cross join lateral (
                    select person_id as entity_id
                    union all
                    select member.id from entities member where member.root_id = person_id
                ) as record
                join entity_positions p on p.entity_id = record.entity_id
                where ($7::text[] is null or lower(p.title) like all($7))
                    and ($8::uuid[] is null or p.organisation_id = any($8))
                    and ($9::daterange is null or p.held && $9)
            ))
        """,
        place="$4",
        free=("$10", "$11", "$12", "$13", "$14", "$15", "$16"),
    ),
    "id",
    "desc",
    "uuid",
)


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """What one office of a person must be: words of its title, where, and on which days."""

    words: list[str] | None = None
    organisations: Sequence[str] | None = None
    at: "asyncpg.Range[date] | None" = None

    @property
    def is_given(self) -> bool:
        """Whether anything is asked of an office."""
        return self != Office()


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters come to: the type, who is shown, the query, and what columns say.

    `fits` is how a `name` fits those whom it may mean, the more the better; then they are among the `ids`.
    `spelled` is the condition of a name of which the words of `q` are another spelling.
    """

    type: EntityType
    sees_held: bool
    query: Query | None = None
    ids: list[str] | None = None
    fits: Mapping[str, int] | None = None
    office: Office = Office()
    reading: Reading | None = None
    spelled: Query | None = None

    @property
    def wanted(self) -> Query:
        """The condition that any of the words of `q` occurs, or that of another spelling, for ranking."""
        return any_of([self.reading and self.reading.wanted(), self.spelled]) or NOTHING


async def conditions_of(
    conn: Conn, type: EntityType, filters: EntityFilters, *, sees_held: bool
) -> Conditions:
    """Read the filters of a list."""
    office = await _office(conn, filters)
    fits = await find_named(conn, type, filters.name, sees_held=sees_held) if filters.name else None
    within = await same_entities(conn, getattr(filters, "organisation", None))
    kinds = filters.kind if isinstance(filters, OrganisationFilters) else None
    reading = await read_plainly(conn, filters.q, fold) if filters.q else None
    spelled = await _spelled(conn, type, reading, sees_held=sees_held) if reading else None
    return Conditions(
        type=type,
        sees_held=sees_held,
        reading=reading,
        spelled=spelled,
        query=all_of(
            [
                reading and any_of([reading.condition(), spelled]),
                one_of("country", filters.country),
                one_of("kind", kinds),
                one_of("organisation", within),
                *(quoted(term("title", word)) for word in office.words or ()),
            ]
        ),
        ids=await _ids(conn, type, filters, fits),
        fits=fits,
        office=office,
    )


async def _spelled(conn: Conn, type: EntityType, reading: Reading, *, sees_held: bool) -> Query | None:
    """Give the condition of bearing a name of which the query is another spelling, when it is one."""
    parts = [part for groups in reading.alternatives for group in groups for part in group.parts]
    if len(reading.alternatives) > 1 or any(part.excluded for part in parts):
        return None
    text = " ".join(part.text for part in parts)
    if not 2 <= len(fold(text).split()) <= LONGEST_SPELLED:
        return None
    found = await spelled_otherwise(conn, [text], [type], sees_held=sees_held)
    names = await names_of(conn, found[text]) if found else {}
    every = sorted(name for those in names.values() for name in those)
    return any_of(all_of(map(quoted, name.split())) for name in every[:MOST_NAMES])


async def _office(conn: Conn, filters: EntityFilters) -> Office:
    if not isinstance(filters, PersonFilters):
        return Office()
    return Office(
        words=title_words([filters.position]) if filters.position else None,
        organisations=await same_entities(conn, filters.organisation),
        at=days(filters.at) if filters.at else None,
    )


async def _ids(
    conn: Conn, type: EntityType, filters: EntityFilters, fits: Mapping[str, int] | None
) -> list[str] | None:
    """Give the ids that `id`, `name` and `identifier` all allow; None when none of them is given."""
    allowed = [
        await same_entities(conn, filters.id),
        None if fits is None else list(fits),
        await _identified(conn, type, filters.identifier) if filters.identifier else None,
    ]
    given = [ids for ids in allowed if ids is not None]
    return [id for id in given[0] if all(id in ids for ids in given[1:])] if given else None


async def _identified(conn: Conn, type: EntityType, identifiers: Sequence[str]) -> list[str]:
    """Find the entities of a type that have one of these identifiers, given as `scheme:value`.

    Either part may have colons of its own.
    """
    pairs = [
        (text[:place], text[place + 1 :])
        for text in identifiers
        for place, character in enumerate(text)
        if character == ":"
    ]
    rows = await conn.fetch(
        """
        select coalesce(e.root_id, e.id) as id
        from unnest($2::text[], $3::text[]) as wanted (scheme, value)
        join entity_identifiers i on i.type = $1 and i.scheme = wanted.scheme and i.value = wanted.value
        join entities e on e.id = i.entity_id
        """,
        type,
        [scheme for scheme, _ in pairs],
        [value for _, value in pairs],
    )
    return [row["id"] for row in rows]


def listing(conn: Conn, found: Conditions, start: str | None = None) -> Listing:
    """Give the entities that meet the conditions, newest first, those below the id `start`."""
    office = found.office
    match = (
        found.query,
        found.ids,
        office.is_given,
        office.words and [f"%{_escaped(word)}%" for word in office.words],
        office.organisations,
        office.at,
    )
    filtered = found.query is not None or found.ids is not None or office.is_given
    return Listing(conn, _NEWEST_FIRST, (found.type, found.sees_held, start), match, filtered=filtered)


def _escaped(word: str) -> str:
    """Take the meaning for `like` out of a word, of whose characters only the underscore has one."""
    return word.replace("_", r"\_")


Place = tuple[int, str]  # how a name fits, and an id


async def find_page(
    conn: Conn, found: Conditions, start: Place | tuple[str] | None, limit: int
) -> list[Place] | list[tuple[str]]:
    """Give the places of the first `limit` entities behind `start`.

    Newest record first; those whom a `name` may mean by how it fits, and the newest first among equals.
    """
    if found.fits is None:
        keys = await find(listing(conn, found, start[-1] if start else None), limit)
        return [(id,) for _, id in keys]
    ids = found.ids or []
    if found.query is not None or found.office.is_given:
        ids = [id for _, id in await find(listing(conn, found), len(ids))] if ids else []
    places = sorted(((found.fits[id], id) for id in ids), reverse=True)
    return [place for place in places if start is None or place < start][:limit]


async def select_documents(conn: Conn, ids: Sequence[str], *, sees_held: bool) -> dict[str, bytes]:
    """Fetch entities by id, each as what it was merged into."""
    rows = await conn.fetch(
        """
        select e.id, root.document
        from entities e join entities root on root.id = coalesce(e.root_id, e.id)
        where e.id = any($1::uuid[]) and (root.public or $2)
        """,
        ids,
        sees_held,
    )
    return {row["id"]: row["document"] for row in rows}


async def select_refs(conn: Conn, ids: Sequence[str], *, sees_held: bool) -> dict[str, Ref]:
    """Give the Refs of entities by id."""
    rows = await conn.fetch(
        "select id, type, name from entities where id = any($1::uuid[]) and (public or $2)", ids, sees_held
    )
    return {row["id"]: entity_ref(row["type"], row["id"], row["name"]) for row in rows}
