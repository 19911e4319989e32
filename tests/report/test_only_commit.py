"""The only commit of a range: proved where its edits can make the difference, on a real repository."""

from pathlib import Path

import pytest

from bench_agent.records import Reach
from bench_agent.report.only_commit import is_proved
from bench_agent.results.report import Finding, Suspect
from planted import git
from repositories import opened, project

__all__ = ["project"]

BEFORE = "def work():\n    return sum(range(100))\n\n\ndef idle():\n    return 1\n"
REACH = Reach(functions={"code.py::work": 1}, lines={"code.py::work": 1}, files=("code.py",), complete=True)
EDITS = {
    "comment": BEFORE.replace("    return sum", "    # why\n    return sum"),
    "docstring": BEFORE.replace("work():\n", 'work():\n    """What it does."""\n'),
    "unused": BEFORE.replace("return 1", "return 2"),
    "work": BEFORE.replace("range(100)", "range(200)"),
}


@pytest.mark.parametrize(
    ("edit", "ratio", "proved"),
    [
        ("comment", 1.02, False),
        ("comment", 1.5, False),
        ("docstring", 1.02, False),
        ("unused", 1.02, False),
        ("unused", 1.5, True),  # import or set-up may have done it
        ("work", 1.02, True),
        ("work", 1.5, True),
    ],
)
def test_an_only_commit_is_proved_where_its_edits_can_do_it(
    project: Path, edit: str, ratio: float, proved: bool
) -> None:
    for text in (BEFORE, EDITS[edit]):
        (project / "code.py").write_text(text)
        git(project, "commit", "-q", "-a", "-m", edit)
    sha = git(project, "rev-parse", "HEAD").strip()
    finding = Finding(
        benchmark="b",
        id="b",
        metric="cpu time",
        severity="low",
        ratio=ratio,
        current=ratio,
        baseline=1.0,
        confirmed=True,
    )
    suspect = Suspect(sha=sha, subject=edit)
    assert is_proved(finding, suspect, repository=opened(project), base=REACH, head=REACH) is proved
