"""JSON Schemas (draft 2020-12) made from the records they describe: names, types and requiredness from the fields,
descriptions from the comments beside them and from the first paragraph of the docstrings.

What a record can't say (the longest text, the smallest number) comes in as `Rules`. Used by `scripts/write_schemas.py`, which
writes the files that are shipped; a test holds the files against the records. Needs the source text of the records.
"""

import ast
import dataclasses
import inspect
import io
import re
import textwrap
import tokenize
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},  # nearly all are counts; `Rules.bounds` says which are not
    float: {"type": "number"},
}


def _no_limit(name: str) -> int | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the writer of a document does to the records, and the bounds it keeps.

    bounds: JSON Schema keywords added to a field, by "Record.field" or by the field's name; None takes a keyword away.
    """

    leaves_out_empty: bool = False  # fields that are None, "", (), {} or False by default are not written
    always: frozenset[str] = frozenset()  # names of fields that are written even when empty
    cut: frozenset[str] = frozenset()  # names of fields that are taken out of a document that is too long
    unbounded: frozenset[str] = frozenset()  # names of fields whose numbers may be infinite, and are null then
    max_length: Callable[[str], int | None] = _no_limit  # of a text, in characters, by the field's name
    max_items: Callable[[str], int | None] = _no_limit  # of a list of plain values, by the field's name
    bounds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def schema_of(
    record: type, rules: Rules | None = None, *, also: type | None = None, id: str, title: str, description: str
) -> Schema:
    """The schema of a document that is one such record, each record inside it as an entry of `$defs`.

    record: a dataclass or a TypedDict. also: a TypedDict of keys that the document has besides. Raises TypeError for a type
    that has no form in JSON, OSError without the source of a record.
    """
    maker = _Maker(rules or Rules())
    whole = maker.object_of(record)
    if also is not None:
        more = maker.object_of(also)
        whole["properties"] |= more["properties"]
        whole["required"] += more["required"]
    definitions = {"$defs": dict(sorted(maker.definitions.items()))} if maker.definitions else {}
    return {"$schema": DRAFT, "$id": id, "title": title, "description": description, **whole, **definitions}


def descriptions_of(record: type, *, absent: str = "null") -> dict[str, str]:
    """Field name -> its description: the comments on the lines of the field and right above it, as a sentence.

    absent: what None is called there.
    """
    source = textwrap.dedent(inspect.getsource(record))
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT]
    comments = {token.start[0]: token.string.lstrip("# ") for token in tokens}
    alone = {token.start[0] for token in tokens if token.line.strip() == token.string}
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            first = node.lineno
            while first - 1 in alone:
                first -= 1
            lines = range(first, (node.end_lineno or node.lineno) + 1)
            words = " ".join(comments[line] for line in lines if line in comments)
            if words:
                found[node.target.id] = _sentence(words, absent=absent)
    return found


def _sentence(words: str, *, absent: str) -> str:
    for name, published in (("None", absent), ("True", "true"), ("False", "false")):
        words = re.sub(rf"\b{name}\b", published, words)
    starts_with_code = words.startswith(("`", '"', "ISO")) or words.split("::")[0] == "path"
    first = words[0] if starts_with_code else words[0].upper()
    return first + words[1:] + ("" if words.endswith(".") else ".")


class _Maker:
    """Makes schemas of types and remembers the records among them, which become `$defs`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.definitions: dict[str, Schema] = {}

    def object_of(self, record: type) -> Schema:
        absent = "absent" if self.rules.leaves_out_empty else "null"
        descriptions = descriptions_of(record, absent=absent)
        properties: dict[str, Schema] = {}
        required = []
        for name, kind, is_written in _fields_of(record, self.rules):
            properties[name] = self._property(record, name, kind, is_written)
            if name in descriptions:
                properties[name]["description"] = descriptions[name]
            if is_written:
                required.append(name)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def _property(self, record: type, name: str, kind: Any, is_written: bool) -> Schema:
        if name == "schema" and not typing.is_typeddict(record):
            default = next(f.default for f in dataclasses.fields(record) if f.name == name)
            return {"const": default}
        # What a command adds to a record is not written by the record's writer, and nothing of it is left out.
        may_be_null = is_written or not self.rules.leaves_out_empty or typing.is_typeddict(record)
        schema = self._schema(kind if may_be_null else _without_none(kind), name)
        for key in (name, f"{record.__name__}.{name}"):
            schema = _bounded(schema, self.rules.bounds.get(key, {}))
        return schema

    def _schema(self, kind: Any, name: str) -> Schema:
        """The schema of an annotation. name: the field's, by which its bounds are known."""
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if kind in _SIMPLE:
            return self._simple(kind, name)
        if origin is Literal:
            return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments, name)
        if origin in (tuple, list):
            return self._array(arguments, name)
        if origin is dict:
            return {"type": "object", "additionalProperties": self._schema(arguments[1], name)}
        if dataclasses.is_dataclass(kind) or typing.is_typeddict(kind):
            return self._reference(kind)
        raise TypeError(f"`{name}`: {kind} has no form in JSON")

    def _simple(self, kind: Any, name: str) -> Schema:
        schema = dict(_SIMPLE[kind])
        limit = self.rules.max_length(name) if kind is str else None
        return schema if limit is None else {**schema, "maxLength": limit}

    def _union(self, kinds: tuple[Any, ...], name: str) -> Schema:
        (kind,) = [k for k in kinds if k is not types.NoneType]  # of two types and None there is none in the records
        schema = self._schema(kind, name)
        if types.NoneType not in kinds:
            return schema
        if isinstance(schema.get("type"), str):
            return {**schema, "type": [schema["type"], "null"]}
        return {"anyOf": [schema, {"type": "null"}]}

    def _array(self, kinds: tuple[Any, ...], name: str) -> Schema:
        items = self._schema(kinds[0], name)
        if name in self.rules.unbounded:
            items["type"] = [items["type"], "null"]
        schema = {"type": "array", "items": items}
        if len(kinds) == 1 or kinds[1] is Ellipsis:
            limit = None if "$ref" in items else self.rules.max_items(name)
            return schema if limit is None else {**schema, "maxItems": limit}
        if len(set(kinds)) > 1:
            raise TypeError(f"`{name}`: values of different types are a record's, not a tuple's")
        return {**schema, "minItems": len(kinds), "maxItems": len(kinds)}

    def _reference(self, record: type) -> Schema:
        name = record.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # holds the place: a record may hold others of its kind
            words = (inspect.getdoc(record) or "").split("\n\n")[0].replace("\n", " ")
            about = (
                {} if words.startswith(f"{name}(") else {"description": words}
            )  # a dataclass without one gets a made one
            self.definitions[name] = {**about, **self.object_of(record)}
        return {"$ref": f"#/$defs/{name}"}


