"""A database, a lake and one JVM for the transfers between them: nothing else is needed to see what is moved."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from embedded.transfers import Transfers, started_transfers
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres
from pyiceberg.catalog.sql import SqlCatalog

from transfers.servers.versions import build

PASSWORD = "it's a \\ pass:word/?#"


HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("transfers"))


@dataclass(frozen=True)
class World:
    """The places that transfers move rows between."""

    postgres: Postgres
    connections: Path
    """The folder of the job's connections; `flights_db` is the database `flights`, of the role of the same name."""
    warehouse: Path
    transfers: Transfers

    def connection(self, name: str, **members: object) -> None:
        """Writes a connection: that of `flights_db`, with these members instead."""
        content = json.loads((self.connections / "flights_db.json").read_text()) | members
        (self.connections / f"{name}.json").write_text(json.dumps(content))

    @cached_property  # each has a pool of connections of its own
    def lake(self) -> SqlCatalog:
        """The lake's catalog, read by another program than Spark."""
        uri = self.postgres.url("lake_catalog", password=PASSWORD)
        return SqlCatalog("lake", uri=uri, warehouse=self.warehouse.as_uri(), init_catalog_tables="false")


@pytest.fixture(scope="session")
def postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The server of all transfers; of another version where `make test-postgres` asks for one."""
    if not (major := os.environ.get("LONGSHORE_TEST_POSTGRES")):
        yield postgres
        return
    folder = tmp_path_factory.mktemp(f"postgres-{major}")
    with supervised(folder) as processes:
        yield start_postgres(processes, folder / "data", build(major))


@pytest.fixture(scope="session")
def world(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("transfers")
    connections, warehouse = folder / "connections", folder / "warehouse"
    connections.mkdir()
    for name, database, extra in (
        ("flights_db", "flights", {}),
        ("lake_catalog", "lake_catalog", {"warehouse": warehouse.as_uri()}),
    ):
        postgres.ensure_database(database, password=PASSWORD)
        address = {"conn_type": "postgres", "host": postgres.host, "port": postgres.port, "schema": database}
        content = {**address, "login": database, "password": PASSWORD, "extra": extra}
        (connections / f"{name}.json").write_text(json.dumps(content))
    # A zone whose summer time is half an hour: whatever takes it into account changes values.
    # Spark keeps a table of the lake for 8 s, not 30: what a transfer finds later is another object.
    conf = ["spark.sql.catalog.lake.cache.expiration-interval-ms=8000"]
    with started_transfers(connections, folder, conf=conf, TZ="Australia/Lord_Howe") as transfers:
        yield World(postgres, connections, warehouse, transfers)
