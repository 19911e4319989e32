"""A checkup on one screen: the verdict, what to do, then the facts in a line each, and what stored runs can tell.

Takes a judged Checkup, returns text as wide as the screen, about 40 lines of 80 columns however large the suite is.
"""

from bench_agent.render.terminal import Page, Screen
from bench_agent.results.checkup import Advice, Checkup, Precision
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_FINDINGS = 5  # the first are worth most; --json has them all
MAX_ROWS = 6  # of the table
MAX_VALUE = 30  # characters of a setting's value
_STYLES = {"blocks": "bold red", "harms": "yellow", "note": ""}
_MARKS = {"blocks": "✗", "harms": "!", "note": "·"}
_COLUMN = 11  # characters of the labels before the facts


def render_checkup(checkup: Checkup, screen: Screen) -> str:
    """The whole screen."""
    page = Page(screen)
    _verdict(page, checkup)
    if checkup.findings:
        page.rule("What to do, most valuable first")
        for advice in checkup.findings[:MAX_FINDINGS]:
            _advice(page, advice)
        if (more := len(checkup.findings) - MAX_FINDINGS) > 0:
            page.say(f"and {quantity.counted(more, 'more finding')}: bench-agent doctor --json", "dim")
    page.rule("What there is")
    for label, text in _facts(checkup):
        page.labelled(label, clean_text(text, limit=300), column=_COLUMN)
    if checkup.benchmarks:
        _precision(page, checkup.benchmarks)
    return page.text()


def _verdict(page: Page, checkup: Checkup) -> None:
    suite = checkup.suite
    blocked = any(advice.severity == "blocks" for advice in checkup.findings)
    if suite.measurable and not blocked:
        page.say(f"✓ {quantity.counted(suite.benchmarks, 'benchmark')} can be measured", "bold green")
    else:
        page.say("✗ the benchmarks can't be measured as things are", "bold red")


def _advice(page: Page, advice: Advice) -> None:
    mark = f"{_MARKS[advice.severity]} {advice.area}"
    page.labelled(mark, clean_text(advice.message, limit=240), _STYLES[advice.severity], column=_COLUMN)
    page.labelled("", f"→ {clean_text(advice.advice, limit=200)}", column=_COLUMN)


def _facts(checkup: Checkup) -> list[tuple[str, str]]:
    facts = [("Suite", _suite(checkup)), ("Tools", _tools(checkup)), ("Machine", _machine(checkup))]
    facts += [("Git", _git(checkup)), ("History", _history(checkup))]
    facts.append(("Settings", _settings(checkup)))
    states = {
        "unchanged": "installed",
        "create": "not installed",
        "update": "out of date",
        "conflict": "changed by hand",
        "unknown": "unknown",
    }
    facts.append(("/benchmark", states[checkup.slash_command.state]))
    if slowest := _slowest(checkup):
        facts.append(("Time", slowest))
    return facts


def _suite(checkup: Checkup) -> str:
    suite = checkup.suite
    if suite.command is None:
        return "no command"
    collected = (
        f" · {quantity.counted(suite.benchmarks, 'benchmark')}, collected in {quantity.elapsed(suite.collect_s)}"
    )
    return f"{suite.command} ({suite.origin})" + (collected if suite.collect_s is not None else "")


def _tools(checkup: Checkup) -> str:
    tools = checkup.tools
    if tools.executable is None:
        return "not known: no pytest session was seen"
    names = {"pytest-xdist": "xdist", "pytest-codspeed": "codspeed", "pytest-cov": "cov"}
    others = [f"{short} {tools.plugins[name]}" for name, short in names.items() if name in tools.plugins]
    plain = [
        f"{tools.implementation} {tools.python} ({tools.executable})",
        f"pytest {tools.pytest or '?'}",
        f"pytest-benchmark {tools.pytest_benchmark}" if tools.pytest_benchmark else "no pytest-benchmark",
    ]
    return " · ".join([*plain, *others])


def _machine(checkup: Checkup) -> str:
    machine = checkup.machine
    usable = machine.usable_cores or machine.cores
    parts = [quantity.counted(usable or 0, "core") + (f" of {machine.cores}" if usable != machine.cores else "")]
    if machine.cpu_limit is not None:
        parts.append(f"container limit {quantity.number(machine.cpu_limit)} cores")
    if machine.load_1m is not None:
        parts.append(f"load {quantity.number(machine.load_1m)}")
    parts += ["virtual"] * bool(machine.virtual) + ["on battery"] * bool(machine.on_battery)
    parts += [f"governor {machine.governor}"] * bool(machine.governor)
    if machine.spread is not None:
        parts.append(f"the same work varies by {quantity.percent(machine.spread)}")
    return " · ".join(parts)


def _git(checkup: Checkup) -> str:
    git = checkup.git
    if not git.repository:
        return git.problem or "no repository"
    parts = [f"{git.branch or 'detached'} {(git.sha or '')[:8]}".strip(), quantity.counted(git.commits or 0, "commit")]
    parts += [f"default branch {git.default_branch}"] if git.default_branch else []
    parts += [quantity.counted(git.dirty, "changed file")] if git.dirty else []
    return " · ".join([*parts, *(["shallow"] if git.shallow else [])])


def _history(checkup: Checkup) -> str:
    history = checkup.history
    if not history.runs:
        return "no runs"
    newest = (history.newest or "").replace("T", " ").removesuffix("Z")[:16]
    return f"{quantity.counted(history.runs, 'run')}, the newest {newest} UTC, it took {quantity.duration(history.newest_s)}"


def _settings(checkup: Checkup) -> str:
    """What somebody set, by where it was set; the values that a glance can take in."""
    if checkup.settings_problem:
        return "can't be read (see above)"
    of_origin: dict[str, list[str]] = {}
    for setting in checkup.settings:
        if setting.origin != "default":
            value = f" = {setting.value}" if len(setting.value) <= MAX_VALUE else ""
            of_origin.setdefault(setting.origin, []).append(f"{setting.key}{value}")
    return "; ".join(f"{', '.join(keys)} ({origin})" for origin, keys in of_origin.items()) or "all defaults"


def _slowest(checkup: Checkup) -> str | None:
    spent = sorted(((p.spent_s, p.benchmark) for p in checkup.benchmarks if p.spent_s), reverse=True)
    total = sum(seconds for seconds, _ in spent)
    if not spent:
        return None
    shown = ", ".join(
        f"{name} {quantity.duration(seconds)} ({quantity.percent(seconds / total)})" for seconds, name in spent[:3]
    )
    return f"{quantity.duration(total)} in benchmarks: {shown}"


def _precision(page: Page, benchmarks: tuple[Precision, ...]) -> None:
    page.rule("What stored runs can tell: the least slowdown that is suspected")
    columns = ("Benchmark", "Median", "Rounds", "Runs", "Noise", "Suspected from", "Time")
    rows = [
        (
            clean_text(p.benchmark),
            quantity.duration(p.median_s),
            f"{p.rounds}" if p.iterations == 1 else f"{p.rounds}x{p.iterations}",
            str(p.runs),
            quantity.percent(p.noise) if p.noise is not None else "?",
            quantity.change(1 + p.detectable),
            quantity.duration(p.spent_s),
        )
        for p in benchmarks[:MAX_ROWS]
    ]
    page.table(columns, rows)
    more = len(benchmarks) - MAX_ROWS
    rest = f"and {quantity.counted(more, 'more benchmark')}, none coarser: --json; " if more > 0 else ""
    page.say(f"{rest}measuring again in turns (run, compare) tells far smaller changes", "dim")
