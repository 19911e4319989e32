"""Benchmarks that pytest-benchmark does not know: whole tests marked as one, and CodSpeed's fixture. Python >= 3.8.

Whoever measures hands in `measure(function, args, kwargs, setup, teardown)`: the run's own timing, or the ring's.
"""

import inspect

import pytest

FIXTURES = {"benchmark", "codspeed_benchmark"}


def uses_fixture(item):
    return bool(FIXTURES & set(getattr(item, "fixturenames", ())))


def is_marker_only(item):
    """A test that is a benchmark by `@pytest.mark.benchmark` alone, as CodSpeed has them."""
    marked = item.get_closest_marker("benchmark") or item.get_closest_marker("codspeed_benchmark")
    return marked is not None and not uses_fixture(item)


def wrap_whole_test(item, measure):
    """Measure the test function itself, its fixtures made once. What only its plug-in can call is measured as a whole."""
    runtest = item.runtest

    def measured():
        function = getattr(item, "obj", None)
        # Through pytest's own hooks a call costs some 30 us more, in which a slowdown of a short test would drown.
        if type(item) is pytest.Function and not _is_async(function):
            arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}
            measure(function, (), arguments, None, None)
        else:
            measure(runtest, (), {}, None, None)

    item.runtest = measured


def _is_async(function):
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def codspeed(config):
    """CodSpeed's plug-in module when it is loaded, else None."""
    manager = config.pluginmanager
    if not (manager.hasplugin("codspeed") or manager.hasplugin("pytest_codspeed")):
        return None
    try:
        from pytest_codspeed import plugin

        plugin.BenchmarkFixture  # noqa: B018
    except (ImportError, AttributeError):
        return None
    return plugin


def hook_codspeed(plugin, measure):
    """Let `measure` run what CodSpeed's fixture is given; returns what undoes it."""
    fixture = plugin.BenchmarkFixture
    before = fixture.__call__, getattr(fixture, "pedantic", None)

    def call(self, func, *args, **kwargs):
        return measure(func, args, kwargs, None, None)

    def pedantic(self, target, args=(), kwargs=None, setup=None, teardown=None, **_):
        return measure(target, args, kwargs or {}, setup, teardown)

    fixture.__call__, fixture.pedantic = call, pedantic

    def undo():
        fixture.__call__, fixture.pedantic = before

    return undo


def switch_codspeed_off(config, plugin):
    """Else its own wrapper would run ours inside its loop."""
    state = config.pluginmanager.get_plugin(getattr(plugin, "PLUGIN_NAME", "codspeed_plugin"))
    if state is not None and hasattr(state, "is_codspeed_enabled"):
        state.is_codspeed_enabled = False
