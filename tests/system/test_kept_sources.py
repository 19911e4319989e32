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


@pytest.mark.parametrize(
    ("changed", "is_source"),
    [("tools/genlib.py", True), ("tools/levels.txt", True), ("tools/other.py", False), ("pkg/core.py", False)],
)
def test_what_the_generator_imports_and_that_names_is_a_source(tmp_path: Path, changed: str, is_source: bool) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    files = {
        "Makefile": "benchmark: pkg/_table.py\n\tpytest\n\npkg/_table.py:\n\tpython tools/gen.py\n",
        ".gitignore": "_table.py\n",
        "tools/gen.py": "import genlib\nimport pkg\n\ngenlib.write('pkg/_table.py')\n",
        "tools/genlib.py": "from pathlib import Path\n\nLEVELS = Path(__file__).parent / 'levels.txt'\n",
        "tools/levels.txt": "1 2\n",
        "tools/other.py": "X = 1\n",
        "pkg/core.py": "X = 1\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "One")
    base = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / changed).write_text(files[changed] + "# more\n")
    git(tmp_path, "commit", "-qam", "Two")
    tree = tmp_path / "tree"
    tree.mkdir()
    kept = KeptFiles(files=("pkg/_table.py",))
    known = {"sha": base, "what": "base", "changed": (), "used": frozenset({"pkg/_table.py"}), "has_setup": False}
    if not is_source:
        check_kept(opened(tmp_path), tree, kept, **known)
        return
    with pytest.raises(MeasureError, match=f"a generated file was built from other sources .*{changed} differs"):
        check_kept(opened(tmp_path), tree, kept, **known)
