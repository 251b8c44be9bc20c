"""A namespace for job runs, made from the chart's manifests, with a virtual cluster of its own."""

import gzip
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError
from cluster.chart_values import values_of
from cluster.parts import BUCKET, ROLE, ROOT, Cluster, eventually
from longshore_cli.base.programs import run
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.secrets.manifests import job_secrets

FINISHED = ("COMPLETED", "FAILED", "CANCELLED")
SLOW_JOB = """
import sys, time
from pyspark.sql import SparkSession

rounds, seconds = int(sys.argv[1]), float(sys.argv[2])

def slow(number):
    time.sleep(seconds)
    return number

spark = SparkSession.builder.appName("slow").getOrCreate()
total = spark.sparkContext.parallelize(range(rounds), rounds).map(slow).sum()
print("the total is", total, flush=True)
spark.stop()
"""
"""Arguments: how many tasks, and how many seconds each takes. Prints their sum."""

ONE_EXECUTOR = "--conf spark.executor.instances=1 --conf spark.executor.memory=512m --conf spark.driver.memory=512m"
"""sparkSubmitParameters of a small job."""


@dataclass(frozen=True, kw_only=True)
class JobNamespace:
    """A namespace for job runs, with its virtual cluster."""

    cluster: Cluster
    name: str
    virtual_cluster_id: str
    started: list[str] = field(default_factory=list)

    def start(self, **request: Any) -> str:
        """Starts a job run; its ID."""
        answer = self.cluster.emr.start_job_run(
            virtualClusterId=self.virtual_cluster_id, clientToken=uuid.uuid4().hex, **request
        )
        self.started.append(answer["id"])
        return str(answer["id"])

    def start_spark(self, script: str, *arguments: str, parameters: str = "", **more: Any) -> str:
        """Starts a Spark job from a script in S3, without a template."""
        place = f"tests/{self.name}/{uuid.uuid4().hex}.py"
        with self.cluster.s3() as s3:
            s3.put_object(Bucket=BUCKET, Key=place, Body=script.encode())
        driver: dict[str, Any] = {"entryPoint": f"s3://{BUCKET}/{place}", "entryPointArguments": list(arguments)}
        if parameters:
            driver["sparkSubmitParameters"] = parameters
        return self.start(
            **{
                "releaseLabel": "spark-4.1",
                "executionRoleArn": ROLE,
                "jobDriver": {"sparkSubmitJobDriver": driver},
                "configurationOverrides": {
                    "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/job-logs"}}
                },
                **more,
            }
        )

    def describe(self, job_run: str) -> dict[str, Any]:
        return dict(self.cluster.emr.describe_job_run(virtualClusterId=self.virtual_cluster_id, id=job_run)["jobRun"])

    def wait(self, job_run: str, *states: str, seconds: float = 240) -> dict[str, Any]:
        """The job run as soon as it is in one of the states (any final one, if none is given)."""

        def look() -> dict[str, Any] | None:
            found = self.describe(job_run)
            wanted = states or FINISHED
            assert found["state"] in wanted or found["state"] not in FINISHED, found
            return found if found["state"] in wanted else None

        what = f"job run {job_run} {' or '.join(states or FINISHED)}"
        return dict(eventually(look, seconds=seconds, what=self.account(what, job_run)))

    def pods(self, job_run: str, component: str = "") -> list[dict[str, Any]]:
        labels = f"emr-containers.amazonaws.com/job.id={job_run}"
        if component:
            labels += f",emr-containers.amazonaws.com/component={component}"
        return self.cluster.pods(self.name, labels)

    def running(self, job_run: str, component: str, *, count: int = 1, seconds: float = 120) -> list[str]:
        """The names of the run's running pods of a component, as soon as there are so many."""

        def look() -> list[str]:
            names = [
                pod["metadata"]["name"]
                for pod in self.pods(job_run, component)
                if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
            ]
            return names if len(names) >= count else []

        what = f"{count} running {component} of {job_run}"
        return list(eventually(look, seconds=seconds, what=self.account(what, job_run)))

    def account(self, what: str, *job_runs: str) -> Callable[[], str]:
        """The message of a failed wait: the thing waited for, and what has become of the job runs and their pods."""

        def said() -> str:
            lines = [what]
            for job_run in job_runs:
                try:
                    found = self.describe(job_run)
                except (BotoCoreError, ClientError) as error:
                    lines.append(f"{job_run} cannot be asked for: {error}")
                else:
                    lines.append(f"{job_run} is {found['state']}: {found.get('stateDetails', '')}")
                lines += [_of_pod(pod) for pod in self.pods(job_run)]
            return "\n".join(lines)

        return said

    def log(self, job_run: str, stream: str = "stdout") -> str:
        """The driver's log in S3, as AWS lays it out."""
        folder = f"job-logs/{self.virtual_cluster_id}/jobs/{job_run}/containers/spark-{job_run}/spark-{job_run}-driver"
        with self.cluster.s3() as s3:
            return gzip.decompress(s3.get_object(Bucket=BUCKET, Key=f"{folder}/{stream}.gz")["Body"].read()).decode()

    def nothing_left(self, job_run: str, *, seconds: float = 60) -> None:
        """No pod of the run is left, or none that runs."""
        eventually(
            lambda: not [p for p in self.pods(job_run) if p["status"].get("phase") in ("Pending", "Running")],
            seconds=seconds,
            what=self.account(f"the end of all pods of {job_run}", job_run),
        )


