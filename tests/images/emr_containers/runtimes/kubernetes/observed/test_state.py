"""The meaning of the states of a Job and its pods for a run."""

from dataclasses import replace
from typing import Any

import pytest
from emr_containers.runtimes.failures.log_end import LogEnd
from emr_containers.runtimes.kubernetes.observed.objects import Explanation, job_view, pod_view
from emr_containers.runtimes.kubernetes.observed.state import Snapshot, outcome, pending_reason, progress
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import (
    JOB_NAME,
    SCHEDULED,
    bare_failure,
    ended,
    failed,
    job,
    pod,
    running,
    unschedulable,
    waiting,
    without_node,
)

CONTAINER_KIND = {"other": ""}


def seen(of: dict[str, Any], *pods: dict[str, Any], **warnings: tuple[str, str]) -> Snapshot:
    said = {name: Explanation(reason=reason, message=message) for name, (reason, message) in warnings.items()}
    return Snapshot(job=job_view(of), pods=[pod_view(one) for one in pods], warnings=said)


def about(name: str, reason: str, message: str) -> Any:
    return {name: (reason, message)}


def end(*pods: dict[str, Any], of: dict[str, Any] | None = None) -> tuple[str, str | None]:
    result = outcome(seen(of or failed(), *pods))
    assert result is not None
    assert not result.succeeded
    assert not result.retryable  # the Job has repeated it already
    return result.details, result.reason


def test_a_job_that_goes_on_has_no_outcome() -> None:
    assert outcome(seen(job())) is None
    assert outcome(seen(job(failed=2), ended(code=1))) is None
    # The last pod is over, and the Job not yet.
    half = job({"type": "FailureTarget", "status": "True", "reason": "BackoffLimitExceeded"})
    assert outcome(seen(half, ended(code=1))) is None


def test_a_sql_script_says_why_it_failed_and_nothing_else_of_its_log() -> None:
    # Without a message of the job's own, the kubelet gives the end of the log, rows of tables among it.
    error = "[TABLE_OR_VIEW_NOT_FOUND] The table `x` cannot be found. SQLSTATE: 42P01; line 1 pos 14;\n'Project [*]\n"
    log = f"1\tAnna\n{error}"
    of_sql = ended(code=1, message=log)
    of_sql["spec"]["containers"][0]["terminationMessagePolicy"] = "FallbackToLogsOnError"
    assert end(of_sql) == (
        "[TABLE_OR_VIEW_NOT_FOUND] The table 'x' cannot be found. SQLSTATE: 42P01; line 1 pos 14",
        "USER_ERROR",
    )
    of_sql["status"]["containerStatuses"][0]["state"]["terminated"]["message"] = "1\tAnna\n"
    assert end(of_sql)[0] == "The driver exited with status 1 and left no message; see its log."
    # What the cluster itself says is kept.
    started = ended(code=128, reason="StartError", message='exec: "/x": no such file')
    started["spec"]["containers"][0]["terminationMessagePolicy"] = "FallbackToLogsOnError"
    assert 'exec: "/x": no such file' in end(started)[0]


def test_a_complete_job_is_a_success_however_its_container_is_called() -> None:
    # containerd says OOMKilled where a child of the driver was killed, and the driver went on.
    result = outcome(seen(shapes.complete(), ended(code=0, reason="OOMKilled")))
    assert result is not None
    assert (result.succeeded, result.details) == (True, "")


LARGER = " Let it write less, or ask for a larger jobs.emptyDirConfig.sizeLimit or ephemeral-storage of its release."


