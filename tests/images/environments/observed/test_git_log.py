"""Each fault of git's has its reason, and goes with the fault."""

import pytest
from environments.observed.git_log import git_fault

COMMIT = "c" * 40
ATTEMPT = "2026-11-25T12:00:00.000000Z [info     ] Refreshing bundle main [airflow.dag_processing.manager]\n"


def stays(reason: str) -> str:
    return (
        f"2026-11-25T12:00:01.000000Z [error    ] The bundle 'main' stays at commit {COMMIT}: {reason} "
        "[longshore.bundles.git_snapshot] loc=git_snapshot.py:128\n"
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("'https://h/d' has no branch 'x': push it, or set another one.", "RefNotFound"),
        (
            "git cannot read 'https://h/d': fatal: unable to access 'https://h/d': Could not resolve host: h",
            "RepositoryUnreachable",
        ),
        ("'git://h/d' did not answer within 10 s: check its address.", "RepositoryUnreachable"),
        ("git cannot read 'https://h/d': fatal: Authentication failed for 'https://h/d'", "RepositoryDenied"),
        ("The folder 'dags' of the commit c of 'https://h/d' cannot be archived: no such path", "GitFailed"),
    ],
)
def test_a_fault_has_its_reason_and_its_message(message: str, reason: str) -> None:
    fault = git_fault(ATTEMPT + stays(message))
    assert fault is not None
    assert (fault.reason, fault.message) == (reason, message)


def test_the_first_commit_that_cannot_be_had_is_told_by_its_traceback() -> None:
    log = ATTEMPT + (
        "2026-11-25T12:00:01Z [error    ] Error refreshing bundle main\nTraceback (most recent call last):\n"
        "longshore.bundles.exceptions.GitError: 'https://h/d' has no branch 'x': push it, or set another one.\n"
    )
    fault = git_fault(log)
    assert fault is not None
    assert fault.reason == "RefNotFound"


def test_a_look_that_has_not_ended_takes_nothing_back() -> None:
    assert git_fault(ATTEMPT + stays("'u' has no branch 'x'") + ATTEMPT) is not None


def test_a_fault_is_gone_when_the_next_look_went_well() -> None:
    assert git_fault(ATTEMPT + stays("'u' has no branch 'x'") + ATTEMPT + ATTEMPT) is None


def test_a_quiet_log_has_no_fault() -> None:
    assert git_fault("") is None
    assert git_fault(ATTEMPT + "2026-11-25T12:00:00Z [info     ] The bundle 'main' is at commit x.\n") is None
