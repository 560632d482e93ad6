"""A body as HTML or XHTML: blocks to elements, with the dateline and the quotes marked where they stand."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

import msgspec

from api.articles.schemas import Article, Block
from api.formats.elements import xml_text
from api.quotes.schemas import Quote

# Text that HTML would show otherwise: runs of spaces, spaces at an end, tabs.
UNEVEN = re.compile(r"^[ \t\n]|[ \t\n]$|[ \t]{2}|\t|[ \t]\n|\n[ \t]")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How a mark-up writes a body: the element of each kind of block, and what encloses neighbours."""

    tags: dict[str, str]
    enclosing: dict[str, tuple[str, str]]
    dateline: str | None = None
    keeps_space: bool = False


HTML = Dialect(
    tags={"paragraph": "p", "heading": "h2", "list_item": "li", "blockquote": "p"},
    enclosing={"list_item": ("<ul>", "</ul>"), "blockquote": ("<blockquote>", "</blockquote>")},
    dateline='<span class="dateline">',
    keeps_space=True,
)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a block that gets an element around it: code points, and the tags."""

    start: int
    end: int
    opening: str
    closing: str


Marks = Sequence[Sequence[Mark]]


def escaped(text: str) -> str:
    """Escape text for the content of an element; a line break is an element."""
    return escape(xml_text(text)).replace("\n", "<br/>")


def attribute(value: str) -> str:
    """Quote the value of an attribute."""
    return quoteattr(xml_text(value))


def body_markup(article: Article, marks: Marks = (), dialect: Dialect = HTML) -> str:
    """Give the body as elements, for HTML such that they are XHTML too, the printed dateline as a span.

    Where a mark-up would fold white space it is told to keep it, so that it can be read back exactly.
    """
    chosen = [list(each) for each in marks] or [[] for _ in article.body]
    dateline = _dateline_mark(article, dialect)
    if dateline is not None:
        chosen[0] = [dateline, *(mark for mark in chosen[0] if mark.start >= dateline.end)]
    return "".join(_groups(article.body, chosen, dialect))


def _groups(body: Sequence[Block], marks: Marks, dialect: Dialect) -> Iterator[str]:
    """Put neighbouring items into one list, and neighbouring blockquotes into one quotation."""
    for kind, group in groupby(enumerate(body), key=lambda pair: pair[1].kind):
        opening, closing = dialect.enclosing.get(kind, ("", ""))
        yield opening + "".join(_element(block, marks[i], dialect) for i, block in group) + closing


def _element(block: Block, marks: Sequence[Mark], dialect: Dialect) -> str:
    tag = dialect.tags[block.kind]
    uneven = dialect.keeps_space and UNEVEN.search(block.text)
    style = ' style="white-space:pre-wrap"' if uneven else ""
    return f"<{tag}{style}>{''.join(_marked(block.text, marks))}</{tag}>"


def _marked(text: str, marks: Sequence[Mark]) -> Iterator[str]:
    """Put the marks' tags around their stretches."""
    at = 0
    for mark in disjoint(marks):
        yield escaped(text[at : mark.start])
        yield mark.opening + escaped(text[mark.start : mark.end]) + mark.closing
        at = mark.end
    yield escaped(text[at:])


def disjoint(marks: Sequence[Mark]) -> list[Mark]:
    """Give the marks in order, without those that overlap an earlier one: elements cannot."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _dateline_mark(article: Article, dialect: Dialect) -> Mark | None:
    """Find the printed dateline at the start of the body."""
    printed = article.dateline.text if article.dateline else ""
    if not printed or dialect.dateline is None or not article.body[0].text.startswith(printed):
        return None
    return Mark(start=0, end=len(printed), opening=dialect.dateline, closing="</span>")


def quote_marks(article: Article, tags: Sequence[tuple[str, str]]) -> list[list[Mark]]:
    """Mark each quote's fragments, block by block; `tags` are the opening and closing tag of each quote."""
    marks: list[list[Mark]] = [[] for _ in article.body]
    for quote, (opening, closing) in zip(article.quotes, tags, strict=True):
        for fragment in quote.fragments:
            marks[fragment.block].append(
                Mark(start=fragment.start, end=fragment.end, opening=opening, closing=closing)
            )
    return marks


def speaker_name(quote: Quote) -> str:
    """Give the name under which a quote's speaker is shown."""
    speaker = quote.speaker
    ref = speaker.person or speaker.organisation
    return str(ref.name) if ref else speaker.as_printed or speaker.description or ""
