"""Articles as ninjs 3.1, IPTC's news in JSON: plain, and with our extension for quotes and signals."""

from typing import Any

import msgspec

from api.articles.schemas import Article, Media, Source, Subject
from api.formats.addresses import ADDRESS, absolute, concept_uri
from api.formats.markup import body_markup
from api.formats.signals import signals_of, version_created
from api.quotes.schemas import Quote, Relay, Speaker
from api.wire import Ref

Document = dict[str, Any]

VERSION = "3.1"
STANDARD = {
    "name": "ninjs",
    "version": VERSION,
    "schema": f"http://www.iptc.org/std/ninjs/ninjs-schema_{VERSION}.json",
}
EXTENDED = {"name": "ninjs-dateline", "version": "1.0", "schema": "urn:dateline:schema:ninjs-dateline:1.0"}


def render(article: Article, site: str) -> bytes:
    """Render an article as plain ninjs: valid under IPTC's schema, quotes only pointed to."""
    return msgspec.json.encode({"standard": STANDARD, **_plain(article, site)})


def render_extended(article: Article, site: str) -> bytes:
    """Render an article as ninjs with the extension members of docs/schemas/ninjs-dateline.json."""
    return msgspec.json.encode(
        {"standard": EXTENDED, **_plain(article, site), **_without_empty(_extension(article, site))}
    )


def _plain(article: Article, site: str) -> Document:
    """Give the members that ninjs has.

    ninjs has no time of publication. What others take for it is the creation of the first version.
    """
    members: Document = {
        "uri": article.uri,
        "type": "text",
        "representationType": "full",
        "version": str(article.version),
        "firstCreated": article.published_at or article.created_at,
        "versionCreated": version_created(article),
        "embargoedUntil": article.embargoed_until,
        "pubStatus": article.pub_status,
        "urgency": article.urgency,
        "copyrightNotice": article.copyright_notice,
        "usageTerms": article.usage_terms,
        "edNote": article.ed_note,
        "language": article.language,
        "headlines": [{"role": "main", "value": article.headline}],
        "slugline": article.slugline,
        "by": article.byline,
        "located": article.located,
        "descriptions": [{"role": "summary", "value": article.summary}] if article.summary else None,
        "bodies": [{"role": "main", "contentType": "text/html", "value": body_markup(article)}],
        "people": [_concept(each.person, site) | {"rel": each.rel} for each in article.people],
        "organisations": [
            _concept(each.organisation, site) | {"rel": each.rel} for each in article.organisations
        ],
        "subjects": [*map(_subject, article.subjects), *({"name": word} for word in article.keywords)],
        "genres": [{"name": article.genre}] if article.genre else None,
        "infoSources": [*_provider(article, site), *(_source(each, site) for each in article.sources)],
        "associations": [_association(article, i, each, site) for i, each in enumerate(article.media)],
        "objects": [{"name": q.text, "rel": "quote", "uri": site + q.href} for q in article.quotes],
    }
    return _without_empty(members)


def _without_empty(members: Document) -> Document:
    return {name: value for name, value in members.items() if value is not None and value != []}


def _concept(ref: Ref, site: str) -> Document:
    return {"name": ref.name, "uri": absolute(site, ref)}


def _subject(subject: Subject) -> Document:
    uri = concept_uri(subject)
    concept = {"uri": uri} if uri and ":" in uri else {"literal": f"{subject.scheme}:{subject.code}"}
    return concept | ({"name": subject.name} if subject.name else {})


def _provider(article: Article, site: str) -> list[Document]:
    return [{"role": "supplier"} | _concept(article.provider, site)] if article.provider else []


def _source(source: Source, site: str) -> Document:
    """Give a source: its words as printed are the literal. The URI is whose it is, else where it stands."""
    page = {"uri": source.uri} if source.uri else {}
    known = _concept(source.organisation, site) if source.organisation else page
    return {"role": "contentSource", "literal": source.as_printed} | known


def _association(article: Article, index: int, media: Media, site: str) -> Document:
    """Give a medium. IPTC's schema asks for a name and a URI, which ours may not have."""
    carried = media.href is not None and ADDRESS.match(media.href)
    texts = (("caption", media.caption), ("creditline", media.credit), ("alt", media.alt))
    return _without_empty(
        {
            "name": f"media-{index}",
            "uri": media.href if carried else f"{site}{article.href}#media-{index}",
            "type": media.kind,
            "descriptions": [{"role": role, "value": text} for role, text in texts if text],
            "renditions": [{"name": "main", "href": media.href}] if media.href else None,
            "people": [_concept(person, site) for person in media.people],
        }
    )


def _extension(article: Article, site: str) -> Document:
    """Give what ninjs has no place for. `blocks` is the text in which fragments count their offsets."""
    dateline = article.dateline
    return {
        "signals": signals_of(article),
        "printedDateline": dateline and _without_empty(msgspec.to_builtins(dateline)),
        "blocks": msgspec.to_builtins(article.body),
        "quotes": [_quote(quote, site) for quote in article.quotes],
        "mentions": [
            *(_mention("person", m.person, m.as_printed, m.role, site) for m in article.people),
            *(
                _mention("organisation", m.organisation, m.as_printed, None, site)
                for m in article.organisations
            ),
        ],
        "links": [_without_empty(msgspec.to_builtins(link)) for link in article.links],
        "corrections": [_without_empty(msgspec.to_builtins(each)) for each in article.corrections],
    }


def _mention(type: str, ref: Ref, as_printed: list[str], role: str | None, site: str) -> Document:
    printed = {"type": type, "asPrinted": as_printed, "role": role}
    return _without_empty(_concept(ref, site) | printed)


def _quote(quote: Quote, site: str) -> Document:
    return _without_empty(
        {
            "uri": site + quote.href,
            "form": quote.form,
            "text": quote.text,
            "fragments": msgspec.to_builtins(quote.fragments),
            "speaker": _speaker(quote.speaker, site),
            "cue": quote.cue,
            "chain": [_relay(relay, site) for relay in quote.chain],
            "attribution": quote.attribution,
            "addressee": quote.addressee,
            "occasion": quote.occasion,
            "place": quote.place,
            "saidOn": quote.said_on and _without_empty(msgspec.to_builtins(quote.said_on)),
            "language": quote.language,
            "translated": quote.translated or None,
            "status": quote.status,
            "assertedBy": _without_empty(msgspec.to_builtins(quote.asserted_by)),
        }
    )


def _speaker(speaker: Speaker, site: str) -> Document:
    return _without_empty(
        {
            "kind": speaker.kind,
            "asPrinted": speaker.as_printed,
            "person": speaker.person and _concept(speaker.person, site),
            "organisation": speaker.organisation and _concept(speaker.organisation, site),
            "role": speaker.role,
            "description": speaker.description,
        }
    )


def _relay(relay: Relay, site: str) -> Document:
    return _without_empty(
        {
            "asPrinted": relay.as_printed,
            "organisation": relay.organisation and _concept(relay.organisation, site),
            "person": relay.person and _concept(relay.person, site),
            "cue": relay.cue,
        }
    )
