import hashlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.sdk import DAG
from longshore.exceptions import ConnectionSettingsError, InvalidArgumentError
from longshore.operators import (
    JdbcToSparkContainerOperator,
    SparkContainerOperator,
    SparkToJdbcContainerOperator,
    SparkToSparkContainerOperator,
)
from support.longshore_commands import ROOT

OPERATORS = (JdbcToSparkContainerOperator, SparkToSparkContainerOperator, SparkToJdbcContainerOperator)
TEMPLATES = sorted((ROOT / "job-templates").glob("*-to-*.yaml"))
LONG = f"SELECT {'a, ' * 400}b FROM lake.raw.a"


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None], tmp_path: Path) -> None:
    connect(api.url, artifact_uri=f"file://{tmp_path}/artifacts")
    api.templates = [
        {"id": f"id-{name}", "name": name, "createdAt": "2026-01-01T00:00:00Z"}
        for name in ("jdbc-to-spark", "spark-to-spark", "spark-to-jdbc")
    ]


def _sent(api: Any) -> tuple[str, dict[str, str]]:
    body = api.asked("POST")[0][2]
    return body["jobTemplateId"], body["jobTemplateParameters"]


def test_database_to_lake(api: Any, run: Any, make_ti: Any) -> None:
    operator = JdbcToSparkContainerOperator(
        task_id="t", connection_id="db", table="flights", target="lake.raw.flights", partitions=4, mode="append"
    )
    run(operator, make_ti())
    parameters = {"connection_id": "db", "source": "flights", "target": "lake.raw.flights"}
    template, sent = _sent(api)
    assert re.fullmatch("[0-9a-f]{32}:-", sent.pop("commit_key"))
    assert (template, sent) == ("id-jdbc-to-spark", {**parameters, "partitions": "4", "mode": "append"})


def test_an_engine_without_spark_reserves_no_executors(api: Any, run: Any, make_ti: Any) -> None:
    def operator(**arguments: Any) -> JdbcToSparkContainerOperator:
        return JdbcToSparkContainerOperator(
            task_id="t", connection_id="db", table="a", target="lake.raw.a", engine="{{ engine }}", **arguments
        )

    by_copy = operator(spark_resources={"executor_instances": 4})
    by_copy.render_template_fields({"engine": "auto"})  # type: ignore[typeddict-item]
    run(by_copy, make_ti())
    sent = _sent(api)[1]
    assert (sent["engine"], sent["executor_instances"]) == ("auto", "0")
    (defaults,) = api.asked("POST")[0][2]["configurationOverrides"]["applicationConfiguration"]
    on_demand = {"spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.maxExecutors": "4"}
    assert defaults == {"classification": "spark-defaults", "properties": on_demand}
    api.requests.clear()
    by_spark = operator(mode="merge", key="id", spark_resources={"executor_instances": 4})
    by_spark.render_template_fields({"engine": "auto"})  # type: ignore[typeddict-item]
    run(by_spark, make_ti())
    sent = _sent(api)[1]
    assert (sent["engine"], sent["executor_instances"]) == ("auto", "4")
    assert "applicationConfiguration" not in api.asked("POST")[0][2].get("configurationOverrides", {})
    api.requests.clear()
    refused = operator(checks=[{"not_null": ["a"]}])
    refused.render_template_fields({"engine": "copy"})  # type: ignore[typeddict-item]
    with pytest.raises(InvalidArgumentError, match="engine is 'copy', and COPY runs no checks: use 'auto' or 'spark'"):
        run(refused, make_ti())
    assert api.asked("POST") == []


def test_lake_to_lake(api: Any, run: Any, make_ti: Any) -> None:
    operator = SparkToSparkContainerOperator(task_id="t", sql="SELECT 1", target="lake.mart.a", mode="merge", key="id")
    run(operator, make_ti())
    expected = {"source": "(SELECT 1)", "target": "lake.mart.a", "mode": "merge", "key": "id"}
    assert _sent(api) == ("id-spark-to-spark", expected)


def test_lake_to_database(api: Any, run: Any, make_ti: Any) -> None:
    operator = SparkToJdbcContainerOperator(
        task_id="t",
        table="lake.mart.a",
        connection_id="db",
        target="serving.a",
        batch_size="{{ 5 }}",
        spark_resources={"driver_memory": "2g"},
    )
    operator.render_template_fields({})  # type: ignore[typeddict-item]
    run(operator, make_ti())
    assert _sent(api) == (
        "id-spark-to-jdbc",
        {
            "source": "lake.mart.a",
            "connection_id": "db",
            "target": "serving.a",
            "batch_size": "5",
            "driver_memory": "2g",
        },
    )


