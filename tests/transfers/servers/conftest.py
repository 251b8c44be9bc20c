"""A PostgreSQL 14, the oldest that transfers are for, beside the servers that all tests share."""

from collections.abc import Iterator

import pytest
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres

from transfers.conftest import PASSWORD, World

from .versions import build

OLDEST = "14"


@pytest.fixture(scope="session")
def oldest(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server of the oldest version; the connection `oldest_db` is to its database `flights`."""
    folder = tmp_path_factory.mktemp("oldest")
    with supervised(folder) as processes:
        postgres = start_postgres(processes, folder / "data", build(OLDEST))
        postgres.ensure_database("flights", password=PASSWORD)
        world.connection("oldest_db", port=postgres.port)
        yield postgres
