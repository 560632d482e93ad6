"""What lists can be asked for beside their filters, and how their pages are described."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.http.operations import LINES, LIST, Operation, operation
from api.http.paging import PageParams
from api.lists.filters import Counting, FilterError
from api.lists.newest import Count, Facet
from api.wire import Out

Counted = Counting | None
Highlighted = Annotated[
    bool, Meta(description="Tell where the words of `q` stand, as offsets into members of each item.")
]
Members = Annotated[
    list[Annotated[str, Meta(max_length=50)]],
    Meta(
        min_length=1,
        max_length=50,
        description="Only these members of each item, and its id.",
        examples=[["version", "href", "updated_at"]],
    ),
]


T = TypeVar("T")


class ListPage(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list, and what was asked about all that it finds."""

    items: list[T]
    next: str | None
    ranked_within: (
        Annotated[int, Meta(description="Items are ranked among so many latest ones.")] | UnsetType
    ) = UNSET
    count: Count | UnsetType = UNSET
    facets: dict[str, Facet] | UnsetType = UNSET


def check_needs_words(member: str, text: str | None, *, given: bool) -> None:
    """Refuse a parameter, if it was given, that has no meaning without `q`."""
    if given and text is None:
        raise FilterError(member, "needs_q", "This needs words to search for, in `q`.", needs="q")


def listed_as(struct: type[msgspec.Struct], more: Sequence[tuple[str, Any]] = ()) -> type[msgspec.Struct]:
    """Give the schema of a list's item: every member may be missing, because `fields` may leave it out."""
    fields = [
        *((field.encode_name, field.type) for field in msgspec.structs.fields(struct)),
        *more,
    ]
    return msgspec.defstruct(
        f"Listed{struct.__name__}",
        [(name, type | UnsetType, UNSET) for name, type in fields],
        bases=(Out,),
        frozen=True,
        kw_only=True,
        module=struct.__module__,
    )


def list_operation(
    summary: str,
    tag: str,
    *,
    params: type[PageParams],
    item: type[msgspec.Struct],
    example: object,
    problems: Sequence[int | str] = (),
) -> dict[str, Any]:
    """Give a handler the facts of a list, as `operation` does: it answers pages, or the whole as lines."""
    return operation(
        Operation(
            summary=summary,
            answers={"page": {"items": [example], "next": None}},
            tag=tag,
            params=params,
            answer=ListPage[item],
            forms={LINES: item},
            headers=LIST,
            problems=(*problems, "invalid-cursor"),
        )
    )
