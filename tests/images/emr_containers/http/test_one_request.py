"""One request, however large or wrong: its answer is short, costs others nothing, and rights come before the rest."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emr_containers.api.model import operations
from forked import Warm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from images.emr_containers.conftest import Server, prepare
from images.emr_containers.raw_http import Answer, send, signed
from longshore_cli.embedded.postgres import Postgres
from support.job_runs import ROLE, job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY, end_jobs
from support.waiting import until

START = next(operation.input_shape for operation in operations() if operation.name == "StartJobRun")
LONGEST_ANSWER = 8 * 1024


def started(server: Server, cluster: str, request: dict[str, Any], key: str = ACCESS_KEY) -> Answer:
    body = json.dumps({"clientToken": "t", **request}).encode()
    return signed(server.endpoint, "POST", f"/virtualclusters/{cluster}/jobruns", body, key=key)


def bad_arguments(arguments: list[Any]) -> dict[str, Any]:
    return job("hello.sh") | {
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///x", "entryPointArguments": arguments}}
    }


def test_case_4_a_quarter_of_a_million_empty_arguments_are_answered_shortly(server: Server, cluster: str) -> None:
    answer = started(server, cluster, bad_arguments([""] * 250_000))
    assert answer.code == "ValidationException"
    assert answer.message == "The request has more than 10000 values; give long lists by a file that the job reads."


def test_case_4_no_more_than_ten_problems_are_looked_for(server: Server, cluster: str) -> None:
    answer = started(server, cluster, bad_arguments([""] * 9_000))
    assert answer.message.startswith("10 validation errors detected: Value at 'jobDriver.sparkSubmitJobDriver.")
    assert answer.message.endswith("; nothing was checked after these")
    assert answer.message.count("entryPointArguments") == 10


_TEXTS = st.sampled_from(["", "a", "\n", "é" * 300, "x" * 2_000, "${a}"])
_LEAVES = st.one_of(_TEXTS, st.integers(), st.none(), st.booleans())
_NAMES = st.one_of(_TEXTS, st.sampled_from([f"k{number}" for number in range(9)]))
_SMALL = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4))
_VALUES = st.tuples(_SMALL, st.sampled_from([0, 1, 11, 101, 3_000]))
"""A value, and how many times it is in a list; 0: it is in none."""
_MEMBER_NAMES = (*START.members, "unknown")
_MEMBERS = st.dictionaries(st.sampled_from(_MEMBER_NAMES), _VALUES)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=_MEMBERS)
def test_case_4_whatever_a_request_holds_its_answer_is_short(
    server: Server, cluster: str, members: dict[str, tuple[Any, int]]
) -> None:
    request = {name: [value] * times if times else value for name, (value, times) in members.items()}
    body = json.dumps(request).encode()[: 1024 * 1024]
    answer = signed(server.endpoint, "POST", f"/virtualclusters/{cluster}/jobruns", body)
    assert answer.status == 400
    assert len(answer.body) < LONGEST_ANSWER


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[tuple[Server, str, str]]:
    """A server whose key NOBODY may do nothing and whose key HELD may start the given template in the cluster."""
    directory = tmp_path_factory.mktemp("rights-first")
    prepare(directory)
    with (directory / "credentials").open("a") as file:
        for key in ("NOBODY", "HELD"):
            file.write(f"[{key}]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET_KEY}\n")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    started_from = {"ArnLike": {"emr-containers:JobTemplateArn": "arn:aws:emr-containers:*:*:/jobtemplates/*"}}
    seen = {"Effect": "Allow", "Action": "emr-containers:DescribeJobTemplate", "Resource": "*"}
    held = {"Effect": "Allow", "Action": "emr-containers:StartJobRun", "Resource": "*", "Condition": started_from}
    policies = {
        key: {"Version": "2012-10-17", "Statement": statements}
        for key, statements in {ACCESS_KEY: [everything], "HELD": [held, seen]}.items()
    }
    (directory / "policies.json").write_text(json.dumps(policies))
    server = Server(directory=directory, warm=warm, options=[f"--policies-file={directory / 'policies.json'}"])
    server.start()
    cluster = new_cluster(server.client())
    template = server.client().create_job_template(name="t", jobTemplateData=job("hello.sh"))["id"]
    yield server, cluster, template
    server.stop()
    end_jobs(directory)


@pytest.mark.parametrize(
    "request_",
    [
        bad_arguments([""] * 250_000),
        bad_arguments([""] * 20),
        {"jobDriver": 1},
        {"jobDriver": {"sparkSubmitJobDriver": {"entryPointArguments": [[], {}, 1]}}},
        {},
    ],
    ids=["many", "empty", "number", "types", "nothing"],
)
def test_case_4_a_key_without_the_right_is_refused_before_its_request_is_validated(
    guarded: tuple[Server, str, str], request_: dict[str, Any]
) -> None:
    server, cluster, _template = guarded
    for key in ("NOBODY", "HELD"):
        assert started(server, cluster, request_, key=key).code == "AccessDeniedException"
    assert started(server, cluster, request_).code in ("ValidationException", "SerializationException")


@pytest.mark.parametrize(
    "members",
    [
        {"jobTemplateId": ["a"]},
        {"jobTemplateId": {"a": 1}},
        {"executionRoleArn": 5},
        {"tags": ["a"]},
        {"tags": {"a": 1}},
        {"tags": {f"{number}": "" for number in range(20_000)}},
        {"jobTemplateParameters": "x"},
    ],
    ids=lambda members: f"{next(iter(members))}-{str(members)[:40]}",
)
def test_what_rights_ask_about_is_refused_where_it_is_of_the_wrong_type(
    guarded: tuple[Server, str, str], members: dict[str, Any]
) -> None:
    server, cluster, _template = guarded
    assert started(server, cluster, {"jobDriver": 1, **members}, key="HELD").code == "ValidationException"


def test_a_start_without_a_token_is_refused_by_name_to_a_key_with_a_policy(
    guarded: tuple[Server, str, str],
) -> None:
    server, cluster, template = guarded
    body = json.dumps({"jobTemplateId": template}).encode()
    answer = signed(server.endpoint, "POST", f"/virtualclusters/{cluster}/jobruns", body, key="HELD")
    assert (answer.code, "clientToken" in answer.message) == ("ValidationException", True)


def test_case_4_a_request_with_a_thousand_headers_is_refused(server: Server) -> None:
    answer = send(server.endpoint, "GET", "/virtualclusters", {f"x-{number}": "1" for number in range(1_000)})
    assert (answer.status, "more than 100 headers" in answer.message) == (413, True)


def test_case_16_livez_answers_while_the_database_does_not(
    start_server: Callable[..., Server], postgres: Postgres
) -> None:
    postgres.ensure_database("unanswered", password="a-password")
    server = start_server(f"--database-url={postgres.url('unanswered', password='a-password')}")
    for page in ("/livez", "/readyz", "/healthz"):
        assert (send(server.endpoint, "GET", page, {}).status, page) == (200, page)
    with postgres.connect() as connection:
        connection.execute("ALTER DATABASE unanswered ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'unanswered'")
    until("the database does not answer", lambda: send(server.endpoint, "GET", "/readyz", {}).status == 503)
    assert send(server.endpoint, "GET", "/livez", {}).body == b"ok\n"


def test_case_6_a_template_that_grows_to_gigabytes_is_refused_and_holds_up_nobody(
    start_server: Callable[..., Server],
) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    driver = {"entryPoint": "local:///opt/longshore/hello.sh", "entryPointArguments": ["${a}" * 90] * 100}
    template = emr.create_job_template(
        name="bomb",
        jobTemplateData={
            "executionRoleArn": ROLE,
            "releaseLabel": "shell",
            "jobDriver": {"sparkSubmitJobDriver": driver},
            "parameterConfiguration": {"a": {"type": "STRING"}},
        },
    )["id"]
    with pytest.raises(ClientError, match=r"has 92\d+ characters, and a job may have 1048576"):
        emr.start_job_run(virtualClusterId=cluster, jobTemplateId=template, jobTemplateParameters={"a": "x" * 1024})
    run = emr.start_job_run(virtualClusterId=cluster, jobTemplateId=template, jobTemplateParameters={"a": "x"})["id"]
    assert wait(emr, cluster, run)["state"] == "COMPLETED"
