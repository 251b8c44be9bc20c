"""Reads the cluster's lake with pyiceberg, and its databases, from outside the cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from cluster.parts import Cluster
from longshore_cli.cluster import addresses, namespaces
from longshore_cli.cluster.secrets.keys import Keys
from pyiceberg.catalog.sql import SqlCatalog


@dataclass(frozen=True)
class Lake:
    """The databases of `lake-db` and the catalog in it."""

    port: int
    keys: Keys
    catalog: SqlCatalog

    def lake_rows(self, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
        """Every row of the lake's table `namespace.name`."""
        content = self.catalog.load_table(table).scan(selected_fields=tuple(columns)).to_arrow()
        return list(zip(*(content.column(column).to_pylist() for column in columns), strict=True))

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """Rows from the database `flights`."""
        with self._connect() as connection:
            return connection.execute(text).fetchall()  # type: ignore[arg-type]

    def columns_of(self, table: str) -> list[str]:
        with self._connect() as connection:
            found = connection.execute(f"SELECT * FROM {table} LIMIT 0")  # type: ignore[arg-type]
            return [column.name for column in found.description or ()]

    def _connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="flights", password=self.keys.lake_db["flights"], dbname="flights"
        )


@contextmanager
def open_lake(cluster: Cluster) -> Iterator[Lake]:
    """The lake through forwarded ports, for as long as the block runs."""
    keys, kubectl = cluster.keys, cluster.kubectl
    with (
        kubectl.forward("service/lake-db", 5432, namespace=namespaces.PLATFORM) as database,
        kubectl.forward("service/s3", 7070, namespace=namespaces.PLATFORM) as s3,
    ):
        catalog = SqlCatalog(
            "lake",
            uri=f"postgresql+psycopg2://lake_catalog:{keys.lake_db['lake_catalog']}@127.0.0.1:{database}/lake_catalog",
            warehouse=f"s3://{addresses.BUCKET}/lake",
            init_catalog_tables="false",
            **{
                "s3.endpoint": f"http://127.0.0.1:{s3}",
                "s3.access-key-id": keys.access_key,
                "s3.secret-access-key": keys.secret_key,
                "s3.region": addresses.REGION,
            },
        )
        yield Lake(port=database, keys=keys, catalog=catalog)
