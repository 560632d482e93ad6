"""The events that tell of a step of an article from one version to the next, and of its quotes."""

from collections.abc import Collection, Sequence

import msgspec

from api.articles.compose import entities_of
from api.articles.queries import Row
from api.articles.schemas import Article, Revision
from api.changes.queries import Event
from api.quotes.compose import entities_of as entities_of_quote
from api.quotes.schemas import Quote
from api.visibility import PUBLIC

_CORRECTING = ("correction", "clarification", "retraction")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an article: what was, what is, and the quotes that it leaves behind withdrawn.

    `withdrawn` also has those that were withdrawn before. `told` are the quotes that were public before.
    """

    row: Row
    before: Article
    after: Article
    visibility: int
    withdrawn: Sequence[Quote] = ()
    told: Collection[str] = ()

    @property
    def was_public(self) -> bool:
        """Whether the article was public until now."""
        return self.row.visibility == PUBLIC

    @property
    def is_public(self) -> bool:
        """Whether the article is public from now on."""
        return self.visibility == PUBLIC

    @property
    def left_out(self) -> list[Quote]:
        """The quotes that this step withdraws."""
        before = {quote.id for quote in self.before.quotes}
        return [quote for quote in self.withdrawn if quote.id in before]


def of_step(step: Step, revision: Revision) -> list[Event]:
    """Give the events of a new version.

    An article has one `article.published`, at its first publication. One that is held again is deleted for
    those who lose it, for others updated; when it comes back it is updated for all.

    A change is also told to those who follow what the article carried until now: else they would not learn
    that it carries it no more. Not when it comes to light: what only drafts carried stays unsaid.
    """
    if step.is_public and not step.row.was_public:
        return publication(step.after)
    changed = "article.corrected" if revision.kind in _CORRECTING else "article.updated"
    shown = step.is_public and not step.was_public
    own = article_event(changed, step.after, public=step.is_public, before=None if shown else step.before)
    if step.is_public and step.was_public:
        return [own, *_quote_events(step)]
    if step.is_public:
        names = ("quote.created", "quote.updated")
        return [own, *(quote_event(names[quote.id in step.told], quote) for quote in step.after.quotes)]
    return [*(_withdrawal(step) if step.was_public else []), own]


def _withdrawal(step: Step) -> list[Event]:
    """Give the events by which readers without scope `embargo` lose an article: for them it is gone."""
    gone = [quote_event("quote.withdrawn", quote) for quote in step.before.quotes]
    carried = msgspec.structs.replace(step.before, version=step.after.version)
    gone.append(article_event("article.deleted", carried, public=True))
    return [msgspec.structs.replace(event, public_only=True) for event in gone]


def killing(row: Row, before: Article, killed: Article, shown: Article | None) -> list[Event]:
    """Give the events of a kill, by what its readers could see; `shown` is the last version that was public.

    Of an article that was withheld again, readers without scope `embargo` knew that version alone.
    """
    if row.visibility == PUBLIC:
        quotes = [quote_event("quote.withdrawn", quote) for quote in before.quotes]
        return [article_event("article.killed", killed, public=True), *quotes]
    own = article_event("article.killed", killed, public=False)
    if shown is None:
        return [own]
    known = article_event(
        "article.killed", msgspec.structs.replace(shown, version=killed.version), public=True
    )
    return [msgspec.structs.replace(known, public_only=True), own]


def publication(article: Article) -> list[Event]:
    """Give the events of an article's first publication."""
    quotes = [quote_event("quote.created", quote) for quote in article.quotes]
    return [article_event("article.published", article, public=True), *quotes]


def _quote_events(step: Step) -> list[Event]:
    """Give the events of the quotes of an article that was and stays public."""
    before = {quote.id: quote for quote in step.before.quotes}
    events: list[Event] = []
    for quote in step.after.quotes:
        old = before.get(quote.id)
        if old is None:
            # One that was withdrawn and is carried again has been told of before.
            events.append(quote_event("quote.updated" if quote.id in step.told else "quote.created", quote))
        elif quote.version != old.version:
            edited = quote.status == "changed" and quote.text != old.text
            events.append(quote_event("quote.changed" if edited else "quote.updated", quote, before=old))
    return events + [quote_event("quote.withdrawn", quote) for quote in step.left_out]


def article_event(type: str, article: Article, *, public: bool, before: Article | None = None) -> Event:
    """Build an event of an article, for followers of what it carries, and of what it carried `before`."""
    provider, former = (each and each.provider and each.provider.id for each in (article, before))
    return Event(
        type=type,
        resource_type="article",
        resource_id=article.id,
        version=article.version,
        public=public,
        article_id=article.id,
        provider_id=provider,
        former_provider_id=former if former != provider else None,
        entity_ids=sorted({*entities_of(article), *(entities_of(before) if before else ())}),
    )


def quote_event(type: str, quote: Quote, *, before: Quote | None = None) -> Event:
    """Build an event of a quote of a public article, for followers also of whom it named `before`."""
    named = [*entities_of_quote(quote), *(entities_of_quote(before) if before else ())]
    return Event(
        type=type,
        resource_type="quote",
        resource_id=quote.id,
        version=quote.version,
        public=True,
        article_id=quote.article.id,
        entity_ids=sorted({ref.id for ref, _ in named if ref is not None}),
    )
