"""Wire schemas of quotes: who said what, in which words of which article version, through whom."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from api.entities.schemas import OrganisationInput, PersonInput, Position
from api.keys.schemas import WrittenBy
from api.settings import LIMITS
from api.wire import (
    Id,
    In,
    LanguageTag,
    Line,
    Out,
    Prose,
    Ref,
    ResolvedDate,
    ServerOwned,
)

Form = Literal["direct", "mixed", "indirect"]
SpeakerKind = Literal["person", "organisation", "unnamed", "collective", "document"]
Attribution = Literal["explicit", "inherited", "inferred"]
QuoteStatus = Literal["current", "changed", "withdrawn"]
Offset = Annotated[int, Meta(ge=0, le=2**31 - 1)]
FragmentText = Annotated[str, Meta(min_length=1, max_length=LIMITS.block_length)]


class FragmentInput(In, frozen=True, kw_only=True):
    """A fragment: its words, the place where they stand, or both. Offsets are code points, end exclusive."""

    text: FragmentText | None = None
    block: Offset | None = None
    start: Offset | None = None
    end: Offset | None = None


class Fragment(Out, frozen=True, kw_only=True):
    """One fragment: `text` equals `body[block].text[start:end]` in code points."""

    block: int
    start: int
    end: int
    text: str


class SpeakerInput(In, frozen=True, kw_only=True):
    """Who said it: as the dispatch prints them, and whom that means."""

    kind: SpeakerKind
    as_printed: Line | None = None
    person: PersonInput | None = None
    organisation: OrganisationInput | None = None
    role: Line | None = None
    description: Line | None = None
    position: ServerOwned = UNSET

    def __post_init__(self) -> None:
        """Refuse a person behind a speaker who is none, and a speaker of whom nothing is said."""
        if self.person is not None and self.kind != "person":
            raise ValueError("only a speaker of kind person has a person")
        if not (self.as_printed or self.person or self.organisation or self.description):
            raise ValueError("give as_printed, description, person or organisation")


class Speaker(Out, frozen=True, kw_only=True):
    """Who said it, as it is answered."""

    kind: SpeakerKind
    as_printed: str | None
    person: Ref | None
    organisation: Ref | None
    role: str | None
    description: str | None
    position: Annotated[
        Position | None, Meta(description="The office held on `said_on`, when exactly one is known.")
    ]


class RelayInput(In, frozen=True, kw_only=True):
    """One relay between the publisher and the speaker."""

    as_printed: Line
    organisation: OrganisationInput | None = None
    person: PersonInput | None = None
    cue: Line | None = None


class Relay(Out, frozen=True, kw_only=True):
    """One relay, as it is answered."""

    as_printed: str
    organisation: Ref | None
    person: Ref | None
    cue: str | None


class AssertedBy(In, frozen=True, kw_only=True):
    """Who or what says that this quote is one."""

    kind: Literal["editor", "tool"] = "editor"
    name: Line | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None


class AttributionInput(In, frozen=True, kw_only=True):
    """The attribution of a quote: all that can be corrected without touching the article."""

    speaker: SpeakerInput
    cue: Line | None = None
    chain: Annotated[list[RelayInput], Meta(max_length=20)] = []
    attribution: Attribution = "explicit"
    addressee: Line | None = None
    occasion: Prose | None = None
    place: Line | None = None
    said_on: ResolvedDate | None = None
    language: LanguageTag | None = None
    translated: bool = False
    asserted_by: AssertedBy = AssertedBy()


class QuoteInput(AttributionInput, frozen=True, kw_only=True):
    """A quote inside the article that carries it; `id` keeps the identity of one that is there already."""

    form: Form
    fragments: Annotated[list[FragmentInput], Meta(min_length=1, max_length=LIMITS.fragments)]
    id: Id | UnsetType = UNSET
    type: ServerOwned = UNSET
    version: ServerOwned = UNSET
    href: ServerOwned = UNSET
    article: ServerOwned = UNSET
    article_version: ServerOwned = UNSET
    text: ServerOwned = UNSET
    status: ServerOwned = UNSET
    created_at: ServerOwned = UNSET
    updated_at: ServerOwned = UNSET


class QuotePut(AttributionInput, frozen=True, kw_only=True):
    """A quote as a patch of it must leave it: the attribution may differ, the rest is read only."""

    id: ServerOwned = UNSET
    type: ServerOwned = UNSET
    version: ServerOwned = UNSET
    href: ServerOwned = UNSET
    created_at: ServerOwned = UNSET
    updated_at: ServerOwned = UNSET
    article: ServerOwned = UNSET
    article_version: ServerOwned = UNSET
    form: ServerOwned = UNSET
    fragments: ServerOwned = UNSET
    text: ServerOwned = UNSET
    status: ServerOwned = UNSET


class Quote(Out, frozen=True, kw_only=True):
    """A quote, pinned to the exact characters of the article version that carries it."""

    id: Id
    type: Literal["quote"] = "quote"
    version: int
    href: str
    created_at: datetime
    updated_at: datetime
    article: Ref
    article_version: int
    form: Form
    fragments: list[Fragment]
    text: str
    speaker: Speaker
    cue: str | None
    chain: list[Relay]
    attribution: Attribution
    addressee: str | None
    occasion: str | None
    place: str | None
    said_on: ResolvedDate | None
    language: str | None
    translated: bool
    status: QuoteStatus
    asserted_by: AssertedBy


class QuoteState(Out, frozen=True, kw_only=True):
    """One state of a quote: the quote as it stood after a change, and the article version that made it."""

    version: int
    at: datetime
    by: WrittenBy = UNSET
    article_version: Annotated[int, Meta(description="The version of the article when it was written.")]
    reason: Annotated[str | None, Meta(description="Why the quote was withdrawn.")]
    quote: Quote
