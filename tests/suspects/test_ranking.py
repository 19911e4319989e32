"""Planted culprits of every kind, with what the benchmark executes traced for real; and what a ranking must not do."""

import math
from dataclasses import replace

import pytest

from bench_agent.records import Commit, FileChange, Head, Reach
from bench_agent.suspects.commits import CommitRange
from bench_agent.suspects.ranking import IDLE, MAX_EXCERPT, UNCOMMITTED, Suspects, find_suspects, rank_suspects
from bench_agent.suspects.worth_reading import MAX_DIFFS
from bench_agent.system.git import open_repository
from planted import KINDS, git, plant
from planted_split import split_module
from traced import trace_benchmark


class Nothing:
    """No file can be read; each commit changed 1 line of pkg/a.py."""

    def __init__(self, **changed) -> None:
        self.changed = changed or {"path": "pkg/a.py", "added": 1, "deleted": 1}
        self.asked: list[int] = []

    def differing(self, good, bad):
        return frozenset({"pkg/a.py"})

    def lines_of(self, shas, paths):
        return {sha: (FileChange(**self.changed),) for sha in shas}

    def diff_of(self, shas, paths):
        self.asked.append(len(shas))
        return {}

    def blobs_of(self, names):
        return {}


def find(planted, *, reach=None, base_reach=None, limit=5, **changes) -> Suspects:
    repository = open_repository(planted.root)
    assert repository is not None
    head = replace(repository.head(), **changes)
    return find_suspects(repository, good_sha=planted.good, head=head, reach=reach, base_reach=base_reach, limit=limit)


