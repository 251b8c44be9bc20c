"""A user of the amazon provider's `EmrContainerOperator` changes one import."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.amazon.aws.operators.emr import EmrContainerOperator as AmazonOperator
from airflow.sdk.exceptions import TaskDeferred
from longshore.exceptions import ConnectionSettingsError, InvalidArgumentError, JobRunFailedError
from longshore.operators import EmrContainerOperator
from longshore.submission.attempt import Attempt, client_token

CLUSTER = "vc0000000000000000000000001"
JOB = "0000000000000000001"
ROLE = "arn:aws:iam::000000000000:role/longshore"
DRIVER = {
    "sparkSubmitJobDriver": {"entryPoint": "s3://b/job.py", "sparkSubmitParameters": "--conf spark.executor.memory=2g"}
}
DEFAULTS = {"classification": "spark-defaults", "properties": {"spark.sql.session.timeZone": "UTC"}}
GIVEN: dict[str, Any] = {
    "task_id": "t",
    "name": "count-words",
    "virtual_cluster_id": CLUSTER,
    "execution_role_arn": ROLE,
    "release_label": "emr-7.5.0-latest",
    "job_driver": DRIVER,
    "configuration_overrides": {"applicationConfiguration": [DEFAULTS]},
    "tags": {"team": "x"},
    "job_retry_max_attempts": 2,
}
REFUSED: dict[str, tuple[Any, str]] = {
    "client_request_token": ("mine", "the token is made of the task's attempt"),
    "wait_for_completion": (False, "deferrable=True waits without a worker"),
    "max_polling_attempts": (10, "Give execution_timeout"),
    "cancel_on_kill": (False, "the next try would run beside"),
    "openlineage_inject_parent_job_info": (True, "Give the properties as templates"),
    "openlineage_inject_transport_info": (True, "Give the properties as templates"),
    "region_name": ("eu-central-1", 'extra\\["region_name"\\] of the connection'),
    "verify": (False, 'extra\\["verify"\\] of the connection'),
    "botocore_config": ({"retries": 1}, 'extra\\["config_kwargs"\\] of the connection'),
}


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None], write_log: Any) -> None:
    connect(api.url, log_uri=write_log.uri)


def test_the_same_arguments_start_the_same_job_with_the_attempts_token(api: Any, run: Any, make_ti: Any) -> None:
    AmazonOperator(**GIVEN)
    ti = make_ti()
    assert run(EmrContainerOperator(**GIVEN), ti) == JOB  # as there, the job run's id
    ((_, path, body),) = api.asked("POST")
    assert path == f"/virtualclusters/{CLUSTER}/jobruns"
    assert body["clientToken"] == client_token(Attempt.of(ti, environment="default"))
    assert body["name"].startswith("count-words-")
    assert (body["releaseLabel"], body["executionRoleArn"]) == ("emr-7.5.0-latest", ROLE)
    assert body["jobDriver"] == DRIVER
    assert body["configurationOverrides"]["applicationConfiguration"] == [DEFAULTS]
    assert body["tags"] == {"longshore.dev/owner": "airflow", "team": "x"}
    assert body["retryPolicyConfiguration"] == {"maxAttempts": 2}
    assert ti.xcom["job_log"] == f"{api.url}/virtualclusters/{CLUSTER}/jobruns/{JOB}/logs"


def test_it_defers_and_is_one_job_run_however_often_the_try_begins(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    for _ in range(2):
        with pytest.raises(TaskDeferred):
            run(EmrContainerOperator(**GIVEN), make_ti())
    assert list(api.job_runs.values()) == [JOB]


def test_each_argument_there_is_taken_or_refused_by_name_with_the_way_out() -> None:
    there = set(inspect.signature(AmazonOperator.__init__).parameters)
    there |= set(inspect.signature(AmazonOperator.__mro__[1].__init__).parameters)
    there -= {"self", "kwargs", "region"}  # `region` is the deprecated name of region_name
    assert there <= set(inspect.signature(EmrContainerOperator.__init__).parameters)
    assert there - set(GIVEN) == set(REFUSED) | {"aws_conn_id", "poll_interval", "deferrable"}
    assert set(AmazonOperator.template_fields) - {"region_name", "verify"} <= set(EmrContainerOperator.template_fields)


@pytest.mark.parametrize("argument", REFUSED)
def test_what_cannot_be_honoured_is_refused_when_the_dag_is_parsed(argument: str) -> None:
    value, way_out = REFUSED[argument]
    with pytest.raises(InvalidArgumentError, match=f"^{argument} is .*cannot be honoured: .*{way_out}"):
        EmrContainerOperator(**GIVEN, **{argument: value})


def test_the_amazon_providers_defaults_may_be_written_out() -> None:
    EmrContainerOperator(**GIVEN, wait_for_completion=True, cancel_on_kill=True, max_polling_attempts=None)


def test_two_names_of_one_argument_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="two names of one argument"):
        EmrContainerOperator(**GIVEN, retry_max_attempts=3)


def test_conf_jars_and_py_files_are_properties_beside_the_drivers(api: Any, run: Any, make_ti: Any) -> None:
    more = {"conf": {"spark.a": True}, "jars": ["s3://b/a.jar", "s3://b/b.jar"], "py_files": "s3://b/c.zip"}
    run(EmrContainerOperator(**GIVEN, **more), make_ti())
    ((defaults,),) = [api.asked("POST")[0][2]["configurationOverrides"]["applicationConfiguration"]]
    assert defaults["properties"] == {
        "spark.sql.session.timeZone": "UTC",
        "spark.a": "true",
        "spark.jars": "s3://b/a.jar,s3://b/b.jar",
        "spark.submit.pyFiles": "s3://b/c.zip",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"conf": {"spark.executor.memory": "4g"}}, r"conf\['spark.executor.memory'\] would have no effect: the arg"),
        ({"conf": {"spark.sql.session.timeZone": "CET"}}, "configuration_overrides gives 'spark.sql.session.timeZone'"),
        ({"job_driver": {}}, "job_driver has the keys"),
        ({"job_driver": "{}"}, "job_driver is '{}': give a mapping"),
        ({"release_label": "emr:7"}, "release_label is 'emr:7'"),
    ],
)
def test_wrong_argument_starts_nothing(
    api: Any, run: Any, make_ti: Any, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        run(EmrContainerOperator(**{**GIVEN, **arguments}), make_ti())
    assert api.asked("POST") == []


def test_the_place_of_logs_that_it_names_is_read(
    api: Any, connect: Any, run: Any, make_ti: Any, write_log: Any
) -> None:
    connect(api.url, log_uri="file:///nowhere")
    api.states = [{"state": "FAILED", "failureReason": "USER_ERROR"}]
    write_log.write(JOB, "stderr", b"ValueError: no such table\n")
    monitoring = {"s3MonitoringConfiguration": {"logUri": write_log.uri}}
    overrides = {"monitoringConfiguration": monitoring}
    with pytest.raises(JobRunFailedError, match="ValueError: no such table"):
        run(EmrContainerOperator(**{**GIVEN, "configuration_overrides": overrides}), make_ti())
    assert api.asked("POST")[0][2]["configurationOverrides"] == overrides


def test_role_and_virtual_cluster_may_be_the_connections(api: Any, connect: Any, run: Any, make_ti: Any) -> None:
    less = {key: value for key, value in GIVEN.items() if key not in ("execution_role_arn", "virtual_cluster_id")}
    with pytest.raises(ConnectionSettingsError, match="'execution_role_arn'"):
        run(EmrContainerOperator(**less), make_ti())
    connect(api.url, execution_role_arn=ROLE)
    assert run(EmrContainerOperator(**less), make_ti()) == JOB


def test_the_job_driver_is_rendered() -> None:
    driver = {"sparkSubmitJobDriver": {"entryPoint": "s3://b/{{ day }}.py"}}
    operator = EmrContainerOperator(**{**GIVEN, "job_driver": driver}, conf={"spark.day": "{{ day }}"})
    operator.render_template_fields({"day": "2026-01-01"})  # type: ignore[typeddict-item]
    assert "s3://b/2026-01-01.py" in json.dumps(operator.job_driver)
    assert operator.conf == {"spark.day": "2026-01-01"}
