"""An environment's jobs have a queue of their own: made by what its namespace says, and gone with it."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from cluster.gangs.bare_pods import OCCUPANT, occupy, take_away
from cluster.gangs.gang import POD_MIB, application_of, small_gang
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.job_namespaces import SLOW_JOB, JobNamespace, job_namespace
from cluster.parts import Cluster, eventually

PARENT = "root.environments"
OWNER = "longshore.dev/owner"


@contextmanager
def environment_namespace(cluster: Cluster, helm: str, *, memory: str) -> Iterator[JobNamespace]:
    """A namespace that says what an environment's does: its queue's parent, and what the queue may have."""
    with job_namespace(cluster, helm, f"env-test-{uuid.uuid4().hex[:8]}", quota=False) as jobs:
        allow(jobs, memory)
        yield jobs


def allow(jobs: JobNamespace, memory: str) -> None:
    """Sets what the namespace's queue may have of memory."""
    said = {"parentqueue": PARENT, "namespace.quota": json.dumps({"memory": memory})}
    words = [f"yunikorn.apache.org/{name}={value}" for name, value in said.items()]
    jobs.cluster.kubectl.run("annotate", "namespace", jobs.name, "--overwrite", *words, what=f"namespace {jobs.name}")


def test_it_is_made_for_the_first_job_limits_all_of_them_and_goes_with_the_namespace(
    yunikorn: YuniKorn, cluster: Cluster, helm: str
) -> None:
    with environment_namespace(cluster, helm, memory="3Gi") as jobs:
        queue = f"{PARENT}.{jobs.name}"
        assert yunikorn.queue(queue) is None
        occupy(jobs, "2560Mi")  # not even one placeholder has room beside it
        made, parent = yunikorn.queue(queue), yunikorn.queue(PARENT)
        assert made is not None
        assert parent is not None
        assert made["maxResource"]["memory"] == 3 * 2**30
        # How gangs wait there is what the parent says.
        style = parent["properties"]["longshore.gang.style"]
        assert made["properties"]["longshore.gang.style"] == style

        run = jobs.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(1), tags={OWNER: "alice"})
        application = application_of(yunikorn, jobs, run)
        assert (application["queueName"], application["user"]) == (queue, "alice")

        def says_why() -> str | None:
            details = str(jobs.describe(run).get("stateDetails", ""))
            return details if queue in details and "needs" in details else None

        details = str(eventually(says_why, seconds=180, what="the reason why the run waits"))
        for amount in (f"{2 * POD_MIB} MiB", "512 MiB", "3072"):  # asked for, free, and the queue's limit
            assert amount in details, details
        take_away(jobs, OCCUPANT)
        assert jobs.wait(run)["state"] == "COMPLETED"
    eventually(lambda: cluster.kubectl.get("namespace", jobs.name) is None, seconds=180, what="the namespace's end")
    eventually(lambda: yunikorn.queue(queue) is None, seconds=180, what=f"the end of the queue {queue}")


def test_what_is_too_large_for_it_is_rejected_and_a_new_limit_holds_for_the_next_run(
    yunikorn: YuniKorn, cluster: Cluster, helm: str
) -> None:
    with environment_namespace(cluster, helm, memory="1Gi") as jobs:
        # Keeps the queue, with its old limit, until the next run.
        occupy(jobs, "64Mi")
        run = jobs.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(1))
        ended = jobs.wait(run, seconds=180)
        assert (ended["state"], ended["failureReason"]) == ("FAILED", "VALIDATION_ERROR")
        assert "rejected by YuniKorn" in ended["stateDetails"]
        allow(jobs, "3Gi")
        assert jobs.wait(jobs.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(1)))["state"] == "COMPLETED"


def test_a_namespace_that_names_no_parent_has_none(yunikorn: YuniKorn, team: JobNamespace) -> None:
    run = team.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(1))
    assert application_of(yunikorn, team, run)["queueName"] == "root.default"
    assert yunikorn.queue(f"{PARENT}.{team.name}") is None
