"""Job runs that are sized by earlier ones, against a real server; a script writes the event logs that Spark would."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from forked import Warm
from images.emr_containers.conftest import RELEASES, Server, prepare
from support.job_runs import ROLE, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY, end_jobs
from support.waiting import until

SIZING = "emr-containers.amazonaws.com/dynamic.sizing"
REASONS = "spark.kubernetes.driver.annotation.longshore.dev/sizing="
LACKED, MORE = "longshore.dev/lacked-memory", "longshore.dev/more-memory"
MIB = 1 << 20
EVENTS: list[dict[str, Any]] = [
    {"Event": "SparkListenerLogStart", "Spark Version": "4.1.4"},
    {"Event": "SparkListenerApplicationStart", "App ID": "local-1", "Timestamp": 0},
    {
        "Event": "SparkListenerStageExecutorMetrics",
        "Executor ID": "driver",
        "Stage ID": 0,
        "Stage Attempt ID": 0,
        "Executor Metrics": {"JVMHeapMemory": 200 * MIB, "OnHeapUnifiedMemory": 20 * MIB, "JVMOffHeapMemory": 80 * MIB},
    },
    {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": 0,
        "Task End Reason": {"Reason": "Success"},
        "Task Info": {"Executor ID": "driver", "Launch Time": 0, "Finish Time": 5000},
        "Task Metrics": {"Executor Run Time": 5000, "Input Metrics": {"Bytes Read": 1000, "Records Read": 10}},
    },
    {"Event": "SparkListenerApplicationEnd", "Timestamp": 10_000},
]
TEMPLATE = {
    "releaseLabel": "logging",
    "executionRoleArn": ROLE,
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///opt/longshore/hello.sh",
            "sparkSubmitParameters": "--conf spark.driver.memory=${driver_memory} --conf spark.executor.memory=1g",
        }
    },
    "parameterConfiguration": {"driver_memory": {"type": "STRING", "defaultValue": "1g"}},
}

SCRIPT = """#!/bin/sh
for word; do case "$word" in
spark.eventLog.dir=file://*) place=${{word#spark.eventLog.dir=file://}};;
spark.x=lost) exit 0;;
spark.x=table) end="the table is missing";;
spark.x=heap) end="java.lang.OutOfMemoryError: Java heap space";;
spark.x=killed) unlogged=1; end="java.lang.OutOfMemoryError: Java heap space";;
esac; done
[ "$unlogged" ] || cp {directory}/log "$place/local-1"
[ -z "$end" ] || {{ echo "$end" > "$LONGSHORE_TERMINATION_LOG"; exit 3; }}
"""


@dataclass(frozen=True)
class Sized:
    server: Server
    emr: Any
    template: str
    cluster: str

    def start(self, *, mode: str | None = "Initial", signature: str = "dag/task", **members: Any) -> dict[str, Any]:
        annotation = f"spark.kubernetes.driver.annotation.{SIZING}."
        properties = {f"spark.kubernetes.driver.label.{SIZING}": "true", f"{annotation}signature": signature}
        properties |= {f"{annotation}mode": mode} if mode else {}
        own = members.pop("conf", {})
        overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": properties | own}]}
        request = {"virtualClusterId": self.cluster, "jobTemplateId": self.template} | members
        run = self.emr.start_job_run(configurationOverrides=overrides, **request)
        return dict(wait(self.emr, self.cluster, run["id"]))

    def known(self, signature: str, *, method: str = "GET") -> dict[str, Any] | None:
        """Returns the answer of the server's page about a task; None: nothing yet."""
        url = f"{self.server.endpoint}/virtualclusters/{self.cluster}/sizing?signature={signature.replace('/', '%2F')}"
        request = AWSRequest(method, url)
        credentials = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name="us-east-1").get_credentials()
        SigV4Auth(credentials, "emr-containers", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        if answer.status_code == 200:
            return dict(json.loads(answer.content))
        assert answer.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"
        return None

    def failed(self, end: str, **members: Any) -> dict[str, str]:
        """Returns the tags about memory of a job run that ends in this way; the script knows how."""
        run = self.start(conf={"spark.x": end}, **members)
        assert run["state"] == "FAILED"

        def tags() -> dict[str, str]:
            found = self.emr.describe_job_run(virtualClusterId=self.cluster, id=run["id"])["jobRun"].get("tags", {})
            return {key: found[key] for key in (LACKED, MORE) if key in found}

        return until("the tags about memory", tags)

    def after_runs(self, signature: str, number: int) -> dict[str, Any]:
        def read() -> dict[str, Any] | None:
            known = self.known(signature)
            return known if known is not None and len(known["runs"]) == number else None

        return until(f"run {number} of {signature!r}", read)


def words(run: dict[str, Any]) -> list[str]:
    return shlex.split(run["jobDriver"]["sparkSubmitJobDriver"]["sparkSubmitParameters"])


def driver_memory(run: dict[str, Any]) -> str | None:
    """Returns the memory that the server has added; None: it has added none."""
    given = words(run)
    return given[given.index("--driver-memory") + 1] if "--driver-memory" in given else None


def reasons(run: dict[str, Any]) -> str:
    (found,) = [word.removeprefix(REASONS) for word in words(run) if word.startswith(REASONS)]
    return found


@pytest.fixture(scope="module")
def sized_server(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("sized")
    prepare(directory)
    (directory / "log").write_text("\n".join(json.dumps(event, separators=(",", ":")) for event in EVENTS) + "\n")
    submit = directory / "spark-submit"
    submit.write_text(SCRIPT.format(directory=directory))
    submit.chmod(0o755)
    row = (
        f'[logging]\nkind = "spark"\ncommand = ["{submit}"]\napplication_directory = "application"\n'
        f'spark_defaults = {{ "spark.eventLog.enabled" = "true", '
        f'"spark.eventLog.dir" = "file://{directory}/events" }}\n'
    )
    (directory / "releases.toml").write_text(RELEASES + row)
    server = Server(directory=directory, options=["--max-running=2"], warm=warm)
    server.start()
    yield server
    server.stop()
    end_jobs(directory)


@pytest.fixture
def sized(sized_server: Server) -> Sized:
    emr = sized_server.client()
    template = str(emr.create_job_template(name="t", jobTemplateData=TEMPLATE)["id"])
    return Sized(sized_server, emr, template, new_cluster(emr))


def test_the_second_run_asks_for_what_the_first_one_used_and_a_repeated_token_keeps_its_plan(sized: Sized) -> None:
    first = sized.start(clientToken="first")
    assert first["state"] == "COMPLETED"
    assert driver_memory(first) is None
    assert "no earlier run: the template's sizes" in reasons(first)
    known = sized.after_runs("dag/task", 1)
    second = sized.start(clientToken="second")
    assert driver_memory(second) == "640m"
    assert "driver heap 1024 to 640 MiB: 1 run(s) needed up to" in reasons(second)
    assert known["next"]["sizes"]["spark.driver.memory"] == "640m"
    assert known["next"]["why"] == reasons(second)
    sized.after_runs("dag/task", 2)
    # By now the history says something else, and the requests are the same.
    for token, run in (("first", first), ("second", second)):
        again = sized.start(clientToken=token)
        assert (again["id"], words(again)) == (run["id"], words(run))


def test_sizes_that_the_request_gives_win(sized: Sized) -> None:
    sized.start()
    sized.after_runs("dag/task", 1)
    run = sized.start(jobTemplateParameters={"driver_memory": "900m"})
    assert driver_memory(run) is None
    assert "driver heap 900: given" in reasons(run)
    assert "spark.driver.memory=900m" in words(run)


def test_a_plan_that_is_only_reported_changes_nothing(sized: Sized) -> None:
    sized.start()
    sized.after_runs("dag/task", 1)
    run = sized.start(mode=None)
    assert driver_memory(run) is None
    assert reasons(run).startswith("Only reported, and not applied: would be sized by 1 earlier run(s): driver 640+")


def test_each_run_has_its_owner_and_what_todays_rules_would_have_given_it(sized: Sized) -> None:
    for number in (1, 2):
        sized.start(tags={"longshore.dev/owner": f"team-{number}"})
        known = sized.after_runs("dag/task", number)
    assert [run["owner"] for run in known["runs"]] == ["team-1", "team-2"]
    assert [run["replayed"]["driver_heap"] for run in known["runs"]] == [1024, 640]


def test_a_task_that_is_forgotten_begins_again_with_its_templates_sizes(sized: Sized) -> None:
    sized.start()
    sized.after_runs("dag/task", 1)
    assert sized.known("dag/task", method="DELETE") == {"signature": "dag/task", "forgotten": 1}
    assert sized.known("dag/task") is None
    assert sized.known("dag/task", method="DELETE") is None
    assert "no earlier run" in reasons(sized.start())


def test_another_task_and_another_virtual_cluster_have_histories_of_their_own(sized: Sized) -> None:
    sized.start()
    sized.after_runs("dag/task", 1)
    assert "no earlier run" in reasons(sized.start(signature="dag/other"))
    elsewhere = Sized(sized.server, sized.emr, sized.template, new_cluster(sized.emr))
    assert "no earlier run" in reasons(elsewhere.start())


def test_an_event_log_that_cannot_be_read_fails_no_run_and_is_said(sized: Sized) -> None:
    run = sized.start(signature="dag/lost", conf={"spark.x": "lost"})
    assert run["state"] == "COMPLETED"
    until(
        "the warning", lambda: run["id"] in sized.server.log() and "an event log cannot be read" in sized.server.log()
    )
    assert sized.known("dag/lost") is None


@pytest.mark.parametrize("end", ["heap", "killed"])
def test_a_run_that_ended_for_a_lack_of_memory_says_so_and_the_next_one_gets_what_it_says(
    sized: Sized, end: str
) -> None:
    """Also one whose driver was killed before it had written a log."""
    tags = sized.failed(end, tags={"team": "x"})
    assert tags == {LACKED: "driver heap of 1024 MiB", MORE: "driver heap 1024 to 1536 MiB"}
    assert driver_memory(sized.start()) == "1536m"


def test_a_run_that_failed_otherwise_says_so(sized: Sized) -> None:
    assert sized.failed("table") == {LACKED: "nothing"}


@pytest.mark.parametrize("members", [{"jobTemplateParameters": {"driver_memory": "900m"}}, {"mode": None}])
def test_a_run_whose_next_one_would_get_no_more_says_only_what_it_lacked(sized: Sized, members: dict[str, Any]) -> None:
    assert list(sized.failed("heap", **members)) == [LACKED]


def test_a_run_that_completed_gets_no_tags(sized: Sized) -> None:
    run = sized.start()
    sized.after_runs("dag/task", 1)
    known = sized.emr.describe_job_run(virtualClusterId=sized.cluster, id=run["id"])["jobRun"]
    assert known.get("tags", {}) == {}


def test_a_wish_that_cannot_be_granted_is_refused(sized: Sized) -> None:
    with pytest.raises(ClientError, match="nothing is resized while it runs here"):
        sized.start(mode="Auto")


def test_a_job_of_another_kind_is_not_sized(sized: Sized) -> None:
    driver = {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/hello.sh"}}
    request = {"releaseLabel": "shell", "executionRoleArn": ROLE, "jobDriver": driver}
    run = sized.emr.start_job_run(virtualClusterId=sized.cluster, **request)
    assert "sparkSubmitParameters" not in wait(sized.emr, sized.cluster, run["id"])["jobDriver"]["sparkSubmitJobDriver"]
