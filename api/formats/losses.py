"""What an article loses in a format: by reading back what was written, or by what the format declares."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from api.articles.schemas import Article
from api.formats.arrival import Arrival, Document
from api.http.pointers import ROOT, below
from api.quotes.schemas import Speaker

Losses = Callable[[Article, str], list[str]]

# Members that every store makes for itself; that a format carries them or not changes nothing.
SERVER_OWNED = frozenset({"id", "type", "version", "href", "created_at", "updated_at"})
OF_QUOTES = SERVER_OWNED | {"article", "article_version", "text"}
# What a quote is when nothing is said.
USUAL = {
    "attribution": "explicit",
    "translated": False,
    "status": "current",
    "asserted_by": {"kind": "editor"},
}


def read_back(render: Callable[[Article, str], bytes], read: Callable[[bytes, str], Arrival]) -> Losses:
    """Give the losses of a format that can also be read: what is not the same after there and back."""

    def losses(article: Article, site: str) -> list[str]:
        arrival = read(render(article, site), site)
        back = arrival.dispatch | {"corrections": arrival.corrections}
        if article.published_at is None:
            back.pop("published_at", None)  # what is held has none; whoever receives it finds the same
        return list(_differences(_known(msgspec.to_builtins(article)), _known(_plain(back)), ROOT))

    return losses


def declared(carried: Sequence[str], *also: Losses) -> Losses:
    """Give the losses of a format that is only written: all but the members that it declares to carry.

    A pattern such as `quotes/*/speaker/role` covers all that is below it. `also` finds losses that depend on
    the article.
    """
    patterns = [re.compile(pattern.replace("*", "[0-9]+") + "(/|$)") for pattern in carried]

    def losses(article: Article, site: str) -> list[str]:
        found = _uncarried(_known(msgspec.to_builtins(article)), "", patterns)[0]
        lost = [f"{ROOT}/{path}" for path in found] + [p for losses in also for p in losses(article, site)]
        told = set(lost)
        return [pointer for pointer in lost if told.isdisjoint(_above(pointer))]

    return losses


def _above(pointer: str) -> list[str]:
    """List the pointers of what a value stands in."""
    steps = pointer.split("/")
    return ["/".join(steps[:length]) for length in range(1, len(steps))]


def speakers(shown: Callable[[Speaker], Sequence[str]]) -> Losses:
    """Give what is lost of the speakers of quotes, for a format that shows some members of each."""

    def losses(article: Article, _site: str) -> list[str]:
        return [
            f"{ROOT}/quotes/{index}/speaker/{name}"
            for index, quote in enumerate(article.quotes)
            for name in ("kind", "as_printed", "person", "organisation", "role", "description")
            if getattr(quote.speaker, name) is not None and name not in shown(quote.speaker)
        ]

    return losses


def nothing(_article: Article, _site: str) -> list[str]:
    """Give the losses of a format that carries everything."""
    return []


def _plain(value: Any) -> Any:
    """Give the values of a dispatch as JSON has them, times in UTC."""
    if isinstance(value, datetime):
        return msgspec.to_builtins(value.astimezone(UTC))
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in cast("Document", value).items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    return value


def _known(value: Any, name: str = "") -> Any:
    """Give a document without what every store makes for itself, entities by their names alone."""
    if isinstance(value, list):
        return [_known(inner, name) for inner in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("Document", value)
    if "name" in members and ("href" in members or name in ENTITIES):
        return {"name": members["name"]}
    owned = OF_QUOTES if name == "quotes" else SERVER_OWNED if name == "" else frozenset[str]()
    kept = {n: _known(inner, n) for n, inner in members.items() if n not in owned and n != "position"}
    if name == "quotes":
        kept = {n: inner for n, inner in kept.items() if _said(inner) != USUAL.get(n)}
    return kept


# Members of a dispatch that hold an inline entity, or several.
ENTITIES = frozenset({"provider", "person", "organisation", "people"})


def _said(value: Any) -> Any:
    """Give an object without its members that say nothing."""
    if isinstance(value, dict):
        return {n: inner for n, inner in cast("Document", value).items() if inner is not None}
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], {})


def _differences(before: Any, after: Any, pointer: str) -> list[str]:
    """List where two documents differ, as high up as nothing below is the same."""
    if before == after or (_is_empty(before) and _is_empty(after)):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        one, other = cast("Document", before), cast("Document", after)
        names = list(dict.fromkeys([*one, *other]))
        found = [_differences(one.get(n), other.get(n), below(pointer, n)) for n in names]
        return [each for pointers in found for each in pointers]
    if isinstance(before, list) and isinstance(after, list):
        items, others = cast("list[Any]", before), cast("list[Any]", after)
        if len(items) == len(others):
            pairs = enumerate(zip(items, others, strict=True))
            return [each for i, (a, b) in pairs for each in _differences(a, b, below(pointer, i))]
    return [pointer]


def _uncarried(value: Any, path: str, patterns: Sequence[re.Pattern[str]]) -> tuple[list[str], bool]:
    """List the paths below one that no pattern covers, and tell whether anything below is carried."""
    if _is_empty(value):
        return [], False
    if any(pattern.match(path) for pattern in patterns):
        return [], True
    children: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        children = [(name, inner) for name, inner in cast("Document", value).items()]
    elif isinstance(value, list):
        children = [(str(index), inner) for index, inner in enumerate(cast("list[Any]", value))]
    found = [_uncarried(inner, f"{path}/{name}".lstrip("/"), patterns) for name, inner in children]
    if path and not any(carried for _, carried in found):
        return [path], False
    return [each for paths, _ in found for each in paths], True
