"""The modules that a Python script names in its import statements, told by its text: it may not parse on this interpreter."""

import re

_IMPORTS = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t(]+([\w, \t]+)|import[ \t]+([\w., \t]+))", re.MULTILINE
)


def imported_names(text: str) -> set[str]:
    """Dotted names without leading dots; of `from a import b` both `a` and `a.b`, since b may be a module."""
    found: set[str] = set()
    for source, taken, plain in _IMPORTS.findall(text):
        package = source.strip(".")
        found |= {*re.findall(r"[\w.]+", plain), *([package] if package else [])}
        found |= {f"{package}.{name}".strip(".") for name in re.findall(r"\w+", taken)}
    return found
