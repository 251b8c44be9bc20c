"""Names of an environment and of what belongs to it. Pure.

The controller's own are in images/environments (`names.py`), which the command line does not import: a test holds the
two together.
"""

import hashlib
import re
import unicodedata

from longshore_cli.exceptions import ClusterError

GROUP = "longshore.dev"
RESOURCE = f"airflowenvironments.{GROUP}"
"""As `kubectl` is told of it, in full: another group's resource may be called the same."""
ACTIVITY_ANNOTATION, FORGET_ANNOTATION = f"{GROUP}/activity", f"{GROUP}/forget"
USERS_SECRET = "airflow-users"  # noqa: S105  a name
COMPONENTS = ("api-server", "dag-processor", "scheduler", "triggerer")
MOST = 40
"""Characters of a name."""
_KEPT = ("api", "auth", "health", "new", "shared", "static", "template")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_NO_BRANCH = re.compile(r"""^[-/.]|[\s~^:?*\[\\$"'\x00-\x1f\x7f]|\.\.|//|/\.|@\{|(/|\.|\.lock)$""")


def namespace_of(name: str) -> str:
    """Where everything of the environment runs."""
    return f"env-{name}"


def checked_name(name: str) -> str:
    """The name, if an environment may have it.

    Raises:
        ClusterError: it may not; before it becomes a word of a command, or a part of a path.
    """
    if len(name) > MOST or not _LABEL.fullmatch(name):
        raise ClusterError(
            f"{name[:MOST]!r} cannot be an environment's name: use at most {MOST} small letters, digits and '-', with "
            "a letter or digit at both ends."
        )
    if name in _KEPT:
        raise ClusterError(f"The name {name!r} is kept for the platform; choose another.")
    return name


def checked_branch(branch: str) -> str:
    """The branch, if git, and an environment, may have one of that name. Source: git check-ref-format.

    Raises:
        ClusterError: they may not.
    """
    if not 0 < len(branch) <= 200 or _NO_BRANCH.search(branch):
        raise ClusterError(
            f"{branch[:60]!r} cannot be a branch's name here: it has 1 to 200 characters, no space, no quote, none "
            "of ~^:?*[\\$, and does not begin with '-'; rename the branch."
        )
    return branch


def name_from(branch: str) -> str:
    """A name made of a branch's: the same each time, and another for another branch where something had to be cut.

    `feature/x` is `feature-x`; a part of the branch's digest stands for what no label can show.
    """
    plain = unicodedata.normalize("NFKD", branch)
    plain = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    whole = plain.isascii() and len(label) <= MOST
    if whole and label and label not in _KEPT:
        return label
    digest = hashlib.sha256(branch.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{label[: MOST - 7].strip('-') or 'branch'}-{digest}"
