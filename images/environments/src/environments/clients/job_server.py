"""A client of the EMR Containers API: each environment has its own virtual cluster for jobs in its namespace.

The API decides by the virtual cluster what a job may use, and not by the job's own parameters.
"""

import asyncio
import configparser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from environments.exceptions import ConfigurationError, JobServerError, NotYetError
from environments.plan.schema_removal import Cancel, Failed, Run, Start, Wait, next_step
from environments.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

_REGION = "us-east-1"
_PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 2})
_DROP_SCHEMA = "local:///opt/longshore/drop_schema.py"
"""The program in Spark's image: images/spark/app."""
_DROP_CONF = {
    # The driver does everything, and has to fit into the smallest environment.
    "spark.driver.memory": "512m",
    "spark.kubernetes.driver.request.cores": "100m",
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    "spark.dynamicAllocation.minExecutors": "0",
}


class JobServer:
    """The API that the settings name. Each call runs in a thread, because boto3 blocks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = _client(settings)

    async def ensure(self, namespace: str, *, uid: str) -> str:
        """Returns the ID of this namespace's virtual cluster, and creates it if it is missing.

        Args:
            uid: the environment's; it makes a repeated creation harmless.

        Raises:
            JobServerError: the API refuses, or does not answer.
        """
        return await asyncio.to_thread(self._ensure, namespace, uid)

    async def remove(self, namespace: str, *, uid: str, drop: bool) -> None:
        """Cancels the runs in this namespace's virtual cluster and deletes it; repeating it is harmless.

        Args:
            uid: the environment's.
            drop: whether to drop the lake schema first, by a job in the namespace, if a job ever ran there.

        Raises:
            NotYetError: the removal goes on there; call it again.
            JobServerError: the API refuses, does not answer, or the schema could not be dropped.
        """
        await asyncio.to_thread(self._remove, namespace, uid, drop)

    def _ensure(self, namespace: str, uid: str) -> str:
        try:
            if (known := self._find(namespace)) is not None:
                return known
            made = self._client.create_virtual_cluster(
                name=namespace,
                clientToken=uid,
                containerProvider={
                    "type": "EKS",
                    "id": self._settings.job_server_cluster,
                    "info": {"eksInfo": {"namespace": namespace}},
                },
            )
        except (BotoCoreError, ClientError) as error:
            raise JobServerError(f"The virtual cluster for {namespace!r} cannot be created: {error}") from error
        return made["id"]

    def _remove(self, namespace: str, uid: str, drop: bool) -> None:
        try:
            if (known := self._find(namespace)) is None:
                return
            step = next_step(self._runs(known), uid=uid, drop=drop, now=datetime.now(UTC))
            if isinstance(step, Cancel):
                for run in step.runs:
                    if run.state != "CANCEL_PENDING":
                        self._client.cancel_job_run(id=run.id, virtualClusterId=known)
                raise NotYetError(f"{len(step.runs)} job runs of the environment are being cancelled.")
            if isinstance(step, Start):
                raise NotYetError(f"The job run {self._start(known, step.token)} drops the lake schema.")
            if isinstance(step, Wait):
                raise NotYetError(
                    f"The job run {step.run.id} drops the lake schema, and is {step.run.state}"
                    f"{f' ({step.run.reason})' if step.run.reason else ''}; `keepSchema: true` removes the environment "
                    "without dropping it."
                )
            if isinstance(step, Failed):
                raise JobServerError(
                    f"The job run {step.run.id} could not drop the lake schema: {step.run.reason or step.run.state}. "
                    "It is retried; `keepSchema: true` removes the environment without dropping the schema."
                )
            self._client.delete_virtual_cluster(id=known)
        except (BotoCoreError, ClientError) as error:
            raise JobServerError(f"The virtual cluster of {namespace!r} cannot be deleted yet: {error}") from error

    def _start(self, virtual_cluster: str, token: str) -> str:
        conf = " ".join(f"--conf {name}={value}" for name, value in _DROP_CONF.items())
        started = self._client.start_job_run(
            name="drop-schema",
            virtualClusterId=virtual_cluster,
            clientToken=token,
            executionRoleArn=self._settings.job_role,
            releaseLabel=self._settings.job_release,
            jobDriver={"sparkSubmitJobDriver": {"entryPoint": _DROP_SCHEMA, "sparkSubmitParameters": conf}},
        )
        return started["id"]

    def _find(self, namespace: str) -> str | None:
        pages = self._client.get_paginator("list_virtual_clusters").paginate(
            states=["RUNNING"], containerProviderId=self._settings.job_server_cluster
        )
        for page in pages:
            for each in page["virtualClusters"]:
                if each["containerProvider"]["info"]["eksInfo"]["namespace"] == namespace:
                    return each["id"]
        return None

    def _runs(self, virtual_cluster: str) -> list[Run]:
        pages = self._client.get_paginator("list_job_runs").paginate(virtualClusterId=virtual_cluster)
        return [_run(each) for page in pages for each in page["jobRuns"]]


def _run(shown: "JobRunTypeDef") -> Run:
    said = (shown.get("failureReason"), shown.get("stateDetails"))
    return Run(
        id=shown["id"],
        state=shown["state"],
        token=shown.get("clientToken", ""),
        created_at=shown["createdAt"],
        finished_at=shown.get("finishedAt"),
        reason=": ".join(each for each in said if each),
    )


def _client(settings: Settings) -> "EMRContainersClient":
    keys = _keys(Path(settings.job_server_credentials_file))
    return boto3.client(
        "emr-containers", endpoint_url=settings.job_server_url, region_name=_REGION, config=_PATIENCE, **keys
    )


def _keys(file: Path) -> dict[str, Any]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text())
        profile = parser["default"]
        return {name: profile[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
    except (OSError, configparser.Error, KeyError) as error:
        raise ConfigurationError(
            f"job_server_credentials_file: {str(file)!r} has no key pair of the profile 'default'. Write it in "
            "the format of ~/.aws/credentials."
        ) from error
