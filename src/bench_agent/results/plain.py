"""Records as plain JSON values and back, by one rule for all commands: a number that is not finite is null."""

import dataclasses
import json
import math
import types
import typing
from typing import Any


def plain(value: Any, *, digits: int | None = None) -> Any:
    """The value as dicts, lists, text, numbers, True, False and None; records become dicts in the order of their fields.

    digits: significant digits that numbers keep; None: all of them. O(size of the value).
    """
    if isinstance(value, float):
        return number(value, digits=digits)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name), digits=digits) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(inner, digits=digits) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner, digits=digits) for inner in value]
    return value


def number(value: float, *, digits: int | None = None) -> float | int | None:
    """The number as JSON can hold it: None when it is not finite. Rounded to significant digits, a whole one is an int."""
    if not math.isfinite(value):
        return None
    if digits is None:
        return value
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def document(record: Any, *, digits: int | None = None) -> dict[str, Any]:
    """A published record as one JSON object, `schema` first. Raises TypeError when it is no record with a `schema`."""
    values = plain(record, digits=digits)
    if not isinstance(values, dict) or "schema" not in values:
        raise TypeError(f"{type(record).__name__} is not a published record")
    return {"schema": values.pop("schema"), **values}


def to_json(value: Any, *, digits: int | None = None) -> str:
    """The value as one line of JSON, text outside ASCII as it is."""
    return json.dumps(plain(value, digits=digits), ensure_ascii=False, allow_nan=False)


def read_as(kind: Any, value: Any) -> Any:
    """What `plain` made of a value of this annotation, as the value again; fields that the record doesn't have are left out.

    null is None, and of a plain float nan. Raises TypeError, KeyError, AttributeError or ValueError when it does not fit.
    """
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [k for k in typing.get_args(kind) if k is not type(None)]
        return None if value is None else read_as(inner[0], value)
    if origin is tuple:
        args = typing.get_args(kind)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(read_as(args[0], v) for v in value)
        return tuple(read_as(k, v) for k, v in zip(args, value, strict=True))
    if origin is dict:
        return {str(k): read_as(typing.get_args(kind)[1], v) for k, v in value.items()}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        known = {f.name for f in dataclasses.fields(kind)}
        return kind(**{k: read_as(hints[k], v) for k, v in value.items() if k in known})  # type: ignore[operator]
    if kind is float and (value is None or isinstance(value, int)):
        return math.nan if value is None else float(value)
    return value
