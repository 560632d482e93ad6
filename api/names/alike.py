"""How alike two words of names are: at a glance, known as one, by learnt costs."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from api.names.edit import likeness
from api.names.forms import different_names, same_name
from api.names.given import chained, equivalent, one_name, plain, stands_for
from api.names.letters import same_cyrillic, same_latin
from api.names.sound import light, skeleton
from api.names.words import PATRONYMIC

_similarity = Levenshtein.normalized_similarity
_UNLIKE = 0.4  # at a glance: no distance is computed
ONE_NAME = 0.995  # likeness of one given name, or one word, as neighbouring languages write it
LISTED = 0.97  # likeness of words that the table of known names has as one
KNOWN = 0.97  # likeness of words that are known to stand for each other
FORM = 0.85  # likeness of forms of one given name
SAME = 0.3  # words less alike than this are different words

_FORMS = 64  # forms of a name in another script that are looked through


class Spoken(NamedTuple):
    """A word in Latin letters with its light spelling and its likeliest consonant skeleton."""

    latin: str
    light: str
    bones: str


@lru_cache(maxsize=65536)
def spoken(latin: str) -> Spoken:
    """Give a word with what a glance looks at."""
    return Spoken(latin, light(latin), skeleton(latin))


def _seen(exact: float, soft: float, bare: float, bones: int) -> float:
    """Weigh how alike two words are as written, in the light spelling and by their consonants.

    `bones`: consonants of the longer skeleton.
    """
    bare *= 0.9 if bones > 2 else 0.6
    return max(exact, 0.9 * soft, (bare + soft + exact) / 3, bare - 0.1)


def glance(latin: str, other: str) -> float:
    """Guess quickly how alike two words in Latin letters are, 0..1, without the learnt costs."""
    if latin == other:
        return 1.0
    a, b = spoken(latin), spoken(other)
    return _seen(
        _similarity(latin, other),
        _similarity(a.light, b.light),
        _similarity(a.bones, b.bones),
        max(len(a.bones), len(b.bones)),
    )


def glances(latin: str, others: Sequence[Spoken]) -> dict[str, float]:
    """Guess the same for many other words at once, in a third of the time."""
    one = spoken(latin)
    exact = [share for _, share in _similar(latin, [word.latin for word in others])]
    soft = dict(_similar(one.light, {word.light for word in others}))
    bare = dict(_similar(one.bones, {word.bones for word in others}))
    bones = len(one.bones)
    return {
        other: _seen(share, soft[light], bare[consonants], max(bones, len(consonants)))
        for share, (other, light, consonants) in zip(exact, others, strict=True)
    }


def _similar(one: str, others: Iterable[str]) -> Iterator[tuple[str, float]]:
    return ((other, share) for other, share, _ in process.extract_iter(one, others, scorer=_similarity))


class Unit(NamedTuple):
    """One word, or two neighbours taken as one: in its own letters, in Latin ones, its key (`Word.key`)."""

    native: str
    latin: str
    key: str = ""


class Pairing(NamedTuple):
    """How two readings are compared: the table of learnt costs, and whether the candidate is its source."""

    system: str | None
    flipped: bool

    def turned(self, one: Unit, other: Unit) -> tuple[Unit, Unit]:
        """Give a word of the query and one of the candidate as source and target of the table."""
        return (other, one) if self.flipped else (one, other)


@lru_cache(maxsize=65536)
def surely(one: Unit, other: Unit, pairing: Pairing) -> float:
    """Give how alike two words are that are the same or known to be one, else 0."""
    if one.latin == other.latin and (pairing.system is None or len(one.latin) > 3):
        return 1.0
    if one_name(one.latin, other.latin) or _same_letters(one, other, pairing.system):
        return ONE_NAME
    source, target = pairing.turned(one, other)
    if pairing.system is not None and stands_for(source.native, target.native, pairing.system):
        return KNOWN
    return LISTED if same_name(one.key, other.key) else 0.0


def _same_letters(one: Unit, other: Unit, system: str | None) -> bool:
    """Tell whether two words of one script differ in their orthography alone."""
    if system == "Cyrl-Cyrl":
        return same_cyrillic(one.native, other.native)
    return system == "Latn" and same_latin(one.latin, other.latin)


@lru_cache(maxsize=65536)
def nearly(one: Unit, other: Unit, pairing: Pairing) -> tuple[float, bool]:
    """Give how alike two words are by their letters, 0 for different ones, and whether as forms of a name."""
    share = _by_letters(one, other, pairing)
    if share >= FORM:
        return share, False
    if equivalent(one.latin, other.latin) or _forms(*pairing.turned(one, other), pairing.system):
        return FORM, True
    # Two patronymics are the same or not, never nearly the same.
    apart = share <= SAME or (PATRONYMIC.fullmatch(one.latin) and PATRONYMIC.fullmatch(other.latin))
    return 0.0 if apart else share, False


def _forms(source: Unit, target: Unit, system: str | None) -> bool:
    """Tell whether a word of another script is known as a name of which a Latin word is a form."""
    return system not in (None, "Latn", "Cyrl-Cyrl") and plain(target.latin) in chained(source.key, _FORMS)


def _by_letters(one: Unit, other: Unit, pairing: Pairing) -> float:
    if glance(one.latin, other.latin) < _UNLIKE:
        return 0.0
    if pairing.system is None:
        return likeness(one.latin, other.latin, "Latn")
    source, target = pairing.turned(one, other)
    return likeness(source.native, target.native, pairing.system)


def listed(one: Unit, other: Unit) -> bool:
    """Tell whether two words that are not written the same are known as one name."""
    return one.native != other.native and same_name(one.key, other.key)


def apart(one: Unit, other: Unit) -> bool:
    """Tell whether two words are known as different names."""
    return (
        one.key != other.key
        and different_names(one.key, other.key)
        # The table of names has some Belarusian and Russian forms of one name as two names.
        and not one_name(one.latin, other.latin)
    )
