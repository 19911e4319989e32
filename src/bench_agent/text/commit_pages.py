"""Where a commit can be looked at, from the address of the repository that it was pushed to. Pure."""

import re

# Services that show over https what they take over ssh. Of others an ssh address tells nothing of a page.
_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht"})
_WAYS = {"bitbucket.org": "commits"}
_HTTPS = re.compile(r"https://(?:[^@/\s]*@)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?)/(.+)", re.IGNORECASE)
_SSH = re.compile(r"(?:ssh://)?(?:[\w.-]+@)([a-z0-9.-]+)(?::[0-9]{1,5}/|[:/])(.+)", re.IGNORECASE)
_PATH = re.compile(r"[\w~-][\w.~-]*(?:/[\w~-][\w.~-]*){1,9}", re.ASCII)


def commit_url_of(remote: str) -> str:
    """What a sha is put behind: "https://github.com/owner/name/commit/"; "" where no page is known.

    remote: as git has it; a user's name and password in it are left out. Only https, and of ssh addresses only services that
    have such pages.
    """
    if len(remote) > 500:
        return ""
    https = _HTTPS.fullmatch(remote.strip())
    found = https or _SSH.fullmatch(remote.strip())
    if found is None or (https is None and found[1].lower() not in _HOSTS):
        return ""
    path = found[2].rstrip("/").removesuffix(".git")
    if _PATH.fullmatch(path) is None:
        return ""
    host = found[1].lower()
    return f"https://{host}/{path}/{_WAYS.get(host, 'commit')}/"


def commit_page(commit_url: str, sha: str | None) -> str:
    """The address of one commit; "" where it can't be one."""
    is_known = commit_url.startswith("https://") and sha is not None and re.fullmatch(r"[0-9a-f]{7,64}", sha)
    return f"{commit_url}{sha}" if is_known else ""
