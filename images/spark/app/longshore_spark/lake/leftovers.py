"""Files of the lake that killed transfers have left: no table's metadata or snapshot refers to them.

First they are found, for all tables. Then they are compared with the files of other tables: a renamed table keeps its
folder, and an environment's table has the shared table's files. Then each target is locked, checked again, and its
files are deleted.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.exceptions import SinkError
from longshore_spark.grammar.table_names import written
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.lock import lake_lock
from longshore_spark.lake.schema import schema_of
from longshore_spark.lake.tables import catalog_of, lake_of
from longshore_spark.outcome.leftovers import Leftover
from longshore_spark.reasons import reason
from longshore_spark.spark.names import spark_quoted

Name = tuple[str, ...]
"""The parts of a table's name, without the catalog's."""
_SCHEMAS = "env_"
"""Begins the namespaces of environments, as EnvironmentCatalog (Java) has it."""
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WRITTEN = re.compile(
    rf"data/(.*/)?\d{{5}}-\d+-{_UUID}(-\d+)?-\d{{5}}\.(parquet|orc|avro)|metadata/(snap-\d+-\d+-{_UUID}|{_UUID}-m\d+)\.avro"
)
"""Matches the files that Iceberg writes to a table's folder before the first commit."""


@dataclass(frozen=True)
class _Found:
    """Files below a folder that its table does not need."""

    table: Name
    files: list[str]
    exists: bool
    """False: the folder has no table, for its first transfer was killed."""


def lake_leftovers(
    spark: SparkSession, catalog: JdbcConnection, *, before: datetime, dry_run: bool
) -> Iterator[Leftover]:
    """Deletes the files of all targets that no transfer writes to now; in an environment, of its own lake.

    Args:
        before: files that were written later stay, and are not listed.
    """
    lake = _Lake(spark, catalog, before)
    found: list[_Found] = []
    for one in [*lake.orphans(), *lake.unfinished()]:
        if isinstance(one, Leftover):
            yield one
        elif one.files:
            found.append(one)
    others = lake.needed_by_others(found)
    for one in found:
        if one.table in others:
            yield _kept(one, others[one.table])
            continue
        try:
            yield from lake.deleted(one, dry_run=dry_run)
        except SinkError:
            yield _kept(one, "a transfer is writing to it")


