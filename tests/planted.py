"""Git repositories with a known slow commit: a small package, a pytest-benchmark suite, and a history around it.

`plant(folder, kind=..., commits=..., seed=...)` writes the history with one `git fast-import` (256 commits in a few
hundredths of a second) and checks out its end. The same arguments give the same shas. Other people's commits are made
of harmless edits that go back and forth: to functions the benchmark executes, to code it does not, to documentation,
tests, data, settings and pins; some of them look suspicious.
"""

import os
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from planted_edits import CULPRITS, NOISE, Edit
from planted_project import FILES

Kind = Literal["hot", "cold", "data", "config", "default", "dependency", "plugin", "loop", "builtin", "none", "unseen"]
KINDS: tuple[Kind, ...] = ("hot", "cold", "data", "config", "default", "dependency", "plugin")  # for the ranking
SUITE = "tests/benchmark/test_search.py"
START = 1_704_067_200  # 2024-01-01, the date of the first commit; an hour between two
LOOP_STEPS, BUILTIN_STEPS = 10_000, 200_000  # of finder/dial.py, in the good commit


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A repository whose slow commit is known. `good` is its first commit, `head` the last, checked out on main."""

    root: Path
    good: str
    head: str
    commits: tuple[str, ...]  # after good, oldest first
    culprits: tuple[str, ...]  # in the order of their making; empty for kind "none"
    merges: tuple[str, ...]
    broken: tuple[str, ...]  # commits at which the package cannot be imported
    culprit_path: str  # the file the (last) culprit changes
    variant: str
    benchmark: str  # node id of the benchmark that got slower, SUITE::test_render stays as it is

    @property
    def culprit(self) -> str:
        return self.culprits[0]


class _Step(NamedTuple):
    subject: str
    files: dict[str, str | None]
    culprit: bool = False
    broken: bool = False


def plant(
    folder: Path,
    *,
    kind: Kind = "hot",
    commits: int = 32,
    seed: int = 0,
    effects: tuple[float, ...] = (),
    merges: bool = False,
    broken: int = 0,
    docs_share: float = 0.3,
    variant: int | None = None,
    times: int = 1,
) -> Planted:
    """Write the repository into `folder`, which must not exist.

    kind: what the culprit changes. "loop" and "builtin" are for bisection: `test_loop` and `test_builtin` do nothing
    but the work they change, and `effects` gives one culprit per entry, in the order of history, 0.1 being 10 % of the good commit's
    work (it may be negative); "loop" changes the counts of executed lines, "builtin" nothing but time. commits: after
    the good one, merges included. broken: so many commits (plus the ones up to the repair, next in line) raise at import.
    docs_share: of the other commits that touch documentation only. variant: which culprit of the kind, else by seed.
    times: how often `test_loop` and `test_builtin` do their work in one call.
    """
    rng = random.Random(f"{kind} {commits} {seed}")
    writer = _History(folder)
    state = dict(FILES)
    if times > 1:
        again = rf"benchmark(lambda: [dial.\1() for _ in range({times})])"
        state = {path: re.sub(r"benchmark\(dial\.(turn_\w+)\)", again, text) for path, text in state.items()}
    writer.commit(_Step("Start", dict(state)), parents=())
    planned = _place_culprits(kind, effects, commits, rng, variant)
    places = [number for number in range(2, commits, 3) if not planned.keys() & {number, number + 1}]
    breaking = set(rng.sample(places, min(broken, len(places))))
    index = 0
    while index < commits:
        index += 1
        room = index + 3 <= commits and not breaking & set(range(index - 1, index + 4))
        if merges and room and not planned.keys() & {index + 2, index + 3} and rng.random() < 0.12:
            index += _branch_and_merge(writer, state, planned, index, rng, docs_share) - 1
            continue
        if index - 1 in breaking:
            step = _Step("Tidy up", {"finder/__init__.py": FILES["finder/__init__.py"]})
        elif index in breaking:
            step = _Step(
                "Prepare the next version", {"finder/__init__.py": "raise ImportError('half done')\n"}, broken=True
            )
        else:
            step = planned[index](state) if index in planned else _noise(state, rng, index, docs_share)
        writer.commit(step, parents=(writer.tip,))
        state.update({path: text or "" for path, text in step.files.items()})
    return writer.finish(kind, planned)


def _branch_and_merge(writer, state, planned, index, rng, docs_share) -> int:
    """Two commits on a branch, one (documentation) on main meanwhile, and the merge. The number of commits: 4."""
    fork = writer.tip
    touched: dict[str, str | None] = {}
    tip = fork
    for number in (index, index + 1):
        step = planned[number](state) if number in planned else _noise(state, rng, number, 0.0)
        tip = writer.commit(step, parents=(tip,))
        state.update({path: text or "" for path, text in step.files.items()})
        touched.update(step.files)
    docs = {"docs/notes.md": f"Notes, {index}\n"}
    state.update(docs)
    main = writer.commit(_Step("Notes", dict(docs)), parents=(fork,))
    writer.merges.append(writer.commit(_Step(f"Merge pull request #{index}", touched), parents=(main, tip)))
    return 4


def _place_culprits(kind, effects, commits, rng, variant):
    """Commit number -> what makes that commit from the state of the files."""
    if kind == "none":
        return {}
    if kind in ("loop", "builtin"):
        wanted = effects or (0.5,)
        places = sorted(rng.sample(range(1, commits + 1), len(wanted)))
        total, makers = 1.0, {}
        for place, effect in zip(places, wanted, strict=True):
            total += effect
            makers[place] = _turn_dial(kind, total)
        return makers
    edits = CULPRITS[kind]
    edit = edits[variant % len(edits)] if variant is not None else rng.choice(edits)
    return {rng.randint(1, commits): lambda state: _Step(edit.subject, _apply(edit, state), culprit=True)}


def _turn_dial(kind, total):
    base = LOOP_STEPS if kind == "loop" else BUILTIN_STEPS
    name = "LOOP_STEPS" if kind == "loop" else "BUILTIN_STEPS"

    def make(state):
        lines = [
            f"{name} = {round(base * total)}" if line.startswith(f"{name} = ") else line
            for line in state["finder/dial.py"].split("\n")
        ]
        return _Step("Round the edges", {"finder/dial.py": "\n".join(lines)}, culprit=True)

    return make


def _apply(edit: Edit, state: dict[str, str]) -> dict[str, str | None]:
    files: dict[str, str | None] = {}
    for path, old, new in edit.changes:
        text = files.get(path) or state.get(path, "")
        assert old in text or not old, (edit.subject, path, old)
        files[path] = text.replace(old, new, 1) if old else new
    return files


def _noise(state: dict[str, str], rng: random.Random, number: int, docs_share: float) -> _Step:
    """A harmless edit: one of NOISE, applied, or taken back if it is there already."""
    if rng.random() < docs_share:
        path = rng.choice(("README.md", "docs/usage.md", "CHANGELOG.md"))
        return _Step(
            rng.choice(("Update the docs", "Fix a typo", "Mention limits")), {path: state[path] + f"- {number}\n"}
        )
    for _ in range(50):
        edit = rng.choice(NOISE)
        path, one, other = edit.changes[0]
        text = state.get(path, "")
        if not one:  # a whole file
            if not text:
                return _Step(edit.subject, {path: other})
        elif one in text and other not in text:
            return _Step(edit.subject, {path: text.replace(one, other, 1)})
        elif other in text:
            return _Step(edit.subject, {path: text.replace(other, one, 1)})
    return _Step("Notes", {"docs/notes.md": f"Notes, {number}\n"})


class _History:
    """A stream for `git fast-import`, and the marks it will have."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.stream: list[bytes] = []
        self.count = 0
        self.tip = 0
        self.culprits: list[int] = []
        self.merges: list[int] = []
        self.broken: list[int] = []
        self.culprit_path = ""
        self.variant = ""

    def commit(self, step: _Step, parents: tuple[int, ...]) -> int:
        self.count += 1
        person = f"{('Ada', 'Ben', 'Cleo', 'Dan')[self.count % 4]} <dev@example.com> {START + 3600 * self.count} +0000"
        parts = [
            "commit refs/heads/main", f"mark :{self.count}", f"author {person}", f"committer {person}",
            f"data {len(step.subject.encode())}\n{step.subject}",
        ]  # fmt: skip
        parts += [f"{('from', 'merge')[min(place, 1)]} :{parent}" for place, parent in enumerate(parents)]
        for path, text in step.files.items():
            parts.append(f"D {path}" if text is None else f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}")
        self.stream.append(("\n".join(parts) + "\n").encode())
        self.tip = self.count
        if step.culprit:
            self.culprits.append(self.count)
            self.culprit_path, self.variant = next(iter(step.files)), step.subject
        if step.broken:
            self.broken.append(self.count)
        return self.count

    def finish(self, kind: str, planned: object) -> Planted:
        git(self.folder, "init", "-q", "-b", "main")
        marks = self.folder / ".git" / "marks"
        git(self.folder, "fast-import", "--quiet", f"--export-marks={marks}", given=b"".join(self.stream))
        git(self.folder, "reset", "-q", "--hard", "main")
        sha = {int(mark[1:]): sha for mark, sha in (line.split() for line in marks.read_text().splitlines())}
        return Planted(
            root=self.folder,
            good=sha[1],
            head=sha[self.tip],
            commits=tuple(sha[number] for number in range(2, self.count + 1)),
            culprits=tuple(sha[number] for number in self.culprits),
            merges=tuple(sha[number] for number in self.merges),
            broken=tuple(sha[number] for number in self.broken),
            culprit_path=self.culprit_path,
            variant=self.variant,
            benchmark=f"{SUITE}::test_{kind if kind in ('loop', 'builtin') else 'search'}",
        )


def git(folder: Path, *args: str, given: bytes = b"", env: dict[str, str] | None = None) -> str:
    """What `git ARGS` prints in that folder, with an identity, a fixed date, and none of the user's configuration."""
    fixed = {
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "dev@example.com", "GIT_AUTHOR_DATE": "2024-06-01T12:00:00+00:00",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "dev@example.com",
        "GIT_COMMITTER_DATE": "2024-06-01T12:00:00+00:00", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *args],
        cwd=folder, input=given, env={**clean, **fixed, **(env or {})}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"git {args}: {done.stderr.decode(errors='replace')}"
    return done.stdout.decode("utf-8", "replace")
