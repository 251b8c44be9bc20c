"""A table of the lake in Iceberg: read, staged and published through the image's catalog (Java)."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import types as T  # noqa: N812  as everywhere with Spark

from longshore_spark.exceptions import SinkError
from longshore_spark.grammar.table_names import lake_target
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.tables import Lake
from longshore_spark.outcome.commits import PROPERTY, Commit, CommitKey, outdated, parse_commit
from longshore_spark.outcome.datasets import Dataset, dataset, location_name, postgres_name
from longshore_spark.spark.java_errors import throwables

CHECKED_FORMATS = ("parquet", "orc")
"""The formats whose files Spark reads by itself."""
_CONFLICTS = {"ValidationException", "CommitFailedException", "AlreadyExistsException", "NoSuchTableException"}


class LakeTable:
    """A target as it was when the transfer began."""

    def __init__(self, lake: Lake, target: str) -> None:
        self._lake = lake
        self._jvm = lake.jvm
        self.target = target
        self.namespace, self.name = lake_target(target)
        self._found: Any = lake.tables.table(self.namespace, self.name)
        # The found table is shared with Spark, which refreshes it; this state stays.
        self._began: Any = self._found.operations().current() if self.exists else None

    @property
    def exists(self) -> bool:
        """True if the table existed when the transfer began."""
        return self._found is not None

    @property
    def columns(self) -> T.StructType:
        """Its columns; none where it is missing."""
        return self._columns(self._found) if self.exists else T.StructType()

    @property
    def kinds(self) -> dict[str, tuple[str, bool]]:
        """Iceberg's types of its columns, and whether they are required; Spark calls a uuid a string."""
        fields = self._found.schema().columns() if self.exists else []
        return {str(field.name()): (str(field.type()), bool(field.isRequired())) for field in fields}

    @property
    def plain_layout(self) -> bool:
        """True if the table has neither partitions nor a sort order."""
        return bool(self._found.spec().isUnpartitioned() and self._found.sortOrder().isUnsorted())

    @property
    def is_view(self) -> bool:
        """True if a view has the name, so that no table can."""
        return not self.exists and bool(self._lake.tables.isView(self.namespace, self.name))

    @property
    def properties(self) -> dict[str, str]:
        """Its properties; none where it is missing."""
        return {str(name): str(value) for name, value in dict(self._found.properties()).items()} if self.exists else {}

    @property
    def snapshot(self) -> int | None:
        """Its snapshot when the transfer began; None: it had none."""
        found = self._began.currentSnapshot() if self.exists else None
        return int(found.snapshotId()) if found is not None else None

    def dataset(self, catalog: JdbcConnection) -> Dataset:
        """Returns the table as a dataset; it must exist. In an environment, its name in the catalog is left out:
        there the same name may mean the environment's table or the shared one, and the location tells which."""
        symlink = None
        if not os.environ.get("LONGSHORE_ENVIRONMENT"):
            symlink = postgres_name(catalog.host, catalog.port, catalog.database, self.namespace, self.name)
        columns = {field.name: field.dataType.simpleString() for field in self.columns.fields}
        return dataset(location_name(str(self._found.location())), columns=columns, symlink=symlink)

    def commit_of(self, key: CommitKey) -> Commit | None:
        """Returns the last commit of a task instance; None: there was none."""
        return parse_commit(self.properties.get(PROPERTY + key.instance))

    def rows_of(self, key: CommitKey) -> tuple[int | None, str]:
        """Returns a commit's snapshot (None: it has expired), and how much of it is left: "all", "some" or "none"."""
        staged = self._jvm.dev.longshore.lake.StagedWrite
        snapshot = staged.committedAs(self._found, str(key))
        return (None, "none") if snapshot is None else (int(snapshot), str(staged.presence(self._found, snapshot)))

    def change_columns(self, columns: T.StructType) -> None:
        """Adds or widens columns by themselves, in a commit of their own."""
        update = self._found.updateSchema().caseSensitive(False)
        update.unionByNameWith(self._java(columns)).commit()
        # Spark keeps a table for half a minute. What it has now may be another object, whose columns are the old ones:
        # a merge by these would fail, or round what goes into a widened column.
        self._found = self._lake.tables.table(self.namespace, self.name)

    def refreshed(self) -> "LakeTable":
        """Returns the same table as it is now."""
        return LakeTable(self._lake, self.target)

    def stage(self, columns: T.StructType | None) -> "Staged":
        """Begins to write; `columns` are to be added or widened, of a missing table all.

        Raises:
            SinkError: the table was missing, and is there by now.
        """
        java = self._java(columns) if columns is not None else None
        with self.conflicts():
            return Staged(self, self._lake.tables.stage(self.namespace, self.name, self._found, self._began, java))

    def unchanged(self) -> "LakeTable":
        """Returns the same table as it is now; its columns are those that it had when the transfer began.

        Raises:
            SinkError: another program has changed them, or dropped the table.
        """
        now = self.refreshed()
        if not now.exists:
            raise self._changed("it was dropped")
        if not now._began.schema().sameSchema(self._began.schema()):
            raise self._changed("its columns were changed")
        return now

    @contextmanager
    def conflicts(self) -> Iterator[None]:
        """Raises SinkError where Iceberg refuses what the block does since another program has changed the table.

        Errors that leave open whether a commit has happened stay as they are.
        """
        try:
            yield
        except (Py4JJavaError, PySparkException) as error:
            for one in throwables(error):
                name, message = str(one.getClass().getSimpleName()), str(one.getMessage())
                if name == "CommitStateUnknownException":
                    break
                if message.startswith("Table UUID does not match"):
                    raise self._changed("it was made anew") from error
                if message.startswith("Found conflicting files"):
                    raise self._changed("rows were written to it") from error
                if name in _CONFLICTS:
                    raise self._changed(message if self.exists else "it was made by another") from error
            raise

    def _changed(self, reason: str) -> SinkError:
        return SinkError(
            f"The table {self.target!r} was changed by another program while the transfer ran: {reason}; nothing was "
            "written. Run the transfer again."
        )

    def summary(self) -> dict[str, int]:
        """Returns the counts of its current snapshot, by Iceberg's names (`total-records`)."""
        return _counts(self._found.currentSnapshot()) if self.exists else {}

    def _columns(self, table: Any) -> T.StructType:
        converted = self._jvm.org.apache.iceberg.spark.SparkSchemaUtil.convert(table.schema())
        return T.StructType.fromJson(json.loads(converted.json()))

    def _java(self, columns: T.StructType) -> Any:
        spark_type = self._jvm.org.apache.spark.sql.types.DataType.fromJson(columns.json())
        return self._jvm.org.apache.iceberg.spark.SparkSchemaUtil.convert(spark_type)


