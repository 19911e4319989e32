import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.cli import main
from bench_agent.config import load_config
from bench_agent.errors import StoreError, UsageError
from bench_agent.formats.stored import dump_run
from bench_agent.history import maintenance
from bench_agent.history.importing import import_results
from bench_agent.history.load import load_history
from bench_agent.history.series import index_history, prune_history
from bench_agent.history.store import Store
from bench_agent.report.courses import recall_trends
from bench_agent.report.gate_history import run_gate
from histories import file_name, keep, make_reach, make_run, make_runs, make_sample
from projects import make_project

DATA = Path(__file__).parents[1] / "data"
AUTOSAVED = sorted(DATA.glob("pytest_benchmark/*/*.json"))
ASV = DATA / "asv"


@pytest.fixture
def project(tmp_path):
    return load_config(tmp_path, environment={})


def stored(config):
    return load_history(Store(config.state_dir)).runs


def imported(config, *files, **more):
    return import_results(config, tuple(map(str, files)), from_git=False, **more).document


# --- pytest-benchmark's own files and ours


@pytest.mark.parametrize("path", AUTOSAVED, ids=lambda path: path.parent.name)
def test_files_that_pytest_benchmark_saved_are_imported_under_their_own_time(project, path):
    said = import_results(project, (str(path),), from_git=False)
    began = json.loads(path.read_text())["datetime"]
    stamp = "".join(c for c in began[:19] if c.isdigit()).replace("20261123", "20261123_")
    assert said.document == {"imported": [f"{stamp}_38f34891.json"], "warnings": []}
    (run,) = stored(project)
    assert [sample.rounds for sample in run.samples] == [30, 30]
    assert run.head.dirty


def test_imported_runs_take_their_place_in_the_series_and_are_not_the_latest(project):
    store = keep(project.root, [make_run(0, [make_sample()]), make_run(24 * 26, [make_sample()])])
    latest = store.latest.read_bytes()
    import_results(project, tuple(map(str, AUTOSAVED)), from_git=False)
    assert [run.started_at[:10] for run in stored(project)] == ["2026-11-01", *["2026-11-23"] * 3, "2026-11-27"]
    assert store.latest.read_bytes() == latest


def test_the_time_in_the_file_name_serves_where_the_file_has_none(project, tmp_path):
    document = json.loads(AUTOSAVED[0].read_text())
    del document["datetime"]
    path = tmp_path / "0007_38f34891342a41284b116c8784cdf1c3906aecf7_20190304_050607_uncommited-changes.json"
    path.write_text(json.dumps(document))
    assert import_results(project, (str(path),), from_git=False).document["imported"] == [
        "20190304_050607_38f34891.json"
    ]


def test_what_cannot_be_imported_is_said_and_the_rest_comes_in(project, tmp_path):
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "other.json").write_text('{"name": "x"}')
    files = [tmp_path / "empty.json", tmp_path / "gone.json", tmp_path / "other.json", AUTOSAVED[0], AUTOSAVED[0]]
    said = import_results(project, tuple(map(str, files)), from_git=False)
    assert len(said.document["imported"]) == 1
    gone, empty, other = said.document["warnings"]
    assert "the file is empty" in empty
    assert "No such file" in gone
    assert "other.json: not results in a known format (asv, " in other


