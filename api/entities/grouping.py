"""Which inline entities of a document are one: by an identifier, by their names, by a fuller name beside.

What is said of one entity in several places is put together, in whatever order it is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, get_origin

import msgspec
from msgspec import UNSET

from api.entities.candidates import Known
from api.entities.compose import references
from api.entities.known import Stored
from api.entities.schemas import EntityInput, Name
from api.http.reader import Reader
from api.http.validation import bare
from api.names.fold import fold
from api.names.fuller import fuller
from api.names.keys import keys
from api.names.script import script_of
from api.wire import EntityType, Ref, entity_ref, new_id

Key = tuple[str, ...]
UNKNOWN, SAME_NAME = "no entity has this name", "the same name"
# Of more names none are compared across scripts, which takes 0.2 ms a pair of those that sound alike.
MOST_ALONE, MOST_FULLER = 20, 100


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed beside a name: an office, an organisation (its name or id), and on which date."""

    role: str | None = None
    organisation: str | None = None
    on: str | None = None


NOTHING_PRINTED = Printed()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An entity somewhere in a document: where, of which type, how it is given, and inside which entity."""

    pointer: str
    type: EntityType
    given: EntityInput
    within: EntityInput | None = None
    printed: Printed = NOTHING_PRINTED


class Group:
    """Inline entities that are one, and what is decided about them.

    `alike` are stored entities of other names that it may be, with how well they fit, `beside` others of the
    document; `score` is how sure it is that it is the one to which it is linked.

    `fuller` is the group that it means, `is_spelling` tells whether what is said of it is written of that.

    `is_named`: by the document itself, not only inside another entity. `near` are stored entities that it may
    be, `rivals` tells whether several others in the document have its name, `torn` whether its
    identifiers are those of several stored ones.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.type: EntityType = wanted.type
        self.given = wanted.given
        self.pointer = wanted.pointer
        self.is_named = wanted.within is None
        names = [str(self.given.name), *(name.value for name in self.given.names)]
        self.folds: dict[tuple[str, str], None] = dict.fromkeys((self.type, fold(name)) for name in names)
        self.schemes = {i.scheme: i.value for i in self.given.identifiers}
        self.linked: Stored | None = None
        self.fuller: Group | None = None
        self.is_spelling = False
        self.near: list[Stored] = []
        self.alike: list[tuple[Known, float]] = []
        self.beside: list[tuple[Group, float]] = []
        self.score = 1.0
        self.printed = [wanted.printed]
        self.rivals = False
        self.torn = False
        self.reason = UNKNOWN
        self.joined: Group | None = None
        self.parts = [self.given]

    @cached_property
    def id(self) -> str:
        """The id that it has when it is new."""
        return new_id()

    @property
    def root(self) -> "Group":
        """The group that this one has become part of, else itself."""
        group = self
        while group.joined is not None:
            group = group.joined
        return group

    @property
    def name(self) -> str:
        """The name under which it is given first."""
        return str(self.given.name)

    @property
    def names(self) -> list[str]:
        """All its names, that under which it is given first at the head."""
        spelled = [name.value for part in self.parts for name in part.names]
        return list(dict.fromkeys([self.name, *(str(part.name) for part in self.parts), *spelled]))

    @property
    def identifiers(self) -> list[tuple[str, str, str]]:
        """Its identifiers, as (type, scheme, value)."""
        return [(self.type, i.scheme, i.value) for i in self.given.identifiers]

    @property
    def ref(self) -> Ref:
        """The Ref of what it is."""
        if self.fuller is not None:
            return self.fuller.ref
        if self.linked is not None:
            return entity_ref(self.type, self.linked.id, self.linked.name)
        return entity_ref(self.type, self.id, self.name)

    @property
    def is_new(self) -> bool:
        """Whether it becomes an entity of its own."""
        return self.linked is None and self.fuller is None

    def is_visible(self, reader: Reader) -> bool:
        """Tell whether the reader may know of the stored entity that it is, if it is one."""
        target = self.fuller or self
        return target.linked is None or target.linked.public or reader.sees_held

    def forget(self) -> None:
        """Take the entity that it is linked to for none, and its identifiers for free."""
        self.linked, self.reason = None, UNKNOWN
        self.given = msgspec.structs.replace(self.given, identifiers=[])

    @property
    def house_name(self) -> tuple[str, str]:
        """The key of the name under which it is given first."""
        return next(iter(self.folds))

    def differs(self, other: "Group") -> bool:
        """Tell whether two groups have different identifiers of one scheme: then they are not one entity."""
        return any(self.schemes.get(scheme, value) != value for scheme, value in other.schemes.items())

    def join(self, other: "Group") -> None:
        """Take in what is said of the same entity elsewhere."""
        other.joined = self
        self.parts += other.parts
        self.printed += other.printed
        self.folds |= other.folds
        for scheme, value in other.schemes.items():
            self.schemes.setdefault(scheme, value)
        self.is_named = self.is_named or other.is_named

    def fits(self, other: "Group") -> bool:
        """Tell whether what is said of another is not too much to be said of this one too."""
        return all(
            len(getattr(self.given, name)) + len(getattr(other.given, name)) < most
            for name, most in _longest(type(self.given))
        )

    def take_spelling(self, other: "Group") -> None:
        """Let another group mean this one, which is found under the names of both from now on."""
        other.fuller, other.is_spelling = self, True
        names = [Name(value=other.name), *other.given.names]
        self.parts.append(msgspec.structs.replace(other.given, names=names))
        self.printed += other.printed
        self.schemes = other.schemes | self.schemes
        self.put_together()

    def put_together(self) -> None:
        """Make one of all that is said of it, in one pass; the first word on a member stands."""
        if len(self.parts) > 1:
            said = [msgspec.structs.asdict(part) for part in self.parts]
            members = {name: _together([part[name] for part in said]) for name in said[0]}
            self.given = type(self.given)(**members)

    def too_long(self) -> list[str]:
        """List the members that are longer than they may be, once they are put together."""
        return [name for name, most in _longest(type(self.given)) if len(getattr(self.given, name)) > most]


