"""The error of a failed SQL script, from the output of Spark 4.1's SQL CLI."""

from pathlib import Path

import pytest
from emr_containers.runtimes.spark.sql_errors import TAIL, sql_error, sql_error_in

UNKNOWN_TABLE = """Spark master: local[2], Application Id: local-1
[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`nowhere` cannot be found. Verify the spelling and correctness.
To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS. SQLSTATE: 42P01; line 1 pos 14;
'Project [*]
+- 'UnresolvedRelation [nowhere], [], false
"""
SYNTAX = """
[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELCT'. SQLSTATE: 42601 (line 1, pos 0)

== SQL ==
SELCT 1
^^^
"""
CAST = """Time taken: 4.248 seconds, Fetched 1 row(s)
[CAST_INVALID_INPUT] The value 'abc' of the type "STRING" cannot be cast to "INT". SQLSTATE: 22018
== SQL (line 2, position 8) ==
SELECT CAST('abc' AS INT) + id FROM range(3)
       ^^^^^^^^^^^^^^^^^^

org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value 'abc' of the type "STRING" cannot be cast
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.invalidInputInCastToNumberError(QueryExecutionErrors.scala:140)
"""
NO_FILE = "03:07:07 ERROR SparkSQLCLIDriver: Could not open input file for reading. (File file:/x.sql does not exist)\n"


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (
            UNKNOWN_TABLE,
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view 'a.nowhere' cannot be found. Verify the spelling and "
            "correctness. To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS. SQLSTATE: "
            "42P01; line 1 pos 14",
        ),
        (SYNTAX, "[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELCT'. SQLSTATE: 42601 (line 1, pos 0)"),
        (
            CAST,
            '[CAST_INVALID_INPUT] The value \'abc\' of the type "STRING" cannot be cast to "INT". SQLSTATE: 22018',
        ),
        (NO_FILE, "Could not open input file for reading. (File file:/x.sql does not exist)"),
        ("1\tone\n[x] no condition\n", ""),
        ("", ""),
    ],
)
def test_the_message_is_taken_and_no_row_query_or_trace(output: str, error: str) -> None:
    assert sql_error(output) == error


def test_of_several_attempts_the_last_counts() -> None:
    assert sql_error(UNKNOWN_TABLE + SYNTAX).startswith("[PARSE_SYNTAX_ERROR]")


def test_the_end_of_a_long_log_is_looked_at_and_one_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    log = tmp_path / "stderr"
    assert sql_error_in(log) == ""
    log.write_bytes(SYNTAX.encode() + b"x" * TAIL)
    assert sql_error_in(log) == ""
    log.write_bytes(b"\xff\0\n" * TAIL + SYNTAX.encode())
    assert sql_error_in(log).startswith("[PARSE_SYNTAX_ERROR]")
