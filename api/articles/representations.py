"""The forms in which an article is answered and taken, as far as the routes of articles need to know them.

The formats themselves stand above the resources and are handed in by the application.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Meta

from api.articles.schemas import Article
from api.db.pool import Conn
from api.entities.resolve import Options
from api.entities.schemas import Resolution
from api.http.answers import Answer, json_answer
from api.http.bodies import check_content_type
from api.http.headers import header
from api.http.negotiation import best
from api.http.reader import Reader
from api.idempotency import KeptAnswer
from api.requests import AnyRequest
from api.wire import Out

FormatName = Literal[
    "json", "msgpack", "jsonld", "ninjs", "ninjs-dateline", "newsml-g2", "nitf", "html", "txt", "md"
]
InputName = Literal["json", "ninjs", "ninjs-dateline", "newsml-g2", "digitalwires"]

# The first media type of a format is the one that its answers carry. None but IPTC's own for NewsML-G2 and
# NITF, and the general ones, are registered with IANA.
MEDIA_TYPES: dict[FormatName, tuple[str, ...]] = {
    "json": ("application/json",),
    "msgpack": ("application/vnd.msgpack", "application/x-msgpack"),
    "jsonld": ("application/ld+json",),
    "ninjs": ("application/vnd.iptc.ninjs+json",),
    "ninjs-dateline": ("application/vnd.dateline.ninjs+json",),
    "newsml-g2": ("application/vnd.iptc.g2.newsitem+xml",),
    "nitf": ("application/vnd.nitf",),
    "html": ("text/html",),
    "txt": ("text/plain",),
    "md": ("text/markdown",),
}
PRODUCED = tuple(media_type for media_types in MEDIA_TYPES.values() for media_type in media_types)
_BY_MEDIA_TYPE: dict[str, FormatName] = {each: name for name, types in MEDIA_TYPES.items() for each in types}

TAKEN: dict[str, InputName] = {
    "application/json": "json",
    "application/vnd.iptc.ninjs+json": "ninjs",
    "application/vnd.dateline.ninjs+json": "ninjs-dateline",
    "application/vnd.iptc.g2.newsitem+xml": "newsml-g2",
    "application/vnd.iptc.g2.newsmessage+xml": "newsml-g2",
    "application/xml": "newsml-g2",
    "text/xml": "newsml-g2",
}

FormatParam = Annotated[
    FormatName | None, Meta(description="The form of the answer; it comes before `Accept`.")
]
LossesParam = Annotated[
    bool, Meta(description="Answer what the format cannot carry of this article, as JSON Pointers.")
]
InputParam = Annotated[
    InputName | None, Meta(description="The form of the body; it comes before `Content-Type`.")
]
Outcome = Literal["created", "unchanged", "updated", "killed", "skipped"]


class Losses(Out, frozen=True, kw_only=True):
    """What a format cannot carry of an article."""

    format: FormatName
    losses: list[str]


class Received(Out, frozen=True, kw_only=True):
    """What became of an item in another format, beside the article."""

    outcome: Outcome
    reason: str | None
    ignored: Annotated[
        list[str], Meta(description="JSON Pointers or XPaths of what has no place in an article.")
    ]
    assumed: Annotated[
        list[str], Meta(description="Pointers into the article of what the item does not say.")
    ]
    resolution: list[Resolution]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An article in some form, ready to be answered."""

    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Formats(Protocol):
    """What the routes of articles ask of the formats."""

    def write(self, name: str, article: Article, site: str) -> Written:
        """Write an article in a format other than JSON."""
        ...

    def losses(self, name: str, article: Article, site: str) -> list[str]:
        """List the JSON Pointers of what a format cannot carry."""
        ...

    def read(self, name: str, raw: bytes, site: str) -> list[Any]:
        """Read a body in another format: the items that it holds."""
        ...

    async def receive(self, tx: Conn, items: list[Any], reader: Reader, options: Options) -> KeptAnswer:
        """Write what has been read, in the caller's transaction."""
        ...


FormatsGiven = NamedDependency[SkipValidation[Formats]]


def chosen(request: AnyRequest, format: FormatName | None) -> FormatName:
    """Give the format of an answer: the one that is asked for, else what `Accept` likes best."""
    if format is not None:
        return format
    accept = header(request.scope, b"accept")
    if accept in (None, "*/*", "application/json"):
        return "json"
    return _BY_MEDIA_TYPE[best(accept, PRODUCED) or "application/json"]


def taken(request: AnyRequest, format: InputName | None) -> InputName:
    """Give the format of a body: the one that is named, else that of its media type; else a 415."""
    media_type = check_content_type(request, tuple(TAKEN))
    return format or TAKEN[media_type]


def site_of(request: AnyRequest) -> str:
    """Give the address under which this service is reached: as it is set, else as it was asked for."""
    scope: Any = request.scope
    public_url: str | None = scope["state"]["settings"].public_url
    if public_url:
        return public_url.rstrip("/")
    return f"{scope['scheme']}://{header(scope, b'host') or 'localhost'}"


def answer_as(
    name: FormatName,
    document: bytes,
    version: int,
    formats: Formats,
    site: Callable[[], str],
    *,
    losses: bool,
) -> Answer:
    """Answer an article, whose wire document is given, in a format; or what that cannot carry of it."""
    if name == "json" and not losses:
        return json_answer(document, version=version)
    article = msgspec.json.decode(document, type=Article)
    if losses:
        found = [] if name == "json" else formats.losses(name, article, site())
        return json_answer(msgspec.json.encode(Losses(format=name, losses=found)), version=version)
    written = formats.write(name, article, site())
    return json_answer(
        written.body, version=version, media_type=written.content_type.encode(), headers=written.headers
    )
