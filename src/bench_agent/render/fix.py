"""A fix as text: the evidence and the patch, or why none is shown. What the model said is in neither."""

from bench_agent.results.fix import Fix
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

_MAX_PATCH = 40_000  # characters; a patch has 160 changed lines at most


def render_fix(fix: Fix) -> str:
    """The result first, then what it rests on, then the patch as it is to be applied."""
    name = clean_text(fix.benchmark)
    if fix.patch is None:
        lines = [f"{name}: no patch is shown. {clean_text(_sentence(fix.stopped))}"]
        lines += [
            f"  {number}. {clean_text('; '.join(a.reasons), limit=400)}" for number, a in enumerate(fix.attempts, 1)
        ]
        return "\n".join(lines) + "\n"
    given = quantity.percent(fix.given_back)
    lines = [
        f"{name}: a patch gives back {given} of the slowdown since {clean_text(fix.good)} (culprit {clean_text(fix.culprit)})"
    ]
    lines += [f"- {clean_text(line, limit=400)}" for line in fix.evidence]
    lines.append("- Read it before you take it: tests and measuring prove what they run, not more.")
    if fix.path:
        lines.append(f"To take it: git apply {clean_text(fix.path)}, then: bench-agent verify")
    return "\n".join(lines) + "\n\n" + _shown(fix.patch)


def _shown(patch: str) -> str:
    """As it is: the rules let no hidden character through in what is new, and what is old is cleaned here."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in patch[:_MAX_PATCH])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def footer(fix: Fix) -> str:
    """What it took, in a line."""
    usage = fix.usage
    given = usage.given + usage.cached + usage.written
    cost = "price not known" if fix.cost is None else f"${fix.cost:.3f}"
    tried = quantity.counted(len(fix.attempts), "patch", "patches")
    return f"{fix.model}: {tried} tried, {given:,} tokens in, {usage.answered:,} out, {cost}; {fix.seconds:.0f} s"
