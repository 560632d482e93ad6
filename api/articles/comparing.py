"""How two versions of an article differ: members, blocks with their words, quotes."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.articles.diff import BlockChange, diff
from api.articles.schemas import Article
from api.quotes.schemas import Quote
from api.wire import Id, Out

# They differ between any two versions.
_COUNTED = ("version", "updated_at", "quotes")


class QuoteChange(Out, frozen=True, kw_only=True):
    """What became of one quote: its words before and after, null where the version does not carry it."""

    id: Id
    status: Annotated[
        Literal["current", "changed", "withdrawn"],
        Meta(description="`current`: carried, with the same words or for the first time."),
    ]
    from_: str | None = msgspec.field(name="from")
    to: str | None


class ArticleDiff(Out, frozen=True, kw_only=True):
    """How a version differs from another; `members` names those that differ, body and quotes too."""

    from_: int = msgspec.field(name="from")
    to: int
    members: list[str]
    blocks: list[BlockChange]
    quotes: list[QuoteChange]


def compare(old: Article, new: Article) -> ArticleDiff:
    """Tell how one version of an article differs from another."""
    return ArticleDiff(
        from_=old.version,
        to=new.version,
        members=_members(old, new),
        blocks=diff(old.body, new.body),
        quotes=list(_quotes(old.quotes, new.quotes)),
    )


def _members(old: Article, new: Article) -> list[str]:
    """Name the members that differ; of quotes what they say counts, not the version that they came with."""
    names = [name for name in Article.__struct_fields__ if name not in _COUNTED]
    members = [name for name in names if getattr(old, name) != getattr(new, name)]
    if [(quote.id, quote.version) for quote in old.quotes] != [(q.id, q.version) for q in new.quotes]:
        members.append("quotes")
    return members


def _quotes(old: list[Quote], new: list[Quote]) -> Iterator[QuoteChange]:
    """Tell what became of the quotes: those of the new version in order, then those that it lacks."""
    before = {quote.id: quote.text for quote in old}
    for quote in new:
        text = before.pop(quote.id, None)
        status = "current" if text in (None, quote.text) else "changed"
        yield QuoteChange(id=quote.id, status=status, from_=text, to=quote.text)
    for id, text in before.items():
        yield QuoteChange(id=id, status="withdrawn", from_=text, to=None)
