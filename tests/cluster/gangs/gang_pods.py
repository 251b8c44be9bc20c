"""The pods that a real Spark makes for many sets of properties, and the gang that the server reckons for each.

No node takes the executors, so that they cost nothing; each job is cancelled as soon as its pods were read.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.gangs.gang import STYLE, as_parameters, is_driver, is_executor, run_of
from cluster.gangs.pod_history import Pod
from cluster.job_namespaces import JobNamespace
from cluster.parts import BUCKET, ROLE, Cluster
from emr_containers.jobs.job_spec import build_spec
from emr_containers.runtimes.kubernetes.manifest.gang import Gang, gang_of
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job
from emr_containers.runtimes.kubernetes.manifest.releases import cluster_releases
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.settings import load_releases
from longshore_cli.cluster import namespaces

NO_NODE = {"longshore.dev/no-such-node": "true"}
_STAY = """
import time
from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate()
time.sleep(600)
"""
_DRIVER_CPU = "spark.kubernetes.driver.request.cores"
_ALL = {
    **{f"spark.kubernetes.executor.node.selector.{name}": value for name, value in NO_NODE.items()},
    # Under YuniKorn no placeholder of an executor gets a node, and only after this the driver runs. Where it is over
    # before all placeholders are made, YuniKorn 1.9 goes on waiting for them for ever.
    STYLE: "placeholderTimeoutInSeconds=10 gangSchedulingStyle=Soft",
}
_PATIENCE_SECONDS, _SETTLED_SECONDS, _NONE_SECONDS = 120.0, 4.0, 30.0
"""Seconds to wait for executors once the driver runs; seconds without another executor after the last of them; and
seconds without any executor where none is expected."""


@dataclass(kw_only=True)
class Seen:
    """One job, and what was seen of it."""

    gang: Gang
    """The gang as the server computes it."""
    driver: Pod | None = None
    executors: list[Pod] = field(default_factory=list)
    why: str = ""
    """The run's details if it failed."""
    _since: float | None = None
    _changed: float = 0.0

    def look(self, pods: list[Pod]) -> bool:
        """Takes the run's pods as they are now; whether all has been seen."""
        self.driver = next(filter(is_driver, pods), self.driver)
        executors = list(filter(is_executor, pods))
        now = time.monotonic()
        if self._since is None and self.driver is not None and self.driver["status"].get("phase") == "Running":
            self._since = self._changed = now
        if len(executors) != len(self.executors):
            self._changed = now
        self.executors = executors
        if self._since is None:
            return False
        wanted = self.gang.pods - 1
        settled = now - self._changed > (_SETTLED_SECONDS if wanted else _NONE_SECONDS)
        return (settled and len(executors) >= wanted) or now - self._since > _PATIENCE_SECONDS


def see(
    jobs: JobNamespace, confs: Mapping[str, tuple[str, Mapping[str, str]]], *, folder: Path, seconds: float
) -> dict[str, Seen]:
    """Runs a job for each set of properties, as many at once as the server runs.

    Args:
        confs: by name, the release label and the properties.
        folder: for the server's release table.
        seconds: what all of it may take.
    """
    script = f"s3://{BUCKET}/tests/{jobs.name}/stay.py"
    with jobs.cluster.s3() as s3:
        s3.put_object(Bucket=BUCKET, Key=f"tests/{jobs.name}/stay.py", Body=_STAY.encode())
    table = _release_table(jobs.cluster, folder)
    releases, found = cluster_releases(table), {}
    for name, (label, conf) in confs.items():
        # The driver runs, and there is not much CPU.
        properties = {_DRIVER_CPU: "100m"} | dict(conf) | _ALL
        driver = {"entryPoint": script, "sparkSubmitParameters": as_parameters(properties)}
        request = {"releaseLabel": label, "executionRoleArn": ROLE, "jobDriver": {"sparkSubmitJobDriver": driver}}
        spec = build_spec(request, template=None, releases=table)
        run = RunIdentity(id=jobs.start(**request), virtual_cluster_id=jobs.virtual_cluster_id, namespace=jobs.name)
        gang = gang_of(build_job(spec, releases[label], run, Scheduling())["spec"]["template"])
        assert gang is not None
        found[run.id] = (name, Seen(gang=gang))
    _watch(jobs, {run: seen for run, (_, seen) in found.items()}, seconds=seconds)
    return dict(found.values())


def _watch(jobs: JobNamespace, unseen: dict[str, Seen], *, seconds: float) -> None:
    emr, cluster_id = jobs.cluster.emr, jobs.virtual_cluster_id
    deadline = time.monotonic() + seconds
    while unseen and time.monotonic() < deadline:
        time.sleep(1.0)
        pods: dict[str, list[Pod]] = {}
        for pod in jobs.cluster.pods(jobs.name):
            pods.setdefault(run_of(pod) or "", []).append(pod)
        failed = {
            each["id"]: each.get("stateDetails", "no details")
            for page in emr.get_paginator("list_job_runs").paginate(virtualClusterId=cluster_id, states=["FAILED"])
            for each in page["jobRuns"]
        }
        for run, seen in list(unseen.items()):
            seen.why = failed.get(run, "")
            if seen.why or seen.look(pods.get(run, [])):
                del unseen[run]
                if not seen.why:
                    emr.cancel_job_run(virtualClusterId=cluster_id, id=run)
    for seen in unseen.values():
        seen.why = f"it was not seen within {seconds:.0f} s"


def _release_table(cluster: Cluster, folder: Path) -> Any:
    """The release table that the server has now."""
    kept = cluster.kubectl.get("configmap", "emr-containers", namespace=namespaces.PLATFORM)
    assert kept is not None
    for name, text in kept["data"].items():
        (folder / name).write_text(text)
    return load_releases(folder / "releases.toml")
