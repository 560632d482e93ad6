"""Articles as JSON-LD: a schema.org NewsArticle, each quote a Quotation with its speaker.

The context stands in the document itself, so that no processor has to fetch one. It is the part of
schema.org's own that is used here.
"""

from typing import Any, cast

import msgspec

from api.articles.schemas import Article, Media, Source, Subject
from api.formats.addresses import absolute, canonical, concept_uri
from api.quotes.schemas import Quote, Relay, Speaker
from api.wire import Ref

Document = dict[str, Any]

URLS = ("url", "contentUrl", "relatedLink", "isBasedOn", "isPartOf")
CONTEXT: Document = {
    "@vocab": "http://schema.org/",
    **{name: {"@type": "@id"} for name in URLS},
    **{name: {"@type": "DateTime"} for name in ("datePublished", "dateModified", "dateCreated")},
    "hasPart": {"@container": "@list"},
    "articleBody": {"@language": None},
    "identifier": {"@language": None},
}
MEDIA = {
    "picture": "ImageObject",
    "graphic": "ImageObject",
    "video": "VideoObject",
    "audio": "AudioObject",
}
# schema.org has no collective: a group that speaks is an organisation without a name of its own.
SPEAKERS = {
    "person": "Person",
    "unnamed": "Person",
    "collective": "Organization",
    "organisation": "Organization",
    "document": "CreativeWork",
}
CARRIED = (
    "uri",
    "pub_status",
    "headline",
    "slugline",
    "summary",
    "language",
    "dateline/text",
    "located",
    "byline",
    "provider",
    "genre",
    "keywords",
    "subjects",
    "published_at",
    "body/*/text",
    "media",
    "people/*/person",
    "people/*/role",
    "people/*/rel",
    "people/*/as_printed",
    "organisations/*/organisation",
    "organisations/*/rel",
    "organisations/*/as_printed",
    "quotes/*/fragments/*/text",
    "quotes/*/speaker/as_printed",
    "quotes/*/speaker/person",
    "quotes/*/speaker/organisation",
    "quotes/*/speaker/role",
    "quotes/*/speaker/description",
    "quotes/*/chain/*/as_printed",
    "quotes/*/chain/*/organisation",
    "quotes/*/chain/*/person",
    "quotes/*/place",
    "quotes/*/addressee",
    "quotes/*/said_on/value",
    "quotes/*/language",
    "sources",
    "links",
    "corrections/*/note",
    "corrections/*/at",
    "copyright_notice",
    "usage_terms",
)


def render(article: Article, site: str) -> bytes:
    """Render an article as a NewsArticle."""
    address = site + article.href
    about = [*map(_term, article.subjects), *_mentioned(article, "about", site)]
    document: Document = {
        "@context": CONTEXT,
        "@type": "NewsArticle",
        "@id": address,
        "url": address,
        "identifier": article.uri,
        "version": article.version,
        "creativeWorkStatus": article.pub_status,
        "headline": article.headline,
        "alternativeHeadline": article.slugline,
        "abstract": article.summary,
        "inLanguage": article.language,
        "dateline": article.dateline and article.dateline.text,
        "locationCreated": article.located and {"@type": "Place", "name": article.located},
        "creditText": article.byline,
        "publisher": article.provider and _entity(article.provider, site),
        "genre": article.genre,
        "keywords": article.keywords,
        "datePublished": article.published_at,
        "dateCreated": article.created_at,
        "dateModified": article.updated_at,
        "about": about,
        "mentions": _mentioned(article, "mentions", site),
        "articleBody": "\n\n".join(block.text for block in article.body),
        "associatedMedia": [_media(each, site) for each in article.media],
        "hasPart": [_quotation(quote, address, site) for quote in article.quotes],
        "citation": [_source(each, site) for each in article.sources],
        "correction": [
            {"@type": "CorrectionComment", "text": each.note, "datePublished": each.at}
            for each in article.corrections
        ],
        "mainEntityOfPage": _page(article, address),
        "isBasedOn": [link.href for link in article.links if link.rel == "source"],
        "copyrightNotice": article.copyright_notice,
        "usageInfo": article.usage_terms and {"@type": "CreativeWork", "text": article.usage_terms},
    }
    return msgspec.json.encode(_pruned(document))


