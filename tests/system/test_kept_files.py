"""Which changes make a built or generated file that of another version."""

import zipfile
from pathlib import Path

import pytest

from bench_agent.system.kept_files import (
    KeptFiles,
    TableComparison,
    build_scripts,
    built_from,
    is_build_script,
    packed_in,
    reads_beside,
)

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


@pytest.mark.parametrize(
    ("script", "text", "path", "reads"),
    [
        ("generate.sh", "cp pkg/core.py pkg/made.py", "pkg/core.py", True),
        ("generate.sh", "cp pkg/core.py pkg/made.py", "pkg/other.py", False),
        ("generate.sh", "cp pkg/core.py pkg/made.py", "README.md", False),
        ("gen.py", "from pkg.spec import ALL\nopen('pkg/made.py', 'w')", "pkg/spec.py", True),
        ("gen.py", "open('made.py', 'w').write(open('spec.json').read())", "data/spec.json", True),
        ("Makefile", "made.py:\n\tpython gen.py specs/*\n\nlint:\n\truff pkg/core.py\n", "specs/a.json", True),
        ("Makefile", "made.py:\n\tpython gen.py specs/*\n\nlint:\n\truff pkg/core.py\n", "pkg/core.py", False),
        ("gen.py", "import pkg\nopen('made.py', 'w')", "pkg/__init__.py", False),
    ],
)
def test_what_a_script_reads_beside_what_it_writes_is_a_source_of_it(
    script: str, text: str, path: str, reads: bool
) -> None:
    assert reads_beside(script, text, ["pkg/made.py"], path) is reads


def test_an_archive_holds_copies_of_the_sources_it_was_packed_from(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("pkg/core.py", "")
    (tmp_path / "no.zip").write_text("")
    assert packed_in(tmp_path, ["lib.zip", "no.zip", "gone.zip"], ["README.md", "src/pkg/core.py"]) == "src/pkg/core.py"
    assert packed_in(tmp_path, ["lib.zip"], ["src/pkg/core.pyi", "core.py"]) is None
