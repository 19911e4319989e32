from pathlib import Path

import pytest

from bench_agent.measure.installed_copy import describe_installed_copy
from bench_agent.records import ModuleKind, ModuleOrigin, PytestProcess, Suite
from projects import FAST, bare_python, make_project, measure

SITE = "/home/me/venv/lib/python3.12/site-packages"


def suite(*modules: tuple[str, ModuleKind, str]) -> Suite:
    origins = tuple(ModuleOrigin(name=name, kind=kind, path=path) for name, kind, path in modules)
    return Suite(processes=(PytestProcess(executable="python", rootdir="/home/me/attrs", modules=origins),))


def test_an_installed_copy_is_named_with_its_folder_and_what_to_do() -> None:
    told = describe_installed_copy(
        suite(("attr", "source", f"{SITE}/attr/__init__.py"), ("attr._make", "source", f"{SITE}/attr/_make.py"))
    )
    assert told is not None
    assert told.startswith(f"the installed copy of attr was measured ({SITE}/attr), not this tree")
    assert "pip install -e ." in told


def test_where_versions_are_built_an_install_in_place_is_no_advice() -> None:
    told = describe_installed_copy(suite(("attr", "source", f"{SITE}/attr/__init__.py")), setup="pip install .")
    assert told is not None
    assert "-e" not in told
    assert "Run `pip install .` before" in told


def test_extension_modules_of_the_checkout_are_no_installed_copy() -> None:
    assert describe_installed_copy(suite(("yarl._c", "extension", "/home/me/yarl/yarl/_c.so"))) is None
    assert describe_installed_copy(None) is None


def test_another_checkout_is_named_too() -> None:
    told = describe_installed_copy(suite(("attr._make", "source", "/home/me/other/src/attr/_make.py")))
    assert told is not None
    assert told.startswith("another copy of attr was measured (/home/me/other/src/attr), not this tree")


@pytest.mark.parametrize("folder", ["src", "lib/python"])
def test_a_run_tells_that_it_imported_from_another_checkout(tmp_path: Path, folder: str) -> None:
    project = make_project(
        tmp_path / "project", suite="from shop import work\n\ndef test_it(benchmark):\n    benchmark(work)\n"
    )
    for place in (project.root / folder, tmp_path / "other"):
        (place / "shop").mkdir(parents=True)
        (place / "shop/__init__.py").write_text("def work():\n    return 1\n")
    python = bare_python(tmp_path / "venv")
    site = next((tmp_path / "venv").glob("lib/*/site-packages"))
    (site / "other.pth").write_text(f"{tmp_path}/other\n")
    found = measure(project, f"'{python}' -m pytest -q {FAST} tests/benchmark")
    told = describe_installed_copy(found.probed.suite)
    assert told is not None
    assert f"another copy of shop was measured ({tmp_path}/other/shop)" in told
    (site / "other.pth").write_text(f"{project.root}/{folder}\n")
    found = measure(project, f"'{python}' -m pytest -q {FAST} tests/benchmark")
    assert describe_installed_copy(found.probed.suite) is None
    assert found.probed.suite
    assert found.probed.suite.processes[0].path == (f"{project.root}/{folder}",)
