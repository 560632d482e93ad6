"""From a dispatch as it is given to the article as it is stored and answered: pure, without the database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET

from api.articles.schemas import (
    SUMMARY_MEMBERS,
    Article,
    ArticleInput,
    ArticleSummary,
    Block,
    Correction,
    Media,
    OrganisationMention,
    PersonMention,
    Source,
)
from api.entities.grouping import Printed, Wanted
from api.http.problems import ErrorItem
from api.http.read_only import read_only_errors
from api.quotes import compose as quotes
from api.quotes.schemas import Quote
from api.wire import Ref, canonical_language, href_of

SERVER_OWNED = ("id", "type", "version", "href", "created_at", "updated_at", "corrections")

# What the database's driver cannot read back is never stored.
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)

# What a decoded document says now, or nothing for one that is new.
Current = Mapping[str, Any]


def wanted(given: ArticleInput) -> list[Wanted]:
    """List the entities that a dispatch names, with their pointers and what is printed beside them."""
    on = _day(given)
    people = [
        *((f"#/people/{i}/person", mention.person, mention.role) for i, mention in enumerate(given.people)),
        *(
            (f"#/media/{i}/people/{j}", person, None)
            for i, medium in enumerate(given.media)
            for j, person in enumerate(medium.people)
        ),
    ]
    organisations = [
        ("#/provider", given.provider),
        *((f"#/organisations/{i}/organisation", m.organisation) for i, m in enumerate(given.organisations)),
        *((f"#/sources/{i}/organisation", source.organisation) for i, source in enumerate(given.sources)),
    ]
    of_quotes = (
        w for i, quote in enumerate(given.quotes or ()) for w in quotes.wanted(quote, f"#/quotes/{i}", on)
    )
    return [
        *(
            Wanted(pointer=path, type="person", given=person, printed=Printed(role=role, on=on))
            for path, person, role in people
        ),
        *(Wanted(pointer=path, type="organisation", given=org) for path, org in organisations if org),
        *of_quotes,
    ]


def _day(given: ArticleInput) -> str | None:
    """Give the date of a dispatch as far as it tells: that of its dateline, else of its publication."""
    if given.dateline is not None and given.dateline.date is not None:
        return given.dateline.date.value
    return given.published_at.date().isoformat() if isinstance(given.published_at, datetime) else None


def blocks_of(given: ArticleInput) -> list[Block]:
    """Give the body as blocks: a bare string is a paragraph."""
    return [Block(text=block) if isinstance(block, str) else block for block in given.body]


def errors_of(given: ArticleInput, current: Current, now: datetime) -> list[ErrorItem]:
    """List what is wrong with a dispatch, quotes apart, that its schema cannot tell."""
    errors = read_only_errors(given, current, "#", SERVER_OWNED)
    if current and given.uri not in (UNSET, None, current["uri"]):
        errors.append(ErrorItem(code="read_only", detail="The uri of an article stays.", pointer="#/uri"))
    if not current and given.revision is not UNSET:
        detail = "A new article is no revision of one: leave it out."
        errors.append(ErrorItem(code="not_allowed", detail=detail, pointer="#/revision"))
    if canonical_language(given.language) is None:
        detail = "This is not a BCP 47 language tag."
        errors.append(ErrorItem(code="unknown_language", detail=detail, pointer="#/language"))
    if given.pub_status == "canceled":
        detail = "An article is canceled by POST …/kill with a note."
        errors.append(ErrorItem(code="use_kill", detail=detail, pointer="#/pub_status"))
    return errors + _time_errors(given, current, now)


def _time_errors(given: ArticleInput, current: Current, now: datetime) -> list[ErrorItem]:
    """List what is wrong with the times: `published_at` lies in the past, and a held article has none yet."""
    if given.embargoed_until is not None and given.embargoed_until >= END_OF_TIME:
        detail = "embargoed_until is too far away: withhold the article instead."
        return [ErrorItem(code="out_of_range", detail=detail, pointer="#/embargoed_until")]
    if given.published_at is UNSET or given.published_at is None:
        return []
    if msgspec.to_builtins(given.published_at) == current.get("published_at"):
        return []
    if is_held(given, now):
        detail = "A held article gets its published_at when it is released: leave it out."
        return [ErrorItem(code="held", detail=detail, pointer="#/published_at")]
    if given.published_at > now:
        detail = "published_at is in the future: use embargoed_until."
        return [ErrorItem(code="in_the_future", detail=detail, pointer="#/published_at")]
    return []


def is_held(given: ArticleInput, now: datetime) -> bool:
    """Tell whether an article is kept from the public: withheld, or under an embargo that runs."""
    embargoed = given.embargoed_until is not None and given.embargoed_until > now
    return given.pub_status == "withheld" or embargoed


def compose(
    given: ArticleInput,
    refs: Mapping[str, Ref],
    quotes: Sequence[Quote],
    *,
    id: str,
    uri: str,
    version: int,
    created_at: datetime,
    updated_at: datetime,
    published_at: datetime | None,
    corrections: Sequence[Correction],
) -> Article:
    """Build the article that `given` describes; `refs` has the Ref of each pointer."""
    return Article(
        id=id,
        version=version,
        href=href_of("article", id),
        created_at=created_at,
        updated_at=updated_at,
        uri=uri,
        pub_status=given.pub_status,
        headline=given.headline,
        slugline=given.slugline,
        summary=given.summary,
        language=canonical_language(given.language) or given.language,
        dateline=given.dateline,
        located=given.located,
        byline=given.byline,
        provider=refs.get("#/provider"),
        urgency=given.urgency,
        genre=given.genre,
        keywords=given.keywords,
        subjects=given.subjects,
        published_at=_in_utc(published_at),
        embargoed_until=_in_utc(given.embargoed_until),
        body=blocks_of(given),
        media=[
            Media(
                kind=medium.kind,
                href=medium.href,
                caption=medium.caption,
                credit=medium.credit,
                alt=medium.alt,
                people=[refs[f"#/media/{i}/people/{j}"] for j in range(len(medium.people))],
            )
            for i, medium in enumerate(given.media)
        ],
        people=[
            PersonMention(
                person=refs[f"#/people/{i}/person"],
                as_printed=mention.as_printed,
                role=mention.role,
                rel=mention.rel,
            )
            for i, mention in enumerate(given.people)
        ],
        organisations=[
            OrganisationMention(
                organisation=refs[f"#/organisations/{i}/organisation"],
                as_printed=mention.as_printed,
                rel=mention.rel,
            )
            for i, mention in enumerate(given.organisations)
        ],
        quotes=list(quotes),
        sources=[
            Source(
                organisation=refs.get(f"#/sources/{i}/organisation"),
                as_printed=source.as_printed,
                uri=source.uri,
            )
            for i, source in enumerate(given.sources)
        ],
        links=given.links,
        corrections=list(corrections),
        ed_note=given.ed_note,
        copyright_notice=given.copyright_notice,
        usage_terms=given.usage_terms,
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    """Tell a time as the wire does, whatever the offset that it came with."""
    return None if moment is None else moment.astimezone(UTC)


def document_of(article: Article) -> bytes:
    """Give the wire document as readers see it: without the note for editors."""
    return msgspec.json.encode(msgspec.structs.replace(article, ed_note=None))


def with_ed_note(document: bytes, ed_note: str | None) -> bytes:
    """Give the wire document as editors see it.

    The bytes searched for cannot stand in a text, where JSON escapes the quotation mark.
    """
    if ed_note is None:
        return document
    return document.replace(b'"ed_note":null', b'"ed_note":' + msgspec.json.encode(ed_note), 1)


def summary_of(article: Article) -> bytes:
    """Give the article's summary: its wire document without the long members."""
    return msgspec.json.encode(
        ArticleSummary(**{name: getattr(article, name) for name in SUMMARY_MEMBERS if name != "type"})
    )


def references_of(article: Article) -> list[tuple[Ref, str]]:
    """List the entities that an article refers to, each time with the relation."""
    pairs = [
        (article.provider, "provider"),
        *((person, "media") for medium in article.media for person in medium.people),
        *((mention.person, mention.rel) for mention in article.people),
        *((mention.organisation, mention.rel) for mention in article.organisations),
        *((source.organisation, "source") for source in article.sources),
        *(pair for quote in article.quotes for pair in quotes.entities_of(quote)),
    ]
    return [(ref, rel) for ref, rel in pairs if ref is not None]


def entities_of(article: Article) -> dict[str, set[str]]:
    """List the entities that an article carries, each with its relations to it."""
    found: dict[str, set[str]] = {}
    for ref, rel in references_of(article):
        found.setdefault(ref.id, set()).add(rel)
    return found
