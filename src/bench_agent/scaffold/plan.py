"""What `bench-agent init` would write into a project, decided from what was found there. Reads; `slash_command.apply` writes.

The slash command and the workflow are wholly ours; pyproject.toml, config.yaml, .gitignore and the Makefile are the user's:
those only ever grow by what is missing, at their end.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench_agent.config import YAML_PATH, Config
from bench_agent.errors import GitError
from bench_agent.measure.command import has_target
from bench_agent.project import MAKEFILES, STATE_DIR
from bench_agent.scaffold import slash_command
from bench_agent.scaffold.place import install_place
from bench_agent.scaffold.slash_command import InstallError, Plan, PlannedFile
from bench_agent.scaffold.survey import Found
from bench_agent.scaffold.text_edits import Settings, add_line, add_target, add_toml_settings, add_yaml_settings
from bench_agent.scaffold.workflow import (
    GITHUB_FILES,
    GITLAB_FILES,
    SHIPPED_WORKFLOWS,
    WORKFLOW_FILE,
    CiFile,
    ci_text,
    is_shipped,
    packaged_text,
    place_in,
)
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

IGNORED = f"{STATE_DIR}/"
GATE_SCRIPT = "scripts/detect_benchmark_regressions.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for beside the settings and the line in .gitignore."""

    command: bool = True
    makefile: bool = False
    workflow: bool = False
    gitlab: bool = False


def plan_project(config: Config, found: Found, repository: Repository | None, wanted: Wanted) -> Plan:
    """Every file that `init` is about, with what is to become of it. Raises InstallError for places nothing can be put."""
    repository = None if repository is not None and repository.bare else repository
    base = slash_command.plan_install(config.root, runner=found.runner)
    files = [*base.files] if wanted.command else []
    if settings := needed_settings(config, found, wanted):
        files.append(_settings_file(config, settings))
    if repository is not None and not _is_decided(repository, config.root):
        files.append(_edited(config.root, Path(".gitignore"), lambda text: add_line(text, IGNORED)))
    if wanted.makefile:
        files.append(_makefile(config, found))
    if wanted.workflow:
        files += _workflows(config.root, found, repository)
    if wanted.gitlab:
        files += [_ci_file(config.root, file, found) for file in GITLAB_FILES]
    notes = [f"{f.path}: {f.why}; the lines above are yours to add" for f in files if f.action == "manual"]
    if (
        wanted.command
        and repository is not None
        and (rule := _ignoring_file(repository, config.root, slash_command.COMMAND_FILE))
    ):
        notes.append(f"git ignores {slash_command.COMMAND_FILE} ({rule}): others get it only after git add --force.")
    return replace(base, files=tuple(files), notes=(*notes, *base.notes, *_remarks(config, found, wanted)))


def needed_settings(config: Config, found: Found, wanted: Wanted) -> Settings:
    """The settings that could be told from the project and that nobody has set yet."""
    settings: dict[str, str | dict[str, str]] = {}
    if found.needed and not wanted.makefile:
        settings["command"] = found.needed
    if found.setup:
        settings["setup"] = found.setup
    if found.quick:
        settings["quick"] = found.quick
    if found.baseline and found.shape != "unreadable" and not (config.root / config.baseline).exists():
        settings["baseline"] = found.baseline
    if found.names:
        settings["names"] = dict(found.names)
    return settings


def _settings_file(config: Config, settings: Settings) -> PlannedFile:
    pyproject = config.root / "pyproject.toml"
    in_yaml = (config.root / YAML_PATH).is_file() and not any("pyproject" in o for o in config.origins.values())
    if pyproject.is_file() and not in_yaml:
        return _edited(config.root, Path(pyproject.name), lambda text: add_toml_settings(text, settings))
    # A pyproject.toml of ours would change how pip builds the project and where pytest finds its root.
    return _edited(config.root, Path(YAML_PATH), lambda text: add_yaml_settings(text, settings))


def _makefile(config: Config, found: Found) -> PlannedFile:
    name = next((name for name in MAKEFILES if (config.root / name).is_file()), MAKEFILES[-1])
    path = config.root / name
    if path.is_file() and has_target(path, "benchmark"):
        text = slash_command.read_text(path)
        return PlannedFile(path=Path(name), action="unchanged", text=text, before=text)
    command = found.needed or found.command
    if command is None or not (found.tests or found.marker_only or found.origin):
        raise InstallError(
            "no benchmarks were found that a `benchmark` target could run",
            hint="write one first: def test_x(benchmark): benchmark(work), in tests/benchmark/test_x.py",
        )
    return _edited(config.root, Path(name), lambda text: add_target(text, "benchmark", command))


