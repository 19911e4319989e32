"""Which benchmarks `compare` leaves out: changes of many kinds planted in a real repository, and none that matters is missed."""

import shutil
from pathlib import Path

import pytest

from bench_agent.compare.impact import Impact, changed_paths, find_impact, importable
from bench_agent.compare.touched import touches_all
from bench_agent.measure.paired.side import Side
from bench_agent.system.git import open_repository
from projects import Project

LIBRARY = """import json

LIMIT = 100


class Parser:
    step = 1

    def parse(self, text):
        return tokens(text)


def tokens(text):
    return text.split()[:LIMIT]


def render(items):
    return join(items)


def join(items):
    return ",".join(items)


def build(n):
    return [str(i) for i in range(n)]


def only_in_a_test(x):
    return x
"""
SUITE = """import pytest
from lib import Parser, build, join, render


@pytest.fixture
def ten_of_them():
    return build(10)


def test_parse(benchmark):
    benchmark(Parser().parse, "a b c")


@pytest.mark.parametrize("n", [1, 2])
def test_render(benchmark, ten_of_them, n):
    benchmark(render, ten_of_them * n)


def test_join(benchmark):
    benchmark(join, ["a"])
"""
IDS = (
    "tests/test_x.py::test_parse",
    "tests/test_x.py::test_render[1]",
    "tests/test_x.py::test_render[2]",
    "tests/test_x.py::test_join",
)
PARSE, RENDER, JOIN = {IDS[0]}, {IDS[1], IDS[2]}, {IDS[3]}
FILES = {
    "lib.py": LIBRARY, "tests/test_x.py": SUITE, "conftest.py": "def unused(): pass\n", "README.md": "x\n", "data.json": "{}\n",
    "pyproject.toml": "[project]\nname = 'x'\n", "docs/guide.md": "x\n",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(root=tmp_path / "project")
    project.root.mkdir()
    for path, text in FILES.items():
        project.write(path, text)
    project.commit()
    return project


def impact(project: Project, *, overlay: tuple[str, ...] = ()) -> Impact:
    """What HEAD~1 against HEAD need not measure. overlay: files that the base has from the newer version."""
    trees = []
    for revision in ("HEAD~1", "HEAD"):
        tree = project.root.parent / revision.replace("~", "_")
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(project.root, tree, ignore=shutil.ignore_patterns(".git"))
        for path in FILES if revision == "HEAD~1" else ():
            if path not in overlay:
                (tree / path).write_text(FILES[path])
        trees.append(tree)
    repository = open_repository(project.root)
    assert repository is not None
    base, head = (Side(label=tree.name, root=tree, python=("python",)) for tree in trees)
    base_sha, head_sha = project.git("rev-parse", "HEAD~1"), project.git("rev-parse", "HEAD")
    return find_impact(repository, base_sha=base_sha, head_sha=head_sha, sides=[(base, head, IDS)])


@pytest.mark.parametrize(
    ("old", "new", "untouched"),
    [
        ("text.split()", "text.split(' ')", RENDER | JOIN),  # a function of a function
        ("return tokens(text)", "return tokens(text + '')", RENDER | JOIN),  # a method
        ("return join(items)", "return join(list(items))", PARSE | JOIN),
        ("range(n)", "range(n + 1)", PARSE | JOIN),  # only a fixture uses it
        ('",".join(items)', '",".join(list(items))', PARSE),
        ("return x\n", "return x + 1\n", set(IDS)),  # nobody names it
        ("LIMIT = 100", "LIMIT = 200", set()),  # runs at import
        ("step = 1", "step = 2", set()),
        ("import json", "import json, decimal", set()),
        ("def tokens(text):", "@print\ndef tokens(text):", set()),  # a decorator runs at import
        ("def tokens(text):", "def tokens(text, x=len('')):", set()),  # and a default
        ("class Parser:", "class Parser(dict):", set()),
        ("def join(items):\n", "def join(items):\n    # faster\n", set(IDS)),
    ],
)
def test_only_what_uses_the_code_that_differs_is_measured(
    project: Project, old: str, new: str, untouched: set[str]
) -> None:
    assert old in LIBRARY or old == new
    project.write("lib.py", LIBRARY.replace(old, new))
    project.write("README.md", "y\n")
    project.commit("Change")
    found = impact(project)
    assert found.untouched == untouched
    assert (found.because is None) == (not untouched)


@pytest.mark.parametrize(
    ("path", "content", "untouched"),
    [
        ("README.md", "y\n", set(IDS)),
        ("docs/guide.md", "y\n", set(IDS)),
        ("data.json", "[]\n", set()),
        ("pyproject.toml", "[project]\nname = 'y'\n", set()),
        ("requirements.txt", "requests==2\n", set()),
        ("conftest.py", "def unused(): return 1\n", set(IDS)),
        ("conftest.py", "def pytest_configure(): pass\n", set()),
        ("conftest.py", "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef slow(): pass\n", set()),
        ("lib.c", "int x;\n", set()),
        ("tests/input.txt", "x\n", set()),
        (".env", "A=1\n", set()),
        ("lib.py", "def broken(:\n", set()),
    ],
)
def test_files_of_every_kind(project: Project, path: str, content: str, untouched: set[str]) -> None:
    project.write(path, content)
    project.commit("Change")
    assert impact(project).untouched == untouched


def test_benchmark_files_that_both_sides_have_from_the_newer_version_are_no_difference(project: Project) -> None:
    project.write("tests/test_x.py", SUITE + "\n\ndef test_new(benchmark):\n    benchmark(build, 3)\n")
    project.commit("Add a benchmark")
    assert impact(project, overlay=("tests/test_x.py",)).untouched == set(IDS)
    assert impact(project).untouched == set()


@pytest.mark.parametrize(
    ("reads", "untouched"),
    [
        (
            "    benchmark(getattr(lib, 'jo' + 'in'), ['a'])\n",
            set(IDS),
        ),  # any function may be called, but no text is read
        ("    benchmark(lambda: globals()['join'](['a']))\n", set(IDS)),
        ("    benchmark(inspect.getsource, join)\n", PARSE | RENDER),  # the text of code is its input
        ("    benchmark(subprocess.run, ['lint'])\n", PARSE | RENDER),
        ("    benchmark(parse, 'lib.py')\n", set()),
        ("    benchmark(lambda: [parse(path) for path in folder.glob('*.py')])\n", set()),
    ],
)
def test_a_comment_matters_only_to_what_may_read_it(project: Project, reads: str, untouched: set[str]) -> None:
    suite = SUITE.replace('    benchmark(join, ["a"])\n', reads)
    assert suite != SUITE
    project.write("tests/test_x.py", suite)
    project.write("lib.py", LIBRARY.replace("def join(items):\n", "def join(items):\n    # as before\n"))
    project.commit("Change")
    assert impact(project, overlay=("tests/test_x.py",)).untouched == untouched


OBJECTS = """import json


class Source:
    def read(self):
        return "[1]"

    def _close(self):
        pass


class Other:
    def read(self):
        return "[2]"


def load():
    return json.load(Source())
"""


@pytest.mark.parametrize(
    ("old", "new", "is_untouched"),
    [
        ('return "[1]"', 'return "[1, 2, 3]"', False),  # json calls it: no text of the project does
        ('return "[2]"', 'return "[2, 3, 4]"', True),  # of a class that the benchmark does not use
        ("        pass", "        return None if self else 1", True),  # private, and nobody names it
    ],
)
def test_a_method_that_code_of_others_calls_is_used_with_its_class(
    project: Project, old: str, new: str, is_untouched: bool
) -> None:
    before = {
        "objects.py": OBJECTS,
        "tests/test_x.py": "from objects import load\n\n\ndef test_join(benchmark):\n    benchmark(load)\n",
    }
    for path, text in before.items():
        project.write(path, text)
    project.commit("Objects")
    repository = open_repository(project.root)
    assert repository is not None
    trees = [project.root.parent / name for name in ("base", "head")]
    shutil.copytree(project.root, trees[0], ignore=shutil.ignore_patterns(".git"))
    project.write("objects.py", OBJECTS.replace(old, new))
    project.commit("Change")
    shutil.copytree(project.root, trees[1], ignore=shutil.ignore_patterns(".git"))
    base, head = (Side(label=tree.name, root=tree, python=("python",)) for tree in trees)
    base_sha, head_sha = project.git("rev-parse", "HEAD~1"), project.git("rev-parse", "HEAD")
    found = find_impact(repository, base_sha=base_sha, head_sha=head_sha, sides=[(base, head, IDS[3:])])
    assert bool(found.untouched) is is_untouched


def test_a_new_module_that_git_does_not_track_differs_from_the_commit(project: Project) -> None:
    """What finds modules by listing a folder may import it, though no tracked file changed."""
    repository = open_repository(project.root)
    assert repository is not None
    sha = repository.resolve("HEAD")
    assert sha is not None
    assert changed_paths(repository, sha, None) == frozenset()
    for path in ("src/pkg/plugin.py", "notes.txt", "build/made.py"):
        (project.root / path).parent.mkdir(parents=True, exist_ok=True)
        (project.root / path).write_text("X = 1\n")
    assert changed_paths(repository, sha, None) == {"src/pkg/plugin.py"}


def test_a_document_is_held_against_what_the_benchmarks_may_import() -> None:
    texts = {
        "bench/test_b.py": b"from pkg import a",
        "pkg/__init__.py": b"",
        "pkg/a.py": b"from . import b",
        "pkg/b.py": b"",
        "pkg/walks.py": b"os.walk(x)",
        "tests/test_compliance.py": b"os.walk(x)",
        "conftest.py": b"import helper",
        "helper.py": b"",
    }
    ids = ["bench/test_b.py::test_x[1]"]
    assert sorted(importable(texts, ids)) == [
        "bench/test_b.py", "conftest.py", "helper.py", "pkg/__init__.py", "pkg/a.py", "pkg/b.py",
    ]  # fmt: skip
    for unseen in (b"import_module(name)", b"from . import walks"):
        assert "pkg/walks.py" in importable({**texts, "pkg/b.py": unseen}, ids)
    assert importable(texts, ["other/test_c.py::test_x"]) == texts


@pytest.mark.parametrize(("imports", "untouched"), [("", set(IDS)), ("import walks\n", set())])
def test_a_test_that_lists_folders_makes_no_document_data_of_a_benchmark_that_does_not_import_it(
    project: Project, imports: str, untouched: set[str]
) -> None:
    project.write("walks.py", "import os\ndef find(x): return os.walk(x)\n")
    project.write("tests/test_x.py", imports + SUITE)
    project.commit("Walk")
    project.write("README.md", "y\n")
    project.commit("Document")
    assert impact(project, overlay=("walks.py", "tests/test_x.py")).untouched == untouched


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        (b"# see the docs.", False),
        (b"# https://docs.python.org/3", False),
        (b"open('docs/' + name)", True),
        (b'Path("docs")', True),
        (b"open('guide.md')", True),
    ],
)
def test_a_folder_is_named_in_a_path_not_in_a_sentence(text: bytes, is_read: bool) -> None:
    assert touches_all(["docs/guide.md"], [text]) is is_read
