"""A password is in no request, database, log, event log, command line or rendered field: a canary is nowhere."""

from pathlib import Path

from longshore_cli.embedded.platform import Platform
from support.job_runs import ended, start_template

from .conftest import CANARY, SECRETS, DagRun
from .lake import event_log


def files_with_canary(folder: Path, *, but: Path) -> list[Path]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and but not in path.parents:
            content = _uncompressed(path)
            if CANARY.encode() in content:
                found.append(path)
    return found


def rows_with_canary(platform: Platform) -> list[str]:
    """The tables of all databases in which it is; PostgreSQL may compress a value, so that its files would hide it."""
    found = []
    for database in ("airflow", "flights", "lake_catalog"):
        with platform.postgres.connect(database) as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
                "WHERE table_type = 'BASE TABLE' AND table_schema <> 'information_schema'"
            ).fetchall()
            for (table,) in tables:
                with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                    if CANARY.encode() in b"".join(rows):
                        found.append(f"{database}: {table}")
    return found


def _uncompressed(path: Path) -> bytes:
    assert path.suffix not in (".gz", ".zst", ".lz4", ".snappy"), f"{path} could hide something from this test"
    return event_log(path) if path.suffix == ".zstd" else path.read_bytes()


def test_the_canary_is_in_the_secrets_folder_alone(platform: Platform, flights_run: DagRun) -> None:
    layout = platform.layout
    assert files_with_canary(layout.secrets, but=Path("/nowhere")), (
        "the canary is not in use: this test would say nothing"
    )
    # The server's database, job, task and process logs, event logs, lake.
    assert files_with_canary(layout.state, but=layout.secrets) == []
    # Airflow's database, with XComs and rendered fields, and the lake's catalog.
    assert rows_with_canary(platform) == []


def test_the_event_logs_are_read_and_name_the_connection_that_holds_a_password(
    platform: Platform, flights_run: DagRun
) -> None:
    logs = [path for path in platform.layout.event_logs.rglob("events_*") if path.is_file()]
    contents = [_uncompressed(log) for log in logs]
    assert all(b"SparkListenerEnvironmentUpdate" in content for content in contents)
    # Other tests of this folder run jobs that have no lake.
    transfers = [content for content in contents if b'"App Name":"lake.' in content]
    assert transfers
    assert all(b'"spark.sql.catalog.lake.connection":"lake_catalog"' in content for content in transfers)


def test_the_canary_was_in_no_command_line_and_no_tasks_output(flights_run: DagRun) -> None:
    assert any("spark-submit" in line or "SparkSubmit" in line for line in flights_run.command_lines)
    assert [line for line in flights_run.command_lines if CANARY in line] == []
    assert CANARY not in flights_run.output


def test_a_wrong_password_is_not_repeated_in_the_error(platform: Platform) -> None:
    connections = platform.layout.connections
    original = (connections / "flights_db.json").read_text()
    wrong = CANARY + "-wrong"
    (connections / "wrong_db.json").write_text(original.replace(CANARY, wrong))
    try:
        parameters = {"connection_id": "wrong_db", "source": "airlines", "target": "lake.test.never"}
        run = ended(platform, start_template(platform, "jdbc-to-spark", **parameters))
    finally:
        (connections / "wrong_db.json").unlink()
    assert run["state"] == "FAILED"
    assert "wrong_db" in run["stateDetails"]
    assert CANARY not in str(run)
    assert files_with_canary(platform.layout.server, but=Path("/nowhere")) == []


def test_secrets_are_readable_by_their_owner_alone(platform: Platform) -> None:
    places = [platform.layout.secrets, *platform.layout.secrets.rglob("*")]
    assert len(places) > len(SECRETS)
    assert [path for path in places if path.stat().st_mode & 0o077] == []
