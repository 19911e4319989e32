"""Whether a proved step can be work of its commits: a small one of commits that change nothing executed is moved code."""

from dataclasses import dataclass

from bench_agent.backfill.known import Known
from bench_agent.backfill.result import Found
from bench_agent.suspects.commit_effect import MAX_PATCH, judge_patch
from bench_agent.suspects.patches import parse_patch
from bench_agent.suspects.same_code import Bearing, is_moved_code, most_bearing
from bench_agent.system.git import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """held: what all versions have from the newest, so that it was not measured."""

    repository: Repository
    known: Known
    held: tuple[str, ...]

    def is_moved(self, found: Found) -> bool:
        """Whether the step is no work of the commits that it is told of."""
        return is_moved_code(self._of(found), abs(found.proof.step.size))

    def _of(self, found: Found) -> Bearing:
        stretch, proof = found.stretch, found.proof
        ends = stretch.sha(proof.parent), stretch.sha(proof.position)
        known = self.known.under(stretch.files)
        reaches = [reach for sha in ends if (reach := known.reach(sha, proof.benchmark)) is not None]
        judged: list[Bearing] = []
        for position in range(proof.parent + 1, proof.position + 1):
            if "executed" in judged:
                break
            text = self.repository.diff(stretch.sha(position), limit=MAX_PATCH)
            patches = parse_patch(text)
            blobs = self.repository.blobs([b for patch in patches for b in (patch.old_blob, patch.new_blob) if b])
            judged.append(judge_patch(text, patches, blobs, reaches=reaches, held=self.held))
        return most_bearing(judged)
