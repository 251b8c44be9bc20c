"""What the DAG processor's log says of git. Pure.

Airflow's REST API tells which commit is parsed, and nothing of a branch that cannot be read any more; only the DAG
processor has the repository's credentials, so nobody else can ask. Its log names the reason. Source: the messages of
`longshore.bundles` (operators), and Airflow's `dag_processing/manager.py`.
"""

import re
from dataclasses import dataclass

SECONDS = 60
"""How much of the log tells: a few times as long as the branch is looked at anew."""
_ATTEMPT = "Refreshing bundle"
_ERROR = re.compile(
    r"(?:The bundle '[^']*' stays at commit [0-9a-f]{40,64}: |(?:Git|Snapshot|BundleSettings|Bundle)Error: )"
    r"(?P<reason>.+)"
)
_SOURCE = re.compile(r"\s+\[longshore\.[\w.]+\].*$")
"""What Airflow's log writes behind a message: who said it, and where."""
_KINDS = (
    (re.compile(r"has no branch|couldn't find remote ref|not our ref"), "RefNotFound"),
    (re.compile(r"Authentication failed|could not read Username|403|denied", re.IGNORECASE), "RepositoryDenied"),
    (
        re.compile(r"did not answer|not resolve|unable to (?:access|connect|look up)|refused|timed out", re.IGNORECASE),
        "RepositoryUnreachable",
    ),
)


@dataclass(frozen=True, kw_only=True)
class GitFault:
    """Why the branch is not followed; the last good commit goes on."""

    reason: str
    """In CamelCase, for a condition."""
    message: str


def git_fault(log: str) -> GitFault | None:
    """The fault of the last look at the branch, or of the one before where the last has still to end.

    Args:
        log: the end of the DAG processor's, some looks long.
    """
    recent = _ATTEMPT.join(log.split(_ATTEMPT)[-2:])
    found = [match["reason"] for match in _ERROR.finditer(recent)]
    if not found:
        return None
    message = _SOURCE.sub("", found[-1]).strip()[:1000]
    reason = next((reason for pattern, reason in _KINDS if pattern.search(message)), "GitFailed")
    return GitFault(reason=reason, message=message)
