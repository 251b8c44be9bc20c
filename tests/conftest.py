"""What tests of several folders share."""

from collections.abc import Iterator

import pytest
from longshore_cli.embedded.postgres import Postgres, start_postgres
from longshore_cli.embedded.processes import supervised


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL; who writes to it makes a database of its own."""
    folder = tmp_path_factory.mktemp("postgres")
    with supervised(folder) as processes:
        yield start_postgres(processes, folder / "data")