@pytest.mark.parametrize(
    ("last", "details", "reason"),
    [
        (ended(code=1, message="the table is missing\n"), "the table is missing", "USER_ERROR"),
        (ended(code=3), "The driver exited with status 3 and left no message; see its log.", "USER_ERROR"),
        (ended(code=255), "The driver exited with status 255 and left no message; see its log.", "USER_ERROR"),
        (
            ended(code=137, reason="OOMKilled"),
            "The driver ran out of memory and was killed (OOMKilled, exit status 137): it had 896 MiB; raise "
            "spark.driver.memory or spark.driver.memoryOverhead.",
            "USER_ERROR",
        ),
        (
            ended(code=137, reason="OOMKilled", annotations=CONTAINER_KIND),
            "The driver ran out of memory and was killed (OOMKilled, exit status 137): it had 896 MiB; raise the "
            "memory in the driver pod template of its release.",
            "USER_ERROR",
        ),
        (ended(code=137), "The driver was killed by SIGKILL.", "INTERNAL_ERROR"),
        (ended(code=134, message="a core"), "The driver was killed by SIGABRT. a core", "INTERNAL_ERROR"),
        (
            ended(code=128, reason="StartError", message='exec: "/x": no such file'),
            'The driver\'s container could not be started: exec: "/x": no such file',
            "VALIDATION_ERROR",
        ),
        (
            ended(code=137, deleted=True),
            f"The driver's pod '{JOB_NAME}-x7k2p' was deleted.",
            "INTERNAL_ERROR",
        ),
        (
            pod(phase="Failed", reason="Evicted", message="The node was low on resource: memory. "),
            "The driver was evicted from the node 'worker-2': The node was low on resource: memory.",
            "CLUSTER_UNAVAILABLE",
        ),
        (
            pod(phase="Failed", reason="Evicted", message='Usage of EmptyDir volume "tmp" exceeds the limit "10Gi". '),
            "The driver was evicted from the node 'worker-2': "
            'Usage of EmptyDir volume "tmp" exceeds the limit "10Gi".' + LARGER,
            "USER_ERROR",
        ),
        (
            pod(
                phase="Failed",
                reason="Evicted",
                message="Pod ephemeral local storage usage exceeds the total limit of containers 20Gi. ",
            ),
            "The driver was evicted from the node 'worker-2': "
            "Pod ephemeral local storage usage exceeds the total limit of containers 20Gi." + LARGER,
            "USER_ERROR",
        ),
        (
            pod(
                phase="Failed",
                reason="Evicted",
                message='Container spark-kubernetes-driver exceeded its local ephemeral storage limit "20Gi". ',
            ),
            "The driver was evicted from the node 'worker-2': "
            'Container spark-kubernetes-driver exceeded its local ephemeral storage limit "20Gi".' + LARGER,
            "USER_ERROR",
        ),
        (
            ended(code=137, reason="Error", status_reason="Evicted"),
            "The driver was evicted from the node 'worker-2': no message",
            "CLUSTER_UNAVAILABLE",
        ),
        (
            pod(phase="Failed", reason="OutOfcpu", message="Node didn't have enough resource: cpu"),
            "The driver was taken off the node 'worker-2' (OutOfcpu): Node didn't have enough resource: cpu",
            "CLUSTER_UNAVAILABLE",
        ),
        (
            ended(
                code=143,
                deleted=True,
                conditions=(
                    SCHEDULED,
                    {
                        "type": "DisruptionTarget",
                        "status": "True",
                        "reason": "PreemptionByScheduler",
                        "message": "preempting to accommodate a higher priority pod",
                    },
                ),
            ),
            "The driver was taken off the node 'worker-2' (PreemptionByScheduler): preempting to accommodate a higher "
            "priority pod",
            "CLUSTER_UNAVAILABLE",
        ),
        (
            running(
                phase="Failed",
                deleted=True,
                conditions=(
                    {
                        "type": "DisruptionTarget",
                        "status": "True",
                        "reason": "DeletionByPodGC",
                        "message": "PodGC: node no longer exists",
                    },
                ),
            ),
            "The driver was taken off the node 'worker-2' (DeletionByPodGC): PodGC: node no longer exists",
            "CLUSTER_UNAVAILABLE",
        ),
        (
            pod(phase="Failed", reason="DeadlineExceeded", message="Pod was active on the node longer than"),
            "The driver was ended: it ran longer than its activeDeadlineSeconds allow.",
            "USER_ERROR",
        ),
    ],
)
def test_a_failed_run_says_why_its_driver_failed(last: dict[str, Any], details: str, reason: str) -> None:
    if "status_reason" in last["status"]:
        last["status"]["reason"] = last["status"].pop("status_reason")
    assert end(last) == (details, reason)


