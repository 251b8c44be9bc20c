"""The changes to a target's columns, by rule."""

from typing import Any

import pytest
from longshore_spark.checking.schema_rules import Plan, identity, plan
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.grammars import LAKE
from longshore_spark.command_line.transfer import SchemaChanges
from longshore_spark.exceptions import SinkError

KNOWN = {"id": "int", "name": "string", "price": "decimal(10,2)"}


def planned(source: dict[str, str], known: dict[str, str] = KNOWN, rule: str = "evolve", **options: Any) -> Plan:
    merging = ["--mode=merge", f"--key={options.pop('key')}"] if "key" in options else []
    given = ["--source=s.t", "--target=lake.x.t", f"--schema-changes={rule}", *merging]
    return plan(source, known, parse_arguments(given, grammar_of=lambda _: LAKE), **options)


@pytest.mark.parametrize("rule", SchemaChanges.__args__)
def test_the_same_columns_in_any_order_change_nothing(rule: str) -> None:
    found = planned(dict(reversed(KNOWN.items())), rule=rule)
    assert found.given == {name: name for name in KNOWN}
    assert (found.added, found.widened, found.absent, found.ignored) == ({}, {}, [], [])


def test_new_columns_are_added_after_all_others() -> None:
    found = planned({"email": "string", **KNOWN, "score": "double"})
    assert found.added == {"email": "string", "score": "double"}
    assert found.given == {name: name for name in ("email", *KNOWN, "score")}


def test_a_column_is_widened_where_that_loses_nothing() -> None:
    assert planned(KNOWN | {"id": "bigint", "price": "decimal(14,2)"}).widened == {
        "id": "bigint",
        "price": "decimal(14,2)",
    }


def test_columns_that_the_source_does_not_have_are_absent() -> None:
    assert planned({"id": "int", "label": "string"}).absent == ["name", "price"]


def test_new_columns_are_left_out_when_that_was_asked_for() -> None:
    found = planned(KNOWN | {"email": "string"}, rule="ignore")
    assert (found.ignored, found.added, found.given) == (["email"], {}, {name: name for name in KNOWN})


@pytest.mark.parametrize(
    ("rule", "source", "parts"),
    [
        ("fail", KNOWN | {"e mail": "string"}, ['has no columns "e mail"', "schema_changes is 'fail'", "'evolve'"]),
        ("fail", {"id": "int", "price": "decimal(10,2)"}, ["has no columns name", "schema_changes is 'fail'"]),
        ("fail", KNOWN | {"id": "bigint"}, ["The column id", "is int", "needs bigint", "schema_changes is 'fail'"]),
        ("ignore", KNOWN | {"id": "bigint"}, ["The column id", "is int", "source's bigint", "'evolve'"]),
        *(
            (
                rule,
                KNOWN | {"price": "decimal(12,4)"},
                ["price is decimal(12,4) in the source", "decimal(10,2) in the table"],
            )
            for rule in SchemaChanges.__args__
        ),
        ("evolve", KNOWN | {"id": "double"}, ["The column id is double in the source, and int", "cast it to int"]),
        ("evolve", KNOWN | {"name": "int"}, ["The column name is int in the source, and string"]),
    ],
)
def test_what_the_rule_does_not_allow_is_refused_with_column_types_and_ways_out(
    rule: str, source: dict[str, str], parts: list[str]
) -> None:
    with pytest.raises(SinkError) as refused:
        planned(source, rule=rule)
    assert [part for part in [*parts, "'lake.x.t'"] if part not in str(refused.value)] == []


def test_only_the_lake_reads_names_of_another_case_as_the_same() -> None:
    source = {"ID": "bigint", "Name": "string", "price": "decimal(10,2)"}
    in_lake = planned(source, fold=str.lower)
    assert (in_lake.given, in_lake.widened) == ({"id": "ID", "name": "Name", "price": "price"}, {"id": "bigint"})
    assert (in_lake.added, in_lake.absent) == ({}, [])
    in_database = planned(source)
    assert (list(in_database.added), in_database.absent) == (["ID", "Name"], ["id", "name"])


def test_a_key_has_to_be_in_the_table_already() -> None:
    for rule in ("evolve", "ignore"):
        with pytest.raises(SinkError, match="lacks columns other of the key"):
            planned(KNOWN | {"other": "int"}, rule=rule, key="id,other")


def test_who_writes_says_what_a_column_holds() -> None:
    assert planned(KNOWN | {"id": "string"}, holds=lambda _column, _source: True).widened == {}


def test_the_same_columns_need_no_plan() -> None:
    assert identity(["a", "b"]) == Plan({"a": "a", "b": "b"}, {}, {}, [], [])
