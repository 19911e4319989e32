"""Whether the only commit between two versions that were measured in turns is proved to have made the difference.

Its parent was one side of the measurement and itself the other, so the ratio is its own. What is left to know is whether its
edits can do that: code that merely moves in memory takes up to MOVED longer. Reads the commit's patch; measures nothing.
"""

import math

from bench_agent.records import Reach
from bench_agent.results.report import Finding, Suspect
from bench_agent.suspects.commit_effect import MAX_PATCH, judge_patch
from bench_agent.suspects.patches import parse_patch
from bench_agent.suspects.ranking import UNCOMMITTED
from bench_agent.suspects.same_code import is_moved_code
from bench_agent.system.git import Repository

TOLD = "it was measured against its parent, and nothing that the benchmark executes differs: code that moved, or noise"


def is_proved(
    finding: Finding, suspect: Suspect, *, repository: Repository, base: Reach | None, head: Reach | None
) -> bool:
    """Whether the suspect's edits can make the finding's ratio. base, head: what one iteration executes, None: not known."""
    if suspect.sha == UNCOMMITTED:  # files that git does not track may have changed too
        return True
    text = repository.diff(suspect.sha, limit=MAX_PATCH)
    patches = parse_patch(text)
    blobs = repository.blobs(name for patch in patches for name in (patch.old_blob, patch.new_blob) if name)
    reaches = [reach for reach in (base, head) if reach is not None]
    bearing = judge_patch(text, patches, blobs, reaches=reaches, held=())
    return not is_moved_code(bearing, abs(math.log(finding.ratio)))
