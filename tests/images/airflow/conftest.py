"""Airflow's image has scripts that run without Airflow; here they are modules."""

import importlib.util
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from longshore_cli.embedded.postgres import Postgres

APP = Path(__file__).parents[3] / "images/airflow/app"
_numbers = itertools.count()


def load(name: str) -> ModuleType:
    """The script `name`, as a module."""
    spec = importlib.util.spec_from_file_location(f"airflow_image_{name}", APP / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def schema() -> ModuleType:
    return load("schema")


@pytest.fixture(scope="session")
def alive() -> ModuleType:
    return load("alive")


@pytest.fixture(scope="session")
def await_api_server() -> ModuleType:
    return load("await_api_server")


@pytest.fixture
def database(postgres: Postgres) -> Callable[[str], str]:
    """Makes an empty database, sets it up with SQL, and tells the URL as Airflow has it."""

    def make(sql: str) -> str:
        name = f"airflow_{next(_numbers)}"
        postgres.ensure_database(name, password="canary")
        if sql:
            with postgres.connect(name) as connection:
                connection.execute(sql.encode())
                connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}".encode())
        return f"postgresql+psycopg2://{name}:canary@{postgres.host}:{postgres.port}/{name}"

    return make
