"""One operation of the API description, and the components that operations share."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import NODEFAULT, UNSET

from api.http.catalogue import Kind, find_kind, kinds_of
from api.http.decoding import may_be_left_out
from api.http.operations import Operation
from api.http.problems import ErrorItem
from api.http.schemas import PREFIX, Schema, merge_patch_of, schemas_of, without_null
from api.wire import Id

PROBLEM_JSON = "application/problem+json"
PATH_PARAMETER = re.compile(r"\{(\w+)\}")

HEADERS: dict[str, Schema] = {
    "ETag": {
        "description": "Entity tag: the version, a dot, and a hash of this representation.",
        "schema": {
            "type": "string",
            "pattern": '^"[1-9][0-9]*\\.[^"]+"$',
            "examples": ['"3.9f86d081884c7d65"'],
        },
    },
    "Location": {"description": "Address of what was created.", "schema": {"type": "string"}},
    "Link": {
        "description": 'Related addresses (RFC 8288), such as `rel="next"`.',
        "schema": {"type": "string"},
    },
    "Allow": {"description": "The methods that are allowed.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit": {
        "description": "What is left of the limit, when one is set: requests, and seconds until it is whole.",
        "schema": {"type": "string", "examples": ['"minute";r=59;t=42']},
    },
    "RateLimit-Policy": {
        "description": "The limit, when one is set: requests in so many seconds.",
        "schema": {"type": "string", "examples": ['"minute";q=60;w=60']},
    },
    "X-Request-Id": {
        "description": "The id under which the request is logged: the one that was sent, or a new one.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,128}$"},
    },
    "Idempotent-Replayed": {
        "description": "Present when this is the answer to an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Dateline-Changes-Cursor": {
        "description": "On a list as lines: where to follow `/v1/changes` from, to miss nothing.",
        "schema": {"type": "string"},
    },
    "Dateline-Position": {
        "description": "Sent back with a read, it shows this write wherever the read is answered.",
        "schema": {"type": "string", "examples": ["0/16B3748"]},
    },
    "Cache-Control": {"description": "Who may keep the answer, and how long.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to send a key.", "schema": {"type": "string"}},
}

REQUEST_HEADERS: dict[str, Schema] = {
    "Dateline-Position": {
        "description": "As the answer to a write gave it: what is answered is no older than that write.",
        "schema": {"type": "string", "pattern": "^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$"},
    },
    "Last-Event-ID": {
        "description": "`id` of the last server-sent event that was received: what follows it is sent.",
        "schema": {"type": "string"},
    },
    "If-Match": {
        "description": "Entity tag of the version that was read, or `*`. Only its version counts.",
        "required": True,
        "schema": {"type": "string", "examples": ['"3.9f86d081884c7d65"']},
    },
    "If-None-Match": {
        "description": "Entity tag of the copy at hand: 304 when it is still right.",
        "schema": {"type": "string", "examples": ['"3.9f86d081884c7d65"']},
    },
    "Idempotency-Key": {
        "description": "A unique key, such as a UUID, that makes a retry safe for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 257, "examples": ["0192f0a4-7c1e"]},
    },
}
RATE_LIMITS = ("RateLimit", "RateLimit-Policy")
# Headers of a problem beyond the request id, by its status.
PROBLEM_HEADERS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    405: ("Allow",),
    412: ("ETag",),
    429: ("Retry-After", *RATE_LIMITS),
    503: ("Retry-After",),
}
OF_A_BODY = (
    "malformed-json",
    "request-timeout",
    "content-too-large",
    "unsupported-media-type",
    "validation-error",
)
OF_A_HEADER: dict[str, tuple[str, ...]] = {
    "If-Match": ("invalid-header", "precondition-failed", "precondition-required"),
    "Idempotency-Key": ("invalid-header", "idempotency-in-flight", "idempotency-mismatch"),
    "Dateline-Position": ("invalid-header",),
}

PROBLEM: Schema = {
    "title": "Problem",
    "description": "A failure (RFC 9457). Some kinds have further members.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Address of the kind's page."},
        "title": {"type": "string", "description": "The same for every occurrence of the kind."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong this time."},
        "instance": {"type": "string", "format": "uri-reference"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "maxItems": 20, "items": {"$ref": "#/components/schemas/ErrorItem"}},
    },
    "required": ["type", "title", "status", "detail", "request_id"],
}
SECURITY_SCHEMES: Schema = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "dl_…",
        "description": "An API key. Its scopes are `read`, `write`, `embargo` and `admin`.",
    }
}


class Builder:
    """Builds operations, and collects the components that they refer to."""

    def __init__(self, *, public_read: bool) -> None:
        self._public_read = public_read
        self._schemas: dict[str, Schema] = {"Problem": PROBLEM}
        self._responses: dict[str, Schema] = {}
        self._schema(ErrorItem)

    def components(self) -> Schema:
        """Give the components of all operations that were built."""
        return {
            "schemas": dict(sorted(self._schemas.items())),
            "responses": dict(sorted(self._responses.items())),
            "headers": HEADERS,
            "parameters": {
                name: {"name": name, "in": "header", **facts} for name, facts in REQUEST_HEADERS.items()
            },
            "securitySchemes": SECURITY_SCHEMES,
        }

    def operation(self, path: str, method: str, facts: Operation) -> Schema:
        """Describe one operation but for its name."""
        described: Schema = {
            "summary": facts.summary,
            "tags": [facts.tag],
            "parameters": [*self._path(path, facts), *self._query(facts), *_headers(method, facts)],
            "responses": self._answers(path, method, facts),
            "security": self._security(facts),
        }
        if facts.body is not None:
            described["requestBody"] = {
                "required": method == "PATCH" or not may_be_left_out(facts.body),
                "content": self._content(self._body(method, facts.body), facts.body_types, facts.examples),
            }
        return described

    def _schema(self, tp: Any) -> Schema:
        """Give a type's schema. Two structs of one name would be one component, so that is refused."""
        (schema,), components = schemas_of([tp])
        for name, component in components.items():
            if self._schemas.setdefault(name, component) != component:
                raise ValueError(f"two schemas are named {name}")
        return schema

    def _body(self, method: str, tp: Any) -> Schema:
        schema = self._schema(tp)
        if method != "PATCH" or "$ref" not in schema:
            return schema
        name = schema["$ref"].removeprefix(PREFIX)
        self._schemas[f"{name}Patch"] = merge_patch_of(self._schemas[name])
        return {"$ref": f"{PREFIX}{name}Patch"}

    def _content(self, schema: Schema, media_types: Iterable[str], examples: Any) -> Schema:
        content: Schema = {"schema": schema}
        if examples:
            # Structs as what they are on the wire: whoever reads the description may know nothing of structs.
            content["examples"] = {
                name: {"value": msgspec.to_builtins(value)} for name, value in examples.items()
            }
        return {each: _foreign(each) or content for each in media_types}

    def _path(self, path: str, facts: Operation) -> list[Schema]:
        return [
            {"name": name, "in": "path", "required": True, "schema": self._schema(facts.path.get(name, Id))}
            for name in PATH_PARAMETER.findall(path)
        ]

    def _query(self, facts: Operation) -> list[Schema]:
        return [self._parameter(field) for field in msgspec.structs.fields(facts.params)]

    def _parameter(self, field: msgspec.structs.FieldInfo) -> Schema:
        schema = without_null(self._schema(field.type))
        described: Schema = {"name": field.encode_name, "in": "query", "required": field.required}
        if "description" in schema:
            described["description"] = schema.pop("description")
        if schema.get("type") == "array":
            described |= {"style": "form", "explode": False}
        if field.default not in (NODEFAULT, UNSET, None):
            schema["default"] = msgspec.to_builtins(field.default)
        return {**described, "schema": schema}

    def _answers(self, path: str, method: str, facts: Operation) -> Schema:
        limits = () if facts.open else RATE_LIMITS
        success: Schema = {
            "description": HTTPStatus(facts.status).phrase,
            "headers": _header_refs(
                *facts.headers, *_position(method), *limits, "Cache-Control", "X-Request-Id"
            ),
        }
        if facts.answer is not None:
            success["content"] = self._content(self._schema(facts.answer), facts.produces, facts.answers)
            for media_type, tp in facts.forms.items():
                success["content"][media_type] = {"schema": self._schema(tp)}
        answers: Schema = {str(facts.status): success}
        if method == "GET" and "ETag" in facts.headers:
            headers = _header_refs("ETag", *limits, "Cache-Control", "X-Request-Id")
            answers["304"] = {
                "description": "The copy that If-None-Match names is still right.",
                "headers": headers,
            }
        by_status: dict[int, list[Kind]] = {}
        for kind in _kinds(path, method, facts):
            by_status.setdefault(kind.status, []).append(kind)
        for status, kinds in sorted(by_status.items()):
            answers[str(status)] = self._problem(status, kinds)
        return answers

    def _problem(self, status: int, kinds: list[Kind]) -> Schema:
        name = "Or".join(kind.kind.title().replace("-", "") for kind in kinds)
        self._responses[name] = {
            "description": "\n\n".join(f"`{kind.kind}`: {kind.title}. {kind.advice}" for kind in kinds),
            "headers": _header_refs(*PROBLEM_HEADERS.get(status, ()), "Cache-Control", "X-Request-Id"),
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        return {"$ref": f"#/components/responses/{name}"}

    def _security(self, facts: Operation) -> list[Schema]:
        if facts.open:
            return []
        if facts.scopes:
            return [{"key": list(facts.scopes)}]
        return [{}, {"key": ["read"]}] if self._public_read else [{"key": ["read"]}]


def _foreign(media_type: str) -> Schema | None:
    """Give the content of a media type that is not our own document: another standard's, or text."""
    if media_type.startswith("text/") or media_type.endswith("xml") or media_type == "application/vnd.nitf":
        return {"schema": {"type": "string"}}
    other = media_type.endswith("+json") and not media_type.endswith(("merge-patch+json", "openapi+json"))
    return {"schema": {"type": "object"}} if other else None


def _headers(method: str, facts: Operation) -> list[Schema]:
    names = dict.fromkeys((*facts.request_headers, *_seen(method, facts)))
    if method == "GET" and "ETag" in facts.headers:
        names["If-None-Match"] = None
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _seen(method: str, facts: Operation) -> tuple[str, ...]:
    """Give the header of a read that says what its client has seen."""
    return ("Dateline-Position",) if method == "GET" and not facts.open else ()


def _position(method: str) -> tuple[str, ...]:
    """Give the header that answers to writes carry."""
    return () if method == "GET" else ("Dateline-Position",)


def _header_refs(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _kinds(path: str, method: str, facts: Operation) -> list[Kind]:
    """List the kinds of problem that an operation can answer: its own, and those that follow."""
    names: list[int | str] = [*facts.problems, "not-acceptable", "internal-error"]
    if not facts.open:
        names += [
            "invalid-parameter",
            "unauthorized",
            "too-many-requests",
            "unavailable",
            *(["forbidden"] if facts.scopes else []),
        ]
    if "{" in path:
        names.append("not-found")
    if facts.body is not None:
        names += [*OF_A_BODY]
    for header in (*facts.request_headers, *_seen(method, facts)):
        names += OF_A_HEADER.get(header, ())
    found: dict[str, Kind] = {}
    for name in names:
        for kind in kinds_of(name) if isinstance(name, int) else [find_kind(name)]:
            if kind is None:
                raise LookupError(f"{name} is no kind of problem")
            found[kind.kind] = kind
    return sorted(found.values(), key=lambda kind: (kind.status, kind.kind))
