"""The transfer's arguments: what is understood, and what is refused by name."""

import re
from pathlib import Path

import pytest
import yaml
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.exceptions import ArgumentError
from longshore_spark.grammar.check_grammar import NotNull
from support.longshore_commands import ROOT

READ = ["--source=planes", "--source-connection=flights_db", "--target=lake.raw.planes"]
SERVE = ["--source=lake.mart.routes", "--target=serving.routes", "--target-connection=flights_db"]


def parsed(arguments: list[str]) -> Transfer:
    """The transfer, whose databases are all PostgreSQL."""
    return parse_arguments(arguments, grammar_of=lambda _: DIALECTS["postgres"].grammar)


def test_what_a_template_leaves_at_its_default_means_not_given() -> None:
    transfer = parsed([*READ, "--key=-", "--partition-column=auto", "--target-connection=-"])
    assert (transfer.key, transfer.partition_column, transfer.target_connection) == ((), None, None)
    assert (transfer.mode, transfer.catalog_connection) == ("overwrite", "lake_catalog")


def test_a_templates_number_may_come_with_a_point() -> None:
    transfer = parsed([*READ, "--partitions=4.0", "--fetch-size=500"])
    assert (transfer.partitions, transfer.fetch_size) == (4, 500)


def test_a_key_is_columns_with_commas_between() -> None:
    assert parsed([*READ, "--mode=merge", "--key= a , b,"]).key == ("a", "b")


def test_a_key_of_any_names_is_a_list_of_json() -> None:
    assert parsed([*READ, "--mode=merge", '--key=["a,b", " c.d"]']).key == ("a,b", " c.d")


