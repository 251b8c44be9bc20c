"""The embedded PostgreSQL, for real."""

import os
from pathlib import Path

import psycopg
import pytest
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import ADMIN, start_postgres


def test_it_runs_over_tcp_with_passwords_and_keeps_its_data(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with supervised(tmp_path) as processes:
        postgres = start_postgres(processes, folder)
        postgres.ensure_database("shop", password="first-password")
        with postgres.connect("shop") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=postgres.host, port=postgres.port, user=ADMIN, password="wrong", dbname="shop")
    with pytest.raises(psycopg.OperationalError):
        postgres.connect()
    with supervised(tmp_path) as processes:
        again = start_postgres(processes, folder)
        again.ensure_database("shop", password="second-password")  # there already: only the password is new
        address = {"host": again.host, "port": again.port, "dbname": "shop"}
        with psycopg.connect(**address, user="shop", password="second-password") as connection:  # type: ignore[arg-type]
            assert connection.execute("SELECT current_user").fetchone() == ("shop",)
        with again.connect("shop") as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert "password" not in (tmp_path / "postgres.log").read_text().replace("password authentication failed", "")


def test_it_does_not_run_as_root(tmp_path: Path) -> None:
    with supervised(tmp_path) as processes:
        postgres = start_postgres(processes, tmp_path / "postgres")
        with postgres.connect() as connection:
            row = connection.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'").fetchone()
        assert row is not None
        assert Path(str(row[0])).stat().st_uid != 0 or os.getuid() != 0
