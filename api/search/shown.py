"""How what was found is shown: the Ref of a resource, and the words found in a part of its text."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from api.articles import lists as articles
from api.articles.list_items import highlighted as highlighted_articles
from api.articles.schemas import Article
from api.db.pool import Conn
from api.entities import lists as entities
from api.entities.compose import ref_of
from api.entities.rendering import STRUCTS
from api.entities.schemas import Entity, Person
from api.http.reader import Reader
from api.lists.highlights import snippet, sought
from api.lists.reading import Reading
from api.quotes import lists as quotes
from api.quotes.schemas import Quote
from api.search.hits import ORDER, Place
from api.search.schemas import Hit
from api.visibility import listed
from api.wire import EntityType, Ref, ResourceType, href_of


async def hits(
    conn: Conn, places: Iterable[Place], readings: Mapping[ResourceType, Reading], reader: Reader
) -> dict[str, Hit]:
    """Give the hits at these places by id; one that has gone meanwhile is missing."""
    found: dict[str, Hit] = {}
    for number, type in enumerate(ORDER):
        those = {id: score for score, of_type, _, id in places if of_type == number}
        if not those:
            continue
        if type == "article":
            found |= await _articles(conn, those, readings[type], reader)
        elif type == "quote":
            found |= await _quotes(conn, those, readings[type], reader)
        else:
            found |= await _entities(conn, type, those, readings[type], reader)
    return found


Scores = Mapping[str, float]


async def _articles(conn: Conn, scores: Scores, reading: Reading, reader: Reader) -> dict[str, Hit]:
    keys = [(None, id) for id in scores]
    documents = await articles.select_documents(conn, keys, listed=listed(reader), whole=True)
    marked = await highlighted_articles(conn, documents, reading)
    headlines = {id: msgspec.json.decode(each, type=Article).headline for id, each in documents.items()}
    return {
        id: Hit(
            resource=Ref(id=id, type="article", headline=headline, href=href_of("article", id)),
            score=scores[id],
            snippet=marked[id].snippet,
            highlights=[each for each in marked[id].highlights if each.field == "snippet"],
        )
        for id, headline in headlines.items()
    }


async def _quotes(conn: Conn, scores: Scores, reading: Reading, reader: Reader) -> dict[str, Hit]:
    keys = [(None, id) for id in scores]
    documents = await quotes.select_documents(conn, keys, listed=listed(reader))
    found = [msgspec.json.decode(document, type=Quote) for document in documents.values()]
    refs = [Ref(id=quote.id, type="quote", text=quote.text, href=quote.href) for quote in found]
    texts = [[(quote.language, quote.text)] for quote in found]
    return await _hits(conn, refs, texts, scores, reading)


async def _entities(
    conn: Conn, type: EntityType, scores: Scores, reading: Reading, reader: Reader
) -> dict[str, Hit]:
    documents = await entities.select_documents(conn, list(scores), sees_held=reader.sees_held)
    found = [msgspec.json.decode(document, type=STRUCTS[type]) for document in documents.values()]
    texts = [[(None, text) for text in _texts_of(entity)] for entity in found]
    return await _hits(conn, [ref_of(entity) for entity in found], texts, scores, reading)


def _texts_of(entity: Entity) -> list[str]:
    """List the texts of an entity from which a snippet is cut; the first one when nothing is found."""
    titles = [office.title for office in entity.positions] if isinstance(entity, Person) else []
    names = ", ".join(name.value for name in entity.names)
    return [*([entity.description] if entity.description else []), *titles, names]


async def _hits(
    conn: Conn,
    refs: list[Ref],
    texts: Sequence[Sequence[tuple[str | None, str]]],
    scores: Scores,
    reading: Reading,
) -> dict[str, Hit]:
    words = await sought(conn, reading, [each for those in texts for each in those])
    found: dict[str, Hit] = {}
    for ref, those in zip(refs, texts, strict=True):
        cut, highlights = snippet([(text, words.spans(text, language)) for language, text in those])
        found[ref.id] = Hit(resource=ref, score=scores[ref.id], snippet=cut, highlights=highlights)
    return found
