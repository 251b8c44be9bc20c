from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import ApiAccessError, InvalidArgumentError, TemplateNotFoundError
from longshore.operators import SparkContainerOperator


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url)
    api.templates = [{"id": "newest", "name": "any-template", "createdAt": "2026-01-01T00:00:00Z"}]


def test_template_may_be_named(api: Any, run: Any, make_ti: Any) -> None:
    run(SparkContainerOperator(task_id="t", job_template_id="any-template"), make_ti())
    assert api.asked("POST")[0][2]["jobTemplateId"] == "newest"


def test_resources_are_template_parameters(api: Any, run: Any, make_ti: Any) -> None:
    operator = SparkContainerOperator(
        task_id="t",
        job_template_id="any-template",
        job_template_parameters={"source": "x" * 1024},
        spark_resources={"driver_memory": "2g", "executor_cores": 2},
    )
    run(operator, make_ti())
    parameters = api.asked("POST")[0][2]["jobTemplateParameters"]
    assert parameters == {"source": "x" * 1024, "driver_memory": "2g", "executor_cores": "2"}


def test_a_task_whose_resources_are_auto_names_itself_and_says_how_its_job_was_sized(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = SparkContainerOperator(
        task_id="t",
        job_template_id="any-template",
        spark_resources="auto",
        job_template_parameters={"driver_memory": "2g"},
        conf={"spark.a": "b"},
    )
    ti = make_ti()
    run(operator, ti)
    request = api.asked("POST")[0][2]
    assert request["jobTemplateParameters"] == {"driver_memory": "2g"}
    (defaults,) = request["configurationOverrides"]["applicationConfiguration"]
    sizing = "emr-containers.amazonaws.com/dynamic.sizing"
    assert defaults["properties"] == {
        f"spark.kubernetes.driver.label.{sizing}": "true",
        f"spark.kubernetes.driver.annotation.{sizing}.signature": f"default/{ti.dag_id}/{ti.task_id}",
        f"spark.kubernetes.driver.annotation.{sizing}.mode": "Initial",
        "spark.a": "b",
    }
    assert "The API reports no plan of sizes" in capsys.readouterr().out  # this one is no server of ours


TEMPLATE: dict[str, Any] = {
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///opt/longshore/transfer.py",
            "sparkSubmitParameters": "--name ${target} --conf spark.executor.memory=${executor_memory} --py-files s3://b/d",
        }
    },
    "configurationOverrides": {
        "applicationConfiguration": [
            {
                "classification": "spark-defaults",
                "properties": {"spark.jars": "s3://b/a.jar", "spark.a": "template", "spark.b": "template"},
            }
        ]
    },
}


def test_conf_and_jars_are_overrides_that_extend_the_templates(
    api: Any, connect: Callable[..., None], run: Any, make_ti: Any
) -> None:
    connect(api.url, log_uri="file:///logs")
    api.template_data = TEMPLATE
    operator = SparkContainerOperator(
        task_id="t",
        job_template_id="any-template",
        conf={"spark.a": "{{ a }}", "spark.c": 3},
        jars="s3://b/b.jar, s3://b/a.jar",
        configuration_overrides={
            "applicationConfiguration": [{"classification": "core-site", "properties": {"x": "y"}}]
        },
    )
    operator.render_template_fields({"a": "task"})  # type: ignore[typeddict-item]
    run(operator, make_ti())
    # The API lays the request's properties over the template's.
    assert api.asked("POST")[0][2]["configurationOverrides"] == {
        "applicationConfiguration": [
            {"classification": "core-site", "properties": {"x": "y"}},
            {
                "classification": "spark-defaults",
                "properties": {"spark.a": "task", "spark.c": "3", "spark.jars": "s3://b/a.jar,s3://b/b.jar"},
            },
        ],
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "file:///logs"}},
    }


