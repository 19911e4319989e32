"""Collecting again only what held benchmarks, in real pytest sessions: for as long as that is the whole truth."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bench_agent.measure import collection_cache
from bench_agent.measure.collection_cache import keep_collection, only_these, recall_collection
from bench_agent.records import Collection
from projects import SUITE, Project, make_project, measure

COMMAND = "{pytest} tests"
NEW = "def test_new(benchmark):\n    benchmark(int)\n"
IMPORTED = "import pathlib\npathlib.Path(__file__).with_suffix('.seen').touch()\ndef test_it(): pass\n"


def collect(project: Project) -> set[str]:
    """A whole look, which is remembered; the names of the benchmarks."""
    found = measure(project, COMMAND, collect_only=True).probed
    assert found.collection
    keep_collection(project.root / ".benchmark", COMMAND, found.collection)
    assert found.suite
    return {id.rpartition("::")[2] for id in found.suite.ids}


@pytest.fixture
def remembered(tmp_path: Path) -> Project:
    """A project with an answer kept, without a session: what it depends on is files alone."""
    made = make_project(tmp_path)
    made.write("tests/test_other.py", IMPORTED)
    made.write("tests/unit/test_more.py", IMPORTED)
    made.write("tests/conftest.py", "")
    (tmp_path / ".benchmark").mkdir()
    collection = Collection(
        roots=(str(tmp_path / "tests"),),
        patterns=("test_*.py", "*_test.py"),
        settings=(str(tmp_path / "pyproject.toml"),),
        files=(str(tmp_path / "tests/benchmark/test_it.py"),),
    )
    keep_collection(tmp_path / ".benchmark", COMMAND, collection)
    return made


@pytest.fixture
def project(remembered: Project) -> Project:
    """The same, collected by pytest; its ordinary tests leave a mark when they are imported."""
    assert collect(remembered) == {"test_adds", "test_sorts"}
    for seen in remembered.root.rglob("*.seen"):
        seen.unlink()
    return remembered


def recall(project: Project) -> str | None:
    known = recall_collection(project.root / ".benchmark", COMMAND)
    return only_these(known) if known else None


def test_files_without_benchmarks_are_not_imported_again(project: Project) -> None:
    found = measure(project, COMMAND, only=recall(project))
    assert found.names == {"test_adds", "test_sorts"}
    assert list(project.root.rglob("*.seen")) == []
    assert found.probed.collection is None  # a part is not remembered as the whole


def test_new_benchmarks_in_a_remembered_file_are_found(project: Project) -> None:
    only = recall(project)
    project.write("tests/benchmark/test_it.py", SUITE + NEW)
    assert measure(project, COMMAND, only=only).names == {"test_adds", "test_sorts", "test_new"}


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.write("tests/unit/test_more.py", NEW),
        lambda p: p.write("tests/unit/deeper/test_new.py", NEW),
        lambda p: p.write("tests/unit/helper.py", NEW),
        lambda p: p.write("tests/unit/conftest.py", ""),
        lambda p: p.write("tests/conftest.py", "x = 1\n"),
        lambda p: p.write("conftest.py", ""),
        lambda p: p.write("pyproject.toml", "[tool.pytest.ini_options]\nminversion = '6'\n"),
        lambda p: p.makefile("{pytest} elsewhere"),
        lambda p: (p.root / "tests/test_other.py").unlink(),
        lambda p: os.utime(p.root / "tests/test_other.py"),
        lambda p: p.write(".benchmark/collected.json", "{"),
    ],
)
def test_whatever_the_answer_depends_on_makes_it_forgotten(
    remembered: Project, change: Callable[[Project], object]
) -> None:
    assert recall(remembered)
    change(remembered)
    assert recall(remembered) is None


def test_code_that_is_no_test_and_the_caches_of_a_run_do_not(remembered: Project) -> None:
    remembered.write("src/package/work.py", "x = 2\n")
    remembered.write("tests/__pycache__/test_other.cpython-312.pyc", "x")
    assert recall(remembered)


def test_another_command_has_an_answer_of_its_own(remembered: Project) -> None:
    assert recall_collection(remembered.root / ".benchmark", "pytest elsewhere") is None


def test_a_session_that_looks_elsewhere_collects_all_it_finds(project: Project) -> None:
    project.write("more/test_new.py", NEW)  # as when a script behind the command was changed
    assert measure(project, "{pytest} tests more", only=recall(project)).names == {
        "test_adds",
        "test_sorts",
        "test_new",
    }


def test_what_could_not_be_imported_is_no_answer(project: Project) -> None:
    project.write("tests/test_other.py", "import no_such_module\n")
    assert measure(project, COMMAND, collect_only=True).probed.collection is None


@pytest.mark.long
def test_a_quick_run_and_a_comparison_use_it_and_a_whole_run_renews_it(project: Project) -> None:
    project.makefile("{pytest} tests")
    project.commit()
    seen = [project.root / "tests/test_other.seen", project.root / "tests/unit/test_more.seen"]

    def imports(*arguments: str) -> list[bool]:
        done = project.run(*arguments, "--json")
        assert done.code in (0, 3), done.text  # 3: on a busy machine the ring's second is over before a pair
        found = [mark.exists() for mark in seen]
        for mark in seen:
            mark.unlink(missing_ok=True)
        return found

    assert imports("run", "--no-confirm") == [True, True]
    assert imports("run", "--no-confirm", "--quick") == [False, False]
    assert imports("compare", "HEAD", "--budget", "1") == [False, False]
    assert imports("run", "--no-confirm") == [True, True]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("roots", ["/"]),
        ("roots", ["tests/../../.."]),
        ("files", ["/etc/passwd"]),
        ("roots", "/"),
        ("roots", [7]),
        ("patterns", None),
        ("patterns", [["*"]]),
        ("settings", {"a": 1}),
        ("files", ["a\0b"]),
    ],
)
def test_an_answer_that_leads_out_of_the_project_is_none_and_costs_no_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: object
) -> None:
    """The file can come with a repository: with the root "/" whole disks were looked at, for 25 s."""
    known = {"format": 1, "command": "c", "roots": [], "patterns": [], "settings": [], "files": [], "key": ""}
    (tmp_path / ".benchmark").mkdir()
    (tmp_path / ".benchmark" / "collected.json").write_text(json.dumps({**known, key: value}))
    monkeypatch.setattr(collection_cache, "fingerprint", lambda *_: pytest.fail("it was looked at"))
    assert recall_collection(tmp_path / ".benchmark", "c") is None
