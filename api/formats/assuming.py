"""What an item does not say and a dispatch needs: its headline and language, assumed and said so."""

import re

from api.formats.arrival import Arrival, pruned

# IETF's tag for a language that is not known.
UNDETERMINED = "und"
LONGEST_HEADLINE = 120
# Ended by a mark before a space or a closing quotation mark; CJK writing has marks of its own.
SENTENCE = re.compile("(.+?[.!?…\u3002\uff01\uff1f])(?=\\s|$|[”»\"'])", re.DOTALL)


def assume(arrival: Arrival) -> None:
    """Complete a dispatch with text: the headline is the slugline, else the first sentence."""
    dispatch = arrival.dispatch
    if not dispatch.get("body"):
        return
    if not dispatch.get("headline"):
        dispatch["headline"] = dispatch.get("slugline") or first_sentence(dispatch["body"][0]["text"])
        arrival.assumed.append("#/headline")
    if not dispatch.get("language"):
        dispatch["language"] = UNDETERMINED
        arrival.assumed.append("#/language")
    arrival.dispatch = pruned(dispatch)


def first_sentence(text: str) -> str:
    """Give the first sentence on one line, cut at a space where it has more than 120 characters."""
    line = " ".join(text.split())
    found = SENTENCE.match(line)
    sentence = found[1] if found else line
    if len(sentence) <= LONGEST_HEADLINE:
        return sentence
    cut = sentence[: LONGEST_HEADLINE - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"
