"""Which built file is said not to be a version's, and what is said to do about it."""

from pathlib import Path

import pytest

from bench_agent.errors import MeasureError
from bench_agent.system.kept_files import KeptFiles
from bench_agent.system.kept_sources import check_kept
from planted import git
from repositories import opened

KEPT = KeptFiles(extensions=("a.cpython-312.so", "b.cpython-312.so"))


@pytest.mark.parametrize(
    ("has_setup", "how", "hint"),
    [(False, "no `setup`", '"pip install -e ."'), (True, "did not build it", "read what it prints")],
)
def test_the_module_that_is_compiled_from_what_differs_is_named(
    tmp_path: Path, has_setup: bool, how: str, hint: str
) -> None:
    """As zeroconf: many modules, each compiled from the Python source beside it."""
    git(tmp_path, "init", "-q", "-b", "main")
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("X = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "One")
    base = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "b.py").write_text("X = 2\n")
    git(tmp_path, "commit", "-qam", "Two")
    tree = tmp_path / "tree"
    tree.mkdir()
    with pytest.raises(MeasureError, match=rf"^b\.cpython-312\.so .*{how}") as told:
        check_kept(
            opened(tmp_path), tree, KEPT, sha=base, what="base", changed=(), used=frozenset(), has_setup=has_setup
        )
    assert told.value.hint is not None
    assert hint in told.value.hint