WRITTEN = "'lake.x.y' was written: 16 rows."


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (
            ended(code=137, reason="OOMKilled", message=WRITTEN),
            "The driver ran out of memory and was killed (OOMKilled, exit status 137): it had 896 MiB; raise "
            "spark.driver.memory or spark.driver.memoryOverhead.",
        ),
        (ended(code=137, message=WRITTEN), "The driver was killed by SIGKILL."),
        (ended(code=137, message=WRITTEN, deleted=True), f"The driver's pod '{JOB_NAME}-x7k2p' was deleted."),
        (
            ended(code=137, message=WRITTEN, status_reason="Evicted"),
            "The driver was evicted from the node 'worker-2': no message.",
        ),
    ],
)
def test_a_driver_that_was_killed_says_why_and_what_it_had_done(last: dict[str, Any], why: str) -> None:
    if "status_reason" in last["status"]:
        last["status"]["reason"] = last["status"].pop("status_reason")
    assert end(last)[0] == f"{why} {WRITTEN}"


def test_a_sql_script_that_was_killed_shows_no_rows_of_its_log() -> None:
    of_sql = ended(code=137, reason="OOMKilled", message="1\tAnna\n")
    of_sql["spec"]["containers"][0]["terminationMessagePolicy"] = "FallbackToLogsOnError"
    assert "Anna" not in end(of_sql)[0]


GIVEN_UP = bare_failure("ResourceReservationTimeout", "Scheduling has timed out due to insufficient resources")


@pytest.mark.parametrize(
    ("last", "details", "reason"),
    [
        (
            GIVEN_UP,
            "YuniKorn gave the driver up (ResourceReservationTimeout): Scheduling has timed out due to "
            "insufficient resources",
            "CLUSTER_UNAVAILABLE",
        ),
        (
            bare_failure("ApplicationRejected", " failed to place application x"),
            "YuniKorn gave the driver up (ApplicationRejected): failed to place application x",
            "VALIDATION_ERROR",
        ),
    ],
)
def test_a_driver_that_yunikorn_has_given_up_says_so(last: dict[str, Any], details: str, reason: str) -> None:
    assert end(last) == (details, reason)
    # A pod that the Job made meanwhile, and took away when it failed, tells nothing.
    assert end(last, unschedulable("x", suffix="next", created="2026-11-25T00:27:00Z", deleted=True)) == (
        details,
        reason,
    )


def test_a_run_that_was_given_up_has_no_next_attempt_unless_one_has_started() -> None:
    given_up = seen(job(), GIVEN_UP)
    assert given_up.given_up is not None
    shown = progress(given_up, attempts=3)
    assert (shown.attempt, shown.running) == (1, False)
    assert (shown.details or "").startswith("YuniKorn gave the driver up")
    second = unschedulable("x", suffix="next", created="2026-11-25T00:27:00Z")
    assert seen(job(failed=1), GIVEN_UP, second).given_up == given_up.given_up
    # The server was away for so long that the Job's next driver has got a node: that is what counts.
    started = seen(job(failed=1), GIVEN_UP, running("next", created="2026-11-25T00:27:00Z"))
    assert started.given_up is None
    assert progress(started, attempts=3).attempt == 2
    assert end(GIVEN_UP, ended("next", code=1, message="no table", created="2026-11-25T00:27:00Z"))[0] == "no table"
    before = seen(job(failed=1), ended("first", code=1, created="2026-11-25T00:25:00Z"), GIVEN_UP)
    assert before.given_up is not None
    assert progress(before, attempts=3).attempt == 2


def test_a_driver_without_a_node_is_the_one_that_waits() -> None:
    found = seen(job(), ended("a", code=1, created="1"), unschedulable("x")).without_node
    assert found is not None
    assert found.name == f"{JOB_NAME}-x7k2p"
    assert seen(job(), pod()).without_node is None  # it starts
    assert seen(job()).without_node is None


def test_the_last_attempts_reason_is_the_runs() -> None:
    first = ended("aaaaa", code=1, message="first", created="2026-11-25T00:26:00Z")
    second = ended("bbbbb", code=1, message="second", created="2026-11-25T00:26:30Z")
    assert end(second, first, of=failed(pods=2)) == ("second", "USER_ERROR")


def test_a_job_whose_pods_are_gone_still_has_a_reason() -> None:
    details, reason = end()
    assert details.startswith("The run's Job failed and its pods are deleted (BackoffLimitExceeded): Job has reached")
    assert reason == "INTERNAL_ERROR"
    assert end(of=failed("DeadlineExceeded"))[0].startswith("The run was ended: it took longer")


