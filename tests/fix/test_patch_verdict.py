"""What first calls prove, from made-up counts."""

from bench_agent.compare.trial import AGAIN
from bench_agent.compare.versions import PATCHED, WORKING_TREE
from bench_agent.fix.patch_verdict import dropped_functions, faults_of_first_call, faults_of_results, has_result
from bench_agent.measure.paired.first_calls import FirstCalls


def calls(first: int, again: int, result: str = "a", *, functions: tuple[str, ...] = ("shop.py::f",)) -> FirstCalls:
    return FirstCalls(
        functions={key: (1, first) for key in functions},
        again={key: (1, again) for key in functions},
        complete=True,
        results=(result, result),
        says=True,
        whole=True,
        facts=frozenset(),
    )


def versions(patched: FirstCalls, now: FirstCalls | None = None) -> dict[str, FirstCalls]:
    now = now or calls(5000, 5000)
    return {"99887766": calls(500, 500), WORKING_TREE: now, AGAIN: now, PATCHED: patched}


def test_a_first_call_that_does_far_more_than_the_next_is_no_fix() -> None:
    assert faults_of_first_call(versions(calls(5000, 10)))
    assert not faults_of_first_call(versions(calls(520, 500)))
    assert not faults_of_first_call(versions(calls(150, 10)))  # an import inside of a function
    assert not faults_of_first_call(versions(calls(5000, 10), now=calls(9000, 20)))  # it did so before


def test_results_are_compared_where_they_are_the_same_in_two_processes() -> None:
    assert faults_of_results(versions(calls(1, 1, "b")))
    assert not faults_of_results(versions(calls(1, 1, "a")))
    shaky = {**versions(calls(1, 1, "b")), AGAIN: calls(1, 1, "c")}
    assert not faults_of_results(shaky)
    assert not has_result(shaky)
    assert has_result(versions(calls(1, 1)))


def test_functions_of_the_project_that_are_not_called_any_more_are_found_wherever_they_stand() -> None:
    now = calls(9, 9, functions=("shop.py::f", "shop.py::g", "src/a/b.py::h", "std:json/decoder.py::d", "site:x.py::y"))
    found = dropped_functions(versions(calls(9, 9), now=now), ["shop.py::f"])
    assert found == ("shop.py::g", "src/a/b.py::h")
