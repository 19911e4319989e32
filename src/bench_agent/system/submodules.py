"""Submodules of a measured tree, filled from what the main checkout has of them.

`git submodule update` would write to the user's configuration and may clone. Here the files of the recorded commit are written
from the object store that is there already, through an index of our own; nothing else is written and nothing is fetched.
"""

from collections.abc import Iterable
from pathlib import Path

from bench_agent.errors import GitError
from bench_agent.system.git import Repository
from bench_agent.system.temporary import temporary_folder
from bench_agent.text.clean import clean_text

MAX_DEPTH = 5  # of submodules in submodules
MAX_FILES = 20_000  # of one submodule with changes: each is compared with the tree's


class Submodules:
    """What was filled in one tree, by path below its top."""

    def __init__(self, repository: Repository, tree: Path) -> None:
        self._repository, self._tree = repository, tree
        self._filled: dict[str, str] = {}  # path -> commit

    def fill(self) -> list[str]:
        """Make the folders of all submodules what the tree's commit records. Returns those that can't be had, with the reason."""
        if not (self._tree / ".gitmodules").exists():
            return []
        return self._fill(self._tree, "", self._links(self._tree, "HEAD"), depth=0)

    def empty(self) -> None:
        """Take the files away again, before the tree moves to another commit."""
        from bench_agent.system.tree_files import remove

        for path in self._filled:
            remove(self._tree / path)
        self._filled.clear()

    def hold_one_of(self, paths: Iterable[str]) -> bool:
        """Whether one of these files lies in what was filled."""
        return any(path.startswith(f"{filled}/") for path in paths for filled in self._filled)

    def _fill(self, git_dir: Path, prefix: str, links: dict[str, str], *, depth: int) -> list[str]:
        missing = []
        for path, commit in links.items():
            whole = f"{prefix}{path}"
            if self._filled.get(whole) == commit:
                continue
            store = self._store(whole)
            try:
                if store is None:
                    raise GitError("it is not in the main checkout")
                self._write(store, commit, whole)
                self._filled[whole] = commit
                if depth < MAX_DEPTH:
                    missing += self._fill(store, f"{whole}/", self._links(store, commit), depth=depth + 1)
            except (GitError, OSError) as error:
                message = error.message if isinstance(error, GitError) else str(error.strerror)
                missing.append(f"{clean_text(whole)} ({message.rpartition(': ')[2]})")
        return missing

    def _links(self, where: Path, commit: str) -> dict[str, str]:
        """Path -> commit of the submodules that a commit records. where: a tree, or a git directory."""
        listed = self._repository.git("ls-tree", "-r", "-z", commit, cwd=where)
        found = {}
        for entry in filter(None, listed.split("\0")):
            about, _, path = entry.partition("\t")
            mode, _, sha = about.split(" ")[:3]
            if mode == "160000":
                found[path] = sha
        return found

    def _store(self, path: str) -> Path | None:
        """The git directory of the main checkout's submodule at that path."""
        place = self._repository.root / path / ".git"
        if place.is_dir():
            return place
        try:
            named = place.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("gitdir:").strip()
        except OSError:
            return None
        store = (place.parent / named).resolve()
        return store if (store / "objects").is_dir() else None

    def _write(self, store: Path, commit: str, path: str) -> None:
        folder = self._tree / path
        if not folder.parent.resolve().is_relative_to(self._tree.resolve()) or folder.is_symlink():
            raise GitError("its path leads out of the tree")
        with temporary_folder() as own:
            env = {"GIT_INDEX_FILE": f"{own}/index"}
            at = ["--git-dir", str(store), "--work-tree", str(folder)]
            folder.mkdir(parents=True, exist_ok=True)
            self._repository.git(*at, "read-tree", commit, env=env, cwd=store)
            self._repository.git(*at, "checkout-index", "--all", "--force", f"--prefix={folder}/", env=env, cwd=store)


def files_in_submodule(repository: Repository, tree: Path, path: str) -> set[str] | None:
    """The files of a submodule in the user's checkout that a tree has not the same, and those that only the tree has.

    By their paths from the top of the repository; None where they can't be listed, or are too many.
    """
    from bench_agent.system.kept_files import is_junk
    from bench_agent.system.tree_files import files_of, is_same

    source = repository.root / path
    try:
        listed = repository.git("ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=source)
    except GitError:
        return None
    own = {
        f"{path}/{name}" for name in listed.split("\0") if name and not is_junk(name) and not (source / name).is_dir()
    }
    if len(own) > MAX_FILES:
        return None
    there = {name for name in files_of(tree, path) if not name.endswith("/.git")}
    return {name for name in own | there if not is_same(repository.root / name, tree / name)}
