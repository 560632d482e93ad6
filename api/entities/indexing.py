"""What lists and searches know of a person or organisation: its row in `entity_search`."""

import re
from collections.abc import Iterable, Sequence

from api.db.pool import Conn, columns
from api.entities.schemas import Entity, Organisation
from api.lists.terms import term
from api.lists.text import searchable
from api.names.fold import fold

_WORD = re.compile(r"\w+")


async def index_entities(tx: Conn, entities: Sequence[Entity]) -> None:
    """Write the rows of entities that have none.

    Names are in many languages at once, so everything is indexed as it is written, and names also folded.
    """
    await tx.execute(
        """
        insert into entity_search (entity_id, words)
        select id,
            setweight(to_tsvector('simple', names), 'A') || setweight(to_tsvector('simple', about), 'B')
                || array_to_tsvector(string_to_array(terms, chr(1)))
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as row (id, names, about, terms)
        """,
        *columns((entity.id, _names(entity), _about(entity), _terms(entity)) for entity in entities),
    )


async def forget_entity(tx: Conn, id: str) -> None:
    """Delete the row of an entity, before it is written anew."""
    await tx.execute("delete from entity_search where entity_id = $1", id)


def title_words(titles: Iterable[str]) -> list[str]:
    """Give the words of titles of offices, as they are indexed."""
    return [word for title in titles for word in _WORD.findall(searchable(title))]


def _names(entity: Entity) -> str:
    values = [name.value for name in entity.names]
    return "\n".join([*map(searchable, values), *map(fold, values)])


def _about(entity: Entity) -> str:
    titles = [] if isinstance(entity, Organisation) else [office.title for office in entity.positions]
    return searchable("\n".join([entity.description or "", *titles]))


def _terms(entity: Entity) -> str:
    terms = [term("type", entity.type)]
    if entity.country:
        terms.append(term("country", entity.country))
    if isinstance(entity, Organisation):
        within = [entity.parent]
        terms += [term("kind", entity.kind)] if entity.kind else []
    else:
        within = [office.organisation for office in entity.positions]
        terms += [term("title", word) for word in title_words(office.title for office in entity.positions)]
    terms += [term("organisation", ref.id) for ref in within if ref is not None]
    return "\x01".join(dict.fromkeys(terms))