def test_a_run_is_submitted_until_its_driver_runs_and_then_running_for_good() -> None:
    states = [
        (seen(job()), False),
        (seen(job(), pod()), False),
        (seen(job(), waiting("ContainerCreating")), False),
        (seen(job(), running()), True),
        (seen(job(failed=1), ended(code=1)), True),
        (seen(job(failed=1), ended("a", code=1, created="1"), waiting("ContainerCreating", created="2")), True),
    ]
    assert [progress(snapshot, attempts=2).running for snapshot, _ in states] == [wanted for _, wanted in states]
    assert [progress(snapshot, attempts=2).details for snapshot, _ in states[:4]] == [None] * 4


def test_a_container_that_could_not_be_made_has_not_run() -> None:
    state = {"terminated": {"exitCode": 128, "reason": "StartError", "message": "x"}}
    assert not progress(seen(job(failed=1), pod(state=state, phase="Failed")), attempts=1).running


@pytest.mark.parametrize(
    ("counted", "pods", "attempt"),
    [
        (0, [], 1),
        (0, [running()], 1),
        (1, [ended("a", code=1)], 2),
        (0, [ended("a", code=1)], 2),  # the Job has not counted it yet
        (1, [running("b")], 2),  # and here the first is gone
        (2, [ended("c", code=1)], 3),
        (3, [ended("c", code=1)], 3),  # the policy allows no fourth
        (0, [ended("a", code=0)], 1),
    ],
)
def test_the_attempt_is_counted_by_failures(counted: int, pods: list[Any], attempt: int) -> None:
    assert progress(seen(job(failed=counted), *pods), attempts=3).attempt == attempt


def test_between_attempts_the_last_failure_is_shown() -> None:
    snapshot = seen(job(failed=1), ended(code=1, message="the table is missing"))
    assert progress(snapshot, attempts=3).details == "Attempt 1 of 3 failed: the table is missing"
    assert progress(snapshot, attempts=1).details == "the table is missing"  # the Job is about to fail


def wait(of: dict[str, Any], **warnings: tuple[str, str]) -> tuple[str, str] | None:
    found = pending_reason(seen(job(), of, **warnings))
    return None if found is None else (found.details, found.tolerance)


@pytest.mark.parametrize(
    ("of", "details", "tolerance"),
    [
        (
            unschedulable("0/3 nodes are available: 3 Insufficient memory."),
            "The driver waits for a node: 0/3 nodes are available: 3 Insufficient memory.",
            "unlimited",
        ),
        (
            waiting("ErrImagePull", "not found"),
            "The driver's image 'r/i:1' cannot be pulled (ErrImagePull): not found",
            "limited",
        ),
        (
            waiting("ImagePullBackOff", "Back-off pulling image"),
            "The driver's image 'r/i:1' cannot be pulled (ImagePullBackOff): Back-off pulling image",
            "limited",
        ),
        (
            waiting("InvalidImageName", "couldn't parse"),
            "The driver's image 'r/i:1' has no valid name (InvalidImageName): couldn't parse",
            "none",
        ),
        (
            waiting("ErrImageNeverPull", "not present"),
            "The driver's image 'r/i:1' is not on the node, and must not be pulled (ErrImageNeverPull): not present",
            "none",
        ),
        (
            waiting("CreateContainerConfigError", 'secret "s3-credentials" not found'),
            'The driver\'s container cannot be created (CreateContainerConfigError): secret "s3-credentials" not found',
            "limited",
        ),
        (
            waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"),
            "The driver's container cannot be created (CreateContainerConfigError): container has runAsNonRoot and "
            "image will run as root",
            "limited",
        ),
    ],
)
def test_what_a_driver_waits_for_is_said(of: dict[str, Any], details: str, tolerance: str) -> None:
    assert wait(of) == (details, tolerance)
    shown = progress(seen(job(), of), attempts=1)
    assert (shown.running, shown.details) == (False, details)


@pytest.mark.parametrize("of", [pod(), waiting("ContainerCreating"), waiting("PodInitializing"), running()])
def test_a_driver_that_starts_or_runs_waits_for_nothing(of: dict[str, Any]) -> None:
    assert wait(of) is None


