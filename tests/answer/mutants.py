"""Texts with one thing changed: a figure by 3 to 40 %, two figures swapped. What counts as a figure is said here, not by the checker."""

import random
import re
from collections.abc import Iterator

# A number with a unit, or with one of the nouns that the findings count; nothing in code, dates, versions, headings of lists.
_UNIT = r"(?P<unit>ns|µs|ms|s|min|h|%|x|B|kB|MB|GB)(?![\w/])"
_NOUN = r"(?P<noun>benchmarks?|pairs?|regressions?|suspected|undecided|passing|slower|runs?)\b"
_FIGURE = re.compile(rf"(?<![\w.,#/-])(?P<sign>[+-]?)(?P<number>\d[\d,]*(?:\.\d+)?)(?: ?{_UNIT}| {_NOUN})")
_CODE = re.compile(r"`[^`\n]*`")


def figures(text: str) -> list[re.Match[str]]:
    """The figures of a rendered answer, outside of code."""
    plain, fenced = [], False
    for line in text.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        hidden = fenced or line.startswith(("```", "Executed:"))
        plain.append(" " * len(line) if hidden else _CODE.sub(lambda code: "x" * len(code[0]), line))
    return list(_FIGURE.finditer("".join(plain)))


def changed(text: str, rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """(what was changed, the text) with one figure changed by 3 to 40 %; a count by at least one."""
    found = figures(text)
    for match in rng.choices(found, k=count) if found else []:
        number = match["number"]
        digits = len(number.partition(".")[2])
        value = float(number.replace(",", ""))
        for _ in range(20):
            factor = 1 + rng.choice((-1, 1)) * rng.uniform(0.03, 0.40)
            other = f"{value * factor:.{digits}f}"
            if match["noun"]:
                other = str(max(0, round(value) + rng.choice((-2, -1, 1, 2))))
            if float(other) != value:
                yield f"{match[0]} -> {other}", text[: match.start("number")] + other + text[match.end("number") :]
                break


def swapped(text: str, rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """(what was swapped, the text) with two figures of one unit, which are not the same, in each other's place."""
    found = [match for match in figures(text) if match["unit"]]
    pairs = [(a, b) for i, a in enumerate(found) for b in found[i + 1 :] if a["unit"] == b["unit"]]
    pairs = [(a, b) for a, b in pairs if a["number"] != b["number"]]
    for a, b in rng.choices(pairs, k=count) if pairs else []:
        one, other = a["sign"] + a["number"], b["sign"] + b["number"]
        middle = text[a.end("number") : b.start("sign")]
        yield f"{a[0]} <-> {b[0]}", text[: a.start("sign")] + other + middle + one + text[b.end("number") :]
