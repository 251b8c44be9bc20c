import pytest
from longshore.links.spark_history import history_address
from longshore.operators import ContainerOperator, SparkContainerOperator


def test_a_spark_task_has_the_button_and_another_has_not() -> None:
    spark = SparkContainerOperator(task_id="t", job_template_id="x")
    other = ContainerOperator(task_id="c", image="i", entry_point="e.py")
    assert "Spark History Server" in [link.name for link in spark.operator_extra_links]
    assert "Spark History Server" not in [link.name for link in other.operator_extra_links]


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("http://history:18080", "http://history:18080/history/spark-00001/jobs/"),
        ("http://history:18080/", "http://history:18080/history/spark-00001/jobs/"),
        (None, ""),
    ],
)
def test_the_address_is_the_job_runs_application(server: str | None, address: str) -> None:
    assert history_address(server, "00001") == address
