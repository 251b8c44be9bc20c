"""The targets of the suite: our server, moto and AWS, each behind the same few names."""

import itertools
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from support.serving import ACCESS_KEY, SECRET_KEY, serving, write_files

from .record import Record

ENTRY_POINT = Path(__file__).with_name("entry_point.py")
RELEASE = "emr-7.9.0-latest"
FINISHED = ("COMPLETED", "FAILED", "CANCELLED")
KEYS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": "us-east-1"}
_namespaces = itertools.count()


@dataclass(kw_only=True)
class Target:
    """A service, and what its jobs are made of."""

    name: str
    environment: dict[str, str]
    """By which clients reach it: AWS's own variables."""
    role: str
    release: str
    entry_point: str
    patience: float
    """Seconds in which a job of the suite certainly ends."""
    record: Record = field(repr=False)
    cluster: str | None = None
    """The virtual cluster of all tests; None: each makes one."""
    provider: dict[str, Any] | None = None
    """The only namespace in which a virtual cluster can be made; None: any can be used."""

    def client(self, *, validates: bool = True, **changes: Any) -> Any:
        """A boto3 client; with `validates=False` it sends what is wrong, too."""
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=validates)
        names = {
            "AWS_ACCESS_KEY_ID": "aws_access_key_id",
            "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
            "AWS_DEFAULT_REGION": "region_name",
            "AWS_ENDPOINT_URL": "endpoint_url",
        }
        arguments = {names[name]: value for name, value in self.environment.items() if name in names}
        session = boto3.Session(profile_name=self.environment.get("AWS_PROFILE"))
        return self.record.watch(session.client("emr-containers", **arguments | {"config": config} | changes))

    def new_provider(self) -> dict[str, Any]:
        """A namespace that no virtual cluster has."""
        namespace = {"eksInfo": {"namespace": f"jobs-{next(_namespaces)}"}}
        return self.provider or {"type": "EKS", "id": "conformance", "info": namespace}

    def new_cluster(self, emr: Any) -> str:
        """The ID of a virtual cluster for job runs."""
        return self.cluster or str(emr.create_virtual_cluster(name="c", containerProvider=self.new_provider())["id"])

    def remove_cluster(self, emr: Any, cluster: str) -> None:
        """Deletes a virtual cluster; its namespace is free then."""
        emr.delete_virtual_cluster(id=cluster)
        self.wait_until_terminated(emr, cluster)

    def wait_until_terminated(self, emr: Any, cluster: str) -> None:
        """Waits until a deleted virtual cluster is terminated."""
        deadline = time.monotonic() + self.patience
        while emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["state"] != "TERMINATED":
            assert time.monotonic() < deadline, "it is not terminated"
            time.sleep(1)

    def job(self, does: str = "succeed", **changes: Any) -> dict[str, Any]:
        """Members of StartJobRun; the job ends well, or does as entry_point.py knows: `fail`, `sleep`."""
        driver = {"sparkSubmitJobDriver": {"entryPoint": self.entry_point, "entryPointArguments": [does]}}
        job = {"releaseLabel": self.release, "executionRoleArn": self.role, "jobDriver": driver}
        return {"name": f"run-{uuid.uuid4().hex}", **job, **changes}

    def wait(self, emr: Any, cluster: str, job_run: str, *states: str) -> dict[str, Any]:
        """The job run when it is in one of `states`, by default a final one."""
        deadline = time.monotonic() + self.patience
        while True:
            run: dict[str, Any] = emr.describe_job_run(virtualClusterId=cluster, id=job_run)["jobRun"]
            if run["state"] in (states or FINISHED):
                return run
            assert time.monotonic() < deadline, f"the job run stays {run['state']}"
            time.sleep(0.05 if self.patience < 60 else 5)

    def clean_up(self) -> None:
        """Ends and removes what the tests made and left."""
        emr = self.client()
        for operation, made in reversed(self.record.made):
            # Most of it is gone or finished by now.
            with suppress(ClientError):
                if operation == "StartJobRun":
                    emr.cancel_job_run(virtualClusterId=made["virtualClusterId"], id=made["id"])
                    self.wait(emr, made["virtualClusterId"], made["id"])
                elif operation == "CreateJobTemplate":
                    emr.delete_job_template(id=made["id"])
                elif operation == "CreateSecurityConfiguration":
                    emr.delete_security_configuration(id=made["id"])
                elif operation == "CreateManagedEndpoint":
                    emr.delete_managed_endpoint(virtualClusterId=made["virtualClusterId"], id=made["id"])
                elif operation == "CreateVirtualCluster":
                    emr.delete_virtual_cluster(id=made["id"])


def refusal(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    """The message with which a call is refused, which must be by this code."""
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"it answers {'HTTP ' if found.isdigit() else ''}{found}"
        return str(error.response["Error"]["Message"])
    raise AssertionError("it is accepted")


@contextmanager
def our_server(directory: Path) -> Iterator[Target]:
    """`emr-containers serve` in a process of its own; its jobs are processes, too."""
    folder = ENTRY_POINT.parent
    command = f'kind = "spark"\ncommand = ["{sys.executable}", "{folder}/spark_submit.py"]\n'
    releases = f'["{RELEASE}"]\n{command}application_directory = "{folder}"\n'
    write_files(directory, {}, releases=releases)
    with serving(directory, "--max-running=8") as endpoint_url:
        target = Target(
            name="ours",
            environment=KEYS | {"AWS_ENDPOINT_URL": endpoint_url},
            role="arn:aws:iam::000000000000:role/conformance",
            release=RELEASE,
            entry_point=f"local:///opt/longshore/{ENTRY_POINT.name}",
            patience=50,
            record=Record(strict=True),
        )
        yield target
        target.clean_up()


@contextmanager
def moto() -> Iterator[Target]:
    """moto's own server, in a thread."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Target(
        name="moto",
        environment=KEYS | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"},
        role="arn:aws:iam::000000000000:role/conformance",
        release=RELEASE,
        entry_point="s3://bucket/entry_point.py",
        patience=0.2,  # it runs nothing: no state changes by itself
        record=Record(strict=False),
    )
    server.stop()


@contextmanager
def aws() -> Iterator[Target]:
    """AWS, by the variables that conftest.py lists."""
    of = {name.removeprefix("LONGSHORE_TEST_AWS_"): value for name, value in os.environ.items()}
    names = {"REGION": "AWS_DEFAULT_REGION", "PROFILE": "AWS_PROFILE", "ENDPOINT_URL": "AWS_ENDPOINT_URL"}
    target = Target(
        name="aws",
        environment={variable: of[name] for name, variable in names.items() if name in of},
        role=of["ROLE_ARN"],
        release=of["RELEASE_LABEL"],
        entry_point=of["ENTRY_POINT"],
        patience=1200,
        record=Record(strict=True),
        cluster=of["VIRTUAL_CLUSTER_ID"],
        provider=json.loads(of["FREE_CONTAINER_PROVIDER"]),
    )
    yield target
    target.clean_up()
