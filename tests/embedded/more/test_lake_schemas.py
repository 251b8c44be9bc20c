"""Two environments and the shared lake, by real jobs: a transfer, SQL scripts, and Python code of one's own."""

import json
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from environments.requests.lake_statements import Table, table_statements
from longshore_cli.embedded.connections import write_connection
from longshore_cli.embedded.platform import Platform
from support.job_runs import driver_streams, ended, start_driver

from embedded.conftest import CANARY
from embedded.lake import catalog, lake_rows

LAKE_ROLE = "lake_env_one"
CATALOG_TABLES = ("iceberg_tables", "iceberg_namespace_properties")
SHARED = """
CREATE NAMESPACE lake.iso;
CREATE TABLE lake.iso.planes AS SELECT * FROM VALUES (1, 'one'), (2, 'two') AS t(id, name);
CREATE TABLE lake.iso.flights AS SELECT * FROM VALUES (1, 'one'), (2, 'two') AS t(id, name);
ALTER TABLE lake.iso.flights SET TBLPROPERTIES
  ('write.metadata.delete-after-commit.enabled'='true', 'write.metadata.previous-versions-max'='1');
CREATE TABLE lake.iso.gone AS SELECT 1 AS id;
CREATE TABLE lake.iso.renamed AS SELECT 1 AS id;
CREATE VIEW lake.iso.ids AS SELECT id FROM lake.iso.planes;
"""
# Each statement is one that a DAG says in production, too.
ONE = """
SELECT 'before', id, name FROM lake.iso.planes ORDER BY id;
CREATE OR REPLACE TABLE lake.iso.planes AS SELECT 10 AS id, 'ten' AS name;
SELECT 'after', id, name FROM lake.iso.planes ORDER BY id;
SELECT 'view', id FROM lake.iso.ids ORDER BY id;
CREATE OR REPLACE VIEW lake.iso.ids AS SELECT 'mine' AS id;
SELECT 'own view', id FROM lake.iso.ids;
SELECT 'files', sum(record_count) FROM lake.iso.flights.files;
MERGE INTO lake.iso.flights t USING (SELECT 2 AS id, 'zwei' AS name) s ON t.id = s.id
  WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *;
INSERT INTO lake.iso.flights VALUES (3, 'drei');
DELETE FROM lake.iso.flights WHERE id = 1;
SELECT 'merged', id, name FROM lake.iso.flights ORDER BY id;
SELECT 'changes', count(*) FROM lake.iso.flights.snapshots;
DROP TABLE lake.iso.gone;
CREATE TABLE lake.iso.gone (other STRING) USING iceberg;
INSERT INTO lake.iso.gone VALUES ('again');
SELECT 'gone', other FROM lake.iso.gone;
DROP TABLE lake.iso.gone;
ALTER TABLE lake.iso.renamed RENAME TO iso.renamed_by_one;
CREATE TABLE lake.mart.new AS SELECT 1 AS id;
SHOW TABLES IN lake.iso;
SHOW NAMESPACES IN lake LIKE 'm*t|iso';
"""
TWO = """
import json
from concurrent.futures import ThreadPoolExecutor
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
said = {"planes": [tuple(row) for row in spark.table("lake.iso.planes").orderBy("id").collect()]}
said["tables"] = sorted(row.tableName for row in spark.sql("SHOW TABLES IN lake.iso").collect())
said["others"] = [spark.catalog.tableExists(name) for name in ("lake.env_one.iso.planes", "lake.iso.renamed_by_one")]

# All of them find no table of the environment's own, and only one can make it.
def add(number):
    rows = spark.range(number, number + 1).selectExpr("CAST(id AS INT) AS id", "'mine' AS name")
    rows.writeTo("lake.iso.planes").append()

with ThreadPoolExecutor(4) as pool:
    list(pool.map(add, range(100, 104)))
said["ids"] = [row.id for row in spark.table("lake.iso.planes").orderBy("id").collect()]

def refused(statement):
    try:
        spark.sql(statement).collect()
    except Exception as error:
        return str(error).split("\\\\n")[0]

said["refused"] = [
    refused("CALL lake.system.expire_snapshots('iso.planes')"),
    refused("DROP TABLE lake.iso.planes PURGE"),
    refused("ALTER TABLE lake.iso.planes SET TBLPROPERTIES ('gc.enabled'='true')"),
    refused("CREATE TABLE lake.iso.elsewhere (id INT) USING iceberg LOCATION '{lake}/iso/planes'"),
    refused("ALTER TABLE lake.iso.flights SET TBLPROPERTIES ('write.data.path'='{lake}/iso/flights/data')"),
    refused("DROP NAMESPACE lake.iso"),
]
print("SAID", json.dumps(said))
"""


@dataclass(frozen=True)
class Run:
    """A job run that has ended."""

    state: str
    details: str
    output: str


