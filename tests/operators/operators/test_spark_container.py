from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import InvalidArgumentError, TemplateNotFoundError
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
