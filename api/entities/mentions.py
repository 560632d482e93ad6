"""Who is named in a query: the entities that go by one of its texts, in whatever script they are known."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from api.clusters import select_clusters
from api.db.pool import Conn
from api.entities.candidates import SPELLING, Asked, find_alike
from api.lists.reading import Reading, read
from api.names.context import Query
from api.names.fold import fold
from api.visibility import HELD
from api.wire import EntityType

TYPES: tuple[EntityType, ...] = ("person", "organisation")
LONGEST_SPELLED = 3  # words that are taken for a name in another spelling
MOST_SPELLED = 12  # texts of a query that are
MOST_NAMED = 20  # by a single word; one that more entities have in their names tells nothing
MOST_NAMESAKES = 100  # by a whole name; likewise


async def read_words(
    conn: Conn, text: str | None, languages: Sequence[str] | None, listed: int
) -> Reading | None:
    """Read `q` under these languages, else under all; None when it is not given."""
    if text is None:
        return None

    async def names(texts: Sequence[str]) -> Mapping[str, list[str]]:
        return await mentioned(conn, texts, sees_held=listed >= HELD)

    return await read(conn, text, names, languages=languages, listed=listed)


async def mentioned(conn: Conn, texts: Sequence[str], *, sees_held: bool) -> Mapping[str, list[str]]:
    """Find the entities that each text names: by a whole name, or by one word of a name.

    A person known under names in several scripts is found by each of them, and by the surname alone; by two
    or three words also in other spellings.
    """
    folds = {text: folded for text in texts if (folded := fold(text))}
    single = {text: folded for text, folded in folds.items() if folded.isalnum()}
    rows = await conn.fetch(
        """
        select false as by_word, w.text, n.entity_id
        from unnest($1::text[], $2::text[]) as w (text, fold)
        cross join lateral (
            select n.entity_id from entity_names n
            join entities e on e.id = n.entity_id and (e.public or $5)
            where n.type in ('person', 'organisation') and n.fold = w.fold
            limit $7
        ) as n
        union
        select true, w.text, near.entity_id
        from unnest($3::text[], $4::text[]) as w (text, fold)
        cross join lateral (
            select s.entity_id from entity_search s
            join entities e on e.id = s.entity_id and (e.public or $5)
            where s.words @@ (quote_literal(w.fold) || ':A')::tsquery
            limit $6
        ) as near
        """,
        list(folds),
        list(folds.values()),
        list(single),
        list(single.values()),
        sees_held,
        MOST_NAMED + 1,
        MOST_NAMESAKES + 1,
    )
    whole, by_word = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for row in rows:
        (by_word if row["by_word"] else whole)[row["text"]].append(row["entity_id"])
    found = {text: _together(whole[text], by_word[text]) for text in folds}
    several = [text for text in folds if not whole[text] and 2 <= len(folds[text].split()) <= LONGEST_SPELLED]
    found |= await spelled_otherwise(conn, several[:MOST_SPELLED], TYPES, sees_held=sees_held)
    clusters = await select_clusters(conn, {id for ids in found.values() for id in ids})
    return {text: _with_others(ids, clusters) for text, ids in found.items()}


async def spelled_otherwise(
    conn: Conn, texts: Sequence[str], types: Sequence[EntityType], *, sees_held: bool
) -> dict[str, list[str]]:
    """Find the entities of whose names texts are other spellings; none for a text without any."""
    asked = [(text, Asked(type=type, query=Query(text))) for text in texts for type in types]
    near = await find_alike(conn, [each for _, each in asked], sees_held=sees_held) if asked else []
    found: dict[str, list[str]] = {}
    for (text, _), those in zip(asked, near, strict=True):
        if ids := [each.id for each in those if each.share >= SPELLING]:
            found.setdefault(text, []).extend(ids)
    return found


def _together(whole: list[str], by_word: list[str]) -> list[str]:
    few = [those for those, most in ((whole, MOST_NAMESAKES), (by_word, MOST_NAMED)) if len(those) <= most]
    return list(dict.fromkeys(id for those in few for id in those))


def _with_others(ids: list[str], clusters: Mapping[str, frozenset[str]]) -> list[str]:
    """Give ids with all others of the same entities: documents keep those under which they were written."""
    return list(dict.fromkeys(each for id in ids for each in (id, *sorted(clusters.get(id, ())))))
