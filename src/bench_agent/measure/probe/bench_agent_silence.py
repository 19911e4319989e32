"""Keeps pytest from telling what nobody reads: for their parts in it plug-ins import themselves. Python >= 3.8."""


class Silent:
    """Pytest's reporter for all who ask for it, but without its hooks."""

    def __init__(self, reporter):
        self._reporter = reporter

    def __getattr__(self, name):
        return getattr(self._reporter, name)


def no_header(config):
    """No lines at the start: for its own, hypothesis imports itself, which is half of a start."""
    if hasattr(config.option, "no_header"):
        config.option.no_header = True


def silence(manager):
    """No summary at the end: hypothesis takes 0.1 to 0.2 s for it. To be called before the session's end has begun."""
    reporter = manager.get_plugin("terminalreporter")
    if reporter is not None:
        manager.unregister(reporter)
        manager.register(Silent(reporter), "terminalreporter")
