"""Exported articles as dispatches for another store, their entities told by identifier."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from api.articles.schemas import ArticleInput
from api.bulk.records import Members
from api.http.decoding import Body
from api.http.problems import Problem

# Under this scheme an entity that comes from another store has the id that it had there. Names alone would
# make one of two people of one name, or a new one with every article.
SCHEME = "dateline"
ADDRESS = b'"/v1/articles/'
_ANY: Body[Any] = Body(Any)
_DISPATCH: Body[ArticleInput] = Body(ArticleInput)
_OF_RESOURCES = frozenset({"id", "type", "version", "href", "created_at", "updated_at"})
_OF_ARTICLES = _OF_RESOURCES | {"corrections"}
_OF_QUOTES = _OF_RESOURCES | {"article", "article_version", "text", "status"}


def is_exported(document: Mapping[str, Any], type: str) -> bool:
    """Tell whether a document is a resource of a type as a store gives it."""
    return document.get("type") == type and isinstance(document.get("href"), str) and "id" in document


def exported_dispatch(raw: bytes | None, losses: Counter[str]) -> ArticleInput | Problem | None:
    """Read a line as an exported article, None when it is none; `losses` as in `dispatch_of`."""
    if raw is None or ADDRESS not in raw:
        return None
    try:
        document = _ANY(raw)
        if not isinstance(document, dict) or not is_exported(cast("Members", document), "article"):
            return None
        return _DISPATCH.convert(dispatch_of(cast("Members", document), losses))
    except Problem as problem:
        return problem
    except (AttributeError, KeyError, TypeError):
        return Problem(422, "validation-error", "This is no article as it is exported.")


def dispatch_of(article: Mapping[str, Any], losses: Counter[str]) -> Members:
    """Give the dispatch that an exported article is, without what each store makes for itself.

    `losses` counts what is lost by that and means something: public corrections, and that a quote's words
    were changed. Of the history only the last version is exported.
    """
    quotes = [_quote(quote, losses) for quote in article.get("quotes") or ()]
    losses.update(["/corrections"] * bool(article.get("corrections")))
    kept = {name: by_identifier(value) for name, value in article.items() if name not in _OF_ARTICLES}
    return kept | {"quotes": quotes}


def _quote(quote: Mapping[str, Any], losses: Counter[str]) -> Members:
    losses.update(["/quotes/*/status"] * (quote.get("status") == "changed"))
    kept = {name: by_identifier(value) for name, value in quote.items() if name not in _OF_QUOTES}
    speaker = {name: value for name, value in kept["speaker"].items() if name != "position"}
    return kept | {"speaker": speaker}


def by_identifier(value: Any) -> Any:
    """Give a value in which every Ref of an entity is its name, with the id that it had as an identifier."""
    if isinstance(value, list):
        return [by_identifier(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("Members", value)
    if is_exported(members, "person") or is_exported(members, "organisation"):
        return {"name": members["name"], "identifiers": [identifier(members["id"])]}
    return {name: by_identifier(inner) for name, inner in members.items()}


def identifier(id: str) -> Members:
    """Give an id of another store as an identifier."""
    return {"scheme": SCHEME, "value": id}
