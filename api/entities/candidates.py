"""Whom a name may mean: entities that share search keys with it, found for many names by one statement."""

from collections.abc import Iterable, Mapping, Sequence
from math import log

import msgspec

from api.clusters import select_roots
from api.db.pool import Conn, columns
from api.names.context import Query
from api.names.fold import fold
from api.names.keys import Key, keys, lookup
from api.names.script import script_of
from api.names.shortlist import LOOKED_AT, LOOKED_AT_ACROSS, LOOKED_AT_OTHERS
from api.wire import EntityType

# Of a name in a dispatch, where only those matter that may be linked. On 231 names of the evaluation as many
# were linked rightly among the first six as among the first sixteen, none wrongly, in half the time.
MOST_LINKED, LEAST_SHARE = 8, 0.15
# The same where either name is in another script than these, for there keys say less: of 174 such names of
# the evaluation the right one was among the first eight for 71 %, among these for 79 %.
MOST_ACROSS, _WELL_KEYED = 40, ("Latn", "Cyrl")
SPELLING = 0.7  # of a name's keys, from which on another is called a spelling of it
# Among how many entities a key is rare: not among those that there are, of whom nothing must be told.
STORE = 100_000.0
# Classes of keys that stand for two words of a name, or for all of it. Who shares none of these with a name
# of two words or more is not linked to it, and there are few who do.
_OF_PAIRS = frozenset("qpowu")
_OF_ONE = frozenset("lta")
_HELD = frozenset("pqu")


