"""Articles as plain text, as a wire prints them."""

import textwrap
from datetime import datetime

from api.articles.schemas import Article, Block

WIDTH = 69
INDENT = "    "

CARRIED = (
    "pub_status",
    "headline",
    "slugline",
    "summary",
    "dateline/text",
    "byline",
    "provider",
    "urgency",
    "published_at",
    "embargoed_until",
    "body/*/text",
    "media/*/caption",
    "media/*/credit",
    "corrections/*/kind",
    "corrections/*/note",
    "ed_note",
    "copyright_notice",
    "usage_terms",
)


def render(article: Article, _site: str) -> bytes:
    """Render an article as text: what editors need to know first, then the story, then who sends it."""
    parts = [*_head(article), *_story(article), *_end(article)]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _head(article: Article) -> list[str]:
    held = None if article.pub_status == "usable" else f"{article.pub_status.upper()}: do not publish"
    embargo = article.embargoed_until and f"EMBARGOED until {_time(article.embargoed_until)}"
    key = " ".join(str(part) for part in (article.urgency, article.slugline) if part)
    return [
        key,
        held or "",
        embargo or "",
        *(wrapped(f"{each.kind.upper()}: {each.note or ''}".rstrip()) for each in article.corrections),
        wrapped(f"Editors: {article.ed_note}") if article.ed_note else "",
        wrapped(article.headline),
        wrapped(article.summary or ""),
        wrapped(article.byline or ""),
    ]


def _story(article: Article) -> list[str]:
    """Give the body; a dateline that the body does not print stands before its first paragraph."""
    printed = article.dateline.text if article.dateline else ""
    if article.body[0].text.startswith(printed):
        printed = ""
    pictures = (
        wrapped(" ".join(text for text in (each.caption, each.credit) if text)) for each in article.media
    )
    first, *rest = article.body
    return [_block(first, printed), *map(_block, rest), *(f"[{text}]" for text in pictures if text)]


def _block(block: Block, before: str = "") -> str:
    text = f"{before} {block.text}" if before else block.text
    if block.kind == "heading":
        return wrapped(text)
    if block.kind == "list_item":
        return wrapped(text, first="  - ", rest="    ")
    rest = INDENT if block.kind == "blockquote" else ""
    return wrapped(text, first=INDENT, rest=rest)


def _end(article: Article) -> list[str]:
    sent = article.published_at and _time(article.published_at)
    sender = " ".join(part for part in (article.provider and str(article.provider.name), sent) if part)
    return [wrapped(article.copyright_notice or ""), wrapped(article.usage_terms or ""), sender]


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Break text into lines of at most 69 columns, as wires do; a word that is longer stays whole."""
    lines = text.split("\n")
    filled = [
        textwrap.fill(
            line,
            WIDTH,
            initial_indent=first if index == 0 else rest,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for index, line in enumerate(lines)
    ]
    return "\n".join(filled)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
