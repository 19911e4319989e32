import json
from pathlib import Path

import pytest

from bench_agent.formats import registry
from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.registry import FORMATS, NAMES, read_results, recognise
from bench_agent.formats.stored import dump_run
from histories import make_run, make_sample

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    "path",
    sorted(
        p
        for p in DATA.rglob("*")
        if p.suffix in (".json", ".jsonl", ".txt")
        and p.name not in ("benchmarks.json", "machine.json")
        and p.parent.name != "reports"  # our own, of runs
    ),
    ids=lambda p: p.name[:40],
)
def test_every_real_file_is_known_by_its_content(path):
    folder = path.relative_to(DATA).parts[0].replace("_", "-")
    assert recognise(path.read_bytes()) == folder
    assert folder in NAMES
    assert read_results(path.read_bytes()).runs


def test_our_own_files_are_pytest_benchmarks():
    assert recognise(dump_run(make_run(0, [make_sample()])).encode()) == "pytest-benchmark"


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff",
        b"hello",
        b"{}",
        b"[]",
        b"[" * 100_000,
        b'{"results": [1]}',
        b'{"results": {"a": 1}}',
        b'[{"benchmarks": []}]',  # what a generate_json hook can make of pytest-benchmark's
        b'{"benchmarks": 1}',
    ],
)
def test_anything_else_is_refused_and_the_known_formats_are_named(content):
    assert recognise(content) is None
    with pytest.raises(
        NotResultsError, match=r"not results in a known format \(asv, bencher, github-action-benchmark, go"
    ):
        read_results(content)


def test_the_names_of_formats_are_different_and_each_has_a_module_of_its_own():
    assert len(set(NAMES)) == len(FORMATS)
    modules = {path.name for path in Path(registry.__file__).parent.glob("*.py")}
    assert len(
        modules - {"__init__.py", "format.py", "foreign_values.py", "registry.py", "series.py", "stored.py"}
    ) == len(FORMATS)


def test_an_empty_file_is_said_to_be_empty():
    with pytest.raises(NotResultsError, match="the file is empty"):
        read_results(b" \n")


@pytest.mark.parametrize("format", NAMES)
@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"benchmarks": 1, "results": 1, "entries": 1, "context": 1},
        {"benchmarks": [1], "results": [1], "entries": [1]},
        {"benchmarks": [{}], "results": {"x": 1}, "entries": {"x": 1}},
        {
            "benchmarks": [{"runs": 1, "stats": 1, "name": []}],
            "results": [{"command": 1, "times": 1}],
            "entries": {"x": [{"benches": 1}]},
        },
        {
            "benchmarks": [{"runs": [1], "run_name": 1}],
            "results": {"x": [[[[]]]]},
            "result_columns": ["result"],
            "entries": {"x": [{"benches": [{"name": "x", "value": [], "unit": 1}]}]},
        },
    ],
)
def test_a_forced_format_that_does_not_fit_is_refused_and_never_an_accident(format, document):
    with pytest.raises(NotResultsError):
        read_results(json.dumps(document).encode(), format=format)


def test_a_file_without_one_usable_benchmark_is_refused():
    entry = {"fullname": "a.py::test_x", "stats": {"mean": float("nan")}}
    with pytest.raises(
        NotResultsError, match="no benchmark with a usable time in it; 1 benchmarks have no usable timings"
    ):
        read_results(json.dumps({"benchmarks": [entry]}).encode())
