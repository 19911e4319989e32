from bench_agent.measure.installed_copy import describe_installed_copy
from bench_agent.records import ModuleKind, ModuleOrigin, PytestProcess, Suite

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
