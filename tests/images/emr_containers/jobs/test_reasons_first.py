"""The texts about a run have their reason within its `stateDetails`, whatever names and messages they contain."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emr_containers.jobs.state_details import LIMIT, cancellation_details, shortened
from emr_containers.runtimes.kubernetes.observed.exit_reasons import job_failure, pod_failure
from emr_containers.runtimes.kubernetes.observed.objects import Explanation, pod_view
from emr_containers.runtimes.kubernetes.observed.pending_reasons import driver_reason, executors_reason, no_pod_reason
from emr_containers.runtimes.kubernetes.yunikorn.gang_pending_reasons import (
    no_answer_details,
    rejected_details,
    timed_out_details,
    unknown_details,
)
from emr_containers.runtimes.process.failures import lost
from hypothesis import given, settings
from hypothesis import strategies as st
from images.emr_containers.runtimes.kubernetes.cluster_objects import ended, pod, running, unschedulable, waiting

NAMES = st.text("abcd-/.:", min_size=1, max_size=600)
"""Names of images, files, nodes, queues and buckets."""
MESSAGES = st.text("abcd '.:", max_size=3000)
"""Messages of a cluster or a program, of any length."""


def failure(of: Any) -> str:
    return pod_failure(pod_view(of)).details


def on(node: str, of: Any) -> Any:
    of["spec"]["nodeName"] = node
    return of


def with_image(image: str, of: Any) -> Any:
    of["spec"]["containers"][0]["image"] = image
    return of


def waits(of: Any, warning: Explanation | None = None) -> str:
    reason = driver_reason(pod_view(of), warning=warning)
    assert reason is not None
    return reason.details


def said(reason: str, message: str) -> Explanation:
    return Explanation(reason=reason, message=message)


PREEMPTED = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
PRODUCERS: dict[str, tuple[Callable[[str, str], str], str]] = {
    "evicted": (
        lambda name, text: failure(on(name, pod(phase="Failed", reason="Evicted", message=text))),
        "was evicted",
    ),
    "preempted": (
        lambda name, text: failure(on(name, ended(code=143, conditions=(PREEMPTED | {"message": text},)))),
        "(PreemptionByScheduler)",
    ),
    "out of memory": (
        lambda _, text: failure(ended(code=137, reason="OOMKilled", message=text)),
        "raise spark.driver.memory",
    ),
    "killed": (lambda _, text: failure(ended(code=137, message=text)), "was killed by SIGKILL"),
    "never began": (
        lambda _, text: failure(ended(code=128, reason="StartError", message=text)),
        "could not be started",
    ),
    "deleted": (lambda _, text: failure(ended(code=137, message=text, deleted=True)), "was deleted"),
    "the Job failed": (
        lambda _, text: job_failure(said("BackoffLimitExceeded", text)).details,
        "(BackoffLimitExceeded)",
    ),
    "no image": (
        lambda name, text: waits(with_image(name, waiting("ErrImagePull", text))),
        "cannot be pulled (ErrImagePull)",
    ),
    "no container": (lambda _, text: waits(waiting("CreateContainerConfigError", text)), "cannot be created"),
    "no node": (lambda _, text: waits(unschedulable(text or "x")), "waits for a node"),
    "no pod": (lambda _, text: no_pod_reason(said("FailedCreate", text)).details, "pod cannot be created"),
    "a lost node": (
        lambda name, _: waits(on(name, running(conditions=())), said("NodeNotReady", "")),
        "does not answer",
    ),
    "no executors": (
        lambda _, text: executors_reason([pod_view(unschedulable(text or "x", component="executor"))]) or "",
        "executors do not run",
    ),
    "rejected": (lambda _, text: rejected_details(None, message=text), "was rejected by YuniKorn"),
    "unknown": (lambda _, text: unknown_details(None, rejection=text), "is rejected by YuniKorn"),
    "no answer": (lambda name, text: no_answer_details(None, url=name, reason=text), "YuniKorn does not answer"),
    "too late": (lambda _, text: timed_out_details(None, seconds=9, why=text), "could not be placed within 9 s (Hard)"),
    "lost": (
        lambda name, _: lost(Path("1"), f"The attempt's folder {name!r} was removed.").details,
        "The attempt is lost",
    ),
    "no log": (lambda name, text: f"The log location {name!r} cannot be written: {text}", "cannot be written: "),
    "no file": (lambda name, _: f"The release 'x' has no entry point {name!r}.", "has no entry point"),
}


@pytest.mark.parametrize("producer", PRODUCERS)
@settings(max_examples=25)
@given(name=NAMES, text=MESSAGES, attempt=st.sampled_from(["", "Attempt 19 of 100 failed: "]))
def test_case_18_the_reason_is_within_the_first_256_characters(
    producer: str, name: str, text: str, attempt: str
) -> None:
    produce, reason = PRODUCERS[producer]
    whole = attempt + produce(name, text)
    details = shortened(whole)
    assert reason in details
    assert len(details) <= LIMIT
    assert details == whole or details.endswith("(whole: the server's log)")


@given(own=MESSAGES, who=NAMES)
def test_case_18_a_cancelled_run_says_so_and_begins_what_its_driver_said(own: str, who: str) -> None:
    details = cancellation_details(f"Cancelled by arn:aws:iam::000000000000:user/{who}.", {"1": own}, attempt=1)
    assert details.startswith("Cancelled by arn:aws:iam::000000000000:user/")
    assert len(details) <= LIMIT
    assert own.strip()[:20].strip() in details
