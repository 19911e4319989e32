"""Benchmarks that share the code which made others slower, and were not measured in turns: their stored runs don't clear them.

A busy machine measured the runs before, or the budget ended with the others: what is proved of a function that they execute
weighs more. Reads what stored runs executed; measures nothing.
"""

from collections.abc import Iterator, Mapping

from bench_agent.detect.suspicion import Judgement
from bench_agent.history.load import load_reach
from bench_agent.records import Reach, Run
from bench_agent.report.judge_by_history import JudgedRun
from bench_agent.results.comparison import Confirmation
from bench_agent.suspects.reached_code import compare_reach, split_key
from bench_agent.text.clean import clean_text


def doubted(judged: JudgedRun, confirmation: Confirmation) -> dict[str, str]:
    """Id -> why, in words. O(benchmarks), and one stored run is read."""
    slower = {id for id, row in confirmation.rows.items() if row.verdict == "slower"}
    if not slower:
        return {}
    stored = _Stored()
    guilty = {key for j in judged.judgements if j.sample.id in slower for key in _grown(j, judged, stored)}
    found = {}
    for j in judged.judgements if guilty else ():
        if _is_measured(j, confirmation) or j.slower or j.together:
            continue
        if key := next((key for key in _grown(j, judged, stored) if key in guilty), None):
            name = clean_text(split_key(key)[1], limit=60)
            found[j.sample.id] = f"executes more in {name} too, as what got slower does, and was not measured in turns"
    return found


def _is_measured(judgement: Judgement, confirmation: Confirmation) -> bool:
    return judgement.sample.id in confirmation.rows or judgement.sample.id in confirmation.untouched


class _Stored:
    """What the benchmarks of stored runs executed; each run is read once."""

    def __init__(self) -> None:
        self._read: dict[str, Mapping[str, Reach]] = {}

    def reach(self, run: Run, id: str) -> Reach | None:
        if run.run_id not in self._read:
            self._read[run.run_id] = load_reach(run)
        return self._read[run.run_id].get(id)


def _grown(judgement: Judgement, judged: JudgedRun, stored: _Stored) -> Iterator[str]:
    """The functions in which one iteration executes more than in the run before."""
    past = judged.past[judgement.sample.id].runs
    if past and judgement.sample.reach is not None:
        change = compare_reach(stored.reach(past[-1].run, judgement.sample.id), judgement.sample.reach)
        yield from (key for key, growth in change.grown.items() if growth.itself)
