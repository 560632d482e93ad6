"""Articles as NITF 3.6, IPTC's news industry text format, each quote a `q` with its source."""

from collections.abc import Sequence

from lxml import etree

from api.articles.schemas import Article, Media
from api.formats.addresses import absolute
from api.formats.elements import Element, add, document
from api.formats.markup import Dialect, attribute, body_markup, disjoint, escaped, quote_marks, speaker_name
from api.quotes.schemas import Speaker
from api.wire import Ref

NITF = "http://iptc.org/std/NITF/2006-10-18/"
DIALECT = Dialect(
    tags={"paragraph": "p", "heading": "hl2", "list_item": "li", "blockquote": "p"},
    enclosing={"list_item": ("<ul>", "</ul>"), "blockquote": ("<bq><block>", "</block></bq>")},
)
MEDIA = {"picture": "image", "graphic": "image", "video": "video", "audio": "audio"}

CARRIED = (
    "uri",
    "pub_status",
    "headline",
    "slugline",
    "summary",
    "language",
    "dateline/text",
    "dateline/date/value",
    "located",
    "byline",
    "provider",
    "urgency",
    "genre",
    "keywords",
    "subjects",
    "published_at",
    "embargoed_until",
    "body",
    "media/*/href",
    "media/*/kind",
    "media/*/caption",
    "media/*/credit",
    "media/*/alt",
    "people/*/person",
    "people/*/role",
    "organisations/*/organisation",
    "quotes/*/form",
    "quotes/*/fragments",
    "quotes/*/speaker",
    "sources/*/as_printed",
    "corrections/*/note",
    "ed_note",
    "copyright_notice",
    "usage_terms",
)


def render(article: Article, site: str) -> bytes:
    """Render an article as an NITF document."""
    root = etree.Element(f"{{{NITF}}}nitf", nsmap={None: NITF})
    root.set("version", "-//IPTC//DTD NITF 3.6//EN")
    root.set("baselang", article.language)
    head = add(root, "head")
    add(head, "title", article.headline)
    for name, value in (("slugline", article.slugline), ("genre", article.genre)):
        if value:
            add(head, "meta", name=name, content=value)
    for source in article.sources:
        add(head, "meta", name="source", content=source.as_printed)
    _docdata(head, article, site)
    body = add(root, "body")
    _body_head(body, article, site)
    body.append(_content(article))
    if article.provider:
        add(add(body, "body.end"), "tagline", str(article.provider.name))
    return document(root)


def _docdata(head: Element, article: Article, site: str) -> None:
    data = add(head, "docdata", management_status=article.pub_status)
    for note in (each.note for each in article.corrections if each.note):
        add(data, "correction", info=note)
    add(data, "doc-id", id_string=article.uri)
    if article.urgency:
        add(data, "urgency", ed_urg=str(article.urgency))
    if article.published_at:
        add(data, "date.issue", norm=article.published_at.isoformat())
    if article.embargoed_until:
        add(data, "date.release", norm=article.embargoed_until.isoformat())
    if article.ed_note:
        add(data, "ed-msg", info=article.ed_note)
    add(data, "du-key", key=article.slugline or article.headline, version=str(article.version))
    if article.copyright_notice:
        add(data, "doc.copyright", holder=article.copyright_notice)
    if article.usage_terms:
        add(data, "doc.rights", limitations=article.usage_terms)
    keys = add(data, "key-list")
    for keyword in article.keywords:
        add(keys, "keyword", key=keyword)
    _identified(add(data, "identified-content"), article, site)


def _identified(content: Element, article: Article, site: str) -> None:
    for subject in article.subjects:
        add(content, "classifier", subject.name, type="subject", idsrc=subject.scheme, value=subject.code)
    for mention in article.people:
        person = _entity(content, "person", mention.person, site)
        if mention.role:
            add(person, "function", mention.role)
    for mention in article.organisations:
        _entity(content, "org", mention.organisation, site)


def _entity(parent: Element, tag: str, ref: Ref, site: str) -> Element:
    return add(parent, tag, str(ref.name), idsrc=site, value=absolute(site, ref))


def _body_head(body: Element, article: Article, site: str) -> None:
    head = add(body, "body.head")
    add(add(head, "hedline"), "hl1", article.headline)
    if article.byline:
        add(head, "byline", article.byline)
    if article.provider:
        _entity(add(head, "distributor"), "org", article.provider, site)
    _dateline(head, article)
    if article.summary:
        add(add(head, "abstract"), "p", article.summary)


def _dateline(head: Element, article: Article) -> None:
    """Add the dateline as it is printed, with where the article was filed and the date that is meant."""
    if article.dateline is None and article.located is None:
        return
    line = add(head, "dateline", article.dateline and article.dateline.text)
    if article.located:
        add(line, "location", article.located)
    if article.dateline and article.dateline.date:
        add(line, "story.date", norm=article.dateline.date.value)


def named(speaker: Speaker) -> Sequence[str]:
    """Give the one member of a speaker that the source of a quote names."""
    members = ("person", "organisation", "as_printed", "description")
    return [name for name in members if getattr(speaker, name) is not None][:1]


def overlapping(article: Article, _site: str) -> list[str]:
    """List the fragments that cannot be marked, because an earlier one covers a part of their words.

    A quote without a mark is lost as a whole: there is nothing that could tell its form or its speaker.
    """
    marks = quote_marks(article, [(str(index), "") for index in range(len(article.quotes))])
    kept = [{(mark.opening, mark.start, mark.end) for mark in disjoint(each)} for each in marks]
    found: list[str] = []
    for i, quote in enumerate(article.quotes):
        lost = [
            f"#/quotes/{i}/fragments/{j}"
            for j, fragment in enumerate(quote.fragments)
            if (str(i), fragment.start, fragment.end) not in kept[fragment.block]
        ]
        found += [f"#/quotes/{i}"] if len(lost) == len(quote.fragments) else lost
    return found


def _content(article: Article) -> Element:
    tags = [
        (f'<q class="{quote.form}" quote-source={attribute(speaker_name(quote))}>', "</q>")
        for quote in article.quotes
    ]
    markup = body_markup(article, quote_marks(article, tags), DIALECT) + "".join(map(_media, article.media))
    return etree.fromstring(f'<body.content xmlns="{NITF}">{markup}</body.content>'.encode())


def _media(media: Media) -> str:
    known = {"source": media.href, "alternate-text": media.alt}
    reference = "".join(f" {name}={attribute(value)}" for name, value in known.items() if value)
    caption = f"<media-caption>{escaped(media.caption)}</media-caption>" if media.caption else ""
    producer = f"<media-producer>{escaped(media.credit)}</media-producer>" if media.credit else ""
    opening = f'<media media-type="{MEDIA[media.kind]}" class="{media.kind}">'
    return f"{opening}<media-reference{reference}/>{caption}{producer}</media>"
