"""`setup` with real environments and real pip; the packages are made here, nothing is downloaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.errors import MeasureError
from bench_agent.system.builds import Builds, _hash_build_settings
from bench_agent.system.environments import look_at, make_environment
from bench_agent.system.worktrees import Trees
from planted import git
from repositories import opened

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "shop"
version = "1.0"
"""
# A build backend of a few lines, which needs no package: wheels of the package `shop`, ordinary and editable.
BACKEND = """
import os, zipfile
INFO = "shop-1.0.dist-info"
def _wheel(folder, files):
    name = "shop-1.0-py3-none-any.whl"
    files = {**files, INFO + "/METADATA": "Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n",
             INFO + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    record = "".join(n + ",,\\n" for n in [*files, INFO + "/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, text in {**files, INFO + "/RECORD": record}.items():
            wheel.writestr(path, text)
    return name
def _seen(name):
    try:
        return bool(__import__(name))
    except ImportError:
        return False
def build_wheel(folder, config_settings=None, metadata_directory=None):
    files = {"shop/" + n: open("src/shop/" + n).read() for n in os.listdir("src/shop") if n.endswith(".py")}
    files["shop/_version.py"] = "version = '1.0'  # generated"
    files["shop/_seen.py"] = "seen = %r" % [name for name in ("of_the_suite", "beside_the_suite") if _seen(name)]
    return _wheel(folder, files)
def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"shop.pth": os.path.abspath("src") + "\\n"})
"""
PIP = "-m pip install -q --no-index --disable-pip-version-check"


