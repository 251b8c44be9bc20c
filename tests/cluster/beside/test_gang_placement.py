"""A gang gets all of its nodes before any of it runs, or none of it runs."""

from cluster.gangs.bare_pods import OCCUPANT, occupy
from cluster.gangs.gang import (
    application_id,
    driver_of,
    is_driver,
    is_executor,
    is_placeholder,
    nothing_but,
    placeholders,
    small_gang,
    some_wait,
)
from cluster.gangs.pod_history import PodHistory
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import SLOW_JOB, JobNamespace
from cluster.parts import Cluster, eventually


def test_placeholders_come_first_and_all_are_replaced(
    yunikorn: YuniKorn, team: JobNamespace, history: PodHistory
) -> None:
    with queue_for(yunikorn, team.name):
        run = team.start_spark(SLOW_JOB, "4", "1", parameters=small_gang(2))
        name = application_id(driver_of(team, run))
        ended = team.wait(run)
    assert ended["state"] == "COMPLETED", ended

    stood_in = history.names(is_placeholder)
    assert len(stood_in) == 3
    eventually(lambda: stood_in <= history.gone(), seconds=180, what="the end of all placeholders")
    reserved = [history.first(lambda change: change.placed, of=placeholder) for placeholder in stood_in]
    (driver,) = history.names(is_driver)
    assert max(reserved) < history.first(lambda change: change.placed, of=driver)
    assert len(history.names(is_executor)) >= 2

    application = yunikorn.application(name)
    assert application is not None
    counted = {each["taskGroupName"]: each for each in application["placeholderData"]}
    assert {group: each["count"] for group, each in counted.items()} == {"spark-driver": 1, "spark-executor": 2}
    for each in counted.values():
        assert each["replaced"] == each["count"]
        assert each.get("timedout", 0) == 0


def test_a_hard_gang_that_times_out_fails_once_and_says_why(
    yunikorn: YuniKorn, team: JobNamespace, history: PodHistory
) -> None:
    with queue_for(yunikorn, team.name, memory="3Gi"):
        occupy(team, "1Gi")
        run = team.start_spark(
            *(SLOW_JOB, "1", "1"),
            parameters=small_gang(2, style="Hard", timeout=10),
            retryPolicyConfiguration={"maxAttempts": 3},
        )
        ended = team.wait(run)
        nothing_but(team, OCCUPANT)
    assert ended["state"] == "FAILED"
    assert ended["failureReason"] == "CLUSTER_UNAVAILABLE"
    assert "10 s" in ended["stateDetails"]
    assert "Hard" in ended["stateDetails"]
    assert ended["retryPolicyExecution"]["currentAttemptCount"] == 1
    assert len(history.names(is_driver)) == 1
    assert len(history.names(is_placeholder)) == 3
    assert history.names(is_executor) == set()


def test_a_soft_gang_that_times_out_runs_with_what_there_is(
    yunikorn: YuniKorn, team: JobNamespace, history: PodHistory
) -> None:
    with queue_for(yunikorn, team.name, memory="3Gi"):
        occupy(team, "1Gi")
        run = team.start_spark(SLOW_JOB, "2", "1", parameters=small_gang(2, style="Soft", timeout=10))
        ended = team.wait(run)
        nothing_but(team, OCCUPANT)
    assert ended["state"] == "COMPLETED", ended
    assert len(history.names(is_driver)) == 1


def test_a_run_that_is_cancelled_while_its_placeholders_wait_leaves_nothing(
    yunikorn: YuniKorn, cluster: Cluster, team: JobNamespace, history: PodHistory
) -> None:
    with queue_for(yunikorn, team.name, memory="3Gi") as queue:
        occupy(team, "1Gi")
        run = team.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(2))
        some_wait(team, placed=2, waiting=1)
        cluster.emr.cancel_job_run(virtualClusterId=team.virtual_cluster_id, id=run)
        assert team.wait(run, seconds=240)["state"] == "CANCELLED"
        nothing_but(team, OCCUPANT)
        assert placeholders(team) == []
        eventually(lambda: yunikorn.used_memory(queue) == 2**30, seconds=180, what="the occupant's use alone")
    assert history.names(is_executor) == set()
