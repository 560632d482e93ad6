"""The formats of an article: name, media types, how it is written, what it loses, how it is read."""

from collections.abc import Callable
from typing import Any, cast

import msgspec

from api.articles.representations import Written
from api.articles.schemas import Article
from api.db.pool import Conn
from api.entities.resolve import Options
from api.formats import (
    from_digitalwires,
    from_newsml_g2,
    from_ninjs,
    html,
    jsonld,
    markdown,
    msgpack,
    newsml_g2,
    ninjs,
    nitf,
    receiving,
    text,
)
from api.formats.arrival import Arrival
from api.formats.losses import Losses, declared, nothing, read_back, speakers
from api.http.decoding import Body
from api.http.pointers import ROOT
from api.http.problems import ErrorItem, Problem, invalid
from api.http.reader import Reader
from api.idempotency import KeptAnswer

_JSON: Body[Any] = Body(Any)
MOST_ITEMS = 200


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One form of an article, and the headers that its answers carry beside the type of their content."""

    name: str
    render: Callable[[Article, str], bytes]
    losses: Losses
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


def read_json(raw: bytes, site: str) -> list[Arrival | Problem]:
    """Read a JSON document: ninjs of any generation, a digital wire of dpa's, or an array of these."""
    document = _JSON(raw)
    if isinstance(document, list) and document:
        items = cast("list[Any]", document)
        _bound(len(items))
        return [_apart(item, site) for item in items]
    return [_read_item(document, site)]


def _apart(item: Any, site: str) -> Arrival | Problem:
    """Read one of several items; pointers are those within the item."""
    try:
        return _read_item(item, site)
    except Problem as problem:
        return problem


def _read_item(item: Any, site: str) -> Arrival:
    read = from_digitalwires.read if from_digitalwires.is_digitalwires(item) else from_ninjs.read
    return read(item, site)


def _bound(count: int) -> None:
    """Refuse more items than one transaction writes in a few seconds."""
    if count > MOST_ITEMS:
        detail = f"A document has at most {MOST_ITEMS} items: send several documents."
        raise invalid([ErrorItem(code="too_long", detail=detail, pointer=ROOT)])


def _one(read: Callable[[bytes, str], list[Arrival | Problem]]) -> Callable[[bytes, str], Arrival]:
    """Read a document that holds one item."""

    def one(raw: bytes, site: str) -> Arrival:
        (found,) = read(raw, site)
        if isinstance(found, Problem):
            raise found
        return found

    return one


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            name="msgpack",
            content_type="application/vnd.msgpack",
            render=msgpack.render,
            losses=nothing,
        ),
        Format(
            name="jsonld",
            content_type="application/ld+json",
            render=jsonld.render,
            losses=declared(jsonld.CARRIED, jsonld.lost_links),
        ),
        Format(
            name="ninjs",
            content_type="application/vnd.iptc.ninjs+json",
            render=ninjs.render,
            losses=read_back(ninjs.render, _one(read_json)),
        ),
        Format(
            name="ninjs-dateline",
            content_type="application/vnd.dateline.ninjs+json",
            render=ninjs.render_extended,
            losses=read_back(ninjs.render_extended, _one(read_json)),
        ),
        Format(
            name="newsml-g2",
            content_type="application/vnd.iptc.g2.newsitem+xml",
            render=newsml_g2.render,
            losses=read_back(newsml_g2.render, _one(from_newsml_g2.read)),
        ),
        Format(
            name="nitf",
            content_type="application/vnd.nitf",
            render=nitf.render,
            losses=declared(nitf.CARRIED, nitf.overlapping, speakers(nitf.named)),
        ),
        Format(
            name="md",
            content_type="text/markdown; charset=utf-8",
            render=markdown.render,
            losses=declared(markdown.CARRIED, speakers(markdown.shown)),
        ),
        Format(
            name="txt",
            content_type="text/plain; charset=utf-8",
            render=text.render,
            losses=declared(text.CARRIED),
        ),
        Format(
            name="html",
            content_type="text/html; charset=utf-8",
            render=html.render,
            losses=declared(html.CARRIED),
            headers=(("Content-Security-Policy", html.POLICY),),
        ),
    )
}

READERS: dict[str, Callable[[bytes, str], list[Arrival | Problem]]] = {
    "ninjs": read_json,
    "ninjs-dateline": read_json,
    "digitalwires": read_json,
    "newsml-g2": from_newsml_g2.read,
}


class Registry:
    """The formats as the routes of articles use them (`api.articles.representations.Formats`)."""

    def write(self, name: str, article: Article, site: str) -> Written:
        """Write an article in a format other than JSON."""
        format = FORMATS[name]
        return Written(
            content_type=format.content_type, body=format.render(article, site), headers=format.headers
        )

    def losses(self, name: str, article: Article, site: str) -> list[str]:
        """List the JSON Pointers of what a format cannot carry."""
        return FORMATS[name].losses(article, site)

    def read(self, name: str, raw: bytes, site: str) -> list[Arrival | Problem]:
        """Read a body in another format: the items that it holds, or what is wrong with each."""
        items = READERS[name](raw, site)
        _bound(len(items))
        return items

    async def receive(
        self, tx: Conn, items: list[Arrival | Problem], reader: Reader, options: Options
    ) -> KeptAnswer:
        """Write what has been read, in the caller's transaction."""
        return await receiving.receive(tx, items, reader, options)
