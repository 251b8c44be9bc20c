"""A source is a table, a query or the address of one: its signs are read in one place."""

import pytest
from longshore_spark.command_line.grammars import LAKE
from longshore_spark.command_line.source import Query, Source, StoredText, Table, parse_source, parse_text
from longshore_spark.databases.dialects import DIALECTS

POSTGRES = DIALECTS["postgres"].grammar


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("planes", Table("planes")),
        ("public.planes", Table("public.planes")),
        ('"Odd name"."T"', Table('"Odd name"."T"')),
        ("(SELECT 1)", Query("SELECT 1")),
        ("@s3://bucket/query.sql", StoredText("s3://bucket/query.sql")),
    ],
)
def test_a_source_is_a_table_a_query_or_the_address_of_one(text: str, source: Source) -> None:
    assert parse_source(text, POSTGRES) == source


def test_a_query_is_the_statement_alone_whichever_way_it_came() -> None:
    assert parse_source("(SELECT 1; -- it's done\n)", POSTGRES) == Query("SELECT 1")
    assert parse_text("\ufeff(SELECT '\n-- a';\r\n)\r\n", POSTGRES) == Query("SELECT '\n-- a'")
    assert parse_text(r"(SELECT '\';' /* b */)", LAKE) == Query(r"SELECT '\';'")


def test_a_query_is_in_parentheses() -> None:
    assert parse_text("(SELECT 1)", LAKE) == Query("SELECT 1")
    assert parse_text("planes", LAKE) == Table("planes")
