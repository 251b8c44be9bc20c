"""The faults of git in the DAG processor's log. Pure.

Airflow's REST API names the parsed commit, but not the reason why a branch cannot be read any more. Only the DAG
processor has the repository's credentials, and its log has the reason. Source: the messages of `longshore.bundles`
(operators), and Airflow's `dag_processing/manager.py`.
"""

import re
from dataclasses import dataclass

SECONDS = 60
"""Seconds of the log to read: a few times the interval at which the branch is refreshed."""
_ATTEMPT = "Refreshing bundle"
_ERROR = re.compile(
    r"(?:The bundle '[^']*' stays at commit [0-9a-f]{40,64}: |(?:Git|Snapshot|BundleSettings|Bundle)Error: )"
    r"(?P<reason>.+)"
)
_SOURCE = re.compile(r"\s+\[longshore\.[\w.]+\].*$")
"""The logger and the place that Airflow's log appends to a message."""
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
    """The reason why the branch is not followed; the last good commit stays in use."""

    reason: str
    """A word in CamelCase, for a condition."""
    message: str


def git_fault(log: str) -> GitFault | None:
    """Returns the fault of the last refresh of the branch, or of the one before if the last has not ended.

    Args:
        log: the end of the DAG processor's, with several refreshes.
    """
    recent = _ATTEMPT.join(log.split(_ATTEMPT)[-2:])
    found = [match["reason"] for match in _ERROR.finditer(recent)]
    if not found:
        return None
    message = _SOURCE.sub("", found[-1]).strip()[:1000]
    reason = next((reason for pattern, reason in _KINDS if pattern.search(message)), "GitFailed")
    return GitFault(reason=reason, message=message)
