"""What is left out of a source, so that tests can be seen to notice it."""

from bench_agent.fix.mutants import first_argument, lost_calls, raises, without_call, without_raises, without_work

SOURCE = """
class A:
    def f(self, x):
        if not x:
            raise ValueError
        return clean(x.strip())

    def g(self):
        yield 1
"""


def test_a_function_without_its_work_returns_what_is_asked() -> None:
    assert "return None" in (without_work(SOURCE, "A.f") or "")
    assert "return x" in (without_work(SOURCE, "A.f", gives="x") or "")
    assert "yield" in (without_work(SOURCE, "A.g") or "")
    assert without_work(SOURCE, "A.h") is None
    assert without_work("def (", "f") is None
    assert first_argument(SOURCE, "A.f") == "x"
    assert first_argument(SOURCE, "A.g") is None


def test_a_call_left_out_is_replaced_by_what_it_was_given() -> None:
    assert "return x.strip()" in (without_call(SOURCE, "A.f", "clean") or "")
    assert "return clean(x)" in (without_call(SOURCE, "A.f", "strip") or "")


def test_calls_that_a_patch_loses_are_named_but_for_those_of_containers() -> None:
    after = SOURCE.replace("clean(x.strip())", "[x]").replace("if not x:", "if not list(x):")
    assert lost_calls(SOURCE, after, "A.f") == ("clean", "strip")
    assert lost_calls(SOURCE.replace("clean", "sorted"), after, "A.f") == ("strip",)


def test_errors_that_are_not_raised_any_more_are_counted() -> None:
    assert raises(SOURCE, "A.f") == 1
    calm = without_raises(SOURCE, "A.f") or ""
    assert raises(calm, "A.f") == 0
    assert "pass" in calm
