"""What a word in Latin letters sounds like, coarsely: consonant skeletons and a light phonetic spelling."""

import re
from functools import lru_cache
from itertools import islice

# Consonant classes: P labials, T dentals, S sibilants, K velars, L liquids, N and M nasals. Vowels, h, j, w,
# v and y are dropped, because systems differ most in them. Several alternatives: the likeliest first.
_GRAPHEMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("shch|szcz|tsch|tch|tsh|dzh|dsch|zsch|cz|sz|sh|zh|ts|tz|dz|dj|zz|ss|s|z", ("S",)),
    ("sch", ("S", "SK")),
    ("ck|k|q", ("K",)),
    ("ch", ("S", "K", "")),
    ("kh|gh", ("", "K")),
    ("c(?=[eiy])", ("S", "K")),
    ("cc|c", ("K", "S")),
    ("ng(?![aeiou])", ("N",)),
    ("g(?=[eiy])", ("", "S", "K")),
    ("g", ("", "K")),
    ("x", ("KS", "S")),
    ("th", ("T", "S")),
    ("dh", ("T", "S")),
    ("v", ("", "P")),
    ("ph|b|p|f", ("P",)),
    ("d|t", ("T",)),
    ("l|r", ("L",)),
    ("m", ("M",)),
    ("n", ("N",)),
    ("j", ("", "S")),
)
_TOKEN = re.compile("|".join(f"(?P<g{n}>{pattern})" for n, (pattern, _) in enumerate(_GRAPHEMES)))
_CODA = re.compile(r"(?:ng|[lrmn])+(?![aeiouywlrmn])")
# A light phonetic spelling, vowels kept: one letter or digraph for each sound that systems spell differently.
_LIGHT = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"shch|szcz|tsch|tch|tsh|cz|ch", "c"),
        (r"dzh|dsch|dj", "c"),
        (r"sch|sh|sz|zh|rz", "s"),
        (r"ph", "f"),
        (r"kh|gh|h|g", ""),
        (r"ck|qu|q|c(?![ieyc])", "k"),
        (r"tz|ts|dz|c(?=[iey])", "s"),
        (r"x", "ks"),
        (r"[wv]", ""),
        (r"(?<=[a-z])e$", ""),
        (r"[iyj]+[eao]|ae|ea|ei|ey", "e"),
        (r"ou|oo|uo", "u"),
        (r"[iyj]+|ee", "i"),
        (r"z", "s"),
        (r"d", "t"),
        (r"[ao]+", "a"),
        (r"[ie]+", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)[sit]$|(?<=..)as$", ""),
    )
)


@lru_cache(maxsize=65536)
def light(latin: str) -> str:
    """Give the light phonetic spelling of a word: `"Alejnik"` and `"Aleinik"` → `"alinik"`."""
    for pattern, letters in _LIGHT:
        latin = pattern.sub(letters, latin)
    return latin or "a"


@lru_cache(maxsize=65536)
def skeletons(latin: str, most: int = 6) -> tuple[str, ...]:
    """Give the consonant skeletons of a word in Latin letters, likeliest first.

    `"sergei"` → `SLK, SLS, SL`.
    """
    found = [("", -1)]
    for match in islice(_TOKEN.finditer(latin), 8):
        options = _GRAPHEMES[int((match.lastgroup or "g0")[1:])][1]
        found = [
            (
                skeleton if start == match.start() and skeleton.endswith(option) else skeleton + option,
                match.end(),
            )
            for option in options
            for skeleton, start in found
        ][:most]
    return tuple(dict.fromkeys(_ended(skeleton) for skeleton, _ in found))


@lru_cache(maxsize=65536)
def skeleton(latin: str) -> str:
    """Give the likeliest consonant skeleton of a word, `skeletons(latin)[0]`, in a tenth of the time."""
    found, end = "", -1
    for match in islice(_TOKEN.finditer(latin), 8):
        option = _GRAPHEMES[(match.lastindex or 1) - 1][1][0]
        if end != match.start() or not found.endswith(option):
            found += option
        end = match.end()
    return _ended(found)


def _ended(skeleton: str) -> str:
    """Drop a last S or T: case endings (-s, -as), French final letters."""
    return (skeleton.rstrip("ST") if len(skeleton) > 1 else "") or skeleton or "A"


@lru_cache(maxsize=65536)
def opened(latin: str, most: int = 6) -> tuple[str, ...]:
    """Give the skeletons without l, r, m, n at the end of a syllable, which Han and Kana leave out."""
    return skeletons(_CODA.sub("", latin), most)