def finished(platform: Platform, cluster: str, job_run: str) -> Run:
    """Waits for the end of a job run."""
    run = ended(platform, job_run, cluster=cluster)
    stdout, _ = driver_streams(platform, job_run, cluster=cluster)
    return Run(run["state"], run.get("stateDetails", ""), stdout)


def python(entry_point: str, *arguments: str) -> dict[str, Any]:
    return {"sparkSubmitJobDriver": {"entryPoint": entry_point, "entryPointArguments": list(arguments)}}


def sql(folder: Path, name: str, script: str, parameters: str = "") -> dict[str, Any]:
    (folder / f"{name}.sql").write_text(script)
    entry_point = (folder / f"{name}.sql").as_uri()
    return {"sparkSqlJobDriver": {"entryPoint": entry_point, "sparkSqlParameters": f"--name {name} {parameters}"}}


ORPHAN = Path("data") / f"00000-0-{uuid.UUID(int=7)}-0-00001.parquet"
"""A file that no table refers to, by the name that Iceberg gives it."""
DROP_SCHEMA = python("local:///opt/longshore/drop_schema.py")


def restrict_environments(platform: Platform) -> None:
    """The role that the controller makes in the catalog, and a connection `lake_catalog_one` by it."""
    with platform.postgres.connect("lake_catalog") as connection:
        connection.execute(f"CREATE ROLE {LAKE_ROLE} LOGIN PASSWORD '{CANARY}'")
        for name in CATALOG_TABLES:
            for statement in table_statements(Table(name=name, exists=True), role=LAKE_ROLE, owner="postgres"):
                connection.execute(statement)
    content = json.loads((platform.layout.connections / "lake_catalog.json").read_text())
    write_connection(platform.layout.connections, "lake_catalog_one", content | {"login": LAKE_ROLE})


def unrestrict_environments(platform: Platform) -> None:
    (platform.layout.connections / "lake_catalog_one.json").unlink()
    with platform.postgres.connect("lake_catalog") as connection:
        for table in CATALOG_TABLES:
            connection.execute(f"DROP POLICY environments_read ON {table}")
            connection.execute(f"DROP POLICY environments_write ON {table}")
            connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        connection.execute(f"DROP OWNED BY {LAKE_ROLE}; DROP ROLE {LAKE_ROLE}")


def shared_rows(platform: Platform) -> list[tuple[Any, ...]]:
    """The shared lake's part of the catalog."""
    with platform.postgres.connect("lake_catalog") as connection:
        tables = connection.execute("SELECT * FROM iceberg_tables WHERE table_namespace NOT LIKE 'env%'").fetchall()
        spaces = connection.execute("SELECT * FROM iceberg_namespace_properties WHERE namespace NOT LIKE 'env%'")
        return sorted(tables, key=str) + sorted(spaces.fetchall(), key=str)


def shared_files(platform: Platform) -> dict[Path, tuple[int, int]]:
    """Every file of the shared lake, with its size and time."""
    lake = platform.layout.lake
    files = [
        path for path in lake.rglob("*") if path.is_file() and not path.relative_to(lake).parts[0].startswith("env_")
    ]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def make_old(path: Path) -> None:
    """Gives a file a time of two days ago."""
    os.utime(path, times=(time.time() - 48 * 3600,) * 2)


def leave_old_file(path: Path) -> None:
    """Leaves a file as a transfer does that was killed two days ago: it is the user's that jobs run as."""
    new = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    owner = new[-1].parent.stat() if new else path.parent.stat()
    for each in (*new, path):
        os.chown(each, owner.st_uid, owner.st_gid)
    make_old(path)


@dataclass(frozen=True)
class World:
    """The platform after one job of each environment."""

    platform: Platform
    clusters: dict[str, str]
    runs: dict[str, Run]
    before: tuple[object, object]
    """The shared lake's rows and files, before any environment's job."""

    def rows(self, run: str, first: str) -> list[tuple[str, ...]]:
        """The rows of a SQL script's output that begin with this word."""
        lines = (line.split("\t") for line in self.runs[run].output.splitlines())
        return [tuple(line[1:]) for line in lines if line[0] == first]

    @property
    def said(self) -> dict[str, Any]:
        """The findings of the Python code."""
        (line,) = [line for line in self.runs["two"].output.splitlines() if line.startswith("SAID ")]
        return dict(json.loads(line[5:]))


