"""Articles as NewsML-G2 2.35 news items, power conformance."""

from collections.abc import Sequence

from lxml import etree

from api.articles.schemas import Article, Link, Media, Source
from api.formats.addresses import absolute
from api.formats.elements import LANG, Element, add, add_if, document, stamp, xml_text
from api.formats.markup import attribute, body_markup, escaped
from api.formats.signals import signals_of, version_created
from api.wire import Ref

NAR = "http://iptc.org/std/nar/2006-10-01/"
XHTML = "http://www.w3.org/1999/xhtml"
CATALOG = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml"
# The role of a note to editors that tells what a correction corrects.
CORRECTION = "urn:dateline:ednoterole:correction"
# Relations of IPTC's item relation vocabulary; it has none for the canonical address of the item itself.
RELATIONS = {"related": "irel:seeAlso", "replaces": "irel:evolvedFrom", "source": "irel:derivedFrom"}
CANONICAL = "urn:dateline:irel:canonical"
# How sure it is that an item is about a concept: what is only mentioned has half the relevance.
RELEVANCE = {"about": "100", "mentions": "50"}
MEDIA_TAGS = {"picture": "img", "graphic": "img", "video": "video", "audio": "audio"}


def render(article: Article, site: str) -> bytes:
    """Render an article as a news item."""
    item = etree.Element(f"{{{NAR}}}newsItem", nsmap={None: NAR})
    item.attrib.update(
        {
            "guid": xml_text(article.uri),
            "version": str(article.version),
            "standard": "NewsML-G2",
            "standardversion": "2.35",
            "conformance": "power",
        }
    )
    item.set(LANG, article.language)
    add(item, "catalogRef", href=CATALOG)
    _rights(item, article)
    _item_meta(add(item, "itemMeta"), article, site)
    _content_meta(add(item, "contentMeta"), article, site)
    inline = add(add(item, "contentSet"), "inlineXML", contenttype="application/xhtml+xml")
    inline.append(_html(article))
    return document(item)


def _party(parent: Element, tag: str, ref: Ref, site: str, **attributes: str) -> Element:
    party = add(parent, tag, uri=absolute(site, ref), **attributes)
    add(party, "name", str(ref.name))
    return party


def _rights(item: Element, article: Article) -> None:
    if article.copyright_notice is None and article.usage_terms is None:
        return
    rights = add(item, "rightsInfo")
    add_if(rights, "copyrightNotice", article.copyright_notice)
    add_if(rights, "usageTerms", article.usage_terms)


def _item_meta(meta: Element, article: Article, site: str) -> None:
    """Fill the management part, in the schema's order. A provider is required: else it is this site."""
    add(meta, "itemClass", qcode="ninat:text")
    if article.provider:
        _party(meta, "provider", article.provider, site)
    else:
        add(meta, "provider", uri=site)
    add(meta, "versionCreated", stamp(version_created(article)))
    add(meta, "firstCreated", stamp(article.published_at or article.created_at))
    if article.embargoed_until:
        add(meta, "embargoed", stamp(article.embargoed_until))
    add(meta, "pubStatus", qcode=f"stat:{article.pub_status}")
    add_if(meta, "edNote", article.ed_note)
    for note in (each.note for each in article.corrections if each.version == article.version):
        add_if(meta, "edNote", note, roleuri=CORRECTION)
    for signal in signals_of(article):
        add(meta, "signal", qcode=signal)
    for link in article.links:
        _link(meta, link)


def _link(meta: Element, link: Link) -> None:
    known = {"rel": RELATIONS[link.rel]} if link.rel in RELATIONS else {"reluri": CANONICAL}
    add_if(add(meta, "link", href=link.href, **known), "title", link.title)


def _content_meta(meta: Element, article: Article, site: str) -> None:
    """Fill the description of the content, in the schema's order."""
    if article.urgency:
        add(meta, "urgency", str(article.urgency))
    if article.located:
        add(add(meta, "located"), "name", article.located)
    for source in article.sources:
        _source(meta, source, site)
    add(meta, "language", tag=article.language)
    if article.genre:
        add(add(meta, "genre"), "name", article.genre)
    for keyword in article.keywords:
        add(meta, "keyword", keyword)
    _subjects(meta, article, site)
    add_if(meta, "slugline", article.slugline)
    add(meta, "headline", article.headline, rank="1")
    add_if(meta, "dateline", article.dateline and article.dateline.text)
    add_if(meta, "by", article.byline)
    add_if(meta, "creditline", article.provider and str(article.provider.name))
    add_if(meta, "description", article.summary, role="drol:summary")


def _source(meta: Element, source: Source, site: str) -> None:
    """Add a source: its words as printed are the literal. The URI is whose it is, else where it stands."""
    info = add(meta, "infoSource", literal=source.as_printed, role="isrol:contentSource")
    if source.organisation:
        info.set("uri", absolute(site, source.organisation))
        add(info, "name", str(source.organisation.name))
    elif source.uri:
        info.set("uri", xml_text(source.uri))


def _subjects(meta: Element, article: Article, site: str) -> None:
    for subject in article.subjects:
        concept = _concept(subject.scheme, subject.code)
        add_if(add(meta, "subject", type="cpnat:abstract", **concept), "name", subject.name)
    for mention in article.people:
        person = _party(
            meta, "subject", mention.person, site, type="cpnat:person", relevance=RELEVANCE[mention.rel]
        )
        _printed(person, mention.as_printed, article.language)
        add_if(person, "note", mention.role)
    for mention in article.organisations:
        organisation = _party(
            meta,
            "subject",
            mention.organisation,
            site,
            type="cpnat:organisation",
            relevance=RELEVANCE[mention.rel],
        )
        _printed(organisation, mention.as_printed, article.language)


def _concept(scheme: str, code: str) -> dict[str, str]:
    """Name a concept: by a QCode where its scheme is an alias, else by a literal that holds both."""
    return {"literal": scheme + code} if ":" in scheme else {"qcode": f"{scheme}:{code}"}


def _printed(concept: Element, as_printed: Sequence[str], language: str) -> None:
    """Add the names that the article prints, in its language; the name of the house stands first."""
    for name in as_printed:
        add(concept, "name", name, role="nrol:alternate").set(LANG, language)


def _html(article: Article) -> Element:
    """Give the content as an XHTML document, with the media as figures."""
    figures = "".join(map(_figure, article.media))
    title = escaped(article.headline.replace("\n", " "))
    text = f"<head><title>{title}</title></head><body>{body_markup(article)}{figures}</body>"
    return etree.fromstring(f'<html xmlns="{XHTML}">{text}</html>'.encode())


def _figure(media: Media) -> str:
    tag = MEDIA_TAGS[media.kind]
    source = f" src={attribute(media.href)}" if media.href else ""
    alternative = f" alt={attribute(media.alt)}" if media.alt else ""
    credit = f'<span class="credit">{escaped(media.credit)}</span>' if media.credit else ""
    caption = escaped(media.caption) if media.caption else ""
    return (
        f'<figure class="{media.kind}"><{tag}{source}{alternative}/>'
        f'<figcaption style="white-space:pre-wrap">{caption}{credit}</figcaption></figure>'
    )
