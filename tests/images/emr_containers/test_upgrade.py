"""A database that an older server made."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from emr_containers.database import Database
from longshore_cli.embedded.postgres import Postgres

from .conftest import Server, job, new_cluster, wait

# As the first release made them; then as now, a row's JSON columns hold text in SQLite.
_OLD = """
CREATE TABLE virtual_clusters (
  id VARCHAR NOT NULL PRIMARY KEY, name VARCHAR, client_token VARCHAR NOT NULL, request_digest VARCHAR NOT NULL,
  created_at FLOAT NOT NULL, created_by VARCHAR NOT NULL, tags JSON NOT NULL, state VARCHAR NOT NULL,
  container_provider JSON NOT NULL, UNIQUE (client_token)
);
CREATE TABLE job_runs (
  id VARCHAR NOT NULL PRIMARY KEY, name VARCHAR, client_token VARCHAR NOT NULL, request_digest VARCHAR NOT NULL,
  created_at FLOAT NOT NULL, created_by VARCHAR NOT NULL, tags JSON NOT NULL, virtual_cluster_id VARCHAR NOT NULL,
  state VARCHAR NOT NULL, state_details VARCHAR, failure_reason VARCHAR, spec JSON NOT NULL, attempt INTEGER NOT NULL,
  not_before FLOAT NOT NULL, finished_at FLOAT, UNIQUE (virtual_cluster_id, client_token)
);
INSERT INTO virtual_clusters VALUES
  ('oldcluster', 'old', 'a', '', 1.0, 'x', '{}', 'RUNNING', '{"type": "EKS", "id": "old"}');
INSERT INTO job_runs VALUES
  ('oldrun', 'old', 'b', '', 2.0, 'x', '{"k": "v"}', 'oldcluster', 'COMPLETED', NULL, NULL, '{}', 1, 0.0, 3.0);
"""


def test_a_server_that_is_newer_than_its_database_keeps_what_is_there(start_server: Callable[..., Server]) -> None:
    # The state directory is the server's to make; the file lies beside it.
    server = start_server()
    server.stop()
    path = server.directory / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_OLD)
    server = start_server(f"--database-url=sqlite:///{path}")
    emr = server.client()
    run = emr.describe_job_run(virtualClusterId="oldcluster", id="oldrun")["jobRun"]
    assert (run["state"], run["name"], run["tags"]) == ("COMPLETED", "old", {"k": "v"})
    assert "schedulerConfiguration" not in emr.describe_virtual_cluster(id="oldcluster")["virtualCluster"]
    limits = {"maxConcurrentJobRuns": 1}
    emr.update_virtual_cluster(id="oldcluster", schedulerConfiguration=limits)
    started = emr.start_job_run(virtualClusterId="oldcluster", **job("hello.sh"))["id"]
    assert wait(emr, "oldcluster", started)["state"] == "COMPLETED"
    shown = emr.describe_virtual_cluster(id="oldcluster")["virtualCluster"]
    assert shown["schedulerConfiguration"] == limits


def test_an_old_table_has_the_indexes_of_a_new_one_afterwards(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(_OLD)
    for path in (old, new):
        Database(f"sqlite:///{path}").close()
    names = []
    for path in (old, new):
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_%'")
            names.append({name for (name,) in rows})
    assert names[0] == names[1]
    assert "ix_virtual_clusters_security_configuration_id" in names[0]


def test_a_column_is_added_in_postgresql(start_server: Callable[..., Server], postgres: Postgres) -> None:
    postgres.ensure_database("upgraded", password="canary")
    url = f"postgresql+psycopg://upgraded:canary@{postgres.host}:{postgres.port}/upgraded"
    server = start_server(f"--database-url={url}")
    cluster = new_cluster(server.client())
    server.stop()
    with postgres.connect("upgraded") as connection:
        connection.execute(
            "ALTER TABLE virtual_clusters DROP COLUMN max_concurrent_job_runs, DROP COLUMN update_tokens"
        )
    server = start_server(f"--database-url={url}")
    shown = server.client().update_virtual_cluster(id=cluster, schedulerConfiguration={"maxConcurrentJobRuns": 7})
    assert shown["virtualCluster"]["schedulerConfiguration"] == {"maxConcurrentJobRuns": 7}
