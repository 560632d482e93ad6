"""The quotes of a write, planned before anything is written: which is which, and where its words stand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET

from api.articles.compose import blocks_of
from api.articles.offload import compute
from api.articles.schemas import Article, ArticleInput
from api.db.pool import Conn
from api.entities.queries import held_positions
from api.entities.schemas import OrganisationInput, PersonInput, Position
from api.http.problems import MAX_ERRORS, ErrorItem
from api.http.read_only import read_only, read_only_errors
from api.names.fold import fold
from api.quotes import compose
from api.quotes.anchoring import reanchor
from api.quotes.schemas import Fragment, Quote, QuoteInput
from api.quotes.verbatim import Span
from api.wire import Ref, first_day, last_day, new_id

LEFT_OUT = "The article was sent without it."


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One quote of a write: as it was, as it is given (or only moved), and where its words stand."""

    pointer: str
    old: Quote | None
    given: QuoteInput | None
    fragments: list[Fragment]
    changed: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The quotes that a write carries, and why others do not live on, by id."""

    drafts: list[Draft]
    reasons: dict[str, str]


def of_given(
    given: ArticleInput, current: Article | None, withdrawn: Sequence[Quote], errors: list[ErrorItem]
) -> Plan:
    """Plan the quotes that a client sends; what is wrong with them is added to `errors`.

    A quote keeps its identity by its `id`, else by equal fragments and speaker (design §3.1); those
    that are carried come before those that were withdrawn.
    """
    texts = [block.text for block in blocks_of(given)]
    known = {quote.id: quote for quote in [*withdrawn, *(current.quotes if current else ())]}
    claimed = {quote.id for quote in given.quotes or ()}
    unclaimed: dict[Any, list[Quote]] = {}
    for quote in [*(current.quotes if current else ()), *withdrawn]:
        if quote.id not in claimed:
            unclaimed.setdefault(_words_and_speaker(quote, quote.fragments), []).append(quote)
    if costly := compose.cost_errors(given.quotes or (), texts):
        errors += costly
        return Plan(drafts=[], reasons={})
    planned: list[Draft] = []
    for index, quote in enumerate(given.quotes or ()):
        if len(errors) >= MAX_ERRORS:
            break
        pointer = f"#/quotes/{index}"
        fragments = compose.fragments(quote, texts, pointer, errors)
        old = known.pop(quote.id, None) if isinstance(quote.id, str) else _same(quote, fragments, unclaimed)
        errors += _errors_of(quote, old, pointer, is_new=current is None)
        planned.append(Draft(pointer=pointer, old=old, given=quote, fragments=fragments))
    kept = {draft.old.id for draft in planned if draft.old is not None}
    left_out = {quote.id for quote in (current.quotes if current else ())} - kept
    return Plan(drafts=planned, reasons=dict.fromkeys(left_out, LEFT_OUT))


def _words_and_speaker(quote: Quote | QuoteInput, fragments: Sequence[Fragment]) -> Any:
    """Give what makes a quote the same without an id."""
    words = tuple(fragment.text for fragment in fragments)
    return words, quote.speaker.kind, quote.speaker.as_printed


def _same(
    quote: QuoteInput, fragments: Sequence[Fragment], unclaimed: dict[Any, list[Quote]]
) -> Quote | None:
    """Find, and claim, the quote with equal words and speaker among those that no id claims."""
    alike = unclaimed.get(_words_and_speaker(quote, fragments), [])
    for index, old in enumerate(alike):
        given, was = quote.speaker, old.speaker
        pairs = (given.person, was.person), (given.organisation, was.organisation)
        if all(_may_be(entity, ref, given.as_printed) for entity, ref in pairs):
            return alike.pop(index)
    return None


def _may_be(given: PersonInput | OrganisationInput | None, ref: Ref | None, as_printed: str | None) -> bool:
    """Tell whether an entity may be a quote's speaker; how it is printed tells more than a name."""
    if given is None:
        return True
    if given.id is not UNSET:
        return ref is not None and given.id == ref.id
    return as_printed is not None or (ref is not None and fold(str(given.name)) == fold(str(ref.name)))


