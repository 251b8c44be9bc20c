"""The forms in which a job's driver may give a property, beside those in the operators' tests."""

from typing import Any

import pytest
from longshore.exceptions import InvalidArgumentError
from longshore.submission.overrides import effective, merged_overrides, own_log_uri


def _job(kind: str, parameters: str) -> dict[str, Any]:
    member = {"sparkSubmitJobDriver": "sparkSubmitParameters", "sparkSqlJobDriver": "sparkSqlParameters"}[kind]
    return {"jobDriver": {kind: {"entryPoint": "s3://b/x", member: parameters}}}


@pytest.mark.parametrize(
    ("kind", "parameters", "option"),
    [
        ("sparkSubmitJobDriver", "--verbose --driver-memory 2g", "--driver-memory"),
        ("sparkSubmitJobDriver", "--driver-memory=2g", "--driver-memory"),
        ("sparkSubmitJobDriver", "--class a.B --conf 'spark.driver.memory=2g'", "--conf"),
        ("sparkSqlJobDriver", "--conf spark.driver.memory=2g", "--conf"),
    ],
)
def test_a_property_of_the_driver_is_found_in_each_of_its_forms(kind: str, parameters: str, option: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"by {option}, and those win"):
        effective({"spark.driver.memory": "4g"}, _job(kind, parameters), named="job template 'x'")


def test_a_secret_of_the_driver_is_not_shown() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        effective({"spark.p": "4g"}, _job("sparkSubmitJobDriver", "--conf spark.p=hunter2"), named="job template 'x'")
    assert "hunter2" not in str(caught.value)


def test_what_the_driver_does_not_give_is_left_as_it_is() -> None:
    job = _job("sparkSubmitJobDriver", "--conf spark.executor.memory=2g --name 'a b'")
    assert effective({"spark.driver.memory": "4g"}, job, named="job") == {"spark.driver.memory": "4g"}


def test_an_argument_is_never_changed() -> None:
    given = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.a": "1"}}]}
    merged = merged_overrides(given, {"spark.b": "2"}, log_uri="s3://b/logs")
    assert merged["applicationConfiguration"][0]["properties"] == {"spark.a": "1", "spark.b": "2"}
    assert given == {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.a": "1"}}]}


def test_other_monitoring_than_the_place_of_logs_keeps_the_connections_place() -> None:
    given = {"monitoringConfiguration": {"persistentAppUI": "DISABLED"}}
    merged = merged_overrides(given, {}, log_uri="s3://b/logs")
    assert merged["monitoringConfiguration"] == {
        "s3MonitoringConfiguration": {"logUri": "s3://b/logs"},
        "persistentAppUI": "DISABLED",
    }
    assert own_log_uri(given) is None
