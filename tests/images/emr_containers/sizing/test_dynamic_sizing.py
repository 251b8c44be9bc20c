import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.sizing.dynamic_sizing import read_dynamic_sizing
from emr_containers.sizing.plan.sizes import Bounds, Range
from hypothesis import given
from hypothesis import strategies as st

LABEL = "spark.kubernetes.driver.label.emr-containers.amazonaws.com/dynamic.sizing"
SWITCH = "spark.kubernetes.driver.annotation.emr-containers.amazonaws.com/dynamic.sizing"
ON = {LABEL: "true", f"{SWITCH}.signature": "flights.load"}


def test_it_is_off_without_the_label_and_with_any_value_but_true() -> None:
    assert read_dynamic_sizing({f"{SWITCH}.signature": "flights.load"}) is None
    assert read_dynamic_sizing(ON | {LABEL: "false"}) is None
    assert read_dynamic_sizing(ON | {LABEL: "yes"}) is None


def test_the_defaults_are_awss() -> None:
    found = read_dynamic_sizing(ON)
    assert found is not None
    assert (found.signature, found.mode, found.bounds) == ("flights.load", "Off", Bounds())


def test_the_switch_may_be_the_annotation_of_awss_first_steps() -> None:
    assert read_dynamic_sizing({SWITCH: "true", f"{SWITCH}.signature": "a"}) is not None


def test_quantities_bound_the_memory_of_an_executors_container() -> None:
    found = read_dynamic_sizing(
        ON | {f"{SWITCH}.mode": "Initial", f"{SWITCH}.scale.memory.min": "1G", f"{SWITCH}.scale.memory.max": "4Gi"}
    )
    assert found is not None
    assert found.mode == "Initial"
    assert found.bounds.executor_memory == Range(least=954, most=4096)


def test_a_maximum_below_the_usual_minimum_is_both() -> None:
    found = read_dynamic_sizing(ON | {f"{SWITCH}.scale.memory.max": "600Mi"})
    assert found is not None
    assert found.bounds.executor_memory == Range(least=600, most=600)


def test_without_memory_a_plan_is_only_reported() -> None:
    found = read_dynamic_sizing(ON | {f"{SWITCH}.mode": "Initial", f"{SWITCH}.scale.memory": "false"})
    assert found is not None
    assert found.mode == "Off"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("signature", " ", "signature is missing"),
        ("signature", "a" * 257, "signature is too long"),
        ("mode", "Auto", "'Auto', and nothing is resized while it runs here: give Off, .* or Initial"),
        ("scale.memory", "on", "scale.memory is 'on': give true or false"),
        ("scale.cpu", "true", "scale.cpu is 'true', which is not done here: leave it out"),
        ("scale.memory.max", "much", "scale.memory.max is 'much': give a quantity of memory, such as 4Gi"),
        ("scale.memory.min", "0", "no container has that much memory"),
        ("scale.memory.min", "100Gi", "less than the minimum: raise it, or lower scale.memory.min"),
        ("memory.max", "4G", "dynamic.sizing.memory.max is unknown; known below .* scale.memory.max"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(key: str, value: str, message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        read_dynamic_sizing(ON | {f"{SWITCH}.{key}": value})


@given(st.text(max_size=30))
def test_any_quantity_is_taken_or_refused(text: str) -> None:
    try:
        found = read_dynamic_sizing(ON | {f"{SWITCH}.scale.memory.max": text})
    except ValidationException:
        return
    assert found is not None
    assert 1 <= found.bounds.executor_memory.least <= found.bounds.executor_memory.most
