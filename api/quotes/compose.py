"""From a quote as it is given to the quote as it is stored and answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from api.entities.grouping import Printed, Wanted
from api.entities.schemas import Position
from api.http.problems import ErrorItem
from api.quotes.schemas import (
    AttributionInput,
    Fragment,
    Quote,
    QuoteInput,
    Relay,
    RelayInput,
    Speaker,
)
from api.quotes.verbatim import Fault, Span, check_marks, check_order, locate
from api.settings import LIMITS
from api.wire import Ref, canonical_language, href_of

SEPARATOR = " … "
# Characters: about half a second of search, and as much text as the largest body holds.
MOST_SEARCHED = 400_000_000
MOST_FILLED = LIMITS.json_body
SERVER_OWNED = (
    *("type", "version", "href", "created_at", "updated_at"),
    *("article", "article_version", "text", "status"),
)


def wanted(given: AttributionInput, pointer: str, on: str | None = None) -> list[Wanted]:
    """List the entities that an attribution names, with their pointers; `on` is the date of the dispatch."""
    speaker = given.speaker
    people = [(f"{pointer}/speaker/person", speaker.person)] + [
        (f"{pointer}/chain/{index}/person", relay.person) for index, relay in enumerate(given.chain)
    ]
    organisations = [(f"{pointer}/speaker/organisation", speaker.organisation)] + [
        (f"{pointer}/chain/{index}/organisation", relay.organisation)
        for index, relay in enumerate(given.chain)
    ]
    said_on = given.said_on.value if given.said_on else on
    place = speaker.organisation and str(speaker.organisation.id or speaker.organisation.name)
    spoken = Printed(role=speaker.role, organisation=place, on=said_on)
    relayed = Printed(on=said_on)
    return [
        *(
            Wanted(pointer=path, type="person", given=each, printed=relayed if number else spoken)
            for number, (path, each) in enumerate(people)
            if each
        ),
        *(Wanted(pointer=path, type="organisation", given=org) for path, org in organisations if org),
    ]


def cost_errors(quotes: Sequence[QuoteInput], blocks: Sequence[str]) -> list[ErrorItem]:
    """Refuse quotes whose fragments would take too long to find, or too much room.

    A fragment without offsets is looked for in the whole body or block, and one without text is filled in
    from it, so a small document of thousands of them could cost minutes or gigabytes.
    """
    parts = [part for quote in quotes for part in quote.fragments]
    body = sum(map(len, blocks))
    searched = body * sum(part.start is None for part in parts)
    filled = sum(max((part.end or 0) - (part.start or 0), 0) for part in parts if part.text is None)
    if searched <= MOST_SEARCHED and filled <= MOST_FILLED:
        return []
    detail = (
        "The fragments without offsets are too many for a body of this length: give block, start and end."
        if searched > MOST_SEARCHED
        else "The fragments without text are too long together: give their text, or quote less."
    )
    return [ErrorItem(code="too_costly", detail=detail, pointer="#/quotes")]


def fragments(
    given: QuoteInput, blocks: Sequence[str], pointer: str, errors: list[ErrorItem]
) -> list[Fragment]:
    """Pin a quote's fragments to the body by the verbatim rule; what fails is added to `errors`."""
    spans: list[Span] = []
    for index, fragment in enumerate(given.fragments):
        found = locate(blocks, fragment.text, fragment.block, fragment.start, fragment.end)
        if isinstance(found, Fault):
            errors.append(_item(found, f"{pointer}/fragments/{index}"))
        else:
            spans.append(found)
    if len(spans) < len(given.fragments):
        return []
    for index, fault in [*check_order(spans), *check_marks(given.form, blocks, spans)]:
        errors.append(_item(fault, f"{pointer}/fragments/{index}"))
    return pinned(spans, blocks)


def pinned(spans: Sequence[Span], blocks: Sequence[str]) -> list[Fragment]:
    """Give the fragments at these places of a body."""
    return [
        Fragment(
            block=span.block, start=span.start, end=span.end, text=blocks[span.block][span.start : span.end]
        )
        for span in spans
    ]


