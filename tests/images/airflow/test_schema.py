"""The schema is brought up once, by whichever pod comes first."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

TABLE = "CREATE TABLE alembic_version (version_num varchar(32))"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """Migration scripts: aaaa, then bbbb, then cccc."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for revision, down in (("aaaa", None), ("bbbb", "aaaa"), ("cccc", "bbbb")):
        (folder / f"{revision}.py").write_text(f'revision = "{revision}"\ndown_revision = {down!r}\n')
    return folder


def migration(url: str, log: Path, *, to: str = "cccc", status: int = 0) -> list[str]:
    """A command in place of `airflow db migrate`: slow, and it says that it was there."""
    code = f"""
import psycopg2, time
open({str(log)!r}, "a").write("migrated\\n")
connection = psycopg2.connect({url.replace("+psycopg2", "")!r})
with connection, connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32)); DELETE FROM alembic_version")
    cursor.execute("INSERT INTO alembic_version VALUES (%s)", ({to!r},))
    time.sleep(0.5)
raise SystemExit({status})
"""
    return [sys.executable, "-c", code]


def test_airflows_own_scripts_are_understood(schema: ModuleType) -> None:
    import airflow
    from airflow.utils.db import _get_script_object

    known, head = schema.revisions(Path(airflow.__file__).parent / "migrations/versions")
    assert head == _get_script_object().get_current_head()
    assert len(known) > 100


def test_empty_database_is_filled_and_a_right_one_left_alone(
    schema: ModuleType, scripts: Path, database: Callable[[str], str], tmp_path: Path
) -> None:
    url, log = database(""), tmp_path / "log"
    said = schema.bring_up(url, scripts=scripts, migrate=migration(url, log))
    assert said == "The schema was brought to cccc."
    assert schema.bring_up(url, scripts=scripts, migrate=migration(url, log)) == "The schema is at cccc."
    assert log.read_text() == "migrated\n"


def test_older_schema_is_migrated(
    schema: ModuleType, scripts: Path, database: Callable[[str], str], tmp_path: Path
) -> None:
    url = database(f"{TABLE}; INSERT INTO alembic_version VALUES ('bbbb')")
    said = schema.bring_up(url, scripts=scripts, migrate=migration(url, tmp_path / "log"))
    assert said == "The schema was brought to cccc."


def test_pods_that_start_together_migrate_once(
    schema: ModuleType, scripts: Path, database: Callable[[str], str], tmp_path: Path
) -> None:
    url, log, said = database(""), tmp_path / "log", []

    def pod() -> None:
        said.append(schema.bring_up(url, scripts=scripts, migrate=migration(url, log)))

    pods = [threading.Thread(target=pod) for _ in range(4)]
    for each in pods:
        each.start()
    for each in pods:
        each.join()
    assert log.read_text() == "migrated\n"
    assert sorted(said) == ["Another pod has brought the schema to cccc."] * 3 + ["The schema was brought to cccc."]


def test_schema_of_a_later_airflow_is_not_touched(
    schema: ModuleType, scripts: Path, database: Callable[[str], str], tmp_path: Path
) -> None:
    url, log = database(f"{TABLE}; INSERT INTO alembic_version VALUES ('dddd')"), tmp_path / "log"
    with pytest.raises(SystemExit, match=r"at dddd, which this Airflow does not know.*airflow db downgrade"):
        schema.bring_up(url, scripts=scripts, migrate=migration(url, log))
    assert not log.exists()


@pytest.mark.parametrize(("to", "status"), [("cccc", 3), ("bbbb", 0)])
def test_migration_that_fails_is_an_error_and_the_next_pod_tries_again(
    schema: ModuleType, scripts: Path, database: Callable[[str], str], tmp_path: Path, to: str, status: int
) -> None:
    url = database("")
    with pytest.raises(SystemExit, match="ended with status"):
        schema.bring_up(url, scripts=scripts, migrate=migration(url, tmp_path / "log", to=to, status=status))
    assert "cccc" in schema.bring_up(url, scripts=scripts, migrate=migration(url, tmp_path / "log"))


def test_database_that_is_not_there_yet_is_waited_for(schema: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg2://airflow:canary@127.0.0.1:{free.getsockname()[1]}/airflow"
        with pytest.raises(SystemExit, match="did not answer") as raised:
            schema.connect(url, patience=0.2, pause=0.05, say=0.0)
    said = capsys.readouterr().out + str(raised.value)
    assert "Waiting for the database" in said
    assert "Connection refused" in said
    assert "canary" not in said


def test_pod_that_is_killed_while_it_migrates_holds_no_other_pod_up(
    schema: ModuleType, scripts: Path, database: Callable[[str], str], tmp_path: Path
) -> None:
    url, log = database(""), tmp_path / "log"
    code = f"""
import importlib.util, pathlib
spec = importlib.util.spec_from_file_location("schema", {schema.__file__!r})
schema = importlib.util.module_from_spec(spec); spec.loader.exec_module(schema)
schema.bring_up({url!r}, scripts=pathlib.Path({str(scripts)!r}), migrate=["sleep", "60"])
"""
    pod = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        _wait_for_lock(schema, url)
    finally:
        os.killpg(pod.pid, 9)
        pod.wait()
    assert "cccc" in schema.bring_up(url, scripts=scripts, migrate=migration(url, log))


def _wait_for_lock(schema: ModuleType, url: str) -> None:
    connection = schema.connect(url)
    try:
        with connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", (schema.LOCK,)
                )
                if cursor.fetchone() != (0,):
                    return
                time.sleep(0.05)
    finally:
        connection.close()
    raise AssertionError("the pod took no lock")
