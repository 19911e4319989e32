"""Who asks and what they may see: the checks of a conversation's last turns, without and with a cache; the session."""

import pytest

from benchmark.agent.authorization import CachedChecker


@pytest.mark.benchmark(group="authorization", max_time=0.6, min_rounds=100)
def test_authorization_check(benchmark, checker, shop):
    def check_all():
        return [checker.check(*check) for check in shop.checks]

    answers = benchmark(check_all)

    benchmark.extra_info.update(checks=len(answers), allowed=sum(answers))
    assert 0 < sum(answers) < len(answers)


@pytest.mark.benchmark(group="authorization", max_time=0.6, min_rounds=100)
def test_authorization_check_cached(benchmark, checker, shop):
    cached = CachedChecker(checker)

    def check_all():
        cached.clear()  # each round begins as the conversation does, with nothing known
        return [cached.check(*check) for check in shop.checks]

    answers = benchmark(check_all)

    benchmark.extra_info.update(checks=len(answers), hit_rate=round(cached.hit_rate, 3))
    assert answers == [checker.check(*check) for check in shop.checks]


@pytest.mark.benchmark(group="authorization", max_time=0.4, min_rounds=100)
def test_session_validation(benchmark, sessions, shop):
    token = sessions.issue(shop.customer)

    assert benchmark(sessions.validate, token).user == shop.customer
