"""Numbers in words as digits: "twice as slow", "a third slower", "forty-one times". Pure."""

import re

from bench_agent.answer.check.wordings import lazy


def with_digits(text: str) -> str:
    """The text with such numbers as digits, each in as many characters as its words have."""
    return _WORDS.sub(_as_digits, text)


_SMALL = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"

_ONES = _SMALL.split()

_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[:9])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))}|an? hundred)"

_SPEED = r"(?:slower|faster|quicker|longer|as (?:slow|long|fast|much)|the (?:time|cost))"

_WORDS = lazy(
    rf"\b(?P<twice>twice|thrice)(?=\s+{_SPEED}\b)|\b(?P<half>half)(?=\s+as (?:fast|quick)\b)"
    r"|(?<!and )\b(?P<part>by half|(?:by )?(?:an?|one) (?:quarter|third|fifth|tenth)|(?:by )?two thirds)"
    r"(?=\s+(?:slower|faster|longer)\b|\s*(?:[.,;]|$))"
    rf"|(?<!in )\b(?!one pass\b)(?P<word>{_WORD})(?=\s+(?:percent|per cent|times\s+{_SPEED})|[- ]?fold\b"
    r"|\s+(?:regressions|pass|passing|passed|slowdowns)\b)",
    re.I,
    needs="twice|thrice|half|quarter|third|fifth|tenth|percent|per cent|times|fold|regressions|pass|slowdowns",
)


def _as_digits(found: re.Match[str]) -> str:
    """A number in words as digits, in as many characters."""
    if found["twice"]:
        return ("2x" if found["twice"].lower() == "twice" else "3x").rjust(len(found[0]))
    if found["half"]:
        return "  2x"
    if found["part"]:
        share = next(
            share
            for word, share in (
                ("half", 50),
                ("quarter", 25),
                ("two thirds", 67),
                ("third", 33),
                ("fifth", 20),
                ("tenth", 10),
            )
            if word in found["part"].lower()
        )
        return f"~ {share} %".rjust(len(found[0]))
    words = re.split(r"[- ]", found["word"].lower())
    value = sum(
        100 if w == "hundred" else 10 * (_TENS.index(w) + 2) if w in _TENS else _ONES.index(w) + 1 if w in _ONES else 0
        for w in words
    )
    return str(value).rjust(len(found[0]))