class Staged:
    """Rows that are written for a table, which readers cannot see yet."""

    def __init__(self, table: LakeTable, java: Any) -> None:
        self._table = table
        self._java = java
        self._kept_files = False

    @property
    def columns(self) -> T.StructType:
        """The columns that the table is going to have."""
        return self._table._columns(self._java.table())

    @property
    def kinds(self) -> dict[str, str]:
        """Iceberg's types of these columns."""
        return {str(field.name()): str(field.type()) for field in self._java.table().schema().columns()}

    @property
    def stored_columns(self) -> T.StructType:
        """The same columns with the names that they have in the files, where these have to be names of Avro's."""
        if self.file_format == "orc":
            return self.columns
        compatible = self._table._jvm.org.apache.iceberg.avro.AvroSchemaUtil.makeCompatibleName
        stored: T.StructType = _stored(self.columns, compatible)
        return stored

    @property
    def java(self) -> Any:
        """The StagedWrite (Java)."""
        return self._java

    @property
    def handle(self) -> tuple[str, str, str]:
        """The name under which Spark writes the rows, in parts."""
        return "lake", self._table.namespace, str(self._java.handle())

    @property
    def files(self) -> list[str]:
        """The files that were written."""
        return [str(file.location()) for file in self._java.files()]

    @property
    def rows(self) -> int:
        """The number of rows in these files."""
        return sum(int(file.recordCount()) for file in self._java.files())

    @property
    def file_format(self) -> str:
        """The files' format, as Spark calls it."""
        return str(self._java.table().properties().getOrDefault("write.format.default", "parquet"))

    def publish(
        self, *, overwrite: bool, replaced: int | None, key: CommitKey | None, commit: Commit | None, now: Any
    ) -> dict[str, int]:
        """Publishes the rows in one commit, and returns the counts of its snapshot.

        Args:
            overwrite: instead of all rows that were there when the transfer began.
            replaced: a snapshot whose rows go, too.
            key, commit: whose commit it is, to be kept with the table.
            now: the time (datetime), for old keys to be forgotten.

        Raises:
            SinkError: the table has changed in a way that does not let this be done exactly; nothing is published.
        """
        properties = self._table.properties
        commits = [name for name in properties if name.startswith(PROPERTY)]
        name = PROPERTY + key.instance if key is not None else None
        set_ = {name: commit.as_text()} if name is not None and commit is not None else {}
        # An overwrite replaces all rows that were ever written. Iceberg refuses to set and remove a property at once.
        removed = [one for one in (commits if overwrite else outdated(properties, now)) if one not in set_]
        self._kept_files = True  # from here on the files may belong to the table
        try:
            with self._table.conflicts():
                snapshot = self._java.publish(
                    overwrite, replaced, str(key) if key else None, [name] if name else [], set_, removed
                )
        except SinkError:
            self._kept_files = False
            raise
        return _counts(snapshot)

    def close(self) -> None:
        """Deletes what is no part of the table."""
        self._java.close(self._kept_files)


def _stored(kind: Any, name: Callable[[str], str]) -> Any:
    if isinstance(kind, T.StructType):
        fields = [T.StructField(str(name(one.name)), _stored(one.dataType, name), one.nullable) for one in kind.fields]
        return T.StructType(fields)
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(_stored(kind.elementType, name), kind.containsNull)
    if isinstance(kind, T.MapType):
        return T.MapType(_stored(kind.keyType, name), _stored(kind.valueType, name), kind.valueContainsNull)
    return kind


def _counts(snapshot: Any) -> dict[str, int]:
    if snapshot is None:  # a table that was created empty has none
        return {}
    return {key: int(value) for key, value in dict(snapshot.summary()).items() if key.endswith("-records")}
