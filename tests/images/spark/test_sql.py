"""The statements of a transfer; `tests/embedded/test_transfers.py` runs them after Spark."""

import re

from longshore_cli.embedded.postgres import Postgres
from longshore_spark.sql import Column, lake_merge, qualified, quoted, swap_statements

ID, NAME = Column("id", "integer"), Column("name", "text")


def swap(mode: str, target_columns: list[Column], staged_columns: list[Column], key: tuple[str, ...] = ()) -> list[str]:
    return swap_statements(
        mode=mode,
        target="s.t",
        staging="s.new",
        target_columns=target_columns,
        staged_columns=staged_columns,
        key=key,
    )


def test_names_are_quoted_whatever_they_hold() -> None:
    assert quoted('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
    assert qualified("Serving.routes") == '"Serving"."routes"'
    assert "target.`a``b` <=> source.`a``b`" in lake_merge("lake.raw.x", "view", ["a`b"])


def test_a_target_that_is_not_there_becomes_the_staged_table_in_every_mode() -> None:
    for mode in ("overwrite", "append", "merge"):
        assert swap(mode, [], [ID]) == ['ALTER TABLE "s"."new" RENAME TO "t"']


def test_overwriting_the_same_columns_in_any_order_keeps_the_table() -> None:
    delete, insert = swap("overwrite", [NAME, ID], [ID, NAME])
    assert delete == 'DELETE FROM "s"."t"'
    assert insert == 'INSERT INTO "s"."t" ("id", "name") SELECT "id", "name" FROM "s"."new"'


def test_overwriting_a_column_of_another_type_replaces_the_table() -> None:
    assert swap("overwrite", [Column("id", "bigint")], [ID])[0] == 'DROP TABLE "s"."t"'


def test_a_merge_replaces_rows_of_its_keys_nulls_among_them(postgres: Postgres) -> None:
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t (a int, b text, v text); CREATE TABLE s.new (LIKE s.t)")
        connection.execute(
            "INSERT INTO s.t VALUES (1, 'x', 'old'), (1, NULL, 'old'), (NULL, NULL, 'old'), (2, 'x', 'old')"
        )
        connection.execute(
            "INSERT INTO s.new VALUES (1, 'x', 'new'), (1, NULL, 'new'), (NULL, NULL, 'new'), (3, 'x', 'new')"
        )
        columns = [Column("a", "integer"), Column("b", "text"), Column("v", "text")]
        for statement in swap("merge", columns, columns, ("a", "b")):
            connection.execute(statement)  # type: ignore[arg-type]
        rows = connection.execute("SELECT a, b, v FROM s.t ORDER BY a NULLS LAST, b NULLS LAST").fetchall()
    assert rows == [
        *((1, "x", "new"), (1, None, "new"), (2, "x", "old"), (3, "x", "new"), (None, None, "new")),
    ]


def test_a_merge_of_many_rows_compares_no_row_with_all_others(postgres: Postgres) -> None:
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT generate_series(1, 50000) AS id")
        connection.execute("CREATE TABLE s.new AS TABLE s.t; ANALYZE s.t; ANALYZE s.new")
        by_value, by_null, _ = swap("merge", [ID], [ID], ("id",))
        plan = connection.execute(f"EXPLAIN (FORMAT JSON) {by_value}").fetchone()  # type: ignore[arg-type]
        assert "Nested Loop" not in str(plan)
        # Nothing is NULL here, so that the second one has nothing to compare.
        ran = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {by_null}").fetchone()  # type: ignore[arg-type]
        assert set(re.findall(r"'Rows Removed by Join Filter': (\d+)", str(ran))) <= {"0"}
