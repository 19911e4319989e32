import marshal
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.errors import MeasureError
from bench_agent.measure.paired.trees import benchmark_files
from bench_agent.system.builds import Builds
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.kept_files import find_kept_files
from bench_agent.system.worktrees import Trees


def git(root: Path, *args: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *args], cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path, files: dict[str, str | None]) -> str:
    for name, text in files.items():
        if text is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "change")
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def trees_of(root: Path, tmp_path: Path, *, setup: str | None = None, **options: object) -> Trees:
    repository = open_repository(root)
    assert isinstance(repository, Repository)
    builds = None
    if setup:
        home = tmp_path / "builds"
        builds = Builds(setup, python=sys.executable, repository=repository, home=home, environment=dict(os.environ))
    return Trees(repository, builds=builds, cache=tmp_path / "cache", **options)  # type: ignore[arg-type]


def worktrees(root: Path) -> int:
    return len(git(root, "worktree", "list").splitlines())


def test_a_slot_moves_from_commit_to_commit_and_lies_outside_the_repository(root: Path, tmp_path: Path) -> None:
    one = commit(root, {"code.py": "1", "old.py": "x"})
    two = commit(root, {"code.py": "2", "old.py": None})
    with trees_of(root, tmp_path) as trees:
        tree = trees.checkout(one, "side-0")
        assert (tree / "code.py").read_text() == "1"
        assert not tree.is_relative_to(root)
        assert trees.checkout(two, "side-0") == tree
        assert (tree / "code.py").read_text() == "2"
        assert not (tree / "old.py").exists()


def test_files_a_commit_lacks_come_from_the_working_tree_and_go_with_the_next_checkout(
    root: Path, tmp_path: Path
) -> None:
    one = commit(root, {"code.py": "1", "bench/conftest.py": "old"})
    two = commit(root, {"code.py": "2", "bench/conftest.py": "new"})
    (root / "bench" / "test_new.py").write_text("untracked")
    with trees_of(root, tmp_path) as trees:
        tree = trees.checkout(one, "side-0")
        trees.fill("side-0", ["bench", "absent.py"])
        assert (tree / "bench" / "test_new.py").read_text() == "untracked"
        assert (tree / "bench" / "conftest.py").read_text() == "old"
        trees.checkout(two, "side-0")
        assert not (tree / "bench" / "test_new.py").exists()


def test_leaving_removes_the_trees_and_git_forgets_them(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    with pytest.raises(KeyboardInterrupt), trees_of(root, tmp_path) as trees:  # noqa: PT012
        tree = trees.checkout(sha, "side-0")
        raise KeyboardInterrupt
    assert not tree.exists()
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]  # nor a lock
    assert worktrees(root) == 1
    assert git(root, "status", "--porcelain") == ""


