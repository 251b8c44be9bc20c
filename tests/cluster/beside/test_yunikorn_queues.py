"""Which queue a run waits in, what it is told while it waits, and what no queue will ever hold."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError
from cluster.gangs.bare_pods import OCCUPANT, occupy, sleeper, take_away
from cluster.gangs.gang import POD_MIB, application_of, as_parameters, small_gang
from cluster.gangs.pod_history import PodHistory
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import SLOW_JOB, JobNamespace
from cluster.parts import Cluster, eventually
from longshore_cli.exceptions import ClusterError

OWNER = "longshore.dev/owner"
TRICKS = {
    ("label", "queue"): "root.bob",
    ("label", "yunikorn.apache.org/queue"): "root.bob",
    ("label", "yunikorn.apache.org/username"): "bob",
    ("annotation", "yunikorn.apache.org/queue"): "root.bob",
    ("annotation", "yunikorn.apache.org/user.info"): json.dumps({"user": "bob"}),
}
"""By which a pod would get into another's queue: kind and name, and what it says."""


def test_the_owners_queue_is_used(yunikorn: YuniKorn, team: JobNamespace) -> None:
    with queue_for(yunikorn, team.name, children={"alice": {}, "bob": {}}) as queue:
        run = team.start_spark(SLOW_JOB, "2", "1", parameters=small_gang(1), tags={OWNER: "alice"})
        application = application_of(yunikorn, team, run)
        assert (application["queueName"], application["user"]) == (f"{queue}.alice", "alice")
        team.running(run, "executor")
        # The executors, too, are counted there.
        assert yunikorn.used_memory(f"{queue}.alice") == 2 * POD_MIB * 2**20
        assert yunikorn.used_memory(f"{queue}.bob") == 0
        assert team.wait(run)["state"] == "COMPLETED"


def test_a_job_does_not_pick_its_queue(yunikorn: YuniKorn, team: JobNamespace) -> None:
    for role, kind, name in ((role, *trick) for role in ("driver", "executor") for trick in TRICKS):
        trick = as_parameters({f"spark.kubernetes.{role}.{kind}.{name}": TRICKS[kind, name]})
        with pytest.raises(ClientError, match=f"{role}.{kind}.{name} cannot be used here") as refused:
            team.start_spark(SLOW_JOB, "1", "1", parameters=f"{small_gang(1)} {trick}")
        assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_without_an_owner_the_namespaces_own_queue_is_used(yunikorn: YuniKorn, team: JobNamespace) -> None:
    with queue_for(yunikorn, team.name) as queue:
        run = team.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(1))
        assert application_of(yunikorn, team, run)["queueName"] == queue


def test_nobody_else_says_whose_a_pod_is(yunikorn: YuniKorn, cluster: Cluster, team: JobNamespace) -> None:
    for kind, name in TRICKS:
        pod = sleeper(team, "impostor", requests={"cpu": "10m", "memory": "16Mi"}, schedulerName="yunikorn")
        pod["metadata"][f"{kind}s"] = {name: TRICKS[kind, name]}
        # An administrator, and the driver of a job.
        for who in ([], [f"--as=system:serviceaccount:{team.name}:spark"]):
            with pytest.raises(ClusterError, match=r"(?s)ValidatingAdmissionPolicy.*the job server's to say"):
                cluster.kubectl.run("create", "-f", "-", *who, what="the pod", given=json.dumps(pod))


def test_nobody_joins_the_application_of_another(yunikorn: YuniKorn, cluster: Cluster, team: JobNamespace) -> None:
    pod = sleeper(team, "impostor", requests={"cpu": "10m", "memory": "16Mi"}, schedulerName="yunikorn")
    pod["metadata"]["labels"] = {"yunikorn.apache.org/app-id": f"0000000a-{uuid.uuid4()}"}
    with pytest.raises(ClusterError, match="joins no other job's application"):
        cluster.kubectl.run("create", "-f", "-", what="the pod", given=json.dumps(pod))


def test_a_run_that_waits_says_for_how_much(yunikorn: YuniKorn, team: JobNamespace) -> None:
    with queue_for(yunikorn, team.name, memory="3Gi") as queue:
        occupy(team, "2560Mi")
        run = team.start_spark(SLOW_JOB, "2", "1", parameters=small_gang(2))

        def says_why() -> str | None:
            details = str(team.describe(run).get("stateDetails", ""))
            return details if queue in details and "needs" in details else None

        details = str(eventually(says_why, seconds=180, what="the reason why the run waits"))
        assert "1 driver" in details
        assert "2 executors" in details
        for amount in ("2688 MiB", "512 MiB", "3072"):  # asked for, free, and the queue's limit
            assert amount in details, details
        take_away(team, OCCUPANT)
        ended = team.wait(run)
        assert ended["state"] == "COMPLETED", ended
        assert queue not in ended.get("stateDetails", "")


@pytest.mark.parametrize("level", ["its queue", "a queue above"])
def test_a_gang_larger_than_its_queue_is_refused_at_once(
    yunikorn: YuniKorn, team: JobNamespace, history: PodHistory, level: str
) -> None:
    child = {"max": {"memory": "2Gi"}} if level == "its queue" else {}
    limit = None if child else "2Gi"
    with queue_for(yunikorn, team.name, memory=limit, children={"alice": child}) as queue:
        run = team.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(2), tags={OWNER: "alice"})
        ended = team.wait(run, seconds=180)
    assert ended["state"] == "FAILED"
    assert ended["failureReason"] == "VALIDATION_ERROR"
    assert (queue if level == "a queue above" else f"{queue}.alice") in ended["stateDetails"]
    for amount in ("2688 MiB", "2048"):
        assert amount in ended["stateDetails"], ended
    assert history.changes == []


def test_a_gang_larger_than_the_cluster_is_refused_at_once(
    yunikorn: YuniKorn, team: JobNamespace, history: PodHistory
) -> None:
    with queue_for(yunikorn, team.name):
        run = team.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(400))
        ended = team.wait(run, seconds=180)
    assert ended["state"] == "FAILED"
    assert ended["failureReason"] == "VALIDATION_ERROR"
    assert "400 executors" in ended["stateDetails"]
    assert "all nodes together" in ended["stateDetails"]
    assert history.changes == []


def test_a_container_waits_in_its_owners_queue_too(yunikorn: YuniKorn, cluster: Cluster, team: JobNamespace) -> None:
    with queue_for(yunikorn, team.name, children={"alice": {}}) as queue:
        run = team.start(
            releaseLabel="delay-report",
            executionRoleArn="arn:aws:iam::000000000000:role/longshore-job",
            jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/nothing.py"}},
            tags={OWNER: "alice"},
        )
        application = application_of(yunikorn, team, run)
        assert application["queueName"] == f"{queue}.alice"
        assert not application.get("placeholderData")
        team.wait(run)
