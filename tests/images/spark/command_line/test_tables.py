"""The argument `tables`: the tables, their targets, and what is refused by name."""

import pytest
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.tables import TablePattern
from longshore_spark.command_line.transfer import Transfer, transfers_of
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.exceptions import ArgumentError

POSTGRES = DIALECTS["postgres"].grammar
INTO = ["--source=-", "--source-connection=flights_db", "--target=lake.raw.{table}"]


def parsed(*arguments: str) -> Transfer:
    return parse_arguments([*INTO, *arguments], grammar_of=lambda _: POSTGRES)


def targets(tables: tuple[str, ...], target: str) -> dict[str, str]:
    transfer = parsed(f"--target={target}", '--tables=["t"]')
    return {name: each.target for name, each in transfers_of(transfer, tables, POSTGRES).items()}


def test_each_name_in_a_list_is_a_transfer_with_the_same_options() -> None:
    transfer = parsed('--tables=["planes", "s.Airports"]', "--mode=append", f"--commit-key={'0' * 32}:-")
    assert transfer.tables == ("planes", "s.Airports")
    found = transfers_of(transfer, ("planes", "s.Airports"), POSTGRES)
    assert {name: (each.target, each.tables, each.mode) for name, each in found.items()} == {
        "planes": ("lake.raw.planes", None, "append"),
        "airports": ("lake.raw.airports", None, "append"),
    }


def test_a_target_has_each_name_in_quotes_where_the_lake_needs_them() -> None:
    names = ("a", 's."My table"', 's."x ""y"""')
    assert targets(names, "lake.raw.crm_{table}") == {
        "a": "lake.raw.crm_a",
        "My table": 'lake.raw."crm_My table"',
        'x "y"': 'lake.raw."crm_x ""y"""',
    }
    assert targets(("a", "2024"), 'lake."my raw"."in {table}"')["2024"] == 'lake."my raw"."in 2024"'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("public.Air*", ("public", "air*")),
        ('"My schema"."Air*"', ("My schema", "Air*")),
        ("S.?x", ("s", "?x")),
        ("s.*", ("s", "*")),
    ],
)
def test_a_pattern_is_read_as_the_database_reads_names(text: str, parts: tuple[str, str]) -> None:
    assert parsed(f"--tables={text}").tables == TablePattern(text, *parts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source=a", '--tables=["b"]'], "Give either --source or --tables"),
        (["--tables=air*"], "The tables 'air*' cannot be transferred to 'lake.raw.{table}': a pattern is a schema"),
        (["--tables=[]"], "it must be a JSON list of names"),
        (['--tables=["a"'], "it must be a JSON list of names"),
        (['--tables=["a.x", "b.x"]'], "'a.x' and 'b.x' would both be written to 'lake.raw.x'"),
        (['--tables=["a"]', "--target=lake.raw.t"], "it must hold {table} once"),
        (["--tables=s.*", "--target=lake.{table}.t"], "{table} must be in its last part"),
        (['--tables=["a"]', "--source-connection=-"], "--tables is for tables of a database that go to the lake"),
        (["--tables=s.*", "--source-connection=-"], "tables are found by a pattern in databases only"),
        (['--tables=["a"]', "--target-connection=flights_db"], "--tables is for tables of a database"),
        (['--tables=["a"]', '--columns={"x": "text"}'], "--columns cannot be used with --tables"),
        (['--tables=["a"]', '--checks=[{"not_null": ["x"]}]'], "--checks cannot be used with --tables"),
        (['--tables=["a"]', "--partition-column=id"], "--partition-column cannot be used with --tables"),
    ],
)
def test_what_is_wrong_is_refused_by_name(arguments: list[str], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parsed(*arguments)
    assert message in str(error.value)


def test_tables_of_a_pattern_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"would both be written to 'lake\.raw\.t'; give such a table a transfer"):
        targets(("a.t", "b.t"), "lake.raw.{table}")
