"""The address of a commit's page on the repository's web host."""

from urllib.parse import quote, urlsplit


def web_address(url: str, *, subdir: str) -> str | None:
    """Returns the address of `subdir` at a commit, with `{version}` for the commit; None if there is no such page.

    GitHub's form, which Gitea and Forgejo know too; that of GitLab and Bitbucket where the host's name says so.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in url:
        return None
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"  # without a user and a password
    tree = "tree"
    if "gitlab" in parts.hostname:
        tree = "-/tree"
    elif "bitbucket" in parts.hostname:
        tree = "src"
    place = f"{parts.scheme}://{host}{parts.path.rstrip('/').removesuffix('.git')}/{tree}/{{version}}"
    return f"{place}/{quote(subdir)}" if subdir else place
