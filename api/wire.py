"""The wire's shared vocabulary: bases of the schemas, Ref, and the scalar types."""

import secrets
import time
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

import langcodes
import msgspec
from msgspec import UNSET, Meta, UnsetType

ResourceType = Literal["article", "person", "organisation", "quote"]
EntityType = Literal["person", "organisation"]

PLURALS: dict[ResourceType, str] = {
    "article": "articles",
    "person": "people",
    "organisation": "organisations",
    "quote": "quotes",
}

# Python's `$` would also match before a line end that comes last; JSON Schema's does not.
END = r"$(?!\n)"
Id = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        max_length=36,
        description="UUIDv7, lower case with dashes.",
        examples=["01890a5d-ac96-774b-bcce-b302099a8057"],
    ),
]
# Lengths are code points. What an index holds stays under PostgreSQL's limit of 2,704 bytes for an index row.
Line = Annotated[str, Meta(min_length=1, max_length=2_000)]
Prose = Annotated[str, Meta(min_length=1, max_length=20_000)]
NameValue = Annotated[
    str, Meta(min_length=1, max_length=500, pattern=r"\S", description="A name as it is spelled.")
]
Uri = Annotated[str, Meta(min_length=1, max_length=500, pattern=rf"^[^\s]+{END}")]
Href = Annotated[
    str, Meta(min_length=1, max_length=2_000, pattern=rf"^(https?://|/|urn:|tag:|mailto:)[^\s]+{END}")
]
Code = Annotated[str, Meta(min_length=1, max_length=250, pattern=rf"^\S+{END}")]
LanguageTag = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="BCP 47 language tag.", examples=["en", "be-Latn"]),
]
ScriptCode = Annotated[
    str, Meta(pattern="^[A-Z][a-z]{3}$", max_length=4, description="ISO 15924 code.", examples=["Cyrl"])
]
PartialDate = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?" + END,
        max_length=10,
        description="YYYY, YYYY-MM or YYYY-MM-DD.",
        examples=["2023-12-15"],
    ),
]
CountryCode = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{2}" + END,
        description="ISO 3166-1 alpha-2 code.",
        examples=["BY"],
        # Not checked apart: that "Belarus" is no code is more to the point than that it is too long for one.
        extra_json_schema={"maxLength": 2},
    ),
]

# ISO 3166-1 alpha-2; XK is user-assigned, but every agency files from Kosovo under it.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - one code a line helps nobody
)


class Out(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is only answered."""


class In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what is accepted, strictly: an unknown member is an error."""


class MemberError(ValueError):
    """What a struct's own check refuses, with the member that it is about and a stable code."""

    def __init__(self, member: str, detail: str, code: str = "invalid") -> None:
        super().__init__(detail)
        self.member = member
        self.code = code


class CheckErrors(ValueError):  # noqa: N818 - they are several
    """What several checks of one struct refuse, in their order."""

    def __init__(self, errors: Sequence[ValueError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


def check_all(*checks: Callable[[], None]) -> None:
    """Run every check of a struct, also after one that refuses: a client is told all errors at once."""
    errors: list[ValueError] = []
    for check in checks:
        try:
            check()
        except ValueError as error:
            errors += each_error(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise CheckErrors(errors)


def each_error(error: BaseException) -> Sequence[Any]:
    """Give the errors of `check_all`, or the error itself."""
    return error.errors if isinstance(error, CheckErrors) else [error]


class Ref(Out, frozen=True, kw_only=True):
    """How one resource names another: articles carry `headline`, quotes `text`, entities `name`."""

    id: Id
    type: ResourceType
    name: str | UnsetType = UNSET
    headline: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    href: str


# What the server owns is accepted on input only when it equals the current value (design §3.1), so any
# value is decoded and the comparison is made against the resource.
ServerOwned = Annotated[
    Any, Meta(description="Owned by the server: accepted when equal to the current value.")
]


class ResolvedDate(In, frozen=True, kw_only=True):
    """A date as far as it is known; `basis` says how it is known."""

    value: PartialDate
    precision: Literal["day", "month", "year"]
    basis: Line | None = None

    def __post_init__(self) -> None:
        """Refuse dates that do not exist and a precision that is not the value's."""
        check_all(lambda: check_day("value", self.value), self._check_precision)

    def _check_precision(self) -> None:
        if {4: "year", 7: "month", 10: "day"}[len(self.value)] != self.precision:
            detail = "precision does not fit the value: YYYY is year, YYYY-MM month, YYYY-MM-DD day"
            raise MemberError("precision", detail)


class Link(In, frozen=True, kw_only=True):
    """A link of a resource to a page elsewhere."""

    rel: Literal["canonical", "related", "replaces", "source"]
    href: Href
    title: Line | None = None


def href_of(type: ResourceType, id: str) -> str:
    """Give the absolute path of a resource."""
    return f"/v1/{PLURALS[type]}/{id}"


def entity_ref(type: EntityType, id: str, name: str) -> Ref:
    """Build the Ref of a person or organisation."""
    return Ref(id=id, type=type, name=name, href=href_of(type, id))


def new_id() -> str:
    """Make a UUIDv7 (RFC 9562): milliseconds since the epoch, their fraction in 12 bits, 62 random bits.

    With the fraction, ids of one process stand in the order in which they were made. Made here and not in
    PostgreSQL, which has `uuidv7()` only from 18 on.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@lru_cache(maxsize=4096)
def canonical_language(tag: str) -> str | None:
    """Give the canonical form of a BCP 47 tag, None when it is none."""
    try:
        if not langcodes.tag_is_valid(tag):
            return None
        return langcodes.standardize_tag(tag)
    except ValueError:
        return None


def first_day(value: str) -> date:
    """Give the first day of a partial date; a day that does not exist is a ValueError."""
    year, month, day = [*value.split("-"), "01", "01"][:3]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError("the date does not exist") from None


def last_day(value: str) -> date:
    """Give the last day of a partial date."""
    day = first_day(value)
    if len(value) == 10:
        return day
    month = 12 if len(value) == 4 else day.month
    return day.replace(month=month, day=monthrange(day.year, month)[1])


def check_period(start: tuple[str, str | None], end: tuple[str, str | None]) -> None:
    """Refuse a period, given as the names and values of two members, that starts after it ends."""
    check_all(lambda: check_day(*start), lambda: check_day(*end))
    if start[1] and end[1] and first_day(start[1]) > last_day(end[1]):
        raise MemberError(end[0], f"{start[0]} is after {end[0]}")


def check_day(member: str, value: str | None) -> None:
    """Refuse a day that does not exist."""
    try:
        if value:
            first_day(value)
    except ValueError as error:
        raise MemberError(member, str(error)) from None


def check_country(code: str | None) -> None:
    """Refuse what is no ISO 3166-1 alpha-2 code in the member `country`."""
    if code is not None and code not in COUNTRIES:
        raise MemberError("country", "this is not an ISO 3166-1 alpha-2 code")
