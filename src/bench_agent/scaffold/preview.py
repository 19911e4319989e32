"""What `init` says: what it found, and what it would write, as a reader of patches would like it. Pure: records in, texts out."""

import difflib
from typing import Any

from bench_agent.scaffold.slash_command import CALLS, Plan, PlannedFile
from bench_agent.scaffold.survey import Found
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

SCHEMA = "bench-agent/init/1"
MAX_DIFF = 14  # lines shown of one file
MAX_LINE = 75  # characters: with their indentation the lines fit a terminal of 80
MAX_NEW = 3  # of one that is longer and wholly ours: its head says what it is
_WORDS = {
    "create": "new",
    "update": "changed",
    "unchanged": "as it should be",
    "conflict": "changed by hand: --force replaces it",
    "manual": "by hand",
}


def describe(found: Found) -> list[tuple[str, str]]:
    """What the project holds, label and text; what there is none of is left out."""
    facts = [("command", _command(found))]
    if found.tests:
        count = quantity.counted(len(found.tests), "test")
        facts.append(("suite", f"{count} with the `benchmark` fixture in {_some(found.folders)}"))
        facts.append(("names", _some([test.function for test in found.tests])))
    if found.marker_only:
        facts.append(("markers", f"{quantity.counted(found.marker_only, 'test')} with @pytest.mark.benchmark alone"))
    facts.append(("runner", CALLS[found.runner] + (", from PATH" if found.runner == "path" else "")))
    if found.baseline:
        shape = {"own": "", "metrics": " (shape with `metrics`: read, not written)", "unreadable": " (unreadable)"}
        targets = quantity.counted(len(found.targets), "target")
        facts.append(("baseline", f"{clean_text(found.baseline)}, {targets}{shape[found.shape or 'own']}"))
    if found.workflows:
        facts.append(("CI", _some(found.workflows)))
    return facts


def _command(found: Found) -> str:
    needed = clean_text(found.needed) if found.needed else None
    if found.command is None:
        return f"{needed} ({clean_text(found.because)})" if needed else "none: nothing here runs benchmarks"
    if needed:
        return f"{clean_text(found.command)} will not do: {clean_text(found.because)}"
    if not (found.origin or found.tests or found.marker_only):
        return f"{clean_text(found.command)}, but no test there uses the `benchmark` fixture"
    return clean_text(found.command) + (f" ({clean_text(found.origin)})" if found.origin else "")


def _some(texts: list[str] | tuple[str, ...], limit: int = 3) -> str:
    shown = ", ".join(clean_text(text, limit=60) for text in texts[:limit])
    return shown + (f" and {len(texts) - limit} more" if len(texts) > limit else "")


def preview(plan: Plan) -> list[str]:
    """Each file with what becomes of it, and of those that change the lines."""
    lines = []
    for planned in plan.files:
        lines.append(f"{_mark(planned)} {planned.path}  ({_WORDS[planned.action]})")
        if planned.action != "unchanged":
            lines += [f"    {line}" for line in _diff(planned)]
    return lines


def _mark(planned: PlannedFile) -> str:
    return {"create": "+", "update": "~", "unchanged": "=", "conflict": "!", "manual": "!"}[planned.action]


def _diff(planned: PlannedFile) -> list[str]:
    before, after = (planned.before or "").splitlines(), planned.text.splitlines()
    changed = [line for line in difflib.unified_diff(before, after, n=0, lineterm="") if line[:3] not in ("---", "+++")]
    changed = [line for line in changed if not line.startswith("@@")]
    room = MAX_NEW if len(changed) > 2 * MAX_DIFF else MAX_DIFF
    shown = ["".join(c if c.isprintable() else " " for c in line.expandtabs(4))[:MAX_LINE] for line in changed[:room]]
    more = len(changed) - len(shown)
    return [*shown, f"... {quantity.counted(more, 'more line')}"] if more else shown


def as_document(found: Found, plan: Plan, *, written: bool) -> dict[str, Any]:
    """The contract of `init --json`: files and notes, what was found, and whether anything was written."""
    return {
        "schema": SCHEMA,
        "written": written,
        "files": [{"path": str(f.path), "action": f.action} for f in plan.files],
        "notes": list(plan.notes),
        "found": {
            "command": clean_text(found.command) if found.command else None,
            "command_from": found.origin,
            "command_needed": clean_text(found.needed) if found.needed else None,
            "because": found.because,
            "runner": found.runner,
            "suite": [clean_text(folder) for folder in found.folders],
            "tests": len(found.tests),
            "marker_only": found.marker_only,
            "baseline": clean_text(found.baseline) if found.baseline else None,
            "baseline_shape": found.shape,
            "targets": len(found.targets),
            "workflows": [clean_text(name) for name in found.workflows],
            "quick": found.quick,
            "names": {clean_text(test): clean_text(name) for test, name in found.names},
        },
    }
