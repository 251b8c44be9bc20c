"""The forms in which a job's driver may give a property, beside those in the operators' tests."""

from typing import Any

import pytest
from longshore.exceptions import InvalidArgumentError
from longshore.submission.spark_properties import effective


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
