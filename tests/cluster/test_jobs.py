"""What is begun, begun again and given up, from plain values."""

from bench_agent.cluster.jobs import WorkerState, describe_lost, late_jobs, slots_of


def test_only_fit_workers_that_run_have_a_slot() -> None:
    workers = [
        WorkerState(address="a", is_fit=True),
        WorkerState(address="b", is_fit=False),
        WorkerState(address="c", is_fit=True, running=False),
        WorkerState(address="d", is_fit=True),
    ]
    assert slots_of(workers) == 2
    assert slots_of([]) == 0


def test_what_is_late_is_begun_again_the_longest_first_where_there_is_room() -> None:
    done = [20.0, 22.0, 24.0]
    running = {"new": 30.0, "late": 70.0, "later": 200.0}
    assert late_jobs(running, done, idle=5) == ["later", "late"]
    assert late_jobs(running, done, idle=1) == ["later"]
    assert late_jobs(running, done, idle=0) == []
    assert late_jobs(running, done, idle=-1) == []


def test_nothing_is_late_before_anything_is_done_or_while_all_is_quick() -> None:
    assert late_jobs({"a": 1000.0}, [], idle=2) == []
    assert late_jobs({"a": 25.0}, [0.1, 0.2], idle=2) == []  # a second start would cost more


def test_a_loss_is_said_in_numbers() -> None:
    assert describe_lost(1) == "a worker was lost with a ring under way: measured again on another"
    assert "2 rings" in describe_lost(2)
