"""The requests that are measured: each list, filter and search, by how common what is asked for is."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, NamedTuple

from api.articles.filters import ArticleFilters
from api.articles.lists import find_articles
from api.db.pool import Database
from api.lists.rounds import find
from api.quotes import lists as quotes
from api.quotes.filters import QuoteFilters

Params = dict[str, Any]

# How often a word occurs, of all documents.
CLASSES = {"very common": (0.2, 1.0), "common": (0.04, 0.12), "medium": (0.009, 0.02)}
LIMIT = 20
PAGES = 1000  # how far down the deep pages are


class Case(NamedTuple):
    """Requests of one kind; `goal` is what is asked of them: `growth`, `100 ms`, or nothing."""

    name: str
    path: str
    params: list[Params]
    goal: str = "growth"


async def cases(conn: Any, rounds: int) -> list[Case]:
    """Draw the requests: words and values by how common they are, and places to start from."""
    return await Drawer(conn, rounds).cases()


class Drawer:
    """Draws requests from what a database holds, the same ones for the same database."""

    def __init__(self, conn: Any, rounds: int) -> None:
        self._conn = conn
        self._rounds = rounds
        self._random = Random(5)
        self._common: list[str] = []

    def _some(self, values: Iterable[Any]) -> list[Any]:
        pool = list(values)
        return self._random.sample(pool, min(self._rounds, len(pool)))

    async def cases(self) -> list[Case]:
        """Give all cases."""
        sample = "select sort_at as at from article_search tablesample bernoulli (0.5) limit 2000"
        starts = [{"published_before": row["at"].isoformat()} for row in await self._conn.fetch(sample)]
        people = [row["id"] for row in await self._conn.fetch(PEOPLE)]
        step = max(len(people) // self._rounds, 1)
        ranks = {"very common": people[:20], "common": people[20:300], "rare": people[300::step]}
        return [
            *await self._words(starts),
            *await self._articles(starts, ranks),
            *await self._quotes(ranks),
            *await self._entities(),
        ]

    async def _words(self, starts: Sequence[Params]) -> list[Case]:
        random, some, found = self._random, self._some, list[Case]()
        words = {name: await lexemes(self._conn, "article_search", *part) for name, part in CLASSES.items()}
        words["rare"] = await rare_words(self._conn)
        for name, pool in words.items():
            found += [
                Case(f"q, {name}", "/v1/articles", [{"q": word} for word in some(pool)]),
                Case(f"q, {name}, from any time on", "/v1/articles",
                     [{"q": word, **random.choice(starts)} for word in some(pool)]),
                Case(f"q, {name}, two words", "/v1/articles",
                     [{"q": f"{word} {random.choice(pool)}"} for word in some(pool)]),
                Case(f"q, {name}, oldest first", "/v1/articles",
                     [{"q": word, "sort": "published_at"} for word in some(pool)]),
                Case(f"q, {name}, latest changed first", "/v1/articles",
                     [{"q": word, "sort": "-updated_at"} for word in some(pool)]),
                Case(f"relevance, {name}", "/v1/articles",
                     [{"q": word, "sort": "-relevance"} for word in some(pool)], "100 ms"),
                Case(f"count estimated, {name}", "/v1/articles",
                     [{"q": word, "count": "estimated", "limit": 1} for word in some(pool)], "100 ms"),
                Case(f"facets, {name}", "/v1/articles",
                     [{"q": word, "facets": "person,provider,month,subject", "limit": 1}
                      for word in some(pool)], "100 ms"),
                Case(f"search over all, {name}", "/v1/search", [{"q": word} for word in some(pool)], "100 ms"),
                Case(f"count exact, {name}", "/v1/articles",
                     [{"q": word, "count": "exact", "limit": 1} for word in some(pool)[:2]], "none"),
            ]  # fmt: skip
        found.append(Case("highlights, common", "/v1/articles",
                          [{"q": word, "highlight": "true"} for word in some(words["common"])]))  # fmt: skip
        self._common = words["common"]
        return found

    async def _articles(self, starts: Sequence[Params], ranks: dict[str, list[str]]) -> list[Case]:
        some, random = self._some, self._random
        providers = await self._values("=provider:%")
        subjects, keywords = await self._values("=subject:%"), await self._values("=keyword:%")
        ids = await self._column(
            "select article_id::text from article_search tablesample system (1) limit 2000"
        )
        uris = await self._column("select uri from article_uris tablesample system (1) limit 200")
        found = [
            Case("articles, from any time on", "/v1/articles", some(starts)),
            Case("language, common", "/v1/articles", [{"language": "en", **each} for each in some(starts)]),
            Case("language, rare", "/v1/articles",
                 [{"language": each} for each in ("is", "nl", "zu", "sv", "cs", "mk", "he", "ko", "tr")]),
            Case("provider", "/v1/articles", [{"provider": each} for each in some(providers)]),
            Case("source", "/v1/articles", [{"source": each} for each in some(providers)]),
            Case("organisation", "/v1/articles", [{"organisation": each} for each in some(providers)]),
            Case("via", "/v1/articles", [{"via": each} for each in some(providers)]),
            Case("subject, with those below", "/v1/articles", [{"subject": each} for each in some(subjects)]),
            Case("keyword", "/v1/articles", [{"keyword": each} for each in some(keywords)]),
            Case("urgency", "/v1/articles", [{"urgency": n, **s} for n in (1, 3, 4, 5) for s in some(starts)[:25]]),
            Case("genre", "/v1/articles", [{"genre": "interview", **each} for each in some(starts)]),
            Case("pub_status", "/v1/articles", [{"pub_status": "usable", **each} for each in some(starts)]),
            Case("a month", "/v1/articles",
                 [{"published_after": f"{y}-{m:02}-01T00:00:00Z", "published_before": f"{y}-{m + 1:02}-01T00:00:00Z"}
                  for y in range(2014, 2023) for m in range(1, 12)][:self._rounds]),
            Case("updated_after", "/v1/articles",
                 [{"updated_after": f"2023-{m:02}-{d:02}T00:00:00Z"} for m in range(1, 11) for d in range(1, 11)]),
            Case("id, a hundred", "/v1/articles", [{"id": ",".join(random.sample(ids, 100))} for _ in range(30)]),
            Case("uri", "/v1/articles", [{"uri": each} for each in some(uris)]),
            Case("language, provider, urgency", "/v1/articles",
                 [{"language": "en", "provider": each, "urgency": 4} for each in some(providers)]),
            Case("facets of everything", "/v1/articles",
                 [{"facets": "person,provider,month,subject", "limit": 1, **each} for each in some(starts)], "100 ms"),
            Case("count estimated of everything", "/v1/articles",
                 [{"count": "estimated", "limit": 1, **each} for each in some(starts)], "100 ms"),
            Case("latest changed first, oldest first", "/v1/articles",
                 [{"sort": s, "limit": n} for s in ("published_at", "-updated_at") for n in range(1, 51)]),
        ]  # fmt: skip
        for name, pool in ranks.items():
            found += [
                Case(f"person, {name}", "/v1/articles", [{"person": id} for id in some(pool)]),
                Case(f"has_quotes_by, {name}", "/v1/articles", [{"has_quotes_by": id} for id in some(pool)]),
                Case(f"person, {name}, and a common word", "/v1/articles",
                     [{"person": id, "q": random.choice(self._common)} for id in some(pool)]),
            ]  # fmt: skip
        return found

    async def _quotes(self, ranks: dict[str, list[str]]) -> list[Case]:
        some = self._some
        quoted = {name: await lexemes(self._conn, "quote_search", *part) for name, part in CLASSES.items()}
        relays = await self._values("=via:%", "quote_search")
        days = [f"{y}-{m:02}-{d:02}" for y in range(2014, 2023) for m in range(1, 12) for d in (1, 15)]
        found = [
            Case(f"quotes, speaker, {name}", "/v1/quotes", [{"speaker": id} for id in some(pool)])
            for name, pool in ranks.items()
        ]
        for name, pool in quoted.items():
            found += [
                Case(f"quotes q, {name}", "/v1/quotes", [{"q": word} for word in some(pool)]),
                Case(f"quotes facets, {name}", "/v1/quotes",
                     [{"q": word, "facets": "speaker,form,month", "limit": 1} for word in some(pool)], "100 ms"),
            ]  # fmt: skip
        return [
            *found,
            Case("quotes, speaker_kind", "/v1/quotes",
                 [{"speaker_kind": k, "limit": n} for k in ("unnamed", "document,collective") for n in range(1, 40)]),
            Case("quotes, form and first_hand", "/v1/quotes",
                 [{"form": f, "first_hand": h, "limit": n} for f in ("direct", "mixed") for h in ("true", "false")
                  for n in range(1, 20)]),
            Case("quotes, via", "/v1/quotes", [{"via": each} for each in some(relays)]),
            Case("quotes, organisation", "/v1/quotes", [{"organisation": each} for each in some(relays)]),
            Case("quotes, language", "/v1/quotes",
                 [{"language": each} for each in ("en", "ja", "de", "ru", "fr", "ha", "tr", "ko", "mk", "is")]),
            Case("quotes, said in a month", "/v1/quotes",
                 [{"said_after": each, "said_before": each[:8] + "28"} for each in some(days)]),
            Case("quotes, said after", "/v1/quotes", [{"said_after": each} for each in some(days)]),
            Case("quotes, said before", "/v1/quotes", [{"said_before": each} for each in some(days)]),
            Case("quotes, a speaker in a year, first hand", "/v1/quotes",
                 [{"speaker": id, "said_after": "2018", "said_before": "2019", "first_hand": "true"}
                  for id in some(ranks["common"])]),
            Case("quotes, a source audit", "/v1/quotes",
                 [{"facets": "month.speaker_kind", "limit": n} for n in range(1, 20)], "100 ms"),
        ]  # fmt: skip

    async def _entities(self) -> list[Case]:
        names = await self._column("select value from entity_names tablesample system (5) limit 500")
        found: list[Case] = []
        for path in ("/v1/people", "/v1/organisations"):
            found += [
                Case(f"{path[4:]}", path, [{"limit": n} for n in range(1, 60)]),
                Case(f"{path[4:]}, name", path, [{"name": each} for each in self._some(names)]),
                Case(f"{path[4:]}, q", path, [{"q": each.split()[-1]} for each in self._some(names)]),
            ]
        return [each._replace(params=[p for p in each.params if all(map(str.strip, map(str, p.values())))])
                for each in found]  # fmt: skip

    async def _values(self, pattern: str, table: str = "article_search") -> list[str]:
        """List what a filter may ask for, from a sample of documents."""
        rows = await self._conn.fetch(
            f"""
            select distinct split_part(word, ':', 1) as kind, substr(word, strpos(word, ':') + 1) as value
            from {table} tablesample system (0.5), unnest(tsvector_to_array(words)) as word
            where word like $1 limit 2000
            """,
            pattern,
        )
        return sorted(row["value"] for row in rows)

    async def _column(self, query: str) -> list[Any]:
        return [row[0] for row in await self._conn.fetch(query)]


async def deep_cases(db: Database, conn: Any) -> list[tuple[Case, Case]]:
    """Give cases of first pages, each with the same requests for page 1,000."""
    words = (await lexemes(conn, "article_search", 0.3, 1.0))[:10]
    filters: dict[str, list[Params]] = {
        "articles": [{}],
        "articles, language": [{"language": "en"}],
        "articles, status": [{"pub_status": "usable"}],
        "articles, q, very common": [{"q": word} for word in words],
    }
    found = [await _deep(db, name, "/v1/articles", params) for name, params in filters.items()]
    said: dict[str, list[Params]] = {
        "quotes": [{}],
        "quotes, form": [{"form": "direct"}],
        "quotes, speaker_kind": [{"speaker_kind": "person"}],
    }
    return found + [await _deep(db, name, "/v1/quotes", params) for name, params in said.items()]


async def _deep(db: Database, name: str, path: str, params: list[Params]) -> tuple[Case, Case]:
    """Find where page 1,000 begins. Each request has a limit of its own, so that no cache answers it."""
    first, deep = list[Params](), list[Params]()
    for each in params:
        key = await _key_at(db, path, each, PAGES * LIMIT)
        for number in range(60 // len(params)):
            first.append(
                {**each, "limit": LIMIT + number % 20, "fields": f"id,version{',href' * (number // 20)}"}
            )
            deep.append({**first[-1], "cursor": (each, key)})
    return Case(f"{name}, page 1", path, first), Case(f"{name}, page 1,000", path, deep, "1.2 of page 1")


async def _key_at(db: Database, path: str, params: Params, place: int) -> tuple[Any, str]:
    values = {name: value if name == "q" else value.split(",") for name, value in params.items()}
    async with db.read() as conn:
        if path == "/v1/articles":
            keys = await find_articles(conn, ArticleFilters(**values), listed=0, limit=place)
        else:
            found = await quotes.conditions_of(conn, QuoteFilters(**values), 0)
            keys = await find(quotes.listing(conn, found), place)
    if len(keys) < place:
        raise RuntimeError(f"{path} {params} has only {len(keys)} items")
    return keys[-1]


PEOPLE = """
    select entity_id as id from article_entities join entities on id = entity_id
    where type = 'person' group by entity_id order by count(*) desc
"""


async def lexemes(conn: Any, table: str, low: float, high: float) -> list[str]:
    """List words that so large a part of the documents has, as the statistics say."""
    rows = await conn.fetch(
        """
        select word from (
            select unnest(most_common_elems::text::text[]) as word,
                unnest(most_common_elem_freqs[1:array_length(most_common_elem_freqs, 1) - 3]) as part
            from pg_stats where tablename = $1 and attname = 'words'
        ) as stats
        where word ~ '^[[:alpha:]]{3,}$' and part between $2 and $3
        """,
        table,
        low,
        high,
    )
    return [row["word"] for row in rows]


async def rare_words(conn: Any) -> list[str]:
    """Draw words of which the statistics know nothing."""
    rows = await conn.fetch(
        """
        select distinct word from article_search tablesample system (0.3), unnest(tsvector_to_array(words)) word
        where word ~ '^[[:alpha:]]{4,}$' limit 3000
        """
    )
    common = set(await lexemes(conn, "article_search", 0.0, 1.0))
    return [row["word"] for row in rows if row["word"] not in common]