def _together(values: list[Any]) -> Any:
    """Give the first word on a member; of lists, all items, each once."""
    if isinstance(values[0], list):
        # By their encoding equal items are found in time that grows with their number only.
        return list({msgspec.json.encode(item): item for items in values for item in items}.values())
    return next((value for value in values if value is not None and value is not UNSET), values[0])


@cache
def _longest(struct: type[EntityInput]) -> list[tuple[str, int]]:
    """List the members of an entity that are lists, with the most items that they may have."""
    fields = [(field.name, *bare(field.type)) for field in msgspec.structs.fields(struct)]
    lists = [(name, each) for name, kind, meta in fields if get_origin(kind) is list for each in meta]
    return [(name, each.max_length) for name, each in lists if each.max_length is not None]


def with_nested(wanted: Iterable[Wanted]) -> list[Wanted]:
    """List entities and the organisations that they name inside, however deep.

    What stands beside an `id` is ignored, so nothing is looked for there.
    """
    every = list(wanted)
    for each in every:  # grows on the way
        if each.given.id is UNSET:
            every += (
                Wanted(pointer=each.pointer + inner, type="organisation", given=given, within=each.given)
                for inner, given in references(each.given)
            )
    return every


def grouped(wanted: Sequence[Wanted]) -> list[Group]:
    """Put inline entities together that are one, by an identifier or their names; one group for each.

    A name that several entities of the document have, told apart by identifiers, means none of them.
    """
    groups = [Group(each) for each in wanted]
    by_identifier: dict[Key, Group] = {}
    for group in groups:
        for key in group.identifiers:
            _join(by_identifier.setdefault(key, group).root, group.root)
    # The house names first: what is an alias here may be the name of another entity there.
    by_name: dict[Key, list[Group]] = {}
    for group in groups:
        by_name.setdefault(group.house_name, []).append(group)
    for same in by_name.values():
        _join_same(same)
    by_alias: dict[Key, list[Group]] = {}
    for group in _roots(groups):
        for key in list(group.folds)[1:]:
            by_alias.setdefault(key, []).append(group)
    for group in _roots(groups):
        known_as = _roots(by_alias.get(group.house_name, ()))
        if len(known_as) == 1 and not known_as[0].differs(group):
            _join(known_as[0], group)
    for group in _roots(groups):
        group.put_together()
    return groups