def _fields_of(record: type, rules: Rules) -> list[tuple[str, Any, bool]]:
    """(name, annotation, whether it is always written) of each field, in order."""
    hints = typing.get_type_hints(record)
    hints = {name: hints[name] for name in sorted(hints, key=lambda name: name != "schema")}  # as documents have it
    if typing.is_typeddict(record):
        required: frozenset[str] = record.__required_keys__  # type: ignore[attr-defined]  # mypy knows it as a plain type
        return [(name, kind, name in required) for name, kind in hints.items()]
    fields = {f.name: f for f in dataclasses.fields(record)}
    return [(name, kind, _is_always_written(fields[name], rules)) for name, kind in hints.items()]


def _is_always_written(f: "dataclasses.Field[Any]", rules: Rules) -> bool:
    if f.name in rules.cut:
        return False
    if not rules.leaves_out_empty or f.name in rules.always:
        return True
    default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
    return not (default is None or default is False or default in ("", (), {}))


def _without_none(kind: Any) -> Any:
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return kind
    (inner,) = [k for k in typing.get_args(kind) if k is not types.NoneType]
    return inner


def _bounded(schema: Schema, bounds: Mapping[str, Any]) -> Schema:
    return {key: value for key, value in {**schema, **bounds}.items() if value is not None}
