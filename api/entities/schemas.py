"""Wire schemas of the two entities, people and organisations, and of entities given inside a dispatch."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.settings import LIMITS
from api.wire import (
    Code,
    CountryCode,
    EntityType,
    Id,
    In,
    LanguageTag,
    Line,
    Link,
    NameValue,
    Out,
    PartialDate,
    Prose,
    Ref,
    ScriptCode,
    ServerOwned,
    check_all,
    check_country,
    check_period,
)

NameKind = Literal["primary", "alias", "former", "birth", "short", "transliteration"]
OrganisationKind = Literal[
    "government", "agency", "company", "party", "international", "media", "ngo", "other"
]


class Name(In, frozen=True, kw_only=True):
    """One spelling of a name, with its language, script and validity where they are known.

    `script` is detected when it is not given.
    """

    value: NameValue
    language: LanguageTag | None = None
    script: ScriptCode | None = None
    kind: NameKind = "alias"
    from_: PartialDate | None = msgspec.field(default=None, name="from")
    until: PartialDate | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        check_period(("from", self.from_), ("until", self.until))


class Identifier(In, frozen=True, kw_only=True):
    """What another system calls this entity; unique per scheme and value within a type of entity."""

    scheme: Code
    value: Code


Names = Annotated[list[Name], Meta(max_length=LIMITS.names)]
Identifiers = Annotated[list[Identifier], Meta(max_length=100)]
Links = Annotated[list[Link], Meta(max_length=100)]


class EntityMembers(In, frozen=True, kw_only=True):
    """What people and organisations have in common on input, all optional."""

    names: Names = []
    description: Prose | None = None
    country: CountryCode | None = None
    identifiers: Identifiers = []
    links: Links = []
    type: ServerOwned = UNSET
    version: ServerOwned = UNSET
    href: ServerOwned = UNSET
    created_at: ServerOwned = UNSET
    updated_at: ServerOwned = UNSET


class OrganisationMembers(EntityMembers, frozen=True, kw_only=True):
    """What is special to an organisation on input."""

    kind: OrganisationKind | None = None
    parent: "OrganisationInput | None" = None
    founded: PartialDate | None = None
    dissolved: PartialDate | None = None

    def __post_init__(self) -> None:
        """Refuse dates that do not exist, a life that ends before it starts and unknown countries."""
        check_all(
            lambda: check_period(("founded", self.founded), ("dissolved", self.dissolved)),
            lambda: check_country(self.country),
        )


def _check_named(id: str | UnsetType, name: str | UnsetType) -> None:
    if id is UNSET and name is UNSET:
        raise ValueError("give an id or a name")


class OrganisationInput(OrganisationMembers, frozen=True, kw_only=True):
    """An organisation inside another document: a reference by `id`, else one described by its `name`."""

    id: Id | UnsetType = UNSET
    name: NameValue | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Ask for one of the two; beside an `id` the other members are ignored."""
        check_all(lambda: _check_named(self.id, self.name), super().__post_init__)


class Organisation(Out, frozen=True, kw_only=True):
    """An organisation: a government body, an agency, a company, a party."""

    id: Id
    type: Literal["organisation"] = "organisation"
    version: int
    href: str
    created_at: datetime
    updated_at: datetime
    name: str
    names: list[Name]
    description: str | None
    kind: OrganisationKind | None
    parent: Ref | None
    founded: PartialDate | None
    dissolved: PartialDate | None
    country: CountryCode | None
    identifiers: list[Identifier]
    links: list[Link]


class OrganisationCreate(OrganisationMembers, frozen=True, kw_only=True):
    """An organisation as it is posted or put."""

    name: NameValue
    id: ServerOwned = UNSET


class PositionInput(In, frozen=True, kw_only=True):
    """An office held: its title, where, and from when until when."""

    title: Line
    organisation: OrganisationInput | None = None
    from_: PartialDate | None = msgspec.field(default=None, name="from")
    until: PartialDate | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        check_period(("from", self.from_), ("until", self.until))


class Position(Out, frozen=True, kw_only=True):
    """An office held, as it is answered."""

    title: str
    organisation: Ref | None
    from_: PartialDate | None = msgspec.field(name="from")
    until: PartialDate | None


class PersonMembers(EntityMembers, frozen=True, kw_only=True):
    """What is special to a person on input."""

    born: PartialDate | None = None
    died: PartialDate | None = None
    positions: Annotated[list[PositionInput], Meta(max_length=200)] = []

    def __post_init__(self) -> None:
        """Refuse dates that do not exist, a life that ends before it starts and unknown countries."""
        check_all(
            lambda: check_period(("born", self.born), ("died", self.died)),
            lambda: check_country(self.country),
        )


class PersonInput(PersonMembers, frozen=True, kw_only=True):
    """A person inside another document: a reference by `id`, else one described by their `name`."""

    id: Id | UnsetType = UNSET
    name: NameValue | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Ask for one of the two; beside an `id` the other members are ignored."""
        check_all(lambda: _check_named(self.id, self.name), super().__post_init__)


class Person(Out, frozen=True, kw_only=True):
    """A person, under every name that is known for them."""

    id: Id
    type: Literal["person"] = "person"
    version: int
    href: str
    created_at: datetime
    updated_at: datetime
    name: str
    names: list[Name]
    description: str | None
    born: PartialDate | None
    died: PartialDate | None
    country: CountryCode | None
    identifiers: list[Identifier]
    positions: list[Position]
    links: list[Link]


class PersonCreate(PersonMembers, frozen=True, kw_only=True):
    """A person as they are posted or put."""

    name: NameValue
    id: ServerOwned = UNSET


EntityInput = PersonInput | OrganisationInput
EntityCreate = PersonCreate | OrganisationCreate
Entity = Person | Organisation


class Resolution(Out, frozen=True, kw_only=True):
    """What became of one inline entity of a posted dispatch."""

    pointer: str
    outcome: Literal["linked", "created"]
    id: Id
    type: EntityType
    name: str
    score: float
    reason: str
    near: list[dict[str, Any]] | UnsetType = UNSET


Side = Literal["winner", "loser"]
SettledIdentifiers = Annotated[
    dict[Code, Literal["winner", "loser", "both"]],
    Meta(
        max_length=100, description="By scheme, whose identifiers stand.", examples=[{"wikidata": "winner"}]
    ),
]


class Resolve(In, frozen=True, kw_only=True, omit_defaults=True):
    """Which of two values stands, by member; without a word on it the winner's does, if there is one."""

    description: Side | None = None
    country: Side | None = None
    identifiers: SettledIdentifiers = {}


class PersonResolve(Resolve, frozen=True, kw_only=True, omit_defaults=True):
    """Which of two values stands of two people."""

    born: Side | None = None
    died: Side | None = None


class OrganisationResolve(Resolve, frozen=True, kw_only=True, omit_defaults=True):
    """Which of two values stands of two organisations."""

    kind: Side | None = None
    parent: Side | None = None
    founded: Side | None = None
    dissolved: Side | None = None


class PersonMerge(In, frozen=True, kw_only=True):
    """Who is merged into the person of the address, and what stands where the two contradict each other."""

    id: Id
    resolve: PersonResolve = PersonResolve()


class OrganisationMerge(In, frozen=True, kw_only=True):
    """What is merged into the organisation of the address, and what is to stand where the two contradict."""

    id: Id
    resolve: OrganisationResolve = OrganisationResolve()
