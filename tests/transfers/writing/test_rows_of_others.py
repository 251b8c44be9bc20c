"""A transfer to a database changes the rows that it is asked to change, whatever references, triggers and rules do."""

from dataclasses import dataclass
from typing import Any

import pytest
from embedded.transfers import to_database, to_lake

from transfers.conftest import World

_OWNED = """
CREATE TABLE shelf (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE shelf_1 PARTITION OF shelf FOR VALUES FROM (0) TO (10);
CREATE TABLE book (shelf int REFERENCES shelf ON DELETE CASCADE);
INSERT INTO shelf VALUES (1, 'a'), (2, 'a'); INSERT INTO book VALUES (1), (2);
CREATE TABLE box (id int, name text) PARTITION BY RANGE (id);
CREATE TABLE box_1 PARTITION OF box FOR VALUES FROM (0) TO (10); ALTER TABLE box_1 ADD PRIMARY KEY (id);
CREATE TABLE thing (box int REFERENCES box_1 ON DELETE CASCADE);
INSERT INTO box VALUES (1, 'a'), (2, 'a'); INSERT INTO thing VALUES (1), (2);
CREATE TABLE staff (id int PRIMARY KEY, boss int REFERENCES staff ON DELETE CASCADE);
INSERT INTO staff VALUES (1, NULL), (2, 1), (3, 2);
CREATE TABLE code (id int PRIMARY KEY, code text UNIQUE, name text);
INSERT INTO code VALUES (1, 'x', 'n'), (2, 'y', 'n');
CREATE TABLE uses (code text REFERENCES code (code) ON UPDATE CASCADE); INSERT INTO uses VALUES ('x'), ('y');
CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE hidden (id int PRIMARY KEY, name text); INSERT INTO hidden VALUES (7, 'old'), (8, 'old');
CREATE TRIGGER kept BEFORE DELETE ON hidden FOR EACH ROW EXECUTE FUNCTION kept();
CREATE TABLE ids (id int); CREATE TRIGGER kept BEFORE INSERT ON ids FOR EACH ROW EXECUTE FUNCTION kept();
CREATE TABLE other (id int, name text);
CREATE TABLE moved (id int, name text); INSERT INTO moved VALUES (1, 'old');
CREATE RULE inserts AS ON INSERT TO moved DO INSTEAD INSERT INTO other VALUES (NEW.*);
CREATE TABLE stays (id int, name text); INSERT INTO stays VALUES (9, 'old');
CREATE RULE deletes AS ON DELETE TO stays DO INSTEAD NOTHING;
CREATE TABLE logged (id int, name text);
CREATE RULE logs AS ON INSERT TO logged DO ALSO INSERT INTO other VALUES (0, 'log');
"""
_ROWS = "(SELECT * FROM VALUES (1, 'new'), (3, 'new') AS v(id, name))"
_STAFF = "(SELECT * FROM VALUES (1, CAST(NULL AS INT)), (4, 1) AS v(id, boss))"
_MERGE = {"mode": "merge", "key": "id"}
TRANSFERS = {
    "partition of a table with references": to_database(_ROWS, "others.shelf_1"),
    "table with references to a partition": to_database(_ROWS, "others.box"),
    "table that refers to itself": to_database(_STAFF, "others.staff"),
    "deleted rows that others of the table follow": to_database(
        "lake.others.boss", "others.staff", delete_missing="true", **_MERGE
    ),
    "changed value that others follow": to_database("(SELECT 1 AS id, 'z' AS code)", "others.code", **_MERGE),
    "unchanged value that others follow": to_database(
        "(SELECT * FROM VALUES (1, 'x', 'new'), (5, 'v', 'new') AS v(id, code, name))", "others.code", **_MERGE
    ),
    "trigger that keeps deleted rows": to_database(_ROWS, "others.hidden"),
    "trigger that keeps missing rows": to_database(
        "lake.others.boss", "others.hidden", schema_changes="ignore", delete_missing="true", **_MERGE
    ),
    "trigger that leaves out keys": to_database("(SELECT 1 AS id)", "others.ids", **_MERGE),
    "rule that inserts elsewhere": to_database(_ROWS, "others.moved", mode="append"),
    "rule that keeps deleted rows": to_database(_ROWS, "others.stays"),
    "append to a table whose rule keeps deleted rows": to_database(_ROWS, "others.stays", mode="append"),
    "rule that does something else, too": to_database(_ROWS, "others.logged"),
}
REFUSED = {
    "partition of a table with references": "refer to 'others.shelf_1' (book_shelf_fkey of others.book)",
    "table with references to a partition": "refer to 'others.box' (thing_box_fkey of others.thing)",
    "deleted rows that others of the table follow": "(ON DELETE of staff_boss_fkey of others.staff)",
    "changed value that others follow": "would change \"code\" of the table 'others.code' (of id=1), and with it",
    "trigger that keeps deleted rows": "has 4 rows after 2 were to replace all others: a trigger of it keeps rows",
    "trigger that keeps missing rows": "rows after 1 were to replace all others: a trigger of it keeps rows",
    "trigger that leaves out keys": "has taken 0 of 1 rows: a trigger of it leaves some out",
    "rule that inserts elsewhere": "A rule of the table 'others.moved' (inserts) does something else instead",
    "rule that keeps deleted rows": "A rule of the table 'others.stays' (deletes) does something else instead",
}


@dataclass(frozen=True)
class Done:
    """The outcomes of the transfers, and the rows of all tables afterwards."""

    outcomes: dict[str, dict[str, Any]]
    rows: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def done(world: World) -> Done:
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE SCHEMA others AUTHORIZATION flights; SET ROLE flights; SET search_path = others")
        connection.execute(_OWNED)
        source = to_lake("(SELECT 1 AS id, NULL::int AS boss)", "lake.others.boss")
        outcomes = world.transfers.run_all({"source": source, **TRANSFERS})
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'others'").fetchall()
        rows = {str(name): connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for (name,) in names}  # type: ignore[arg-type]
    return Done(outcomes, rows)


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_change_other_rows_or_leave_some_is_refused(done: Done, case: str) -> None:
    assert REFUSED[case] in done.outcomes[case]["error"]


def test_refused_transfers_have_changed_nothing(done: Done) -> None:
    assert done.rows["shelf"] == done.rows["box"] == [(1, "a"), (2, "a")]
    assert done.rows["book"] == done.rows["thing"] == [(1,), (2,)]
    assert done.rows["uses"] == [("x",), ("y",)]
    assert done.rows["hidden"] == [(7, "old"), (8, "old")]
    assert done.rows["ids"] == []
    assert done.rows["moved"] == [(1, "old")]


def test_what_changes_no_other_rows_is_written(done: Done) -> None:
    assert done.rows["staff"] == [(1, None), (4, 1)]
    assert done.rows["code"] == [(1, "x", "new"), (2, "y", "n"), (5, "v", "new")]
    assert done.rows["stays"] == [(1, "new"), (3, "new"), (9, "old")]
    assert done.rows["logged"] == [(1, "new"), (3, "new")]
    assert set(done.rows["other"]) == {(0, "log")}
