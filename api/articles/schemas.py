"""Wire schemas of articles: the dispatch as it comes in and the article as it goes out."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.entities.schemas import OrganisationInput, PersonInput, Resolution
from api.quotes.schemas import Quote, QuoteInput
from api.settings import LIMITS
from api.wire import (
    Code,
    Href,
    Id,
    In,
    LanguageTag,
    Line,
    Link,
    Out,
    Prose,
    Ref,
    ResolvedDate,
    ServerOwned,
    Uri,
)

PubStatus = Literal["usable", "withheld", "canceled"]
BlockKind = Literal["paragraph", "heading", "list_item", "blockquote"]
MediaKind = Literal["picture", "video", "audio", "graphic"]
MentionRel = Literal["about", "mentions"]
RevisionKind = Literal["update", "development", "correction", "clarification", "retraction"]

# `\S` makes a text without one non-space character an error; offsets need the text itself untouched.
BlockText = Annotated[str, Meta(min_length=1, max_length=LIMITS.block_length, pattern=r"\S")]
Headline = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=r"\S")]
AsPrinted = Annotated[list[Line], Meta(max_length=100)]
Timestamp = Annotated[datetime, Meta(tz=True, description="RFC 3339, UTC on output.")]


class Block(In, frozen=True, kw_only=True):
    """One block of the body; `text` is stored exactly as sent."""

    kind: BlockKind = "paragraph"
    text: BlockText


class Dateline(In, frozen=True, kw_only=True):
    """The printed dateline, and the date, place and agency that it means."""

    text: Line
    date: ResolvedDate | None = None
    place: Line | None = None
    agency: Line | None = None


class Subject(In, frozen=True, kw_only=True):
    """A term of a vocabulary such as IPTC Media Topics (`medtop`)."""

    scheme: Code
    code: Code
    name: Line | None = None


class MediaInput(In, frozen=True, kw_only=True):
    """A picture or other medium that the dispatch carries or names."""

    kind: MediaKind = "picture"
    href: Href | None = None
    caption: Prose | None = None
    credit: Line | None = None
    alt: Prose | None = None
    people: Annotated[list[PersonInput], Meta(max_length=100)] = []


class Media(Out, frozen=True, kw_only=True):
    """A medium, as it is answered."""

    kind: MediaKind
    href: str | None
    caption: str | None
    credit: str | None
    alt: str | None
    people: list[Ref]


class PersonMentionInput(In, frozen=True, kw_only=True):
    """A person whom the article names."""

    person: PersonInput
    as_printed: AsPrinted = []
    role: Line | None = None
    rel: MentionRel = "mentions"


class PersonMention(Out, frozen=True, kw_only=True):
    """A person whom the article names, as it is answered."""

    person: Ref
    as_printed: list[str]
    role: str | None
    rel: MentionRel


class OrganisationMentionInput(In, frozen=True, kw_only=True):
    """An organisation that the article names."""

    organisation: OrganisationInput
    as_printed: AsPrinted = []
    rel: MentionRel = "mentions"


class OrganisationMention(Out, frozen=True, kw_only=True):
    """An organisation that the article names, as it is answered."""

    organisation: Ref
    as_printed: list[str]
    rel: MentionRel


class SourceInput(In, frozen=True, kw_only=True):
    """A source that the article rests on as a whole."""

    organisation: OrganisationInput | None = None
    as_printed: Line
    uri: Href | None = None


class Source(Out, frozen=True, kw_only=True):
    """A source, as it is answered."""

    organisation: Ref | None
    as_printed: str
    uri: str | None


class Revision(In, frozen=True, kw_only=True):
    """What a write changes, and why; a public one shows in `corrections`."""

    kind: RevisionKind = "update"
    note: Prose | None = None
    public: bool = False


class Correction(Out, frozen=True, kw_only=True):
    """One entry of the history that readers see."""

    version: int
    kind: str
    note: str | None
    at: datetime


class ArticleInput(In, frozen=True, kw_only=True):
    """A dispatch: an article as it is posted or put, with its quotes and entities."""

    headline: Headline
    language: LanguageTag
    body: Annotated[list[Block | BlockText], Meta(min_length=1, max_length=LIMITS.blocks)]
    uri: Uri | UnsetType | None = UNSET
    pub_status: PubStatus = "usable"
    slugline: Line | None = None
    summary: Prose | None = None
    dateline: Dateline | None = None
    located: Line | None = None
    byline: Line | None = None
    provider: OrganisationInput | None = None
    urgency: Annotated[int, Meta(ge=1, le=9)] | None = None
    genre: Line | None = None
    keywords: Annotated[list[Line], Meta(max_length=200)] = []
    subjects: Annotated[list[Subject], Meta(max_length=200)] = []
    published_at: Timestamp | UnsetType | None = UNSET
    embargoed_until: Timestamp | None = None
    media: Annotated[list[MediaInput], Meta(max_length=200)] = []
    people: Annotated[list[PersonMentionInput], Meta(max_length=LIMITS.people)] = []
    organisations: Annotated[list[OrganisationMentionInput], Meta(max_length=LIMITS.organisations)] = []
    quotes: Annotated[list[QuoteInput], Meta(max_length=LIMITS.quotes)] | UnsetType = UNSET
    sources: Annotated[list[SourceInput], Meta(max_length=200)] = []
    links: Annotated[list[Link], Meta(max_length=200)] = []
    ed_note: Prose | None = None
    copyright_notice: Prose | None = None
    usage_terms: Prose | None = None
    revision: Revision | UnsetType = UNSET
    id: ServerOwned = UNSET
    type: ServerOwned = UNSET
    version: ServerOwned = UNSET
    href: ServerOwned = UNSET
    created_at: ServerOwned = UNSET
    updated_at: ServerOwned = UNSET
    corrections: ServerOwned = UNSET


class Article(Out, frozen=True, kw_only=True):
    """An article with its quotes, and everyone whom it names."""

    id: Id
    type: Literal["article"] = "article"
    version: int
    href: str
    created_at: datetime
    updated_at: datetime
    uri: str
    pub_status: PubStatus
    headline: str
    slugline: str | None
    summary: str | None
    language: str
    dateline: Dateline | None
    located: str | None
    byline: str | None
    provider: Ref | None
    urgency: int | None
    genre: str | None
    keywords: list[str]
    subjects: list[Subject]
    published_at: datetime | None
    embargoed_until: datetime | None
    body: list[Block]
    media: list[Media]
    people: list[PersonMention]
    organisations: list[OrganisationMention]
    quotes: list[Quote]
    sources: list[Source]
    links: list[Link]
    corrections: list[Correction]
    ed_note: Annotated[str | None, Meta(description="For editors; null for readers without scope `write`.")]
    copyright_notice: str | None
    usage_terms: str | None


class PostedArticle(Article, frozen=True, kw_only=True):
    """The article as a POST answers it, with what became of its inline entities."""

    resolution: list[Resolution]


SUMMARY_MEMBERS = tuple(
    field.name
    for field in msgspec.structs.fields(Article)
    if field.name not in ("body", "media", "quotes", "ed_note")
)

# A summary is an article without its long members; `fields` asks for more (design §3.3).
ArticleSummary = msgspec.defstruct(
    "ArticleSummary",
    [
        (field.name, field.type)
        if field.default is msgspec.NODEFAULT
        else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(Article)
        if field.name in SUMMARY_MEMBERS
    ],
    bases=(Out,),
    frozen=True,
    kw_only=True,
    module=__name__,
)