@pytest.fixture(scope="module")
def world(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("schemas")
    emr = platform.server.client()
    clusters = {"shared": platform.server.virtual_cluster_id}
    for name in ("one", "two"):
        provider = {"type": "EKS", "id": "embedded", "info": {"eksInfo": {"namespace": f"env-{name}"}}}
        made = emr.create_virtual_cluster(name=name, containerProvider=provider)  # type: ignore[call-arg,arg-type]
        clusters[name] = made["id"]
    (folder / "two.py").write_text(TWO.replace("{lake}", platform.layout.lake.as_uri()))
    transfer = ["--source=(SELECT 4 AS id, 'four' AS name)", "--source-connection=flights_db", "--mode=append"]
    drivers = {
        "shared": sql(folder, "shared", SHARED),
        "one": sql(folder, "one", ONE, "--conf spark.sql.catalog.lake.connection=lake_catalog_one"),
        "transfer": python("local:///opt/longshore/transfer.py", *transfer, "--target=lake.iso.flights"),
        "copied": python("local:///opt/longshore/transfer.py", *transfer, "--target=lake.iso.flights", "--engine=copy"),
        "two": python((folder / "two.py").as_uri()),
        "drop shared": DROP_SCHEMA,
        "clean": python(
            "local:///opt/longshore/clean_transfers.py", "--lake=true", "--catalog-connection=lake_catalog_one"
        ),
    }
    runs: dict[str, Run] = {}

    def run(names: dict[str, str]) -> None:
        """Runs these drivers, each in the named cluster, at the same time."""
        started = {name: start_driver(platform, drivers[name], cluster=clusters[at]) for name, at in names.items()}
        runs.update({name: finished(platform, clusters[names[name]], job_run) for name, job_run in started.items()})

    run({"shared": "shared"})
    lake = platform.layout.lake
    leave_old_file(lake / "iso" / "planes" / ORPHAN)
    for path in shared_files(platform):
        make_old(path)
    before = shared_rows(platform), shared_files(platform)
    restrict_environments(platform)
    run({"one": "one", "drop shared": "shared"})
    for table in ("mart/new", "mart/never", "iso/flights"):
        leave_old_file(lake / "env_one" / table / ORPHAN)
    run({"transfer": "one", "copied": "two", "two": "two", "clean": "one"})
    for name, came in runs.items():
        assert came.state == ("FAILED" if name == "drop shared" else "COMPLETED"), (name, came)
    yield World(platform, clusters, runs, before)
    for name in ("one", "two"):
        emr.delete_virtual_cluster(id=clusters[name])
    with platform.postgres.connect("lake_catalog") as connection:
        # Other tests read every table with pyiceberg, to which a view is a table that it cannot read.
        connection.execute("DELETE FROM iceberg_tables WHERE table_namespace ~ '^(iso|env_)'")
        connection.execute("DELETE FROM iceberg_namespace_properties WHERE namespace ~ '^(iso|env_)'")
    unrestrict_environments(platform)


def test_an_environment_reads_the_shared_lake_where_it_has_no_table_of_its_own(world: World) -> None:
    assert world.rows("one", "before") == [("1", "one"), ("2", "two")]
    assert world.rows("one", "files") == [("2",)]  # Iceberg's tables about a table, too


def test_what_it_writes_it_reads_also_through_a_shared_view(world: World) -> None:
    assert world.rows("one", "after") == [("10", "ten")]
    assert world.rows("one", "view") == [("10",)]
    assert world.rows("one", "own view") == [("mine",)]


def test_a_shared_table_that_it_changes_begins_as_the_shared_one(world: World) -> None:
    assert world.rows("one", "merged") == [("2", "zwei"), ("3", "drei")]
    assert world.rows("one", "changes") == [("4",)]  # with the shared table's first


def test_a_transfer_needs_no_change(world: World) -> None:
    assert '"sink": {"name": "lake.iso.flights", "rows": 1, "total_rows": 3}' in world.runs["transfer"].output


def test_a_transfer_without_a_spark_session_is_isolated_likewise(world: World) -> None:
    output = world.runs["copied"].output
    assert '"sink": {"name": "lake.iso.flights", "rows": 1, "total_rows": 3}' in output
    assert '"engine": "copy"' in output
    rows = sorted(lake_rows(world.platform, "env_two.iso.flights", ["id", "name"]))
    assert rows == [(1, "one"), (2, "two"), (4, "four")]


def test_a_table_that_it_drops_or_renames_is_gone_for_it_alone(world: World) -> None:
    assert world.rows("one", "gone") == [("again",)]
    lines = world.runs["one"].output.splitlines()
    shown = lines[lines.index("gone\tagain") + 1 :]
    assert sorted(shown) == ["flights", "iso", "mart", "planes", "renamed_by_one"]


def test_another_environment_sees_nothing_of_it(world: World) -> None:
    assert world.said["planes"] == [[1, "one"], [2, "two"]]
    assert world.said["tables"] == ["flights", "gone", "planes", "renamed"]
    assert world.said["others"] == [False, False]


def test_jobs_that_write_at_the_same_time_lose_nothing(world: World) -> None:
    assert world.said["ids"] == [1, 2, 100, 101, 102, 103]


def test_what_could_harm_the_shared_lakes_files_is_refused_and_says_why(world: World) -> None:
    expired, purged, collected, placed, moved, dropped = world.said["refused"]
    assert "Cannot expire snapshots: GC is disabled" in expired
    assert "Cannot purge table: GC is disabled" in purged
    assert "has files of the shared lake's, which Iceberg might then delete: leave gc.enabled out" in collected
    assert "what this environment writes lies below" in placed
    assert "what this environment writes lies below" in moved
    assert "is also the shared lake's, which this environment only reads: drop its tables" in dropped


def test_leftovers_of_its_transfers_are_removed_from_its_own_tables_alone(world: World) -> None:
    lake = world.platform.layout.lake / "env_one"
    lines = world.runs["clean"].output.splitlines()
    assert [line for line in lines if line.startswith("removed  ")] == [
        f"removed  file:{lake / 'mart/new' / ORPHAN}  (lake.mart.new)",
        f"removed  file:{lake / 'mart/never' / ORPHAN}  (lake.mart.never, which was never finished)",
    ]
    (left_alone,) = [line for line in lines if line.startswith("left alone  ")]
    assert left_alone.endswith(
        " tables  (with files of the shared lake): what is left of them goes with the environment"
    )
    there = [(lake / table / ORPHAN).exists() for table in ("mart/new", "mart/never", "iso/flights")]
    assert there == [False, False, True]


def test_the_shared_lake_is_as_it_was(world: World) -> None:
    assert (shared_rows(world.platform), shared_files(world.platform)) == world.before
    assert sorted(lake_rows(world.platform, "iso.planes", ["id", "name"])) == [(1, "one"), (2, "two")]


def test_an_environments_tables_are_in_its_schema_for_any_reader(world: World) -> None:
    assert lake_rows(world.platform, "env_one.iso.planes", ["id", "name"]) == [(10, "ten")]
    assert sorted(lake_rows(world.platform, "env_one.iso.flights", ["id"])) == [(2,), (3,), (4,)]
    assert {name for *_, name in catalog(world.platform).list_tables("env_two.iso")} == {"flights", "planes"}


def test_a_job_cannot_say_that_it_is_in_another_environment(world: World) -> None:
    configuration = {
        "classification": "spark-env",
        "configurations": [{"classification": "export", "properties": {"LONGSHORE_ENVIRONMENT": "two"}}],
    }
    with pytest.raises(ClientError, match="'LONGSHORE_ENVIRONMENT', which only the release may set"):
        start_driver(
            world.platform, DROP_SCHEMA, cluster=world.clusters["one"], applicationConfiguration=[configuration]
        )


def test_by_its_own_role_an_environment_cannot_write_to_the_shared_lake_whatever_its_code_does(world: World) -> None:
    platform = world.platform
    with psycopg.connect(
        host=platform.postgres.host,
        port=platform.postgres.port,
        dbname="lake_catalog",
        user=LAKE_ROLE,
        password=CANARY,
        autocommit=True,
    ) as connection:
        read = connection.execute("SELECT count(*) FROM iceberg_tables WHERE table_namespace = 'iso'").fetchone()
        assert read == (5,)
        for namespace in ("iso", "env_two.iso"):
            for statement in (
                "UPDATE iceberg_tables SET metadata_location = 'x' WHERE table_namespace = %s",
                "DELETE FROM iceberg_tables WHERE table_namespace = %s",
                "DELETE FROM iceberg_namespace_properties WHERE namespace = %s",
            ):
                assert connection.execute(statement, [namespace]).rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(
                    "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name) VALUES ('lake', %s, 'new')",
                    [namespace],
                )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "UPDATE iceberg_tables SET table_namespace = 'iso' WHERE table_namespace = 'env_one.iso'"
            )


def test_the_shared_lake_cannot_be_dropped(world: World) -> None:
    run = world.runs["drop shared"]
    assert run.state == "FAILED"
    assert run.details.startswith("'' is not an environment's name")


def test_a_schema_that_is_dropped_leaves_nothing_and_takes_nothing_along(world: World) -> None:
    two = lake_rows(world.platform, "env_two.iso.planes", ["id"])
    dropped = start_driver(world.platform, DROP_SCHEMA, cluster=world.clusters["one"])
    assert finished(world.platform, world.clusters["one"], dropped).state == "COMPLETED"
    assert not (world.platform.layout.lake / "env_one").exists()
    with world.platform.postgres.connect("lake_catalog") as connection:
        for table, column in (("iceberg_tables", "table_namespace"), ("iceberg_namespace_properties", "namespace")):
            left = connection.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE 'env%'").fetchall()
            assert left == [("env_two.iso",)]
    assert lake_rows(world.platform, "env_two.iso.planes", ["id"]) == two
    assert (shared_rows(world.platform), shared_files(world.platform)) == world.before