def _pruned(value: Any) -> Any:
    """Leave out what is not known: JSON-LD has no null."""
    if isinstance(value, dict):
        members = cast("Document", value)
        return {
            k: v if k == "@context" else _pruned(v) for k, v in members.items() if v is not None and v != []
        }
    if isinstance(value, list):
        return [_pruned(item) for item in cast("list[Any]", value)]
    return value


def _entity(ref: Ref, site: str) -> Document:
    kind = "Person" if ref.type == "person" else "Organization"
    return {"@type": kind, "@id": absolute(site, ref), "name": ref.name}


def _term(subject: Subject) -> Document:
    code = {"termCode": subject.code, "inDefinedTermSet": subject.scheme}
    uri = concept_uri(subject)
    return {"@type": "DefinedTerm", "@id": uri if uri and ":" in uri else None, "name": subject.name, **code}


def _mentioned(article: Article, rel: str, site: str) -> list[Document]:
    people = [
        _entity(m.person, site) | {"jobTitle": m.role, "alternateName": m.as_printed}
        for m in article.people
        if m.rel == rel
    ]
    organisations = [
        _entity(m.organisation, site) | {"alternateName": m.as_printed}
        for m in article.organisations
        if m.rel == rel
    ]
    return people + organisations


def _media(media: Media, site: str) -> Document:
    return {
        "@type": MEDIA[media.kind],
        "genre": "graphic" if media.kind == "graphic" else None,
        "contentUrl": media.href,
        "caption": media.caption,
        "creditText": media.credit,
        "description": media.alt,
        "about": [_entity(person, site) for person in media.people],
    }


def _source(source: Source, site: str) -> Document:
    """Give a source: a work of whoever it is, named as it is printed."""
    publisher = source.organisation and _entity(source.organisation, site)
    return {"@type": "CreativeWork", "name": source.as_printed, "url": source.uri, "publisher": publisher}


def _page(article: Article, address: str) -> Document:
    """Give the page that the article is the main thing on, with the pages that it is related to."""
    related = [link.href for link in article.links if link.rel == "related"]
    return {"@type": "WebPage", "@id": canonical(article, address), "relatedLink": related}


def lost_links(article: Article, _site: str) -> list[str]:
    """List what is lost of the links: all titles, and links that schema.org has no relation for."""
    carried = ("canonical", "related", "source")
    firsts = {link.rel: index for index, link in reversed(list(enumerate(article.links)))}
    lost: list[str] = []
    for index, link in enumerate(article.links):
        if link.rel not in carried or (link.rel == "canonical" and firsts["canonical"] != index):
            lost.append(f"#/links/{index}")
        elif link.title is not None:
            lost.append(f"#/links/{index}/title")
    return lost


def _quotation(quote: Quote, article: str, site: str) -> Document:
    """Give a quote. Its citations are the article that carries it, then the relays, outermost first."""
    speaker = _speaker(quote.speaker, site)
    return {
        "@type": "Quotation",
        "@id": site + quote.href,
        "text": quote.text,
        "spokenByCharacter": None if quote.speaker.kind == "document" else speaker,
        "creator": None if quote.speaker.kind == "document" else speaker,
        "isBasedOn": speaker if quote.speaker.kind == "document" else None,
        "citation": [{"@id": article}, *(_relay(relay, site) for relay in quote.chain)],
        "isPartOf": article,
        "inLanguage": quote.language,
        "locationCreated": quote.place and {"@type": "Place", "name": quote.place},
        "audience": quote.addressee and {"@type": "Audience", "name": quote.addressee},
        "temporalCoverage": quote.said_on and quote.said_on.value,
    }


def _speaker(speaker: Speaker, site: str) -> Document:
    """Give the speaker: the known entity, else whoever it is under the words that are printed."""
    ref = speaker.person or speaker.organisation
    known = _entity(ref, site) if ref else {"name": speaker.as_printed or speaker.description}
    affiliation = speaker.organisation if speaker.person else None
    return {
        "@type": SPEAKERS[speaker.kind],
        **known,
        "alternateName": speaker.as_printed,
        "description": speaker.description,
        "jobTitle": speaker.role,
        "affiliation": affiliation and _entity(affiliation, site),
    }


def _relay(relay: Relay, site: str) -> Document:
    """Give a relay: a report of whoever passed the statement on."""
    return {
        "@type": "CreativeWork",
        "name": relay.as_printed,
        "publisher": relay.organisation and _entity(relay.organisation, site),
        "author": relay.person and _entity(relay.person, site),
    }
