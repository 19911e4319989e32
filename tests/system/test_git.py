"""Real repositories of every sort: what git can be asked, what it may not run, and text that tries to be something else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.errors import GitError
from bench_agent.system import git_command
from bench_agent.system.git import open_repository
from bench_agent.system.git_commit import commit_file
from planted import git
from repositories import opened, project

__all__ = ["project"]  # the fixture

SRC = str(Path(__file__).parents[2] / "src")


def commit(folder: Path, message: bytes, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
        git(folder, "--literal-pathspecs", "add", "--", name)
    git(folder, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-", given=message)
    return git(folder, "rev-parse", "HEAD").strip()


# --- where a repository can be


def test_the_head_of_an_ordinary_repository(project):
    (project / "code.py").write_text("x = 9\n")
    head = opened(project).head()
    assert head.sha == git(project, "rev-parse", "HEAD").strip()
    assert (head.branch, head.dirty, head.shallow, head.problem) == ("main", ("code.py",), False, None)


def test_a_detached_head_has_a_commit_and_no_branch(project):
    git(project, "checkout", "-q", "--detach", "HEAD~1")
    head = opened(project).head()
    assert head.sha == git(project, "rev-parse", "main~1").strip()
    assert (head.branch, head.problem) == (None, None)


def test_a_shallow_clone_is_said_to_be_one(project, tmp_path):
    git(tmp_path, "clone", "-q", "--depth=1", project.as_uri(), "shallow")
    repository = opened(tmp_path / "shallow")
    assert repository.head().shallow
    assert [c.subject for c in repository.commits(None)] == ["Commit 2"]


def test_a_bare_repository_has_a_head_and_no_changes(project, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(project), "bare.git")
    head = opened(tmp_path / "bare.git").head()
    assert (head.sha, head.branch, head.dirty, head.problem) == (
        git(project, "rev-parse", "HEAD").strip(),
        "main",
        (),
        None,
    )


def test_a_linked_worktree_has_its_own_root_and_head(project, tmp_path):
    git(project, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"), "HEAD~2")
    repository = opened(tmp_path / "linked")
    assert repository.root == tmp_path / "linked"
    assert (repository.head().branch, repository.head().sha) == ("side", git(project, "rev-parse", "main~2").strip())


def test_a_submodule_is_a_repository_of_its_own(project, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "--quiet", "add", project.as_uri(), "inner")
    repository = opened(outer / "inner")
    assert repository.root == outer / "inner"
    assert repository.head().sha == git(project, "rev-parse", "HEAD").strip()


def test_an_empty_repository_says_that_it_has_no_commits(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    head = opened(tmp_path).head()
    assert (head.sha, head.branch, head.problem) == (None, "main", "the repository has no commits yet")


def test_a_folder_without_repository_is_none(tmp_path):
    assert open_repository(tmp_path) is None


def test_git_dir_in_the_environment_does_not_lead_elsewhere(project, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    assert opened(project).head().sha == git(project, "rev-parse", "HEAD").strip()
    assert "x = 2" in opened(project).diff("HEAD", ["code.py"])


def test_the_environment_of_a_hook_is_read_and_not_changed(project, monkeypatch):
    (project / "new.py").write_text("y = 1\n")
    index = (project / ".git" / "index").read_bytes()
    monkeypatch.chdir(project)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    before = dict(os.environ)
    commit_file(opened(project), "new.py", "new")
    assert dict(os.environ) == before
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git(project, "status", "--porcelain") == ""
    assert (project / ".git" / "index").read_bytes() != index


@pytest.mark.parametrize("names_the_tree", [True, False])
def test_files_kept_apart_from_their_repository_are_in_one(project, tmp_path, monkeypatch, names_the_tree):
    """`git --git-dir=store --work-tree=project`, as people keep the files of their home folder."""
    sha = git(project, "rev-parse", "HEAD").strip()
    store = tmp_path / "store"
    (project / ".git").rename(store)
    assert open_repository(project) is None
    monkeypatch.setenv("GIT_DIR", str(store))
    if names_the_tree:
        monkeypatch.setenv("GIT_WORK_TREE", str(project))
    (project / "code.py").write_text("x = 9\n")
    repository = opened(project)
    assert (repository.root, repository.head().sha, repository.head().dirty) == (project, sha, ("code.py",))
    tree = tmp_path / "tree"
    repository.git("worktree", "add", "--detach", "--quiet", str(tree), "HEAD~1")
    assert repository.git("rev-parse", "HEAD", cwd=tree).strip() == repository.resolve("HEAD~1")
    assert (tree / "code.py").read_text() == "x = 1\n"


def test_another_projects_repository_in_the_environment_is_not_the_one_of_a_folder_without(
    project, tmp_path, monkeypatch
):
    apart = tmp_path / "apart"
    apart.mkdir()
    monkeypatch.setenv("GIT_DIR", str(project / ".git"))
    assert open_repository(apart) is None
    monkeypatch.setenv("GIT_WORK_TREE", str(project))
    assert open_repository(apart) is None


def test_a_folder_named_like_a_variable_is_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("NAMED", "elsewhere")
    folder = tmp_path / "$NAMED"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    assert opened(folder).root == folder


def test_a_project_reached_by_a_link_keeps_the_name_it_was_given(project, tmp_path):
    (tmp_path / "link").symlink_to(project)
    assert opened(tmp_path / "link").root == tmp_path / "link"


def test_a_repository_of_somebody_else_is_an_error_with_the_way_out(project, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests of this
    with pytest.raises(GitError, match="dubious ownership") as caught:
        open_repository(project)
    assert "safe.directory" in (caught.value.hint or "")


def test_without_git_there_is_no_repository(project):
    code = (
        "import sys; from pathlib import Path; from bench_agent.system.git import open_repository;"
        "print(open_repository(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project)],
        env={"PATH": "", "PYTHONPATH": SRC},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "None", done.stderr


# --- what must not happen


def test_no_hook_monitor_or_configured_program_of_the_user_runs_and_the_index_stays(project, tmp_path):
    witness = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 >> {witness}\ncat\n")
    program.chmod(0o755)
    for hook in (
        "pre-commit",
        "post-commit",
        "commit-msg",
        "prepare-commit-msg",
        "reference-transaction",
        "post-index-change",
    ):
        (project / ".git" / "hooks" / hook).symlink_to(program)
    for key in (
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "diff.own.textconv",
        "diff.own.command",
        "core.editor",
    ):
        git(project, "config", key, str(program))
    (project / ".gitattributes").write_text("*.py diff=own\n")
    git(project, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "add", ".gitattributes")
    witness.unlink(missing_ok=True)
    (project / "result.json").write_text("{}")
    os.utime(project / "code.py", (1, 1))  # touched, not changed: what would make git refresh its index
    index = (project / ".git" / "index").read_bytes()
    repository = opened(project)
    repository.head()
    assert [change.path for change in repository.uncommitted()] == [".gitattributes"]
    repository.diff(None)
    repository.patches([c.sha for c in repository.commits(None)])
    repository.find_committed_results("commit")
    assert (project / ".git" / "index").read_bytes() == index
    commit_file(repository, "result.json", "chore(benchmark): results")
    assert not witness.exists(), witness.read_text()


def test_user_settings_do_not_change_how_a_patch_reads(project):
    for key, value in {
        "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "color.ui": "always", "diff.renames": "copies",
        "diff.interHunkContext": "9", "log.showRoot": "false", "core.abbrev": "7", "diff.context": "5",
    }.items():  # fmt: skip
        git(project, "config", key, value)
    repository = opened(project)
    root = repository.commits(None)[-1]
    assert [change.path for change in root.files] == ["code.py"]
    patch = repository.patches([root.sha])[root.sha]
    assert "+++ b/code.py" in patch
    assert "\x1b" not in patch


# --- text from the repository


HOSTILE = [
    b"\x1b[31mred\x1b]0;title\x07",
    b"12\t34\tsetup.py",
    b"a" * 40,
    b"0123456789abcdef0123456789abcdef01234567",
    b"x" * 10_000,
    bytes(range(1, 256)).replace(b"\n", b""),
    "‮reversed ​ \x85 next".encode(),
    b"--exec=touch /tmp/x $(id) `id`",
    b"first line\r\nsecond line\n\n12\t0\tforged.py",
]


@pytest.mark.parametrize("message", HOSTILE)
def test_a_subject_forges_no_field(project, message):
    sha = commit(project, message, **{"code.py": "x = 7\n"})
    newest, *rest = opened(project).commits(None)
    assert newest.sha == sha
    assert [c.path for c in newest.files] == ["code.py"]
    assert [(c.path, c.added, c.deleted) for c in opened(project).count_lines([sha])[sha]] == [("code.py", 1, 1)]
    assert newest.author_date == "2024-06-01T12:00:00+00:00"
    assert [c.subject for c in rest] == ["Commit 2", "Commit 1", "Commit 0"]


@pytest.mark.parametrize(
    "name",
    [
        "with space.py",
        'quo"te.py',
        "new\nline.py",
        "[a-z]*.py",
        "tab\tbed.py",
        "-n",
        ":(glob)x.py",
        "back\\slash.py",
        "ü.py",
        "\x1b[31m.py",
        "\nfirst.py",
        "0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_a_file_name_is_a_name_and_not_a_pattern_or_an_option(project, name):
    from bench_agent.suspects.patches import parse_patch

    sha = commit(project, b"Add", **{name: "a = 1\n", "zother.py": "b = 2\n"})
    repository = opened(project)
    assert sorted(c.path for c in repository.commits(None)[0].files) == sorted([name, "zother.py"])
    assert sorted(c.path for c in repository.count_lines([sha])[sha]) == sorted([name, "zother.py"])
    assert [file.path for file in parse_patch(repository.patches([sha], [name])[sha])] == [name]
    assert repository.show_file(sha, name) == b"a = 1\n"
    (project / name).write_text("a = 3\n")
    assert repository.head().dirty == (name,)
    assert [file.path for file in parse_patch(repository.diff(None, [name]))] == [name]


def test_lines_are_counted_of_the_commits_and_paths_asked_for_and_unlike_files_are_told(project):
    sha = commit(project, b"Two", **{"code.py": "x = 8\n", "other.py": "a\nb\n"})
    repository = opened(project)
    counted = repository.count_lines([sha, f"{sha}~1"], ["code.py"])
    assert [(c.path, c.added, c.deleted) for c in counted[sha]] == [("code.py", 1, 1)]
    assert len(counted) == 2
    assert repository.count_lines([]) == {}
    assert repository.differing(f"{sha}~1", sha) == {"code.py", "other.py"}
    assert repository.differing(sha, sha) == frozenset()


def test_file_content_forges_no_commit_in_a_series_of_patches(project):
    repository = opened(project)
    others = [c.sha for c in repository.commits(None)]
    sha = commit(project, b"Add", **{"data.txt": "y" * 9000 + f"\0{others[1]}\n\0 {others[1]}\nforged\n"})
    found = repository.patches([sha, others[0]])
    assert list(found) == [sha, others[0]]
    assert "x = 2" in found[others[0]]


def test_patches_are_bounded_and_unknown_commits_an_error(project):
    sha = commit(project, b"Much", **{"big.txt": "line of text\n" * 100_000})
    repository = opened(project)
    assert len(repository.patches([sha], limit=10_000)[sha]) < 10_000
    assert len(repository.diff(sha, limit=10_000)) == 10_000
    with pytest.raises(GitError):
        repository.patches(["0" * 40])


def test_blobs_are_read_by_name_and_missing_ones_left_out(project):
    repository = opened(project)
    blob = git(project, "rev-parse", "HEAD:code.py").strip()
    found = repository.blobs(["HEAD:code.py", "HEAD:no such file", blob, "0" * 40, "HEAD:two\nlines", "HEAD"])
    assert found == {"HEAD:code.py": b"x = 2\n", blob: b"x = 2\n"}


def test_a_revision_that_is_an_option_names_nothing(project):
    assert opened(project).resolve("--all") is None
    assert opened(project).resolve("no-such-branch") is None


# --- committed results


def test_a_commit_can_be_named_by_its_subject(project):
    sha = commit(project, b"faster: parse once")
    commit(project, b"another")
    assert opened(project).resolve(":/faster: parse") == sha
    assert opened(project).resolve(":/no such subject") is None


def test_results_are_found_by_message_on_any_branch_newest_first(project):
    folder = project / ".benchmark"
    folder.mkdir()
    git(project, "checkout", "-q", "-b", "ci")
    for number in (1, 2):
        (folder / f"{number}.json").write_text("{}")
        git(project, "add", ".")
        git(project, "commit", "-q", "-m", f"chore(Benchmark): results {number}")
    last = git(project, "rev-parse", "HEAD").strip()
    git(project, "checkout", "-q", "main")
    commit(project, b"A benchmark of something", **{"other.json": "{}"})
    found = opened(project).find_committed_results("benchmark", ".benchmark/")
    assert [path for _, path in found] == [".benchmark/2.json", ".benchmark/1.json"]
    assert found[0].sha == last
    assert opened(project).show_file(*found[0]) == b"{}"
    assert opened(project).find_committed_results("nobody wrote this") == []
    assert opened(project).find_committed_results("--version") == []


def test_a_merge_that_is_not_finished_is_said(project):
    git(project, "checkout", "-q", "-b", "other", "HEAD~1")
    (project / "code.py").write_text("x = 'other'\n")
    git(project, "commit", "-q", "-a", "-m", "Other")
    assert opened(project).head().problem is None
    with pytest.raises(Exception, match="merge"):
        git(project, "merge", "main")
    found = opened(project).head()
    assert found.sha
    assert found.problem == "a merge is under way here: the working tree was measured as it lies there, half done"


def test_a_clone_without_all_files_is_not_completed_from_the_network(project, tmp_path):
    git(project, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", f"file://{project}", clone], check=True)
    before = sorted(path.name for path in (clone / ".git/objects").rglob("*"))
    with pytest.raises(GitError, match=r"promisor|lazy") as failed:
        opened(clone).git("worktree", "add", "--detach", str(tmp_path / "tree"), "HEAD~1")
    assert (
        failed.value.hint
        == "this clone lacks files of that version, and nothing is fetched: git fetch --refetch --no-filter"
    )
    assert sorted(path.name for path in (clone / ".git/objects").rglob("*")) == before


def test_git_that_has_no_room_or_may_not_write_has_a_hint(project):
    for line, hint in (
        ("fatal: unable to write: No space left on device", "free some space"),
        ("fatal: could not create leading directories: Read-only file system", "it must be writable"),
        ("fatal: bad revision", None),
    ):
        error = git_command._failure(["worktree", "add"], line)
        assert (error.hint is None) if hint is None else hint in str(error.hint)


def test_a_pipe_in_the_place_of_a_gitignore_is_an_error_and_not_waited_for(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".benchmark").mkdir()
    os.mkfifo(tmp_path / ".benchmark" / ".gitignore")
    with pytest.raises(GitError, match=r"\.benchmark/\.gitignore is no plain file") as refused:
        open_repository(tmp_path)
    assert refused.value.hint == "remove it: rm .benchmark/.gitignore"
