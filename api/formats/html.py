"""Articles as a page of semantic HTML, without scripts: each quote is marked, and links to its speaker."""

import base64
import hashlib
from datetime import datetime
from html import escape

from api.articles.schemas import Article, Media, Source
from api.formats.addresses import canonical
from api.formats.markup import attribute, body_markup, escaped, quote_marks, speaker_name
from api.quotes.schemas import Quote, Relay
from api.wire import Ref

# The printed text has quotation marks of its own.
STYLE = (
    "body{max-width:42em;margin:2em auto;padding:0 1em;font:1.1em/1.5 serif}"
    "q{quotes:none}figure:target{background:#ff9}"
    "img,video{max-width:100%}figcaption,footer,.note{font-size:.85em}"
)
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# What the page may load: its own style, and the media that the article names.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src https: http:; media-src https: http:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MEDIA = {
    "picture": "<img src={0} alt={1}>",
    "graphic": "<img src={0} alt={1}>",
    "video": "<video controls src={0} title={1}></video>",
    "audio": "<audio controls src={0} title={1}></audio>",
}

CARRIED = (
    "pub_status",
    "headline",
    "summary",
    "language",
    "dateline/text",
    "located",
    "byline",
    "provider",
    "genre",
    "keywords",
    "subjects/*/name",
    "published_at",
    "embargoed_until",
    "body",
    "media/*/href",
    "media/*/caption",
    "media/*/credit",
    "media/*/alt",
    "media/*/people",
    "people/*/person",
    "people/*/role",
    "organisations/*/organisation",
    "quotes/*/form",
    "quotes/*/fragments/*/text",
    "quotes/*/speaker/person",
    "quotes/*/speaker/organisation",
    "quotes/*/speaker/as_printed",
    "quotes/*/speaker/role",
    "quotes/*/speaker/description",
    "quotes/*/chain/*/as_printed",
    "quotes/*/chain/*/organisation",
    "quotes/*/chain/*/person",
    "quotes/*/occasion",
    "quotes/*/place",
    "quotes/*/said_on/value",
    "quotes/*/language",
    "sources/*/as_printed",
    "sources/*/uri",
    "sources/*/organisation",
    "links",
    "corrections",
    "ed_note",
    "copyright_notice",
    "usage_terms",
)


def render(article: Article, site: str) -> bytes:
    """Render an article as a page."""
    tags = [(f"<q cite={attribute(site + quote.href)}>", "</q>") for quote in article.quotes]
    parts = [
        "<!DOCTYPE html>",
        f'<html lang={attribute(article.language)}><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(article.headline)}</title>",
        f'<link rel="canonical" href={attribute(canonical(article, site + article.href))}>',
        *_feeds(article, site),
        f"<style>{STYLE}</style></head><body><article>",
        _header(article, site),
        body_markup(article, quote_marks(article, tags)),
        *(_figure(each, site) for each in article.media),
        _quotes(article, site),
        _footer(article, site),
        "</article></body></html>",
    ]
    return "".join(parts).encode()


def _text(text: str | None) -> str:
    return escape(text or "", quote=False)


def _feeds(article: Article, site: str) -> list[str]:
    """Name the feeds that a reader of the page may follow: of all articles, and of its provider's."""
    queries = ["", f"?provider={article.provider.id}"] if article.provider else [""]
    return [
        f'<link rel="alternate" type="application/{kind}" href={attribute(address)}>'
        for query in queries
        for kind, end in (("atom+xml", "atom"), ("rss+xml", "rss"), ("feed+json", "json"))
        if (address := f"{site}/v1/feeds/articles.{end}{query}")
    ]


def _paragraph(name: str, text: str | None) -> str:
    return f'<p class="{name}">{escaped(text)}</p>' if text else ""


def _time(moment: datetime | None) -> str:
    stamp = moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else ""
    return f'<time datetime="{stamp}">{stamp}</time>' if moment else ""


def _entity(ref: Ref, site: str) -> str:
    return f"<a href={attribute(site + ref.href)}>{_text(str(ref.name))}</a>"