@pytest.mark.parametrize("target", ["lake.x.2024", "lake.x.größe", 'lake.x."my table"', "lake.x.`my table`"])
def test_a_target_of_the_lake_has_any_name_that_a_folder_may_have(target: str) -> None:
    assert parsed([*READ[:2], f"--target={target}"]).target == target


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (READ[:2], "--target"),
        ([*READ, "--mode=upsert"], "upsert"),
        ([*READ, "--colour=red"], "--colour=red"),
        (["--sourc=planes", *READ[1:]], "--sourc=planes"),
        (READ[1:], "Give either --source or --tables"),
        (["--source=planes; DROP TABLE planes", *READ[1:]], "neither a table's name nor a query"),
        (["--source=(SELECT 1; SELECT 2)", *READ[1:]], "The source's query holds several statements"),
        (["--source=(SELECT 1) UNION (SELECT 2)", *READ[1:]], "closes a parenthesis that it does not open"),
        (["--source=(DELETE FROM planes)", *READ[1:]], "begins with 'DELETE'"),
        (["--source=()", *READ[1:]], "The source's query is empty"),
        ([*READ, "--mode=merge", '--key=["a"'], "must be columns with commas between, or a JSON list"),
        ([*SERVE[:1], "--target=n." + "ü" * 32, SERVE[2]], "is longer than 63 bytes, which PostgreSQL would cut"),
        ([*READ[:2], "--target=lake.raw." + "x" * 201], "is longer than 200 bytes"),
        ([*READ[:2], "--target=raw.planes"], "must be a table of the lake: lake.<namespace>.<table>"),
        ([*READ[:2], "--target=lake.raw.planes; x"], "must be a table of the lake"),
        ([*SERVE[:1], "--target=routes", SERVE[2]], "must be a table of the database: <schema>.<table>"),
        ([*READ, "--mode=merge"], "needs a key"),
        ([*READ, "--key=id"], "cannot be used with the mode 'overwrite'"),
        ([*READ, '--columns={"a": "int"}'], "The column 'a' cannot be 'int'"),
        ([*READ, '--columns={"a": "decimal(39,2)"}'], "with s ≤ p ≤ 38"),
        ([*READ, '--columns={"a": 1}'], "must be a JSON object"),
        ([*READ, "--columns=a"], "must be a JSON object"),
        ([*READ, "--partitions=0"], "--partitions is '0'"),
        ([*READ, "--partitions=2.5"], "--partitions is '2.5'"),
        ([*READ, "--fetch-size=many"], "--fetch-size is 'many'"),
        ([*SERVE, "--batch-size=-1"], "--batch-size is '-1'"),
        ([*READ, "--schema-changes=drop"], "--schema-changes"),
        ([*READ, "--delete-missing=yes"], "--delete-missing"),
        ([*READ, "--mode=append", "--delete-missing=true"], "--delete-missing cannot be used with the mode 'append'"),
        (
            ["--source=(SELECT 1)", *READ[1:], "--mode=merge", "--key=a", "--delete-missing=true"],
            "--delete-missing needs a table as the source: a query may leave out rows",
        ),
        (["--source=@s3://b/q.sql", *READ[1:], "--mode=merge", "--key=a", "--delete-missing=true"], "needs a table"),
        ([*READ, "--staging-schema=staging"], "'staging' cannot be used with a target in the lake"),
        ([*SERVE, "--staging-schema=a.b"], "'a.b' must be the name of a schema; it has a '.'"),
        ([*SERVE, "--staging-schema=my staging"], "must be in double quotes"),
        ([*READ, "--lock-timeout=-1"], "--lock-timeout is '-1'; it must be a whole number of at least 0"),
        ([*READ, "--mode=append", "--commit-key=x"], "The commit key 'x' must be 32 hexadecimal digits"),
        ([*READ, f"--commit-key={'0' * 32}:-"], "A commit key cannot be used with the mode 'overwrite'; use 'append'"),
        ([*READ, "--checks=not json"], "The checks 'not json' are wrong: checks must be a list of mappings"),
        ([*READ, '--checks=[{"sql": "FROM rows SELECT 1; x"}]'], "checks[0]['sql'] holds several statements"),
        ([*SERVE, '--checks=[{"sql": "FROM rows SELECT 1"}]'], "checks[0]['sql'] begins with 'FROM'"),
    ],
)
def test_what_is_wrong_is_refused_by_name(arguments: list[str], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parsed(arguments)
    assert message in str(error.value)


def test_what_is_new_in_a_template_has_a_default() -> None:
    transfer = parsed([*SERVE, "--staging-schema=-", "--checks=-", "--commit-key=-"])
    assert (transfer.schema_changes, transfer.delete_missing, transfer.lock_timeout) == ("evolve", False, 600)
    assert (transfer.staging_schema, transfer.checks, transfer.commit_key) == (None, (), None)


def test_how_rows_are_written_is_understood() -> None:
    merge = ["--mode=merge", "--key=id", "--delete-missing=true", "--schema-changes=ignore", "--lock-timeout=0.0"]
    transfer = parsed([*SERVE, *merge, '--staging-schema="My staging"', '--checks=[{"not_null": ["id"]}]'])
    assert (transfer.schema_changes, transfer.delete_missing, transfer.lock_timeout) == ("ignore", True, 0)
    assert (transfer.staging_schema, transfer.checks) == ('"My staging"', (NotNull(("id",)),))


@pytest.mark.parametrize("generation", ["-", "0000000000000000001"])
def test_a_commit_key_is_a_digest_and_a_generation(generation: str) -> None:
    key = f"{'0123456789abcdef' * 2}:{generation}"
    assert parsed([*READ, "--mode=append", f"--commit-key={key}"]).commit_key == key


@pytest.mark.parametrize("path", sorted((ROOT / "job-templates").glob("*-to-*.yaml")), ids=lambda path: path.stem)
def test_a_job_templates_arguments_with_its_defaults_are_those_of_the_application(path: Path) -> None:
    data = yaml.safe_load(path.read_text())["jobTemplateData"]
    values = {name: one.get("defaultValue") for name, one in data["parameterConfiguration"].items()}
    values |= {"source": "lake.a.b", "connection_id": "flights_db"}
    values["target"] = "serving.routes" if path.stem.endswith("-jdbc") else "lake.raw.a"
    filled = [
        re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], argument)
        for argument in data["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"]
    ]
    given = dict(zip(filled[::2], filled[1::2], strict=True))
    minimal = [f"{name}={value}" for name, value in given.items() if re.search("source|target|connection", name)]
    assert parsed(filled) == parsed(minimal)
    assert {"--schema-changes", "--delete-missing", "--checks", "--lock-timeout", "--commit-key"} <= given.keys()
