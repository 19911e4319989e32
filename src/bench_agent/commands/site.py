"""The command `site`: the pages of all stored history in a folder."""

import contextlib
from pathlib import Path

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import say
from bench_agent.commands.site_folder import check_folder, check_marker, write_site
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.history.load import latest_report
from bench_agent.results.report import Finding
from bench_agent.results.site import WrittenSite
from bench_agent.system.git import Repository, open_repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def main(options: Options, _: list[str]) -> int:
    from bench_agent.render.site import compose_site
    from bench_agent.report.courses import recall_courses

    folder = check_folder(options.folder)
    config = read_config(options)
    check_marker(folder, _repository(config))
    courses = recall_courses(config, gone=True, most=None)
    files = compose_site(courses, _findings(config))
    changed = write_site(folder, files)
    written = WrittenSite(
        index=clean_text(Path(options.folder) / "index.html"),
        benchmarks=len(courses.courses),
        runs=len(courses.runs),
        files=len(files),
        changed=changed,
    )
    benchmarks, runs = quantity.counted(written.benchmarks, "benchmark"), quantity.counted(written.runs, "run")
    words = (
        f"{written.index}: {benchmarks}, {runs}; {changed:,} of {quantity.counted(len(files), 'file')} new or changed"
    )
    say(options, written, words)
    return 0


def _findings(config: Config) -> dict[str, Finding]:
    """What the newest report says, for the commits that it proved; nothing where there is none."""
    from bench_agent.render.cards import findings_by_id

    with contextlib.suppress(BenchAgentError):
        return findings_by_id(latest_report(config))
    return {}


def _repository(config: Config) -> Repository | None:
    with contextlib.suppress(BenchAgentError):
        return open_repository(config.root)
    return None
