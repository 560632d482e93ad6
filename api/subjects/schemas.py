"""Wire schemas of subjects: the terms of the vocabularies that articles name theirs from."""

from typing import Annotated

from msgspec import Meta

from api.http.paging import PageParams
from api.lists.filters import SchemedCode
from api.wire import Code, Line, Out

SubjectIds = Annotated[
    list[SchemedCode],
    Meta(min_length=1, max_length=100, description="Only these subjects, as `scheme:code`."),
]


class SubjectParams(PageParams, frozen=True, kw_only=True):
    """The parameters of the list of subjects."""

    id: SubjectIds | None = None
    scheme: Annotated[Code, Meta(description="Of this vocabulary.", examples=["medtop"])] | None = None
    broader: Annotated[SchemedCode, Meta(description="Directly below this subject.")] | None = None
    q: (
        Annotated[
            Line,
            Meta(
                description="With this text in a label, in any language.",
                examples=["politics"],
                pattern=r"\S",
            ),
        ]
        | None
    ) = None


class SubjectTerm(Out, frozen=True, kw_only=True):
    """A term of a vocabulary."""

    id: Annotated[str, Meta(description="`scheme:code`, as the filter `subject` takes it.")]
    scheme: str
    code: str
    name: Annotated[str, Meta(description="The English label, else any.")]
    labels: Annotated[dict[str, str], Meta(description="Labels by language tag.")]
    broader: Annotated[list[str], Meta(description="The subjects directly above, as `scheme:code`.")]
    retired: Annotated[bool, Meta(description="Whether new articles should no longer name it.")]
