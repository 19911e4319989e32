import json
import math
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.stored import decode_reach, dump_run, own_part, run_from
from bench_agent.records import Failure, Head, Sample
from histories import MACHINE, make_reach, make_run, make_runs, make_sample

RUN = replace(
    make_run(0, [replace(make_sample(i), reach=make_reach(i)) for i in range(3)]),
    quick=True,
    selected="agent_response or authorization",
    head=Head(sha="ab" * 20, branch="feature/x", dirty=("src/a.py", "b\tc"), shallow=True, problem="odd"),
    machine=replace(MACHINE, load_1m=1.5, virtual=True),
    failures=(Failure(id="a.py::test_f", outcome="failed", message="assert 1 == 2"),),
    skipped=2,
    exit_code=1,
    warnings=("the machine was busy",),
)


def rounded(run):
    """As it comes back: the thinned rounds have six digits."""

    def short(values):
        return tuple(float(f"{value:.6g}") for value in values)

    samples = (
        replace(s, first_s=short(s.first_s), last_s=short(s.last_s), quantiles_s=short(s.quantiles_s))
        for s in run.samples
    )
    return replace(run, samples=tuple(samples))


def test_what_is_kept_comes_back():
    assert parse_results(dump_run(RUN).encode()) == rounded(RUN)


times = st.floats(min_value=0, max_value=1e6)
samples = st.builds(
    Sample,
    id=st.text(min_size=1),
    name=st.text(),
    group=st.none() | st.text(),
    rounds=st.integers(0, 10**9),
    median_s=times,
    min_s=times,
    p95_s=times,
    ops=st.none() | times,
    cpu_s=st.none() | times,
    cpu_use=st.none() | times,
    peak_bytes=st.none() | st.integers(0, 10**15),
    body_hash=st.none() | st.text(),
    extra=st.dictionaries(st.text(), st.text(), max_size=3),
)


@given(st.lists(samples, max_size=5, unique_by=lambda s: s.id))
def test_any_sample_comes_back_to_the_last_bit(samples):
    content = dump_run(make_run(0, samples)).encode()
    assert parse_results(content).samples == tuple(samples)
    assert parse_results(content, whole=False).samples == tuple(samples)


def test_a_run_without_samples_comes_back():
    run = make_run(0, [])
    assert parse_results(dump_run(run).encode()) == run


def test_a_run_without_git_comes_back():
    run = replace(make_run(0, [make_sample()]), head=Head(problem="no git"))
    assert parse_results(dump_run(run).encode()).head == run.head


def damage(text, **changes):
    document = json.loads(text)
    document["bench_agent"] |= changes
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "table",
    [
        None,
        [],
        {},
        {"id": ["x"]},
        {"id": "x", "name": "x"},
        {"id": ["x"], "name": ["x", "y"]},
        {"id": [1], "name": ["x"]},
        {"id": ["x"], "name": ["x"], "median_s": [1.0]},
        {"id": ["x"], "name": ["x"], "median_s": "!"},
        {"id": ["x"], "name": ["x"], "median_s": "AAAA"},
        {"id": ["x"], "name": ["x"], "median_s": "AAAAAAAA+H8="},  # NaN
        {"id": ["x"], "name": ["x"], "rounds": [1.5]},
        {"id": ["x"], "name": ["x"], "extra": ["text"]},
    ],
)
def test_a_damaged_table_is_not_believed_the_rest_of_the_file_is_read_instead(table):
    for whole in (True, False):
        run = parse_results(damage(dump_run(RUN), samples=table), whole=whole)
        assert [s.median_s for s in run.samples] == [s.median_s for s in RUN.samples]
        assert run.run_id == ""  # read as anybody's file


def test_other_damage_costs_only_what_was_damaged():
    content = damage(
        dump_run(RUN), machine="x", head=[], failures=[{"id": "x"}, 3], warnings=None, skipped="2", reach="?"
    )
    run = parse_results(content)
    assert (run.run_id, run.skipped, run.failures, run.warnings, run.head) == (RUN.run_id, 0, (), (), Head())
    assert run.samples[0].reach is None


