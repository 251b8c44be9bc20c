"""OpenLineage's names, case by case from its specification (spec/Naming.md)."""

import pytest
from longshore_spark.outcome.datasets import dataset, location_name, postgres_name


@pytest.mark.parametrize(
    ("hosts", "namespace"),
    [
        ("db.example.com", "postgres://db.example.com:5432"),
        ("10.0.0.7", "postgres://10.0.0.7:5432"),
        ("::1", "postgres://[::1]:5432"),
        ("one,two", "postgres://one:5432,two:5432"),
    ],
)
def test_a_table_of_postgres_is_named_by_host_and_port(hosts: str, namespace: str) -> None:
    name = postgres_name(hosts, 5432, "flights", "public", "planes")
    assert name == {"namespace": namespace, "name": "flights.public.planes"}


@pytest.mark.parametrize(
    ("uri", "namespace", "name"),
    [
        ("s3://lake/warehouse/raw/flights", "s3://lake", "warehouse/raw/flights"),
        ("s3a://lake/warehouse/raw/flights/", "s3://lake", "warehouse/raw/flights"),
        ("gs://lake/raw/flights", "gs://lake", "raw/flights"),
        ("hdfs://name-node:8020/raw/flights", "hdfs://name-node:8020", "/raw/flights"),
        ("file:/var/lake/raw/my table", "file", "/var/lake/raw/my table"),
        ("file:///var/lake/raw/flights", "file", "/var/lake/raw/flights"),
        ("file://server/lake/raw/flights", "file://server", "/lake/raw/flights"),
        ("s3://lake", "s3://lake", "/"),
    ],
)
def test_a_table_of_iceberg_is_named_by_its_location(uri: str, namespace: str, name: str) -> None:
    assert location_name(uri) == {"namespace": namespace, "name": name}


def test_a_name_has_no_user_and_no_password() -> None:
    assert location_name("hdfs://user:canary@name-node/raw")["namespace"] == "hdfs://name-node"


def test_a_dataset_says_only_what_is_known() -> None:
    name = postgres_name("db", 5432, "flights", "public", "planes")
    assert dataset(name) == name
    known = dataset(location_name("s3://lake/raw/planes"), columns={"year": "int"}, symlink=name)
    assert (known["columns"], known["symlinks"]) == ({"year": "int"}, [name])
