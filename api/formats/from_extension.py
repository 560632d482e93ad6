"""The extension members of ninjs-dateline as a dispatch: exact blocks, quotes, printed names, links."""

from typing import Any

from api.formats.arrival import Arrival, Document, Node, pruned
from api.formats.concepts import entity
from api.wire import EntityType

# Members of a quote by their names here, where those differ.
SAME = ("form", "cue", "attribution", "addressee", "occasion", "place", "language", "translated")


def extend(arrival: Arrival, node: Node, site: str) -> None:
    """Put what the extension says over what plain ninjs says. Quotes count in `blocks`, not in the HTML."""
    dispatch = arrival.dispatch
    if node.value.get("blocks"):
        dispatch["body"] = node.take("blocks")
        for each in node.items("bodies"):
            each.take()
    if node.value.get("printedDateline"):
        dispatch["dateline"] = node.take("printedDateline")
    if "links" in node.value:
        dispatch["links"] = node.take("links")
    if signals := node.take("signals"):
        arrival.signals, arrival.of_revision = list(signals), ["#/signals"]
    arrival.corrections = list(node.value.get("corrections") or ())
    for each in node.items("objects"):
        if each.value.get("rel") == "quote":
            each.take()
    _mentions(dispatch, node)
    if "quotes" in node.value:
        dispatch["quotes"] = [_quote(quote, site) for quote in node.items("quotes")]


def _mentions(dispatch: Document, node: Node) -> None:
    """Add printed names and roles to the mentions, which stand in the same order."""
    waiting: dict[str, list[Document]] = {
        "person": list(dispatch.get("people", ())),
        "organisation": list(dispatch.get("organisations", ())),
    }
    for each in node.items("mentions"):
        same = waiting[each.value["type"]]
        if same and same[0][each.value["type"]].get("name") == each.value["name"]:
            mention = same.pop(0)
            each.take()
            mention |= pruned({"as_printed": each.value.get("asPrinted"), "role": each.value.get("role")})


def _quote(node: Node, site: str) -> Document:
    quote = pruned({name: node.take(name) for name in SAME})
    node.take("uri")
    node.take("text")
    if node.value.get("status") == "current":
        node.take("status")
    return quote | pruned(
        {
            "fragments": node.take("fragments"),
            "speaker": _speaker(node.child("speaker"), site),
            "chain": [_relay(relay, site) for relay in node.items("chain")],
            "said_on": node.take("saidOn"),
            "asserted_by": node.take("assertedBy"),
        }
    )


def _speaker(node: Node, site: str) -> Document:
    return pruned(
        {
            "kind": node.take("kind"),
            "as_printed": node.take("asPrinted"),
            "person": _named("person", node, site),
            "organisation": _named("organisation", node, site),
            "role": node.take("role"),
            "description": node.take("description"),
        }
    )


def _relay(node: Node, site: str) -> Document:
    return pruned(
        {
            "as_printed": node.take("asPrinted"),
            "organisation": _named("organisation", node, site),
            "person": _named("person", node, site),
            "cue": node.take("cue"),
        }
    )


def _named(type: EntityType, node: Node, site: str) -> Any:
    named = node.child(type)
    return entity(type, named.take("name"), named.take("uri"), site) if named.value else None