def _join(one: Group, other: Group) -> None:
    if one is not other:
        one.join(other)


def _roots(groups: Iterable[Group]) -> list[Group]:
    return list(dict.fromkeys(group.root for group in groups))


def _join_same(same: Sequence[Group]) -> None:
    """Join groups of one name: those with identifiers first, which may tell them apart, then the others."""
    told: list[Group] = []
    for group in _roots(same):
        if group.schemes:
            fitting = next((other for other in told if not other.differs(group)), None)
            if fitting is None:
                told.append(group)
            else:
                fitting.join(group)
    for group in _roots(same):
        if group in told:
            continue
        if len(told) > 1:
            group.rivals = True
        elif told:
            told[0].join(group)
        else:
            told.append(group)


def join_fuller(groups: Sequence[Group], stored: Sequence[Stored]) -> None:
    """Let a name that is part of exactly one fuller name in the document mean that one (`Lavrov`).

    Fuller names come first, so that one in the middle means the fullest. An entity that is given by its id is
    also meant by its whole name.
    """
    people = [group for group in groups if group.type == "person"]
    named: dict[str, list[Stored | Group]] = {}
    for each in [e for e in stored if e.type == "person"] + people:
        named.setdefault(fold(each.name), []).append(each)
    by_word: dict[str, list[str]] = {}
    for name in named:
        for word in set(name.split()):
            by_word.setdefault(word, []).append(name)
    for group in sorted(people, key=lambda each: -len(each.house_name[1].split())):
        words = set(group.house_name[1].split())
        if group.schemes or len(group.folds) > 1:
            continue
        rarest = min((by_word[word] for word in words), key=len)
        found = {_meant(each) for name in rarest for each in named[name] if _says_more(each, name, words)}
        if len(found) == 1:
            _link(group, found.pop())
    _join_across_scripts([group for group in people if group.is_new], named)


def _join_across_scripts(people: Sequence[Group], named: Mapping[str, Sequence[Stored | Group]]) -> None:
    """Let one word mean the one fuller name in another script that has it (`Алейник`: `Siarhiej Alejnik`)."""
    alone = [
        each for each in people if " " not in each.house_name[1] and not each.schemes and len(each.folds) == 1
    ]
    if not 0 < len(alone) <= MOST_ALONE or len(named) > MOST_FULLER:
        return
    full = [each for those in named.values() for each in those if " " in fold(each.name)]
    for group in alone:
        script, sounds = script_of(group.name), {*keys(group.name, "person")}
        others = [
            each
            for each in full
            if script_of(each.name) != script and not sounds.isdisjoint(keys(each.name, "person"))
        ]
        place = fuller(group.name, [each.name for each in others])
        if place is not None:
            _link(group, _meant(others[place]))


def _says_more(named: Stored | Group, name: str, words: set[str]) -> bool:
    whole = set(name.split())
    return words < whole or (words == whole and isinstance(named, Stored))


def _meant(named: Stored | Group) -> Stored | Group:
    """Give what a fuller name means: itself, or one that is fuller still."""
    return named if isinstance(named, Stored) else named.fuller or named.linked or named


def _link(group: Group, target: Stored | Group) -> None:
    group.reason = "a fuller name in the same dispatch"
    if isinstance(target, Group):
        group.fuller = target
    else:
        group.linked = target


def circular(groups: Iterable[Group], group_of: Mapping[int, Group]) -> list[Group]:
    """List the new organisations that would be their own parents, through however many others."""
    checked: set[Group] = set()
    found: list[Group] = []
    for start in groups:
        path: set[Group] = set()
        group: Group | None = start
        while group is not None and group.is_new and group not in checked:
            if group in path:
                found.append(group)
                break
            path.add(group)
            parent = getattr(group.given, "parent", None)
            group = group_of.get(id(parent)) if parent is not None else None
        checked |= path
    return found
