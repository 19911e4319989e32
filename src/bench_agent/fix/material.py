"""What a model may read to mend a slowdown: the culprit's diff, sources of the tree, what was measured. Bounded; all of it data.

Takes a report and a repository; every text comes out cleaned of what nobody sees, and cut.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench_agent.errors import UsageError
from bench_agent.fix.rules import may_change
from bench_agent.report.claims import claims_of
from bench_agent.results.culprits import UNCOMMITTED
from bench_agent.results.figure_texts import finding_change
from bench_agent.results.report import Finding, Report, Suspect
from bench_agent.results.verification import Claim
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text, short_sha

MAX_DIFF = 16_000  # characters
MAX_PIECE = 16_000  # characters of a file that one call reads
MAX_SOURCE = 400_000  # bytes of a file that is looked into at all
MAX_NAMED = 60  # files that the model is told of; it may read the others too
_READABLE = (".py", ".pyi", ".pyx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One proved slowdown. sources: what may be read, of the working tree; changeable: of these, what a patch may touch."""

    claim: Claim
    culprit: Suspect
    finding: Finding
    diff: str
    sources: Mapping[str, str]
    changeable: frozenset[str]

    @property
    def measured(self) -> str:
        """What measuring told, in words."""
        f = self.finding
        lines = [f"{clean_text(f.benchmark)}: {finding_change(f)} since {short_sha(self.claim.good)}"]
        lines += [f"work that grew: {clean_text(count)}" for count in f.counts[:6]]
        lines += [f"grew in the culprit: {clean_text(name)}" for name in self.culprit.functions[:6]]
        lines += [f"of the culprit: {clean_text(text, limit=300)}" for text in self.culprit.evidence[:6]]
        return "\n".join(lines)


def choose_case(report: Report, wanted: str | None) -> tuple[Claim, Finding, Suspect]:
    """The slowdown to mend: the worst that has a proved culprit, of those that are meant. Raises UsageError."""
    claims = {claim.id: claim for claim in claims_of(report)}
    findings = [f for f in report.regressions if wanted is None or wanted in (f.benchmark, f.id)]
    findings = findings or [f for f in report.regressions if wanted and (wanted in f.benchmark or wanted in f.id)]
    for finding in findings:
        proved = next((suspect for suspect in finding.suspects if suspect.proved), None)
        if proved is not None and finding.id in claims:
            return claims[finding.id], finding, proved
    what = f"of `{clean_text(wanted)}`" if wanted else "of any benchmark"
    raise UsageError(
        f"the newest report has no proved culprit {what}",
        hint="prove one: bench-agent run, or bench-agent bisect BENCHMARK --good REV",
    )


def gather(report: Report, wanted: str | None, repository: Repository, *, suite_files: Collection[str]) -> Case:
    """Everything that the model may see of a slowdown. Raises UsageError where there is nothing to mend."""
    claim, finding, culprit = choose_case(report, wanted)
    sources = read_sources(repository)
    sha = None if culprit.sha == UNCOMMITTED else repository.resolve(culprit.sha)
    if sha is None and culprit.sha != UNCOMMITTED:
        raise UsageError(f"the culprit {clean_text(culprit.sha)} is not in this repository", hint="bench-agent run")
    return Case(
        claim=claim,
        culprit=culprit,
        finding=finding,
        diff=readable(repository.diff(sha, limit=MAX_DIFF), limit=MAX_DIFF),
        sources=sources,
        changeable=frozenset(path for path in sources if may_change(path, suite_files=suite_files)),
    )


def read_sources(repository: Repository) -> dict[str, str]:
    """The tracked Python files of the working tree, as they are now; no links, nothing large, nothing that is no text."""
    listed = repository.git("ls-files", "-z", "--full-name", cwd=repository.root)
    root = repository.root.resolve()
    found = {}
    for path in (path for path in listed.split("\0") if path.endswith(_READABLE)):
        text = _read(root, root / path)
        if text is not None:
            found[path] = text
    return found


def _read(root: Path, file: Path) -> str | None:
    try:
        if file.is_symlink() or not file.is_file() or not file.resolve().is_relative_to(root):
            return None
        if file.stat().st_size > MAX_SOURCE:
            return None
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def readable(text: str, *, limit: int) -> str:
    """A text of several lines as it is, but for what nobody sees; cut after `limit` characters, and that is said."""
    kept = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text[:limit])
    return kept if len(text) <= limit else f"{kept}\n[cut after {limit:,} characters]"


def piece_of(text: str, first_line: int) -> str:
    """A file from that line on, each line with its number, cut."""
    lines = text.splitlines()
    shown: list[str] = []
    size = 0
    for number, line in enumerate(lines[first_line - 1 :], first_line):
        size += len(line) + 8
        if size > MAX_PIECE:
            shown.append(f"[cut: {len(lines):,} lines in all; read on with first_line {number}]")
            break
        shown.append(f"{number:>5} {line}")
    return readable("\n".join(shown), limit=MAX_PIECE + 200)


def named_files(case: Case) -> list[str]:
    """The files that a patch may change, those that the culprit changed first."""
    touched = {line[6:] for line in case.diff.splitlines() if line.startswith("+++ b/")}
    folders = {str(PurePosixPath(path).parent) for path in touched}

    def rank(path: str) -> tuple[bool, bool, str]:
        return (path not in touched, str(PurePosixPath(path).parent) not in folders, path)

    return sorted(case.changeable, key=rank)[:MAX_NAMED]
