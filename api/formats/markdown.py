"""Articles as Markdown (CommonMark), the quotes listed with their speakers."""

import re
from collections.abc import Sequence

from api.articles.schemas import Article, Block
from api.formats.elements import stamp
from api.formats.markup import speaker_name
from api.quotes.schemas import Quote, Speaker
from api.wire import Ref

# What CommonMark may read as mark-up inside a line, and what it may read so at the start of one.
INLINE = re.compile(r"([\\`*_\[\]<>&~|])")
LEADING = re.compile(r"^([ \t]*)([#+=-]|[0-9]{1,9}(?=[.)]))", re.MULTILINE)

CARRIED = (
    "pub_status",
    "embargoed_until",
    "ed_note",
    "headline",
    "summary",
    "dateline/text",
    "byline",
    "provider",
    "published_at",
    "body",
    "media/*/href",
    "media/*/caption",
    "media/*/credit",
    "media/*/alt",
    "quotes/*/fragments/*/text",
    "quotes/*/speaker",
    "quotes/*/chain/*/as_printed",
    "links/*/href",
    "links/*/title",
    "corrections/*/kind",
    "corrections/*/note",
    "copyright_notice",
    "usage_terms",
)


def render(article: Article, site: str) -> bytes:
    """Render an article as Markdown."""
    printed = article.dateline.text if article.dateline else ""
    parts = [
        "" if article.pub_status == "usable" else f"> **{article.pub_status.title()}: do not publish**",
        f"> **Embargoed until {article.embargoed_until.isoformat()}**" if article.embargoed_until else "",
        f"> Editors: {_line(article.ed_note)}" if article.ed_note else "",
        *(f"> **{each.kind.title()}:** {_line(each.note or '')}" for each in article.corrections),
        f"# {_line(article.headline)}",
        f"*{_line(article.summary)}*" if article.summary else "",
        _text(article.byline or ""),
        _by_whom(article, site),
        "" if article.body[0].text.startswith(printed) else _text(printed),
        *map(_block, article.body),
        *_media(article),
        *_quotes(article, site),
        *_links(article),
        _text(article.copyright_notice or ""),
        _text(article.usage_terms or ""),
    ]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _text(text: str) -> str:
    """Escape text of several lines; a line break of the text stays one."""
    return LEADING.sub(_leading, INLINE.sub(r"\\\1", text)).replace("\n", "\\\n")


def _leading(found: re.Match[str]) -> str:
    """Take the meaning from a line's first characters: spaces become references, a mark is escaped."""
    mark = found[2] + "\\" if found[2][0].isdigit() else "\\" + found[2]
    return found[1].replace(" ", "&#32;").replace("\t", "&#9;") + mark


def _line(text: str) -> str:
    """Escape text for one line, such as a heading."""
    return _text(text.replace("\n", " "))


def _destination(address: str) -> str:
    return "<" + address.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C") + ">"


def _entity(ref: Ref, site: str) -> str:
    return f"[{_line(str(ref.name))}]({_destination(site + ref.href)})"


def _by_whom(article: Article, site: str) -> str:
    published = article.published_at and stamp(article.published_at)
    parts = [article.provider and _entity(article.provider, site), published]
    return ", ".join(part for part in parts if part)


def _block(block: Block) -> str:
    if block.kind == "heading":
        return f"## {_line(block.text)}"
    text = _text(block.text)
    if block.kind == "list_item":
        return "- " + text.replace("\n", "\n  ")
    return "> " + text.replace("\n", "\n> ") if block.kind == "blockquote" else text


def _media(article: Article) -> list[str]:
    shown: list[str] = []
    for each in article.media:
        words = [_line(text) for text in (each.caption, each.credit) if text]
        picture = (
            f"![{_line(each.alt or '')}]({_destination(each.href)})" if each.href else _line(each.alt or "")
        )
        shown += [picture, " ".join(words)]
    return shown


def _quotes(article: Article, site: str) -> list[str]:
    return ["## Quotes", *(_quote(quote, site) for quote in article.quotes)] if article.quotes else []


def _quote(quote: Quote, site: str) -> str:
    speaker = quote.speaker
    refs = [_entity(ref, site) for ref in (speaker.person, speaker.organisation) if ref]
    said = [*refs, *([] if refs else [_line(speaker_name(quote))])]
    words = [
        _line(text) for text in [speaker.role, *(f"through {r.as_printed}" for r in quote.chain)] if text
    ]
    fragments = [_text(fragment.text).replace("\n", "\n> ") for fragment in quote.fragments]
    return "> " + "\n>\n> ".join([*fragments, "— " + ", ".join([*said, *words])])


def shown(speaker: Speaker) -> Sequence[str]:
    """Give the members of a speaker that the line under a quote shows."""
    known = [name for name in ("person", "organisation") if getattr(speaker, name) is not None]
    words = [name for name in ("as_printed", "description") if getattr(speaker, name) is not None]
    return [*(known or words[:1]), "role"]


def _links(article: Article) -> list[str]:
    links = (f"- [{_line(each.title or each.href)}]({_destination(each.href)})" for each in article.links)
    return ["\n".join(links)]