def _workflows(root: Path, found: Found, repository: Repository | None) -> list[PlannedFile]:
    if repository is not None and repository.root.resolve() != root.resolve():
        raise InstallError(
            f"GitHub reads workflows at the top of the repository only ({repository.root}), and this project is below it",
            hint=f"copy what `bench-agent init --workflow --dry-run` shows there, with working-directory: "
            f"{root.resolve().relative_to(repository.root.resolve())}",
        )
    # A project with this repository's own gate and set-up (the repository itself) gets its own workflow.
    own = (root / GATE_SCRIPT).is_file() and any(has_target(p, "setup") for n in MAKEFILES if (p := root / n).is_file())
    if own:
        return [slash_command.plan_file(root, WORKFLOW_FILE, packaged_text(), shipped=SHIPPED_WORKFLOWS)]
    return [_ci_file(root, file, found) for file in GITHUB_FILES]


def _ci_file(root: Path, file: CiFile, found: Found) -> PlannedFile:
    """One CI file; the place of this program that somebody filled in stays where none is known."""
    before = slash_command.read_text(root / file.path) if (root / file.path).is_file() else ""
    text = ci_text(file, found.runner, install_place() or place_in(before))
    shipped = {slash_command.text_digest(before)} if is_shipped(before) else SHIPPED_WORKFLOWS
    return slash_command.plan_file(root, file.path, text, shipped=shipped)


def _edited(root: Path, relative: Path, edit: Callable[[str], str | None]) -> PlannedFile:
    """The user's file with our addition; "manual" where it can't be made without a risk to what is there."""
    path = root / relative
    before = _exact_text(path) if path.is_file() else None
    new = edit(before or "") if path.is_file() or not path.exists() else None
    link = next((p for p in (path, *path.parents) if p != root and p.is_relative_to(root) and p.is_symlink()), None)
    if link is not None:
        why = f"{link.relative_to(root)} is a link to {link.readlink()}, and nothing is written through links"
    elif new is None:
        why = "it is of a form that is not safe to edit"
    else:
        action: slash_command.Action = "create" if before is None else "update"
        return PlannedFile(path=relative, action=action, text=new, before=before)
    return PlannedFile(
        path=relative, action="manual", text=new or edit("") or "", before=before if new else "", why=why
    )


def _exact_text(path: Path) -> str:
    """With its own line ends. Raises InstallError when it is no UTF-8, or can't be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InstallError(f"{path} is not UTF-8: {error.reason}", hint="save it as UTF-8") from error
    except OSError as error:
        raise InstallError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from error


def _is_decided(repository: Repository, root: Path) -> bool:
    """Whether the project has decided about `.benchmark/`: ignored it, or un-ignored it, in a file that others get too."""
    own = root / ".gitignore"
    if own.is_file() and re.search(rf"^!.*{re.escape(STATE_DIR)}", _exact_text(own), re.MULTILINE):
        return True
    rule = _ignoring_file(repository, root, Path(STATE_DIR, "history"))
    # What a run leaves in its own folder, .git/info/exclude and a personal file outside are not the project's decision.
    return rule is not None and rule.name == ".gitignore" and rule.parent.name != STATE_DIR and not rule.is_absolute()


def _ignoring_file(repository: Repository, root: Path, relative: Path) -> Path | None:
    """The file whose rule makes git ignore that path of the project; None where none does."""
    inside = root.resolve().relative_to(repository.root.resolve()) / relative
    try:
        # check-ignore refuses literal path names, which this repository is asked with otherwise.
        said = repository.git("--no-literal-pathspecs", "check-ignore", "--no-index", "-v", str(inside))
    except GitError:  # no rule is about it
        return None
    return Path(re.split(r":\d+:", said)[0])


def _remarks(config: Config, found: Found, wanted: Wanted) -> list[str]:
    """What else the user should know, most urgent first."""
    remarks = []
    if found.command is None and found.needed is None:
        remarks.append(
            "no benchmarks were found: write one (def test_x(benchmark): benchmark(work), in tests/benchmark/test_x.py),"
            " or set `command` in [tool.bench-agent] to what runs them."
        )
    if found.other:
        remarks.append(
            f"`{clean_text(found.command)}` runs {found.other.name} ({clean_text(found.other.path)}), not pytest: its results, "
            "as JSON, are read by bench-agent history import FILE; if there are pytest benchmarks too, set `command` in "
            "[tool.bench-agent] to what runs them."
        )
    if found.shape == "unreadable":
        remarks.append(
            f"{found.baseline} is no baseline file that bench-agent can read: see bench-agent baseline show."
        )
    if wanted.workflow:
        remarks.append("check the Install step of the workflow: it must install what your benchmarks need.")
    if (wanted.workflow or wanted.gitlab) and install_place() is None:
        remarks.append(
            "fill in BENCH_AGENT in the written files: what pip installs bench-agent from in a job, such as"
            " git+https://HOST/OWNER/bench-agent@v0.1.0; this copy has no address that a job could reach."
        )
    return remarks
