"""The transfer's arguments: what is understood, and what is refused by name."""

import pytest
from longshore_spark.arguments import is_query, parse_arguments
from longshore_spark.exceptions import ArgumentError

READ = ["--source=planes", "--source-connection=flights_db", "--target=lake.raw.planes"]
SERVE = ["--source=lake.mart.routes", "--target=serving.routes", "--target-connection=flights_db"]


def test_what_a_template_leaves_at_its_default_means_not_given() -> None:
    transfer = parse_arguments([*READ, "--key=-", "--partition-column=auto", "--target-connection=-"])
    assert (transfer.key, transfer.partition_column, transfer.target_connection) == ((), None, None)
    assert (transfer.mode, transfer.catalog_connection) == ("overwrite", "lake_catalog")


def test_a_templates_number_may_come_with_a_point() -> None:
    transfer = parse_arguments([*READ, "--partitions=4.0", "--fetch-size=500"])
    assert (transfer.partitions, transfer.fetch_size) == (4, 500)


def test_a_key_is_columns_with_commas_between() -> None:
    assert parse_arguments([*READ, "--mode=merge", "--key= a , b,"]).key == ("a", "b")


@pytest.mark.parametrize(
    "source", ["planes", "public.planes", '"Odd name"."T"', "(SELECT 1)", "@s3://bucket/query.sql"]
)
def test_a_source_is_a_table_a_query_or_the_address_of_one(source: str) -> None:
    assert parse_arguments([f"--source={source}", *READ[1:]]).source == source


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (READ[:2], "--target"),
        ([*READ, "--mode=upsert"], "upsert"),
        ([*READ, "--colour=red"], "--colour=red"),
        (["--sourc=planes", *READ[1:]], "--source"),
        (["--source=planes; DROP TABLE planes", *READ[1:]], "neither a table's name nor a query"),
        ([*READ[:2], "--target=raw.planes"], "must be a table of the lake: lake.<namespace>.<table>"),
        ([*READ[:2], "--target=lake.raw.planes; x"], "must be a table of the lake"),
        ([*SERVE[:1], "--target=routes", SERVE[2]], "must be a table of the database: <schema>.<table>"),
        ([*READ, "--mode=merge"], "needs a key"),
        ([*READ, "--key=id"], "cannot be used with the mode 'overwrite'"),
        ([*READ, "--partition-column=id)"], "'id)' is not a column's name"),
        ([*READ, "--partitions=0"], "--partitions is '0'"),
        ([*READ, "--partitions=2.5"], "--partitions is '2.5'"),
        ([*READ, "--fetch-size=many"], "--fetch-size is 'many'"),
        ([*SERVE, "--batch-size=-1"], "--batch-size is '-1'"),
    ],
)
def test_what_is_wrong_is_refused_by_name(arguments: list[str], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_arguments(arguments)
    assert message in str(error.value)


def test_a_query_is_in_parentheses() -> None:
    assert is_query("(SELECT 1)")
    assert not is_query("planes")