def test_the_template_is_read_only_where_something_could_have_no_effect(api: Any, run: Any, make_ti: Any) -> None:
    run(SparkContainerOperator(task_id="t", job_template_id="any-template"), make_ti())
    assert api.asked("GET", "/jobtemplates/") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"conf": {"spark.executor.memory": "4g"}},
            r"conf\['spark.executor.memory'\] would have no effect: the job template 'any-template' gives it .* by "
            "--conf, and those win. Give the template's parameter 'executor_memory' in job_template_parameters.",
        ),
        ({"conf": {"spark.app.name": "x"}}, "by --name, and those win. Give the template's parameter 'target'"),
        ({"py_files": ["s3://b/c.zip"]}, "^py_files would have no effect: .* by --py-files, .*Change py_files there"),
        ({"conf": {"spark.jars": "a"}, "jars": "b"}, "conf and jars both give 'spark.jars'"),
        ({"conf": {"executor.memory": "4g"}}, "conf has the key 'executor.memory': give Spark properties"),
        ({"conf": "spark.a=b"}, "conf is 'spark.a=b': give a mapping"),
        ({"conf": {"spark.a": "x" * 1025}}, r"conf\['spark.a'\] has 1025 characters, and the API takes 1024"),
        ({"conf": {"spark.a": None}}, r"conf\['spark.a'\] is None"),
        ({"jars": ["a b.jar"]}, r"jars is \['a b.jar'\]: give URIs"),
        ({"jars": []}, r"jars is \[\]: give URIs"),
        ({"configuration_overrides": {"spark": {}}}, "configuration_overrides has no key 'spark'"),
        ({"configuration_overrides": {"applicationConfiguration": {"a": "b"}}}, "must be a list of mappings"),
        ({"conf": {f"spark.p{n}": n for n in range(101)}}, "101 Spark properties are given, and the API takes 100"),
    ],
)
def test_an_override_without_effect_starts_nothing(
    api: Any, run: Any, make_ti: Any, arguments: dict[str, Any], message: str
) -> None:
    api.template_data = TEMPLATE
    with pytest.raises(InvalidArgumentError, match=message):
        run(SparkContainerOperator(task_id="t", job_template_id="any-template", **arguments), make_ti())
    assert api.asked("POST") == []


def test_jars_are_not_added_to_a_list_that_the_template_leaves_open(api: Any, run: Any, make_ti: Any) -> None:
    defaults = {"classification": "spark-defaults", "properties": {"spark.jars": "${jars}"}}
    api.template_data = {"configurationOverrides": {"applicationConfiguration": [defaults]}}
    with pytest.raises(
        InvalidArgumentError, match=r"jars cannot be added to spark\.jars of the job template 'any-template'"
    ):
        run(SparkContainerOperator(task_id="t", job_template_id="any-template", jars="s3://b/a.jar"), make_ti())


def test_an_override_that_the_key_may_not_give_is_named_with_whom_to_ask(api: Any, run: Any, make_ti: Any) -> None:
    refusal = (
        "User: arn:aws:iam::0:user/k is not authorized to override 'spark-defaults:spark.jars' of the job template "
        "'newest': ask the server's operator"
    )
    operator = SparkContainerOperator(task_id="t", job_template_id="newest" + "0" * 19, jars="s3://b/a.jar")
    answer = api.answer

    def refusing(method: str, target: str, body: Any) -> tuple[int, dict[str, Any]]:
        done: tuple[int, dict[str, Any]] = answer(method, target, body)
        return (403, {"code": "AccessDeniedException", "message": refusal}) if method == "POST" else done

    api.answer = refusing
    with pytest.raises(
        ApiAccessError, match=r"override 'spark-defaults:spark\.jars' .*Overrides are conf, jars, py_files"
    ):
        run(operator, make_ti())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"job_template_id": " "}, InvalidArgumentError, "job_template_id is ' '"),
        ({"job_template_id": "nope"}, TemplateNotFoundError, "There are: any-template"),
        ({"job_template_parameters": {"a": None}}, InvalidArgumentError, "'a' is None"),
        ({"job_template_parameters": {"a": "x" * 1025}}, InvalidArgumentError, "'a' has 1025 characters"),
        ({"spark_resources": {"memory": "2g"}}, InvalidArgumentError, "no key 'memory'"),
    ],
)
def test_wrong_argument_starts_nothing(
    api: Any, run: Any, make_ti: Any, arguments: dict[str, Any], error: Any, message: str
) -> None:
    # Made without complaint: the values may be templates still.
    operator = SparkContainerOperator(task_id="t", **{"job_template_id": "any-template", **arguments})
    with pytest.raises(error, match=message):
        run(operator, make_ti())
    assert api.asked("POST") == []


def test_arguments_are_rendered() -> None:
    operator = SparkContainerOperator(
        task_id="t",
        job_template_id="{{ template }}",
        job_template_parameters={"day": "{{ day }}"},
        virtual_cluster_id="{{ cluster }}",
        tags={"day": "{{ day }}"},
        name="{{ day }}",
    )
    operator.render_template_fields({"template": "tpl", "day": "2026-01-01", "cluster": "vc1"})  # type: ignore[typeddict-item]
    assert operator.job_template_id == "tpl"
    assert operator.job_template_parameters == {"day": "2026-01-01"}
    assert (operator.virtual_cluster_id, operator.tags, operator.name) == ("vc1", {"day": "2026-01-01"}, "2026-01-01")