def test_checks_are_rendered_and_sent(api: Any, run: Any, make_ti: Any) -> None:
    operator = SparkToJdbcContainerOperator(
        task_id="t",
        table="lake.mart.a",
        connection_id="db",
        target="serving.a",
        mode="merge",
        key="id",
        staging_schema="{{ staging }}",
        schema_changes="ignore",
        delete_missing=True,
        checks=[{"sql": "SELECT * FROM rows WHERE day <> '{{ day }}'"}],
        lock_timeout=30,
    )
    operator.render_template_fields({"staging": "stage", "day": "2026-01-01"})  # type: ignore[typeddict-item]
    run(operator, make_ti())
    sent = _sent(api)[1]
    assert sent["checks"] == """[{"sql": "SELECT * FROM rows WHERE day <> '2026-01-01'"}]"""
    assert (sent["staging_schema"], sent["schema_changes"]) == ("stage", "ignore")
    assert (sent["delete_missing"], sent["lock_timeout"]) == ("true", "30")


def test_long_sql_travels_by_reference(api: Any, run: Any, make_ti: Any, tmp_path: Path) -> None:
    run(SparkToSparkContainerOperator(task_id="t", sql=LONG, target="lake.mart.a"), make_ti())
    text = f"({LONG})"
    name = f"{hashlib.sha256(text.encode()).hexdigest()}.sql"
    assert _sent(api)[1]["source"] == f"@file://{tmp_path}/artifacts/{name}"
    assert (tmp_path / "artifacts" / name).read_text() == text


def test_long_sql_without_a_place_starts_nothing(api: Any, connect: Any, run: Any, make_ti: Any) -> None:
    connect(api.url)
    operator = JdbcToSparkContainerOperator(task_id="t", connection_id="db", query=LONG, target="lake.raw.a")
    with pytest.raises(ConnectionSettingsError, match="no 'artifact_uri'"):
        run(operator, make_ti())
    assert api.asked("POST") == []


def test_arguments_are_judged_when_they_are_rendered(api: Any, run: Any, make_ti: Any) -> None:
    operator = JdbcToSparkContainerOperator(
        task_id="t", connection_id="db", table="{{ table }}", target="{{ target }}", mode="{{ mode }}"
    )
    operator.render_template_fields({"table": "a", "target": "lake.raw.a", "mode": "upsert"})  # type: ignore[typeddict-item]
    with pytest.raises(InvalidArgumentError, match="mode is 'upsert'"):
        run(operator, make_ti())
    assert api.requests == []


def test_parameter_that_an_argument_already_gives_is_refused(run: Any, make_ti: Any) -> None:
    operator = SparkToSparkContainerOperator(
        task_id="t", table="lake.raw.a", target="lake.mart.a", job_template_parameters={"source": "lake.raw.b"}
    )
    with pytest.raises(InvalidArgumentError, match="'source' is given twice"):
        run(operator, make_ti())


@pytest.mark.parametrize("field", ["sql", "query"])
def test_statement_may_be_a_file(tmp_path: Path, field: str) -> None:
    (tmp_path / "mart.sql").write_text("SELECT '{{ day }}'")
    with DAG("d", schedule=None, template_searchpath=str(tmp_path)):
        operator: Any = (
            SparkToSparkContainerOperator(task_id="t", sql="mart.sql", target="lake.mart.a")
            if field == "sql"
            else JdbcToSparkContainerOperator(task_id="t", connection_id="db", query="mart.sql", target="lake.raw.a")
        )
    operator.render_template_fields({"day": "2026-01-01"})
    assert getattr(operator, field) == "SELECT '2026-01-01'"


def test_operators_can_be_mapped() -> None:
    with DAG("d", schedule=None):
        mapped = JdbcToSparkContainerOperator.partial(task_id="t", connection_id="db").expand_kwargs(
            [{"table": name, "target": f"lake.raw.{name}"} for name in ("a", "b")]
        )
    assert mapped.task_id == "t"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_transfer_template_has_an_operator_with_its_parameters(path: Path) -> None:
    template = yaml.safe_load(path.read_text())
    (operator,) = [one for one in OPERATORS if _default_template(one) == template["name"]]
    arguments = set(operator.template_fields) - set(SparkContainerOperator.template_fields)
    assert arguments - {"table", "query", "sql"} | {"source"} == {
        name
        for name in template["jobTemplateData"]["parameterConfiguration"]
        if name != "commit_key" and not name.startswith(("driver_", "executor_", "gang_"))
    }


def test_every_transfer_operator_has_a_template() -> None:
    assert {_default_template(operator) for operator in OPERATORS} == {path.stem for path in TEMPLATES}


def _default_template(operator: type[SparkContainerOperator]) -> str:
    return str(inspect.signature(operator.__init__).parameters["job_template_id"].default)
