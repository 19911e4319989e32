"""The second run of a project: one stored run says nothing of how much runs differ, so what a change touches is measured."""

from pathlib import Path

import pytest

from projects import make_project

SUITE = "import mod\n\n\ndef test_work(benchmark):\n    benchmark(mod.work)\n\n\ndef test_other(benchmark):\n    benchmark(mod.other)\n"
CODE = (
    "def work():\n    total = 0\n    for n in range({steps}):\n        total += n % 7\n    return total\n\n\n"
    "def other():\n    return sorted(range(3_000), key=lambda n: -n)\n"
)


@pytest.mark.long
@pytest.mark.parametrize(("steps", "marks", "code"), [(13_000, {"regressed"}, 1), (10_000, {"pass", "environment"}, 0)])
def test_what_a_change_touches_passes_by_measuring_and_not_by_one_stored_run(
    tmp_path: Path, steps: int, marks: set[str], code: int
) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write("mod.py", CODE.format(steps=10_000))
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert project.run("run", "--json", "--no-confirm", timeout=120, **environment).code == 0
    project.write("mod.py", CODE.format(steps=steps).replace("total = 0", "total = 1"))
    project.commit()
    done = project.run("run", "--json", "--fail-on", "regression", timeout=300, **environment)
    rows = {row["benchmark"]: row for row in done.json["benchmarks"]}
    assert rows["work"]["mark"] in marks, done.json["warnings"]
    assert rows["work"]["pairs"], "it is not passed, or called slower, by the stored run"
    assert done.code == code