def test_a_column_of_a_later_version_is_ignored_and_a_missing_one_has_its_default():
    document = json.loads(dump_run(RUN))
    table = document["bench_agent"]["samples"]
    table["colour"] = ["red"] * 3
    del table["peak_bytes"]
    run = parse_results(json.dumps(document).encode())
    assert run.run_id == RUN.run_id
    assert [s.peak_bytes for s in run.samples] == [None] * 3


def test_our_part_need_not_stand_first():
    document = json.loads(dump_run(RUN))
    content = json.dumps(dict(reversed(document.items())), indent=2).encode()
    assert own_part(content) is None
    assert parse_results(content, whole=False) == rounded(RUN)


def test_a_file_that_was_cut_off_is_not_ours():
    assert own_part(dump_run(RUN)[:-200].encode()) is None


def test_another_schema_is_not_read_as_ours():
    assert run_from({**json.loads(dump_run(RUN))["bench_agent"], "schema": "bench-agent/run/99"}) is None


def test_no_host_name_is_written():
    import platform

    assert json.loads(dump_run(RUN))["machine_info"]["node"] == ""
    assert f'"{platform.node()}"' not in dump_run(RUN)


def test_a_measurement_that_is_no_number_is_never_written_as_one():
    """NaN in a packed column reads back as None; in the part that others read it would be no JSON."""
    with pytest.raises(ValueError, match="JSON"):
        dump_run(make_run(0, [replace(make_sample(), median_s=math.nan)]))


# --- what each benchmark executed


def test_what_was_executed_comes_back_by_itself():
    ours = own_part(dump_run(RUN).encode())
    assert decode_reach(ours) == {sample.id: sample.reach for sample in RUN.samples}


@pytest.mark.parametrize("packed", [None, "", "?", "AAAA", 7, "eJyrVgIAAM8Azw=="])
def test_reach_that_cannot_be_read_is_not_known(packed):
    assert decode_reach({"reach": packed}) == {}
    assert decode_reach({}) == {}


def test_reach_of_a_thousand_benchmarks_stays_small():
    (run,) = make_runs(1, 1000, reach=True)
    assert len(json.loads(dump_run(run))["bench_agent"]["reach"]) < 300_000


# --- the real pytest-benchmark reads it


def compare(folder, *arguments):
    command = [sys.executable, "-c", "import sys; from pytest_benchmark.cli import main; main()", "compare", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_pytest_benchmarks_own_compare_reads_our_files(tmp_path):
    history = tmp_path / ".benchmark" / "history"
    history.mkdir(parents=True)
    for number in (0, 1):
        run = make_run(number, [replace(make_sample(i, 1e-3 * (1 + number)), reach=make_reach(i)) for i in range(3)])
        (history / f"{run.run_id}_0000000{number}.json").write_text(dump_run(run))
    done = compare(tmp_path, *(str(path.relative_to(tmp_path)) for path in sorted(history.iterdir())), "--sort=name")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for i in range(3):
        assert done.stdout.count(f"test_work_{i} (") == 2, done.stdout


def test_pytest_benchmarks_own_compare_reads_odd_runs(tmp_path):
    zero = Sample(id="a.py::TestK::test_m[x::y[z]]", name="m", rounds=1)
    (tmp_path / "one.json").write_text(dump_run(replace(make_run(0, [zero]), head=Head())))
    done = compare(
        tmp_path, "one.json", "--columns=min,max,mean,stddev,median,iqr,outliers,ops,rounds,iterations", "--csv=out.csv"
    )
    assert done.returncode == 0, done.stderr
    assert "test_m[x::y[z]]" in done.stdout
    assert "a.py::TestK::test_m[x::y[z]]" in (tmp_path / "out.csv").read_text()
