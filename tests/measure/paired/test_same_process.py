"""Where a version's copy of a process imports from."""

from pathlib import Path

from bench_agent.measure.paired.same_process import side_of
from bench_agent.records import ModuleOrigin, PytestProcess


def side(tmp_path: Path, process: PytestProcess) -> tuple[str, ...]:
    tree, top = tmp_path / "tree", tmp_path / "top"
    (tree / "python/shop").mkdir(parents=True)
    top.mkdir()
    found = side_of(process, label="base", tree=tree, top=top, root=top)
    return tuple(str(path.relative_to(tree)) for path in found.path)


def test_folders_of_editable_installs_are_those_of_the_tree(tmp_path: Path) -> None:
    top = str(tmp_path / "top")
    process = PytestProcess(executable="python", rootdir=top, path=(f"{top}/python", "/elsewhere/src"))
    assert side(tmp_path, process) == ("python",)


def test_the_sources_of_an_installed_copy_are_found_in_the_tree(tmp_path: Path) -> None:
    copy = ModuleOrigin(name="shop.core", kind="source", path="/venv/lib/python3.12/site-packages/shop/core.py")
    process = PytestProcess(executable="python", rootdir=str(tmp_path / "top"), modules=(copy,))
    assert side(tmp_path, process) == ("python",)


def test_nothing_is_added_where_the_checkout_was_imported(tmp_path: Path) -> None:
    assert side(tmp_path, PytestProcess(executable="python", rootdir=str(tmp_path / "top"))) == ()
