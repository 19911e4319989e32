"""The facts of a measured change that an explanation may rest on, as `evidence` has those of a report. Pure."""

from collections.abc import Iterable

from bench_agent.explain.evidence import MAX_DIFF, MAX_FINDINGS, Direction, Evidence, Fact, Kind, named_parts
from bench_agent.render import change_words as words
from bench_agent.results.change import Change, ChangedBenchmark, is_news
from bench_agent.results.culprits import UNCOMMITTED, Culprit
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha
from bench_agent.text.markup import code

_DIRECTIONS: dict[str, Direction] = {"regressed": "slower", "slower": "slower", "faster": "faster", "pass": "same"}


def evidence_of_change(change: Change) -> Evidence:
    """What is known of a change, the whole first, then each benchmark that is news, then what was proved."""
    cleared = change.status == "passing"
    facts = [
        Fact(
            about="the verdict on the change",
            text=words.verdict(change),
            kind="told",
            direction="same" if cleared else "",
        ),
        Fact(about="how many benchmarks came to what", text=words.counts(change), kind="told"),
        Fact(about="the versions compared", text=words.versions(change), kind="told"),
    ]
    news = [row for row in change.benchmarks if is_news(row)][:MAX_FINDINGS]
    for row in news:
        facts += _of_row(row)
    diffs: list[tuple[str, str]] = []
    ids = {row.id for row in news}
    for search in change.searches:
        for culprit in search.culprits if search.benchmark in ids else ():
            facts += _of_culprit(culprit)
            if culprit.excerpt:
                at = next(n for n, fact in enumerate(facts, 1) if fact.text == _commit(culprit))
                diffs.append((f"E{at}", culprit.excerpt[:MAX_DIFF]))
    return Evidence(facts=tuple(facts), diffs=tuple(dict.fromkeys(diffs)), cleared=cleared)


def _of_row(row: ChangedBenchmark) -> Iterable[Fact]:
    name = clean_text(row.benchmark)
    yield Fact(about="a benchmark's name", text=code(name), kind="told", names=(name,))
    kind: Kind = "measured" if row.pairs and row.mark not in ("undecided", "suspected") else "suspected"
    direction = _DIRECTIONS.get(row.mark, "")
    if row.ratio is not None:
        text = f"{words.told(row)} ({words.interval(row)})"
        yield Fact(about=f"change of {name} ({words.mark_word(row)})", text=text, kind=kind, direction=direction)
    if row.base_s is not None and row.head_s is not None:
        times = f"{quantity.duration(row.base_s)} -> {quantity.duration(row.head_s)}"
        yield Fact(about=f"{name}: before, and now", text=times, kind=kind, direction=direction)
    for about, why in (("a note on", row.note), ("why it is accepted that it is slower:", row.accepted)):
        if why:
            yield Fact(about=f"{about} {name}", text=clean_text(why), kind="told")


def _of_culprit(culprit: Culprit) -> Iterable[Fact]:
    commit = _commit(culprit)
    yield Fact(about="a commit, proved", text=commit, kind="proved", direction="slower")
    for name in [*(f.name for f in culprit.functions[:3]), *culprit.files[:2]]:
        shown = clean_text(name, limit=120)
        yield Fact(about=f"where {commit} did it", text=code(shown), kind="proved", names=named_parts(shown))
    for text in culprit.evidence[:3]:
        yield Fact(about=f"what speaks against {commit}", text=clean_text(text, limit=300), kind="proved")


def _commit(culprit: Culprit) -> str:
    return "the uncommitted changes" if culprit.sha == UNCOMMITTED else code(short_sha(culprit.sha))
