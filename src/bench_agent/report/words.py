"""Short texts that advice, issues and recommendations share: names, figures and commands as they are typed."""

import math
import re
import shlex

from bench_agent.results.report import Finding, Suspect
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id, clean_text


def figures_of(finding: Finding) -> str:
    before, now = quantity.value(finding.baseline, finding.unit), quantity.value(finding.current, finding.unit)
    return f"{metric_in_words(finding)} {change_in_words(finding)} ({before} -> {now})"


def change_in_words(finding: Finding) -> str:
    """The change of a finding; `~` where what was measured can't be told from no change."""
    return quantity.told_change(finding.ratio, finding.interval)


def so_far_in_words(finding: Finding) -> str:
    """The change of an undecided finding: "+54 % so far"; its interval where it can't be told from no change."""
    change = change_in_words(finding)
    if change == quantity.SAME and finding.interval is not None:
        change = quantity.change_interval(finding.interval)
    return f"{change} so far"


def shown_name(text: str) -> str:
    return clean_text(text, limit=60)


def metric_in_words(finding: Finding) -> str:
    return "P95" if finding.metric == "p95" else clean_text(finding.metric, limit=30).replace("cpu", "CPU")


def quoted(text: str) -> str:
    """A name or an id as one word of a shell command: what a person copies must not run anything else."""
    return shlex.quote(clean_id(text))


def run_again(benchmark_id: str) -> str:
    """Runs that benchmark; pytest's -k takes a name, so parameters and path are left out."""
    found = re.match(r"\w+", benchmark_id.rsplit("::", 1)[-1])
    return f"bench-agent run -k {found[0][:100]}" if found else "bench-agent run"


def settle_command(finding: Finding, base_sha: str | None) -> str:
    """What answers an open question about a finding: `compare_again` with time enough to tell."""
    evidence = finding.evidence
    return compare_again(
        finding.id, base_sha, seconds=evidence.seconds + 1.5 * (finding.seconds_to_settle or evidence.seconds)
    )


def compare_again(benchmark_id: str, base_sha: str | None, *, seconds: float = 0.0) -> str:
    """Measures that benchmark in turns with the base, for `seconds` or a minute; runs it where there is no base.

    A further `run` would compare with this one, which is as slow.
    """
    found = re.match(r"\w+(\[[\w.+:-]+\])?", benchmark_id.rsplit("::", 1)[-1])
    if not base_sha or not found:
        return run_again(benchmark_id)
    budget = max(10 * math.ceil(seconds / 10), 60)
    return f"bench-agent compare {base_sha[:12]} -k {quoted(found[0][:100])} --budget {budget}"


def show_commit(suspect: Suspect) -> str:
    """The git command that shows a suspect's change: the file of the first function that speaks against it, else its first."""
    named = [function.partition("::")[0] for function in suspect.functions]
    files = [*(file for file in named if file in suspect.files), *suspect.files]
    path = f" -- {quoted(files[0])}" if files else ""
    sha = suspect.sha[:8]
    return f"git show {sha}{path}" if re.fullmatch(r"[0-9a-f]{7,8}", sha) else f"git diff HEAD{path}"
