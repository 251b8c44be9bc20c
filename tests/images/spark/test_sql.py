"""The statements of a transfer, as text; `tests/embedded/test_transfers.py` runs them."""

from longshore_spark.sql import Column, lake_merge, qualified, quoted, swap_statements

ID, NAME = Column("id", "integer"), Column("name", "text")


def swap(mode: str, there: list[Column], staged: list[Column]) -> list[str]:
    return swap_statements(mode=mode, target="s.t", staging="s.new", there=there, staged=staged, key=["id"])


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


def test_a_merge_deletes_by_key_and_inserts() -> None:
    delete, insert = swap("merge", [ID, NAME], [ID, NAME])
    assert delete.endswith('WHERE target."id" IS NOT DISTINCT FROM staged."id"')
    assert insert.startswith("INSERT INTO")
