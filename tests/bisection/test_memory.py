"""The commits behind more memory: narrowed and proved on made-up lines, and a whole search with a revert on real ones."""

import os
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.memory import find, judge_ends, search_memory
from bench_agent.bisection.memory_narrowing import Narrowing
from bench_agent.bisection.request import SearchRequest
from bench_agent.config import load_config
from bench_agent.errors import MeasureError
from bench_agent.records import AllocatingLine, CallMemory, Commit, PytestProcess, Suite
from bench_agent.results.memory_search import MemorySearch
from bench_agent.system.git import open_repository
from projects import Project, make_project


@dataclass
class MadeUp:
    """Versions whose memory is a function of their position; "end without" is without the growth of that commit."""

    peaks: Sequence[int] | Mapping[int, int]
    broken: frozenset[int] = frozenset()
    noise: Callable[[int], int] = lambda seed: 0
    stop_at: int | None = None  # sessions, then Ctrl-C
    asked: list[tuple[int, int]] = field(default_factory=list)  # position, hash seed

    def trace(
        self, versions: Sequence[Version], benchmark: str, *, hash_seed: int = 1, lines: bool = False, left: bool = True
    ) -> tuple[dict[Version, CallMemory], dict[Version, str]]:
        found: dict[Version, CallMemory] = {}
        failed: dict[Version, str] = {}
        for version in versions:
            if self.stop_at is not None and len(self.asked) >= self.stop_at:
                raise KeyboardInterrupt
            position = int(version.sha)
            self.asked.append((position, hash_seed))
            if position in self.broken and not version.is_newest_without:
                failed[version] = "it does not start"
                continue
            peak = self.peaks[position] + self.noise(hash_seed)
            if version.is_newest_without:
                peak = self.peaks[-1] - (self.peaks[position] - self.peaks[position - 1])
            told = (AllocatingLine(path="a.py", line=7, text="x = []", bytes=peak, blocks=1),) if lines else ()
            found[version] = CallMemory(peak_bytes=peak, lines=told, calls=2 if left else 0)
        return found, failed

    def prepare_without(self, sha: str, *, parent: int | None) -> Version:
        return Version(sha, is_newest_without=True)


def narrowing(made_up: MadeUp, *, deadline: float = float("inf"), last: int | None = None) -> Narrowing:
    last = len(made_up.peaks) - 1 if last is None else last
    line = Line(
        versions=tuple(Version(str(p)) for p in range(last + 1)),
        commits=tuple(Commit(sha=str(p), subject=f"Commit {p}", parents=(str(p - 1),)) for p in range(1, last + 1)),
    )
    search = Narrowing(line=line, versions=made_up, benchmark="t.py::test_a", deadline=float("inf"), say=lambda _: None)
    search.trace([0, last])
    search.deadline = deadline
    return search


def steps(*at: int, last: int = 256, size: int = 1_000_000) -> list[int]:
    return [100 + size * sum(p >= one for one in at) for p in range(last + 1)]


def test_one_of_256_commits_is_proved_with_its_line_and_its_revert_in_15_sessions() -> None:
    search = narrowing(made_up := MadeUp(steps(171)))
    find(search)
    (culprit,) = search.culprits
    assert (culprit.sha, culprit.parent_bytes, culprit.bytes, culprit.share) == ("171", 100.0, 1_000_100.0, 1.0)
    assert (culprit.sessions, culprit.restored, culprit.among) == (2, 1.0, ())
    assert [(line.path, line.line, line.head_bytes) for line in culprit.lines] == [("a.py", 7, 1_000_100)]
    assert {seed for position, seed in made_up.asked if position == 171} == {1, 2}, "proved with another hash seed"
    assert len(made_up.asked) <= 15


@pytest.mark.parametrize("at", [1, 2, 128, 255, 256])
@pytest.mark.parametrize("suspicious", [None, 40, 171])
def test_the_commit_is_found_wherever_it_is_and_whoever_is_suspicious(at: int, suspicious: int | None) -> None:
    search = narrowing(MadeUp(steps(at)))
    search.weights = lambda: [30.0 if p == suspicious else 1.0 for p in range(1, 257)] if suspicious else []
    find(search)
    assert [culprit.sha for culprit in search.culprits] == [str(at)]


def test_the_suspicious_commit_is_found_in_half_the_sessions() -> None:
    search = narrowing(made_up := MadeUp(steps(171)))
    search.weights = lambda: [50.0 if p == 171 else 1.0 for p in range(1, 257)]
    find(search)
    assert [culprit.sha for culprit in search.culprits] == ["171"]
    assert len(made_up.asked) <= 9


def test_two_commits_share_the_growth() -> None:
    search = narrowing(MadeUp(steps(40, 200)))
    find(search)
    assert sorted((c.sha, c.share, c.restored) for c in search.culprits) == [("200", 0.5, 0.5), ("40", 0.5, 0.5)]


