"""Honest sentences with one thing made false: a figure, two figures in each other's place, a benchmark, a commit, a direction."""

import random
import re
from collections.abc import Iterator

from answer.mutants import changed, swapped
from bench_agent.answer.check.records import Facts

KINDS = ("figure", "swap", "name", "commit", "direction")
_OPPOSITES = (("slower", "faster"), ("regressed", "improved"), ("+", "-"))
_SHA = re.compile(r"(?<![\w.])(?=[0-9a-f]*[a-f])(?=[a-f]*\d)[0-9a-f]{7,12}(?!\w)")


def mutated(text: str, facts: Facts, kind: str, rng: random.Random) -> Iterator[str]:
    """False variants of a text. A name is put in the place of one of another verdict, so that what is said of it is not true."""
    if kind == "figure":
        yield from (made for _, made in changed(text, rng, 3))
    elif kind == "swap":
        yield from (made for _, made in swapped(text, rng, 2))
    elif kind == "name":
        yield from _renamed(text, facts, rng)
    elif kind == "commit":
        yield from (text[: m.start()] + "deadbe4f" + text[m.end() :] for m in _SHA.finditer(text))
    else:
        yield from _turned(text)


def _renamed(text: str, facts: Facts, rng: random.Random) -> Iterator[str]:
    for name, subject in facts.subjects.items():
        others = [other for other in facts.subjects.values() if other.mark != subject.mark]
        found = re.search(rf"(?<![\w/]){re.escape(name)}(?![\w(])", text)
        if found and others and not any(other.name in text for other in others):
            yield text[: found.start()] + rng.choice(others).name + text[found.end() :]


def _turned(text: str) -> Iterator[str]:
    for one, other in _OPPOSITES:
        for a, b in ((one, other), (other, one)):
            pattern = rf"\b{a}\b" if a.isalpha() else rf"(?<![\w%]){re.escape(a)}(?=\d)"
            found = re.search(pattern, text)
            if found:
                yield text[: found.start()] + b + text[found.end() :]
