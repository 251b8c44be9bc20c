from typing import Any

import pytest
from longshore.exceptions import InvalidArgumentError
from longshore.submission import parameters


def test_resources_are_parameters() -> None:
    resources = {"driver_memory": "2g", "executor_memory": "1536m", "executor_cores": 2, "executor_instances": "4"}
    assert parameters.resource_parameters(resources) == {
        "driver_memory": "2g",
        "executor_memory": "1536m",
        "executor_cores": "2",
        "executor_instances": "4",
    }
    assert parameters.resource_parameters(None) == {}


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"memory": "2g"}, "no key 'memory': it knows driver_memory, executor_memory"),
        ({"driver_memory": 2}, r"spark_resources\['driver_memory'\] is 2: give a whole number with its unit"),
        ({"executor_cores": 0}, r"spark_resources\['executor_cores'\] is 0"),
        ({"executor_cores": None}, r"The template parameter 'executor_cores' is ''"),
    ],
)
def test_wrong_resource_is_named(resources: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        parameters.merged(parameters.resource_parameters(resources))


def test_groups_are_merged_as_texts() -> None:
    merged = parameters.merged({"a": 1}, {"b": True, "c": 1.5, "d": "x"})
    assert merged == {"a": "1", "b": "true", "c": "1.5", "d": "x"}


@pytest.mark.parametrize("value", [None, "", " ", [1], {"a": 1}])
def test_value_that_is_no_scalar_is_named(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"The template parameter 'a' is .* to get the template's default"):
        parameters.merged({"a": value})


def test_text_that_is_longer_than_the_api_takes_is_refused() -> None:
    assert parameters.text_of("conf['a']", "x" * 3, longest=3) == "xxx"
    with pytest.raises(InvalidArgumentError, match=r"conf\['a'\] has 4 characters, and the API takes 3: shorten it"):
        parameters.text_of("conf['a']", "x" * 4, longest=3)


def test_parameter_given_twice_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match="'source' is given twice"):
        parameters.merged({"source": "a"}, {"source": "b"})


def test_text_where_a_mapping_must_be_says_how_a_template_makes_one() -> None:
    with pytest.raises(InvalidArgumentError, match=r"job_template_parameters is .*render_template_as_native_obj=True"):
        parameters.merged("{'a': 'b'}")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="spark_resources is "):
        parameters.resource_parameters("{'driver_memory': '2g'}")  # type: ignore[arg-type]
