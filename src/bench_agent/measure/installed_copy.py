"""Whether a run measured an installed copy of the project instead of its checkout. Pure."""

from collections.abc import Sequence
from pathlib import Path

from bench_agent.records import ModuleOrigin, Suite
from bench_agent.text.clean import clean_text


def installed_modules(suite: Suite | None) -> tuple[ModuleOrigin, ...]:
    """The modules with the name of a package of the project that were imported from elsewhere: most often an installed copy.

    Of its own plain sources a run tells nothing, so one that is told of is from elsewhere.
    """
    modules = suite.modules if suite else ()
    return tuple(module for module in modules if module.kind == "source" or _is_installed(Path(module.path)))


def describe_installed_copy(suite: Suite | None, *, setup: str | None = None) -> str | None:
    """One sentence with what to do about it; None when the checkout was measured.

    setup: the setting of that name. Where it builds versions, what is measured in turns is the tree's own all the same.
    """
    modules = installed_modules(suite)
    if not modules:
        return None
    names = tuple(dict.fromkeys(module.name.partition(".")[0] for module in modules))
    where = _folder_of(names[0], modules)
    which = "the installed copy" if any(_is_installed(Path(module.path)) for module in modules) else "another copy"
    return (
        f"{which} of {clean_text(', '.join(names[:3]))} was measured ({clean_text(where)}), not this tree: what changes "
        f"here is not seen until it is installed again. {_advice(setup)}"
    )


def _advice(setup: str | None) -> str:
    if setup:
        return f"Run `{clean_text(setup, limit=80)}` before; versions measured in turns are built by it"
    return "Install it in place: pip install -e ."


def _folder_of(name: str, modules: Sequence[ModuleOrigin]) -> str:
    """Where the package lies: the part of a module's path up to the folder of installed packages, and its name."""
    module = next(m for m in modules if m.name.partition(".")[0] == name)
    parts = Path(module.path).parts
    if not _is_installed(Path(module.path)):
        below = module.name.count(".") + (parts[-1] == "__init__.py")
        return str(Path(*parts[: len(parts) - below]))
    end = max(parts.index(folder) for folder in ("site-packages", "dist-packages") if folder in parts)
    return str(Path(*parts[: end + 2]))


def _is_installed(path: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts)
