"""Words that differ only in how an orthography or a transliteration writes one and the same letter."""

import re
from functools import lru_cache

# "Aleinik" is "Alejnik" and "Aleynik", "Makei" is "Makiej". Before a vowel j and y are more than a letter
# for i ("Maier" and "Mayer" are two families), and w is more than another v ("Wenn", "Venn").
_I = re.compile(r"[jy](?![aeiou])")
_EI = re.compile(r"(?<=[^aeiou])iei")
_REPEATED = re.compile(r"i{2,}")
# Belarusian and Ukrainian letters, and ы, by what a Russian, Belarusian or Ukrainian neighbour has there.
_CYRILLIC = str.maketrans("іыїўэёєґ", "ииивееег")
_SHORTEST = 4  # letters: of shorter words too little would be the same


@lru_cache(maxsize=65536)
def _latin(word: str) -> str:
    return _REPEATED.sub("i", _EI.sub("ei", _I.sub("i", word)))


def same_latin(one: str, other: str) -> bool:
    """Tell whether two words in Latin letters are the same but for j and y for i, `iej` for `ei`."""
    return min(len(one), len(other)) >= _SHORTEST and _latin(one) == _latin(other)


def same_cyrillic(one: str, other: str) -> bool:
    """Tell whether two words in Cyrillic are the same but for letters that only some languages have."""
    return min(len(one), len(other)) >= _SHORTEST and one.translate(_CYRILLIC) == other.translate(_CYRILLIC)
