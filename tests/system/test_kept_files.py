"""Which changes make a built or generated file that of another version."""

import pytest

from bench_agent.system.kept_files import KeptFiles, TableComparison, build_scripts, built_from, is_build_script

BUILT = KeptFiles(extensions=("pkg/_fast.cpython-311-x86_64-linux-gnu.so",))
SAME = TableComparison(b"", b"")


def reason(
    kept: KeptFiles, *changed: str, setup: bytes = b"", pyproject: bytes = b"", named: bool = False
) -> str | None:
    scripts = build_scripts(setup, pyproject)
    return built_from(
        kept, changed, used=frozenset(), differs=SAME, scripts=scripts, names_one_of=lambda path, files: named
    )


@pytest.mark.parametrize(
    ("setup", "pyproject", "changed"),
    [
        (b"from tools.flags import OPT", b"", "tools/flags.py"),
        (b"from tools import flags", b"", "tools/flags.py"),
        (b"import buildflags", b"", "buildflags.py"),
        (b"exec(open('./pkg/build_info.py').read())", b"", "pkg/build_info.py"),
        (b"", b"[build-system]\nbackend-path = ['packaging']", "packaging/backend/_build.py"),
    ],
)
def test_what_takes_part_in_a_build_makes_an_extension_another_one(
    setup: bytes, pyproject: bytes, changed: str
) -> None:
    assert reason(BUILT, changed, setup=setup, pyproject=pyproject) == changed


def test_other_python_files_do_not() -> None:
    setup = b"import os, sys, platform\nfrom setuptools import setup, Extension\nfrom tools.flags import OPT"
    for changed in (
        "pkg/core.py",
        "noxfile.py",
        "tools/release.py",
        "tests/test_flags.py",
        "docs/conf.py",
        "pkg/platform.py",
    ):
        assert reason(BUILT, changed, setup=setup) is None
    assert not is_build_script("tools/flags.txt", build_scripts(setup, None))


@pytest.mark.parametrize("setup", [b"def (", b"\x00", None])
def test_a_setup_file_that_cannot_be_read_names_nothing(setup: bytes | None) -> None:
    assert build_scripts(setup, b"[") == frozenset()


def test_a_changed_file_that_writes_a_generated_module_makes_it_another_one() -> None:
    generated = KeptFiles(files=("pkg/_gen.py",))
    assert reason(generated, "gen.py", named=True) == "gen.py"
    assert reason(generated, "gen.py") is None
