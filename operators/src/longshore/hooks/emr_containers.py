"""The client of the EMR Containers API, and what operators and triggers ask it about job runs.

It imports boto3 through the amazon provider: operators and the trigger import it inside the functions that call the
API.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError
from botocore.session import get_session

from longshore.connection.extras import unread_keys, wrong_values
from longshore.connection.settings import SERVICE, PlatformSettings, missing_connection
from longshore.exceptions import ApiRequestError
from longshore.hooks.errors import translated
from longshore.hooks.job_run import ACTIVE_STATES, JobRun

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef


class EmrContainersHook(AwsBaseHook):
    """A client of the EMR Containers API of AWS, or of a server that speaks it.

    Args:
        aws_conn_id: Airflow connection of the type `aws`; see `PlatformSettings` for what its extra may say.
        virtual_cluster_id: instead of the connection's.
        attempts: how often a request is sent that meets an unreachable, overloaded or throttling server, with
            botocore's growing pauses (its retry mode `standard`). The connection's `config_kwargs` win.
        timeout: seconds to wait for a connection, and for an answer.
    """

    def __init__(
        self,
        aws_conn_id: str | None = "aws_default",
        *,
        virtual_cluster_id: str | None = None,
        attempts: int = 4,
        timeout: float = 10.0,
    ) -> None:
        super().__init__(aws_conn_id=aws_conn_id, client_type=SERVICE)
        self._virtual_cluster_id = virtual_cluster_id
        self._own_config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=timeout,
            read_timeout=timeout,
            user_agent_extra="longshore",
        )

    @cached_property
    def settings(self) -> PlatformSettings:
        """The platform's settings from the connection. Raises ConnectionSettingsError."""
        # The amazon provider only warns of a missing connection, and goes on without keys.
        if self.aws_conn_id is not None and not self.conn_config:
            raise missing_connection(self.aws_conn_id)
        return PlatformSettings.from_extra(self.aws_conn_id, self.conn_config.extra_config)

    @property
    def virtual_cluster_id(self) -> str:
        """The operator's, or else the connection's. Raises ConnectionSettingsError if neither names one."""
        return self._virtual_cluster_id or self.settings.require("virtual_cluster_id")

    def for_signal_handler(self) -> "EmrContainersHook":
        """Returns a hook that shares no client with this one, asks Airflow nothing, and gives up soon.

        A signal handler must not enter a client that it may have interrupted, nor Airflow's channel to its supervisor;
        and the supervisor kills the process a few seconds after the signal.
        """
        hook = EmrContainersHook(self.aws_conn_id, virtual_cluster_id=self._virtual_cluster_id, attempts=2, timeout=1.5)
        hook.settings, hook.conn_config = self.settings, self.conn_config
        return hook

    def for_cluster(self, virtual_cluster_id: str) -> "EmrContainersHook":
        """Returns a hook for another virtual cluster, which shares this one's client."""
        hook = EmrContainersHook(self.aws_conn_id, virtual_cluster_id=virtual_cluster_id)
        hook.settings, hook.conn_config, hook.client = self.settings, self.conn_config, self.client
        return hook

    @cached_property
    def client(self) -> "EMRContainersClient":
        """The API's client, made at the first use."""
        # The amazon provider's own way would name the caller in the user agent, for which it looks through the
        # stack and loads every provider's hooks.
        with self.translating("make a client"):
            session = self.get_session(region_name=self.region_name)
            # A session reads botocore's descriptions of AWS anew, unless it has the loader of another one.
            session._session.register_component("data_loader", _shared_loader())
            return session.client(
                "emr-containers",
                endpoint_url=self.settings.endpoint_url,
                config=self._own_config.merge(self.config),
                verify=self.verify,
            )

    def connection_problems(self) -> list[str]:
        """Returns what is wrong with the connection's extra, a sentence each (`longshore.connection.extras`)."""
        if self.aws_conn_id is None:
            return []
        return [*unread_keys(self.conn_config.extra_config), *wrong_values(self.settings)]

    def test_connection(self) -> tuple[bool, str]:
        """Returns whether operators can use the connection, and what it leads to or what is wrong with it."""
        from longshore.hooks.connection_test import check_connection

        return check_connection(self)

    def describe_virtual_cluster(self) -> tuple[str, str]:
        """Returns the virtual cluster's name and state."""
        with self.translating(f"describe the virtual cluster {self.virtual_cluster_id!r}"):
            found = self.client.describe_virtual_cluster(id=self.virtual_cluster_id)["virtualCluster"]
        return found.get("name", ""), found.get("state", "")

    def start_job_run(self, request: Mapping[str, Any]) -> str:
        """Starts a job run, or finds the one with the same client token. Returns its id.

        Args:
            request: as `longshore.submission.request.start_request` makes it.
        """
        what = request.get("jobTemplateId") or request.get("releaseLabel")
        with self.translating(f"start a job run of {what!r} in virtual cluster {request['virtualClusterId']!r}"):
            return self.client.start_job_run(**request)["id"]

    def describe_job_run(self, job_run_id: str) -> JobRun:
        """Returns the job run as it is now."""
        return JobRun.from_api(self.described_job_run(job_run_id))

    def described_job_run(self, job_run_id: str) -> Mapping[str, Any]:
        """Returns `DescribeJobRun`'s `jobRun`, with the job itself."""
        with self.translating(f"describe the job run {job_run_id!r}"):
            answer = self.client.describe_job_run(id=job_run_id, virtualClusterId=self.virtual_cluster_id)
        described: Mapping[str, Any] = answer["jobRun"]
        return described

    def unfinished_job_runs(self, *, most_pages: int) -> tuple[dict[str, JobRun], int]:
        """Returns unfinished job runs of the virtual cluster by ID, and how many pages were read.

        Args:
            most_pages: how many pages are read at most; those of further pages are missing.
        """
        found: dict[str, JobRun] = {}
        count = 0
        with self.translating(f"list the unfinished job runs of virtual cluster {self.virtual_cluster_id!r}"):
            pages = self.client.get_paginator("list_job_runs").paginate(
                virtualClusterId=self.virtual_cluster_id,
                states=sorted(ACTIVE_STATES),  # type: ignore[arg-type]  # the stubs want literals
            )
            for page in islice(pages, most_pages):
                count += 1
                found |= {described["id"]: JobRun.from_api(described) for described in page.get("jobRuns", [])}
        return found, count

    def cancel_job_run(self, job_run_id: str) -> bool:
        """Requests the job run's cancellation. Returns False if it had already ended."""
        try:
            with self.translating(f"cancel the job run {job_run_id!r}"):
                self.client.cancel_job_run(id=job_run_id, virtualClusterId=self.virtual_cluster_id)
        except ApiRequestError:
            # The API refuses to cancel what has ended. What is being cancelled need not be cancelled twice.
            job_run = self.describe_job_run(job_run_id)
            if job_run.finished:
                return False
            if job_run.state != "CANCEL_PENDING":
                raise
        return True

    def active_job_runs(self, name: str, *, but: Collection[str] = ()) -> list[str]:
        """Returns the ids of unfinished job runs of that name, except those with one of the client tokens `but`."""
        job_runs = self._named(name, states=sorted(ACTIVE_STATES))
        return [job_run["id"] for job_run in job_runs if job_run.get("clientToken") not in but]

    def newest_job_run(self, name: str, *, tag: tuple[str, str]) -> str | None:
        """Returns the id of the newest job run with that name and tag (key and value) in any state, or None."""
        key, value = tag
        tagged = [job_run for job_run in self._named(name) if job_run.get("tags", {}).get(key) == value]
        return max(tagged, key=lambda job_run: (job_run["createdAt"], job_run["id"]))["id"] if tagged else None

    def _named(self, name: str, **filters: Any) -> "list[JobRunTypeDef]":
        with self.translating(f"list the job runs named {name!r}"):
            pages = self.client.get_paginator("list_job_runs").paginate(
                virtualClusterId=self.virtual_cluster_id, name=name, **filters
            )
            return [job_run for page in pages for job_run in page.get("jobRuns", [])]

    def tag_job_run(self, job_run_id: str, tags: Mapping[str, str]) -> None:
        """Adds tags to the job run."""
        with self.translating(f"tag the job run {job_run_id!r}"):
            answer = self.client.describe_job_run(id=job_run_id, virtualClusterId=self.virtual_cluster_id)
            self.client.tag_resource(resourceArn=answer["jobRun"]["arn"], tags=tags)

    @property
    def endpoint(self) -> str:
        """The API's address, for messages."""
        return self.settings.endpoint_url or f"AWS ({self.region_name})"

    @contextmanager
    def translating(self, action: str) -> Iterator[None]:
        """Raises the provider's errors instead of botocore's, with `action` after "Cannot"."""
        try:
            yield
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            raise translated(error, action=action, endpoint=self.endpoint, connection_id=self.aws_conn_id) from error


@cache
def _shared_loader() -> Loader:
    loader: Loader = get_session().get_component("data_loader")
    return loader