def test_where_nothing_can_be_read_the_command_fails(project, monkeypatch, capsys):
    (project.root / "x.json").write_text("{}")
    monkeypatch.chdir(project.root)
    assert main(["history", "import", "x.json", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "usage"
    assert error["message"].startswith("nothing could be imported: x.json: not results in a known format")
    assert "--format" in error["hint"]
    assert main(["history", "import", "gone.json", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["hint"] == "name files that exist"
    assert main(["history", "import", str(AUTOSAVED[0])]) == 0
    assert main(["history", "import", str(AUTOSAVED[0])]) == 0  # there already is fine


@pytest.mark.parametrize("id", ["../../../etc/x", "ab/../cd", "\x1b[31m", "unversioned", "ABCDEFGH"])
def test_a_commit_id_is_never_part_of_a_path(project, tmp_path, id):
    path = tmp_path / "x.json"
    document = json.loads(AUTOSAVED[0].read_text()) | {"datetime": "2026-11-23T10:00:00", "commit_info": {"id": id}}
    path.write_text(json.dumps(document))
    assert import_results(project, (str(path),), from_git=False).document["imported"] == ["20261123_100000_nogit.json"]
    assert stored(project)[0].head.sha is None


def test_our_own_files_of_another_machine_come_in_whole(project, tmp_path):
    run = make_run(3, [replace(make_sample(), reach=make_reach(0))])
    path = tmp_path / f"{file_name(run)}.json"
    path.write_text(dump_run(run))
    import_results(project, (str(path),), from_git=False)
    assert json.loads((project.state_dir / "history" / path.name).read_text()) == json.loads(path.read_text())


def test_importing_nothing_says_how(project):
    with pytest.raises(UsageError, match="nothing to import"):
        import_results(project, (), from_git=False)


# --- other tools' files


def data_js(rates, *, unit="iter/sec", tool="pytest", name="tests/test_x.py::test_parse"):
    """A history of one benchmark as github-action-benchmark keeps it, a day and a commit for each rate."""
    entries = [
        {
            "commit": {"id": f"{number + 1:040x}", "message": "m", "timestamp": "2026-03-01T10:00:00Z"},
            "date": 1772600000000 + number * 86_400_000,
            "tool": tool,
            "benches": [{"name": name, "value": rate, "unit": unit}],
        }
        for number, rate in enumerate(rates)
    ]
    return f"window.BENCHMARK_DATA = {json.dumps({'entries': {'Benchmark': entries}})};"


STEADY = (100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 99.8, 100.1)
FALLING = (*STEADY, 90.0, 80.0, 70.0)  # operations a second: slower and slower


def test_trend_gate_and_report_work_on_an_imported_history_at_once(project, monkeypatch, capsys):
    (project.root / "data.js").write_text(data_js(FALLING))
    monkeypatch.chdir(project.root)
    assert main(["history", "import", "data.js"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "11 runs imported",
        "data.js: 11 of 11 runs, github-action-benchmark",
    ]
    (trend,) = recall_trends(project, last=20)
    assert (trend.runs, trend.values[0], trend.values[-1]) == (11, pytest.approx(0.01), pytest.approx(1 / 70))
    assert [f.benchmark for f in run_gate(project, threshold=0.2, consecutive=3).flagged] == ["parse"]
    assert main(["detect"]) == 1
    capsys.readouterr()
    assert main(["report", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (regression,) = report["regressions"]
    assert (regression["benchmark"], regression["verdict"], regression["confirmed"]) == ("parse", "suspected", False)
    assert set(regression["rules"]) == {"step", "seed_rule"}


def test_what_a_file_says_of_its_rounds_is_shown_and_its_mean_is_called_one(project, monkeypatch, capsys):
    content = data_js(STEADY).replace(
        '"unit": "iter/sec"', '"unit": "iter/sec", "range": "stddev: 0.0001", "extra": "rounds: 145"'
    )
    (project.root / "data.js").write_text(content)
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("COLUMNS", "120")  # with room for every column
    assert main(["history", "import", "data.js"]) == 0
    capsys.readouterr()
    assert main(["report", "--verbose"]) == 0
    said = capsys.readouterr().out
    assert "pedantic" not in said
    assert "Mean" in said.splitlines()[2]
    assert "Median" not in said
    assert "145" in said
    assert "parse (mean)" in said


def test_more_operations_a_second_are_no_regression(project):
    (project.root / "data.js").write_text(data_js((*STEADY, 110.0, 125.0, 140.0)))
    imported(project, project.root / "data.js")
    assert run_gate(project, threshold=0.2, consecutive=3).flagged == ()


def test_importing_again_adds_only_what_is_new(project):
    path = project.root / "data.js"
    path.write_text(data_js(STEADY))
    imported(project, path)
    assert imported(project, path) == {"imported": [], "warnings": ["data.js: already in the history (8 runs)"]}
    path.write_text(data_js(FALLING))
    assert len(imported(project, path)["imported"]) == 3
    assert len(stored(project)) == 11


def test_a_copy_of_a_file_without_a_date_is_the_same_measurement(project, tmp_path):
    times = tmp_path / "now.json"
    times.write_bytes((DATA / "hyperfine" / "two_commands.json").read_bytes())
    os.utime(times, (1_780_000_000, 1_780_000_000))
    said = imported(project, times)
    assert said["imported"] == ["20260528_202640_nogit.json"]
    assert "does not say when it was measured; its file's time is taken, 2026-05-28 20:26 UTC" in said["warnings"][0]
    os.utime(times, (1_790_000_000, 1_790_000_000))
    assert imported(project, times)["imported"] == []


def test_environments_of_one_commit_are_two_runs(project):
    results = sorted(ASV.glob("box/fff*.json"))
    said = imported(project, *ASV.glob("box/*.json"))
    assert said["imported"] == ["20261120_100000_fffe8957.json", "20261120_100000b_fffe8957.json"]
    assert {run.machine.python for run in stored(project)} == {"3.8", "3.11"}
    assert imported(project, *results)["imported"] == []


def test_asvs_benchmarks_are_described_beside_the_results_or_among_the_files(project, tmp_path):
    (results,) = ASV.glob("box/*3.11.json")
    alone = tmp_path / results.name
    alone.write_bytes(results.read_bytes())
    assert "unit unknown without benchmarks.json" in imported(project, alone)["warnings"][1]
    assert "1 x words" in imported(project, results)["warnings"][1]
    assert "1 x words" in imported(project, alone, ASV / "benchmarks.json")["warnings"][1]


def test_the_commit_is_named_for_files_that_do_not_say(project):
    root = project.root
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), (*identity, "commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    imported(project, DATA / "go" / "counts.txt", commit="HEAD")
    (run,) = stored(project)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
    assert run.head.sha == done.stdout.strip()
    with pytest.raises(UsageError, match="there is no commit `nowhere` here"):
        imported(project, DATA / "go" / "counts.txt", commit="nowhere")


def test_a_format_that_is_none_is_refused(project):
    with pytest.raises(UsageError, match="`csv` is not a format"):
        imported(project, AUTOSAVED[0], format="csv")


def test_a_forced_format_is_taken_at_its_word(project):
    with pytest.raises(UsageError, match="hyperfine: no usable time in it"):
        imported(project, AUTOSAVED[0], format="hyperfine")


def figures(path, at):
    """A file of one benchmark whose only figure is a round number, as custom tools give it."""
    document = json.loads(AUTOSAVED[0].read_text())
    document["benchmarks"] = document["benchmarks"][:1]
    path.write_text(json.dumps({**document, "datetime": at}))
    return path


def test_runs_of_equal_figures_are_two_where_their_dates_are(project, tmp_path):
    first, second = (figures(tmp_path / f"{n}.json", f"2026-0{n}-01T00:00:00") for n in (1, 2))
    assert len(imported(project, first)["imported"]) == 1
    assert len(imported(project, second)["imported"]) == 1
    assert imported(project, first, second)["imported"] == []


def test_a_file_without_a_date_is_the_same_when_it_was_copied(project, tmp_path):
    first, second = figures(tmp_path / "1.json", None), figures(tmp_path / "2.json", "")
    os.utime(second, (1_700_000_000, 1_700_000_000))
    assert len(imported(project, first)["imported"]) == 1
    assert imported(project, second)["imported"] == []


@pytest.mark.parametrize("date", ["soon", "2026-13-01T00:00:00", "20260101T000000", "99999-01-01"])
def test_a_date_that_is_none_is_the_files_own_time(project, tmp_path, date):
    path = figures(tmp_path / "1.json", date)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert imported(project, path)["imported"] == ["20231114_221320_38f34891.json"]


def test_a_disk_that_fills_up_leaves_nothing_half_imported(project):
    class Filling(Store):
        def write(self, name, text, *, newest=True):
            if len(self.paths()) == 5:
                raise StoreError("could not write: No space left on device")
            return super().write(name, text, newest=newest)

    from bench_agent.history.importing import _read, _store

    (project.root / "data.js").write_text(data_js(STEADY))
    store = Filling(project.state_dir)
    with pytest.raises(StoreError):
        _store(store, _read([str(project.root / "data.js")], None, []), None, [])
    assert store.paths() == []


# --- pruning


def test_a_run_prunes_its_own_and_leaves_what_was_imported(project):
    (project.root / "data.js").write_text(data_js(STEADY))
    imported(project, project.root / "data.js")
    store = keep(project.root, make_runs(4, 1))
    assert len(index_history(store).imported) == 8
    assert len(prune_history(store, 2)) == 2
    assert [run.origin for run in stored(project)] == ["github-action-benchmark"] * 8 + [""] * 2


def test_history_prune_removes_imported_runs_only_when_told(project):
    (project.root / "data.js").write_text(data_js(STEADY))
    imported(project, project.root / "data.js")
    said = maintenance.prune_history(project, keep=3, imported=False)
    assert said.lines == (
        "0 runs removed, the newest 3 are kept, and 8 imported (--imported counts and removes these too)",
    )
    assert len(maintenance.prune_history(project, keep=3, imported=True).document["removed"]) == 5
    assert [entry["where"] for entry in maintenance.list_history(project).document["runs"]] == ["imported"] * 3


def test_runs_of_ours_beyond_keep_are_warned_of(project, tmp_path):
    small = replace(project, keep=2)
    files = []
    for run in make_runs(3, 1):
        path = tmp_path / f"{file_name(run)}.json"
        path.write_text(dump_run(run))
        files.append(path)
    assert imported(small, *files)["warnings"] == [
        "3 runs of bench-agent are stored and `keep` is 2: the next run removes the oldest; raise it"
    ]


# --- a project's own names and its own shape of baseline file


def test_targets_in_mixed_units_meet_the_names_people_use(project, monkeypatch, capsys):
    """As the seed's project has it: `metrics` with a unit each, and tests that are called otherwise."""
    metrics = {
        "jwt_validation": {"unit": "milliseconds", "p95": 1.2, "threshold_p95": 2.0, "alert_threshold_percent": 20},
        "llm_call": {"unit": "seconds", "p95": 8.5, "threshold_p95": 0.05, "alert_threshold_percent": 20},
        "tool_execution": {"unit": "seconds", "threshold_p95": 3.0, "alert_threshold_percent": 25},
    }
    path = project.root / project.baseline
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"version": "1.0.0", "metrics": metrics, "test_conditions": {"load": "single_user"}}))
    (project.root / "pyproject.toml").write_text(
        "[tool.bench-agent.names]\n"
        'test_jwt_encoding_performance = "jwt_validation"\n'
        '"TestLLMBenchmarks::test_llm_request_performance" = "llm_call"\n'
    )
    document = json.loads((DATA / "pytest_benchmark" / "mcp-server-langgraph.json").read_text())
    slow = json.loads(json.dumps(document["benchmarks"][0]))
    slow |= {"name": "x", "fullname": "t/test_b.py::TestLLMBenchmarks::test_llm_request_performance"}
    slow["stats"] |= dict.fromkeys(("min", "max", "mean", "median", "q1", "q3"), 0.1) | {"data": [0.1]}
    document["benchmarks"] = [
        *(entry for entry in document["benchmarks"] if "jwt_encoding" in entry["name"]),
        slow,
    ]
    (project.root / "run.json").write_text(json.dumps(document))
    monkeypatch.chdir(project.root)
    assert main(["history", "import", "run.json"]) == 0
    capsys.readouterr()
    assert main(["baseline", "show"]) == 0
    shown = capsys.readouterr().out
    assert "jwt_validation                  p95 < 2 ms" in shown
    assert "llm_call                        p95 < 50 ms" in shown
    assert "no stored benchmark, nor a group, is called tool_execution" in shown
    assert main(["report", "--json"]) == 0
    rows = {row["benchmark"]: row for row in json.loads(capsys.readouterr().out)["benchmarks"]}
    assert (rows["jwt_validation"]["mark"], rows["jwt_validation"]["target_p95_s"]) == ("new", 0.002)
    assert (rows["llm_call"]["mark"], rows["llm_call"]["target_p95_s"]) == ("over_target", 0.05)


def test_a_run_among_imported_ones_keeps_them_and_is_judged_by_its_own_targets(tmp_path):
    project = make_project(tmp_path / "project")
    project.write(
        "pyproject.toml",
        "[tool.pytest.ini_options]\n[tool.bench-agent]\nkeep = 1\n"
        "[tool.bench-agent.names]\ntest_adds = 'message_formatting'\ntest_sorts = 'agent_response'\n",
    )
    metrics = {
        "message_formatting": {"unit": "milliseconds", "threshold_p95": 1e-7},
        "agent_response": {"unit": "seconds", "threshold_p95": 5},
    }
    project.write("tests/regression/baseline_metrics.json", json.dumps({"metrics": metrics}))
    project.write("data.js", data_js(STEADY, name="tests/benchmark/test_it.py::test_adds"))
    assert project.run("history", "import", "data.js").code == 0
    keep(project.root, make_runs(2, 1))
    report = project.run("run", "--no-confirm", "--json").json
    assert {row["benchmark"]: (row["mark"], row.get("target_p95_s")) for row in report["benchmarks"]} == {
        "message_formatting": ("over_target", 1e-10),
        "agent_response": ("new", 5.0),
        "work_0": ("vanished", None),
    }
    origins = [run.origin for run in load_history(Store(project.root / ".benchmark")).runs]
    assert sorted(origins) == ["", *["github-action-benchmark"] * 8]