def traced(planted) -> dict[str, Reach]:
    return {
        "reach": trace_benchmark(planted.root, planted.head, planted.benchmark),
        "base_reach": trace_benchmark(planted.root, planted.good, planted.benchmark),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_culprit_is_among_the_first_three(tmp_path, kind):
    planted = plant(tmp_path / "repo", kind=kind, commits=24, seed=7, merges=True)
    found = find(planted, **traced(planted))
    assert planted.culprit in [suspect.sha for suspect in found.suspects[:3]]
    (culprit,) = [suspect for suspect in found.suspects if suspect.sha == planted.culprit]
    assert planted.culprit_path in culprit.files
    assert culprit.excerpt
    assert (found.candidates, found.exact, found.note) == (24, True, None)


@pytest.mark.long
@pytest.mark.parametrize("variant", range(9))
def test_every_hot_function_culprit_comes_first_with_its_function(tmp_path, variant):
    planted = plant(tmp_path / "repo", kind="hot", commits=16, seed=variant, variant=variant)
    first = find(planted, **traced(planted)).suspects[0]
    assert first.sha == planted.culprit
    assert any(function.startswith(f"{planted.culprit_path}::") for function in first.functions)


@pytest.mark.long
@pytest.mark.parametrize("base", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_culprit_in_a_module_that_became_a_package_comes_first(tmp_path, seed, base):
    planted = plant(tmp_path / "repo", kind="hot", commits=24, seed=seed)
    planted = split_module(planted, planted.culprit_path)
    both = traced(planted)
    first, *others = find(
        planted, limit=25, reach=both["reach"], base_reach=both["base_reach"] if base else None
    ).suspects
    assert first.sha == planted.culprit
    (split,) = [suspect for suspect in others if suspect.sha == planted.head]
    assert split.score < 0.02


@pytest.mark.parametrize("kind", ["config", "data", "default"])
def test_a_culprit_among_a_thousand_commits_is_found(tmp_path, kind):
    planted = plant(tmp_path / "repo", kind=kind, commits=1000, seed=0)
    found = find(planted, **traced(planted))
    assert found.candidates == 1000
    assert planted.culprit in [suspect.sha for suspect in found.suspects]


def test_a_file_that_is_as_it_was_is_not_read_and_hardly_suspected():
    source = Nothing()
    files = ("pkg/a.py", "pkg/b.py")
    commits = tuple(
        Commit(sha=str(n) * 40, subject="", parents=("x",), files=(FileChange(path=path),))
        for n, path in enumerate(files)
    )
    reach = Reach(functions={f"{path}::f": 1 for path in files}, files=files, complete=True)
    found = CommitRange(commits=commits, good="a", bad="b", exact=True)
    first, second = rank_suspects(found, reach=reach, base_reach=None, source=source)
    assert (first.sha, second.sha) == ("0" * 40, "1" * 40)
    assert first.score > 0.9
    assert "no longer, a difference from the last good run" in second.evidence[0]


def test_documentation_takes_no_share_from_a_suspect_however_much_of_it_there_is():
    files = ["pkg/a.py"] + ["README.md"] * 30_000
    commits = tuple(
        Commit(sha=f"{n:040x}", subject="", parents=("x",), files=(FileChange(path=path),))
        for n, path in enumerate(files)
    )
    reach = Reach(functions={"pkg/a.py::f": 1}, files=("pkg/a.py",), complete=True)
    found = CommitRange(commits=commits, good="a", bad="b")
    first, second, *_ = rank_suspects(found, reach=reach, base_reach=None, source=Nothing())
    assert (first.sha, round(first.score, 2)) == (commits[0].sha, 0.98)
    assert second.score < 1e-5


def test_nothing_is_proved_and_all_scores_sum_to_one(tmp_path):
    planted = plant(tmp_path / "repo", commits=20, seed=2, merges=True)
    found = find(planted, limit=100, **traced(planted))
    assert len(found.suspects) == 20
    assert not any(suspect.proved for suspect in found.suspects)
    assert math.isclose(sum(suspect.score for suspect in found.suspects), 1.0)
    scores = [suspect.score for suspect in found.suspects]
    assert scores == sorted(scores, reverse=True)


def test_evidence_says_what_the_counts_say(tmp_path):
    planted = plant(tmp_path / "repo", kind="hot", variant=6, commits=8, seed=3)  # each word is weighed for two fields
    (first, *_) = find(planted, **traced(planted)).suspects
    assert "changes score (finder/scoring.py), which the benchmark executes; it now runs" in first.evidence[0]
    assert "adds a loop inside a loop" in first.evidence[0]
    assert first.excerpt is not None
    assert "+             for _ in FIELDS:" in first.excerpt.splitlines()


def test_uncommitted_changes_are_a_suspect_of_their_own(tmp_path):
    planted = plant(tmp_path / "repo", kind="none", commits=10, seed=4)
    base = trace_benchmark(planted.root, planted.head, planted.benchmark)
    file = planted.root / "finder" / "words.py"
    file.write_text(file.read_text().replace("@functools.lru_cache(maxsize=4096)\ndef stem", "def stem"))
    git(planted.root, "commit", "-qam", "for the tracer")
    now = trace_benchmark(planted.root, "HEAD", planted.benchmark)
    git(planted.root, "reset", "-q", "--soft", "HEAD~1")
    first = find(planted, reach=now, base_reach=base).suspects[0]
    assert (first.sha, first.author_date) == (UNCOMMITTED, None)
    assert "drops its cache decorator" in first.evidence[0]
    assert first.files == ("finder/words.py",)


def test_without_reach_the_note_says_so_and_code_still_comes_before_documentation(tmp_path):
    planted = plant(tmp_path / "repo", kind="hot", variant=4, commits=16, seed=5)
    found = find(planted, limit=16)
    assert "not known" in (found.note or "")
    order = [suspect.sha for suspect in found.suspects]
    docs = [s.sha for s in found.suspects if s.files and all(f.endswith(".md") for f in s.files)]
    assert docs
    assert order.index(planted.culprit) < min(order.index(sha) for sha in docs)


def test_incomplete_counts_are_not_read_as_growth(tmp_path):
    planted = plant(tmp_path / "repo", kind="hot", variant=0, commits=8, seed=6)
    both = traced(planted)
    found = find(planted, reach=replace(both["reach"], complete=False), base_reach=both["base_reach"])
    assert not any("it now" in text for suspect in found.suspects for text in suspect.evidence)


def test_what_was_taken_back_is_hardly_suspected(tmp_path):
    planted = plant(tmp_path / "repo", kind="hot", variant=6, commits=4, seed=8, docs_share=1.0)
    git(planted.root, "revert", "--no-edit", planted.culprit)
    file = planted.root / "finder" / "index.py"
    file.write_text(
        file.read_text().replace("        return sorted(numbers)", "        return sorted(sorted(numbers))")
    )
    git(planted.root, "commit", "-qam", "Sort twice")
    reach = trace_benchmark(planted.root, "HEAD", planted.benchmark)
    base = trace_benchmark(planted.root, planted.good, planted.benchmark)
    suspects = find(planted, reach=reach, base_reach=base).suspects
    assert suspects[0].subject == "Sort twice"
    reverted = next(suspect for suspect in suspects if suspect.sha == planted.culprit)
    assert "no longer, a difference from the last good run" in reverted.evidence[0]


def test_a_clean_merge_is_left_to_the_commits_it_brought(tmp_path):
    planted = plant(tmp_path / "repo", kind="hot", commits=60, seed=1, merges=True)
    assert planted.merges
    ranked = find(planted, limit=60, **traced(planted)).suspects
    merges = [suspect for suspect in ranked if suspect.sha in planted.merges]
    assert all(suspect.score < 0.01 for suspect in merges)
    assert merges[0].evidence == ("a merge: what it brought is judged commit by commit",)


def test_hostile_text_is_shown_harmless_and_bounded(tmp_path):
    planted = plant(tmp_path / "repo", kind="none", commits=3, seed=1)
    name = "finder/data/sy\x1b[31mno\nnyms.json"
    (planted.root / name).write_text("[1]\n")
    words = planted.root / "finder" / "words.py"
    words.write_text(words.read_text().replace("    found = []\n", "    found = []  # \x1b[2J " + "y" * 5000 + "\n"))
    git(planted.root, "add", "-A")
    git(planted.root, "commit", "-q", "-F", "-", given=b"\x1b]0;pwned\x07" + b"z" * 10_000)
    reach = trace_benchmark(planted.root, "HEAD", planted.benchmark)
    for suspect in find(planted, reach=reach).suspects:
        for text in (suspect.subject, suspect.excerpt or "", *suspect.files, *suspect.functions, *suspect.evidence):
            assert all(c.isprintable() or c == "\n" for c in text)
            assert len(text) <= MAX_EXCERPT


def test_where_no_commit_changes_what_runs_that_is_said(tmp_path):
    planted = plant(tmp_path / "repo", kind="hot", commits=2, seed=1)
    head = git(planted.root, "rev-parse", "HEAD").strip()
    (planted.root / "README.md").write_text("more words\n")
    git(planted.root, "add", "-A")
    git(planted.root, "commit", "-qm", "docs: more words")
    reach = trace_benchmark(planted.root, "HEAD", planted.benchmark)
    found = find(replace(planted, good=head), reach=reach, base_reach=reach)
    assert [suspect.subject for suspect in found.suspects] == ["docs: more words"]
    assert found.note == IDLE
    assert find(planted, reach=reach).note != IDLE


def test_no_repository_gives_a_note_and_no_suspect():
    found = find_suspects(None, good_sha=None, head=Head(), reach=None, base_reach=None)
    assert (found.suspects, found.candidates) == ((), 0)
    assert "no git repository" in (found.note or "")


@pytest.mark.long
def test_sixty_thousand_commits_cost_one_read_of_a_bounded_number_of_patches():
    source = Nothing()
    commits = tuple(
        Commit(sha=f"{n:040x}", subject="", parents=("x",), files=(FileChange(path="pkg/a.py" if n % 9 else "a.md"),))
        for n in range(60_000)
    )
    reach = Reach(functions={"pkg/a.py::f": 1}, files=("pkg/a.py",), complete=True)
    found = CommitRange(commits=commits, good="a", bad="b")
    ranked = rank_suspects(found, reach=reach, base_reach=None, source=source)
    assert len(ranked) == 60_000
    assert source.asked == [MAX_DIFFS]


@pytest.mark.parametrize("changed", [{"path": "pkg/a.py", "added": 400_000, "deleted": 0}, {"path": "pkg/b.json"}])
def test_a_vendored_or_binary_file_is_not_read(changed):
    source = Nothing(**changed)
    only = (Commit(sha="c" * 40, subject="", parents=("x",), files=(FileChange(path=changed["path"]),)),)
    found = CommitRange(commits=only, good="a", bad="b")
    (suspect,) = rank_suspects(found, reach=None, base_reach=None, source=source)
    assert suspect.score == 1.0
    assert source.asked == []
