"""Overrides by name: what is harmless, and what a template's tag allows."""

import re

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.overrides import (
    CLASSIFICATIONS,
    check_overrides_tag,
    is_allowed_by_tag,
    is_harmless,
    named_overrides,
)
from emr_containers.runtimes.spark.configuration import KNOWN
from hypothesis import given
from hypothesis import strategies as st


def test_the_classifications_are_those_that_the_server_knows() -> None:
    assert set(CLASSIFICATIONS) == set(KNOWN)


def test_every_override_has_a_name() -> None:
    export = {"classification": "export", "properties": {"TZ": "UTC"}}
    overrides = {
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://a"}},
        "applicationConfiguration": [
            {"classification": "spark-env", "properties": {"A": "1"}, "configurations": [export]},
            {"classification": "spark-defaults", "configurations": [{"classification": "spark-defaults"} | export]},
        ],
    }
    assert list(named_overrides(overrides)) == [
        ("monitoringConfiguration:s3MonitoringConfiguration", ""),
        ("spark-env:A", "1"),
        ("spark-env:TZ", "UTC"),
        ("spark-defaults/…:TZ", "UTC"),
    ]


@given(st.sampled_from(("spark.executor.memory", "spark.driver.cores", "spark.dynamicAllocation.enabled")), st.text())
def test_case_1_a_harmless_value_has_a_plain_form(key: str, value: str) -> None:
    if is_harmless(f"spark-defaults:{key}", value):
        assert re.fullmatch(r"[0-9a-zA-Z.]+", value, re.ASCII)


SIZING = "emr-containers.amazonaws.com/dynamic.sizing"


@pytest.mark.parametrize(
    ("key", "value", "harmless"),
    [
        (f"label.{SIZING}", "true", True),
        (f"label.{SIZING}", "x", False),
        (f"annotation.{SIZING}.signature", "default/a_dag/a.task-1/0", True),
        (f"annotation.{SIZING}.signature", "${env:VARIABLE}", False),
        (f"annotation.{SIZING}.mode", "Initial", True),
        # The bounds are the template's.
        (f"annotation.{SIZING}.scale.memory.max", "64Gi", False),
    ],
)
def test_the_wish_to_be_sized_is_harmless_and_its_bounds_are_not(key: str, value: str, harmless: bool) -> None:
    assert is_harmless(f"spark-defaults:spark.kubernetes.driver.{key}", value) == harmless


@given(st.sampled_from(CLASSIFICATIONS), st.text(), st.text())
def test_case_1_a_key_that_is_not_listed_is_not_harmless(classification: str, key: str, value: str) -> None:
    if is_harmless(f"{classification}:{key}", value):
        assert classification.startswith("spark-log4j")
        assert key.endswith((".level", ".name"))


@pytest.mark.parametrize(
    ("tag", "name", "allowed"),
    [
        ("spark-defaults:spark.sql.", "spark-defaults:spark.sql.ansi.enabled", True),
        ("spark-defaults:spark.sql.", "spark-defaults:spark.sqlx", False),
        ("a:b spark-env:TZ", "spark-env:TZ", True),
        ("spark-env:TZ", "spark-env:TZ2", False),
        ("spark-env:TZ", "spark-env:T", False),
        ("", "spark-env:TZ", False),
    ],
)
def test_a_tag_allows_names_and_what_begins_with_them(tag: str, name: str, allowed: bool) -> None:
    assert is_allowed_by_tag(tag, name) == allowed


@pytest.mark.parametrize("tag", ["*", "spark-defaults", "spark-defaults:", "spark-default:spark.sql."])
def test_a_tag_that_names_no_override_is_refused(tag: str) -> None:
    with pytest.raises(ValidationException, match=re.escape(repr(tag))):
        check_overrides_tag({"longshore.dev/overrides": f"spark-env:TZ {tag}"})
