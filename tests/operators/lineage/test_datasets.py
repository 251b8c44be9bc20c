from typing import Any

import pytest
from longshore.lineage.datasets import Dataset, Datasets, reported

PLANES = {"namespace": "postgres://db:5432", "name": "flights.public.planes"}


def test_the_reported_datasets_are_read_with_what_is_known() -> None:
    output = {"namespace": "s3://lake", "name": "raw/planes", "columns": {"year": "int"}, "symlinks": [PLANES]}
    result = {"sink": {"rows": 3}, "datasets": {"inputs": [PLANES, PLANES], "outputs": [output]}}
    planes = Dataset("postgres://db:5432", "flights.public.planes")
    symlinks = (("postgres://db:5432", "flights.public.planes"),)
    assert reported(result) == Datasets((planes,), (Dataset("s3://lake", "raw/planes", {"year": "int"}, symlinks),), 3)


@pytest.mark.parametrize(
    "result",
    [None, 7, "text", [], {}, {"datasets": 1}, {"datasets": {"inputs": 1, "outputs": [1, {}, {"namespace": "a"}]}}],
)
def test_a_result_without_datasets_has_none(result: Any) -> None:
    assert reported(result) == Datasets()


@pytest.mark.parametrize("namespace", ["postgres://user:canary@db:5432", "postgres://user:canary@[db"])
def test_a_name_with_a_password_is_left_out(namespace: str) -> None:
    assert reported({"datasets": {"inputs": [PLANES | {"namespace": namespace}], "outputs": []}}).inputs == ()