def _header(article: Article, site: str) -> str:
    starts = article.dateline is not None and article.body[0].text.startswith(article.dateline.text)
    held = article.pub_status != "usable" or article.published_at is None
    lines = [
        *(
            f'<p class="note" role="note">{each.kind.title()}, {_time(each.at)}: {_text(each.note)}</p>'
            for each in article.corrections
        ),
        _paragraph("note", f"Not for publication: {article.pub_status}" if held else None),
        f'<p class="note">Embargo {_time(article.embargoed_until)}</p>' if article.embargoed_until else "",
        _paragraph("note", article.ed_note),
        f"<h1>{escaped(article.headline)}</h1>",
        _paragraph("summary", article.summary),
        _paragraph("byline", article.byline),
        f'<p class="provider">{_entity(article.provider, site)}</p>' if article.provider else "",
        _paragraph("located", article.located),
        _paragraph("genre", article.genre),
        f"<p>{_time(article.published_at)}</p>" if article.published_at else "",
        _paragraph("dateline", None if starts or not article.dateline else article.dateline.text),
    ]
    return f"<header>{''.join(lines)}</header>"


def _figure(media: Media, site: str) -> str:
    shown = MEDIA[media.kind].format(attribute(media.href), attribute(media.alt or "")) if media.href else ""
    alternative = _paragraph("alt", media.alt) if media.alt and not media.href else ""
    credit = f" <small>{_text(media.credit)}</small>" if media.credit else ""
    people = ", ".join(_entity(person, site) for person in media.people)
    caption = f"<figcaption>{escaped(media.caption or '')}{credit} {people}</figcaption>"
    return f"<figure>{shown}{alternative}{caption}</figure>"


def _quotes(article: Article, site: str) -> str:
    """List the quotes, each under its own address with a link to its speaker and to the relays."""
    if not article.quotes:
        return ""
    listed = "".join(_quote(quote, site) for quote in article.quotes)
    return f'<section aria-labelledby="quotes"><h2 id="quotes">Quotes</h2>{listed}</section>'


def _quote(quote: Quote, site: str) -> str:
    address = site + quote.href
    words = "".join(f"<p>{escaped(fragment.text)}</p>" for fragment in quote.fragments)
    language = f" lang={attribute(quote.language)}" if quote.language else ""
    return (
        f'<figure id="quote-{quote.id}" class="{quote.form}">'
        f"<blockquote cite={attribute(address)}{language}>{words}</blockquote>"
        f"<figcaption>{_attribution(quote, site)} "
        f'<a href={attribute(address)} rel="bookmark">{quote.form} quote</a></figcaption></figure>'
    )


def _attribution(quote: Quote, site: str) -> str:
    """Say who said it, in which capacity, when and where, and through whom it came."""
    speaker = quote.speaker
    refs = [_entity(ref, site) for ref in (speaker.person, speaker.organisation) if ref]
    printed = speaker.as_printed if speaker.as_printed != speaker_name(quote) or not refs else None
    said_on = quote.said_on.value if quote.said_on else None
    details = (printed, speaker.role, speaker.description, quote.occasion, quote.place, said_on)
    relays = [
        "through " + ", ".join([_text(relay.as_printed), *(_entity(r, site) for r in _of(relay))])
        for relay in quote.chain
    ]
    return ", ".join([*refs, *(_text(text) for text in details if text), *relays])


def _of(relay: Relay) -> list[Ref]:
    return [ref for ref in (relay.organisation, relay.person) if ref]


def _footer(article: Article, site: str) -> str:
    people = [_entity(m.person, site) + (f", {_text(m.role)}" if m.role else "") for m in article.people]
    organisations = [_entity(m.organisation, site) for m in article.organisations]
    sources = [_source(each, site) for each in article.sources]
    links = [
        f'<a rel="{link.rel}" href={attribute(link.href)}>{_text(link.title or link.href)}</a>'
        for link in article.links
    ]
    subjects = [_text(subject.name) for subject in article.subjects if subject.name]
    lists = (
        ("People", people),
        ("Organisations", organisations),
        ("Sources", sources),
        ("Links", links),
        ("Subjects", subjects),
        ("Keywords", [_text(word) for word in article.keywords]),
    )
    shown = "".join(f"<h2>{name}</h2><ul>{_items(items)}</ul>" for name, items in lists if items)
    rights = _paragraph("copyright", article.copyright_notice) + _paragraph("terms", article.usage_terms)
    return f"<footer>{shown}{rights}</footer>"


def _items(items: list[str]) -> str:
    return "".join(f"<li>{item}</li>" for item in items)


def _source(source: Source, site: str) -> str:
    name = _text(source.as_printed)
    page = f'<a rel="source" href={attribute(source.uri)}>{name}</a>' if source.uri else name
    return f"{page}, {_entity(source.organisation, site)}" if source.organisation else page
