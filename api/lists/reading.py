"""Reading a query: from the words of `q` to a condition on the words of documents.

A document is indexed under its own language's configuration and under `simple`. A query is read under each
configuration in question, and what it reads there counts for documents of that configuration only, so that
one language's endings and stop words never touch another's.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from api.db.pool import Conn
from api.lists.terms import Query, all_of, any_of, quoted, term
from api.lists.text import UNSPACED, configuration, normal, sought
from api.lists.web_query import Parsed, Part, parse

SIMPLE = "simple"
NOTHING = quoted("=nothing")  # a lexeme that no document has
LONGEST_NAME = 4  # parts that are looked up together as a name


class Group(msgspec.Struct, frozen=True):
    """Parts side by side, and the entities whose name they are."""

    parts: list[Part]
    entities: list[str] = []


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A query as it was read: its alternatives, and the tsquery of each part by configuration."""

    alternatives: list[list[Group]]
    lexemes: dict[str, dict[Part, Query]]

    def condition(self, *kinds: str) -> Query:
        """Give the condition on documents; `kinds` are the terms by which they are of an entity."""
        return any_of(self._alternative(groups, kinds) for groups in self.alternatives) or NOTHING

    def _alternative(self, groups: Sequence[Group], kinds: Sequence[str]) -> Query | None:
        sought = [part for group in groups for part in group.parts if not part.excluded]
        # Where a configuration takes all words for stop words, it says nothing about the query.
        telling = [name for name in self.lexemes if any(part in self.lexemes[name] for part in sought)]

        def of_group(group: Group) -> Query | None:
            words = all_of(self._part(part, telling) for part in group.parts)
            named = (quoted(term(kind, id)) for id in group.entities for kind in kinds)
            return any_of([words, *named])

        return all_of(map(of_group, groups))

    def _part(self, part: Part, telling: Sequence[str]) -> Query | None:
        """Give the condition that a word or phrase occurs, or does not, as each configuration reads it.

        A document whose configuration takes it for a stop word meets the condition either way.
        """
        simple = self.lexemes[SIMPLE].get(part)
        if simple is None:
            return None
        readings: dict[Query | None, list[Query]] = {}
        for name in telling:
            if name != SIMPLE:
                query = self.lexemes[name].get(part)
                readings.setdefault(query, []).append(quoted(term("config", name)))
        stopped = any_of(readings.pop(None, []))
        readings.pop(simple, None)
        forms = [all_of([query, any_of(names)]) for query, names in readings.items()]
        occurs = any_of([simple, *forms])
        return any_of([f"!{occurs}" if part.excluded else occurs, stopped])

    def wanted(self, *kinds: str) -> Query:
        """Give the condition that any of the words occurs, or one who is named, for ranking."""
        words = (
            query for lexemes in self.lexemes.values() for part, query in lexemes.items() if not part.excluded
        )
        named = (quoted(term(kind, id)) for kind in kinds for id in sorted(self.entities))
        return any_of([*words, *named]) or NOTHING

    @property
    def entities(self) -> frozenset[str]:
        """Everyone who is named."""
        return frozenset(id for groups in self.alternatives for group in groups for id in group.entities)


# Finds who goes by a name: texts of up to four parts → the ids of the entities of that name.
Mentioned = Callable[[Sequence[str]], Awaitable[Mapping[str, list[str]]]]


async def read(
    conn: Conn, text: str, mentioned: Mentioned, *, languages: Iterable[str] | None = None, listed: int
) -> Reading:
    """Read a query under `languages`, else under every language in the store, and always under `simple`."""
    alternatives = parse(text)
    configurations = None if languages is None else sorted({configuration(tag) for tag in languages})
    names = await mentioned(list({" ".join(run) for each in alternatives for run in _runs(each)}))
    return Reading(
        alternatives=[list(_grouped(each, names)) for each in alternatives],
        lexemes=await _lexemes(conn, _parts(alternatives), configurations, listed, [sought]),
    )


async def read_plainly(conn: Conn, text: str, folded: Callable[[str], str]) -> Reading:
    """Read a query as it is written, and with each part `folded`: under `simple` alone, without names."""
    alternatives = parse(text)
    return Reading(
        alternatives=[[Group([part]) for part in each] for each in alternatives],
        lexemes=await _lexemes(conn, _parts(alternatives), [], 0, [sought, folded]),
    )


def _parts(alternatives: Parsed) -> list[Part]:
    return list(dict.fromkeys(part for each in alternatives for part in each))


def _runs(parts: Sequence[Part]) -> Iterator[list[str]]:
    """List the texts that stand side by side and may be a name."""
    for start in range(len(parts)):
        for end in range(start + 1, min(start + LONGEST_NAME, len(parts)) + 1):
            if parts[end - 1].excluded:
                break
            yield [part.text for part in parts[start:end]]


def _grouped(parts: Sequence[Part], names: Mapping[str, list[str]]) -> Iterator[Group]:
    """Put together the parts that are a name, the longest first."""
    start = 0
    while start < len(parts):
        runs = [run for run in _runs(parts[start : start + LONGEST_NAME]) if run[0] == parts[start].text]
        ends = [start + len(run) for run in runs if names.get(" ".join(run))]
        end = max(ends, default=start + 1)
        group = list(parts[start:end])
        yield Group(group, names.get(" ".join(part.text for part in group), []) if ends else [])
        start = end


async def _lexemes(
    conn: Conn,
    parts: Sequence[Part],
    configurations: list[str] | None,
    listed: int,
    spellings: Sequence[Callable[[str], str]],
) -> dict[str, dict[Part, Query]]:
    """Ask PostgreSQL for the tsquery of each part, in each spelling, under each configuration."""
    rows = await conn.fetch(
        """
        select c.cfgname::text as name, t.ordinality - 1 as place,
            phraseto_tsquery(c.oid::regconfig, t.text)::text as query
        from unnest($1::text[]) with ordinality as t (text)
        cross join pg_ts_config c
        where c.cfgnamespace = 'pg_catalog'::regnamespace and (
            c.cfgname = 'simple'
            or c.cfgname = any($2::text[])
            or ($2::text[] is null and c.cfgname in (
                select name from search_configurations where visibility <= $3
            ))
        )
        """,
        [spelling(part.text) for part in parts for spelling in spellings],
        configurations,
        listed,
    )
    found: dict[str, dict[Part, Query]] = {SIMPLE: {}}
    for row in rows:
        place: int = row["place"]
        part = parts[place // len(spellings)]
        of_one = found.setdefault(row["name"], {})
        query = any_of([of_one.get(part), f"({row['query']})" if row["query"] else _prefix(part.text)])
        if query is not None:
            of_one[part] = query
    return found


def _prefix(text: str) -> Query | None:
    """Give the query for one character of a script without spaces: wherever it stands, it begins a lexeme."""
    return quoted(normal(text)) + ":*" if len(text) == 1 and UNSPACED.fullmatch(text) else None
