"""Which of a commit's lines an annotation is put at."""

import pytest

from bench_agent.ci.changed_lines import choose_hunk
from bench_agent.results.culprits import Culprit
from bench_agent.results.grown_functions import GrownFunction
from bench_agent.suspects.patches import FilePatch, Hunk

FILES = (
    FilePatch(path="bench.env", hunks=(Hunk(old_start=0, new_start=1, added=("export SIZE=10",)),)),
    FilePatch(path="bench/test_bench.py", hunks=(Hunk(old_start=6, new_start=6, added=("def test_filter2():",)),)),
    FilePatch(
        path="lib/visitor.py",
        hunks=(
            Hunk(old_start=2, new_start=2, added=("import os",)),
            Hunk(old_start=179, new_start=180, added=("            self.visit(node)",)),
        ),
    ),
    FilePatch(path="lib/other.py", hunks=(Hunk(old_start=1, new_start=1, added=("pass",)),)),
)
GROWN = (GrownFunction(name="lib/other.py::f", calls=(1, 2), lines=(1, 2), in_diff=True),)


@pytest.mark.parametrize(
    ("excerpt", "functions", "path", "line"),
    [
        ("+             self.visit(node)", (), "lib/visitor.py", 180),
        ("+ )", (), "lib/visitor.py", 2),
        (None, (), "lib/visitor.py", 2),
        (None, GROWN, "lib/other.py", 1),
    ],
)
def test_it_is_that_of_the_excerpt_and_never_of_what_both_sides_have(
    excerpt: str | None, functions: tuple[GrownFunction, ...], path: str, line: int
) -> None:
    culprit = Culprit(
        sha="a" * 40, subject="x", ratio=1.7, interval=(1.5, 2.0), share=1.0, excerpt=excerpt, functions=functions,
        files=("bench.env", "bench/test_bench.py"),
    )  # fmt: skip
    chosen = choose_hunk(FILES, culprit)
    assert chosen is not None
    assert (chosen[0], chosen[1].new_start) == (path, line)


def test_a_commit_of_one_file_is_shown_whatever_it_is() -> None:
    culprit = Culprit(sha="a" * 40, subject="x", ratio=1.7, interval=(1.5, 2.0), share=1.0)
    assert choose_hunk(FILES[:1], culprit) == ("bench.env", FILES[0].hunks[0])
    assert choose_hunk((), culprit) is None