def test_an_init_container_that_cannot_start_is_the_driver_that_cannot() -> None:
    init = [{"name": "i", "state": {"waiting": {"reason": "ErrImagePull", "message": "no"}}}]
    found = wait(waiting("PodInitializing", initContainerStatuses=init))
    assert found is not None
    assert "(ErrImagePull): no" in found[0]


@pytest.mark.parametrize(
    ("message", "tolerance"),
    [
        ('MountVolume.SetUp failed for volume "c" : secret "job-connections" not found', "limited"),
        ('MountVolume.SetUp failed for volume "c" : configmap "x" not found', "limited"),
        ('MountVolume.SetUp failed for volume "c" : references non-existent secret key: a.json', "limited"),
        ("MountVolume.MountDevice failed: rpc error: volume is being attached", "unlimited"),
    ],
)
def test_a_volume_that_cannot_be_mounted_is_said(message: str, tolerance: str) -> None:
    name = f"{JOB_NAME}-x7k2p"
    starting = waiting("ContainerCreating", conditions=(SCHEDULED,))
    assert wait(starting, **about(name, "FailedMount", message)) == (
        f"The driver's pod is not ready to start: {message}",
        tolerance,
    )
    # The image is pulled only after all volumes are there: the warning is an old one.
    assert wait(waiting("ContainerCreating"), **about(name, "FailedMount", message)) is None
    assert wait(running(), **about(name, "FailedMount", message)) is None


@pytest.mark.parametrize(
    ("message", "tolerance"),
    [
        ('pods "x" is forbidden: exceeded quota: jobs, requested: requests.memory=1Gi', "unlimited"),
        ('pods "x" is forbidden: violates PodSecurity "restricted:latest"', "limited"),
        ('pods "x" is forbidden: error looking up service account jobs/spark', "limited"),
    ],
)
def test_a_pod_that_cannot_be_made_is_said(message: str, tolerance: str) -> None:
    warning = about(JOB_NAME, "FailedCreate", message)
    found = pending_reason(seen(job(), **warning))
    assert found is not None
    assert (found.details, found.tolerance) == (f"The driver's pod cannot be created: {message}", tolerance)
    assert pending_reason(seen(job(), running(), **warning)) is None
    # With an attempt that failed, the Job waits for its time: the warning may be of before.
    assert pending_reason(seen(job(failed=1), ended(code=1), **warning)) is None


def test_a_node_that_does_not_answer_is_said_while_it_does_not() -> None:
    warning = about(f"{JOB_NAME}-x7k2p", "NodeNotReady", "Node is not ready")
    lost = running(conditions=(SCHEDULED, {"type": "Ready", "status": "False"}))
    assert wait(lost, **warning) == ("The driver's node 'worker-2' does not answer.", "unlimited")
    assert wait(running(), **warning) is None
    assert progress(seen(job(), lost, **warning), attempts=1).running


def test_executors_that_do_not_run_are_said_while_the_driver_does() -> None:
    missing = [unschedulable("Insufficient memory", suffix=f"x7k2p-exec-{n}", component="executor") for n in (1, 2)]
    up = running("x7k2p-exec-3", component="executor")
    over = ended("x7k2p-exec-4", code=0, component="executor")
    assert progress(seen(job(), running(), *missing, up, over), attempts=1).details == (
        "2 of 3 executors do not run: Insufficient memory"
    )
    pulling = waiting("ErrImagePull", "not found", suffix="x7k2p-exec-5", component="executor")
    assert progress(seen(job(), running(), pulling), attempts=1).details == (
        "1 of 1 executors do not run: ErrImagePull: not found"
    )
    assert progress(seen(job(), running(), up, over), attempts=1).details is None


def test_a_pod_of_a_yet_newer_cluster_without_a_status_is_a_pod_that_starts() -> None:
    bare = pod()
    del bare["status"], bare["spec"]["nodeName"], bare["spec"]["containers"][0]["resources"]
    view = pod_view(bare)
    assert (view.phase, view.started, view.waiting, view.memory_mib) == ("Pending", False, None, None)


def killed(number: int, **changes: Any) -> Any:
    return ended(f"x7k2p-exec-{number}", code=137, reason="OOMKilled", component="executor", **changes)


MORE = "raise spark.executor.memory or spark.executor.memoryOverhead."


