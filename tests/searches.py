"""Finished searches as a renderer or a script gets them."""

from bench_agent.results.culprits import Culprit, GrownFunction, Restored, Search, SearchedRange, Skipped
from bench_agent.results.report import Suspect

HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/] `tick`\u202e\n" + "long " * 400


PARSED = GrownFunction(name="sql/parser.py::Parser._parse_table", calls=(3, 123), lines=(60, 2460), in_diff=True)


def proved(
    *, subject: str = "Feat: nested joins", share: float = 0.98, ratio: float = 5.8, grown: GrownFunction = PARSED
) -> Culprit:
    return Culprit(
        sha="abc1234" + "0" * 33,
        subject=subject,
        author_date="2024-05-01T10:00:00+00:00",
        ratio=ratio,
        interval=(ratio * 0.98, ratio * 1.02),
        share=share,
        pairs=8,
        functions=(grown,),
        files=("sql/parser.py",),
        evidence=("Parser._parse_table runs 41x as often, 3 -> 123 times",),
        excerpt="- return table\n+ return self._parse_table()",
        restored=Restored(share=0.97, interval=(0.9, 1.05), pairs=8),
    )


def search(*culprits: Culprit, **changes: object) -> Search:
    values: dict[str, object] = {
        "benchmark": "tests/benchmark/test_parse.py::test_parse_deep",
        "good": "1111111122222222"[:12],
        "bad": "working tree",
        "verdict": "slower",
        "ratio": 5.9,
        "interval": (5.7, 6.1),
        "culprits": culprits,
        "suspects": (Suspect(sha="d" * 40, subject="Tidy", score=0.4, evidence=("changes parse",)),),
        "skipped": (Skipped(sha="e" * 40, reason="ImportError: half done"),),
        "range": SearchedRange(commits=40),
        "method": "counts",
        "measurements": 44,
        "seconds": 12.3,
        "warnings": ("between 11111111 and 22222222 something made it faster (-8 %)",),
    }
    return Search(**{**values, **changes})  # type: ignore[arg-type]
