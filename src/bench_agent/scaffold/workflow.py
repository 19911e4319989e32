"""The CI workflow for a project: the repository's own, with the steps that are about this repository put in other words.

The packaged `benchmark.yaml` is a byte-identical copy of `.github/workflows/benchmark.yaml`; a test holds them together.
"""

from pathlib import Path

from bench_agent.scaffold.slash_command import Runner

WORKFLOW_FILE = Path(".github/workflows/benchmark.yaml")

_CACHE = """          cache: pip
          cache-dependency-path: pyproject.toml
"""
_SETUP = """          make setup
          echo "$PWD/.venv/bin" >> "$GITHUB_PATH"
"""
_INSTALL: dict[Runner, str] = {
    "uv": """          python -m pip install uv
          uv sync # bench-agent is among the dependencies: uv add --dev bench-agent
          echo "$PWD/.venv/bin" >> "$GITHUB_PATH"
""",
    "path": """          python -m pip install bench-agent
          if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
          if [ -f pyproject.toml ] || [ -f setup.py ]; then python -m pip install -e .; fi
          # and what else your benchmarks need
""",
}
_GATE = "          python scripts/detect_benchmark_regressions.py \\\n"
_RUN = "bench-agent run # runs `make benchmark` and measures it;"


def packaged_text() -> str:
    """The repository's own workflow."""
    return Path(__file__).with_name("benchmark.yaml").read_text(encoding="utf-8")


def workflow_text(runner: Runner) -> str:
    """The workflow for a project that runs Python that way; all that differs is installation and the name of the gate."""
    text = packaged_text()
    for ours, theirs in (
        (_CACHE, ""),
        (_SETUP, _INSTALL["uv" if runner == "uv" else "path"]),
        (_GATE, "          bench-agent detect \\\n"),
        (_RUN, "bench-agent run # runs the benchmarks and measures them;"),
    ):
        assert text.count(ours) == 1, f"the workflow no longer holds {ours!r}"
        text = text.replace(ours, theirs)
    return text


# sha256 of every text this package has ever written, by `slash_command.text_digest`.
SHIPPED_WORKFLOWS = frozenset(
    {
        "76260a80ebe260366debeada248c2b884e280d86e6334f6f1bffcb69d3e04d6a",
        "a3df5007bc264faf2973d568619e156c34e27f1a47fac2c24c95a43ae5407526",
        "7ad73458f67a1a01f29a263361b895ff46bbc6f29fd75ecea71cefe31d3c3907",
    }
)
