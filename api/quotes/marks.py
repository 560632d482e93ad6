# ruff: noqa: RUF001, RUF003 - look-alike marks are this module's subject
"""Quote marks: which of those at the edges of a fragment enclose it, and so belong outside."""

import re
import unicodedata

# An opening mark and what may close it. Languages disagree (“a”, „a“, ”a”, «a», »a«), so a mark may do both.
# The straight single mark is left out: it is an apostrophe as often, and no typographic mark.
CLOSED_BY = {
    "“": "”", "”": "”", "„": '“”‟"', "‟": "”", '"': '"', "＂": "＂",
    "«": "»", "»": "«»", "‹": "›", "›": "‹›", "‘": "’", "‚": "‘’", "‛": "’",
    "「": "」", "『": "』", "｢": "｣", "﹁": "﹂", "﹃": "﹄", "〝": "〞〟",
}  # fmt: skip
CLOSING = frozenset("".join(CLOSED_BY.values()))
_MARK = re.compile("[" + "".join(sorted(CLOSING.union(CLOSED_BY))) + "]")
_APOSTROPHES = frozenset("‘’‚‛")  # a lone one may be part of a word (’tis, the workers’, ‘okina)
_THIN_SPACES = "\u00a0\u2009\u200a\u202f"
_STOPS = ".,;:!?…"
_DEPTH = 8  # open quotations that are looked through for the one which a mark closes


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Give `text[start:end]` without the marks that enclose it; the same offsets when there are none.

    Such marks are a pair around the whole fragment, and a mark at its edge without a partner in it. They are
    let be when a further mark stands right outside (a quotation within one), and when a lone one may be an
    apostrophe or a sign for inches, unless its partner stands right outside the other edge.
    """
    fragment = text[start:end]
    first, last = _content(fragment)
    found = [match.start() for match in _MARK.finditer(fragment)] if first <= last else []
    partner = _partners(fragment, found)
    before, after = _outside(text, start, end)
    for at in found:
        if at < first and partner.get(at, -1) > last and not before and not after:
            return _without_spaces(text, start + at + 1, start + partner[at])
    lone = [at for at in found if at not in partner]
    lead = [at for at in lone if at < first and not before and _encloses(fragment, at, after, opening=True)]
    trail = [at for at in lone if at > last and not after and _encloses(fragment, at, before, opening=False)]
    if not lead and not trail:
        return start, end
    return _without_spaces(text, start + lead[-1] + 1 if lead else start, start + trail[0] if trail else end)


def _content(fragment: str) -> tuple[int, int]:
    """Give the first and last character that is neither punctuation nor space."""
    inside = [at for at, sign in enumerate(fragment) if unicodedata.category(sign)[0] not in "PZC"]
    return (inside[0], inside[-1]) if inside else (0, -1)


def _partners(fragment: str, found: list[int]) -> dict[int, int]:
    """Pair the marks within a fragment, in both directions; an apostrophe within a word is none."""
    partner: dict[int, int] = {}
    opened: list[int] = []
    for at in found:
        sign = fragment[at]
        if sign in _APOSTROPHES and fragment[at - 1 : at].isalnum() and fragment[at + 1 : at + 2].isalnum():
            continue
        within = range(max(0, len(opened) - _DEPTH), len(opened))
        closes = [index for index in within if sign in CLOSED_BY[fragment[opened[index]]]]
        if closes:
            opening = opened[closes[-1]]
            del opened[closes[-1] :]
            partner[opening], partner[at] = at, opening
        elif sign in CLOSED_BY:
            opened.append(at)
    return partner


def _outside(text: str, start: int, end: int) -> tuple[str, str]:
    """Give the opening mark right before a fragment and the closing one right after it, empty for none."""
    before = text[max(0, start - 4) : start].rstrip(_THIN_SPACES)[-1:]
    after = text[end : end + 8].lstrip(_THIN_SPACES + _STOPS)[:1]
    return before if before in CLOSED_BY else "", after if after in CLOSING else ""


def _encloses(fragment: str, at: int, outside: str, *, opening: bool) -> bool:
    """Whether a lone mark is surely one that encloses; `outside` stands right beyond the other edge."""
    sign = fragment[at]
    inches = sign == '"' and not opening and fragment[at - 1 : at].isdecimal()
    if sign not in _APOSTROPHES and not inches:
        return True
    first, second = (sign, outside) if opening else (outside, sign)
    return bool(outside) and second in CLOSED_BY.get(first, "")


def _without_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    """Shrink a range by the spaces at its edges."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())
