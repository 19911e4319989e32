"""The CI files for a project: pull requests, the comment of forks too, the scheduled runs, GitLab's.

`benchmark.yaml` is a byte-identical copy of this repository's own workflow; a test holds them together. What differs between
projects is how they are installed, and from where this program is.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from bench_agent.scaffold.slash_command import Runner, text_digest

WORKFLOW_FILE = Path(".github/workflows/benchmark.yaml")
PERFORMANCE_FILE = Path(".github/workflows/performance.yaml")
COMMENT_FILE = Path(".github/workflows/performance-comment.yaml")
GITLAB_FILE = Path(".gitlab/performance.yml")

_CACHE = """          cache: pip
          cache-dependency-path: pyproject.toml
"""
_OWN_INSTALL = """      - name: Install
        run: |
          make setup
          echo "$PWD/.venv/bin" >> "$GITHUB_PATH"
"""
_THEIR_INSTALL = """      - name: Install
        env:
          BENCH_AGENT: "" # what pip installs bench-agent from
        run: |
          @INSTALL@
"""
_FROM = 'python -m pip install "${BENCH_AGENT:?say above what pip installs bench-agent from}"'
_PROJECT = """if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
if [ -f pyproject.toml ] || [ -f setup.py ]; then python -m pip install -e .; fi
# and what else your benchmarks need"""
_UV_SYNC = """python -m pip install uv
uv sync
uv pip install "${BENCH_AGENT:?say above what pip installs bench-agent from}"
"""
_UV = _UV_SYNC + 'echo "$PWD/.venv/bin" >> "$GITHUB_PATH"'
_UV_GITLAB = _UV_SYNC + 'export PATH="$PWD/.venv/bin:$PATH"'
_GATE = "          python scripts/detect_benchmark_regressions.py \\\n"
_RUN = "bench-agent run # runs `make benchmark` and measures it;"
_PLACE = re.compile(r'(BENCH_AGENT: )"([^"\n]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFile:
    """One file: where it goes, and the packaged text it is made of."""

    path: Path
    source: str


GITHUB_FILES = (
    CiFile(path=PERFORMANCE_FILE, source="performance.yaml"),
    CiFile(path=COMMENT_FILE, source="performance_comment.yaml"),
    CiFile(path=WORKFLOW_FILE, source="benchmark.yaml"),
)
GITLAB_FILES = (CiFile(path=GITLAB_FILE, source="gitlab.yaml"),)


def packaged_text(source: str = "benchmark.yaml") -> str:
    """A text of the package as it is; of benchmark.yaml, the repository's own workflow."""
    return Path(__file__).with_name(source).read_text(encoding="utf-8")


def ci_text(file: CiFile, runner: Runner, place: str | None) -> str:
    """The file for a project that runs Python that way. place: what pip installs this program from; None: to be filled in."""
    text = packaged_text(file.source)
    if file.path == WORKFLOW_FILE:
        text = _for_others(text)
    uv = _UV_GITLAB if file.path == GITLAB_FILE else _UV
    own = uv if runner == "uv" else f"{_FROM}\n{_PROJECT}"
    text = _filled(text, "@INSTALL@", own)
    text = _filled(text, "@INSTALL_ONLY@", _FROM)
    return _PLACE.sub(lambda found: f'{found[1]}"{place or ""}"', text)


def _for_others(text: str) -> str:
    """The repository's own workflow with the steps that are about this repository put in other words."""
    for ours, theirs in (
        (_CACHE, ""),
        (_OWN_INSTALL, _THEIR_INSTALL),
        (_GATE, "          bench-agent detect \\\n"),
        (_RUN, "bench-agent run # runs the benchmarks and measures them;"),
    ):
        assert text.count(ours) == 1, f"the workflow no longer holds {ours!r}"
        text = text.replace(ours, theirs)
    return text


def _filled(text: str, mark: str, lines: str) -> str:
    """The text with these lines where the mark stands, as deep as the mark."""
    found = re.search(rf"^( *){mark}$", text, re.MULTILINE)
    if found is None:
        return text
    return text.replace(found[0], "\n".join(f"{found[1]}{line}" for line in lines.splitlines()))


def place_in(text: str) -> str | None:
    """What somebody filled in as the place of this program; None where nothing."""
    return next((found[2] for found in _PLACE.finditer(text) if found[2]), None)


def is_shipped(text: str) -> bool:
    """Whether this package wrote the text, whatever place was filled in."""
    return text_digest(_PLACE.sub(r'\1""', text)) in SHIPPED_WORKFLOWS


# sha256 of every text this package has ever written, by `text_digest`, with no place filled in; as for the slash command.
SHIPPED_WORKFLOWS = frozenset(
    {
        "76260a80ebe260366debeada248c2b884e280d86e6334f6f1bffcb69d3e04d6a",
        "a3df5007bc264faf2973d568619e156c34e27f1a47fac2c24c95a43ae5407526",
        "7ad73458f67a1a01f29a263361b895ff46bbc6f29fd75ecea71cefe31d3c3907",
        "7f252f4807bbcd1660d351b4a6f70165b28df74359e3a5769e30b151f35cbef9",
        "56933d89cd6312bf3eabea89866b4bd1cdd0fbd7a3cfbd712ccb0c37561bf004",
        "0c4ebe3f215079512fb0aa3713848a58bd5d8298300ea6ec46bc42822fc926e9",
        "971e20513a6718df4d01a9e9f12d3c3b9eccac7fdd5c41e87b4039e157595d0f",
        "e658adb9ecb78cf839e68b8b6c1a3764ce7542e54711f0966103bcc91b6e36d6",
        "9e61805787c65e13bda67150a3e3e94645281dfa6c8d6bac7fc046965a431878",
        "0067041e39dc8a7a9ed297c04c0d259ae33a95e5eebf3d4a1c4de3ec2b9cbc5e",
        "2512753d4d987f842e126e390ccd92e7f3b41d573272a7510ff61a535c1c4b5b",
        "15eded873f9982bd6411152a857a63d9ee8bc8aac51008c1e9dde8f4d142cd0b",
    }
)