class _Lake:
    """The lake as Spark's catalog shows it to this job."""

    def __init__(self, spark: SparkSession, catalog: JdbcConnection, before: datetime) -> None:
        self._spark = spark
        self._jvm: Any = spark._jvm
        context: Any = spark.sparkContext
        self._gateway, self._hadoop = context._gateway, context._jsc.hadoopConfiguration()
        self._jdbc = Jdbc(spark._jvm, catalog)
        self._before = int(before.timestamp() * 1000)
        self._environment = os.environ.get("LONGSHORE_ENVIRONMENT", "")
        self._warehouse = str(catalog.extra["warehouse"]).rstrip("/")
        java = catalog_of(spark)
        self._namespaces = list(_below(java, list(java.listNamespaces())))
        self._tables: list[Name] = [
            (*namespace, str(table.name()))
            for namespace in self._namespaces
            for table in java.listTables(self._array(namespace))
        ]

    def orphans(self) -> Iterator[_Found | Leftover]:
        """Yields the orphan files of each table."""
        kept = []
        for table in self._tables:
            if not self._is_own(table):
                continue
            try:
                loaded = self._loaded(table)
                if str(loaded.properties().getOrDefault("gc.enabled", "true")) == "false":
                    kept.append(table)
                    continue
                files = self._jvm.dev.longshore.lake.OrphanFiles.of(loaded, self._before, self._hadoop)
                yield _Found(table, [str(file) for file in files], exists=True)
            except Py4JJavaError as error:
                yield Leftover(_shown(table), "table", f"it cannot be looked at: {reason(error)}")
        if kept and self._environment:
            # An environment's tables have this property if they have files of the shared lake.
            why = "what is left of them goes with the environment"
            yield Leftover(f"{len(kept)} table{'s' * (len(kept) > 1)}", "with files of the shared lake", why)
        elif kept:
            yield from (Leftover(_shown(table), "table", "its property gc.enabled is false") for table in kept)

    def unfinished(self) -> Iterator[_Found]:
        """Files of tables that are missing, for the transfer that was to make them was killed before its commit."""
        root = "/".join([self._warehouse, *([schema_of(self._environment)] if self._environment else [])])
        for namespace in self._namespaces:
            folder = self._jvm.org.apache.hadoop.fs.Path(root, namespace[0])
            system = folder.getFileSystem(self._hadoop)
            if len(namespace) > 1 or not self._is_own(namespace) or not system.exists(folder):
                continue
            for status in system.listStatus(folder):
                table = (namespace[0], str(status.getPath().getName()))
                if status.isDirectory() and table not in self._tables:
                    yield _Found(table, self._staged(system, status.getPath()), exists=False)

    def needed_by_others(self, found: list[_Found]) -> dict[Name, str]:
        """Returns why files must stay, by the table that they were found for: another table needs one of them."""
        of = {file: one.table for one in found for file in one.files}
        needed: dict[Name, str] = {}
        for table in self._tables if of else []:
            others = [file for file, owner in of.items() if owner != table and owner not in needed]
            if not others:
                continue
            try:
                files = self._jvm.dev.longshore.lake.OrphanFiles.needed(others, self._loaded(table))
                needed |= {of[str(file)]: f"{_shown(table)} has files in the same folder" for file in files}
            except Py4JJavaError as error:
                why = f"it is not known whether {_shown(table)} needs them, which cannot be read: {reason(error)}"
                needed |= {of[file]: why for file in others}
        return needed

    def deleted(self, found: _Found, *, dry_run: bool) -> Iterator[Leftover]:
        """Deletes the files that no snapshot refers to by now, one by one.

        Raises:
            SinkError: a transfer writes to the table.
        """
        namespace, name = ".".join(found.table[:-1]), found.table[-1]
        with lake_lock(self._jdbc, namespace, name, target=_shown(found.table), lock_timeout=0):
            needed: set[str] = set()
            if found.exists:
                orphans = self._jvm.dev.longshore.lake.OrphanFiles
                needed = {str(file) for file in orphans.needed(found.files, self._loaded(found.table))}
            elif self._made(found.table):
                return
            for file in found.files:
                if file in needed:
                    continue
                if not dry_run:
                    path = self._jvm.org.apache.hadoop.fs.Path(file)
                    path.getFileSystem(self._hadoop).delete(path, False)
                yield Leftover(file, _of(found))

    def _is_own(self, name: Name) -> bool:
        """Returns True outside environments' namespaces; an environment sees only its own tables."""
        return bool(self._environment) or not name[0].startswith(_SCHEMAS)

    def _loaded(self, table: Name) -> Any:
        name = ".".join(map(spark_quoted, ("lake", *table)))
        loaded = self._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(self._spark._jsparkSession, name)
        loaded.refresh()  # it may come from a cache
        return loaded

    def _made(self, table: Name) -> bool:
        return lake_of(self._spark).tables.table(table[0], table[1]) is not None

    def _staged(self, system: Any, folder: Any) -> list[str]:
        """Returns a folder's files; none if one is too young, or was not written by a first transfer."""
        files, base = [], str(folder.toUri().getPath()).rstrip("/") + "/"
        listed = system.listFiles(folder, True)
        while listed.hasNext():
            status = listed.next()
            below = str(status.getPath().toUri().getPath()).removeprefix(base)
            if status.getModificationTime() >= self._before or not _WRITTEN.fullmatch(below):
                return []
            files.append(str(status.getPath()))
        return files

    def _array(self, parts: Name) -> Any:
        array = self._gateway.new_array(self._jvm.java.lang.String, len(parts))
        for at, part in enumerate(parts):
            array[at] = part
        return array


def _below(catalog: Any, namespaces: list[Any]) -> Iterator[Name]:
    for namespace in namespaces:
        yield tuple(str(part) for part in namespace)
        yield from _below(catalog, list(catalog.listNamespaces(namespace)))


def _kept(found: _Found, why: str) -> Leftover:
    files = "1 file" if len(found.files) == 1 else f"{len(found.files)} files"
    return Leftover(files, _of(found), why)


def _shown(table: Name) -> str:
    return written("lake", *table)


def _of(found: _Found) -> str:
    return _shown(found.table) if found.exists else f"{_shown(found.table)}, which was never finished"
