"""A queue gets what it is guaranteed, also where another has taken it."""

from cluster.gangs.gang import is_driver, is_executor, run_of, small_gang
from cluster.gangs.pod_history import PodHistory
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import SLOW_JOB, JobNamespace


def test_preemption_lets_the_guaranteed_queue_in(yunikorn: YuniKorn, team: JobNamespace, history: PodHistory) -> None:
    alice = {"guaranteed": {"memory": "2Gi"}, "preemption": {"delaySeconds": 1}}
    with queue_for(yunikorn, team.name, memory="5Gi", children={"alice": alice, "bob": {}}):
        # 4,480 of 5,120 MiB.
        taken = team.start_spark(SLOW_JOB, "80", "4", parameters=small_gang(4), tags={"longshore.dev/owner": "bob"})
        team.running(taken, "executor", count=4, seconds=180)
        victims_before = _deleted(history, taken)
        # 1,792 MiB: two of the other's executors must go.
        wanted = team.start_spark(SLOW_JOB, "4", "1", parameters=small_gang(1), tags={"longshore.dev/owner": "alice"})
        ended = team.wait(wanted)
        assert ended["state"] == "COMPLETED", ended
        assert team.describe(taken)["state"] == "RUNNING", "it should have been there all the time"
        victims = _deleted(history, taken) - victims_before
        assert len(victims) == 2
        assert victims <= history.names(is_executor), "its driver went"
        # Who lost executors gets others, and finishes.
        ended = team.wait(taken, seconds=400)
        assert ended["state"] == "COMPLETED", ended
        assert len(history.names(lambda pod: is_driver(pod) and run_of(pod) == taken)) == 1
        assert "the total is 3160" in team.log(taken)


def _deleted(history: PodHistory, run: str) -> set[str]:
    own = history.names(lambda pod: run_of(pod) == run and (is_driver(pod) or is_executor(pod)))
    return own & history.gone()