def sounds(names: Iterable[str], type: EntityType) -> set[str]:
    """Give the keys that most spellings of a name share: what is held while it may become an entity."""
    return {key for name in names for key in keys(name, type) if key[0] in _HELD}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A name to look up, with its context; `born` is when the one who is meant was born, if that is said."""

    type: EntityType
    query: Query
    born: str | None = None


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that a name may mean.

    `share` is how much of the name's keys it has, 0..1; `exact` and `identified` tell whether it has the very
    name, folded, and one of the identifiers.
    """

    id: str
    share: float
    exact: bool
    identified: bool


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate as it is stored."""

    id: str
    type: EntityType
    name: str
    public: bool
    documents: list[bytes]


def telling(name: str, type: EntityType) -> list[Key]:
    """Give the keys by which those are found to whom a name in a dispatch may be linked."""
    asked = lookup(name, type)
    pairs = [key for key in asked if key.key[0] in _OF_PAIRS]
    return pairs or [key for key in asked if key.key[0] in _OF_ONE]


async def find_near(conn: Conn, asked: Sequence[Asked], *, sees_held: bool) -> list[list[Near]]:
    """Find, for each name, the entities that it may mean, most alike first, at most as many as are looked at.

    Bounded: of each key, name and identifier at most 1,000 entities are looked at. What the reader may not
    see is not looked at either, so that it changes nothing.
    """
    looked_up = [lookup(each.query.name, each.type) for each in asked]
    most = [
        LOOKED_AT if each.type == "person" and _is_well_keyed(each) else LOOKED_AT_OTHERS for each in asked
    ]
    return await _find(
        conn, asked, looked_up, sees_held=sees_held, most=most, across=LOOKED_AT_ACROSS, exact=True
    )


def _is_well_keyed(asked: Asked) -> bool:
    return script_of(asked.query.name) in (None, *_WELL_KEYED)


async def find_alike(conn: Conn, asked: Sequence[Asked], *, sees_held: bool) -> list[list[Near]]:
    """Find, for each name that no entity has exactly, those to whom it may be linked all the same.

    Bounded likewise.
    """
    looked_up = [telling(each.query.name, each.type) for each in asked]
    most = [MOST_LINKED if _is_well_keyed(each) else MOST_ACROSS for each in asked]
    found = await _find(
        conn, asked, looked_up, sees_held=sees_held, most=most, across=MOST_ACROSS, exact=False
    )
    return [[each for each in near if each.share >= LEAST_SHARE] for near in found]


async def _find(
    conn: Conn,
    asked: Sequence[Asked],
    looked_up: Sequence[Sequence[Key]],
    *,
    sees_held: bool,
    most: Sequence[int],
    across: int,
    exact: bool,
) -> list[list[Near]]:
    every = [(place, *key) for place, those in enumerate(looked_up) for key in those]
    names = [
        (place, each.type, folded)
        for place, each in enumerate(asked)
        if exact and (folded := fold(each.query.name))
    ]
    rows = await conn.fetch(
        """
        with asked as (
            select *
            from unnest($1::int[], $2::text[], $3::text[], $4::float8[]) as a (place, key, part, weight)
        ), hits as (
            select a.place, a.part, f.entity_id, 0 as same,
                a.weight * ln(1 + $5::float8 / count(*) over (partition by a.place, a.part, a.key)) as rarity
            from asked a
            cross join lateral (
                select entity_id from name_keys where key = a.key and (public or $6) limit 1000
            ) as f
            union all
            select n.place, '', f.entity_id, 1, 0
            from unnest($7::int[], $8::text[], $9::text[]) as n (place, type, fold)
            cross join lateral (
                select entity_id from entity_names join entities on id = entity_id and (public or $6)
                where entity_names.type = n.type and fold = n.fold
                limit 1000
            ) as f
            union all
            select i.place, '', f.entity_id, 2, 0
            from unnest($10::int[], $11::text[], $12::text[], $13::text[]) as i (place, type, scheme, value)
            join entity_identifiers f on f.type = i.type and f.scheme = i.scheme and f.value = i.value
            join entities on id = f.entity_id and (public or $6)
        ), parts as (
            select place, entity_id, max(rarity) as rarity, bool_or(same = 1) as exact,
                bool_or(same = 2) as identified
            from hits
            group by place, part, entity_id
        ), found as (
            select place, entity_id, sum(rarity) as rarity, bool_or(exact) as exact,
                bool_or(identified) as identified
            from parts
            group by place, entity_id
        ), best as (
            select *, row_number() over (
                partition by place order by identified desc, exact desc, rarity desc, entity_id
            ) as rank
            from found
        )
        select place, entity_id, rarity, exact, identified
        from best
        where rank <= ($14::int[])[place + 1] or (rank <= $15 and exists (
            select from entity_names n
            where n.entity_id = best.entity_id and n.script <> all($16::text[])
        ))
        order by place, rank
        """,
        *(columns(every) or [[]] * 4),
        STORE,
        sees_held,
        *(columns(names) or [[]] * 3),
        *(columns(_identifiers(asked) if exact else []) or [[]] * 4),
        most,
        across,
        list(_WELL_KEYED),
    )
    whole = [_whole(those) for those in looked_up]
    found: list[list[Near]] = [[] for _ in asked]
    for row in rows:
        place: int = row["place"]
        share = min(row["rarity"] / whole[place], 1.0) if whole[place] else 0.0
        near = Near(id=row["entity_id"], share=share, exact=row["exact"], identified=row["identified"])
        found[place].append(near)
    roots = await select_roots(conn, sorted({row["entity_id"] for row in rows})) if rows else {}
    return [_shown(those, roots) for those in found]


def _shown(near: Sequence[Near], roots: Mapping[str, str]) -> list[Near]:
    """Give entities as what they were merged into, each once, with all that speaks for it."""
    found: dict[str, Near] = {}
    for each in near:
        id = roots.get(each.id, each.id)
        known = found.get(id, each)
        found[id] = Near(
            id=id,
            share=max(known.share, each.share),
            exact=known.exact or each.exact,
            identified=known.identified or each.identified,
        )
    return list(found.values())


def _identifiers(asked: Sequence[Asked]) -> list[tuple[int, str, str, str]]:
    return [
        (place, each.type, *identifier)
        for place, each in enumerate(asked)
        for identifier in each.query.identifiers
    ]


def _whole(keys: Sequence[Key]) -> float:
    """Give the rarity of a name all of whose keys one entity alone has."""
    parts: dict[str, float] = {}
    for _, part, weight in keys:
        parts[part] = max(weight, parts.get(part, 0.0))
    return sum(parts.values()) * log(1 + STORE)


async def select_known(conn: Conn, ids: Iterable[str]) -> dict[str, Known]:
    """Fetch candidates by id."""
    rows = await conn.fetch(
        "select id, type, name, public, document from entities where id = any($1::uuid[])",
        sorted(set(ids)),
    )
    return {
        row["id"]: Known(
            id=row["id"],
            type=row["type"],
            name=row["name"],
            public=row["public"],
            documents=[row["document"]],
        )
        for row in rows
    }


async def select_names(
    conn: Conn, type: EntityType, ids: Sequence[str], *, sees_held: bool
) -> dict[str, list[str]]:
    """Fetch all names of entities of a type that the reader may see."""
    rows = await conn.fetch(
        """
        select e.id, array(
            select n.value from entities record join entity_names n on n.entity_id = record.id
            where record.id = coalesce(e.root_id, e.id) or record.root_id = coalesce(e.root_id, e.id)
            order by record.merged_at nulls first, n.ordinal
        ) as names
        from entities e where e.id = any($1::uuid[]) and e.type = $2 and (e.public or $3)
        """,
        ids,
        type,
        sees_held,
    )
    return {row["id"]: row["names"] for row in rows}
