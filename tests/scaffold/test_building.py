from pathlib import Path

import pytest

from bench_agent.scaffold.building import find_build


def project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "because", "setup"),
    [
        ({"setup.py": "setup(ext_modules=[Extension('a', ['a.c'])])"}, "setup.py names", "pip install ."),
        ({"setup.py": "setup(ext_modules=cythonize('*.pyx'))"}, "setup.py names", "pip install ."),
        ({"setup.py": "setup(ext_modules=mypycify(['a.py']))"}, "setup.py names", "pip install ."),
        ({"pyproject.toml": '[build-system]\nbuild-backend = "mesonpy"'}, "meson-python", "pip install ."),
        ({"pyproject.toml": '[build-system]\nbuild-backend = "maturin"'}, "maturin", "pip install ."),
        ({"pyproject.toml": '[build-system]\nbuild-backend = "maturin"', "uv.lock": ""}, "maturin", "uv pip install ."),
        (
            {"pyproject.toml": '[build-system]\nbuild-backend = "scikit_build_core.build"'},
            "scikit-build",
            "pip install .",
        ),
        ({"pyproject.toml": '[[tool.setuptools.ext-modules]]\nname = "a"'}, "extension modules", "pip install ."),
        ({"pyproject.toml": '[tool.poetry.build]\nscript = "build.py"'}, "poetry", "pip install ."),
        ({"pyproject.toml": "[tool.hatch.build.hooks.mypyc]\nx = 1"}, "mypyc", "pip install ."),
        (
            {"pyproject.toml": '[build-system]\nrequires = ["setuptools", "Cython>=3"]', "a/b.pyx": ""},
            "Cython",
            "pip install .",
        ),
        (
            {"pyproject.toml": '[build-system]\nbackend-path = ["p"]', "a/b.pyx": ""},
            "its own|of its own",
            "pip install .",
        ),
        ({"pyproject.toml": '[tool.setuptools_scm]\nwrite_to = "v.py"'}, "v.py is written", "pip install ."),
        ({"a/b.proto": "", ".gitignore": "*_pb2.py", "Makefile": "proto:\n\tx\n"}, "b.proto", "make proto"),
        ({"a/b.proto": "", ".gitignore": "*_pb2.py"}, "b.proto", None),
    ],
)
def test_what_needs_a_build_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], because: str, setup: str | None
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uv").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    build = find_build(project(tmp_path, files))
    assert build is not None
    assert any(word in build.because for word in because.split("|"))
    assert build.setup == setup


def test_uv_is_proposed_only_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    build = find_build(project(tmp_path, {"setup.py": "rust_extensions=[]", "uv.lock": ""}))
    assert build
    assert build.setup == "pip install ."


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"setup.py": "setup(packages=['a'])"},
        {
            "pyproject.toml": '[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.hooks.vcs]\nversion-file = "v.py"',
            "v.py": "",
        },
        {
            "pyproject.toml": '[build-system]\nrequires = ["setuptools_scm"]\n[tool.setuptools_scm]\nwrite_to = "v.py"',
            "v.py": "",
        },
        {"pyproject.toml": '[build-system]\nrequires = ["cython"]'},
        {"pyproject.toml": "not [ toml"},
        {"a/b.proto": ""},
    ],
)
def test_sources_that_run_as_they_are_need_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert find_build(project(tmp_path, files)) is None


def test_what_stands_built_in_place_is_built_so_again(tmp_path: Path) -> None:
    """yarl's build in place traces its lines: another build than the one that an install makes of the same source."""
    (tmp_path / "setup.py").write_text("setup(ext_modules=[Extension('a', ['a.c'])])")
    environment = tmp_path / "env/lib/other.cpython-312-x86_64-linux-gnu.so"
    environment.parent.mkdir(parents=True)
    environment.touch()
    (tmp_path / "env/pyvenv.cfg").touch()
    before = find_build(tmp_path)
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.cpython-312-x86_64-linux-gnu.so").touch()
    after = find_build(tmp_path)
    assert before is not None
    assert after is not None
    assert (before.setup, after.setup) == ("pip install .", "pip install -e .")
