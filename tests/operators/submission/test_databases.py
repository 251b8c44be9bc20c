"""A text for a database that the operators do not know: what one kind of database takes is sent."""

import re

import pytest
from longshore.grammar.table_names import DatabaseNames
from longshore.submission.databases import (
    DATABASES,
    Database,
    database_parts,
    database_statement,
    database_target,
)

MYSQL = Database(
    "mysql", DatabaseNames(folds=False, longest=64, unit="characters", too_long="which MySQL would refuse")
)
TWO = (DATABASES[0], MYSQL)


def test_a_statement_ends_where_all_databases_see_its_end() -> None:
    assert database_statement("SELECT 'a' ; -- all of it\n", TWO) == "SELECT 'a'"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 5--1",  # a comment to PostgreSQL
        "SELECT 1 # 2; DROP TABLE a",  # a comment to MySQL
        r"SELECT '\';'",  # open to MySQL
        r"SELECT '\'; --'",  # one text to MySQL
        "SELECT $$a;b$$",  # one text to PostgreSQL
    ],
)
def test_a_statement_that_databases_read_differently_is_sent_as_it_is(text: str) -> None:
    assert database_statement(text, TWO) == text


def test_a_statement_that_no_database_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="holds several statements"):
        database_statement("SELECT 1; SELECT 2", TWO)


def test_a_name_is_one_that_some_database_can_have() -> None:
    assert database_parts("n." + "ü" * 64, TWO) == ["n", "ü" * 64]
    assert database_target('n."a b"', TWO) == ("n", "a b")
    with pytest.raises(ValueError, match=re.escape("is longer than 63 bytes, which PostgreSQL would cut")):
        database_parts("ü" * 65, TWO)
    with pytest.raises(ValueError, match="must be in double quotes"):
        database_target("n", TWO)


def test_each_database_reads_names_by_its_own_rules() -> None:
    (postgres, mysql) = (each.names for each in TWO)
    assert (postgres.parts('n.Mixed."Mixed"'), mysql.parts('n.Mixed."Mixed"')) == (
        ["n", "mixed", "Mixed"],
        ["n", "Mixed", "Mixed"],
    )
    with pytest.raises(ValueError, match=re.escape("is longer than 64 characters, which MySQL would refuse")):
        mysql.parts("ü" * 65)
