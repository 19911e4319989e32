"""Where this program was installed from, as pip takes it: what the workflows that `init` writes install in their jobs.

Nothing names a package index: the name there is nobody's, and who took it would run code in those jobs.
"""

import json
import re
from collections.abc import Callable
from importlib import metadata

from bench_agent import RELEASE

# The public place of this program, such as "git+https://HOST/OWNER/bench-agent". "": it has none yet. `make dist` of a
# published version sets it; nothing else has to change then.
PUBLIC_PLACE = ""
_SAFE = re.compile(r"git\+https://[A-Za-z0-9._~/@:-]+")


def install_place(read: Callable[[], str | None] | None = None) -> str | None:
    """What pip installs this very version from; None where it has no public place and was not installed from one.

    read: gives the text of `direct_url.json` (PEP 610), which pip, pipx and uv write; None: of this installation.
    """
    text = (read or _direct_url)()
    return _from_direct_url(text) or (f"{PUBLIC_PLACE}@v{RELEASE}" if PUBLIC_PLACE else None)


def _direct_url() -> str | None:
    try:
        return metadata.distribution("bench-agent").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None


def _from_direct_url(text: str | None) -> str | None:
    """A git repository over https at its commit; a folder or a file of this machine is no place for a job."""
    try:
        found = json.loads(text or "null")
        url, commit = found["url"], found["vcs_info"]["commit_id"]
    except (ValueError, TypeError, KeyError):
        return None
    place = f"git+{url}@{commit}"
    return place if _SAFE.fullmatch(place) and "@" not in str(url).removeprefix("https://") else None
