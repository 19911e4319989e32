"""`fix` is offered where a culprit is proved."""

import reports
from bench_agent.report.advice import with_fix_offered


def test_a_proved_slowdown_is_offered_a_fix_and_no_other() -> None:
    offered = with_fix_offered(reports.confirmed()).regressions[0].actions
    assert offered[1] == "Let a model propose a patch, shown only with its proof: bench-agent fix llm_call"
    assert offered[0] == reports.confirmed().regressions[0].actions[0]
    assert not any(
        "bench-agent fix" in step for f in with_fix_offered(reports.two_slowdowns()).regressions for step in f.actions
    )
