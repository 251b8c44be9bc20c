"""A task of Airflow's whose job waits: its owner's queue, and what its log says."""

import json
from urllib.parse import quote

from cluster.gangs.bare_pods import OCCUPANT, occupy, take_away
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import JobNamespace
from cluster.parts import Cluster, eventually

DAG_ID, TASK, OWNER = "example_spark_container", "carriers_by_flights", "data-platform"


def test_a_tasks_log_says_why_its_job_waits_in_its_owners_queue(
    yunikorn: YuniKorn, cluster: Cluster, flights_run: str
) -> None:
    team = JobNamespace(cluster=cluster, name="jobs", virtual_cluster_id=cluster.environment.virtual_cluster_id)
    with queue_for(yunikorn, team.name, memory="7Gi", children={OWNER: {}, "default": {}}) as queue:
        occupy(team, "6Gi")
        try:
            cluster.airflow.unpause(DAG_ID)
            run_id = cluster.airflow.trigger(DAG_ID)
            path = f"dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}"
            eventually(
                lambda: f"waits in queue {queue}.{OWNER}" in _log(cluster, path),
                seconds=180,
                what="the reason in the task's log",
                every=3.0,
            )
        finally:
            take_away(team, OCCUPANT)

        def over() -> bool:
            state = cluster.airflow.get(path)["state"]
            assert state != "failed"
            return bool(state == "success")

        eventually(over, seconds=300, what="the end of the DAG's run", every=2.0)


def _log(cluster: Cluster, path: str) -> str:
    instance = f"{path}/taskInstances/{TASK}"
    tries = cluster.airflow.get(instance)["try_number"]
    return json.dumps(cluster.airflow.get(f"{instance}/logs/{tries}")["content"]) if tries else ""
