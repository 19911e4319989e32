"""What the suite runs with, from the probe's lines. Pure."""

from collections.abc import Sequence

from bench_agent.measure.probe_results import parse_line
from bench_agent.results.checkup import Tools
from bench_agent.text.clean import clean_text


def parse_tools(files: Sequence[bytes]) -> Tools:
    """Interpreter, versions and plugins of the first pytest session that told of itself; all unknown when none did."""
    events = (parse_line(line) for content in files for line in content.splitlines()[:1])
    first = next((event for event in events if event and event["kind"] == "session"), None)
    if first is None:
        return Tools()
    plugins = first.get("plugins")
    return Tools(
        executable=clean_text(first.get("executable") or "?"),
        python=clean_text(first.get("python") or ""),
        implementation=clean_text(first.get("implementation") or ""),
        pytest=_version(first.get("pytest")),
        pytest_benchmark=_version(first.get("pytest_benchmark")),
        plugins={clean_text(k): clean_text(v) for k, v in plugins.items()} if isinstance(plugins, dict) else {},
        coverage=bool(first.get("coverage")),
        codspeed=bool(first.get("codspeed_on")),
    )


def _version(value: object) -> str | None:
    return clean_text(value, limit=40) if value else None
