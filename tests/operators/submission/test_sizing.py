from dataclasses import replace

import pytest
from longshore.submission.attempt import Attempt
from longshore.submission.sizing import signature, sizing_properties, sizing_reasons

ATTEMPT = Attempt("default", "sized", "manual__1", "airlines", -1, 1, "id")
REASONS = "spark.kubernetes.driver.annotation.longshore.dev/sizing=Sized by 1 earlier run(s): it's so."


def test_all_runs_and_tries_of_a_task_have_one_name_and_no_other_task_has_it() -> None:
    assert signature(ATTEMPT) == "default/sized/airlines"
    assert signature(replace(ATTEMPT, run_id="other", try_number=2, instance_id="x")) == signature(ATTEMPT)
    others = [{"environment": "e"}, {"dag_id": "d"}, {"task_id": "t"}, {"map_index": 0}, {"map_index": 1}]
    names = {signature(replace(ATTEMPT, **other)) for other in others}
    assert len(names | {signature(ATTEMPT)}) == 6


def test_a_long_or_foreign_name_is_cut_and_stays_apart() -> None:
    long = [signature(replace(ATTEMPT, task_id="t" * 250, dag_id="d" * 249 + end)) for end in "ab"]
    foreign = [signature(replace(ATTEMPT, task_id=name)) for name in ("größe", "grösse")]
    assert len({*long, *foreign}) == 4
    for name in (*long, *foreign):
        assert name.isascii()
        assert len(name) <= 256


def test_the_properties_are_awss() -> None:
    properties = sizing_properties(ATTEMPT)
    assert properties["spark.kubernetes.driver.label.emr-containers.amazonaws.com/dynamic.sizing"] == "true"
    assert list(properties.values()) == ["true", "default/sized/airlines", "Initial"]


@pytest.mark.parametrize(
    ("driver", "reasons"),
    [
        ({"sparkSubmitParameters": f'--name x --conf "{REASONS}"'}, "Sized by 1 earlier run(s): it's so."),
        ({"sparkSubmitParameters": "--name x"}, None),
        ({"sparkSubmitParameters": "it's open"}, None),
        ({}, None),
    ],
)
def test_the_plan_is_read_from_what_the_api_describes(driver: dict[str, str], reasons: str | None) -> None:
    assert sizing_reasons({"jobDriver": {"sparkSubmitJobDriver": driver}}) == reasons
