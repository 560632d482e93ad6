"""Signals of IPTC's vocabulary: what a version of an item means to those who have the one before."""

from datetime import datetime

from api.articles.schemas import Article

CORRECTION, UPDATE = "sig:correction", "sig:update"
# What IPTC's signals call what a version is.
SIGNALS = ("correction", "update")
CORRECTING = ("correction", "clarification", "retraction")


def signals_of(article: Article) -> list[str]:
    """Give the signals of an article's current version: a correction that is told, else an update."""
    kinds = [each.kind for each in article.corrections if each.version == article.version]
    if any(kind in CORRECTING for kind in kinds):
        return [CORRECTION]
    return [UPDATE] if article.version > 1 else []


def version_created(article: Article) -> datetime:
    """Give when an article's current version was made: the first one when it was published."""
    first = article.published_at if article.version == 1 else None
    return first or article.updated_at


def revision_of(signals: list[str], note: str | None) -> dict[str, object]:
    """Give the revision that an arriving version makes: public when it corrects."""
    if CORRECTION in signals:
        return {"kind": "correction", "note": note, "public": True}
    return {"kind": "update"}
