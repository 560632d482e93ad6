"""Types that the filters of several lists share, and what is checked between filters."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.wire import (
    END,
    Code,
    Id,
    LanguageTag,
    MemberError,
    NameValue,
    PartialDate,
    canonical_language,
    check_all,
    first_day,
)

MOST_VALUES = 40  # of one filter, joined by "or"

Words = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description='Words to search for; `"an exact phrase"`, `-not`, `or`. Names are found in any script.',
        examples=['bridge "river accord" -toll'],
    ),
]
Ids = Annotated[
    list[Id],
    Meta(min_length=1, max_length=100, description="Only the resources with these ids, up to 100."),
]
EntityIds = Annotated[list[Id], Meta(min_length=1, max_length=MOST_VALUES)]
Languages = Annotated[
    list[LanguageTag],
    Meta(
        min_length=1,
        max_length=MOST_VALUES,
        description="In one of these languages; `en` includes `en-GB`.",
    ),
]
Names = Annotated[NameValue, Meta(description="A name, whatever its case, accents and script.")]
SchemedCode = Annotated[
    str,
    Meta(
        pattern=rf"^[^\s:]+:\S+{END}",
        max_length=500,
        description="A scheme, a colon and a code of it.",
        examples=["medtop:20000587", "wikidata:Q7747"],
    ),
]
SchemedCodes = Annotated[list[SchemedCode], Meta(min_length=1, max_length=MOST_VALUES)]
Codes = Annotated[list[Code], Meta(min_length=1, max_length=MOST_VALUES)]
Counting = Annotated[
    Literal["exact", "estimated"],
    Meta(description="Count what the filters find: to the last one, or estimated beyond 10,000."),
]


class FilterError(MemberError):
    """What is wrong with one filter, or between two: the parameter's name, a stable code, a sentence.

    `needs` is the parameter that it lacks beside it.
    """

    def __init__(self, member: str, code: str, detail: str, needs: str | None = None) -> None:
        super().__init__(member, detail, code)
        self.needs = needs


def check_languages(languages: list[str] | None) -> None:
    """Refuse a language tag that is none."""
    if languages and not all(canonical_language(tag) for tag in languages):
        raise FilterError("language", "unknown_language", "This is not a BCP 47 language tag.")


def check_interval(name: str, after: datetime | None, before: datetime | None) -> None:
    """Refuse an interval `{name}_after` to `{name}_before` that ends before it starts."""
    if after is not None and before is not None and before < after:
        raise FilterError(f"{name}_before", "ends_before_start", f"This is earlier than {name}_after.")


def check_days(name: str, after: PartialDate | None, before: PartialDate | None) -> None:
    """Refuse days that do not exist, and an interval of days that ends before it starts."""
    check_all(lambda: check_day(f"{name}_after", after), lambda: check_day(f"{name}_before", before))
    if after and before and first_day(before) < first_day(after):
        raise FilterError(f"{name}_before", "ends_before_start", f"This is earlier than {name}_after.")


def check_day(member: str, value: PartialDate | None) -> None:
    """Refuse a day that does not exist."""
    try:
        if value:
            first_day(value)
    except ValueError:
        raise FilterError(member, "no_such_date", "The date does not exist.") from None
