"""Keys with policies, against a real server: what each may do, and what it is not told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.exceptions import ClientError
from forked import Warm
from images.emr_containers.conftest import Server, prepare
from images.emr_containers.raw_http import presign, send, signed
from support.job_runs import ROLE, job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY, end_jobs

ROOT = "arn:aws:emr-containers:us-east-1:000000000000:"
KEYS = ("HELD", "READER", "ROLES", "TAGGER", "NOBODY")


@dataclass(frozen=True)
class Guarded:
    """A server with policies, and what was there before."""

    server: Server
    ours: str
    """The virtual cluster that the keys are about; `theirs` is another."""
    theirs: str
    our_run: str
    their_run: str
    templates: tuple[str, str]
    by_role: str
    """A template whose execution role is a parameter."""

    def client(self, key: str) -> Any:
        return self.server.client(aws_access_key_id=key, aws_secret_access_key=SECRET_KEY)


def template(emr: Any, name: str, **changes: Any) -> str:
    data = job("hello.sh", name) | changes
    return str(emr.create_job_template(name=name, jobTemplateData=data)["id"])


def allow(*actions: str, on: list[str] | str = "*", when: dict[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": [f"emr-containers:{action}" for action in actions], "Resource": on}
    return statement if when is None else {**statement, "Condition": when}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Guarded]:
    directory = tmp_path_factory.mktemp("guarded")
    prepare(directory)
    with (directory / "credentials").open("a") as file:
        for key in KEYS:
            file.write(f"[{key}]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET_KEY}\n")
    server = Server(directory=directory, warm=warm)
    server.start()
    emr = server.client()
    ours, theirs = new_cluster(emr), new_cluster(emr)
    runs = [emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))["id"] for cluster in (ours, theirs)]
    for cluster, run in zip((ours, theirs), runs, strict=True):
        wait(emr, cluster, run)
    templates = (template(emr, "one"), template(emr, "two"))
    parameter = {"role": {"type": "STRING"}}
    by_role = template(emr, "by-role", executionRoleArn="${role}", parameterConfiguration=parameter)
    server.stop()
    cluster, run = f"{ROOT}/virtualclusters/{ours}", f"{ROOT}/virtualclusters/{ours}/jobruns/*"
    one = f"{ROOT}/jobtemplates/{templates[0]}"
    statements = {
        ACCESS_KEY: [allow("*")],
        "HELD": [
            allow("DescribeJobTemplate", on=one),
            allow("StartJobRun", on=cluster, when={"ArnEquals": {"emr-containers:JobTemplateArn": one}}),
            allow("DescribeJobRun", "CancelJobRun", on=run),
        ],
        "READER": [allow("Describe*", "List*", on=[cluster, run])],
        "ROLES": [
            allow("DescribeJobTemplate"),
            allow("StartJobRun", when={"StringEquals": {"emr-containers:ExecutionRoleArn": ROLE}}),
        ],
        "TAGGER": [allow("TagResource", "ListTagsForResource", on=run)],
    }
    policies = {key: {"Version": "2012-10-17", "Statement": value} for key, value in statements.items()}
    (directory / "policies.json").write_text(json.dumps(policies))
    server.options = [f"--policies-file={directory / 'policies.json'}"]
    server.start()
    yield Guarded(server, ours, theirs, runs[0], runs[1], templates, by_role)
    server.stop()
    end_jobs(directory)


def denial(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return str(error.value.response["Error"]["Message"])


def test_a_key_that_may_do_everything_does_it(guarded: Guarded) -> None:
    emr = guarded.client(ACCESS_KEY)
    run = emr.start_job_run(virtualClusterId=guarded.ours, tags={"a": "b"}, **job("hello.sh"))["id"]
    assert wait(emr, guarded.ours, run)["state"] == "COMPLETED"
    assert emr.list_virtual_clusters()["virtualClusters"]


def test_a_key_without_a_policy_may_do_nothing(guarded: Guarded) -> None:
    nobody = guarded.client("NOBODY")
    assert denial(nobody.list_virtual_clusters) == (
        "User: arn:aws:iam::000000000000:user/NOBODY is not authorized to perform: emr-containers:ListVirtualClusters "
        "on resource: * because no identity-based policy allows the emr-containers:ListVirtualClusters action"
    )
    denial(nobody.start_job_run, virtualClusterId=guarded.ours, **job("hello.sh"))
    denial(nobody.describe_virtual_cluster, id=guarded.ours)
    denial(nobody.delete_virtual_cluster, id=guarded.ours)
    denial(nobody.describe_job_template, id=guarded.templates[0])
    # Nor is it told what the server does not do.
    denial(nobody.list_managed_endpoints, virtualClusterId=guarded.ours)


def test_a_key_that_is_held_to_a_template_starts_that_one_only(guarded: Guarded) -> None:
    held, (one, two) = guarded.client("HELD"), guarded.templates
    run = held.start_job_run(virtualClusterId=guarded.ours, jobTemplateId=one)["id"]
    assert wait(held, guarded.ours, run)["state"] == "COMPLETED"
    assert denial(held.start_job_run, virtualClusterId=guarded.ours, **job("hello.sh")).startswith(
        "User: arn:aws:iam::000000000000:user/HELD is not authorized to perform: emr-containers:StartJobRun on "
        f"resource: {ROOT}/virtualclusters/{guarded.ours} because"
    )
    denial(held.start_job_run, virtualClusterId=guarded.theirs, jobTemplateId=one)
    denial(held.start_job_run, virtualClusterId=guarded.ours, jobTemplateId=one, tags={"a": "b"})
    another = denial(held.start_job_run, virtualClusterId=guarded.ours, jobTemplateId=two)
    assert f"emr-containers:DescribeJobTemplate on resource: {ROOT}/jobtemplates/{two} because" in another
    # One that does not exist is refused in the same words.
    none = "0" * 25
    assert denial(held.start_job_run, virtualClusterId=guarded.ours, jobTemplateId=none) == another.replace(two, none)


def test_what_a_key_may_not_see_is_refused_whether_it_exists_or_not(guarded: Guarded) -> None:
    reader, none = guarded.client("READER"), "0" * 25
    assert reader.describe_job_run(virtualClusterId=guarded.ours, id=guarded.our_run)["jobRun"]
    assert reader.list_job_runs(virtualClusterId=guarded.ours)["jobRuns"]
    there = denial(reader.describe_job_run, virtualClusterId=guarded.theirs, id=guarded.their_run)
    for cluster, run in ((guarded.theirs, none), (none, guarded.their_run), (none, none)):
        refused = denial(reader.describe_job_run, virtualClusterId=cluster, id=run)
        assert refused == there.replace(guarded.theirs, cluster).replace(guarded.their_run, run)
    denial(reader.list_job_runs, virtualClusterId=guarded.theirs)
    denial(reader.cancel_job_run, virtualClusterId=guarded.ours, id=guarded.our_run)
    # By way of a virtual cluster that is its own, another's run is not there.
    with pytest.raises(ClientError, match="does not exist"):
        reader.describe_job_run(virtualClusterId=guarded.ours, id=guarded.their_run)


def test_the_log_of_a_run_is_for_callers_who_may_see_the_run(guarded: Guarded) -> None:
    def opened(key: str, cluster: str, run: str) -> tuple[int, str]:
        path = f"/virtualclusters/{cluster}/jobruns/{run}/logs"
        url = urlsplit(presign(guarded.server.endpoint, path, key=key))
        answer = send(guarded.server.endpoint, "GET", f"{url.path}?{url.query}", {})
        return answer.status, answer.headers.get("x-amzn-errortype", "")

    assert opened("READER", guarded.ours, guarded.our_run) == (200, "")
    for key, cluster, run in (
        ("READER", guarded.theirs, guarded.their_run),
        ("READER", guarded.theirs, "0" * 25),
        ("NOBODY", guarded.ours, guarded.our_run),
    ):
        assert opened(key, cluster, run) == (403, "AccessDeniedException")
    # Its own virtual cluster does not lead to another's run.
    assert opened("READER", guarded.ours, guarded.their_run) == (400, "ResourceNotFoundException")


def test_the_sizes_of_a_task_are_for_who_may_list_runs_and_are_changed_by_who_may_start_any(guarded: Guarded) -> None:
    def asked(key: str, method: str, cluster: str) -> tuple[int, str]:
        answer = signed(guarded.server.endpoint, method, f"/virtualclusters/{cluster}/sizing?signature=a", key=key)
        return answer.status, answer.headers.get("x-amzn-errortype", "")

    unknown, denied = (400, "ResourceNotFoundException"), (403, "AccessDeniedException")
    assert asked("READER", "GET", guarded.ours) == unknown
    assert asked("READER", "GET", guarded.theirs) == denied
    assert asked(ACCESS_KEY, "DELETE", guarded.ours) == unknown
    # One that may start a template's runs alone changes no sizes of others.
    for key in ("READER", "HELD", "ROLES", "NOBODY"):
        assert asked(key, "DELETE", guarded.ours) == denied


def test_a_role_that_a_templates_parameter_names_is_held_to_the_policy(guarded: Guarded) -> None:
    roles = guarded.client("ROLES")
    request = {"virtualClusterId": guarded.ours, "jobTemplateId": guarded.by_role}
    assert roles.start_job_run(**request, jobTemplateParameters={"role": ROLE})["id"]
    assert roles.start_job_run(virtualClusterId=guarded.ours, **job("hello.sh"))["id"]
    assert roles.start_job_run(virtualClusterId=guarded.ours, jobTemplateId=guarded.templates[0])["id"]
    denial(roles.start_job_run, **request, jobTemplateParameters={"role": f"{ROLE}-admin"})
    denial(roles.start_job_run, virtualClusterId=guarded.ours, **job("hello.sh", executionRoleArn=f"{ROLE}-admin"))
    # Who may see every template is told that one is not there.
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        roles.start_job_run(virtualClusterId=guarded.ours, jobTemplateId="0" * 25)


def test_case_13_a_repeated_token_finds_its_run_when_the_template_is_deleted(guarded: Guarded) -> None:
    admin, roles, reader = (guarded.client(key) for key in (ACCESS_KEY, "ROLES", "READER"))
    parameter = {"role": {"type": "STRING"}}
    deleted = template(admin, "deleted", executionRoleArn="${role}", parameterConfiguration=parameter)
    first = {"virtualClusterId": guarded.ours, "jobTemplateId": deleted, "clientToken": "once"}
    role = {"jobTemplateParameters": {"role": ROLE}}
    run = roles.start_job_run(**first, **role)["id"]
    admin.delete_job_template(id=deleted)
    assert roles.start_job_run(**first, **role)["id"] == run
    # Who may not start it is told nothing of it, and another request is another.
    denial(reader.start_job_run, **first, **role)
    for changed in ({"clientToken": "another"}, {"name": "another"}):
        with pytest.raises(ClientError, match="does not exist"):
            roles.start_job_run(**first | changed, **role)


def test_tags_are_those_of_the_resource_whose_arn_the_policy_allows(guarded: Guarded) -> None:
    tagger = guarded.client("TAGGER")
    ours = f"{ROOT}/virtualclusters/{guarded.ours}/jobruns/{guarded.our_run}"
    tagger.tag_resource(resourceArn=ours, tags={"team": "a"})
    assert tagger.list_tags_for_resource(resourceArn=ours)["tags"] == {"team": "a"}
    theirs = f"{ROOT}/virtualclusters/{guarded.theirs}/jobruns/{guarded.their_run}"
    denial(tagger.tag_resource, resourceArn=theirs, tags={"team": "a"})
    # Other names of the same run.
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        tagger.tag_resource(
            resourceArn=f"{ROOT}/virtualclusters/{guarded.ours}/jobruns/{guarded.their_run}", tags={"team": "a"}
        )
    admin = guarded.client(ACCESS_KEY)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        admin.list_tags_for_resource(resourceArn=theirs.replace("us-east-1", "eu-west-1"))
    assert admin.list_tags_for_resource(resourceArn=theirs)["tags"] == {}


def test_a_path_that_only_decodes_to_an_allowed_one_is_not_it(guarded: Guarded) -> None:
    target = f"/virtualclusters/{guarded.theirs}{quote('/../', safe='')}{guarded.ours}"
    assert signed(guarded.server.endpoint, "GET", target).code == "UnknownOperationException"


def test_a_policies_file_that_is_wrong_keeps_the_server_from_starting(tmp_path: Path, warm: Warm) -> None:
    prepare(tmp_path)
    (tmp_path / "policies.json").write_text('{"TESTKEY": {}}')
    server = Server(directory=tmp_path, options=[f"--policies-file={tmp_path / 'policies.json'}"], warm=warm)
    with pytest.raises(AssertionError, match="the policy of 'TESTKEY' must be an object with Version and Statement"):
        server.start()
    assert server.process is not None
    assert server.process.wait(timeout=45) == 2
