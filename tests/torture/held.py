"""Every row that the database holds of each article."""

from dataclasses import dataclass
from typing import Any

import msgspec

from api.articles.schemas import Article
from api.db.pool import Conn
from api.visibility import KILLED


@dataclass
class Held:
    """One article with all its rows."""

    row: Any
    article: Article
    versions: list[Any]
    uris: list[str]
    entities: list[Any]
    quotes: list[Any]
    homes: set[str]
    states: dict[str, list[Any]]
    quote_entities: list[Any]
    events: list[Any]

    @property
    def killed(self) -> bool:
        return self.row["visibility"] == KILLED


async def read_all(conn: Conn) -> list[Held]:
    """Read all articles with all that belongs to them."""
    rows = await conn.fetch("select * from articles order by id")
    versions = await _grouped(conn, "select * from article_versions order by version")
    uris = await _grouped(conn, "select * from article_uris")
    entities = await _grouped(conn, "select * from article_entities")
    quotes = await _grouped(conn, "select * from quotes order by ordinal, id")
    homes = await _grouped(conn, "select * from quote_articles")
    states = await _grouped(conn, "select * from quote_versions order by quote_id, version")
    quote_entities = await _grouped(conn, "select * from quote_entities")
    events = await _grouped(conn, "select * from changes where article_id is not null order by pos")
    return [
        Held(
            row=row,
            article=msgspec.json.decode(row["document"], type=Article),
            versions=versions.get(row["id"], []),
            uris=[each["uri"] for each in uris.get(row["id"], [])],
            entities=entities.get(row["id"], []),
            quotes=quotes.get(row["id"], []),
            homes={each["id"] for each in homes.get(row["id"], [])},
            states=_by("quote_id", states.get(row["id"], [])),
            quote_entities=quote_entities.get(row["id"], []),
            events=events.get(row["id"], []),
        )
        for row in rows
    ]


async def _grouped(conn: Conn, statement: str) -> dict[str, list[Any]]:
    return _by("article_id", await conn.fetch(statement))


def _by(column: str, rows: list[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