def test_case_17_an_executor_that_ran_out_of_memory_is_named_with_the_setting_to_raise() -> None:
    one = f"Executor '{JOB_NAME}-x7k2p-exec-1' ran out of memory (OOMKilled, had 896 MiB): {MORE}"
    assert end(ended(code=1), killed(1))[0] == f"{one} The driver exited with status 1."
    assert end(ended(code=1, message="Job aborted"), killed(1))[0] == f"Job aborted. {one}"
    assert end(ended(code=1), killed(1), killed(2))[0].startswith(
        f"2 executors, the last '{JOB_NAME}-x7k2p-exec-2', ran out of memory (OOMKilled, had 896 MiB): {MORE}"
    )
    # A driver that was killed itself, or an executor of an attempt before, has another reason.
    assert "Executor" not in end(ended(code=137, reason="OOMKilled"), killed(1))[0]
    assert "Executor" not in end(ended(code=1), killed(1, created="2026-11-25T00:20:00Z"))[0]


def test_case_17_a_driver_without_a_message_says_what_its_log_ends_with() -> None:
    known = {"uid-x7k2p": LogEnd(exception="ValueError: no rows")}
    snapshot = replace(seen(failed(), ended(code=1)), log_ends=known)
    result = outcome(snapshot)
    assert result is not None
    assert (result.details, result.reason) == ("ValueError: no rows", "USER_ERROR")
    assert progress(snapshot, attempts=1).messages == {"uid-x7k2p": "ValueError: no rows"}
    between = replace(seen(job(failed=1), ended(code=1)), log_ends=known)
    assert progress(between, attempts=3).details == "Attempt 1 of 3 failed: ValueError: no rows"
    for other in (ended(code=137), ended(code=1, message="mine"), ended(code=137, reason="OOMKilled")):
        assert "ValueError" not in (progress(replace(seen(failed(), other), log_ends=known), attempts=1).details or "")


def test_a_driver_of_the_time_before_yunikorn_says_why_it_gets_no_executors() -> None:
    def details(driver: dict[str, Any], *executors: dict[str, Any], yunikorn: bool = True) -> str | None:
        return progress(replace(seen(job(), driver, *executors), yunikorn=yunikorn), attempts=1).details

    before, under = running(), running()
    before["spec"]["schedulerName"], under["spec"]["schedulerName"] = "default-scheduler", "yunikorn"
    said = details(before) or ""
    assert "before YuniKorn was switched on" in said
    assert "Cancel the run" in said
    assert details(under) is None
    assert details(before, yunikorn=False) is None
    assert details(before, running("exec-1", component="executor")) is None, "it has what it began with"
    before["metadata"]["annotations"] = {"of": "another kind"}
    assert details(before) is None, "a container has no executors"


@pytest.mark.parametrize("said", [None, "0/3 nodes are available"])
def test_pods_that_were_made_for_yunikorn_say_that_it_was_switched_off(said: str | None) -> None:
    def details(*pods: dict[str, Any], yunikorn: bool = False) -> str:
        return progress(replace(seen(job(), *pods), yunikorn=yunikorn), attempts=1).details or ""

    def left(name: str, component: str) -> dict[str, Any]:
        options: dict[str, Any] = {"suffix": name, "component": component}
        made = without_node(**options) if said is None else unschedulable(said, **options)
        made["spec"]["schedulerName"] = "yunikorn"
        return made

    driver, executors = left("driver-1", "driver"), [left(f"exec-{number}", "executor") for number in range(2)]
    under = running()
    under["spec"]["schedulerName"] = "yunikorn"
    for pods, waits in (((driver,), "The driver waits"), ((under, *executors), "2 of 2 executors wait")):
        assert details(*pods).startswith(f"{waits} for YuniKorn, which was switched off here")
        assert "cancel the run" in details(*pods)
        assert (said or "") in details(*pods)
        assert "switched off" not in details(*pods, yunikorn=True)
    assert details(under) == "", "it has what it needs"
    placed = running("exec-1", component="executor")
    placed["spec"]["schedulerName"] = "yunikorn"
    assert details(under, placed, executors[1]).startswith("1 of 2 executors wait")
    waits = pending_reason(seen(job(), driver))
    assert waits is not None
    assert waits.tolerance == "unlimited", "YuniKorn may run still"
