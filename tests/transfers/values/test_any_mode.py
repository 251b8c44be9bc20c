"""Whatever a transfer changes in a target that is there, it is what a model in plain Python says, or nothing at all."""

import itertools
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from embedded.transfers import to_database, to_lake
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from pyiceberg.table import Table as IcebergTable

from transfers import database_place, lake_place
from transfers.changes import Case, cases
from transfers.conftest import World
from transfers.exact_values import shown
from transfers.lake_place import Layout
from transfers.oracle import AUTO, Column, Expected, Run, Table, expected

TOGETHER = 10
"""Targets whose transfers are done in one session."""
EXAMPLES = max(1, int(os.environ.get("LONGSHORE_TABLES", "30")) // TOGETHER)
_numbers = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def _places(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE SCHEMA mode AUTHORIZATION flights")
        connection.execute("SET ROLE flights; SET search_path = mode")
        connection.execute(database_place.PRELUDE)  # type: ignore[arg-type]
    first = world.transfers.run(to_lake("(SELECT 1 AS id)", "lake.mode.first"))  # makes the lake's catalog, too
    assert first["status"] == 0, first


@settings(
    max_examples=EXAMPLES,
    derandomize=False,  # other tables each time, also in continuous integration
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    verbosity=Verbosity.quiet,  # the assertion says what is wrong; the whole example is long
    phases=[Phase.explicit, Phase.generate],  # a smaller case costs seconds a try
)
@given(together=st.lists(cases(), min_size=TOGETHER, max_size=TOGETHER))
def test_a_transfer_changes_what_it_must_or_nothing(world: World, together: list[Case]) -> None:
    targets = [Target(world, case, f"t{next(_numbers)}") for case in together]
    for target in targets:
        target.create()
    for at in range(2):
        running = [target for target in targets if at < len(target.case.runs)]
        transfers = {target.name: target.prepared(target.case.runs[at]) for target in running}
        outcomes = world.transfers.run_all(
            {"a source that is missing": to_lake("mode.none", "lake.mode.none"), **transfers}
        )
        found = [target.fault(target.case.runs[at], outcomes[target.name]) for target in running]
        faults = [fault for fault in found if fault is not None]
        assert not faults, "\n\n".join(faults)


class Target:
    """A target, and what the model says of it."""

    def __init__(self, world: World, case: Case, name: str) -> None:
        self.world, self.case, self.name = world, case, name
        self.model = case.owned
        self.before: Any = None

    def create(self) -> None:
        """Makes it as its owner does."""
        if self.case.owned is None:
            return
        if self.case.place == "lake":
            lake_place.create(self.world.lake, f"mode.{self.name}", self.case.owned, self.case.layout)
        else:
            with self._connection() as connection:
                database_place.create(connection, self.name, self.case.owned)

    def prepared(self, run: Run) -> list[str]:
        """The arguments of a transfer, whose source is there now."""
        self.before = self._all()
        source = f"source_{next(_numbers)}"
        options = {
            "mode": run.mode,
            "key": json.dumps(run.key) if run.key else "-",
            "schema_changes": run.schema_changes,
            "delete_missing": str(run.delete_missing).lower(),
            "checks": json.dumps(run.checks) if run.checks else "-",
        }
        if self.case.place == "lake":
            with self._connection() as connection:
                database_place.create_source(connection, source, run.source)
            return to_lake(f"mode.{source}", f"lake.mode.{self.name}", **options)
        columns = tuple(Column(name, kind) for name, kind in run.source.columns.items())
        rows = tuple(dict(zip(run.source.columns, row, strict=True)) for row in run.source.rows)
        lake_place.create(self.world.lake, f"mode.{source}", Table(columns, rows), Layout())
        return to_database(f"lake.mode.{source}", f"mode.{self.name}", **options)

    def fault(self, run: Run, outcome: dict[str, Any]) -> str | None:
        """Returns a transfer's outcome, if it differs from the model's."""
        wanted = expected(self.case.place, self.model, run)
        try:
            self._check(wanted, outcome)
        except AssertionError as error:
            target = f"{self.case.place}, {self.case.layout}, {self.model}"
            return f"{target}\n{run}\nexpected: {wanted}\nfound: {outcome}\n{error}"
        return None

    def _check(self, wanted: Expected, outcome: dict[str, Any]) -> None:
        if "error" in outcome:
            assert any(_says(outcome["error"], one) for one in (*wanted.refused, *wanted.perhaps)), "another reason"
            assert self._all() == self.before, "a refused transfer has changed the target"
            return
        assert wanted.after is not None, "it must be refused"
        self._check_definition(wanted.after)
        rows = self._rows()
        # A value that the database makes is only there, or not.
        made = {name for row in wanted.after.rows for name, value in row.items() if value is AUTO}
        assert all(row[name] is not None for row in rows for name in made)
        shown_columns = [column for column in wanted.after.columns if column.name not in made]
        assert _texts(shown_columns, rows) == _texts(shown_columns, wanted.after.rows)
        assert outcome["sink"]["total_rows"] == len(rows)
        self.model = replace(wanted.after, rows=tuple(rows))  # what the database has made is known by now

    def _check_definition(self, after: Table) -> None:
        if self.case.place == "lake":
            made = self._lake_table()
            assert lake_place.columns(made) == list(after.columns)
            if self.before is not None:
                *same, ids = lake_place.kept(made)
                *earlier, known = self.before[1]
                assert same == earlier
                assert known.items() <= ids.items()
            return
        with self._connection() as connection:
            found = database_place.columns(connection, self.name)
            assert [(one[0], one[1], one[2], one[4], one[5]) for one in found] == [
                (one.name, one.type, one.required, one.identity, one.domain) for one in after.columns
            ]
            if self.before is not None:
                assert database_place.kept(connection, self.name) == self.before[1]
                assert [one[3] for one in found][: len(self.before[0])] == [one[3] for one in self.before[0]]

    def _all(self) -> Any:
        """Everything that a refusal must leave alone; None: there is no table."""
        if self.case.place == "lake":
            if not self.world.lake.table_exists(f"mode.{self.name}"):
                return None
            made = self._lake_table()
            return made.metadata_location, lake_place.kept(made)
        with self._connection() as connection:
            if not database_place.there(connection, self.name):
                return None
            rows = sorted(map(str, database_place.rows(connection, self.name)))
            return database_place.columns(connection, self.name), database_place.kept(connection, self.name), rows

    def _rows(self) -> list[dict[str, Any]]:
        if self.case.place == "lake":
            return lake_place.rows(self._lake_table())
        with self._connection() as connection:
            return database_place.rows(connection, self.name)

    def _lake_table(self) -> IcebergTable:
        return self.world.lake.load_table(f"mode.{self.name}")

    @contextmanager
    def _connection(self) -> Iterator[database_place.Connection]:
        with self.world.postgres.connect("flights") as connection:
            connection.execute("SET ROLE flights; SET search_path = mode; SET TimeZone = 'UTC'")
            yield connection


def _says(message: str, parts: tuple[str, ...]) -> bool:
    """Returns True if the sentence has all parts, each of which may be in quotes of either kind."""
    return all(
        part in message or part.replace('"', '""') in message or part.replace("`", "``") in message for part in parts
    )


def _texts(columns: list[Column], rows: Iterable[dict[str, Any]]) -> list[str]:
    """The rows as text, to be compared in any order."""
    return sorted(json.dumps([shown(column.type, row[column.name]) for column in columns]) for row in rows)