def _of_pod(pod: dict[str, Any]) -> str:
    status = pod["status"]
    unmet = [
        f"{each['type']}: {each.get('message', '')}"
        for each in status.get("conditions", [])
        if each["status"] != "True"
    ]
    going = " going" if "deletionTimestamp" in pod["metadata"] else ""
    return f"{pod['metadata']['name']} {status.get('phase')}{going} on {pod['spec'].get('nodeName')} {'; '.join(unmet)}"


@contextmanager
def job_namespace(cluster: Cluster, helm: str, name: str, *, quota: bool = True) -> Iterator[JobNamespace]:
    """A namespace from the manifests that the chart makes for one, and its virtual cluster.

    Args:
        quota: with the chart's ResourceQuota, or with none.
    """
    kubectl = cluster.kubectl
    values = values_of(cluster, "longshore", namespace=namespaces.PLATFORM)
    values["jobs"]["namespaces"] = [name]
    chart = ROOT / "helm" / "longshore"
    manifests = run(
        [helm, "template", "longshore", chart, "--namespace", namespaces.PLATFORM, "--values", "-"],
        what="helm template",
        input=json.dumps(values).encode(),
    )
    of_it = [
        each
        for each in yaml.safe_load_all(manifests)
        if each
        and name in (each["metadata"].get("namespace"), each["metadata"]["name"])
        and (quota or each["kind"] != "ResourceQuota")
    ]
    of_it.sort(key=lambda each: each["kind"] != "Namespace")
    kubectl.apply(*of_it, *job_secrets(cluster.keys, name))
    virtual_cluster = cluster.emr.create_virtual_cluster(
        name=name,
        clientToken=uuid.uuid4().hex,
        containerProvider={"type": "EKS", "id": "longshore", "info": {"eksInfo": {"namespace": name}}},
    )["id"]
    namespace = JobNamespace(cluster=cluster, name=name, virtual_cluster_id=virtual_cluster)
    try:
        yield namespace
    finally:
        for job_run in namespace.started:
            if namespace.describe(job_run)["state"] not in FINISHED:
                cluster.emr.cancel_job_run(virtualClusterId=virtual_cluster, id=job_run)
                namespace.wait(job_run)
        cluster.emr.delete_virtual_cluster(id=virtual_cluster)
        kubectl.run("delete", "namespace", name, "--wait=false", what=f"namespace {name}")
