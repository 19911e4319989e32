"""A change as GitHub and GitLab Markdown: the body of the comment, the summary of the job, the file of `compare --markdown`.

Takes a finished `Change`, returns Markdown of less than MAX_BYTES bytes whatever it holds; the verdict is the first line.
Text of the repository is shown as code, or escaped, and never begins a line: it makes no link, mention, HTML or quick action.
"""

from collections.abc import Sequence

from bench_agent.render import change_words as words
from bench_agent.render import memory, wording
from bench_agent.render.markdown import fitted
from bench_agent.results.change import Change, ChangedBenchmark, Place, is_news
from bench_agent.results.culprits import Culprit, Search
from bench_agent.results.report import CLEARED, Suspect
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.markup import code, fenced, prose

MAX_BYTES = 60_000  # of the whole; GitHub refuses a comment of more than 65,536
MAX_NEWS = 15_000  # bytes of the table that is open
MAX_ALL = 25_000  # of the folded table of all benchmarks
MAX_CAUSES = 8  # commits shown with their diff
MAX_SUSPECTS = 3


def render_change(change: Change, *, hidden: str = "", told: str = "") -> str:
    """The Markdown. hidden: a first line that is not shown; what does not fit is left out from the end, and said.

    told: Markdown in which somebody explains it, checked before it comes here.
    """
    parts = [
        f"## {_icon(change)} {prose(words.verdict(change), limit=300)}",
        f"{prose(words.counts(change))}. Compared: {prose(words.versions(change))}.",
        *(f"> ⚠️ {prose(text)}" for text in change.warnings[:5]),
        told,
        _news(change.benchmarks),
        memory.markdown(change.memory, {row.id: row.benchmark for row in change.benchmarks}),
        *_causes(change),
        _folded_all(change),
        _folded("How it was measured", _how(change)),
        _folded("Repeat it, accept it", _commands(change)),
    ]
    return fitted([hidden, *parts], most=MAX_BYTES, size=lambda text: len(text.encode()))


def _icon(change: Change) -> str:
    if change.status == "not_compared" or not change.benchmarks:
        return "⚪"
    if any(row.is_regression for row in change.memory):
        return wording.ICONS["regressed"]
    worst = change.benchmarks[0].mark
    return wording.ICONS["undecided" if worst in CLEARED and change.untraced else worst]


def _news(rows: Sequence[ChangedBenchmark]) -> str:
    news = [row for row in rows if is_news(row)]
    return _table(news, MAX_NEWS) if news else ""


def _table(rows: Sequence[ChangedBenchmark], room: int) -> str:
    """As many rows as fit `room` bytes, worst first; how many more there are."""
    text = "| | Benchmark | Base | Head | Change | 95 % interval | Verdict |\n|---|---|---:|---:|---:|---|---|"
    for shown, row in enumerate(rows):
        line = _row(row)
        if len((text + line).encode()) > room:
            return f"{text}\n\n… and {len(rows) - shown:,} more."
        text += "\n" + line
    return text


def _row(row: ChangedBenchmark) -> str:
    note = row.accepted if row.accepted is not None else row.note
    cells = (
        wording.ICONS[row.mark],
        code(wording.name(row.benchmark, limit=100), limit=100),
        quantity.duration(row.base_s),
        quantity.duration(row.head_s),
        words.told(row).replace("~", "\\~"),
        words.interval(row),
        words.mark_word(row) + (f": {code(note, limit=120)}" if note else ""),
    )
    return f"| {' | '.join(cells)} |"


def _causes(change: Change) -> list[str]:
    """A section for each commit that was proved to have done it, those it did it to named; then what stays unproved."""
    names = {row.id: row.benchmark for row in change.benchmarks}
    by_commit: dict[str, list[tuple[Search, Culprit]]] = {}
    for search in change.searches:
        for culprit in search.culprits:
            by_commit.setdefault(culprit.sha, []).append((search, culprit))
    found = [_culprit(proofs, names, change.places) for proofs in list(by_commit.values())[:MAX_CAUSES]]
    if len(by_commit) > MAX_CAUSES:
        found.append(f"… and {len(by_commit) - MAX_CAUSES} more commits.")
    open_searches = [search for search in change.searches if words.unproved(search) and search.suspects]
    found += [_suspects(search, names) for search in open_searches[:MAX_SUSPECTS]]
    return found


def _culprit(proofs: Sequence[tuple[Search, Culprit]], names: dict[str, str], places: Sequence[Place]) -> str:
    culprit = proofs[0][1]
    who = f"one of {len(culprit.among)} commits up to {_commit(culprit)}" if culprit.among else _commit(culprit)
    lines = [f"### Proved: {who}", ""]
    lines += [f"- {_named(search, names)}: {prose(words.proof(found))}" for search, found in proofs[:5]]
    if len(proofs) > 5:
        lines.append(f"- … and {len(proofs) - 5} more benchmarks")
    lines += [f"- {prose(text)}" for text in culprit.evidence[:4]]
    where = [place for place in places if place.sha == culprit.sha][:3]
    lines += [f"- at {code(f'{place.path}:{place.line}')}" for place in where]
    if culprit.excerpt:
        lines += ["", _diff(culprit.excerpt)]
    return "\n".join(lines)


def _suspects(search: Search, names: dict[str, str]) -> str:
    lines = [f"### Suspects for {_named(search, names)}: {words.unproved(search)}", ""]
    for suspect in search.suspects[:MAX_SUSPECTS]:
        why = f": {prose(suspect.evidence[0])}" if suspect.evidence else ""
        lines.append(f"- {_commit(suspect)}, {prose(words.suspect_weight(suspect))}{why}")
    return "\n".join(lines)


def _commit(commit: Culprit | Suspect) -> str:
    """The sha as text, of which GitHub makes a link, and the subject as code."""
    sha = clean_text(commit.sha, limit=40)
    if not sha or not all(digit in "0123456789abcdef" for digit in sha):
        return "the uncommitted changes"
    return f"{sha[:12]} {code(commit.subject, limit=120)}".rstrip()


def _named(search: Search, names: dict[str, str]) -> str:
    return code(wording.name(names.get(clean_text(search.benchmark), search.benchmark), limit=100), limit=100)


def _diff(excerpt: str) -> str:
    block = fenced(excerpt, limit=3_000)
    fence, _, rest = block.partition("\n")
    return f"{fence}diff\n{rest}"


def _folded_all(change: Change) -> str:
    if not change.benchmarks:
        return ""
    title = f"All {quantity.counted(len(change.benchmarks), 'benchmark')}"
    return _folded(title, _table(change.benchmarks, MAX_ALL))


def _how(change: Change) -> str:
    where = " · ".join(prose(part, limit=200) for part in (change.machine, change.python) if part)
    mean = f"- Geometric mean of the changes: {prose(quantity.change(change.geomean))}" if change.geomean else ""
    return "\n".join(filter(None, (f"- {words.method(change)}", f"- {where}" if where else "", mean)))


def _commands(change: Change) -> str:
    titles = {"repeat": "The same here", "accept": "Slower on purpose? Say so in the change, where it is reviewed"}
    told = [(title, change.commands[key]) for key, title in titles.items() if change.commands.get(key)]
    return "\n\n".join(f"{title}:\n\n{fenced(command, limit=1_000)}" for title, command in told)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""
