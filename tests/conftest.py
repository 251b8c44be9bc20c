"""What tests of several folders share."""

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest
from longshore_cli.embedded.postgres import Postgres, shared_folder, start_postgres
from longshore_cli.embedded.processes import supervised
from longshore_cli.embedded.surroundings import leave_the_users_settings

leave_the_users_settings()
# Airflow writes there when it is imported.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="longshore-tests-airflow-")


@pytest.fixture(scope="session", autouse=True)
def _clean_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Removes what lies outside the tests' own folder: Airflow's, and, where we are root, the databases' data."""
    yield
    shutil.rmtree(os.environ["AIRFLOW_HOME"], ignore_errors=True)
    for began in tmp_path_factory.getbasetemp().rglob("began"):
        shutil.rmtree(shared_folder(began.parent), ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL; who writes to it makes a database of its own."""
    folder = tmp_path_factory.mktemp("postgres")
    with supervised(folder) as processes:
        yield start_postgres(processes, folder / "data")
