import json

import pytest

from bench_agent.errors import ConfigError
from bench_agent.history.baseline import find_target, read_targets, update_target
from bench_agent.records import Accepted, Target

SEED = {
    "agent_response": {"p95_ms": 5000, "max_regression": 0.2},
    "llm_call": {"p95_ms": 10000, "max_regression": 0.2},
    "authorization": {"p95_ms": 50, "max_regression": 0.2},
}
# The shape of the seed project's own file: mixed units, other keys around.
METRICS = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Baseline",
    "description": "",
    "updated": "2025-10-12",
    "version": "1.0.0",
    "metrics": {
        "agent_response": {
            "description": "",
            "unit": "seconds",
            "p50": 1.5,
            "p95": 4.2,
            "p99": 5,
            "max": 10,
            "threshold_p95": 5.0,
            "alert_threshold_percent": 20,
        },
        "jwt_validation": {
            "unit": "milliseconds",
            "p50": 1,
            "p95": 1.8,
            "threshold_p95": 2,
            "alert_threshold_percent": 50,
        },
        "message_formatting": {"p95": 0.001},
    },
    "test_conditions": {"environment": "local"},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "baseline_metrics.json"


def written(path, document):
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_the_seeds_file_is_read(path):
    targets = read_targets(written(path, SEED))
    assert targets["authorization"] == Target(name="authorization", p95_s=0.05, max_regression=0.2)
    assert list(targets) == list(SEED)


def test_the_shape_with_metrics_is_read_in_its_mixed_units(path):
    targets = read_targets(written(path, METRICS))
    assert targets == {
        "agent_response": Target(name="agent_response", p95_s=5.0, max_regression=0.2),
        "jwt_validation": Target(name="jwt_validation", p95_s=0.002, max_regression=0.5),
        "message_formatting": Target(name="message_formatting"),
    }


def test_no_file_is_no_targets(path):
    assert read_targets(path) == {}


def test_an_empty_object_is_no_targets(path):
    assert read_targets(written(path, {"$schema": "x"})) == {}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ([], "expected an object"),
        ({"x": 5}, "`x` must be an object"),
        ({"x": {"p95": 5}}, "unknown key `p95` of `x`"),
        ({"x": {"p95_ms": "5"}}, "`p95_ms` of `x` must be a number"),
        ({"x": {"p95_ms": 0}}, "`p95_ms` of `x` must be a number above 0"),
        ({"x": {"p95_ms": True}}, "`p95_ms` of `x` must be a number"),
        ('{"x": {"p95_ms": NaN}}', "`p95_ms` of `x` must be a number"),
        ({"x": {"max_regression": -0.2}}, "`max_regression` of `x`"),
        ({"x": {"accepted": 5}}, "`accepted` of `x` must be an object"),
        ({"x": {"accepted": {}}}, "`accepted` of `x` has no median_ms"),
        ({"metrics": {"x": 5}}, "metric `x` must be an object"),
        ({"metrics": {"x": {"unit": "fortnights"}}}, "unit `fortnights` of `x` is unknown"),
        ({"metrics": {"x": {"threshold_p95": "5"}}}, "`threshold_p95` of `x`"),
    ],
)
def test_what_does_not_fit_names_the_file_and_the_key(path, document, named):
    with pytest.raises(ConfigError) as caught:
        read_targets(written(path, document))
    assert str(path) in caught.value.message
    assert named in caught.value.message
    assert caught.value.hint or "metric" in named


def test_hostile_names_do_no_harm_in_errors(path):
    with pytest.raises(ConfigError) as caught:
        read_targets(written(path, {"\x1b[31mx\n": {"\x1b[0m": 1}}))
    assert "\x1b" not in caught.value.message


def test_setting_a_target_leaves_the_rest_as_it_was(path):
    written(path, SEED)
    text = update_target(path, "llm_call", values={"p95_ms": 9000})
    assert json.loads(text) == {**SEED, "llm_call": {"p95_ms": 9000, "max_regression": 0.2}}
    assert list(json.loads(text)) == list(SEED)
    assert text.endswith("}\n")


def test_an_accepted_level_comes_back(path):
    accepted = Accepted(
        median_s=0.0123456789, commit="1a2b3c4d5e6f", date="2026-11-23", because="encrypts answers “now”"
    )
    written(path, update_target(path, "agent_response", accepted=accepted))
    found = read_targets(path)["agent_response"].accepted
    assert found.median_s == pytest.approx(accepted.median_s, rel=1e-5)
    assert (found.commit, found.date, found.because) == (accepted.commit, accepted.date, accepted.because)


def test_several_changes_are_made_in_one_text(path):
    text = update_target(path, "a", values={"p95_ms": 1})
    text = update_target(path, "b", values={"max_regression": 0.5}, text=text)
    assert json.loads(text) == {"a": {"p95_ms": 1}, "b": {"max_regression": 0.5}}
    assert not path.exists()


def test_the_shape_with_metrics_is_not_written(path):
    with pytest.raises(ConfigError, match="reads but does not write"):
        update_target(written(path, METRICS), "agent_response", values={"p95_ms": 1})


# --- which entry serves a benchmark

ACCEPTED = Accepted(median_s=1.0)


def find(targets, *, id="a.py::test_x[1]", name="x[1]", group="g"):
    return find_target(
        {name: Target(name=name, **values) for name, values in targets.items()}, id=id, name=name, group=group
    )


def test_the_nearer_entry_wins_and_leaves_open_what_it_does_not_say():
    targets = {"g": {"p95_s": 4.0, "max_regression": 0.4}, "x": {"p95_s": 3.0}, "x[1]": {"accepted": ACCEPTED}}
    assert find(targets) == Target(name="x[1]", p95_s=3.0, max_regression=0.4, accepted=ACCEPTED)
    assert find({**targets, "a.py::test_x[1]": {"p95_s": 1.0}}).p95_s == 1.0


def test_an_unknown_benchmark_has_no_target():
    assert find({"y": {"p95_s": 1.0}}) is None
    assert find({"y": {"p95_s": 1.0}}, group=None) is None


def test_a_level_accepted_for_a_group_or_for_all_parameters_is_nobodys():
    assert find({"g": {"accepted": ACCEPTED}}).accepted is None
    assert find({"x": {"accepted": ACCEPTED}}).accepted is None


def test_a_benchmark_called_like_its_group_has_its_own_accepted_level():
    targets = {"agent_response": {"p95_s": 5.0, "accepted": ACCEPTED}}
    assert (
        find(targets, id="a.py::test_agent_response", name="agent_response", group="agent_response").accepted
        == ACCEPTED
    )
    other = find(targets, id="a.py::test_other", name="other", group="agent_response")
    assert (other.p95_s, other.accepted) == (5.0, None)
