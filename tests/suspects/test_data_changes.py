"""Tables, data, settings and dependencies: what is said of them, and which files are none of it."""

import itertools
import tomllib

import pytest

from bench_agent.suspects.data_changes import compare_values, judge_data, judge_dependencies, kind_of
from bench_agent.suspects.patches import FilePatch, Hunk


def patch(path, removed=(), added=(), new=False):
    return FilePatch(
        path=path, old_blob=None if new else "a" * 40, new_blob="b" * 40,
        hunks=(Hunk(old_start=1, new_start=1, removed=tuple(removed), added=tuple(added)),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/pkg/core.py", "python"), ("requirements.txt", "dependency"), ("requirements/dev.txt", "data"),
        ("requirements-dev.txt", "dependency"), ("docs/requirements.txt", "docs"), ("tests/requirements.txt", "tests"), ("poetry.lock", "dependency"), ("pyproject.toml", "dependency"),
        ("Dockerfile", "dependency"), ("README.md", "docs"), ("docs/conf.py", "docs"), ("CHANGES.txt", "docs"),
        (".github/workflows/ci.yml", "tooling"), ("tests/test_x.py", "tests"), ("conftest.py", "tests"), ("examples/force/force.html", "docs"),
        ("pkg/data/table.json", "data"), ("pkg/_speed.pyx", "compiled"), ("pkg/strange", "other"), ("LICENSE", "tooling"),
    ],
)  # fmt: skip
def test_a_files_kind_follows_from_its_name(path, kind):
    assert kind_of(path) == kind


def values(old, new):
    return [(value.name, value.remark.text) for value in compare_values(old.encode(), new.encode())]


def test_constants_and_tables_of_modules_and_classes():
    assert values("LIMIT = 4\nNAME = 'a'", "LIMIT = 300\nNAME = 'a'") == [("LIMIT", "LIMIT was 4, is 300")]
    assert values("class P:\n    names = ('a', 'b')", "class P:\n    names = {'a': 1, 'b': 2}") == [
        ("names", "P.names was a tuple, is a dict")
    ]
    # What a class inherited until now; in a module nobody used the name yet.
    assert values("class P(Base): pass", "class P(Base):\n    names = {'a': 1}") == [
        ("names", "P.names is new, a dict of 1")
    ]
    assert values("", "T = [1]") == []
    assert values("T = [1, 2]", "T = [1, 2, 3, 4]") == [("T", "T grows from 2 to 4 entries")]
    assert values("S = frozenset({1})", "S = [1]") == [
        ("S", "S was a call of frozenset, is a list: look-ups search it")
    ]
    assert values("A = 1", "A = 1\nB = 2") == []
    assert values("A = (", "A = 1") == []


def test_a_number_that_grows_weighs_more_the_further_it_grows():
    (little,), (much,), (less,) = (compare_values(b"N = 4", new) for new in (b"N = 5", b"N = 400", b"N = 2"))
    assert less.remark.weight < little.remark.weight < much.remark.weight


def test_data_that_grew_and_settings_that_were_raised():
    assert [r.text for r in judge_data(patch("a.json", ['"window": 12,'], ['"window": 400,']))] == ["raises 12 to 400"]
    assert [r.text for r in judge_data(patch("a.csv", [], ["x" * 300]))] == ["adds 300 characters"]
    assert judge_data(patch("a.json", ['"colour": "blue"'], ['"colour": "green"'])) == ()
    assert judge_data(patch("a.json", ['"window": 400'], ['"window": 12'])) == ()


def test_a_pin_that_moved_is_named_and_a_new_major_version_weighs_more():
    (remark,) = judge_dependencies(patch("requirements.txt", ["lib==1.2"], ["lib==2.0"]), None, None)
    (minor,) = judge_dependencies(patch("requirements.txt", ["lib==1.2"], ["lib==1.3"]), None, None)
    assert remark.text == "lib: ==1.2 becomes ==2.0"
    assert remark.weight > minor.weight
    assert judge_dependencies(patch("requirements-dev.txt", ["pytest==8"], ["pytest==9"]), None, None) == ()


def test_only_the_requirements_of_pyproject_count():
    old = b'[project]\ndependencies = ["lib>=1", "other"]\n[tool.ruff]\nline-length = 100\n'
    where = patch("pyproject.toml", ["x"], ["y"])
    assert judge_dependencies(where, old, old.replace(b"100", b"120")) == ()
    assert [r.text for r in judge_dependencies(where, old, old.replace(b"lib>=1", b"lib>=2"))] == [
        "lib: >=1 becomes >=2"
    ]
    assert [r.text for r in judge_dependencies(where, None, old)] == [
        "lib: absent becomes >=1",
        "other: absent becomes any",
    ]
    assert judge_dependencies(where, old, b"[[broken") != ()
    assert judge_dependencies(where, b"\xff", b"[project]\ndependencies = 3") == ()


def test_a_lock_file_is_read_once_however_many_commits_and_benchmarks_ask(monkeypatch):
    read, versions = [], [f'[[package]]\nname = "p{n}"\nversion = "{n}"\n'.encode() for n in range(4)]
    loads = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text: read.append(text) or loads(text))
    for _ in ("one benchmark", "another"):
        for old, new in itertools.pairwise(versions):
            assert judge_dependencies(patch("uv.lock"), old, new)
    assert sorted(read) == sorted(text.decode() for text in versions)


def test_lock_files_say_at_least_that_they_changed():
    assert [r.text for r in judge_dependencies(patch("uv.lock", ['version = "1"'], ['version = "2"']), None, None)] == [
        "changes uv.lock"
    ]