def _errors_of(quote: QuoteInput, old: Quote | None, pointer: str, *, is_new: bool) -> list[ErrorItem]:
    """List what is wrong with a quote, apart from its fragments."""
    errors = compose.language_error(quote, pointer)
    if quote.id is not UNSET and old is None:
        detail = (
            "The server gives ids to new quotes."
            if is_new
            else "The article has no quote with this id, or it is given twice."
        )
        code = "read_only" if is_new else "unknown_reference"
        errors.append(ErrorItem(code=code, detail=detail, pointer=f"{pointer}/id"))
    current: dict[str, Any] = msgspec.to_builtins(old) if old else {}
    errors += read_only_errors(quote, current, pointer, compose.SERVER_OWNED)
    position = quote.speaker.position
    if position is not UNSET and position != (current["speaker"]["position"] if current else UNSET):
        errors.append(read_only(f"{pointer}/speaker/position"))
    return errors


async def re_anchored(given: ArticleInput, current: Article) -> Plan:
    """Plan the quotes of an article whose body is sent without them: they move with their words (§3.4)."""
    texts = [block.text for block in blocks_of(given)]
    before = [block.text for block in current.body]
    spans = [[Span(f.block, f.start, f.end) for f in quote.fragments] for quote in current.quotes]
    size = sum(map(len, [*before, *texts]))
    moves = await compute(lambda: reanchor(before, texts, spans), size) if spans else []
    drafts: list[Draft] = []
    reasons: dict[str, str] = {}
    for old, moved in zip(current.quotes, moves, strict=True):
        if moved.status == "withdrawn":
            reasons[old.id] = moved.reason
            continue
        fragments = compose.pinned(moved.spans, texts)
        changed = moved.status == "changed"
        drafts.append(Draft(pointer="#/quotes", old=old, given=None, fragments=fragments, changed=changed))
    return Plan(drafts=drafts, reasons=reasons)


async def quotes(
    tx: Conn,
    planned: Sequence[Draft],
    refs: Mapping[str, Ref],
    article: Ref,
    language: str,
    now: datetime,
    article_version: int = 1,
) -> list[Quote]:
    """Build the planned quotes; `refs` has the Ref of each pointer, `language` is the article's."""
    positions = await held_positions(tx, positions_wanted(planned, refs))
    return built(planned, refs, positions, article, language, now, article_version)


def built(
    planned: Sequence[Draft],
    refs: Mapping[str, Ref],
    positions: Mapping[str, Position],
    article: Ref,
    language: str,
    now: datetime,
    article_version: int = 1,
) -> list[Quote]:
    """Build the planned quotes likewise; `positions` has the office that each quote's speaker held."""
    quotes: list[Quote] = []
    for draft in planned:
        members: dict[str, Any] = {"fragments": draft.fragments, "text": compose.text_of(draft.fragments)}
        if draft.given is not None:
            members["form"] = draft.given.form
            members |= compose.attribution(draft.given, draft.pointer, refs, positions, language)
        if draft.old is None:
            quotes.append(compose.new_quote(new_id(), article, article_version, now, members))
        else:
            members["status"] = _status(draft)
            quotes.append(compose.revised(draft.old, article, article_version, now, members))
    return quotes


def _status(draft: Draft) -> str:
    """Give the status of a quote that was there before: words that a client sets anew are current."""
    old = draft.old
    if draft.changed or old is None:
        return "changed"
    words = [fragment.text for fragment in draft.fragments]
    same = [fragment.text for fragment in old.fragments] == words and old.status != "withdrawn"
    return old.status if same else "current"


def positions_wanted(planned: Sequence[Draft], refs: Mapping[str, Ref]) -> list[tuple[str, str, date, date]]:
    """List the speakers whose office on the day of the statement is looked up."""
    return [
        (draft.pointer, refs[path].id, first_day(said_on.value), last_day(said_on.value))
        for draft in planned
        if draft.given is not None and (said_on := draft.given.said_on) is not None
        if (path := f"{draft.pointer}/speaker/person") in refs
    ]
