"""Names of an environment and its parts. Pure.

The controller has its own in images/environments (`names.py`), which the command line cannot import. A test compares
both.
"""

import hashlib
import re
import unicodedata

from longshore_cli.exceptions import ClusterError

GROUP = "longshore.dev"
RESOURCE = f"airflowenvironments.{GROUP}"
"""The full name for `kubectl`, because another group may have a resource of the same short name."""
ACTIVITY_ANNOTATION, FORGET_ANNOTATION = f"{GROUP}/activity", f"{GROUP}/forget"
USERS_SECRET = "airflow-users"  # noqa: S105  a name
COMPONENTS = ("api-server", "dag-processor", "scheduler", "triggerer")
MAX_LENGTH = 40
"""The most characters of a name."""
_RESERVED = ("api", "auth", "health", "new", "shared", "static", "template")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_INVALID_BRANCH = re.compile(r"""^[-/.]|[\s~^:?*\[\\$"'\x00-\x1f\x7f]|\.\.|//|/\.|@\{|(/|\.|\.lock)$""")


def namespace_of(name: str) -> str:
    """Returns the namespace of everything that runs for the environment."""
    return f"env-{name}"


def checked_name(name: str) -> str:
    """Returns the name if an environment may have it.

    Raises:
        ClusterError: the name is invalid. It must not reach a command or a path.
    """
    if len(name) > MAX_LENGTH or not _LABEL.fullmatch(name):
        raise ClusterError(
            f"{name[:MAX_LENGTH]!r} is not a valid name of an environment. Use at most {MAX_LENGTH} lowercase letters, "
            "digits and '-', with a letter or digit at both ends."
        )
    if name in _RESERVED:
        raise ClusterError(f"The name {name!r} is reserved for the platform. Choose another one.")
    return name


def checked_branch(branch: str) -> str:
    """Returns the branch if git and environments allow its name. Source: git check-ref-format.

    Raises:
        ClusterError: the name is invalid.
    """
    if not 0 < len(branch) <= 200 or _INVALID_BRANCH.search(branch):
        raise ClusterError(
            f"{branch[:60]!r} is not a valid branch name here. It needs 1 to 200 characters, without spaces, "
            "quotes or any of ~^:?*[\\$, and must not begin with '-'. Rename the branch."
        )
    return branch


def name_from(branch: str) -> str:
    """Makes a name from a branch's name: always the same, and different for branches that differ in shortened parts.

    `feature/x` becomes `feature-x`. A part of the branch's digest replaces what a label cannot hold.
    """
    plain = unicodedata.normalize("NFKD", branch)
    plain = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    whole = plain.isascii() and len(label) <= MAX_LENGTH
    if whole and label and label not in _RESERVED:
        return label
    digest = hashlib.sha256(branch.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{label[: MAX_LENGTH - 7].strip('-') or 'branch'}-{digest}"