@pytest.fixture(scope="module")
def suite_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as a user has: pip, and nothing else."""
    folder = tmp_path_factory.mktemp("user") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, suite_environment: Path) -> Path:
    """A project whose package is installed in the user's environment, editable, and its two commits. No test changes it."""
    root = tmp_path_factory.mktemp("project") / "shop"
    (root / "src/shop").mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(BACKEND)
    (root / "src/shop/__init__.py").write_text("LEVEL = 1\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "One")
    (root / "src/shop/__init__.py").write_text("LEVEL = 2\n")
    git(root, "commit", "-qam", "Two")
    subprocess.run(f"{suite_environment}/bin/python {PIP} -e .", cwd=root, shell=True, check=True)
    return root


def trees_of(root: Path, environment: Path, tmp_path: Path, setup: str) -> Trees:
    repository = opened(root)
    builds = Builds(
        setup,
        python=str(environment / "bin/python"),
        repository=repository,
        home=tmp_path / "builds",
        environment={**os.environ, "PIP_NO_INDEX": "1"},
    )
    return Trees(repository, builds=builds, cache=tmp_path / "cache")


def installed(environment: Path) -> dict[str, bytes]:
    site = next(environment.glob("lib/*/site-packages"))
    paths = [p for p in site.rglob("*") if p.is_file() and "__pycache__" not in p.parts and "/pip/" not in str(p)]
    return {str(path): path.read_bytes() for path in paths}


def said(python: str, code: str, cwd: Path) -> str:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([python, "-c", code], cwd=cwd, env=bare, check=True, capture_output=True, text=True).stdout


@pytest.mark.long
@pytest.mark.parametrize(
    "setup",
    ["pip install -q -e .", "pip install -q .", "python -m pip install -q -e .", "pip3 install -q ."],
)
def test_setup_installs_into_an_environment_of_its_own(
    shop: Path, suite_environment: Path, tmp_path: Path, setup: str
) -> None:
    before = installed(suite_environment)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with trees_of(shop, suite_environment, tmp_path, setup) as trees:
        trees.checkout(git(shop, "rev-parse", "HEAD~1").strip(), "base")
        python = trees.python("base")
        assert python is not None
        assert said(python, "import shop; print(shop.LEVEL)", elsewhere) == "1\n"
    assert installed(suite_environment) == before
    assert said(f"{suite_environment}/bin/python", "import shop; print(shop.LEVEL)", elsewhere) == "2\n"


@pytest.mark.long
def test_an_isolated_build_has_what_it_requires_not_what_the_suite_has(
    shop: Path, suite_environment: Path, tmp_path: Path
) -> None:
    """A suite with an old setuptools or another Cython: with those, a version would not be built, or built otherwise."""
    site = next(suite_environment.glob("lib/*/site-packages"))
    (tmp_path / "editable").mkdir()
    (tmp_path / "editable/beside_the_suite.py").touch()
    for name, text in {"of_the_suite.py": "", "beside.pth": f"{tmp_path}/editable\n"}.items():
        (site / name).write_text(text)
    try:
        with trees_of(shop, suite_environment, tmp_path, "pip install -q .") as trees:
            trees.checkout(git(shop, "rev-parse", "HEAD~1").strip(), "base")
            python = trees.python("base") or ""
            assert said(python, "import shop._seen; print(shop._seen.seen)", tmp_path) == "[]\n"
            assert said(python, "import of_the_suite, beside_the_suite", tmp_path) == ""
    finally:
        for name in ("of_the_suite.py", "beside.pth"):
            (site / name).unlink()


@pytest.mark.long
@pytest.mark.parametrize("setup", ["{user}/bin/pip install -e .", "pip install --user .", "sudo pip install ."])
def test_an_install_that_names_another_environment_is_refused_before_it_runs(
    shop: Path, suite_environment: Path, tmp_path: Path, setup: str
) -> None:
    before = installed(suite_environment)
    with (
        trees_of(shop, suite_environment, tmp_path, setup.format(user=suite_environment)) as trees,
        pytest.raises(MeasureError, match="not ours"),
    ):
        trees.checkout(git(shop, "rev-parse", "HEAD").strip(), "head")
    assert installed(suite_environment) == before


@pytest.mark.long
def test_a_script_that_installs_into_the_suites_environment_is_told_and_undone(
    shop: Path, suite_environment: Path, tmp_path: Path
) -> None:
    before = installed(suite_environment)
    script = tmp_path / "build.sh"
    script.write_text(f"env -i {suite_environment}/bin/python {PIP} -e .\n")
    with (
        trees_of(shop, suite_environment, tmp_path, f"sh {script}") as trees,
        pytest.raises(MeasureError, match=r"changed the suite's own environment .*put back"),
    ):
        trees.checkout(git(shop, "rev-parse", "HEAD~1").strip(), "base")
    assert installed(suite_environment) == before
    assert said(f"{suite_environment}/bin/python", "import shop; print(shop.LEVEL)", tmp_path) == "2\n"


@pytest.mark.long
def test_what_a_plain_install_generates_stands_in_the_tree(shop: Path, suite_environment: Path, tmp_path: Path) -> None:
    with trees_of(shop, suite_environment, tmp_path, "pip install -q .") as trees:
        tree = trees.checkout(git(shop, "rev-parse", "HEAD").strip(), "head")
        assert (tree / "src/shop/_version.py").read_text().startswith("version = '1.0'")


@pytest.mark.long
def test_the_same_inputs_are_built_once(shop: Path, suite_environment: Path, tmp_path: Path) -> None:
    shop, installed_shop = tmp_path / "clone", shop
    git(tmp_path, "clone", "-q", str(installed_shop), str(shop))
    count = tmp_path / "count"
    setup = f"echo x >> {count}; pip install -q -e ."
    spent_s = []
    for slot, revision in (("base", "HEAD~1"), ("head", "HEAD"), ("base", "HEAD~1")):
        with trees_of(shop, suite_environment, tmp_path, setup) as trees:
            trees.checkout(git(shop, "rev-parse", revision).strip(), slot)
            python = trees.python(slot)
            assert python is not None
            level = said(python, "import shop; print(shop.LEVEL)", tmp_path)
            assert level == ("2\n" if slot == "head" else "1\n")
            spent_s.append(trees.built_s)
    assert spent_s[0] > 0.0
    assert spent_s[1:] == [0.0, 0.0]
    assert count.read_text().count("x") == 1  # Python sources are not what it depends on
    (shop / "backend.py").write_text(BACKEND + "\n# other\n")
    (shop / "pyproject.toml").write_text(PYPROJECT.replace("1.0", "1.1"))
    git(shop, "commit", "-qam", "Another build")
    with trees_of(shop, suite_environment, tmp_path, setup) as trees:
        trees.checkout(git(shop, "rev-parse", "HEAD").strip(), "head")
    assert count.read_text().count("x") == 2


@pytest.mark.long
def test_setup_that_names_the_commits_day_is_run_for_each_day(
    shop: Path, suite_environment: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(shop), str(clone))
    for number, day in enumerate(("2024-05-01", "2024-05-02", "2024-05-02"), start=3):
        (clone / "src/shop/__init__.py").write_text(f"LEVEL = {number}\n")
        done = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qam", f"{number}"]
        subprocess.run(done, cwd=clone, check=True, env={**os.environ, "GIT_COMMITTER_DATE": f"{day}T12:00:00 +0000"})
    days = tmp_path / "days"
    for revision in ("HEAD~2", "HEAD~1", "HEAD"):
        with trees_of(clone, suite_environment, tmp_path, f'echo "$BENCH_AGENT_DATE" >> {days}') as trees:
            trees.checkout(git(clone, "rev-parse", revision).strip(), "base")
    assert days.read_text() == "2024-05-01\n2024-05-02\n"  # Python sources alone are no other build


@pytest.mark.long
def test_an_archive_of_python_sources_is_built_for_each_version(
    shop: Path, suite_environment: Path, tmp_path: Path
) -> None:
    levels = {}
    setup = "rm -f lib.zip; cd src && python -m zipfile -c ../lib.zip shop"
    for slot, revision in (("base", "HEAD~1"), ("head", "HEAD")):
        with trees_of(shop, suite_environment, tmp_path, setup) as trees:
            tree = trees.checkout(git(shop, "rev-parse", revision).strip(), slot)
            code = "import sys; sys.path.insert(0, 'lib.zip'); import shop; print(shop.__file__, shop.LEVEL)"
            levels[slot] = said(str(suite_environment / "bin/python"), code, tree).split()
    assert levels == {"base": ["lib.zip/shop/__init__.py", "1"], "head": ["lib.zip/shop/__init__.py", "2"]}


@pytest.mark.long
def test_an_environment_of_ours_sees_the_packages_below_it(suite_environment: Path, tmp_path: Path) -> None:
    site = next(suite_environment.glob("lib/*/site-packages"))
    (site / "below.py").write_text("LEVEL = 1\n")
    environment = make_environment(look_at(str(suite_environment / "bin/python")), tmp_path / "own")
    assert said(environment.python, "import below; print(below.LEVEL)", tmp_path) == "1\n"
    (environment.site / "below.py").write_text("LEVEL = 2\n")
    assert said(environment.python, "import below; print(below.LEVEL)", tmp_path) == "2\n"


def test_settings_of_tools_that_build_nothing_are_no_other_build(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"

    def key(text: str) -> str | None:
        path.write_text(text)
        return _hash_build_settings(path)

    plain = key('[project]\nname = "shop"\n[tool.setuptools]\nzip-safe = true\n')
    assert (
        key('[project]\nname = "shop"\n[tool.setuptools]\nzip-safe = true\n[tool.bench-agent]\nsetup = "x"\n') == plain
    )
    assert key('[project]\nname = "shop"\n[tool.setuptools]\nzip-safe = false\n') != plain
    assert key("not [ toml") is None


@pytest.mark.long
def test_the_first_use_of_a_setup_is_said_and_each_change_of_it(
    shop: Path, suite_environment: Path, tmp_path: Path
) -> None:
    said = []
    for setup in ("touch one.txt", "touch one.txt", "touch two.txt", "touch one.txt"):
        with trees_of(shop, suite_environment, tmp_path, setup) as trees:
            trees.checkout(git(shop, "rev-parse", "HEAD").strip(), "base")
            said.append(trees.warnings)
    first, again, other, back = said
    assert first == ["the command `setup` is run for the first time here: touch one.txt"]
    assert other == ["`setup` is another command than before: touch two.txt"]
    assert (again, back) == ([], [])


@pytest.mark.long
def test_an_uncommitted_setting_of_ours_is_no_other_build(shop: Path, suite_environment: Path, tmp_path: Path) -> None:
    """Else the newest commit is built once more where `setup` was just set: 2 minutes for nothing (dbus-fast)."""
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(shop), str(copy))
    (copy / "tests").mkdir()

    def key(*changed: str) -> tuple[str, str]:
        builds = Builds(
            "true",
            python=str(suite_environment / "bin/python"),
            repository=opened(copy),
            home=tmp_path / "builds",
            environment={},
        )
        builds._interpreter = look_at(str(suite_environment / "bin/python"))
        return builds._keys(copy, frozenset(changed))

    before = key()
    (copy / "pyproject.toml").write_text(f'{PYPROJECT}[tool.bench-agent]\nsetup = "true"\n')
    (copy / "tests/test_new.py").write_text("# a test")
    assert key("pyproject.toml", "tests/test_new.py") == before
    (copy / "backend.py").write_text(f"{BACKEND}# other\n")
    assert key("backend.py") != before
    (copy / "fast.c").write_text("int x;")
    assert key("fast.c") != before
