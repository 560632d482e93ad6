"""The items of a list of quotes, as they are asked for: members, expanded Refs, highlights."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from api.articles.lists import select_documents as select_articles
from api.db.pool import Conn
from api.entities.list_items import as_asked
from api.lists.highlights import Highlight, sought
from api.lists.members import all_with_members
from api.lists.reading import Reading

# Encoded in one way only, like the Refs of entities (api/entities/shown.py).
_ARTICLE = re.compile(
    rb'\{"id":"([0-9a-f-]{36})","type":"article"(?:,"headline":"(?:[^"\\]|\\.)*")?,"href":"[^"]*"\}'
)


class Words(msgspec.Struct):
    """What of a quote is highlighted."""

    text: str
    language: str | None


async def items(
    conn: Conn,
    documents: Mapping[str, bytes],
    *,
    fields: Sequence[str] | None = None,
    expand: Sequence[str] | None = None,
    reading: Reading | None = None,
    listed: int,
    sees_held: bool,
) -> dict[str, bytes]:
    """Give the items of a page by id; with a `reading` each has `highlights` in its `text`."""
    found = await highlighted(conn, documents, reading) if reading else {}
    shown = await as_asked(conn, documents, fields, expand, sees_held=sees_held)
    if expand and "articles" in expand:
        shown = await _with_articles(conn, shown, listed)
    return all_with_members(shown, {id: {"highlights": words} for id, words in found.items()})


async def highlighted(
    conn: Conn, documents: Mapping[str, bytes], reading: Reading
) -> dict[str, list[Highlight]]:
    """Find the words of a query in quotes."""
    quotes = {id: msgspec.json.decode(document, type=Words) for id, document in documents.items()}
    words = await sought(conn, reading, [(quote.language, quote.text) for quote in quotes.values()])
    return {
        id: [
            Highlight(field="text", start=start, end=end)
            for start, end in words.spans(quote.text, quote.language)
        ]
        for id, quote in quotes.items()
    }


async def _with_articles(conn: Conn, items: Mapping[str, bytes], listed: int) -> dict[str, bytes]:
    """Replace the Refs to articles by their summaries."""
    ids = {match[1].decode() for item in items.values() for match in _ARTICLE.finditer(item)}
    summaries = await select_articles(conn, [(None, id) for id in sorted(ids)], listed=listed)

    def summary(match: re.Match[bytes]) -> bytes:
        return summaries.get(match[1].decode(), match[0])

    return {id: _ARTICLE.sub(summary, item) for id, item in items.items()}
