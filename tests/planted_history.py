"""A git repository with a long history in which some commits change the time of some of six benchmarks for good.

`plant_history(folder, commits=512, seed=0)` writes it, `changes` tells the truth. Three benchmarks work in Python lines, which
counts can see, three in built-ins, which only a clock can. All other commits are harmless: documentation, tests, code that no
benchmark executes, comments beside code that they do. Work changes by a constant, so the size of a change is known exactly.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from planted import _History, _Step

SUITE = "tests/benchmark/test_engine.py"
LOOPS, BUILT_INS = ("alpha", "gamma", "delta"), ("beta", "sigma", "omega")
NAMES = (*LOOPS, *BUILT_INS)
LOOP_STEPS, BUILT_IN_SIZE = 12_000, 120_000  # about half a millisecond and one and a half


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is planted. factor: of the work of these benchmarks."""

    benchmarks: tuple[str, ...]
    factor: float
    in_merge: bool = False
    back_after: float | None = None  # part of the history after which a commit takes it back
    at: float | None = None  # part of the history; None: anywhere


@dataclass(frozen=True, kw_only=True)
class True_:  # noqa: N801
    """A planted step: the commit, what it changed and by how much (log of nothing: a ratio)."""

    sha: str
    benchmark: str
    ratio: float


@dataclass(frozen=True, kw_only=True)
class History:
    root: Path
    first: str
    head: str
    commits: int
    steps: tuple[True_, ...]
    merges: tuple[str, ...]


EIGHT = (  # 3 to 60 %; two faster, one in a merge, one taken back later, one of two benchmarks at once
    Change(benchmarks=("alpha",), factor=1.60),
    Change(benchmarks=("beta", "alpha"), factor=1.20),
    Change(benchmarks=("gamma",), factor=1.30, back_after=0.3, at=0.35),
    Change(benchmarks=("sigma",), factor=1.10, in_merge=True),
    Change(benchmarks=("omega",), factor=1.05),
    Change(benchmarks=("delta",), factor=1.03),
    Change(benchmarks=("delta",), factor=0.80),
    Change(benchmarks=("omega",), factor=0.88),
)


def plant_history(folder: Path, *, commits: int = 512, seed: int = 0, changes: tuple[Change, ...] = EIGHT) -> History:
    """Write it into `folder`, which must not exist. commits: about so many on the first-parent line, after the first."""
    rng = random.Random(f"history {commits} {seed}")
    places = _places(rng, commits, changes)
    state = _start()
    work = dict.fromkeys(NAMES, 1.0)
    writer = _History(folder)
    writer.commit(_Step("Start", dict(state)), parents=())
    planted: list[tuple[int, str, float]] = []
    for number in range(1, commits + 1):
        factors, in_merge = places.get(number, ({}, False))
        files = {}
        for name, factor in factors.items():
            work[name] *= factor
            files[f"engine/{name}.py"] = _dial(state[f"engine/{name}.py"], name, work[name])
        step = _Step("Tidy the engine", files, culprit=True) if files else _harmless(state, rng, number)
        state |= {path: text or "" for path, text in step.files.items()}
        if in_merge or (not factors and rng.random() < 0.04):
            mark = _merge(writer, step, number, state)
        else:
            mark = writer.commit(step, parents=(writer.tip,))
        planted += [(mark, name, factor) for name, factor in factors.items()]
    planted_at = writer.finish("none", {})
    marks = dict(line.split() for line in (folder / ".git" / "marks").read_text().splitlines())
    sha = {int(mark[1:]): value for mark, value in marks.items()}
    steps = tuple(True_(sha=sha[mark], benchmark=f"{SUITE}::test_{name}", ratio=f) for mark, name, f in planted)
    return History(
        root=folder, first=planted_at.good, head=planted_at.head, commits=commits, steps=steps, merges=planted_at.merges
    )


def _places(rng, commits, changes):
    """Commit number -> the factors it brings, and whether by a merge."""
    taken: dict[int, tuple[dict[str, float], bool]] = {}
    for change in changes:
        where = change.at if change.at is not None else rng.uniform(0.02, 0.98)
        number = max(1, round(commits * where))
        while number in taken:
            number = number % commits + 1
        taken[number] = (dict.fromkeys(change.benchmarks, change.factor), change.in_merge)
        if change.back_after is not None:
            back = round(commits * (where + change.back_after))
            while back in taken:
                back = back % commits + 1
            taken[back] = (dict.fromkeys(change.benchmarks, 1 / change.factor), False)
    return taken


def _merge(writer, step, number, state) -> int:
    """The step on a branch with a harmless commit before it, a note on main meanwhile, and the merge. The step's mark."""
    fork = writer.tip
    before = _Step("Prepare", {"docs/branch.md": f"Branch {number}\n"})
    mark = writer.commit(step, parents=(writer.commit(before, parents=(fork,)),))
    notes = {"docs/notes.md": f"Notes, {number}\n"}
    main = writer.commit(_Step("Notes", dict(notes)), parents=(fork,))
    state |= {**before.files, **notes}
    writer.merges.append(
        writer.commit(_Step(f"Merge pull request #{number}", {**before.files, **step.files}), parents=(main, mark))
    )
    return mark


def _dial(text: str, name: str, work: float) -> str:
    base = LOOP_STEPS if name in LOOPS else BUILT_IN_SIZE
    return "\n".join(f"SIZE = {round(base * work)}" if x.startswith("SIZE = ") else x for x in text.split("\n"))


def _harmless(state, rng, number):
    kind = rng.choice(("docs", "docs", "unused", "comment", "tests", "tool"))
    if kind == "docs":
        return _Step("Update the docs", {"docs/usage.md": f"{state['docs/usage.md']}- {number}\n"})
    if kind == "tests":
        return _Step("Test more", {"tests/test_other.py": f"def test_{number}():\n    assert True\n"})
    if kind == "tool":
        return _Step("Release script", {"tools/release.py": f"VERSION = {number}\n"})
    path = f"engine/{rng.choice(NAMES)}.py"
    if kind == "comment":
        lines = [f"# Reviewed in step {number}" if x.startswith("# Reviewed") else x for x in state[path].split("\n")]
        return _Step("Say who reviewed it", {path: "\n".join(lines)})
    return _Step("A function for later", {"engine/later.py": f"def later():\n    return {number}\n"})


def _start() -> dict[str, str]:
    loop = (
        "# Reviewed\nSIZE = {size}\n\n\ndef {name}():\n    total = 0\n    for number in range(SIZE):\n"
        "        total += number & 3\n    return total\n"
    )
    built_in = "# Reviewed\nSIZE = {size}\n\n\ndef {name}():\n    return sum(range(SIZE))\n"
    modules = {
        f"engine/{name}.py": (loop if name in LOOPS else built_in).format(
            name=name, size=LOOP_STEPS if name in LOOPS else BUILT_IN_SIZE
        )
        for name in NAMES
    }
    imports = "".join(f"from engine.{name} import {name}\n" for name in sorted(NAMES))
    tests = "".join(f"\n\ndef test_{name}(benchmark):\n    benchmark({name})\n" for name in NAMES)
    return {
        **modules,
        "engine/__init__.py": "",
        "README.md": "# engine\n",
        ".gitignore": "__pycache__/\n.benchmarks/\n.benchmark/\n",
        "docs/usage.md": "# Usage\n",
        "pyproject.toml": '[project]\nname = "engine"\nversion = "1.0"\n',
        "Makefile": "benchmark:\n\tpython -m pytest tests/benchmark\n",
        SUITE: f"{imports}{tests}",
    }