def merging(branch: Sequence[int], **made_up: object) -> Narrowing:
    """Nine commits, of which the sixth is a merge of so many commits, told by what they hold; positions 100 and on are the branch's."""
    peaks = {**dict(enumerate(steps(6, last=9))), **{100 + n: size for n, size in enumerate(branch)}, -1: 1_000_100}
    search = narrowing(MadeUp(peaks, **made_up), last=9)  # type: ignore[arg-type]
    shas = [str(100 + n) for n in range(len(branch))]
    inside = Line(
        versions=tuple(Version(sha) for sha in shas),
        commits=tuple(Commit(sha=sha, subject=f"Commit {sha}", parents=("5",)) for sha in shas[1:]),
    )
    search.branch_of = lambda commit: inside if commit.sha == "6" else None
    return search


def test_inside_a_merge_the_commit_that_did_it_is_named_with_the_merge() -> None:
    search = merging([100, 100, 100, 1_000_100, 1_000_100])
    find(search)
    (culprit,) = search.culprits
    assert (culprit.sha, culprit.merge, culprit.share, culprit.restored) == ("103", "6", 1.0, 1.0)


def test_a_merge_is_named_itself_where_its_branch_does_not_hold_more_or_cannot_be_traced() -> None:
    for search in (
        merging([100, 100, 100]),
        merging([100, 300_000, 300_000]),
        merging([100, 1_000_100], broken=frozenset({101})),
    ):
        find(search)
        assert [(culprit.sha, culprit.merge) for culprit in search.culprits] == [("6", None)]


def test_commits_that_cannot_be_traced_are_named_together() -> None:
    search = narrowing(MadeUp(steps(6, last=9), broken=frozenset({5, 6})))
    find(search)
    (culprit,) = search.culprits
    assert culprit.among == ("5", "6", "7")
    assert culprit.restored is None
    assert set(search.skipped) == {5, 6}


def test_an_end_that_cannot_be_traced_is_an_error() -> None:
    with pytest.raises(MeasureError, match="it does not start"):
        narrowing(MadeUp(steps(3, last=5), broken=frozenset({0})))


def test_what_differs_from_seed_to_seed_is_not_proved() -> None:
    search = narrowing(MadeUp(steps(3, last=5, size=50_000), noise=lambda seed: {1: 0, 2: 90_000, 3: 0}[seed]))
    find(search)
    assert search.culprits == []


def random_sizes(seed: int) -> Callable[[int], int]:
    rng = random.Random(seed)
    return lambda _: rng.randrange(1_000_000, 3_000_000)


def test_ends_that_agree_are_judged_in_two_sessions_of_each() -> None:
    search = narrowing(made_up := MadeUp(steps(3, last=5)))
    assert judge_ends(search).verdict == "more"
    assert len(made_up.asked) == 4


def test_an_end_that_tells_only_once_proves_nothing() -> None:
    search = narrowing(made_up := MadeUp(steps(3, last=5)))
    made_up.broken = frozenset({0})
    assert judge_ends(search).verdict == "undecided"


def test_ends_of_random_sizes_are_not_told_apart_more_often_than_once_in_a_hundred() -> None:
    told = [judge_ends(narrowing(MadeUp([0] * 6, noise=random_sizes(seed)))).verdict for seed in range(2_000)]
    assert sum(verdict in ("more", "less") for verdict in told) <= 20
    assert told.count("undecided") > 10


def test_growth_larger_than_what_sessions_differ_by_is_told_by_five_of_each_end() -> None:
    search = narrowing(made_up := MadeUp(steps(3, last=5, size=9_000_000), noise=random_sizes(1)))
    assert judge_ends(search).verdict == "more"
    assert len(made_up.asked) == 10


def test_no_commit_is_proved_on_random_sizes_more_often_than_once_in_a_hundred() -> None:
    proved = 0
    for seed in range(500):
        search = narrowing(MadeUp([0] * 6, noise=random_sizes(seed)))
        find(search)
        proved += bool(search.culprits)
    assert proved <= 5


def test_a_commit_is_proved_on_random_sizes_by_five_sessions_that_did_not_find_it() -> None:
    search = narrowing(MadeUp(steps(3, last=5, size=9_000_000), noise=random_sizes(1)))
    find(search)
    (culprit,) = search.culprits
    assert (culprit.sha, culprit.sessions, len(culprit.lines)) == ("3", 5, 1)


def test_ctrl_c_leaves_what_was_proved_and_says_where_the_rest_lies() -> None:
    search = narrowing(MadeUp(steps(40, 200), stop_at=24))
    find(search)
    assert search.ended_by == "interrupt"
    assert len(search.culprits) == 1
    search = narrowing(MadeUp(steps(171), stop_at=8))
    find(search)
    assert (search.culprits, len(search.left), "171" in search.left) == ([], 9, True)
    search = narrowing(MadeUp(steps(171), stop_at=4))
    find(search)
    assert search.left == (), "too many to be told"


def test_a_commit_whose_revert_was_interrupted_stays_proved() -> None:
    whole = MadeUp(steps(3, last=5))
    find(narrowing(whole))
    search = narrowing(MadeUp(steps(3, last=5), stop_at=len(whole.asked) - 1))
    find(search)
    assert (search.ended_by, [(c.sha, c.restored) for c in search.culprits]) == ("interrupt", [("3", None)])


