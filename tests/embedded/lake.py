"""Reads the lake with pyiceberg: what Spark wrote is checked by something that is not Spark. And its event logs."""

from pathlib import Path
from typing import Any

import zstandard
from longshore_cli.base.private_files import read_or_create_secret
from longshore_cli.embedded.platform import Platform
from pyiceberg.catalog.sql import SqlCatalog


def catalog(platform: Platform) -> SqlCatalog:
    """The lake's catalog."""
    password = read_or_create_secret(platform.layout.secrets / "lake_catalog-password")
    address = f"{platform.postgres.host}:{platform.postgres.port}"
    uri = f"postgresql+psycopg2://lake_catalog:{password}@{address}/lake_catalog"
    return SqlCatalog("lake", uri=uri, warehouse=platform.layout.lake.as_uri(), init_catalog_tables="false")


def lake_rows(platform: Platform, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    """Every row of `table` (`namespace.name`), with these columns in this order."""
    content = catalog(platform).load_table(table).scan(selected_fields=tuple(columns)).to_arrow()
    return list(zip(*(content.column(column).to_pylist() for column in columns), strict=True))


def source_rows(platform: Platform, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    """The same of a table in the database `flights`."""
    with platform.postgres.connect("flights") as connection:
        return list(connection.execute(f"SELECT {', '.join(columns)} FROM {table}"))  # type: ignore[arg-type]


def columns_of(platform: Platform, table: str) -> list[str]:
    """The columns of a table in the database `flights`."""
    with platform.postgres.connect("flights") as connection:
        return [column.name for column in connection.execute(f"SELECT * FROM {table} LIMIT 0").description or ()]  # type: ignore[arg-type]


def event_log(path: Path) -> bytes:
    """The text of one of Spark's event logs, which it compresses."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as content:
        return bytes(content.read())
