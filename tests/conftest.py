"""Fixtures and hooks for the tests of all folders."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator

import hypothesis
import pytest
from longshore_cli.base.environment_variables import remove_user_settings
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres
from longshore_cli.embedded.postgres_programs import shared_folder
from support import hangs
from support.workers import ByFile, worlds_first

remove_user_settings()
# A deadline would be a timed assertion: on a busy machine any example may take 200 ms.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# Airflow writes there when it is imported.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="longshore-tests-airflow-")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the order; folders have set their groups when it is called
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=worlds_first)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # pytest-timeout ends a hung test by this failure; its processes are still there.
    if call.excinfo is not None and "Timeout (>" in str(call.excinfo.value):
        report.sections.append(("What hangs", hangs.report()))
    return report


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
