"""Code that an interpreter runs at its start because the recipe has its folder on PYTHONPATH: each version runs its own."""

from pathlib import Path

import pytest

from projects import make_project

SUITE = "import mod\n\n\ndef test_work(benchmark):\n    benchmark(mod.work)\n"
CODE = "def work():\n    total = 0\n    for n in range(5_000):\n        total += n % 7\n    return total\n"
START = (
    "import builtins\n\n_range = range\n\n\ndef more(*limits):\n"
    "    return _range({times} * 5_000) if limits == (5_000,) else _range(*limits)\n\n\nbuiltins.range = more\n"
)


@pytest.mark.long
def test_a_change_of_what_runs_at_the_start_is_measured(tmp_path: Path) -> None:
    recipe = "PYTHONPATH=tools {pytest} tests/benchmark"
    project = make_project(tmp_path / "project", suite=SUITE, recipe=recipe)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("mod.py", CODE)
    project.write("tools/sitecustomize.py", START.format(times=1))
    project.commit()
    project.write("tools/sitecustomize.py", START.format(times=2))
    project.commit("Twice")
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = project.run("compare", "HEAD~1", "--json", timeout=200, **environment)
    (row,) = done.json["benchmarks"]
    assert row["verdict"] == "slower", done.text
    assert 1.7 < row["ratio"] < 2.3
    found = project.run("bisect", "work", "--good", "HEAD~1", "--json", timeout=200, **environment).json
    assert [culprit["subject"] for culprit in found["culprits"]] == ["Twice"]
