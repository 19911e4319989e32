"""The facts of a report that an explanation may rest on, each with a number and its text as people read it. Pure.

A model is shown them and refers to them by number; what is printed is our text, so that no figure, commit or name is its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench_agent.results.figure_texts import finding_change
from bench_agent.results.report import CLEARED, Finding, Report, Suspect
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha
from bench_agent.text.markup import code

MAX_FINDINGS = 6  # told of, the worst first
MAX_SUSPECTS = 2  # of each
MAX_DIFF = 1_500  # characters of the diff that is shown of a suspect

# measured: in turns. proved: a commit that was measured against its parent. suspected: not measured, or only ranked.
# told: what the report says in words, and names.
Kind = Literal["measured", "proved", "suspected", "told"]
Direction = Literal["slower", "faster", "same", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact. about: what it is, for the model. text: what is printed for it. direction: what it says of the speed."""

    about: str
    text: str
    kind: Kind
    direction: Direction = ""
    names: tuple[str, ...] = ()  # of code, which a sentence may have in backticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """facts: the first is E1. diffs: what suspects changed, as data. cleared: the report says that nothing is slower or open."""

    facts: tuple[Fact, ...]
    diffs: tuple[tuple[str, str], ...]  # (the commit's fact, as "E7", and the text)
    cleared: bool

    @property
    def names(self) -> frozenset[str]:
        """All names of code that a sentence may have."""
        return frozenset(name for fact in self.facts for name in fact.names)

    def fact(self, number: int) -> Fact | None:
        return self.facts[number - 1] if 1 <= number <= len(self.facts) else None


def evidence_of(report: Report) -> Evidence:
    """What is known, the whole run first, then each finding. O(findings)."""
    facts = [*_of_run(report)]
    diffs: list[tuple[str, str]] = []
    for finding in _told(report):
        facts += _of_finding(finding)
        for suspect in finding.suspects[:MAX_SUSPECTS]:
            facts += _of_suspect(suspect)
            if suspect.excerpt:
                commit = next(n for n, fact in enumerate(facts, 1) if fact.text == _commit(suspect))
                diffs.append((f"E{commit}", suspect.excerpt[:MAX_DIFF]))
    known: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        known.setdefault((fact.about, fact.text), fact)
    numbers = {fact.text: number for number, fact in enumerate(known.values(), 1)}
    places = {f"E{n}": f"E{numbers[fact.text]}" for n, fact in enumerate(facts, 1)}
    return Evidence(
        facts=tuple(known.values()),
        diffs=tuple(dict.fromkeys((places[at], text) for at, text in diffs)),
        cleared=report.status == "passing",
    )


def _told(report: Report) -> list[Finding]:
    everything = (*report.regressions, *report.undecided, *report.environment, *report.improvements)
    return list(everything[:MAX_FINDINGS])


def _of_run(report: Report) -> Iterable[Fact]:
    s = report.summary
    cleared: Direction = "same" if report.status == "passing" else ""
    passing = f"{s.passing:,} of {s.benchmarks + s.failed:,} benchmarks"
    kind: Kind = "measured" if s.measured_in_turns else "told"
    yield Fact(about="benchmarks that pass, of all", text=passing, kind=kind, direction=cleared)
    yield Fact(about="the verdict on the whole run", text=clean_text(s.headline), kind="told", direction=cleared)
    if s.peak_bytes is not None:
        yield Fact(about="memory at its peak", text=quantity.size(s.peak_bytes), kind="told")
    named = [row.benchmark for row in report.benchmarks if row.mark not in CLEARED][:MAX_FINDINGS]
    for name in named:
        yield _benchmark(name)


def _benchmark(name: str) -> Fact:
    return Fact(about="a benchmark's name", text=code(name), kind="told", names=(clean_text(name),))


def _of_finding(finding: Finding) -> Iterable[Fact]:
    name = clean_text(finding.benchmark)
    yield _benchmark(name)
    kind: Kind = "measured" if finding.confirmed else "suspected"
    direction: Direction = "slower" if finding.ratio > 1 else "faster"
    if finding.verdict in ("same", "environment"):
        direction = "same"
    if finding.mark == "undecided":
        kind, direction = "suspected", ""
    yield Fact(
        about=f"change of {name} ({finding.verdict})", text=finding_change(finding), kind=kind, direction=direction
    )
    before, now = quantity.value(finding.baseline, finding.unit), quantity.value(finding.current, finding.unit)
    yield Fact(about=f"{name}: before, and now", text=f"{before} -> {now}", kind=kind, direction=direction)
    if finding.evidence.pairs:
        text = f"{quantity.counted(finding.evidence.pairs, 'pair')} in {quantity.elapsed(finding.evidence.seconds)}"
        yield Fact(about=f"how {name} was measured in turns", text=text, kind="measured")
    for count in finding.counts[:3]:
        yield Fact(about=f"work of {name} that grew", text=clean_text(count), kind="measured", direction=direction)
    if finding.evidence.note:
        yield Fact(about=f"a note on {name}", text=clean_text(finding.evidence.note), kind="told")
    if finding.seconds_to_settle:
        text = quantity.elapsed(finding.seconds_to_settle)
        yield Fact(about=f"more measuring that would settle {name}", text=text, kind="told")
    for action in finding.actions[:4]:
        yield Fact(about=f"what to do about {name}, with its command", text=clean_text(action, limit=400), kind="told")


def _of_suspect(suspect: Suspect) -> Iterable[Fact]:
    kind: Kind = "proved" if suspect.proved else "suspected"
    commit = _commit(suspect)
    yield Fact(about=f"a commit, {kind}", text=commit, kind=kind, direction="slower")
    if suspect.share is not None:
        share = quantity.percent(suspect.share)
        yield Fact(about=f"share of the slowdown of {commit}", text=share, kind=kind, direction="slower")
    for name in [*suspect.functions[:3], *suspect.files[:2]]:
        shown = clean_text(name, limit=120)
        yield Fact(about=f"where {commit} did it", text=code(shown), kind=kind, names=named_parts(shown))
    for evidence in suspect.evidence[:3]:
        yield Fact(about=f"what speaks against {commit}", text=clean_text(evidence, limit=300), kind=kind)


def _commit(suspect: Suspect) -> str:
    if suspect.sha == "uncommitted":
        return "the uncommitted changes"
    return code(short_sha(suspect.sha))


def named_parts(shown: str) -> tuple[str, ...]:
    """A place in the code, such as `shop/basket.py::Basket.total`, and the parts of it that people use as names."""
    path, _, function = shown.partition("::")
    parts = [shown, path, path.rpartition("/")[2], function, function.rpartition(".")[2]]
    return tuple(dict.fromkeys(part for part in parts if part))


def listed(facts: Sequence[Fact]) -> str:
    """The facts as the model is shown them, a line each."""
    lines = []
    for number, fact in enumerate(facts, 1):
        direction = f", {fact.direction}" if fact.direction else ""
        lines.append(f"E{number} [{fact.kind}{direction}] {fact.about}: {fact.text}")
    return "\n".join(lines)