def test_the_next_run_removes_what_a_killed_run_left(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    process = multiprocessing.get_context("fork").Process(target=_die_with_a_tree, args=(root, tmp_path, sha))
    process.start()
    process.join()
    assert worktrees(root) == 2
    with trees_of(root, tmp_path):
        assert worktrees(root) == 1


def _die_with_a_tree(root: Path, tmp_path: Path, sha: str) -> None:
    trees = trees_of(root, tmp_path).__enter__()
    trees.checkout(sha, "side-0")
    os._exit(9)


def test_two_runs_in_one_repository_do_not_meet(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    with trees_of(root, tmp_path) as first:
        tree = first.checkout(sha, "side-0")
        with pytest.raises(MeasureError, match=f"already measuring.*process {os.getpid()}"):
            trees_of(root, tmp_path).__enter__()
        assert (tree / "code.py").exists()
    with trees_of(root, tmp_path):
        pass


def test_the_second_run_says_whom_it_waits_for(root: Path, tmp_path: Path) -> None:
    commit(root, {"code.py": "1"})
    first = trees_of(root, tmp_path).__enter__()
    said: list[str] = []

    def leave(text: str) -> None:
        said.append(text)
        first.__exit__(None, None, None)

    with trees_of(root, tmp_path, wait_s=30.0, on_wait=leave):
        assert said == [f"waiting for another bench-agent in this repository (process {os.getpid()})"]


def test_hooks_of_the_user_do_not_run(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    hook = root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with trees_of(root, tmp_path) as trees:
        trees.checkout(sha, "side-0")
    assert not (tmp_path / "ran").exists()


def test_the_working_tree_is_copied_with_all_that_is_not_committed(root: Path, tmp_path: Path) -> None:
    commit(root, {"code.py": "1", "gone.py": "x", ".gitignore": "*.log\n", "kept.py": "k"})
    (root / "code.py").write_text("changed")
    (root / "gone.py").unlink()
    (root / "new.py").write_text("new")
    (root / "noise.log").write_text("ignored")
    before = git(root, "status", "--porcelain")
    with trees_of(root, tmp_path) as trees:
        tree = trees.checkout_working_tree("side-1")
        assert (tree / "code.py").read_text() == "changed"
        assert (tree / "new.py").read_text() == "new"
        assert (tree / "kept.py").read_text() == "k"
        assert not (tree / "gone.py").exists()
        assert not (tree / "noise.log").exists()
        (root / "code.py").write_text("edited while it is measured")
        assert (tree / "code.py").read_text() == "changed"
        (root / "code.py").write_text("changed")
    assert git(root, "status", "--porcelain") == before


def test_benchmarks_of_head_replace_those_of_base_until_the_next_checkout(root: Path, tmp_path: Path) -> None:
    one = commit(root, {"code.py": "1", "tests/bench/test_a.py": "old", "tests/bench/test_gone.py": "old"})
    two = commit(root, {"code.py": "2", "tests/bench/test_a.py": "new", "tests/bench/test_gone.py": None})
    commit(root, {"tests/bench/test_b.py": "new"})
    with trees_of(root, tmp_path) as trees:
        base = trees.checkout(one, "side-0")
        trees.checkout(git(root, "rev-parse", "HEAD").strip(), "side-1")
        trees.overlay("side-1", "side-0", ["tests/bench"])
        assert sorted(p.name for p in (base / "tests/bench").iterdir()) == ["test_a.py", "test_b.py"]
        assert (base / "tests/bench/test_a.py").read_text() == "new"
        assert (base / "code.py").read_text() == "1"
        trees.checkout(one, "side-0")
        assert sorted(p.name for p in (base / "tests/bench").iterdir()) == ["test_a.py", "test_gone.py"]
        assert (base / "tests/bench/test_a.py").read_text() == "old"
        trees.checkout(two, "side-0")
        assert [p.name for p in (base / "tests/bench").iterdir()] == ["test_a.py"]


def test_an_overlay_never_writes_through_a_link_that_leaves_the_tree(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "test_a.py").write_text("precious")
    (root / "tests").symlink_to(outside)
    one = commit(root, {"code.py": "1"})
    (root / "tests").unlink()
    two = commit(root, {"tests/test_a.py": "new"})
    with trees_of(root, tmp_path) as trees:
        trees.checkout(one, "side-0")
        trees.checkout(two, "side-1")
        trees.overlay("side-1", "side-0", ["tests/test_a.py"])
        assert trees.warnings
    assert (outside / "test_a.py").read_text() == "precious"


def test_setup_runs_once_for_each_commit(root: Path, tmp_path: Path) -> None:
    one = commit(root, {"code.py": "1"})
    two = commit(root, {"code.py": "2"})
    count = tmp_path / "count"
    with trees_of(root, tmp_path, setup=f"echo x >> {count}; cp code.py built.py") as trees:
        tree = trees.checkout(one, "side-0")
        trees.checkout(one, "side-0")
        assert count.read_text().count("x") == 1
        assert (tree / "built.py").read_text() == "1"
        trees.checkout(two, "side-0")
        assert (tree / "built.py").read_text() == "2"
        assert count.read_text().count("x") == 2


def test_a_failing_setup_is_an_error_with_its_last_words(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    with (
        trees_of(root, tmp_path, setup="echo no compiler here; exit 3") as trees,
        pytest.raises(MeasureError, match=r"failed \(exit 3\).*no compiler here"),
    ):
        trees.checkout(sha, "side-0")


def test_after_a_failed_setup_the_tree_is_built_again_for_the_commit_before(root: Path, tmp_path: Path) -> None:
    one = commit(root, {"code.py": "1"})
    two = commit(root, {"code.py": "2"})
    with trees_of(root, tmp_path, setup="cp code.py built.py; grep -q 1 code.py") as trees:
        tree = trees.checkout(one, "side-0")
        with pytest.raises(MeasureError):
            trees.checkout(two, "side-0")
        trees.checkout(one, "side-0")
        assert (tree / "built.py").read_text() == "1"


def test_an_unknown_commit_is_an_error(root: Path, tmp_path: Path) -> None:
    commit(root, {"code.py": "1"})
    with trees_of(root, tmp_path) as trees, pytest.raises(MeasureError, match="no worktree for dead"):
        trees.checkout("dead" * 10, "side-0")


def test_submodules_come_from_the_main_checkout_without_the_network(root: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "-q", "-b", "main")
    commit(library, {"lib.py": "lib"})
    commit(root, {"code.py": "1"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "vendored")
    sha = commit(root, {"code.py": "2"})
    library.rename(tmp_path / "elsewhere")  # what the url names can't be reached any more
    (root / "vendored" / "lib.py").write_text("dirty")
    (root / "vendored" / "new.py").write_text("new")
    with trees_of(root, tmp_path) as trees:
        assert (trees.checkout(sha, "side-0") / "vendored" / "lib.py").read_text() == "lib"
        # What the user changed in it is measured as it lies there, and gone with the next checkout.
        own = trees.checkout_working_tree("side-1") / "vendored"
        assert ((own / "lib.py").read_text(), (own / "new.py").read_text()) == ("dirty", "new")
        assert trees.warnings == []
        assert (trees.checkout(sha, "side-1") / "vendored" / "lib.py").read_text() == "lib"
        assert not (own / "new.py").exists()
    assert (root / "vendored" / "lib.py").read_text() == "dirty"


def test_what_git_was_told_not_to_look_at_is_measured_as_it_lies_there(root: Path, tmp_path: Path) -> None:
    commit(root, {"seen.py": "1", "assumed.py": "1", "skipped.py": "1", "equal.py": "1", "absent.py": "1"})
    git(root, "update-index", "--assume-unchanged", "assumed.py", "equal.py")
    git(root, "update-index", "--skip-worktree", "skipped.py", "absent.py")
    for name in ("assumed.py", "skipped.py"):
        (root / name).write_text("2")
    (root / "absent.py").unlink()
    repository = open_repository(root)
    assert repository is not None
    assert {change.path for change in repository.uncommitted()} == {"assumed.py", "skipped.py"}
    with trees_of(root, tmp_path) as trees:
        tree = trees.checkout_working_tree("side-0")
        assert [(tree / name).read_text() for name in ("assumed.py", "skipped.py", "equal.py")] == ["2", "2", "1"]


def test_the_files_of_benchmarks_are_their_folder_or_themselves() -> None:
    assert "tests/benchmark" not in benchmark_files(["tests/benchmark/test_a.py::test_x"])
    assert "tests" in benchmark_files(["tests/benchmark/test_a.py::test_x"])
    files = benchmark_files(["pkg/speed_test.py::test_x", "bench_a.py::test_y"])
    assert {"pkg/speed_test.py", "pkg/conftest.py", "bench_a.py", "pyproject.toml"} <= set(files)
    assert "pkg" not in files


def test_what_is_compiled_in_one_tree_serves_another_where_the_sources_are_the_same(root: Path, tmp_path: Path) -> None:
    one = commit(
        root, {"pkg/__init__.py": "", "pkg/same.py": "X = 1\n", "pkg/other.py": "X = 1\n", ".gitignore": "*.pyc\n"}
    )
    two = commit(root, {"pkg/other.py": "X = 3\n"})
    read = [sys.executable, "-c", "from pkg import other, same; print(same.X, other.X)"]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with trees_of(root, tmp_path) as trees:
        source, tree = trees.checkout(two, "s0"), trees.checkout(one, "s1")
        os.utime(source / "pkg/same.py", (1_000_000_000, 1_000_000_000))  # long before the other tree was made
        subprocess.run(read, cwd=source, env=env, check=True)
        for name in ("same", "other"):  # so that one sees whose bytecode is run
            (compiled,) = (source / "pkg/__pycache__").glob(f"{name}.*.pyc")
            header = compiled.read_bytes()[:16]
            compiled.write_bytes(header + marshal.dumps(compile("X = 7", str(source / f"pkg/{name}.py"), "exec")))
        rewritten = source / "pkg/__pycache__/same.cpython-311-pytest-8.3.4.pyc"
        rewritten.write_bytes(b"of the tree s0")
        trees.share_bytecode("s0", "s1")
        assert not (tree / "pkg/__pycache__" / rewritten.name).exists()
        assert subprocess.run(read, cwd=tree, env=env, check=True, capture_output=True, text=True).stdout == "7 1\n"
        trees.checkout(two, "s1")
        assert subprocess.run(read, cwd=tree, env=env, check=True, capture_output=True, text=True).stdout == "7 3\n"


def test_records_of_the_users_own_worktrees_stay_when_their_disk_is_away(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "usb"))
    (tmp_path / "usb").rename(tmp_path / "away")
    with trees_of(root, tmp_path) as trees:
        trees.checkout(sha, "side-0")
    (tmp_path / "away").rename(tmp_path / "usb")
    assert git(tmp_path / "usb", "status", "--porcelain") == ""


def test_a_tree_that_was_killed_while_it_was_made_is_made_again(root: Path, tmp_path: Path) -> None:
    sha = commit(root, {"code.py": "1"})
    with trees_of(root, tmp_path) as trees:
        home = trees.checkout(sha, "side-0").parent
    git(root, "worktree", "add", "-q", "--detach", "--lock", "--reason", "initializing", str(home / "side-0"), sha)
    (home / "side-0" / ".git").unlink()
    with trees_of(root, tmp_path) as trees:
        assert (trees.checkout(sha, "side-0") / "code.py").read_text() == "1"
    assert worktrees(root) == 1


def test_the_configuration_of_the_user_stays_as_it_is_where_there_are_submodules(root: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "-q", "-b", "main")
    commit(library, {"lib.py": "one"})
    commit(root, {"code.py": "1"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "vendored")
    one = commit(root, {"code.py": "2"})
    commit(root / "vendored", {"lib.py": "two"})
    two = commit(root, {"code.py": "3"})
    git(root, "config", "--remove-section", "submodule.vendored")  # as in a clone where nobody asked for it
    before = (root / ".git/config").read_bytes()
    with trees_of(root, tmp_path) as trees:
        tree = trees.checkout(one, "side-0")
        assert (tree / "vendored/lib.py").read_text() == "one"
        trees.checkout(two, "side-0")
        assert (tree / "vendored/lib.py").read_text() == "two"
    assert (root / ".git/config").read_bytes() == before


def test_files_that_git_ignores_stand_in_every_tree_as_they_are(root: Path, tmp_path: Path) -> None:
    one = commit(root, {"code.py": "1", ".gitignore": "_version.py\ndata/\n.env\n.venv/\n__pycache__/\n"})
    two = commit(root, {"code.py": "2"})
    for path, text in {
        "_version.py": "v",
        "data/n.txt": "300",
        ".env": "X=1",
        ".venv/pyvenv.cfg": "",
        ".venv/x": "x",
    }.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    repository = open_repository(root)
    assert repository is not None
    with trees_of(root, tmp_path, kept=find_kept_files(repository)) as trees:
        for sha in (one, two):
            tree = trees.checkout(sha, "side-0")
            assert {(tree / p).read_text() for p in ("_version.py", "data/n.txt", ".env")} == {"v", "300", "X=1"}
            assert not (tree / ".venv").exists()
            (tree / "data/n.txt").write_text("a benchmark wrote here")
        assert (root / "data/n.txt").read_text() == "300"


def test_a_file_that_the_commit_has_itself_is_not_replaced_by_an_ignored_one(root: Path, tmp_path: Path) -> None:
    one = commit(root, {"_version.py": "of the commit"})
    two = commit(root, {"_version.py": None, ".gitignore": "_version.py\n"})
    (root / "_version.py").write_text("generated")
    repository = open_repository(root)
    assert repository is not None
    with trees_of(root, tmp_path, kept=find_kept_files(repository)) as trees:
        assert (trees.checkout(one, "side-0") / "_version.py").read_text() == "of the commit"
        assert (trees.checkout(two, "side-0") / "_version.py").read_text() == "generated"
        assert (trees.checkout(one, "side-0") / "_version.py").read_text() == "of the commit"
