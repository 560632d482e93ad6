"""All errors of a document at once: msgspec stops at the first one, this walks on (a 422's slow path)."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from api.http.pointers import ROOT, below
from api.http.problems import MAX_ERRORS, ErrorItem
from api.http.reasons import items_of, listed

# Values looked at in one document. A document that has more is answered with the errors found so far.
MOST_VALUES = 20_000

ARRAYS = frozenset({list, tuple, set, frozenset, Sequence})
OBJECTS = frozenset({dict, Mapping})


def errors_of(document: Any, tp: Any) -> list[ErrorItem]:
    """List what is wrong with a plain document as a `tp`, at most `MAX_ERRORS`; empty when nothing is."""
    walk = _Walk()
    walk.visit(document, tp, ROOT)
    return walk.errors[:MAX_ERRORS]


def bare(tp: Any) -> tuple[Any, list[Meta]]:
    """Take a type out of its annotations and aliases, and give the constraints that were around it."""
    meta: list[Meta] = []
    while True:
        if get_origin(tp) is Annotated:
            tp, *around = get_args(tp)
            meta += [each for each in around if isinstance(each, Meta)]
        elif hasattr(tp, "__value__"):
            tp = tp.__value__
        else:
            return tp, meta


def alternatives(tp: Any) -> Iterator[tuple[Any, list[Meta]]]:
    """List the members of a union, each with its constraints; a type that is no union is its only member."""
    kind, meta = bare(tp)
    if get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from alternatives(member)
    else:
        yield kind, meta


def is_struct(kind: Any) -> bool:
    """Tell whether a bare type is a struct, also a generic one with its arguments."""
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, msgspec.Struct)


class _Walk:
    """One walk over a document beside its type. msgspec stays the judge: each part is converted alone."""

    def __init__(self) -> None:
        self.errors: list[ErrorItem] = []
        self.left = MOST_VALUES

    @property
    def done(self) -> bool:
        return self.left <= 0 or len(self.errors) >= MAX_ERRORS

    def visit(self, value: Any, tp: Any, pointer: str) -> None:
        """Convert a value; when it fails, look for the errors inside it, else report the value itself."""
        if self.done:
            return
        self.left -= 1
        try:
            msgspec.convert(value, tp, strict=True)
        except UnicodeError:
            return  # a lone surrogate, which is reported as a control character
        except msgspec.ValidationError as error:
            before = len(self.errors)
            self._descend(value, tp, pointer)
            if len(self.errors) == before and self.left > 0:
                self.errors += items_of(error, tp, pointer)

    def _descend(self, value: Any, tp: Any, pointer: str) -> None:
        kinds = list(alternatives(tp))
        if isinstance(value, dict):
            self._object(cast("dict[str, Any]", value), [kind for kind, _ in kinds], pointer)
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            for kind, meta in kinds:
                if get_origin(kind) in ARRAYS and _fits(items, meta):
                    self._each(enumerate(items), get_args(kind)[0], pointer)
                    return

    def _object(self, value: dict[str, Any], kinds: list[Any], pointer: str) -> None:
        structs = [kind for kind in kinds if is_struct(kind)]
        if structs:
            self._members(value, structs, pointer)
            return
        for kind in kinds:
            if get_origin(kind) in OBJECTS:
                self._each(value.items(), get_args(kind)[1], pointer)

    def _members(self, value: dict[str, Any], structs: list[Any], pointer: str) -> None:
        struct = self._tagged(value, structs, pointer)
        if struct is None:
            return
        config = _config(struct)
        fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
        if config.forbid_unknown_fields:
            known = {*fields, config.tag_field}
            for name in [name for name in value if name not in known][:MAX_ERRORS]:
                self._add(below(pointer, name), "unknown_member", "The member is not known here.")
        valid = {name: given for name, given in value.items() if name == config.tag_field}
        for name, field in fields.items():
            before = len(self.errors)
            if name in value:
                self.visit(value[name], field.type, below(pointer, name))
            elif field.required:
                self._add(below(pointer, name), "missing", "The member is required.")
            if name in value and len(self.errors) == before:
                valid[name] = value[name]
        if len(valid) < len(value) and not self.done:
            self._check(valid, struct, pointer)

    def _check(self, valid: dict[str, Any], struct: Any, pointer: str) -> None:
        """Run a struct's own checks on its valid members, beside which others are wrong.

        Only what they say of one member counts: a check of the whole may miss a member that is wrong.
        """
        try:
            msgspec.convert(valid, struct, strict=True)
        except UnicodeError:
            return
        except msgspec.ValidationError as error:
            self.errors += [item for item in items_of(error, struct, pointer) if item.pointer != pointer]

    def _tagged(self, value: dict[str, Any], structs: list[Any], pointer: str) -> Any:
        """Choose the struct that the object's tag names; None when the tag is missing or not known."""
        field = _config(structs[0]).tag_field
        if field is None:
            return structs[0]
        tags = {_config(struct).tag: struct for struct in structs}
        tag = value.get(field)
        if isinstance(tag, (str, int)) and tag in tags:
            return tags[tag]
        code = "not_in_enum" if field in value else "missing"
        self._add(below(pointer, field), code, f"Must be {listed(tags)}.")
        return None

    def _each(self, children: Any, tp: Any, pointer: str) -> None:
        for token, child in children:
            if self.done:
                return
            self.visit(child, tp, below(pointer, token))

    def _add(self, pointer: str, code: str, detail: str) -> None:
        self.errors.append(ErrorItem(pointer=pointer, code=code, detail=detail))


def _config(struct: Any) -> Any:
    return (get_origin(struct) or struct).__struct_config__


def _fits(items: list[Any], meta: list[Meta]) -> bool:
    """Tell whether an array keeps its length; one that does not is reported as a whole."""
    return all(
        (each.max_length is None or len(items) <= each.max_length)
        and (each.min_length is None or len(items) >= each.min_length)
        for each in meta
    )
