"""Where what was built belongs in a tree."""

import json
from pathlib import Path

import pytest

from bench_agent.system.built_modules import adopt_built_modules, place_of

FAST = "fast.cpython-312-x86_64-linux-gnu.so"


def tree_with(tmp_path: Path, *paths: str) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    for path in paths:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).touch()
    return tree


@pytest.mark.parametrize(
    ("there", "place"), [("fast.cpp", FAST), ("src/fast.pyx", f"src/{FAST}"), ("sources/one.c", FAST)]
)
def test_an_extension_of_no_package_belongs_beside_its_source_else_to_the_top(
    tmp_path: Path, there: str, place: str
) -> None:
    """As `rapidjson`: one module at the top, which `pip install .` builds into the environment alone."""
    assert place_of(tree_with(tmp_path, there), FAST) == place


def test_a_python_module_of_no_package_stays_where_it_is(tmp_path: Path) -> None:
    assert place_of(tree_with(tmp_path, "src/six.py"), "six.py") is None


def test_an_extension_of_a_package_belongs_into_it(tmp_path: Path) -> None:
    assert place_of(tree_with(tmp_path, "src/pkg/__init__.py"), f"pkg/{FAST}") == f"src/pkg/{FAST}"
    assert place_of(tmp_path / "tree", f"other/{FAST}") is None


def test_what_was_installed_from_the_tree_is_adopted_with_modules_of_no_package(tmp_path: Path) -> None:
    tree, info = tree_with(tmp_path, "fast.cpp", "shop.py"), tmp_path / "site/fast-1.dist-info"
    info.mkdir(parents=True)
    (info / "direct_url.json").write_text(json.dumps({"url": f"file://{tree}"}))
    (info / "RECORD").write_text(f"{FAST},,\nshop.py,,\nfast-1.dist-info/RECORD,,\n")
    (tmp_path / "site" / FAST).write_text("built")
    (tmp_path / "site/shop.py").write_text("installed")
    assert adopt_built_modules(tree, tmp_path / "site") == [FAST]
    assert (tree / FAST).read_text() == "built"
    assert (tree / "shop.py").read_text() == ""
