"""Words and sentences of a body, as re-anchoring compares them: without punctuation, spaces and marks."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from api.quotes.verbatim import Span, nfc

MAX_SENTENCES = 100_000  # a body of more is compared block by block

# Scripts that write without spaces count each sign as a word: CJK, Thai, Lao, Myanmar, Khmer.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PICTURES = "\U0001f000-\U0001faff"
_OTHER = {code: unicodedata.category(chr(code))[0] for code in range(0x10000)}
_BETWEEN = "".join(re.escape(chr(code)) for code, kind in _OTHER.items() if kind in "PZC")
_SYMBOLS = "".join(re.escape(chr(code)) for code, kind in _OTHER.items() if kind == "S") + _PICTURES
_LETTER = f"[^{_BETWEEN}{_SYMBOLS}{_UNSPACED}]"
_WORD = re.compile(rf"{_LETTER}+(?:(?:'|(?<=\d)[.,](?=\d)){_LETTER}+)*|[^{_BETWEEN}]")
_WITHIN = re.compile(_LETTER * 2)
# Possessive, and never from the middle of a run of stops: a regex in linear time.
_STOP = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s+|[。！？]++[」』”’]*+")  # noqa: RUF001


def words(text: str) -> list[str]:
    """Give the words of a text, comparable: in NFC, with one kind of apostrophe, in their own case."""
    return tokens([text], [Span(0, 0, len(text))])[1]


def tokens(blocks: Sequence[str], spans: Iterable[Span]) -> tuple[list[Span], list[str]]:
    """Give the place of each word in these parts of a body, and the words, comparable."""
    places: list[Span] = []
    found: list[str] = []
    for block, start, end in spans:
        text = blocks[block][start:end].replace("’", "'")  # noqa: RUF001
        matches = list(_WORD.finditer(text))
        places.extend(Span(block, start + match.start(), start + match.end()) for match in matches)
        texts = [match.group() for match in matches]
        found.extend(texts if nfc(text) == text else [nfc(word) or word for word in texts])
    return places, found


def within_word(text: str, at: int) -> bool:
    """Whether a place of a text lies between two letters of one word."""
    return at > 0 and _WITHIN.match(text, at - 1) is not None


def sentences(blocks: Sequence[str]) -> list[Span]:
    """Cut a body into sentences, roughly (“Dec. 15” is cut too), without the spaces around them."""
    found: list[Span] = []
    for block, text in enumerate(blocks):
        stops = [0, *(stop.end() for stop in _STOP.finditer(text)), len(text)]
        found.extend(_bare(text, block, start, end) for start, end in pairwise(stops))
        if len(found) > MAX_SENTENCES:
            found = [_bare(text, block, 0, len(text)) for block, text in enumerate(blocks)]
            break
    return [span for span in found if span.start < span.end]


def _bare(text: str, block: int, start: int, end: int) -> Span:
    part = text[start:end].rstrip()
    return Span(block, start + len(part) - len(part.lstrip()), start + len(part))
