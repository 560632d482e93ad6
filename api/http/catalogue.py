"""The kinds of problem, and what a client does about each: for `/problems/{kind}` and the API description."""

import msgspec

from api.http.problems import TITLES


class Kind(msgspec.Struct, frozen=True):
    """One kind of problem: the last part of its `type`, its status, title, and what to do about it."""

    kind: str
    status: int
    title: str
    advice: str


ADVICE: dict[str, tuple[int, str]] = {
    "malformed-json": (400, "Send one JSON document in UTF-8, without a byte order mark; no member twice."),
    "malformed-xml": (400, "Send one well-formed XML document without DOCTYPE, at most 256 elements deep."),
    "invalid-parameter": (400, "Correct each parameter listed in `errors`. Unknown ones are refused."),
    "invalid-header": (400, "Correct the header listed in `errors`."),
    "invalid-cursor": (400, "Start the list again without `cursor`, or with the filters that it came from."),
    "unauthorized": (401, "Send a valid key as `Authorization: Bearer dl_…`."),
    "forbidden": (403, "Use a key with the scope that `detail` names."),
    "not-found": (404, "Check the address: ids are lower case with dashes, and no address ends in a slash."),
    "method-not-allowed": (405, "Use one of the methods in the `Allow` header."),
    "not-acceptable": (406, "Ask in `Accept` for one of the media types that `detail` names."),
    "request-timeout": (408, "Send the whole body without long pauses, then try again."),
    "conflict": (409, "Read the resource again, and decide on what is stored now."),
    "uri-exists": (409, "Update the article that `existing` names, or post under another `uri`."),
    "duplicate-identifier": (409, "Use or merge the entity that has the identifier."),
    "entity-in-use": (409, "Merge the entity into another one instead of deleting it."),
    "merged": (409, "Write to the entity that `merged_into` names, or undo the merge."),
    "merge-conflict": (409, "Say in `resolve` which value stands at each place in `errors`."),
    "idempotency-in-flight": (409, "Wait for `Retry-After` seconds, then send the same request again."),
    "not-held": (409, "Nothing is held back: there is nothing to release."),
    "killed": (410, "Do not publish the article any more; take down what was published."),
    "cursor-expired": (410, "Read the lists anew, and follow from the cursor that an export gives."),
    "precondition-failed": (412, "Read the resource, apply the change to it, and send its new `ETag`."),
    "content-too-large": (413, "Send a smaller body; `limit` tells how many bytes are accepted."),
    "unsupported-media-type": (
        415,
        "Send one of the content types in the `Accept` or `Accept-Patch` header.",
    ),
    "validation-error": (422, "Correct every place that `errors` points to."),
    "unsupported-content": (422, "Send an item with what `errors` names: Dateline takes articles with text."),
    "verbatim-mismatch": (422, "Quote the article's exact characters; `suggestion` is the nearest place."),
    "ambiguous-fragment": (422, "Give `block`, `start` and `end`: the text occurs more than once."),
    "ambiguous-entity": (
        422,
        "Send the `id` of one of `candidates`, or `?ambiguous=create` for a new entity.",
    ),
    "unknown-entity": (422, "Create the entity first, or leave `unknown=reject` out."),
    "idempotency-mismatch": (422, "Use a new `Idempotency-Key` for a new request."),
    "precondition-required": (428, "Send `If-Match` with the `ETag` of the version that you read."),
    "too-many-requests": (
        429,
        "Wait for `Retry-After` seconds; `RateLimit` tells how many requests are left.",
    ),
    "internal-error": (500, "Report the `request_id`: the cause is logged under it."),
    "unavailable": (503, "Wait for `Retry-After` seconds, then try again; use an `Idempotency-Key` to post."),
}


def find_kind(kind: str) -> Kind | None:
    """Give a kind of problem, None when there is no such kind."""
    if kind not in ADVICE:
        return None
    status, advice = ADVICE[kind]
    return Kind(kind, status, TITLES[kind], advice)


def kinds_of(status: int) -> list[Kind]:
    """List the kinds of problem that have this status."""
    return [
        Kind(kind, each, TITLES[kind], advice) for kind, (each, advice) in ADVICE.items() if each == status
    ]
