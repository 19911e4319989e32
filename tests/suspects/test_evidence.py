"""Causes met in real projects, each as a small history: the slow commit comes before the edits that look like it."""

from pathlib import Path

import pytest

from bench_agent.suspects.ranking import find_suspects
from bench_agent.system.git import open_repository
from planted import git
from traced import trace_benchmark

BENCH = """
import sys, os
sys.path[:0] = [os.path.join(os.path.dirname(__file__), "src"), os.path.dirname(__file__)]
import pkg.work
def test_work(benchmark): benchmark(pkg.work.run)
"""
NAMES = """
import random
class Base:
    names = ["a", "b"]
    def pick(self):
        return choose(self.names)
def choose(names):
    if isinstance(names, dict):
        total = 0
        for name in names:
            total += names[name]
        return total
    return names[0]
"""
GRAPH = """
class Graph:
    def __init__(self):
        self.edges = {}
    def add(self, edges):
        for edge in edges:
            self.edges[edge] = 1
    def copy(self):
        other = Graph()
        other.add(self.edges)
        return other
"""
WALK = "def walk(graph, root=None):\n    seen = list(graph.edges)\n    return seen\n"
RUN = (
    "from pkg.graph import Graph\nfrom pkg.walk import walk\nG = Graph()\nG.add(range(50))\ndef run(): return walk(G)\n"
)
OLD = "def run():\n    total = 0\n    for n in range(40):\n        total += step(n)\n    return total\ndef step(n):\n    return n\n"

Files = dict[str, str | None]


def edit(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


# name -> files at the good commit, then commits as (subject, files); the slow one is called "slow"
HISTORIES: dict[str, tuple[Files, list[tuple[str, Files]]]] = {
    "a table in a subclass hides the inherited one": (
        {
            "pkg/__init__.py": "__version__ = '1.0'\n",
            "pkg/names.py": NAMES,
            "pkg/en.py": "from pkg.names import Base\nclass En(Base):\n    pass\n",
            "pkg/work.py": "from pkg.en import En\nE = En()\ndef run(): return [E.pick() for _ in range(5)]\n",
        },
        [
            ("version", {"pkg/__init__.py": "__version__ = '1.1'\n"}),
            (
                "slow",
                {
                    "pkg/en.py": "from pkg.names import Base\nclass En(Base):\n    names = {"
                    + ", ".join(f"'n{i}': {i}" for i in range(60))
                    + "}\n"
                },
            ),
            ("tidy", {"pkg/names.py": edit(NAMES, "import random\n", "import random\nimport os\n")}),
            ("version again", {"pkg/__init__.py": "__version__ = '1.2'\n"}),
        ],
    ),
    "a new call of code that was there and is edited by others": (
        {"pkg/__init__.py": "", "pkg/graph.py": GRAPH, "pkg/walk.py": WALK, "pkg/work.py": RUN},
        [
            ("edit add", {"pkg/graph.py": (edited := edit(GRAPH, "self.edges[edge] = 1", "self.edges[edge] = 2"))}),
            ("slow", {"pkg/walk.py": edit(WALK, "list(graph.edges)", "list(graph.copy().edges)")}),
            ("edit copy", {"pkg/graph.py": edit(edited, "other = Graph()", "other = type(self)()")}),
        ],
    ),
    "the package moves to src/ in between": (
        {"pkg/__init__.py": "", "pkg/work.py": OLD},
        [
            (
                "move",
                {"pkg/__init__.py": None, "pkg/work.py": None, "src/pkg/__init__.py": "", "src/pkg/work.py": OLD + "\n\n"},
            ),
            ("slow", {"src/pkg/work.py": edit(OLD, "return n\n", "return sum([n for _ in range(9)])\n")}),
        ],
    ),
}  # fmt: skip


def write(root: Path, subject: str, files: Files) -> str:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            (root / name).unlink()
        else:
            (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", subject)
    return git(root, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize("name", HISTORIES)
def test_the_slow_commit_comes_first(tmp_path: Path, name: str) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    first, commits = HISTORIES[name]
    good = write(root, "good", {**first, "bench.py": BENCH})
    for subject, files in commits:
        write(root, subject, files)
    repository = open_repository(root)
    assert repository is not None
    found = find_suspects(
        repository,
        good_sha=good,
        head=repository.head(),
        reach=trace_benchmark(root, "HEAD", "bench.py::test_work"),
        base_reach=trace_benchmark(root, good, "bench.py::test_work"),
    )
    told = [(suspect.subject, round(suspect.score, 2), suspect.evidence) for suspect in found.suspects]
    assert told[0][0] == "slow", told
