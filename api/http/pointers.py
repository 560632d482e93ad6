"""JSON Pointers (RFC 6901) in the form of a URI fragment, as problems carry them."""

from urllib.parse import quote

ROOT = "#"
# A member's name is the client's: a pointer repeats no more of it than is needed to recognise it.
LONGEST_TOKEN = 100
# What RFC 3986 allows in a fragment beside letters, digits and the unreserved marks.
UNESCAPED = "!$&'()*+,;=:@"


def below(pointer: str, token: str | int) -> str:
    """Give the pointer of a member or an item of what `pointer` names."""
    if isinstance(token, int):
        return f"{pointer}/{token}"
    text = token if len(token) <= LONGEST_TOKEN else token[:LONGEST_TOKEN] + "…"
    text = text.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{quote(text, safe=UNESCAPED, errors='replace')}"