def test_when_time_is_up_nothing_more_is_traced() -> None:
    search = narrowing(made_up := MadeUp(steps(171)), deadline=0.0)
    find(search)
    assert (search.ended_by, search.culprits, len(made_up.asked)) == ("time", [], 2)


# --- whole

SUITE = "import mod\n\n\ndef test_total(benchmark):\n    benchmark(mod.total)\n"
BEFORE = "def total():\n    values = (n * 1000 for n in range(40_000))\n    return sum(values)\n"
AFTER = BEFORE.replace("(n * 1000 for n in range(40_000))", "[n * 1000 for n in range(40_000)]")
ID = "tests/benchmark/test_it.py::test_total"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_project(tmp_path_factory.mktemp("memory") / "project", suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("mod.py", BEFORE)
    project.commit()
    project.git("tag", "start")
    for number in range(6):
        project.write("mod.py" if number == 3 else "notes.txt", AFTER if number == 3 else f"{number}\n")
        project.commit("Read it whole" if number == 3 else f"Note {number}")
    return project


def searched(project: Project) -> MemorySearch:
    repository = open_repository(project.root)
    assert repository is not None
    good = repository.resolve("start")
    assert good is not None
    return search_memory(
        load_config(project.root, environment={}),
        repository,
        SearchRequest(good=good, bad=repository.resolve("HEAD"), benchmark=ID, budget_s=120.0),
        suite=Suite(processes=(PytestProcess(executable=sys.executable, rootdir=str(project.root), ids=(ID,)),)),
        environment=os.environ,
        say=lambda _: None,
    )


@pytest.mark.long
def test_the_commit_is_named_with_its_line_and_taking_it_back_gives_the_memory_back(grown: Project) -> None:
    found = searched(grown)
    (culprit,) = found.culprits
    assert (culprit.subject, found.regressed, found.verdict) == ("Read it whole", True, "more")
    assert culprit.bytes - culprit.parent_bytes > 1_000_000
    assert (culprit.lines[0].path, culprit.lines[0].line) == ("mod.py", 2)
    assert culprit.restored == pytest.approx(1.0, abs=0.01)
    assert grown.git("status", "--porcelain") == ""


@pytest.mark.long
def test_a_commit_inside_a_merge_is_named_with_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("mod.py", BEFORE)
    project.commit()
    project.git("tag", "start")
    project.git("checkout", "-q", "-b", "topic")
    for number, text in enumerate((BEFORE + "\n", AFTER, AFTER + "\n")):
        project.write("mod.py", text)
        project.commit(f"Topic {number}")
    project.git("checkout", "-q", "main")
    project.write("notes.txt", "a\n")
    project.commit("Note")
    project.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
    (culprit,) = searched(project).culprits
    assert (culprit.subject, culprit.merge) == ("Topic 1", project.git("rev-parse", "HEAD"))
    assert (culprit.lines[0].path, culprit.lines[0].line) == ("mod.py", 2)


@pytest.mark.long
def test_the_command_says_it_in_one_line_and_ctrl_c_in_the_middle_gives_what_is_known(grown: Project) -> None:
    done = grown.run("bisect", "total", "--metric", "memory", "--good", "start", "--fail-on", "regression")
    assert (done.code, "Read it whole` made one call of `total` hold 1.63 MB" in done.out) == (1, True), done.text
    assert "taking only this commit back gives 100 % of the growth back" in done.out
    process = grown.start("bisect", "total", "--metric", "memory", "--good", "start", "--json")
    assert process.stderr is not None
    for line in process.stderr:
        if "commits left" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert '"interrupted":true' in out.replace(" ", ""), out
    assert "Traceback" not in err


@pytest.mark.long
def test_benchmarks_whose_memory_the_ends_do_not_settle_are_named_and_are_no_pass(tmp_path: Path) -> None:
    suite = (
        "import random\nimport mod\n\n"
        "def test_random(benchmark):\n    benchmark(lambda: [bytes(random.randrange(20_000_000)), mod.LIST])\n\n"
        "def test_steady(benchmark):\n    benchmark(mod.total)\n"
    )
    project = make_project(tmp_path / "project", suite=suite)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("mod.py", BEFORE + "LIST = [1]\n")
    project.commit()
    project.write("mod.py", BEFORE + "LIST = [1, 2]\n")
    project.commit("More")
    command = ("bisect", "--metric", "memory", "--good", "HEAD~1")
    done = project.run(*command, "--fail-on", "undecided")
    assert done.code == 1, done.text
    assert "memory not known of 1 benchmark since" in done.out
    assert "random (differs from session to session)" in done.out
    assert "steady" not in done.out
    found = project.run(*command, "--json").json
    assert (found["verdict"], found["benchmark"]) == ("undecided", "tests/benchmark/test_it.py::test_random")
    assert found["others"] == []


def test_the_whole_search_does_nothing_where_there_is_no_range(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.commit()
    project.git("tag", "start")
    found = searched(project)
    assert (found.range.commits, found.culprits, found.verdict) == (0, (), "same")