def text_of(parts: Sequence[Fragment]) -> str:
    """Join fragments to the quote's text."""
    return SEPARATOR.join(part.text for part in parts)


def _item(fault: Fault, pointer: str) -> ErrorItem:
    """Turn a fault into the error item that the client sees."""
    return ErrorItem(
        code=fault.code,
        detail=fault.detail,
        pointer=f"{pointer}/{fault.member}" if fault.member else pointer,
        suggestion=fault.suggestion._asdict() if fault.suggestion else UNSET,
        candidates=[span._asdict() for span in fault.candidates] or UNSET,
    )


def language_error(given: AttributionInput, pointer: str) -> list[ErrorItem]:
    """Report a language tag that is none."""
    if given.language is None or canonical_language(given.language):
        return []
    detail = "This is not a BCP 47 language tag."
    return [ErrorItem(code="unknown_language", detail=detail, pointer=f"{pointer}/language")]


def attribution(
    given: AttributionInput,
    pointer: str,
    refs: Mapping[str, Ref],
    positions: Mapping[str, Position],
    language: str,
) -> dict[str, Any]:
    """Build the attribution members of a quote; `language` is its article's.

    `refs` has the Ref of each pointer, `positions` the office that the speaker of each quote held.
    """
    speaker = given.speaker
    return {
        "speaker": Speaker(
            kind=speaker.kind,
            as_printed=speaker.as_printed,
            person=refs.get(f"{pointer}/speaker/person"),
            organisation=refs.get(f"{pointer}/speaker/organisation"),
            role=speaker.role,
            description=speaker.description,
            position=positions.get(pointer),
        ),
        "chain": [_relay(relay, f"{pointer}/chain/{index}", refs) for index, relay in enumerate(given.chain)],
        "cue": given.cue,
        "attribution": given.attribution,
        "addressee": given.addressee,
        "occasion": given.occasion,
        "place": given.place,
        "said_on": given.said_on,
        "language": canonical_language(given.language or language),
        "translated": given.translated,
        "asserted_by": given.asserted_by,
    }


def _relay(given: RelayInput, pointer: str, refs: Mapping[str, Ref]) -> Relay:
    return Relay(
        as_printed=given.as_printed,
        organisation=refs.get(f"{pointer}/organisation"),
        person=refs.get(f"{pointer}/person"),
        cue=given.cue,
    )


def new_quote(
    id: str, article: Ref, article_version: int, now: datetime, members: Mapping[str, Any]
) -> Quote:
    """Build a quote that its article carries for the first time."""
    return Quote(
        id=id,
        version=1,
        href=href_of("quote", id),
        created_at=now,
        updated_at=now,
        article=article,
        article_version=article_version,
        status="current",
        **members,
    )


def revised(
    old: Quote, article: Ref, article_version: int, now: datetime, members: Mapping[str, Any]
) -> Quote:
    """Carry a quote over to a new article version; its own version rises when it says something else.

    The article's version and headline are not the quote's own: they follow without raising it.
    """
    same = msgspec.structs.replace(old, **members) == old
    return msgspec.structs.replace(
        old,
        **members,
        article=article,
        article_version=article_version,
        version=old.version if same else old.version + 1,
        updated_at=old.updated_at if same else now,
    )


def refs_of(quote: Quote) -> list[tuple[Ref | None, str]]:
    """List every entity whose Ref a quote carries: those of `entities_of`, and where the office was held."""
    position = quote.speaker.position
    return [*entities_of(quote), (position and position.organisation, "office")]


def entities_of(quote: Quote) -> list[tuple[Ref | None, str]]:
    """List who said a quote and who relayed it."""
    return [
        (quote.speaker.person, "speaker"),
        (quote.speaker.organisation, "speaker"),
        *((relay.organisation, "relay") for relay in quote.chain),
        *((relay.person, "relay") for relay in quote.chain),
    ]
