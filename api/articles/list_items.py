"""The items of a list of articles, as they are asked for: members, expanded Refs, highlights."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from api.articles.schemas import SUMMARY_MEMBERS
from api.db.pool import Conn
from api.entities.list_items import as_asked
from api.lists.highlights import Highlight, Sought, snippet, sought
from api.lists.members import all_with_members
from api.lists.reading import Reading
from api.wire import Out, Ref


class _Text(msgspec.Struct):
    text: str


class _Named(msgspec.Struct):
    person: Ref
    as_printed: list[str]


class _NamedOrganisation(msgspec.Struct):
    organisation: Ref
    as_printed: list[str]


class Texts(msgspec.Struct):
    """What of an article is searched: its texts, and how it prints the names of those whom it names."""

    headline: str
    summary: str | None
    language: str
    body: list[_Text]
    people: list[_Named]
    organisations: list[_NamedOrganisation]

    @property
    def running(self) -> list[str]:
        """The texts from which a snippet is cut."""
        return [*([self.summary] if self.summary else []), *(block.text for block in self.body)]

    def printed(self, ids: frozenset[str]) -> list[str]:
        """Give how these people and organisations are printed."""
        named = [*((m.person, m.as_printed) for m in self.people)]
        named += [(m.organisation, m.as_printed) for m in self.organisations]
        return [text for ref, texts in named if ref.id in ids for text in texts]


class Found(Out, frozen=True, kw_only=True):
    """Where the words of a query stand in an article."""

    snippet: str
    highlights: list[Highlight]


def needs_whole(fields: Sequence[str] | None, *, highlight: bool) -> bool:
    """Tell whether an item needs more of an article than its summary."""
    return highlight or not set(fields or ()).issubset(SUMMARY_MEMBERS)


async def items(
    conn: Conn,
    documents: Mapping[str, bytes],
    *,
    fields: Sequence[str] | None = None,
    expand: Sequence[str] | None = None,
    reading: Reading | None = None,
    sees_held: bool,
) -> dict[str, bytes]:
    """Give the items of a page by id; with a `reading` each has a `snippet` and `highlights`."""
    found = await highlighted(conn, documents, reading) if reading else {}
    members = fields or (SUMMARY_MEMBERS if reading else None)
    shown = await as_asked(conn, documents, members, expand, sees_held=sees_held)
    more = {id: msgspec.structs.asdict(words) for id, words in found.items()}
    return all_with_members(shown, more)


async def highlighted(conn: Conn, documents: Mapping[str, bytes], reading: Reading) -> dict[str, Found]:
    """Find the words of a query in articles."""
    articles = {id: msgspec.json.decode(document, type=Texts) for id, document in documents.items()}
    words = await sought(conn, reading, _all_texts(articles.values()))
    return {id: _found(article, words, reading.entities) for id, article in articles.items()}


def _all_texts(articles: Iterable[Texts]) -> list[tuple[str | None, str]]:
    return [(article.language, text) for article in articles for text in [article.headline, *article.running]]


def _found(article: Texts, words: Sought, entities: frozenset[str]) -> Found:
    names, language = article.printed(entities), article.language
    marked: list[Any] = [(text, words.spans(text, language, names)) for text in article.running]
    cut, in_snippet = snippet(marked)
    headline = [
        Highlight(field="headline", start=start, end=end)
        for start, end in words.spans(article.headline, language, names)
    ]
    return Found(snippet=cut, highlights=[*headline, *in_snippet])
