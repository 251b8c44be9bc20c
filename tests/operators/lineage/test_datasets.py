from typing import Any

import pytest
from longshore.lineage.datasets import Dataset, Datasets, reported

PLANES = {"namespace": "postgres://db:5432", "name": "flights.public.planes"}


def test_the_reported_datasets_are_read_with_what_is_known() -> None:
    output = {"namespace": "s3://lake", "name": "raw/planes", "columns": {"year": "int"}, "symlinks": [PLANES]}
    result = {"sink": {"rows": 3}, "datasets": {"inputs": [PLANES, PLANES], "outputs": [output]}}
    planes = Dataset("postgres://db:5432", "flights.public.planes")
    symlinks = (("postgres://db:5432", "flights.public.planes"),)
    assert reported(result) == Datasets(
        (planes,), (Dataset("s3://lake", "raw/planes", {"year": "int"}, symlinks, rows_written=3),)
    )


def test_each_of_many_tables_has_its_own_rows() -> None:
    outputs = [{"namespace": "s3://lake", "name": f"raw/{name}"} for name in ("planes", "airports")]
    tables = {
        output["name"]: {"sink": {"rows": rows}, "datasets": {"inputs": [], "outputs": [output]}}
        for rows, output in enumerate(outputs, start=3)
    }
    result = {"tables": tables, "sink": {"rows": 7}, "datasets": {"inputs": [PLANES], "outputs": outputs}}
    assert [(each.name, each.rows_written) for each in reported(result).outputs] == [
        ("raw/planes", 3),
        ("raw/airports", 4),
    ]
    assert [each.name for each in reported(result).inputs] == ["flights.public.planes"]


@pytest.mark.parametrize(
    "result",
    [None, 7, "text", [], {}, {"datasets": 1}, {"datasets": {"inputs": 1, "outputs": [1, {}, {"namespace": "a"}]}}],
)
def test_a_result_without_datasets_has_none(result: Any) -> None:
    assert reported(result) == Datasets()


@pytest.mark.parametrize("namespace", ["postgres://user:canary@db:5432", "postgres://user:canary@[db"])
def test_a_name_with_a_password_is_left_out(namespace: str) -> None:
    assert reported({"datasets": {"inputs": [PLANES | {"namespace": namespace}], "outputs": []}}).inputs == ()
